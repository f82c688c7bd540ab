"""Values on the wire."""

import json
from typing import Any

import pytest
from cattrs.errors import ClassValidationError

from libsubsidy import (
    AmountSource,
    BackPayment,
    BackPaymentKind,
    CreditCode,
    IdentityError,
    IdNumber,
    Memo,
    MemoError,
    Mobile,
    Money,
    MoneyError,
    Month,
    MonthError,
    MonthRange,
    OrderLine,
    OrganizationCode,
    ParseError,
    Policy,
    make_converter,
)

CONVERTER = make_converter()
LINE = OrderLine(person_id=1, month=Month(2020, 4), amount=Money.parse("23662.5"), source=AmountSource.FILE)
TEXTS: list[tuple[Any, str]] = [
    (Month(2020, 4), "2020-04"),
    (Money.parse("23662.5"), "23662.50"),
    (Memo.parse("75256xA7W5o"), "75256xA7W5o"),
    (OrganizationCode.parse("D2143569-X"), "D2143569X"),
    (CreditCode.parse("91110000600037341L"), "91110000600037341L"),
    (IdNumber.parse("11010519491231002X"), "11010519491231002X"),
    (Mobile.parse("13800000000"), "13800000000"),
]


@pytest.mark.parametrize(("value", "text"), TEXTS)
def test_values_travel_as_their_text(value: Any, text: str) -> None:
    """Writing and reading are inverse."""
    assert text == CONVERTER.unstructure(value)
    assert value == CONVERTER.structure(text, type(value))


@pytest.mark.parametrize(("value", "_text"), TEXTS)
@pytest.mark.parametrize("wire", [None, 1, 23662.5, True, [], {}])
def test_nothing_but_text_is_read(value: Any, _text: str, wire: object) -> None:
    """A number for money would be a float on the way: refused, with what to do."""
    with pytest.raises(ParseError) as refusal:
        CONVERTER.structure(wire, type(value))
    assert "TEXT_EXPECTED" == refusal.value.violation.code


@pytest.mark.parametrize(
    ("kind", "text", "error"),
    [
        (Month, "2020-4", MonthError),
        (Money, "-1.00", MoneyError),
        (Memo, "75256xA7W5o4月", MemoError),
        (Memo, " 75256xA7W5", MemoError),
        (IdNumber, "4.40782E+17", IdentityError),
    ],
)
def test_a_wrong_text_is_refused_by_its_own_rule(kind: type, text: str, error: type[ParseError]) -> None:
    """The wire is as strict as `parse`; a memo alone may not be followed by anything."""
    with pytest.raises(error):
        CONVERTER.structure(text, kind)


def test_an_application_survives_json() -> None:
    """Nested values, sets and keys of numbers come back equal."""
    application = BackPayment(
        kind=BackPaymentKind.LUMP_MISSED,
        months=MonthRange(Month(2020, 4), Month(2020, 4)),
        lines=(LINE,),
        covers={1: frozenset({Month(2020, 1), Month(2020, 2)})},
    )
    wire = json.loads(json.dumps(CONVERTER.unstructure(application)))
    assert {"person_id": 1, "month": "2020-04", "amount": "23662.50", "source": "file", "carry_over": True} == wire[
        "lines"
    ][0]
    assert application == CONVERTER.structure(wire, BackPayment)


def test_unknown_keys_are_refused() -> None:
    """A misspelt key is an error and not silently a default."""
    with pytest.raises(ClassValidationError):
        CONVERTER.structure({"back_pay_month_max": 6}, Policy)
    assert Policy(back_pay_months_max=6) == CONVERTER.structure({"back_pay_months_max": 6}, Policy)
