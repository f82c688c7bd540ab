"""Open what a stranger sent, in a process of its own: a file made to crash or to stall a decoder ends nothing but this.

It is run as a script (`services/portal/attachments/decoding.py`), sees one file, and may take only so much memory and time.

    drawing.py examine FILE MEDIA_TYPE PIXELS_MAX PAGES_MAX    writes {"pages": 3}, or {"refused": "ATTACHMENT_DAMAGED"}
    drawing.py draw FILE MEDIA_TYPE PAGE LONGER_SIDE           writes a JPEG

What is drawn is made anew from the pixels: upright, on white, without the place where a photograph was taken, and without
whatever else the file carries.
"""

import json
import os
import resource
import sys
from pathlib import Path
from typing import Any, Final

import puremagic
import pypdfium2
from PIL import Image, ImageOps

MEMORY_BYTES_MAX: Final = 1024 * 1024 * 1024
CPU_SECONDS_MAX: Final = 20
_FILES_MAX: Final = 32
# Whoever waits for a list comes before whoever waits for a picture.
_NICE: Final = 10
_QUALITY: Final = 85
# A page of a PDF that is examined is drawn so small: whether it can be drawn at all is all that is asked.
_GLANCE_PIXELS: Final = 64
_FORMATS: Final = {"image/jpeg": ("JPEG",), "image/png": ("PNG",), "image/webp": ("WEBP",)}
_PDF: Final = "application/pdf"
_HEAD_BYTES: Final = 4096


def examine(file: Path, media_type: str, pixels_max: int, pages_max: int) -> dict[str, Any]:
    """Open a file as what it claims to be, to its last byte."""
    with file.open("rb") as opened:
        guessed = {guess.mime_type for guess in puremagic.magic_string(opened.read(_HEAD_BYTES))}
    if media_type not in guessed:
        return {"refused": "ATTACHMENT_KIND"}
    if media_type == _PDF:
        return _examine_pdf(file, pages_max)
    with Image.open(file, formats=_FORMATS[media_type]) as image:
        if image.width * image.height > pixels_max:
            return {"refused": "ATTACHMENT_PIXELS"}
        image.draft(None, (1, 1))  # A JPEG is decoded at an eighth of its size, and still read to its end.
        image.load()
    return {"pages": 1}


def draw(file: Path, media_type: str, page: int, longer_side: int) -> Image.Image:
    """Draw a page, the first is 1, at most so long and so wide."""
    if media_type == _PDF:
        return _draw_pdf(file, page, longer_side)
    with Image.open(file, formats=_FORMATS[media_type]) as image:
        image.draft(None, (longer_side, longer_side))
        image.thumbnail((longer_side, longer_side))
        upright = ImageOps.exif_transpose(image)
        if not upright.has_transparency_data:
            return upright.convert("RGB")
        drawn = Image.new("RGB", upright.size, "white")
        seen = upright.convert("RGBA")
        drawn.paste(seen, mask=seen)
        return drawn


def _examine_pdf(file: Path, pages_max: int) -> dict[str, Any]:
    try:
        document = pypdfium2.PdfDocument(file)
    except pypdfium2.PdfiumError as error:
        encrypted = "password" in str(error).lower() or "security" in str(error).lower()
        return {"refused": "ATTACHMENT_ENCRYPTED" if encrypted else "ATTACHMENT_DAMAGED"}
    pages = len(document)
    if pages > pages_max:
        return {"refused": "ATTACHMENT_PAGES", "pages": pages}
    if pages == 0:
        return {"refused": "ATTACHMENT_DAMAGED"}
    _draw_pdf(file, 1, _GLANCE_PIXELS)
    return {"pages": pages}


def _draw_pdf(file: Path, page: int, longer_side: int) -> Image.Image:
    document = pypdfium2.PdfDocument(file)
    document.init_forms()  # What somebody has filled in is not drawn otherwise.
    opened = document[page - 1]
    scale = longer_side / max(*opened.get_size(), 1.0)
    drawn: Image.Image = opened.render(scale=scale).to_pil()
    return drawn.convert("RGB")


def _limit_oneself() -> None:
    for what, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES_MAX),
        (resource.RLIMIT_CPU, CPU_SECONDS_MAX),
        (resource.RLIMIT_NOFILE, _FILES_MAX),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))
    os.nice(_NICE)
    Image.MAX_IMAGE_PIXELS = None  # `examine` has a limit of its own, and says which.


def main(task: str, file: str, media_type: str, first: str, second: str) -> None:
    """Do one task, and write what came of it."""
    _limit_oneself()
    if task == "draw":
        draw(Path(file), media_type, int(first), int(second)).save(sys.stdout.buffer, "JPEG", quality=_QUALITY)
        return
    try:
        found = examine(Path(file), media_type, int(first), int(second))
    except MemoryError:
        found = {"refused": "ATTACHMENT_PIXELS"}
    except Exception:  # noqa: BLE001 -- decoders raise whatever they like on files that are none.
        found = {"refused": "ATTACHMENT_DAMAGED"}
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
