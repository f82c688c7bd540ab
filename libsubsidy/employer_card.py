"""单位信息, the card of an employer: which fields it has, which must be filled in, and what each one takes.

Registration (manual L5 "输入单位基本信息（带红点必填）", F5) fills it in, changes (F36-F42) replace fields of it, and both ask
here. At least one of the two codes is given; the credit code holds the organisation code in positions 9-17 (GB 32100), so
where both are given they agree. What is refunded goes back by the way it came (F105); the refund account is for the case
that this way is closed, and is given whole or not at all. A check digit that does not fit is an error, because
this is new data (D-2).

>>> typed = EmployerCard(name=" 市第一中学 ", credit_code="12440700PDY00001X0", kind="institution", address="迎宾路",
...                      legal_representative="张三", contact_name="李四", contact_mobile="138 0000 0000")
>>> card, broken = read_card(typed)
>>> [(each.code, each.params["field"]) for each in broken]
[('USCC_CHECK_DIGIT', 'credit_code')]
>>> from attrs import evolve
>>> good = str(CreditCode.of_body("12440700PDY00001X"))
>>> card, broken = read_card(evolve(typed, credit_code=good))
>>> broken, card.name, card.org_code, card.contact_mobile
((), '市第一中学', 'PDY00001X', '13800000000')
>>> _, (wrong,) = read_card(evolve(typed, credit_code=good, org_code="PDY00002-8"))
>>> print(wrong.zh)
组织机构代码应与统一社会信用代码的第 9 至 17 位相同（PDY00001-X）：请对照证书核对两个代码，或只填统一社会信用代码。
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from enum import Enum
from typing import Final

import attrs
from attrs import frozen

from libsubsidy.errors import ParseError
from libsubsidy.identity import CreditCode, Mobile, OrganizationCode
from libsubsidy.identity.typed_text import typed
from libsubsidy.violations import Violation

ACCOUNT_DIGITS_MIN: Final = 12
ACCOUNT_DIGITS_MAX: Final = 32
_ACCOUNT: Final = re.compile(rf"[0-9]{{{ACCOUNT_DIGITS_MIN},{ACCOUNT_DIGITS_MAX}}}")
# Controls, halves of characters, and what is invisible or turns the direction of what follows it.
_UNSTORABLE: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


class EmployerKind(Enum):
    """单位性质, in the order in which forms list them."""

    GOVERNMENT = "government"
    INSTITUTION = "institution"
    STATE_ENTERPRISE = "state_enterprise"
    ENTERPRISE = "enterprise"
    ASSOCIATION = "association"
    OTHER = "other"

    @property
    def zh(self) -> str:
        """The name of the kind."""
        return _KINDS_ZH[self]


_KINDS_ZH: Final = {
    EmployerKind.GOVERNMENT: "机关",
    EmployerKind.INSTITUTION: "事业单位",
    EmployerKind.STATE_ENTERPRISE: "国有企业",
    EmployerKind.ENTERPRISE: "其他企业",
    EmployerKind.ASSOCIATION: "社会团体",
    EmployerKind.OTHER: "其他",
}


@frozen(kw_only=True)
class EmployerCard:
    """The card, as typed or as it is on file; an empty text is one that is not known.

    Attributes:
        name: 单位名称.
        credit_code: 统一社会信用代码.
        org_code: 组织机构代码; on file without its hyphen.
        kind: 单位性质, the value of an `EmployerKind`.
        legal_representative: 法定代表人.
        contact_name: 单位管理员, who is asked when something is unclear, and gets the first login.
        contact_mobile: the administrator's 联系电话, where codes and results go by SMS (manual L4).
        refund_account_name: 户名 of the account to which money is refunded.
        refund_account_number: its 账号.
        refund_bank_name: its 开户银行.
        supervising_authority: 主管部门.
    """

    name: str = ""
    credit_code: str = ""
    org_code: str = ""
    kind: str = ""
    address: str = ""
    legal_representative: str = ""
    contact_name: str = ""
    contact_mobile: str = ""
    refund_account_name: str = ""
    refund_account_number: str = ""
    refund_bank_name: str = ""
    supervising_authority: str = ""


@frozen(kw_only=True)
class CardField:
    """One field of the card.

    Attributes:
        name: of the attribute of `EmployerCard`.
        zh: its label.
        required: it has a red dot; of the two codes one is enough.
        characters_max: how long it may be.
        read: gives the text that is kept, or raises a `ParseError`; None keeps it as it stands.
    """

    name: str
    zh: str
    en: str
    required: bool = False
    characters_max: int = 200
    read: Callable[[str], str] | None = None

    def refused(self, violation: Violation) -> Violation:
        """Say which field a violation is about."""
        return attrs.evolve(violation, params={**violation.params, "field": self.name})

    def shown(self, text: str) -> str:
        """Write a value for people: the name of a kind, a code as certificates print it."""
        if self.name == "kind" and text:
            return EmployerKind(text).zh
        if self.name == "org_code" and len(text) > 1:
            return f"{text[:-1]}-{text[-1]}"
        return text


def _kind(text: str) -> str:
    try:
        return EmployerKind(text).value
    except ValueError:
        raise ParseError(Violation.of("EMPLOYER_KIND_UNKNOWN")) from None


def read_account(text: str) -> str:
    """Read the number of a bank account as banks print it, in groups."""
    number = typed(text).replace("-", "")
    if not _ACCOUNT.fullmatch(number):
        raise ParseError(Violation.of("BANK_ACCOUNT_FORMAT", least=ACCOUNT_DIGITS_MIN, most=ACCOUNT_DIGITS_MAX))
    return number


# In the order of the form.
CARD_FIELDS: Final[tuple[CardField, ...]] = (
    CardField(name="name", zh="单位名称", en="Name of the employer", required=True),
    CardField(
        name="credit_code",
        zh="统一社会信用代码",
        en="Unified social credit code",
        characters_max=64,
        read=lambda text: str(CreditCode.parse(text)),
    ),
    CardField(
        name="org_code",
        zh="组织机构代码",
        en="Organisation code",
        characters_max=64,
        read=lambda text: str(OrganizationCode.parse(text)),
    ),
    CardField(name="kind", zh="单位性质", en="Kind of employer", required=True, read=_kind),
    CardField(name="address", zh="单位地址", en="Address", required=True),
    CardField(
        name="legal_representative", zh="法定代表人", en="Legal representative", required=True, characters_max=100
    ),
    CardField(
        name="contact_name", zh="单位管理员姓名", en="Name of the administrator", required=True, characters_max=100
    ),
    CardField(
        name="contact_mobile",
        zh="联系电话",
        en="Mobile number",
        required=True,
        characters_max=64,
        read=lambda text: str(Mobile.parse(text)),
    ),
    CardField(name="refund_account_name", zh="户名", en="Holder of the refund account"),
    CardField(
        name="refund_account_number", zh="账号", en="Number of the refund account", characters_max=64, read=read_account
    ),
    CardField(name="refund_bank_name", zh="开户银行", en="Bank of the refund account"),
    CardField(name="supervising_authority", zh="主管部门", en="Supervising authority"),
)
_BY_NAME: Final = {each.name: each for each in CARD_FIELDS}
_REFUND_ACCOUNT: Final = ("refund_account_name", "refund_account_number", "refund_bank_name")


def read_card(card: EmployerCard) -> tuple[EmployerCard, tuple[Violation, ...]]:
    """Read a card as typed: every field that is wrong is named, and the card is what is kept once nothing is.

    >>> [each.params["field"] for each in read_card(EmployerCard(refund_bank_name="某银行"))[1]]
    ['name', 'kind', 'address', 'legal_representative', 'contact_name', 'contact_mobile', 'credit_code', \
'refund_account_name', 'refund_account_number']
    """
    kept: dict[str, str] = {}
    broken: list[Violation] = []
    for each in CARD_FIELDS:
        text, violation = read_field(each, getattr(card, each.name))
        kept[each.name] = text
        if violation is not None:
            broken.append(each.refused(violation))
    refused = {violation.params["field"] for violation in broken}
    if not refused & {"credit_code", "org_code"}:
        broken += _codes(kept)
    if not refused & set(_REFUND_ACCOUNT):
        broken += _refund_account(kept)
    return EmployerCard(**kept), tuple(broken)


def read_field(field: CardField, text: str) -> tuple[str, Violation | None]:
    """Read one field as typed; the text is the one to keep if there is no violation."""
    kept = text.strip()
    if not kept:
        return kept, labelled(field, Violation.of("FIELD_MISSING")) if field.required else None
    if len(kept) > field.characters_max:
        long = Violation.of("FIELD_TOO_LONG", limit=field.characters_max, characters=len(kept))
        return kept, labelled(field, long)
    if field.read is not None:
        try:
            return field.read(kept), None
        except ParseError as error:
            return kept, error.violation
    if any(unicodedata.category(character) in _UNSTORABLE for character in kept):
        return kept, labelled(field, Violation.of("FIELD_CHARACTERS"))
    return kept, None


def labelled(field: CardField, violation: Violation) -> Violation:
    """Name the field in a sentence that could be about any."""
    return attrs.evolve(violation, zh=f"“{field.zh}”{violation.zh}", en=f"{field.en}: {violation.en}")


def _codes(kept: dict[str, str]) -> Iterator[Violation]:
    """Judge the two codes together, and take the organisation code from the credit code where it stands there alone."""
    credit_code, given = kept["credit_code"], kept["org_code"]
    if not credit_code:
        if not given:
            yield _BY_NAME["credit_code"].refused(Violation.of("EMPLOYER_CODE_NEEDED"))
        return
    contained = CreditCode(credit_code).organization_code
    printed = f"{contained[:8]}-{contained[8]}"
    if given and given != contained:
        yield _BY_NAME["org_code"].refused(Violation.of("EMPLOYER_CODES_DISAGREE", expected=printed))
        return
    try:
        kept["org_code"] = str(OrganizationCode.parse(contained))
    except ParseError:
        yield _BY_NAME["credit_code"].refused(Violation.of("ORG_CHECK_DIGIT/in_credit_code", found=printed))


def _refund_account(kept: dict[str, str]) -> Iterator[Violation]:
    if any(kept[name] for name in _REFUND_ACCOUNT):
        for name in _REFUND_ACCOUNT:
            if not kept[name]:
                yield _BY_NAME[name].refused(Violation.of("REFUND_ACCOUNT_INCOMPLETE"))
