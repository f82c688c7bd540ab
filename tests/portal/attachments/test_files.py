"""Promises of the calls about attachments: what is taken in, what is refused with which way out, and who may look."""

import hashlib
from collections.abc import AsyncIterator
from io import BytesIO
from typing import Any
from urllib.parse import unquote

import pypdfium2
import pytest
from PIL import Image

from libsubsidy import Policy
from services.portal import forgetting
from services.portal.portal import Portal
from services.portal.roles import PortalRole
from services.store.database import Connection
from tests.portal.conftest import Town, VisitorOf
from tests.portal.papers import (
    PHOTO,
    bomb,
    filled_form,
    jpeg,
    kept_files,
    locked_pdf,
    pdf,
    picture,
    png,
    upload,
    written,
)
from tests.portal.test_employees import NEWCOMER
from tests.portal.visitors import Given, Visitor
from tests.store.fund import id_number

MIB = 1024**2


async def send(clerk: Visitor, body: Any, **said: str) -> Given:
    """Try to upload something as an employee's ID card."""
    params = {"purpose": "employee_opening", "slot": "id_card", "filename": PHOTO} | said
    data = BytesIO(body) if isinstance(body, bytes) else body
    return await clerk.ask("POST", "/attachments", params=params, data=data)


async def test_the_manuals_photograph_is_taken(clerk: Visitor, portal: Portal) -> None:
    """OCR L162, F108: 1,891.6 kB of a phone, capital ending, parentheses; what was found out is answered."""
    photo = written(Image.effect_noise((1500, 1300), 100), "JPEG", quality=97)
    assert 1_500_000 < len(photo) < 3_000_000
    given = await upload(clerk, photo)
    assert (PHOTO, len(photo), "image/jpeg", hashlib.sha256(photo).hexdigest(), "stored", 1) == (
        given["filename"], given["size"], given["media_type"], given["sha256"], given["state"], given["pages"],
    )  # fmt: skip
    assert given == await clerk.get(f"/attachments/{given['id']}")
    (file,) = kept_files(portal)
    assert photo == file.read_bytes()
    assert PHOTO not in str(file)


@pytest.mark.parametrize(
    ("body", "media_type", "pages"),
    [
        (jpeg(), "image/jpeg", 1),
        (jpeg(progressive=True), "image/jpeg", 1),
        (written(picture().convert("CMYK"), "JPEG"), "image/jpeg", 1),
        (jpeg() + b"<script>alert(1)</script>", "image/jpeg", 1),  # Phones write whole films behind a photograph.
        (png(), "image/png", 1),
        (written(picture().convert("RGBA"), "PNG"), "image/png", 1),
        (written(picture(), "WEBP"), "image/webp", 1),
        (pdf(3), "application/pdf", 3),
    ],
)
async def test_what_can_be_looked_at_is_taken(clerk: Visitor, body: bytes, media_type: str, pages: int) -> None:
    """F111: its contents say what it is, whatever its name says."""
    given = await upload(clerk, body, filename="证明.exe")
    assert (media_type, pages) == (given["media_type"], given["pages"])


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "ATTACHMENT_EMPTY"),
        (b"<!doctype html><script>alert(1)</script>", "ATTACHMENT_KIND"),
        (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "ATTACHMENT_KIND"),
        (b"MZ" + bytes(1000), "ATTACHMENT_KIND"),
        (written(picture(), "GIF"), "ATTACHMENT_KIND"),
        (b"<html>" + pdf(1), "ATTACHMENT_KIND"),
        (b"\x00\x00\x00\x18ftypheic" + bytes(100), "ATTACHMENT_KIND"),
        (b"\xff\xd8\xff\xe0<!doctype html><script>alert(1)</script>", "ATTACHMENT_DAMAGED"),
        (b"%PDF-1.7\n<html>", "ATTACHMENT_DAMAGED"),
        (jpeg()[:-300], "ATTACHMENT_DAMAGED"),
        (png()[:-300], "ATTACHMENT_DAMAGED"),
        (b"\xff\xd8\xff" + bytes(1000), "ATTACHMENT_DAMAGED"),
        (bomb(), "ATTACHMENT_PIXELS"),
        (pdf(101), "ATTACHMENT_PAGES"),
        (locked_pdf(), "ATTACHMENT_ENCRYPTED"),
    ],
    ids=lambda each: f"{len(each)} bytes" if isinstance(each, bytes) else str(each),
)
async def test_what_cannot_be_looked_at_is_refused(
    clerk: Visitor, portal: Portal, db: Connection, body: bytes, code: str
) -> None:
    """F111: whatever its name says; the next step is told, and nothing of it is kept."""
    given = await send(clerk, body)
    assert (422, [code]) == (given.status, given.codes)
    assert "：请" in given.body["violations"][0]["zh"]
    assert [] == kept_files(portal)
    assert 0 == await db.fetchval("SELECT count(*) FROM attachment WHERE state <> 'deleted'")


async def test_twenty_one_megabytes_are_too_many(clerk: Visitor, portal: Portal) -> None:
    """413 at once where the length is announced, and otherwise as soon as it is too long."""

    async def unannounced() -> AsyncIterator[bytes]:
        yield jpeg()
        for _ in range(21):
            yield bytes(MIB)

    for body in (jpeg() + bytes(21 * MIB), unannounced()):
        given = await send(clerk, body)
        assert (413, ["ATTACHMENT_TOO_LARGE"]) == (given.status, given.codes)
    assert [] == kept_files(portal)


async def test_twenty_megabytes_are_taken(clerk: Visitor) -> None:
    """The limit is the last that fits."""
    photo = jpeg()
    given = await send(clerk, photo + bytes(Policy().attachment_bytes_max - len(photo)))
    assert (201, 20 * MIB) == (given.status, given.body["size"])


async def test_what_arrives_is_what_was_chosen(clerk: Visitor, portal: Portal) -> None:
    """I32: the digest that the sender knows is compared; a file that was damaged on its way is refused."""
    photo = jpeg()
    assert 201 == (await send(clerk, photo, sha256=hashlib.sha256(photo).hexdigest())).status
    given = await send(clerk, photo, sha256="0" * 64)
    assert (422, ["ATTACHMENT_DIGEST"]) == (given.status, given.codes)
    given = await send(clerk, photo, sha256="xyz")
    assert (422, "/sha256") == (given.status, given.body["violations"][0]["pointer"])
    assert 1 == len(kept_files(portal))


@pytest.mark.parametrize(("said", "code"), [({"slot": "x"}, "ATTACHMENT_SLOT"), ({"purpose": "x"}, "ATTACHMENT_SLOT")])
async def test_a_slot_must_be_one(clerk: Visitor, said: dict[str, str], code: str) -> None:
    """Purposes and slots are the library's."""
    given = await send(clerk, jpeg(), **said)
    assert (422, [code]) == (given.status, given.codes)


async def test_a_form_is_no_file(clerk: Visitor) -> None:
    """The body is the file itself, as it is."""
    for headers in ({"Content-Type": "multipart/form-data; boundary=x"}, {"Content-Encoding": "gzip"}):
        params = {"purpose": "employee_opening", "slot": "id_card", "filename": PHOTO}
        given = await clerk.ask("POST", "/attachments", params=params, data=jpeg(), headers=headers)
        assert 415 == given.status


async def test_a_file_is_deleted_before_it_is_handed_in(clerk: Visitor, portal: Portal) -> None:
    """F110: it is gone at once, and its bytes with the next round of forgetting."""
    given = await upload(clerk, jpeg())
    assert 204 == (await clerk.ask("DELETE", f"/attachments/{given['id']}")).status
    assert 404 == (await clerk.ask("GET", f"/attachments/{given['id']}")).status
    assert 404 == (await clerk.ask("DELETE", f"/attachments/{given['id']}")).status
    await forgetting.forget(portal)
    assert [] == kept_files(portal)


async def test_files_that_wait_are_listed(clerk: Visitor, visitor: VisitorOf, town: Town) -> None:
    """After a page was loaded anew, what was uploaded is still there; what was handed in no longer is."""
    first, second = await upload(clerk, jpeg()), await upload(clerk, png(), purpose="transfer", slot="other")
    assert [second["id"], first["id"]] == [each["id"] for each in (await clerk.get("/attachments"))["items"]]
    page = await clerk.get("/attachments", purpose="employee_opening")
    assert [first["id"]] == [each["id"] for each in page["items"]]
    stranger = await visitor(PortalRole.EMPLOYER, employer_id=town.other.id)
    assert [] == (await stranger.get("/attachments"))["items"]
    await clerk.post("/employees", {"employees": [NEWCOMER], "attachments": [first["id"]]})
    assert [second["id"]] == [each["id"] for each in (await clerk.get("/attachments"))["items"]]


async def test_no_application_leaves_draft_without_its_files(clerk: Visitor, db: Connection) -> None:
    """I32, F109: without the required file, and with one that is not stored, nothing is submitted; then it is."""
    opening = {"employees": [NEWCOMER]}
    given = await clerk.ask("POST", "/employees", json=opening)
    assert (422, ["ATTACHMENT_MISSING"]) == (given.status, given.codes)
    card = await upload(clerk, jpeg())
    unstored = await db.fetchval(
        """
        INSERT INTO attachment (employer_id, purpose, slot, file_name, storage_key)
        SELECT employer_id, purpose, slot, '第二页.jpg', 'under way' FROM attachment WHERE id = $1 RETURNING id
        """,
        int(card["id"]),
    )
    given = await clerk.ask("POST", "/employees", json=opening | {"attachments": [card["id"], str(unstored)]})
    assert (422, ["ATTACHMENT_NOT_STORED"]) == (given.status, given.codes)
    assert "第二页.jpg" in given.body["violations"][0]["zh"]
    assert 0 == await db.fetchval("SELECT count(*) FROM application")
    await clerk.post("/employees", opening | {"attachments": [card["id"]]})
    again = opening["employees"][0] | {"id_number": str(id_number(51))}
    given = await clerk.ask("POST", "/employees", json={"employees": [again], "attachments": [card["id"]]})
    assert (409, ["ATTACHMENT_BOUND"]) == (given.status, given.codes)


async def test_the_bureau_looks_at_what_was_handed_in(clerk: Visitor, visitor: VisitorOf, town: Town) -> None:
    """F112: the reviewer, once it was submitted; an auditor and another employer never; an own one always."""
    card = await upload(clerk, jpeg())
    paths = [f"/attachments/{card['id']}{rest}" for rest in ("", "/content", "/pages/1")]
    reviewer, auditor = await visitor(PortalRole.REVIEWER), await visitor(PortalRole.AUDITOR)
    stranger = await visitor(PortalRole.EMPLOYER, employer_id=town.other.id)

    async def statuses(who: Visitor) -> list[int]:
        return [(await who.ask("GET", path)).status for path in paths]

    assert [[404] * 3] * 2 == [await statuses(who) for who in (reviewer, stranger)]
    await clerk.post("/employees", {"employees": [NEWCOMER], "attachments": [card["id"]]})
    assert [[200] * 3] * 2 == [await statuses(who) for who in (clerk, reviewer)]
    assert [403] * 3 == await statuses(auditor)
    assert [404] * 3 == await statuses(stranger)
    given = await stranger.ask("POST", "/employees", json={"employees": [NEWCOMER], "attachments": [card["id"]]})
    assert (404, ["ABSENT"]) == (given.status, given.codes)
    for page in ("2", "999999999"):
        assert 404 == (await clerk.ask("GET", f"/attachments/{card['id']}/pages/{page}")).status


@pytest.mark.parametrize("name", [PHOTO, '证书 "副本"\r\nX: y;.pdf', "../../etc/passwd", "长" * 300 + ".JPG"])
async def test_a_download_is_never_shown(clerk: Visitor, name: str) -> None:
    """F112: the very bytes, under the whole name, to be saved; nothing may run, be guessed, or be framed."""
    photo = jpeg()
    given = await upload(clerk, photo, filename=name)
    answer = await clerk.ask("GET", f"/attachments/{given['id']}/content")
    assert photo == answer.body
    headers = answer.headers
    assert ("application/octet-stream", "nosniff", "no-store") == (
        headers["Content-Type"], headers["X-Content-Type-Options"], headers["Cache-Control"],
    )  # fmt: skip
    assert "sandbox" in headers["Content-Security-Policy"]
    assert "X" not in headers
    kind, plain, whole = headers["Content-Disposition"].split("; ")
    assert ("attachment", True) == (kind, plain.isascii())
    assert given["filename"] == unquote(whole.removeprefix("filename*=UTF-8''"))


async def test_a_page_is_drawn_anew(clerk: Visitor) -> None:
    """F112: upright, bounded, a JPEG whatever came, and without where the photograph was taken."""
    exif = Image.Exif()
    exif[0x0112] = 6  # Turned by a quarter.
    exif[0x010E] = "SECRET-PLACE"
    photo = jpeg(3000, 1000, exif=exif)
    assert b"SECRET-PLACE" in photo
    given = await upload(clerk, photo)
    for size, longer in (("page", 1600), ("thumbnail", 320)):
        answer = await clerk.ask("GET", f"/attachments/{given['id']}/pages/1", params={"size": size})
        assert "image/jpeg" == answer.headers["Content-Type"]
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert b"SECRET-PLACE" not in answer.body
        drawn = Image.open(BytesIO(answer.body))
        assert longer == drawn.height > drawn.width
        assert not drawn.getexif()


async def test_transparent_pictures_lie_on_white(clerk: Visitor) -> None:
    """A stamp that was cut out is seen, and not black on black."""
    stamp = Image.new("RGBA", (100, 100), (0, 0, 0, 0))
    given = await upload(clerk, written(stamp, "PNG"))
    drawn = Image.open(BytesIO((await clerk.ask("GET", f"/attachments/{given['id']}/pages/1")).body))
    assert (255, 255, 255) == drawn.getpixel((50, 50))


async def test_every_page_of_a_pdf_is_drawn(clerk: Visitor) -> None:
    """One picture for each page, each another."""
    given = await upload(clerk, pdf(3), filename="证明.pdf")
    pages = [(await clerk.ask("GET", f"/attachments/{given['id']}/pages/{page}")).body for page in (1, 2, 3)]
    assert 3 == len(set(pages))
    assert {1600} == {Image.open(BytesIO(page)).height for page in pages}


async def test_what_was_filled_in_is_drawn(clerk: Visitor) -> None:
    """The reviewer sees the values of a PDF form as whoever filled it in did, and not the empty form."""
    given = await upload(clerk, filled_form(), filename="申请表.pdf")
    drawn = Image.open(BytesIO((await clerk.ask("GET", f"/attachments/{given['id']}/pages/1")).body))
    assert ((0, 0, 0), (255, 255, 255)) == (drawn.getpixel((800, 800)), drawn.getpixel((100, 100)))


def test_a_locked_pdf_is_really_locked() -> None:
    """The sample above is refused for its password, and not for being broken."""
    with pytest.raises(pypdfium2.PdfiumError, match=r"(?i)password|security"):
        pypdfium2.PdfDocument(locked_pdf())
