"""The month's amounts as a list that comes from a spreadsheet: *证件号码, 姓名, 指定汇缴, 仅本月 (domain §6.4, persona P2).

A row names a person by the ID number, with the name as a control: who it is must not hang on one wrong digit. An empty 指定汇缴
is the amount that the month starts with (file or carried over, as in the sheet, F84), any other is what is paid; 仅本月 says
that later months do not copy it. Everything that is wrong with a row is told with its field, and a row with anything wrong is
no line: it is for the person who made the list to mend it. The rules of the month judge each row (F80), so that nothing is
taken from a list that could not be submitted.

>>> from libsubsidy.employment import Employment, EmploymentState, FileAmount
>>> zhang = Employment(person_id=1, name="张三", start_month=Month(2020, 1), state=EmploymentState.ACTIVE,
...                    file_amounts=(FileAmount(effective=Month(2020, 1), amount=Money.parse("500")),))
>>> asked = AmountsAsked(month=Month(2020, 4), kind=OrderKind.REGULAR, roster={1: Member(zhang)},
...                      numbers={"440101199001011232": 1}, policy=Policy(), today=date(2020, 4, 20))
>>> row = AmountRow(number=2, id_number="440101199001011232", name="张 三")
>>> (read,) = read_amounts([row], asked)
>>> str(read.line.amount), read.line.source.value, read.problems
('500.00', 'file', ())
>>> wrong = AmountRow(number=3, id_number="440101199001011232", name="李四", designated="1,0", this_month_only="x")
>>> _, read = read_amounts([row, wrong], asked)
>>> read.line, [(each.field, each.violation.code) for each in read.problems]  # doctest: +NORMALIZE_WHITESPACE
(None, [('id_number', 'DUPLICATE_IN_FILE'), ('name', 'AMOUNTS_NAME'), ('designated', 'AMOUNT_FORMAT'),
        ('this_month_only', 'AMOUNTS_THIS_MONTH_ONLY')])
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Final
from unicodedata import normalize

from attrs import field, frozen

from libsubsidy.default_amount import DefaultAmount, default_amount
from libsubsidy.eligibility import OrderKind, eligible
from libsubsidy.employment import Employment, Member, Roster
from libsubsidy.errors import IdentityError, MoneyError
from libsubsidy.identity import IdNumber, same_name
from libsubsidy.money import Money
from libsubsidy.months import Month
from libsubsidy.order_lines import AmountSource, OrderLine
from libsubsidy.policy import Policy
from libsubsidy.violations import Violation

_SURE: Final[Mapping[str, Violation]] = MappingProxyType({})
_BLANKS: Final = re.compile(r"\s+")
_YES_OR_NO: Final = {"是": True, "否": False, "": False}
_FIELDS: Final = ("id_number", "name", "designated", "this_month_only")
# A lump sum's amounts are all typed.
_PROPOSED: Final = frozenset({OrderKind.REGULAR, OrderKind.MONTHLY})


@frozen(kw_only=True)
class AmountRow:
    """One row, as it was typed.

    Attributes:
        number: as the spreadsheet numbers it.
        designated: 指定汇缴, in yuan.
        this_month_only: 仅本月, 是 or 否.
        uncertain: cells by field that the spreadsheet has turned into something else, and what it says of them.
    """

    number: int
    id_number: str
    name: str = ""
    designated: str = ""
    this_month_only: str = ""
    uncertain: Mapping[str, Violation] = field(default=_SURE, hash=False)


@frozen
class AmountProblem:
    """What is wrong with one cell."""

    field: str
    violation: Violation


@frozen(kw_only=True)
class ReadAmount:
    """What a row came to: a line, or everything that is wrong with it.

    Attributes:
        person_id: whose row it is; None for somebody who is not known here.
    """

    number: int
    person_id: int | None
    line: OrderLine | None
    problems: tuple[AmountProblem, ...]


@frozen(kw_only=True)
class AmountsAsked:
    """What a list is read for.

    Attributes:
        month: of every line.
        roster: the employer's people, with their live months over the whole fund.
        numbers: their ids by ID number, and by the one they first gave (D-3).
        policy: the bureau's numbers.
        today: the day of the bureau.
    """

    month: Month
    kind: OrderKind
    roster: Roster
    numbers: Mapping[str, int]
    policy: Policy
    today: date


def read_amounts(rows: Sequence[AmountRow], asked: AmountsAsked) -> tuple[ReadAmount, ...]:
    """Read a whole list; of a person who stands in it twice the first row counts, and the others are told."""
    seen: dict[int, int] = {}
    return tuple(_read(row, asked, seen) for row in rows)


def listed_lines(current: Sequence[OrderLine], listed: Sequence[OrderLine], *, remove: bool) -> tuple[OrderLine, ...]:
    """Give the lines that a draft has once a list is taken: the listed ones, and the others unless they are removed.

    >>> line = OrderLine(person_id=1, month=Month(2020, 4), amount=Money.parse("5"), source=AmountSource.DESIGNATED)
    >>> len(listed_lines([line], [], remove=False)), len(listed_lines([line], [], remove=True))
    (1, 0)
    """
    if remove:
        return tuple(listed)
    named = {line.person_id for line in listed}
    return (*listed, *(line for line in current if line.person_id not in named))


def _read(row: AmountRow, asked: AmountsAsked, seen: dict[int, int]) -> ReadAmount:
    found = [AmountProblem(name, violation) for name, violation in row.uncertain.items()]
    person_id = _person_id(row, asked, found)
    employment = None
    if person_id is not None:
        employment = asked.roster[person_id].employment
        found += _of_person(row, asked.roster[person_id], asked, seen)
    amount, carry_over = _amount(row, found), not _this_month_only(row, found)
    line = None
    if employment is not None:
        proposed = default_amount(employment, asked.month) if asked.kind in _PROPOSED else None
        if amount is None and proposed is None and not _is_told("designated", found):
            missing = Violation.of("AMOUNTS_MISSING", name=employment.name, month=str(asked.month))
            found.append(AmountProblem("designated", missing))
        if not found:
            line = _line(employment, asked.month, amount, proposed, carry_over=carry_over)
    found.sort(key=lambda each: _FIELDS.index(each.field))
    return ReadAmount(number=row.number, person_id=person_id, line=line, problems=tuple(found))


def _person_id(row: AmountRow, asked: AmountsAsked, found: list[AmountProblem]) -> int | None:
    if "id_number" in row.uncertain:
        return None
    plain = _BLANKS.sub("", normalize("NFKC", row.id_number)).upper()
    if not plain:
        found.append(AmountProblem("id_number", Violation.of("FIELD_MISSING")))
        return None
    # Somebody whose number on file is an old one, or was migrated with a wrong check character, is known all the same (D-2).
    known = asked.numbers.get(plain)
    if known is None:
        try:
            known = asked.numbers.get(str(IdNumber.parse(plain)))
        except IdentityError as error:
            found.append(AmountProblem("id_number", error.violation))
            return None
    if known not in asked.roster:
        found.append(AmountProblem("id_number", Violation.of("AMOUNTS_STRANGER")))
        return None
    return known


def _of_person(row: AmountRow, member: Member, asked: AmountsAsked, seen: dict[int, int]) -> Iterator[AmountProblem]:
    employment = member.employment
    first = seen.setdefault(employment.person_id, row.number)
    if first != row.number:
        yield AmountProblem(
            "id_number", Violation.of("DUPLICATE_IN_FILE", row=row.number, first_row=first, name=employment.name)
        )
    if row.name.strip() and not same_name(row.name, employment.name):
        yield AmountProblem("name", Violation.of("AMOUNTS_NAME", known=employment.name))
    for refusal in eligible(employment, asked.month, asked.kind, member.live, asked.policy, asked.today):
        yield AmountProblem("id_number", refusal)


def _amount(row: AmountRow, found: list[AmountProblem]) -> Money | None:
    text = row.designated.strip()
    if "designated" in row.uncertain or not text:
        return None
    try:
        amount = Money.typed(text)
    except MoneyError as error:
        found.append(AmountProblem("designated", error.violation))
        return None
    if amount.fen <= 0:
        found.append(AmountProblem("designated", Violation.of("AMOUNT_NOT_POSITIVE/list")))
    return amount


def _this_month_only(row: AmountRow, found: list[AmountProblem]) -> bool:
    text = row.this_month_only.strip()
    if "this_month_only" in row.uncertain:
        return False
    if text not in _YES_OR_NO:
        found.append(AmountProblem("this_month_only", Violation.of("AMOUNTS_THIS_MONTH_ONLY", text=text)))
    return _YES_OR_NO.get(text, False)


def _line(
    employment: Employment, month: Month, amount: Money | None, proposed: DefaultAmount | None, *, carry_over: bool
) -> OrderLine:
    """Make a line; an amount that equals the proposal is the proposal, whoever has typed it (design §12)."""
    source = AmountSource.DESIGNATED
    if proposed is not None and amount in {None, proposed.amount}:
        amount, source = proposed.amount, proposed.source
    assert amount is not None  # noqa: S101 -- a row with neither has been told.
    return OrderLine(person_id=employment.person_id, month=month, amount=amount, source=source, carry_over=carry_over)


def _is_told(name: str, found: Sequence[AmountProblem]) -> bool:
    return any(each.field == name for each in found)
