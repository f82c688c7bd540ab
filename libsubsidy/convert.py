"""How values travel: months, money, memos and identity codes as their text; unknown keys are refused.

    Month "2020-04" · Money "23662.50" (yuan) · Memo "75256xA7W5o" · OrganizationCode, CreditCode, IdNumber, Mobile

Money on the wire has no sign: directions are said in words. A negative amount of the ledger is written with its sign
but never read back as an amount.

>>> from libsubsidy.months import MonthRange
>>> converter = make_converter()
>>> converter.structure("2020-04", Month), converter.unstructure(Money.parse("23662.5"))
(Month(year=2020, month=4), '23662.50')
>>> converter.structure({"first": "2020-01", "last": "2020-12"}, MonthRange).last
Month(year=2020, month=12)
>>> converter.structure(23662.5, Money)
Traceback (most recent call last):
libsubsidy.errors.ParseError: A text is expected for Money, not a float: write it in quotes...
"""

from typing import Any, Protocol, Self

from cattrs import Converter
from cattrs.preconf.json import make_converter as make_json_converter

from libsubsidy.errors import MemoError, ParseError
from libsubsidy.identity import CreditCode, IdNumber, Mobile, OrganizationCode
from libsubsidy.memo import MEMO_CHARACTERS, Memo
from libsubsidy.money import Money
from libsubsidy.months import Month
from libsubsidy.violations import Violation


class _Text(Protocol):
    @classmethod
    def parse(cls, text: str) -> Self: ...


def make_converter() -> Converter:
    """Give a converter for JSON: `structure` reads and checks, `unstructure` writes.

    Structuring raises `ParseError` for a wrong value by itself, and cattrs' own validation errors, which carry ours,
    for one inside a class.
    """
    converter: Converter = make_json_converter(forbid_extra_keys=True)
    for kind in (Month, Money, OrganizationCode, CreditCode, IdNumber, Mobile):
        _travel_as_text(converter, kind)
    converter.register_unstructure_hook(Memo, str)
    converter.register_structure_hook(Memo, _memo)
    return converter


def _travel_as_text(converter: Converter, kind: type[_Text]) -> None:
    def structure(value: Any, _: type) -> _Text:  # noqa: ANN401 - whatever the wire holds.
        return kind.parse(_text(value, kind))

    converter.register_unstructure_hook(kind, str)
    converter.register_structure_hook(kind, structure)


def _memo(value: Any, _: type) -> Memo:  # noqa: ANN401 - whatever the wire holds.
    """Read a memo alone: on a wire, unlike on a transfer slip, nothing may follow it."""
    text = _text(value, Memo)
    if len(text) != MEMO_CHARACTERS:
        raise MemoError(Violation.of("MEMO_FORMAT", text=text))
    return Memo.parse(text)


def _text(value: Any, kind: type) -> str:  # noqa: ANN401 - whatever the wire holds.
    if not isinstance(value, str):
        raise ParseError(Violation.of("TEXT_EXPECTED", kind=kind.__name__, found=type(value).__name__))
    return value
