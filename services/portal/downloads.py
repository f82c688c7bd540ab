"""Files as answers: under a name that people find again, in whatever language it is."""

from typing import Final
from urllib.parse import quote

from aiohttp import web

from services.spreadsheets.writing import MEDIA_TYPE

_NAME_CHARACTERS_MAX: Final = 80


def workbook_answer(body: bytes, name: str) -> web.Response:
    """Answer with a workbook; `name` is without its ending, and what no file system takes is left out of it.

    >>> workbook_answer(b"", 'a/b "甲"').headers["Content-Disposition"]
    "attachment; filename*=UTF-8''ab%20%E7%94%B2.xlsx"
    """
    return file_answer(body, name, ".xlsx", MEDIA_TYPE)


def file_answer(body: bytes, name: str, ending: str, content_type: str) -> web.Response:
    """Answer with a file to be saved, in the same way."""
    kept = "".join(each for each in name if each.isprintable() and each not in r'\/:*?"<>|')[:_NAME_CHARACTERS_MAX]
    disposition = f"attachment; filename*=UTF-8''{quote(kept.strip(), safe='')}{ending}"
    return web.Response(body=body, content_type=content_type, headers={"Content-Disposition": disposition})
