"""The layout of a spreadsheet: its columns, under the headers that people see, and the mark by which it is known again.

The one who writes a template and the one who reads it back share its layout, so that what was written is what is read.
The mark is a text in a cell of a sheet that nobody sees: ``libsubsidy:employee_import:1``.

>>> from services.spreadsheets.layouts import Column, Layout
>>> layout = Layout(name="seal_list", version=1, title="批量封存模版", rows_max=20_000,
...                 columns=(Column(key="id_number", header="证件号码", required=True), Column(key="reason", header="原因")))
>>> layout.mark, layout.columns[0].shown, Layout.read_mark("libsubsidy:seal_list:7"), Layout.read_mark("seal_list")
('libsubsidy:seal_list:1', '*证件号码', ('seal_list', 7), None)
"""

import re
from collections.abc import Mapping
from enum import Enum
from typing import Final, Self
from unicodedata import normalize

import attrs

# Excel shows a sheet of this state in no menu; only a macro or another program does.
MARK_SHEET: Final = "libsubsidy"
NOTES_SHEET: Final = "说明"
# The column in which a file that is given back says what is wrong with each row; whoever reads passes over it.
REMARKS: Final = "需要改正"
_MARK: Final = re.compile(r"libsubsidy:([a-z][a-z0-9_]{0,39}):([1-9][0-9]{0,5})")
_NOT_OF_HEADERS: Final = re.compile(r"[\s*＊★✱:：]|\((?:必填|选填|文本)\)")


class CellKind(Enum):
    """What a column's cells are, for the few things that spreadsheets turn into something else by themselves.

    TEXT: names, codes: as typed. AMOUNT: yuan, which a spreadsheet adds up; written as a number with two decimals, read as
    typed. MONTH: ``2020-04``. DAY: ``2020-04-15``.
    """

    TEXT = "text"
    AMOUNT = "amount"
    MONTH = "month"
    DAY = "day"


@attrs.frozen(kw_only=True)
class Column:
    """One column.

    Attributes:
        key: its name in programs.
        header: as people see it, without the star of a required one.
        also: other headers under which it is found.
        required: it must be there; that each of its cells is filled in is for the feature to check.
        choices: what its drop-down offers; another text is allowed.
        hint: what the template says about it, beside each cell, too.
        characters: its width; a Chinese character counts two.
    """

    key: str
    header: str
    kind: CellKind = CellKind.TEXT
    required: bool = False
    also: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    hint: str = ""
    characters: int = 14

    @property
    def shown(self) -> str:
        """The header of a template; the star is written red (manual L106: 带红星必填)."""
        return f"*{self.header}" if self.required else self.header

    @property
    def names(self) -> frozenset[str]:
        """Every header under which the column is found, as `plain_header` writes it."""
        return frozenset(plain_header(name) for name in (self.header, *self.also))


@attrs.frozen(kw_only=True)
class Layout:
    """A spreadsheet that is filled in and comes back.

    Attributes:
        name: stable, of small letters.
        version: grows whenever an old file would be read wrongly.
        title: what people call it.
        rows_max: how many filled rows are read, without the header.
        sample: texts of an example row by column; a row that is equal to it in every cell is never read.
        notes: what the sheet 说明 says before it lists the columns.
    """

    name: str
    version: int
    title: str
    columns: tuple[Column, ...]
    rows_max: int
    sample: Mapping[str, str] = attrs.field(factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def mark(self) -> str:
        """The text by which the file is known again."""
        return f"libsubsidy:{self.name}:{self.version}"

    @classmethod
    def read_mark(cls, text: str) -> tuple[str, int] | None:
        """Give name and version that a mark says; None for any other text."""
        match = _MARK.fullmatch(text.strip())
        return None if match is None else (match[1], int(match[2]))

    def column(self, key: str) -> Column:
        """Give a column by its key."""
        return next(column for column in self.columns if column.key == key)

    def with_choices(self, key: str, choices: tuple[str, ...]) -> Self:
        """Give the layout with what the drop-down of a column offers today."""
        columns = tuple(attrs.evolve(each, choices=choices) if each.key == key else each for each in self.columns)
        return attrs.evolve(self, columns=columns)


def plain_header(text: str) -> str:
    """Write a header without what people and templates put around it.

    >>> plain_header(" *手机 号码（必填）："), plain_header("ＩＤ"), plain_header("级别*")
    ('手机号码', 'id', '级别')
    """
    return _NOT_OF_HEADERS.sub("", normalize("NFKC", text)).casefold()


def column_letter(index: int) -> str:
    """Name a column as spreadsheets do, the first (0) being A.

    >>> [column_letter(index) for index in (0, 25, 26, 701, 702)]
    ['A', 'Z', 'AA', 'ZZ', 'AAA']
    """
    letters = ""
    index += 1
    while index:
        index, letter = divmod(index - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return letters
