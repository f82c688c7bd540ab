"""员工初始化: what an employer verifies of each migrated employee before the system is put in use.

    请务必认真核对职工信息：手机号码、级别、每月缴费金额。累计缴纳期数、累计缴纳金额可做参考选填。 manual L13

Mobile, rank and monthly amount are required on every row (F16). The opening balance is optional, but given whole: periods
and amount, both or neither (F17), and with periods the month up to which they were paid (缴至月份, design §12): regular lines
need a later month, so that nobody's month is paid twice. A balance whose one half is zero and the other is not may be right,
and is shown to be checked. What the employer types raises the totals that are shown, never what can be paid out (design §12).

>>> from attrs import evolve
>>> typed = InitialRow(mobile="138 0000 0000", rank="正科", monthly_amount="500")
>>> verified, found = verify_row(typed, date(2020, 9, 15))
>>> verified.mobile, str(verified.monthly_amount), verified.opening, found
('13800000000', '500.00', None, ())
>>> half = evolve(typed, mobile="", opening_periods="51")
>>> [(each.field, each.violation.code) for each in verify_row(half, date(2020, 9, 15))[1]]
[('mobile', 'FIELD_MISSING'), ('opening_amount', 'OPENING_AMOUNT_MISSING'), ('paid_through', 'PAID_THROUGH_MISSING')]
>>> whole = evolve(typed, opening_periods="51", opening_amount="20250", paid_through="2020-09")
>>> verify_row(whole, date(2020, 9, 15))[0].opening
Opening(periods=51, amount=Money(fen=2025000), paid_through=Month(year=2020, month=9))
>>> verify_row(evolve(whole, paid_through="2020-10"), date(2020, 9, 15))[1][0].violation.code
'PAID_THROUGH_FUTURE'
>>> uneven, (advice,) = verify_row(evolve(whole, opening_amount="0"), date(2020, 9, 15))
>>> uneven is not None, advice.is_advice, advice.violation.code
(True, True, 'CONFIRM_OPENING_UNEVEN')
"""

import re
from collections.abc import Callable
from datetime import date
from typing import Final, TypeVar

import attrs
from attrs import frozen

from libsubsidy.employer_card import CardField, read_field
from libsubsidy.errors import ParseError
from libsubsidy.money import Money
from libsubsidy.months import Month
from libsubsidy.personnel_file import FILE_FIELDS
from libsubsidy.violations import Violation

T = TypeVar("T")

# A hundred years of months: more is a slip of the hand.
PERIODS_MAX: Final = 1_200
_PERIODS: Final = re.compile(r"[0-9]{1,4}")
_CHARACTERS_MAX: Final = 64


@frozen(kw_only=True)
class InitialRow:
    """What is verified of one employee, as typed.

    Attributes:
        monthly_amount: 每月缴费金额.
        opening_periods: 累计缴纳期数.
        opening_amount: 累计缴纳金额.
        paid_through: 缴至月份 of the opening balance.
    """

    mobile: str = ""
    rank: str = ""
    monthly_amount: str = ""
    opening_periods: str = ""
    opening_amount: str = ""
    paid_through: str = ""


@frozen
class Opening:
    """The opening balance of one employee: what was paid before the system was put in use."""

    periods: int
    amount: Money
    paid_through: Month | None


@frozen(kw_only=True)
class VerifiedRow:
    """What becomes the file of one employee; without an opening nothing was paid before."""

    mobile: str
    rank: str
    monthly_amount: Money
    opening: Opening | None


@frozen
class CellFinding:
    """What is wrong with one cell; advice is shown to be checked, and keeps nothing from being submitted."""

    field: str
    violation: Violation
    is_advice: bool = False


def _periods(text: str) -> str:
    if not _PERIODS.fullmatch(text) or int(text) > PERIODS_MAX:
        raise ParseError(Violation.of("PERIODS_FORMAT", text=text, limit=PERIODS_MAX))
    return str(int(text))


_FILE: Final = {each.name: each for each in FILE_FIELDS}
# In the order of the table; mobile and monthly amount are read as a change of the file reads them.
INITIAL_FIELDS: Final[tuple[CardField, ...]] = (
    _FILE["mobile"],
    attrs.evolve(_FILE["rank"], required=True),
    _FILE["monthly_amount"],
    CardField(
        name="opening_periods", zh="累计缴纳期数", en="Opening periods", characters_max=_CHARACTERS_MAX, read=_periods
    ),
    CardField(
        name="opening_amount",
        zh="累计缴纳金额",
        en="Opening amount",
        characters_max=_CHARACTERS_MAX,
        read=lambda text: str(Money.typed(text)),
    ),
    CardField(
        name="paid_through",
        zh="缴至月份",
        en="Paid through",
        characters_max=_CHARACTERS_MAX,
        read=lambda text: str(Month.parse(text)),
    ),
)
_BY_NAME: Final = {each.name: each for each in INITIAL_FIELDS}


def verify_row(typed: InitialRow, today: date) -> tuple[VerifiedRow | None, tuple[CellFinding, ...]]:
    """Verify one row: every cell that is wrong is named; the row is there unless one is."""
    kept: dict[str, str] = {}
    found: list[CellFinding] = []
    for field in INITIAL_FIELDS:
        kept[field.name], violation = read_field(field, getattr(typed, field.name))
        if violation is not None:
            found.append(CellFinding(field.name, violation))
    unread = {each.field for each in found}
    found += _of_opening(kept, unread, today)
    if any(not each.is_advice for each in found):
        return None, tuple(found)
    return VerifiedRow(
        mobile=kept["mobile"],
        rank=kept["rank"],
        monthly_amount=Money.parse(kept["monthly_amount"]),
        opening=_opening(kept),
    ), tuple(found)


def _of_opening(kept: dict[str, str], unread: set[str], today: date) -> list[CellFinding]:
    """Judge the halves of the opening balance together; what cannot be read is told already."""
    periods, amount, month = kept["opening_periods"], kept["opening_amount"], kept["paid_through"]
    found: list[CellFinding] = []
    if amount and not periods:
        found.append(CellFinding("opening_periods", Violation.of("OPENING_PERIODS_MISSING")))
    if periods and not amount:
        found.append(CellFinding("opening_amount", Violation.of("OPENING_AMOUNT_MISSING")))
    if unread & {"opening_periods", "opening_amount", "paid_through"}:
        return found
    counted = int(periods) if periods else 0
    if counted and not month:
        found.append(CellFinding("paid_through", Violation.of("PAID_THROUGH_MISSING")))
    if month and not counted:
        found.append(CellFinding("paid_through", Violation.of("PAID_THROUGH_ALONE")))
    elif month and Month.parse(month) > (latest := Month.of(today)):
        found.append(CellFinding("paid_through", Violation.of("PAID_THROUGH_FUTURE", month=month, latest=str(latest))))
    if periods and amount and bool(counted) != bool(Money.parse(amount).fen):
        uneven = Violation.of("CONFIRM_OPENING_UNEVEN", periods=counted, amount=amount)
        found.append(CellFinding("opening_amount", uneven, is_advice=True))
    return found


def _opening(kept: dict[str, str]) -> Opening | None:
    if not kept["opening_periods"]:
        return None
    opening = Opening(
        int(kept["opening_periods"]), Money.parse(kept["opening_amount"]), _if_any(Month.parse, kept["paid_through"])
    )
    return opening if opening.periods or opening.amount.fen else None


def _if_any(parse: Callable[[str], T], text: str) -> T | None:
    return parse(text) if text else None


def same_cell(field: str, one: str, other: str) -> bool:
    """Say whether two texts mean the same in a field, as a spreadsheet writes 500 for 500.00 (I33).

    >>> same_cell("monthly_amount", "500", "500.00"), same_cell("mobile", "138 0000 0000", "13800000000")
    (True, True)
    >>> same_cell("rank", "正科", "副科"), same_cell("monthly_amount", "五百", "五百 ")
    (False, True)
    """
    return _kept(field, one) == _kept(field, other)


def _kept(field: str, text: str) -> str:
    return read_field(_BY_NAME[field], text)[0]
