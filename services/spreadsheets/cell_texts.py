"""From a cell's value to the text that the person saw in it, where that is certain.

A spreadsheet keeps numbers as floats of fifteen digits, and turns by itself into a date what looks like one. So a number
of sixteen digits and more has lost some, and a date in a column of names or ranks may have been anything.

>>> from services.spreadsheets.layouts import CellKind
>>> text_of(13800000000.0, CellKind.TEXT), text_of(1500.5, CellKind.TEXT), text_of(" 张三 ", CellKind.TEXT)
('13800000000', '1500.5', ' 张三 ')
>>> text_of(date(2020, 4, 1), CellKind.MONTH), text_of(date(2020, 4, 15), CellKind.MONTH)
('2020-04', '2020-04-15')
>>> text_of(440782198001010017.0, CellKind.TEXT)
Traceback (most recent call last):
services.spreadsheets.cell_texts.UncertainError: ('ID_SCIENTIFIC/cell', {'text': '4.40782E+17'})
>>> text_of(1e20, CellKind.AMOUNT)
Traceback (most recent call last):
services.spreadsheets.cell_texts.UncertainError: ('AMOUNT_OUT_OF_BOUNDS', {'limit': 10000000000000})
"""

import math
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from enum import Enum
from typing import Final

from libsubsidy.money import FEN_MAX, FEN_PER_YUAN
from services.spreadsheets.layouts import CellKind


class Uncalculated(Enum):
    """What stands in a cell whose formula has no result (see `formulas`)."""

    FORMULA = "公式"


UNCALCULATED: Final = Uncalculated.FORMULA
Value = str | float | int | bool | date | datetime | time | timedelta | Uncalculated

CELL_CHARACTERS_MAX: Final = 1_000
# From here on, neighbouring floats are no longer all the whole numbers that can be typed.
_EXACT_BELOW: Final = 10**15


class UncertainError(ValueError):
    """What stood in the cell cannot be told; the key of a sentence and its facts."""

    def __init__(self, key: str, **facts: str | int) -> None:
        self.key = key
        self.facts: Mapping[str, str | int] = facts
        super().__init__(key, facts)


def text_of(value: Value, kind: CellKind) -> str:
    """Give a cell's text.

    Raises:
        UncertainError: digits were lost, it has become a date, it is too long, or more money than there is.
    """
    match value:
        case str():
            if len(value) > CELL_CHARACTERS_MAX:
                raise UncertainError("CELL_TOO_LONG", characters=len(value), limit=CELL_CHARACTERS_MAX)
            return value.replace("\0", "\N{REPLACEMENT CHARACTER}")  # Which no database keeps in a text.
        case Uncalculated():
            raise UncertainError("CELL_FORMULA")
        case bool():
            return str(value).upper()
        case int() | float():
            return _of_number(value, kind)
        case datetime() if value.time() == time.min:
            return _of_day(value.date(), kind)
        case date() if not isinstance(value, datetime):
            return _of_day(value, kind)
        case _:
            raise UncertainError("CELL_DATE", text=str(value))


def _of_number(value: float, kind: CellKind) -> str:
    if not math.isfinite(value) or abs(value) >= _EXACT_BELOW:
        if kind is CellKind.AMOUNT:
            # It is no number of anything whose digits were lost, but more money than there is.
            raise UncertainError("AMOUNT_OUT_OF_BOUNDS", limit=FEN_MAX // FEN_PER_YUAN)
        raise UncertainError("ID_SCIENTIFIC/cell", text=f"{value:.5E}")
    return str(int(value)) if value == int(value) else format(value, ".15g")


def _of_day(day: date, kind: CellKind) -> str:
    if kind is CellKind.TEXT:
        raise UncertainError("CELL_DATE", text=day.isoformat())
    if kind is CellKind.MONTH and day.day == 1:
        return day.isoformat()[:-3]
    return day.isoformat()
