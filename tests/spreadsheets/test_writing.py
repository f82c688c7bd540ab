import io
import zipfile
from collections.abc import Sequence

import attrs
import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.worksheet.worksheet import Worksheet
from python_calamine import CalamineWorkbook

from libsubsidy import Money
from services.spreadsheets.layouts import REMARKS, CellKind, Column, Layout
from services.spreadsheets.writing import CELL_CHARACTERS_MAX, CellTooLongError, Content, write_workbook

LAYOUT = Layout(
    name="people",
    version=3,
    title="职工名单",
    rows_max=20_000,
    columns=(
        Column(key="id_number", header="身份证号码", required=True, hint="18 位，或旧证件的 15 位"),
        Column(key="rank", header="级别", choices=("正科", "副科"), hint="可从列表中选择"),
        Column(key="amount", header="每月缴费金额", required=True, kind=CellKind.AMOUNT),
    ),
    notes=("请在第一张表中填写。",),
    sample={"id_number": "11010519491231002X", "amount": "500.00"},
)


def text_only(*rows: str) -> Content:
    """One column of texts."""
    return Content(layout=attrs.evolve(LAYOUT, columns=LAYOUT.columns[:1], sample={}), rows=[(text,) for text in rows])


def opened(content: Content) -> openpyxl.Workbook:
    """The workbook as one implementation reads it."""
    return openpyxl.load_workbook(io.BytesIO(write_workbook(content)))


def first_sheet(content: Content) -> Worksheet:
    """The sheet with the rows."""
    sheet = opened(content).worksheets[0]
    assert isinstance(sheet, Worksheet)
    return sheet


def read_again(content: Content) -> list[list[object]]:
    """The rows without their headings, as another implementation reads them."""
    rows: Sequence[Sequence[object]] = (
        CalamineWorkbook.from_filelike(io.BytesIO(write_workbook(content))).get_sheet_by_index(0).to_python()
    )
    return [list(row) for row in rows[1:]]


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        '=HYPERLINK("http://x")',
        "+86",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "=cmd|' /C calc'!A0",
        "{=1}",
        "<r><f>1</f></r>",
    ],
)
def test_a_text_is_never_a_formula(text: str) -> None:
    """I33: whatever a cell begins with, it is a text cell without a formula, and the same text comes back."""
    content = text_only(text)
    with zipfile.ZipFile(io.BytesIO(write_workbook(content))) as files:
        assert b"<f>" not in files.read("xl/worksheets/sheet1.xml")
    cell = first_sheet(content)["A2"]
    assert ("@", True) == (cell.number_format, cell.data_type in {"s", "inlineStr"})
    assert [[text]] == read_again(content)


@given(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\ufffe\uffff"), min_size=1, max_size=60)
)
def test_every_text_comes_back_as_it_was(text: str) -> None:
    """I33: blanks at the edges, line breaks, characters beyond the basic plane, markup: nothing is lost or added."""
    assert [[text]] == read_again(text_only(text))


@given(st.integers(min_value=0, max_value=10**15))
def test_every_amount_comes_back_to_the_fen(fen: int) -> None:
    """I8, I33: an amount is a number that a spreadsheet adds up, and none is rounded."""
    ((_, _, value),) = read_again(Content(layout=LAYOUT, rows=[("", "", str(Money(fen=fen)))]))
    written = value if isinstance(value, str) else repr(value).removesuffix(".0")
    assert Money(fen=fen) == Money.parse(written)


@pytest.mark.parametrize("text", ["五百", "1e5", "1,000.00", "-3", "=500"])
def test_what_is_no_amount_stays_as_it_was_typed(text: str) -> None:
    """A wrong cell is shown as it is, so that it can be put right."""
    assert [["", "", text]] == read_again(Content(layout=LAYOUT, rows=[("", "", text)]))


def test_digits_of_an_id_number_are_kept() -> None:
    """F50: it is a text, and so is whatever is typed into an empty cell below it."""
    sheet = first_sheet(Content(layout=LAYOUT, rows=[("440782199001011234", "", "")]))
    assert ("440782199001011234", "@") == (sheet["A2"].value, sheet["A2"].number_format)
    assert "@" == sheet.column_dimensions["A"].number_format


def test_required_columns_have_a_red_star() -> None:
    """带红星必填: the star is red, the heading is not, and the headings stay while one scrolls."""
    book = openpyxl.load_workbook(io.BytesIO(write_workbook(Content(layout=LAYOUT))), rich_text=True)
    sheet = book.worksheets[0]
    heading = sheet["A1"].value
    assert ("*身份证号码", "*", "FFC00000") == (str(heading), heading[0].text, heading[0].font.color.rgb)
    assert ("级别", "A2") == (sheet["B1"].value, sheet.freeze_panes)


def test_a_drop_down_offers_the_choices() -> None:
    """They stand on the hidden sheet, because a list within the rule ends at 255 characters."""
    ranks = tuple(f"专业技术岗位第{number}级" for number in range(1, 60))
    layout = attrs.evolve(LAYOUT, columns=(LAYOUT.columns[0], attrs.evolve(LAYOUT.columns[1], choices=ranks)))
    book = opened(Content(layout=layout))
    rule = next(each for each in book.worksheets[0].data_validations.dataValidation if each.type == "list")
    assert ("libsubsidy!$C$1:$C$59", "B2:B20001") == (rule.formula1, str(rule.sqref))
    assert ranks == tuple(cell.value for (cell,) in book.worksheets[2]["C1:C59"])


def test_the_mark_is_hidden_and_the_notes_are_not() -> None:
    """The third sheet cannot even be shown by a menu; the second says how each column is filled in."""
    rows, notes, mark = opened(Content(layout=LAYOUT)).worksheets
    assert ("职工名单", "说明", "libsubsidy") == (rows.title, notes.title, mark.title)
    assert ("visible", "visible", "veryHidden", "libsubsidy:people:3") == (
        rows.sheet_state,
        notes.sheet_state,
        mark.sheet_state,
        mark["A1"].value,
    )
    said = {row[0]: row[1:] for row in notes.iter_rows(values_only=True)}
    assert ("必填。18 位，或旧证件的 15 位", "11010519491231002X") == said["*身份证号码"]


def test_wrong_cells_are_marked_and_told() -> None:
    """A file that is given back shows which cells are wrong, and says why beside the row."""
    content = Content(
        layout=LAYOUT,
        rows=[("1", "", "500"), ("2", "", "")],
        remarks={2: "每月缴费金额：没有填写"},
        marks=frozenset({(2, "amount")}),
    )
    sheet = first_sheet(content)
    assert (REMARKS, None, "每月缴费金额：没有填写") == tuple(sheet.cell(row, 4).value for row in (1, 2, 3))
    assert ["00000000", "FFFDE3E1"] == [sheet.cell(row, 3).fill.fgColor.rgb for row in (2, 3)]


def test_a_text_that_does_not_fit_is_refused_and_not_cut() -> None:
    """The longest that fits comes back whole; one more character is an error."""
    longest = "长" * CELL_CHARACTERS_MAX
    assert [[longest]] == read_again(text_only(longest))
    with pytest.raises(CellTooLongError, match="32768"):
        write_workbook(text_only(longest + "长"))


def test_equal_rows_make_equal_files() -> None:
    """Nothing of the moment goes into a file."""
    content = text_only("张三")
    assert write_workbook(content) == write_workbook(content)


def test_twenty_thousand_rows_come_from_a_stream() -> None:
    """F31: rows are taken one by one; all of them are there."""
    rows = ((f"{number:018}", "正科", "500.25") for number in range(20_000))
    again = read_again(Content(layout=LAYOUT, rows=rows))
    assert (20_000, ["000000000000019999", "正科", 500.25]) == (len(again), again[-1])
