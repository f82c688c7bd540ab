"""Papers to hand in: real pictures and PDFs of made-up contents, and their way through the API."""

import zlib
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from PIL import Image, ImageDraw

from libsubsidy import SLOTS
from services.portal.portal import Portal
from tests.portal.visitors import Visitor

PHOTO: Final = "IMG_2626(20200110-211129).JPG"


def picture(width: int = 600, height: int = 400, text: str = "SPECIMEN") -> Image.Image:
    """Draw a paper: dark writing on a light ground, with a red seal."""
    drawn = Image.new("RGB", (width, height), "#f7f2e8")
    pen = ImageDraw.Draw(drawn)
    pen.rectangle((10, 10, width - 10, height - 10), outline="#334455", width=3)
    pen.text((width // 8, height // 8), text, fill="#112233", font_size=height // 12)
    pen.ellipse((width * 0.6, height * 0.5, width * 0.6 + height // 3, height * 0.83), outline="#cc2222", width=6)
    return drawn


def written(image: Image.Image, form: str, **how: Any) -> bytes:
    """Write a picture in a form."""
    output = BytesIO()
    image.save(output, form, **how)
    return output.getvalue()


def jpeg(width: int = 600, height: int = 400, **how: Any) -> bytes:
    """A photograph."""
    return written(picture(width, height), "JPEG", **how)


def png(width: int = 600, height: int = 400) -> bytes:
    """A screenshot."""
    return written(picture(width, height), "PNG")


def pdf(pages: int = 3) -> bytes:
    """A scan of several pages."""
    first, *others = (picture(420, 594, f"PAGE {number}") for number in range(1, pages + 1))
    return written(first, "PDF", save_all=True, append_images=others)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return len(content).to_bytes(4, "big") + kind + content + zlib.crc32(kind + content).to_bytes(4, "big")


def bomb() -> bytes:
    """A PNG of 30,000 times 30,000 white points, in less than a megabyte."""
    head = (30_000).to_bytes(4, "big") * 2 + bytes((1, 0, 0, 0, 0))
    rows = zlib.compress(bytes(30_000 // 8 + 1) * 30_000, 9)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", rows) + _chunk(b"IEND", b"")


def locked_pdf() -> bytes:
    """A PDF that says it is encrypted, with a password that nobody has."""
    plain = pdf(1)
    assert b"/Root" in plain
    entry = b"/Encrypt << /Filter /Standard /V 1 /R 2 /O (%s) /U (%s) /P -4 >> /ID [(a) (b)]" % (b"o" * 32, b"u" * 32)
    return plain.replace(b"/Root", entry + b" /Root", 1)


def filled_form() -> bytes:
    """A PDF of one white page, on which somebody has filled in a field: a black square in the middle."""
    square = b"0 0 0 rg 0 0 100 100 re f"
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [4 0 R] >> >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Annots [4 0 R] >>",
        b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (a) /V (x) /Rect [50 50 150 150] /F 4 /P 3 0 R /AP << /N 5 0 R >> >>",
        b"<< /Type /XObject /Subtype /Form /BBox [0 0 100 100] /Length %d >>\nstream\n%s\nendstream"
        % (len(square), square),
    )
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % each for each in enumerate(objects, start=1))
    return b"%PDF-1.7\n" + body + b"trailer << /Root 1 0 R /Size 6 >>\n%%EOF\n"


async def hand_in(visitor: Visitor, purpose: str) -> list[str]:
    """Upload a photograph for every slot that a purpose requires; gives the ids."""
    slots = [slot.name for slot in SLOTS[purpose] if slot.required]
    return [(await upload(visitor, jpeg(), purpose=purpose, slot=slot))["id"] for slot in slots]


async def upload(
    visitor: Visitor, body: bytes, *, purpose: str = "employee_opening", slot: str = "id_card", filename: str = PHOTO
) -> Any:
    """Upload a file that is taken."""
    params = {"purpose": purpose, "slot": slot, "filename": filename}
    given = await visitor.ask("POST", "/attachments", params=params, data=BytesIO(body))
    assert 201 == given.status, given.body
    return given.body


def kept_files(portal: Portal) -> list[Path]:
    """Name what lies in the store's folder."""
    return [path for path in Path(portal.settings.attachments).rglob("*") if path.is_file()]
