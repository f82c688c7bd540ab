r"""Attachments (附件): which slots each purpose has, what may lie in them, and what keeps an application from leaving draft.

Every slot has a label, a required mark and a hint (OCR L141, L158, L426: a bracketed instruction after each label): stamped
(盖章), photographed clearly, up to a size. The manual warns eight times that 开始上传 must have succeeded before 提交 (L90,
L101, L109, L169, L357, L360, L460, L470); the rule behind it is F109 and I32: no application leaves draft unless every
required slot has at least one stored file, and no file that was selected is un-stored.

>>> check_attachments("employee_opening", ["id_card"])
()
>>> (missing,) = check_attachments("employee_opening", [])
>>> missing.code, missing.params["slot"]
('ATTACHMENT_MISSING', '职工身份证')
>>> [each.code for each in check_attachments("employee_opening", ["id_card"], ["IMG_2626(20200110-211129).JPG"])]
['ATTACHMENT_NOT_STORED']

A file is what it contains, not what it is called:

>>> media_type_of(b"\xff\xd8\xff\xe1Exif")
<MediaType.JPEG: 'image/jpeg'>
>>> media_type_of(b"<html>") is None
True
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from enum import Enum
from types import MappingProxyType
from typing import Final

from attrs import frozen

from libsubsidy.policy import Policy
from libsubsidy.violations import Violation

FILE_NAME_CHARACTERS_MAX: Final = 200
UNNAMED: Final = "附件"
# So many bytes of a file's beginning are enough for `media_type_of`.
SIGNATURE_BYTES: Final = 16
# The ending of a name that is worth keeping when the name is shortened.
_ENDING: Final = re.compile(r"\.[0-9A-Za-z]{1,8}$")
# Controls, surrogates, line ends; and formats, such as the mark that shows "gpj.exe" as "exe.jpg".
_UNPRINTED: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


@frozen
class Slot:
    """A place for files of one meaning.

    Attributes:
        name: stable; tools use it.
        zh: the label on pages.
        en: the label in English.
        hint_zh: what the file must be like.
        hint_en: the same in English.
        required: at least one stored file must lie in it.
    """

    name: str
    zh: str
    en: str
    hint_zh: str
    hint_en: str
    required: bool = True


class MediaType(Enum):
    """What a file may be: what phones photograph and scanners write."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    WEBP = "image/webp"
    PDF = "application/pdf"

    @property
    def is_image(self) -> bool:
        """Whether it is one picture; a PDF has pages."""
        return self is not MediaType.PDF


_CLEAR_ZH: Final = "拍照上传须清晰完整，文字可辨"
_CLEAR_EN: Final = "a photograph must be complete and legible"
_STAMPED_ZH: Final = f"须加盖单位公章；{_CLEAR_ZH}"
_STAMPED_EN: Final = f"stamped with the employer's seal; {_CLEAR_EN}"

_CERTIFICATE: Final = Slot(
    "credit_code_certificate", "统一社会信用代码证书", "Credit code certificate", _STAMPED_ZH, _STAMPED_EN
)
_AGENT: Final = Slot(
    "agent_authorisation",
    "经办人身份证、授权书",
    "Agent's ID card and authorisation",
    f"身份证正反面，授权书须加盖单位公章；{_CLEAR_ZH}",
    f"both sides of the card, and the authorisation stamped with the employer's seal; {_CLEAR_EN}",
)
_CHANGE_FORM: Final = Slot("application_form", "变更申请表", "Form of the change", _STAMPED_ZH, _STAMPED_EN)
_CHANGE_PROOF: Final = Slot(
    "proof",
    "变更证明材料",
    "Proof of the change",
    f"如更名批复、任职文件、开户证明；{_STAMPED_ZH}",
    f"such as the approval of a new name, an appointment, a bank's certificate; {_STAMPED_EN}",
    required=False,
)
_ID_CARD: Final = Slot(
    "id_card",
    "职工身份证",
    "Employee's ID card",
    f"身份证正反面复印件，{_STAMPED_ZH}",
    f"a copy of both sides, {_STAMPED_EN}",
)
_OTHER: Final = Slot(
    "other",
    "其他材料",
    "Further papers",
    f"如有需要说明的情况；{_CLEAR_ZH}",
    f"where something needs it; {_CLEAR_EN}",
    required=False,
)
_TRANSFER_FORM: Final = Slot(
    "transfer_form",
    "调动证明",
    "Proof of the transfer",
    f"如调令、商调函；{_STAMPED_ZH}",
    f"such as the order of transfer; {_STAMPED_EN}",
)

SLOTS: Final[Mapping[str, tuple[Slot, ...]]] = MappingProxyType(
    {
        # F6: 统一社会信用代码证书, 经办人身份证/授权书.
        "registration": (_CERTIFICATE, _AGENT),
        "employer_change": (_CHANGE_FORM, _CHANGE_PROOF),
        "information_change": (_CHANGE_FORM, _CHANGE_PROOF),
        "employee_opening": (
            _ID_CARD,
            Slot(
                "appointment",
                "录用（调入）证明",
                "Proof of the appointment",
                f"如录用通知、劳动合同；{_STAMPED_ZH}",
                f"such as the appointment or the contract; {_STAMPED_EN}",
                required=False,
            ),
            _OTHER,
        ),
        "employee_import": (
            Slot(
                "stamped_list",
                "盖章的职工名单",
                "Stamped list of the employees",
                f"与导入模板内容一致的名单，{_STAMPED_ZH}",
                f"the same people as in the imported file, {_STAMPED_EN}",
            ),
            _OTHER,
        ),
        # F58: different proof by change type; a changed name or number asks for the card, too (`also_required`).
        "employee_change": (
            Slot(
                "proof",
                "变更证明",
                "Proof of the change",
                f"如任职、定级、工资文件；{_STAMPED_ZH}",
                f"such as the paper on post, rank or salary; {_STAMPED_EN}",
            ),
            Slot(_ID_CARD.name, _ID_CARD.zh, _ID_CARD.en, _ID_CARD.hint_zh, _ID_CARD.hint_en, required=False),
            _OTHER,
        ),
        "backfill": (
            Slot(
                "vouchers",
                "缴款凭证",
                "Vouchers of the payments",
                f"如当时的银行回单、缴款清册；{_STAMPED_ZH}",
                f"such as the bank's receipts or the lists of the time; {_STAMPED_EN}",
            ),
            _OTHER,
        ),
        "employee_transfer": (_TRANSFER_FORM, _OTHER),
        "transfer": (_TRANSFER_FORM, _OTHER),
        # F115: what proves it depends on the reason (libsubsidy/withdrawal.py); heirs prove that they are (`also_required`).
        "withdrawal": (
            _ID_CARD,
            Slot(
                "proof",
                "支取证明材料",
                "Proof of the reason",
                f"与支取原因相符的证明；{_CLEAR_ZH}",
                f"what proves the reason; {_CLEAR_EN}",
            ),
            Slot(
                "heir_proof",
                "继承关系证明",
                "Proof of inheritance",
                f"职工死亡时，继承人的身份证和继承权证明；{_CLEAR_ZH}",
                f"where the employee has died: the heir's card and proof of inheritance; {_CLEAR_EN}",
                required=False,
            ),
            _OTHER,
        ),
    }
)


def slot_of(purpose: str, name: str) -> Slot | None:
    """Give a slot of a purpose; None for one that it does not have.

    >>> slot_of("registration", "credit_code_certificate").zh
    '统一社会信用代码证书'
    """
    return next((slot for slot in SLOTS.get(purpose, ()) if slot.name == name), None)


def check_attachments(
    purpose: str,
    stored_slots: Iterable[str],
    unstored_names: Iterable[str] = (),
    *,
    also_required: Collection[str] = (),
    policy: Policy | None = None,
) -> tuple[Violation, ...]:
    """Say everything about its attachments that keeps an application in draft (F109, I32); nothing means that it may go.

    Args:
        purpose: a key of `SLOTS`.
        stored_slots: the slot of each stored file.
        unstored_names: the files that were selected, and are not stored (yet).
        also_required: slots that this one application needs beyond those that every one does (F58).
        policy: the bureau's numbers.

    >>> [each.params["slot"] for each in check_attachments("employee_change", ["proof"], also_required=["id_card"])]
    ['职工身份证']
    """
    numbers = policy or Policy()
    counted = Counter(stored_slots)
    found = [
        Violation.of("ATTACHMENT_MISSING", slot=slot.zh)
        for slot in SLOTS[purpose]
        if (slot.required or slot.name in also_required) and not counted[slot.name]
    ]
    found += [Violation.of("ATTACHMENT_NOT_STORED", file=name) for name in unstored_names]
    for name, files in counted.items():
        slot = slot_of(purpose, name)
        if slot is None:
            found.append(Violation.of("ATTACHMENT_SLOT", slot=name))
        elif files > numbers.attachments_per_slot_max:
            limit = numbers.attachments_per_slot_max
            found.append(Violation.of("ATTACHMENT_TOO_MANY", slot=slot.zh, files=files, limit=limit))
    if counted.total() > numbers.attachments_per_application_max:
        limit = numbers.attachments_per_application_max
        found.append(Violation.of("ATTACHMENT_TOO_MANY/all", files=counted.total(), limit=limit))
    return tuple(found)


def check_size(size_bytes: int, policy: Policy) -> tuple[Violation, ...]:
    """Judge a file by its size.

    >>> check_size(1_937_000, Policy())
    ()
    >>> check_size(0, Policy())[0].code, check_size(20 * 1024**2 + 1, Policy())[0].code
    ('ATTACHMENT_EMPTY', 'ATTACHMENT_TOO_LARGE')
    """
    if size_bytes == 0:
        return (Violation.of("ATTACHMENT_EMPTY"),)
    if size_bytes > policy.attachment_bytes_max:
        return (Violation.of("ATTACHMENT_TOO_LARGE", limit=policy.attachment_bytes_max // 1024**2),)
    return ()


def media_type_of(head: bytes) -> MediaType | None:
    r"""Tell what a file is from its first bytes; the signature must stand at the very beginning.

    What stands behind is not looked at: whoever stores a file opens it as what this says.

    >>> media_type_of(b"\n%PDF-1.7") is None
    True
    """
    if head.startswith(b"\xff\xd8\xff"):
        return MediaType.JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return MediaType.PNG
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return MediaType.WEBP
    return MediaType.PDF if head.startswith(b"%PDF-") else None


def check_kind(head: bytes) -> tuple[Violation, ...]:
    r"""Judge a file by its first bytes; of what phones make, HEIC has a way out of its own.

    >>> check_kind(b"\x00\x00\x00\x24ftypheic")[0].zh
    '这是 HEIC 格式的照片，无法查看：请在手机“设置－相机－格式”中选择“兼容性最佳”后重拍，或对照片截屏后上传截图。'
    """
    if media_type_of(head) is not None:
        return ()
    if head[4:8] == b"ftyp" and head[8:12] in _HEIC:
        return (Violation.of("ATTACHMENT_KIND/heic"),)
    return (Violation.of("ATTACHMENT_KIND"),)


_HEIC: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})


def clean_file_name(text: str) -> str:
    r"""Give the name under which people know a file: never a path, on one line, and short enough to be shown.

    >>> clean_file_name("IMG_2626(20200110-211129).JPG")
    'IMG_2626(20200110-211129).JPG'
    >>> clean_file_name("C:\\fakepath\\..\\证书 .pdf"), clean_file_name("../../etc/passwd")
    ('证书 .pdf', 'passwd')
    >>> clean_file_name("\u202egpj.exe"), clean_file_name(" . ")
    ('gpj.exe', '附件')
    >>> len(clean_file_name("长" * 300 + ".JPG")), clean_file_name("长" * 300 + ".JPG")[-5:]
    (200, '….JPG')
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", text))[-1]
    name = "".join(character for character in last if unicodedata.category(character) not in _UNPRINTED).strip()
    if not name.strip(". "):
        return UNNAMED
    if len(name) > FILE_NAME_CHARACTERS_MAX:
        ending = _ENDING.search(name)
        tail = "…" + (ending[0] if ending else "")
        name = name[: FILE_NAME_CHARACTERS_MAX - len(tail)] + tail
    return name
