"""Workbooks that employers take away: rows as they are, in a form that comes back unchanged (I33).

Every text is written as a text, whatever it begins with, so that no cell is ever a formula; amounts are numbers with two
decimals that a spreadsheet adds up, and of at most fifteen digits, so that none is rounded on the way. Rows are written to
disk one by one; memory does not grow with them. Twenty thousand rows are a few seconds of computing: `workbook_of` does it
beside the event loop.
"""

import asyncio
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final

import attrs
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from libsubsidy import Money, MoneyError, SubsidyError
from services.spreadsheets.layouts import MARK_SHEET, NOTES_SHEET, REMARKS, CellKind, Layout, column_letter

MEDIA_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# What a cell of the format holds.
CELL_CHARACTERS_MAX: Final = 32_767
# A double keeps fifteen digits whatever they are, and a spreadsheet shows no more.
_NUMBER_FEN_MAX: Final = 10**15 - 1
_REMARK_CHARACTERS: Final = 48
_HINT_CHARACTERS_MAX: Final = 255
_TITLE_CHARACTERS_MAX: Final = 32
# A spreadsheet in which somebody edits such a text would make a formula of it, were it not marked as quoted.
_LIKE_FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r")
_RED: Final = "#C00000"
_WRONG_BACK: Final = "#FDE3E1"
_HEAD_BACK: Final = "#EAF1F8"
# A workbook tells when it was made. None of ours needs to; equal rows make equal files.
_MADE: Final = datetime(2000, 1, 1)  # noqa: DTZ001 -- the format knows no zone.
_NO_REMARKS: Final[Mapping[int, str]] = MappingProxyType({})
_NO_MARKS: Final[frozenset[tuple[int, str]]] = frozenset()


class CellTooLongError(SubsidyError, ValueError):
    """A text is longer than a cell holds; cut, it would come back as another."""

    def __init__(self, column: str, characters: int) -> None:
        super().__init__(
            f"a text of {characters} characters in the column {column} does not fit into a cell, which holds "
            f"{CELL_CHARACTERS_MAX} / “{column}”列有 {characters} 字的内容，超过单元格上限 {CELL_CHARACTERS_MAX}"
        )


@attrs.frozen(kw_only=True)
class Content:
    """What goes into a workbook.

    Attributes:
        layout: its columns.
        rows: texts in the order of the columns, each row once; an amount as ``23662.50``, and what is no amount as it is.
        remarks: what is wrong with a row, by its number from 1; they make a column of their own.
        marks: single cells that are wrong, by the row's number and the column's key; they are shown in red.
    """

    layout: Layout
    rows: Iterable[Sequence[str]] = ()
    remarks: Mapping[int, str] = _NO_REMARKS
    marks: frozenset[tuple[int, str]] = _NO_MARKS


async def workbook_of(content: Content) -> bytes:
    """Write a workbook beside the event loop.

    Raises:
        CellTooLongError: a text does not fit.
    """
    return await asyncio.to_thread(write_workbook, content)


def write_workbook(content: Content) -> bytes:
    """Write a workbook; it takes about 0.1 ms a row, so `workbook_of` is for whoever serves others meanwhile.

    Raises:
        CellTooLongError: a text does not fit.
    """
    written = io.BytesIO()
    with Workbook(written, {"constant_memory": True}) as book:
        book.set_properties({"created": _MADE})
        looks = _Looks.of(book)
        # In this order: people see the rows first, and a file in constant memory is written from front to back.
        rows, notes, mark = (book.add_worksheet(name) for name in (content.layout.title, NOTES_SHEET, MARK_SHEET))
        _write_rows(rows, content, looks)
        _write_notes(notes, content.layout, looks)
        _write_mark(mark, content.layout)
    return written.getvalue()


@attrs.frozen
class _Looks:
    """How cells are drawn; of texts and amounts each as it is, and as it is where it is wrong."""

    text: tuple[Format, Format]
    quoted: tuple[Format, Format]
    amount: tuple[Format, Format]
    heading: Format
    name: Format
    star: Format
    wrapped: Format
    remark: Format

    @classmethod
    def of(cls, book: Workbook) -> "_Looks":
        def pair(facts: Mapping[str, object]) -> tuple[Format, Format]:
            return book.add_format(dict(facts)), book.add_format({**facts, "bg_color": _WRONG_BACK})

        text = {"num_format": "@"}
        head = {"bold": True, "bg_color": _HEAD_BACK, "bottom": 1, "valign": "vcenter"}
        return cls(
            text=pair(text),
            quoted=pair({**text, "quote_prefix": True}),
            amount=pair({"num_format": "0.00"}),
            heading=book.add_format(head),
            name=book.add_format({"bold": True}),
            star=book.add_format({"bold": True, "font_color": _RED}),
            wrapped=book.add_format({"text_wrap": True, "valign": "top"}),
            remark=book.add_format({"font_color": _RED, "text_wrap": True}),
        )


def _write_rows(sheet: Worksheet, content: Content, looks: _Looks) -> None:
    columns = content.layout.columns
    for place, column in enumerate(columns):
        sheet.set_column(
            place, place, column.characters, looks.amount[0] if column.kind is CellKind.AMOUNT else looks.text[0]
        )
    sheet.freeze_panes(1, 0)
    sheet.set_row(0, 24)
    for place, column in enumerate(columns):
        if column.required:
            sheet.write_rich_string(0, place, looks.star, "*", looks.name, column.header, looks.heading)
        else:
            sheet.write_string(0, place, column.header, looks.heading)
    if content.remarks:
        sheet.set_column(len(columns), len(columns), _REMARK_CHARACTERS)
        sheet.write_string(0, len(columns), REMARKS, looks.heading)
    for number, row in enumerate(content.rows, start=1):
        for place, (column, text) in enumerate(zip(columns, row, strict=True)):
            wrong = (number, column.key) in content.marks
            fen = _fen(text) if column.kind is CellKind.AMOUNT else None
            if fen is not None:
                sheet.write_number(number, place, fen / 100, looks.amount[wrong])
            elif text or wrong:
                look = looks.quoted if text.startswith(_LIKE_FORMULAS) else looks.text
                _write_text(sheet, (number, place), _fitting(text, column.header), look[wrong])
        if number in content.remarks:
            _write_text(sheet, (number, len(columns)), _fitting(content.remarks[number], REMARKS), looks.remark)
    _offer_choices(sheet, content.layout)


def _fen(text: str) -> int | None:
    """Give what can be written as a number without losing a fen.

    >>> _fen("23662.5"), _fen("9999999999999.99"), _fen("10000000000000"), _fen("五百"), _fen("")
    (2366250, 999999999999999, None, None, None)
    """
    try:
        fen = Money.parse(text).fen
    except MoneyError:
        return None
    return fen if fen <= _NUMBER_FEN_MAX else None


def _fitting(text: str, column: str) -> str:
    if len(text) > CELL_CHARACTERS_MAX:
        raise CellTooLongError(column, len(text))
    return text


def _write_text(sheet: Worksheet, place: tuple[int, int], text: str, look: Format) -> None:
    if not text:
        sheet.write_blank(*place, None, look)
    elif text.startswith("<r>") and text.endswith("</r>"):
        # The library takes such a text for markup of its own; in two pieces it does not.
        sheet.write_rich_string(*place, look, text[:1], look, text[1:], look)
    else:
        sheet.write_string(*place, text, look)


def _offer_choices(sheet: Worksheet, layout: Layout) -> None:
    for place, column in enumerate(layout.columns):
        rule: dict[str, object] = {"validate": "any"}
        if column.choices:
            letter = column_letter(place + 1)
            # In the file itself a list is limited to 255 characters; one that stands in cells is not.
            source = f"={MARK_SHEET}!${letter}$1:${letter}${len(column.choices)}"
            rule = {
                "validate": "list",
                "source": source,
                "error_type": "information",
                "error_title": column.header,
                "error_message": "列表中没有这一项：确认无误可以保留。",
            }
        if column.hint:
            rule |= {
                "input_title": column.header[:_TITLE_CHARACTERS_MAX],
                "input_message": column.hint[:_HINT_CHARACTERS_MAX],
            }
        if len(rule) > 1:
            sheet.data_validation(1, place, layout.rows_max, place, rule)


def _write_notes(sheet: Worksheet, layout: Layout, looks: _Looks) -> None:
    sheet.set_column(0, 0, 20)
    sheet.set_column(1, 2, 64, looks.wrapped)
    line = 0
    for note in layout.notes:
        sheet.write_string(line, 0, note)
        line += 1
    line += bool(layout.notes)
    headings = ("列", "怎样填写", "示例") if layout.sample else ("列", "怎样填写")
    for place, heading in enumerate(headings):
        sheet.write_string(line, place, heading, looks.heading)
    for line, column in enumerate(layout.columns, start=line + 1):  # noqa: B020 -- the table goes on below its heading.
        needed = "必填。" if column.required else "选填。"
        sheet.write_string(line, 0, column.shown)
        sheet.write_string(line, 1, needed + column.hint, looks.wrapped)
        if layout.sample:
            sheet.write_string(line, 2, layout.sample.get(column.key, ""), looks.text[0])


def _write_mark(sheet: Worksheet, layout: Layout) -> None:
    sheet.very_hidden()
    height = max((len(column.choices) for column in layout.columns), default=0)
    for row in range(max(1, height)):
        if row == 0:
            sheet.write_string(0, 0, layout.mark)
        for place, column in enumerate(layout.columns, start=1):
            if row < len(column.choices):
                sheet.write_string(row, place, column.choices[row])
