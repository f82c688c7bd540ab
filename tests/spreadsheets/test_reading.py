"""Reading of filled-in spreadsheets, with files as people's programs write them: domain §4.2 "Data", F50."""

import contextlib
import io
import struct
import zipfile
import zlib
from datetime import date, datetime, time
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.spreadsheets import reading
from services.spreadsheets.layouts import MARK_SHEET, CellKind, Column, Layout
from services.spreadsheets.reading import Sheet, SpreadsheetError, read_workbook
from services.spreadsheets.tables import COLUMNS_MAX
from tests.spreadsheets.old_excel import xls

LAYOUT = Layout(
    name="test_list",
    version=3,
    title="测试模版",
    columns=(
        Column(key="name", header="姓名", required=True),
        Column(key="id_number", header="身份证号码", also=("证件号码",), required=True),
        Column(key="amount", header="每月缴费金额", required=True),
        Column(key="month", header="汇缴开始月份", kind=CellKind.MONTH, required=True),
        Column(key="joined", header="入职日期", kind=CellKind.DAY),
        Column(key="remark", header="备注"),
    ),
    rows_max=5,
    sample={"name": "示例", "id_number": "不导入"},
)
HEADERS = [column.shown for column in LAYOUT.columns]
ZHANG = ["张三", "11010519491231002X", "1500.00", "2020-04", "2020-04-01", ""]


def workbook(
    *rows: list[Any], mark: str | None = LAYOUT.mark, above: int = 0, left: int = 0, headers: list[Any] = HEADERS
) -> bytes:
    """Write a file as openpyxl does, which is not the program that writes our templates."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "职工"
    for number, row in enumerate([headers, *rows], start=1 + above):
        for column, value in enumerate(row, start=1 + left):
            sheet.cell(number, column).value = value
    if mark is not None:
        hidden = book.create_sheet(MARK_SHEET)
        hidden.sheet_state = "veryHidden"
        hidden["A1"] = mark
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


async def refused(data: bytes, layout: Layout = LAYOUT) -> str:
    """Give the code of the refusal."""
    with pytest.raises(SpreadsheetError) as error:
        await read_workbook(data, layout)
    return error.value.violation.code


def texts(sheet: Sheet) -> list[list[str]]:
    """Give the rows as they stood in the sheet."""
    return [list(row.cells.values()) for row in sheet.rows]


async def test_a_template_comes_back() -> None:
    """F50: texts as typed, under the row numbers and letters that the person sees; no advice."""
    sheet = await read_workbook(workbook(ZHANG), LAYOUT)
    assert [ZHANG] == texts(sheet)
    assert [2] == [row.number for row in sheet.rows]
    assert {"name": "A", "id_number": "B", "amount": "C", "month": "D", "joined": "E", "remark": "F"} == sheet.letters
    assert ("职工", (), (), ()) == (sheet.name, sheet.broken, sheet.samples, sheet.advice)


async def test_titles_above_and_columns_beside_move_nothing() -> None:
    """The header is found below a title and right of empty columns; numbers and letters stay the sheet's own."""
    sheet = await read_workbook(workbook(ZHANG, [], ZHANG, above=3, left=2), LAYOUT)
    assert ([5, 7], "C", [ZHANG, ZHANG]) == ([row.number for row in sheet.rows], sheet.letters["name"], texts(sheet))


@pytest.mark.parametrize(
    ("value", "column", "text"),
    [
        (1500, "amount", "1500"),
        (1500.5, "amount", "1500.5"),
        (0.1 + 0.2, "amount", "0.3"),
        (-1, "amount", "-1"),
        (13800000000, "name", "13800000000"),
        (110105491231002, "id_number", "110105491231002"),
        (True, "remark", "TRUE"),
        (date(2020, 4, 1), "month", "2020-04"),
        (datetime(2020, 4, 1), "month", "2020-04"),  # noqa: DTZ001 - a spreadsheet knows no zones.
        (date(2020, 4, 15), "month", "2020-04-15"),
        (date(2020, 4, 15), "joined", "2020-04-15"),
        ("'11010519491231002x", "id_number", "'11010519491231002x"),
        (" １１０105 19491231002x ", "id_number", " １１０105 19491231002x "),
        ("买买提·吐尔逊", "name", "买买提·吐尔逊"),
        ("𠮷野𪚥", "name", "𠮷野𪚥"),
        ("4.40782E+17", "id_number", "4.40782E+17"),
    ],
)
async def test_a_cell_is_the_text_that_was_seen(value: Any, column: str, text: str) -> None:
    """Numbers, truth values and dates become what stood on the screen; rare characters and typing slips arrive whole."""
    row = dict(zip([each.key for each in LAYOUT.columns], ZHANG, strict=True)) | {column: value}
    sheet = await read_workbook(workbook(list(row.values())), LAYOUT)
    assert ((), text) == (sheet.broken, sheet.rows[0].cells[column])


@pytest.mark.parametrize(
    ("value", "column", "code"),
    [
        (440782198001010017, "id_number", "ID_SCIENTIFIC"),
        (10**15, "amount", "ID_SCIENTIFIC"),
        (date(2020, 3, 1), "name", "CELL_DATE"),
        (datetime(2020, 4, 1, 12, 30), "joined", "CELL_DATE"),  # noqa: DTZ001
        (time(3, 4), "remark", "CELL_DATE"),
        ("长" * 1001, "remark", "CELL_TOO_LONG"),
        ("=SUM(1,2)", "amount", "CELL_FORMULA"),  # Which openpyxl writes, and does not calculate.
        ("=A2", "joined", "CELL_FORMULA"),
    ],
)
async def test_what_the_spreadsheet_has_changed_is_an_error_of_its_cell(value: Any, column: str, code: str) -> None:
    """An ID typed as a number has lost digits, and a rank that became a date is not guessed at: the cell says so."""
    row = dict(zip([each.key for each in LAYOUT.columns], ZHANG, strict=True)) | {column: value}
    sheet = await read_workbook(workbook(ZHANG, list(row.values())), LAYOUT)
    assert [(3, column, code)] == [(each.row, each.key, each.violation.code) for each in sheet.broken]


async def test_a_formula_that_nobody_has_calculated_is_not_an_empty_cell() -> None:
    """Wherever it stands, also right of and below everything else; a result is read, also one that is an empty text."""
    sheet = await read_workbook(workbook(ZHANG, ["", "", "=1+1"], [], [*ZHANG[:5], "=A1"], left=2), LAYOUT)
    assert [(3, "amount"), (5, "remark")] == [(each.row, each.key) for each in sheet.broken]
    written, calculated = io.BytesIO(), io.BytesIO()
    with xlsxwriter.Workbook(written) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, HEADERS)
        page.write_row(1, 0, ZHANG)
        page.write_formula(1, 2, "=1000+500", None, 1500)
        page.write_formula(1, 5, '=IF(1=2,"x","")', None, "Z")
    with zipfile.ZipFile(written) as before, zipfile.ZipFile(calculated, "w") as after:
        for name in before.namelist():
            after.writestr(name, before.read(name).replace(b"<v>Z</v>", b"<v></v>"))  # As Excel writes an empty text.
    sheet = await read_workbook(calculated.getvalue(), LAYOUT)
    assert ((), "1500", "") == (sheet.broken, sheet.rows[0].cells["amount"], sheet.rows[0].cells["remark"])


async def test_lost_digits_are_shown_as_the_spreadsheet_shows_them() -> None:
    """`4.40782E+17` is what the person sees in the cell, and so does the sentence."""
    sheet = await read_workbook(workbook(["张三", 440782198001010017, "1", "2020-04"]), LAYOUT)
    assert "4.40782E+17" in sheet.broken[0].violation.zh
    assert "4.40782E+17" == sheet.rows[0].cells["id_number"]


async def test_the_sample_is_passed_over_until_somebody_overwrites_it() -> None:
    """F48: an untouched example is no employee; one changed cell makes it a row like others."""
    sample = ["示例", "不导入"]
    sheet = await read_workbook(workbook(sample, ZHANG, [*sample, "1"]), LAYOUT)
    assert ((2,), [3, 4]) == (sheet.samples, [row.number for row in sheet.rows])


async def test_a_file_without_the_mark_is_read_by_its_headers() -> None:
    """An employer's own list under the same headers is taken, with advice; columns that are not ours are named."""
    headers = ["工号", "姓名", "证件号码（必填）", "每月缴费金额", " 汇缴 开始月份*"]
    data = workbook(["7", *ZHANG[:4]], mark=None, headers=headers)
    sheet = await read_workbook(data, LAYOUT)
    assert [[*ZHANG[:4], "", ""]] == texts(sheet)
    assert ["TEMPLATE_UNMARKED", "COLUMNS_IGNORED"] == [each.code for each in sheet.advice]
    assert "工号" in sheet.advice[1].zh


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (workbook(ZHANG, mark="libsubsidy:seal_list:1"), "TEMPLATE_OTHER"),
        (workbook(ZHANG, mark="libsubsidy:test_list:2"), "TEMPLATE_VERSION"),
        (workbook(ZHANG, headers=["姓名", "每月缴费金额"]), "HEADERS_MISSING"),
        (workbook(ZHANG, headers=[*HEADERS, "姓名"]), "HEADER_TWICE"),
        (workbook(), "SPREADSHEET_EMPTY"),
        (workbook(["示例", "不导入"]), "SPREADSHEET_EMPTY"),
        (workbook(*[ZHANG] * 6), "SPREADSHEET_ROWS"),
        (workbook(headers=[*HEADERS, *["x"] * COLUMNS_MAX]), "SPREADSHEET_COLUMNS"),
        (b"", "SPREADSHEET_UNREADABLE"),
        (b"<html><table>", "SPREADSHEET_UNREADABLE"),
        (b"%PDF-1.7\0", "SPREADSHEET_UNREADABLE"),
        (b"\x89PNG\r\n\x1a\n" + b"0" * 500, "SPREADSHEET_UNREADABLE"),
        (b"PK\x03\x04" + bytes(100), "SPREADSHEET_UNREADABLE"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4000), "SPREADSHEET_UNREADABLE"),
        (workbook(ZHANG)[:3000], "SPREADSHEET_UNREADABLE"),
        (bytes(reading.FILE_BYTES_MAX + 1), "SPREADSHEET_TOO_LARGE"),
    ],
)
async def test_what_is_no_such_template_is_refused_as_a_whole(data: bytes, code: str) -> None:
    """Another template, another version, another kind of file: each is told apart, and tells what to do."""
    assert code == await refused(data)


async def test_the_refusal_names_the_missing_columns() -> None:
    """Whoever renamed a header sees which one."""
    with pytest.raises(SpreadsheetError) as error:
        await read_workbook(workbook(ZHANG, headers=["姓名", "身份证号码", "金额", "汇缴开始月份"]), LAYOUT)
    assert "缺少的列：每月缴费金额。" in error.value.violation.zh


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
async def test_csv_under_the_same_headers(encoding: str, delimiter: str) -> None:
    """CSV of any Chinese Excel or WPS is read; it cannot carry the mark, so there is no advice about it."""
    quoted = ['"张, 三𠮷"', *ZHANG[1:]]
    text = "\r\n".join(delimiter.join(row) for row in (HEADERS, quoted, [""] * 6)) + "\r\n"
    sheet = await read_workbook(text.encode(encoding), LAYOUT)
    assert ([["张, 三𠮷", *ZHANG[1:]]], ()) == (texts(sheet), sheet.advice)


async def test_the_excel_of_1997_is_read() -> None:
    """XLS under the same headers: rare characters, numbers as typed, and an ID number that has lost digits."""
    rows: list[list[str | float]] = [
        [*HEADERS],
        ["𠮷野·𪚥", ZHANG[1], 1500.5, "2020-04"],
        ["李四", 440782198001010017.0, 1.0, "2020-04"],
    ]
    sheet = await read_workbook(xls(rows), LAYOUT)
    assert ["𠮷野·𪚥", ZHANG[1], "1500.5", "2020-04", "", ""] == texts(sheet)[0]
    assert [(3, "id_number", "ID_SCIENTIFIC")] == [(each.row, each.key, each.violation.code) for each in sheet.broken]


async def test_a_cell_far_away_ends_the_reader_and_not_the_portal() -> None:
    """Two cells make calamine ask for half a terabyte and abort: that happens in another process, and is a refusal."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["A1"], sheet["XFD1048576"] = "x", "y"
    written = io.BytesIO()
    book.save(written)
    assert "SPREADSHEET_TOO_MUCH" == await refused(written.getvalue())
    assert [ZHANG] == texts(await read_workbook(workbook(ZHANG), LAYOUT))


def bomb(*, honest: bool) -> bytes:
    """Make a workbook one member of which unpacks to 200 MiB; a dishonest one says that it were ten bytes."""
    packing = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    size = 200 * 1024 * 1024
    packed = b"".join(packing.compress(bytes(1024 * 1024)) for _ in range(200)) + packing.flush()
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", packed)
    data = written.getvalue()
    # The member was stored: say that it is deflated, of the one or the other size.
    said = size if honest else 10
    for signature, method_at, size_at in ((b"PK\x03\x04", 8, 22), (b"PK\x01\x02", 10, 24)):
        start = data.rindex(signature)
        data = data[: start + method_at] + struct.pack("<H", 8) + data[start + method_at + 2 :]
        data = data[: start + size_at] + struct.pack("<I", said) + data[start + size_at + 4 :]
    return data


@pytest.mark.parametrize("honest", [True, False])
async def test_a_zip_bomb_is_not_unpacked(honest: bool) -> None:  # noqa: FBT001 - a case of the table.
    """The sizes in the directory are looked at, and what really comes out is counted."""
    data = bomb(honest=honest)
    assert len(data) < reading.FILE_BYTES_MAX
    assert "SPREADSHEET_UNPACKED" == await refused(data)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=60), st.integers(0, 4000))
async def test_damaged_files_are_refused_or_read(garbage: bytes, at: int) -> None:
    """Whatever bytes come, there is a sheet or a sentence; nothing else is raised."""
    whole = workbook(ZHANG)
    at %= len(whole)
    rows: int | None = None
    with contextlib.suppress(SpreadsheetError):
        rows = len((await read_workbook(whole[:at] + garbage + whole[at + len(garbage) :], LAYOUT)).rows)
    assert rows is None or 1 <= rows <= LAYOUT.rows_max
