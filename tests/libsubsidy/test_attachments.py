"""Promises of libsubsidy/attachments.py."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libsubsidy import (
    SLOTS,
    MediaType,
    Policy,
    check_attachments,
    check_kind,
    check_size,
    clean_file_name,
    media_type_of,
    slot_of,
)
from libsubsidy.attachments import FILE_NAME_CHARACTERS_MAX

MIB = 1024**2
PHOTO = "IMG_2626(20200110-211129).JPG"


@pytest.mark.parametrize("purpose", SLOTS)
def test_every_purpose_demands_something(purpose: str) -> None:
    """F111: every slot has a label and a hint in both languages, names are unique, and at least one is required."""
    slots = SLOTS[purpose]
    assert any(slot.required for slot in slots)
    assert len(slots) == len({slot.name for slot in slots})
    for slot in slots:
        assert all((slot.zh, slot.en, slot.hint_zh, slot.hint_en))
        assert slot == slot_of(purpose, slot.name)


@pytest.mark.parametrize("purpose", SLOTS)
def test_an_application_goes_with_exactly_its_required_slots(purpose: str) -> None:
    """F109, I32: every required slot alone is missed by name; with all of them it goes; an optional one is never missed."""
    required = [slot for slot in SLOTS[purpose] if slot.required]
    names = [slot.name for slot in required]
    assert () == check_attachments(purpose, names)
    for left_out in required:
        (missing,) = check_attachments(purpose, [name for name in names if name != left_out.name])
        assert ("ATTACHMENT_MISSING", left_out.zh) == (missing.code, missing.params["slot"])


def test_what_was_selected_must_be_stored() -> None:
    """F109, I32: each file that is not stored is named, even when every slot has one."""
    found = check_attachments("employee_opening", ["id_card"], [PHOTO, "合同.pdf"])
    assert [("ATTACHMENT_NOT_STORED", PHOTO), ("ATTACHMENT_NOT_STORED", "合同.pdf")] == [
        (each.code, each.params["file"]) for each in found
    ]


def test_a_change_of_name_asks_for_more() -> None:
    """F58: what this one application needs beyond the others is missed as well."""
    assert () == check_attachments("employee_change", ["proof"])
    (missing,) = check_attachments("employee_change", ["proof"], also_required=["id_card"])
    assert "职工身份证" == missing.params["slot"]
    assert () == check_attachments("employee_change", ["proof", "id_card"], also_required=["id_card"])


@pytest.mark.parametrize(
    ("slots", "codes"),
    [
        (["id_card"] * 2, []),
        (["id_card"] * 3, ["ATTACHMENT_TOO_MANY"]),
        (["id_card"] * 2 + ["other"] * 2, []),
        (["id_card"] * 2 + ["other"] * 2 + ["appointment"], ["ATTACHMENT_TOO_MANY"]),
        (["id_card", "passport"], ["ATTACHMENT_SLOT"]),
    ],
)
def test_files_are_counted(slots: list[str], codes: list[str]) -> None:
    """A slot, and all of them together, have a limit; a slot that is none is named."""
    policy = Policy(attachments_per_slot_max=2, attachments_per_application_max=4)
    assert codes == [each.code for each in check_attachments("employee_opening", slots, policy=policy)]


@pytest.mark.parametrize(
    ("size_bytes", "codes"),
    [
        (0, ["ATTACHMENT_EMPTY"]),
        (1, []),
        (int(1891.6 * 1024), []),  # OCR L162.
        (20 * MIB, []),
        (20 * MIB + 1, ["ATTACHMENT_TOO_LARGE"]),
        (21 * MIB, ["ATTACHMENT_TOO_LARGE"]),
    ],
)
def test_a_file_has_a_size(size_bytes: int, codes: list[str]) -> None:
    """The manual's photograph fits; nothing does not, and more than the policy's number does not."""
    assert codes == [each.code for each in check_size(size_bytes, Policy())]


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00", MediaType.JPEG),
        (b"\xff\xd8\xff\xe1\x00\x10Exif\x00", MediaType.JPEG),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", MediaType.PNG),
        (b"RIFF\x24\x00\x00\x00WEBPVP8 ", MediaType.WEBP),
        (b"%PDF-1.4\n", MediaType.PDF),
        (b"", None),
        (b"\xff\xd8", None),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", None),
        (b" %PDF-1.4", None),  # A reader would take it, and so would a reader of something else.
        (b"<!doctype html>", None),
        (b"<svg xmlns=", None),
        (b"GIF89a", None),
        (b"PK\x03\x04", None),
    ],
)
def test_a_file_is_what_it_begins_with(head: bytes, kind: MediaType | None) -> None:
    """F111: names are not asked; what no reviewer can safely look at is refused with a way out."""
    assert kind == media_type_of(head)
    codes = [(each.code, "PDF" in each.zh) for each in check_kind(head)]
    assert codes == ([] if kind else [("ATTACHMENT_KIND", True)])


@pytest.mark.parametrize("brand", [b"heic", b"heix", b"mif1", b"hevc"])
def test_photographs_of_some_phones_have_a_way_out(brand: bytes) -> None:
    """HEIC is refused, and the phone's own setting is named."""
    (found,) = check_kind(b"\x00\x00\x00\x18ftyp" + brand)
    assert "ATTACHMENT_KIND" == found.code
    assert "兼容性最佳" in found.zh


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (PHOTO, PHOTO),
        ("证书（副本）.PDF", "证书（副本）.PDF"),
        ("买买提·吐尔逊 身份证.jpeg", "买买提·吐尔逊 身份证.jpeg"),
        ("𠮷.png", "𠮷.png"),
        ("/etc/passwd", "passwd"),
        ("..\\..\\a.jpg", "a.jpg"),
        ("a\r\nSet-Cookie: x.jpg", "aSet-Cookie: x.jpg"),
        ("\u202egpj.exe", "gpj.exe"),
        ("e\u0301.pdf", "\xe9.pdf"),
        ("", "附件"),
        ("..", "附件"),
        ("/", "附件"),
    ],
)
def test_a_name_is_only_a_name(given: str, kept: str) -> None:
    """The manual's photograph keeps its name (OCR L162); what would be a path, a header or a disguise does not."""
    assert kept == clean_file_name(given)


@given(st.text(max_size=500))
def test_every_name_can_be_shown_and_kept(text: str) -> None:
    """Whatever a browser sends becomes one line of 1 to 200 characters that is no path; cleaning again changes nothing."""
    name = clean_file_name(text)
    assert 1 <= len(name) <= FILE_NAME_CHARACTERS_MAX
    assert not {"/", "\\"} & set(name)
    assert name not in {".", ".."}
    assert not {unicodedata.category(character) for character in name} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert name == clean_file_name(name)


def test_a_long_name_keeps_its_ending() -> None:
    """People know a file by its beginning, machines by its end."""
    name = clean_file_name("调动证明" * 60 + ".PDF")
    assert (FILE_NAME_CHARACTERS_MAX, "….PDF") == (len(name), name[-5:])
