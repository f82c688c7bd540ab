"""缴款历史补录: payments of the past, recorded for named employees (F107, I12).

    如若单位需要补充指定员工历史的缴款记录，可通过此功能进行回补                                    manual L397

A row is one person's month with its amount. It has happened already, so no month lies in the future; nobody has been paid for
before working life (domain §4.2 "Backfill"): before the month of the sixteenth birthday, below which nobody may be hired
(劳动法 art. 15), or before the day of joining on file, where there is one. The person works, or worked, here in that month and
was not sealed. A person's month is live once over the whole fund, orders and backfills alike (I12). Approved, it raises the
totals that are shown; it is no cash, and there is no notice.

Up to 缴至月份 of the opening balance it adds nothing, for the opening has counted the month already: it itemises the opening
(design §12). So what is itemised is never more than the opening itself, neither in months nor in money. An opening with a
former employer is that employer's to itemise (I11: no month counted twice).

>>> from attrs import evolve
>>> from libsubsidy.employment import EmploymentState
>>> zhang = Employment(person_id=1, name="张三", start_month=Month(2020, 4), state=EmploymentState.ACTIVE)
>>> history = BackfillHistory(employment=zhang, born=date(1990, 1, 1))
>>> row = BackfillLine(person_id=1, name="张三", month=Month(2020, 9), amount=Money.parse("500"))
>>> check_backfill({0: row}, {1: history}, date(2020, 9, 15))
{}
>>> later = evolve(row, month=Month(2020, 10))
>>> check_backfill({0: later}, {1: history}, date(2020, 9, 15))[0][0].violation.params["latest"]
'2020-09'
>>> twice = check_backfill({0: row, 1: row}, {1: history}, date(2020, 9, 15))
>>> [(place, found.field, found.violation.code) for place, (found,) in twice.items()]
[(1, 'month', 'DUPLICATE_IN_FILE')]
>>> opened = evolve(zhang, paid_through=Month(2019, 12), opening_periods=1)
>>> itemises(opened, Month(2019, 12)), itemises(opened, Month(2020, 1))
(True, False)
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Final

from attrs import Factory, define, frozen

from libsubsidy.eligibility import refusals_of_state
from libsubsidy.employment import Employment, LiveMonth
from libsubsidy.initialisation import CellFinding
from libsubsidy.money import ZERO, Money
from libsubsidy.months import Month
from libsubsidy.violations import Violation

# "禁止用人单位招用未满十六周岁的未成年人": 劳动法 art. 15. The law's number and not a bureau's, so no policy.
WORKING_AGE_YEARS: Final = 16


@frozen(kw_only=True)
class BackfillLine:
    """One person's month, as it was paid.

    Attributes:
        name: as given beside the ID number, so that a slip of the number is noticed.
    """

    person_id: int
    name: str
    month: Month
    amount: Money


@frozen(kw_only=True)
class OpeningElsewhere:
    """An opening balance of the same person with another employer, and the month up to which it was paid."""

    employer_name: str
    paid_through: Month


@frozen(kw_only=True)
class BackfillHistory:
    """What is known of one person's past.

    Attributes:
        employment: in the employer that records.
        live: who holds this person's months, over the whole fund.
        born: None where an old system has left an ID number that does not tell it (D-2).
        joined_on: 入职/参加工作日期; None if the file lacks it.
        opening: amount of the opening balance in this employer.
        itemised: how much of it earlier backfills have itemised.
        itemised_months: how many months of it they have.
        elsewhere: openings with other employers.
    """

    employment: Employment
    live: Mapping[Month, LiveMonth] = Factory(dict)
    born: date | None = None
    joined_on: date | None = None
    opening: Money = ZERO
    itemised: Money = ZERO
    itemised_months: int = 0
    elsewhere: tuple[OpeningElsewhere, ...] = ()


def itemises(employment: Employment, month: Month) -> bool:
    """Say whether a month is one that the opening balance has counted."""
    return employment.opening_periods > 0 and employment.paid_through is not None and month <= employment.paid_through


def check_backfill(
    lines: Mapping[int, BackfillLine], known: Mapping[int, BackfillHistory], today: date
) -> dict[int, tuple[CellFinding, ...]]:
    """Say everything that keeps rows from being recorded, by the place of the row (0, 1, …) and the cell.

    Args:
        lines: by place; a row that cannot be read is simply not there.
        known: the employer's people, former ones among them, by person.
        today: the day of the bureau.
    """
    now = Month.of(today)
    first_places: dict[tuple[int, Month], int] = {}
    tallies: dict[int, _Tally] = {}
    found: dict[int, tuple[CellFinding, ...]] = {}
    for place, line in lines.items():
        history = known.get(line.person_id)
        if history is None:
            broken: tuple[CellFinding, ...] = (
                CellFinding("id_number", Violation.of("NOT_EMPLOYED", person=line.person_id)),
            )
        else:
            first = first_places.setdefault((line.person_id, line.month), place)
            repeated = () if first == place else (CellFinding("month", _repeated(line, place, first)),)
            broken = (*repeated, *_broken(line, history, now))
            if not broken and itemises(history.employment, line.month):
                broken = tuple(tallies.setdefault(line.person_id, _Tally.of(history)).take(line, history))
        if broken:
            found[place] = broken
    return found


def _repeated(line: BackfillLine, place: int, first: int) -> Violation:
    return Violation.of(
        "DUPLICATE_IN_FILE/month", row=place + 1, first_row=first + 1, name=line.name, month=str(line.month)
    )


def _broken(line: BackfillLine, history: BackfillHistory, now: Month) -> Iterator[CellFinding]:
    employment = history.employment
    if line.name != employment.name:
        yield CellFinding("name", Violation.of("BACKFILL_NAME", known=employment.name))
    if line.amount <= ZERO:
        yield CellFinding("amount", Violation.of("AMOUNT_NOT_POSITIVE/backfill"))
    if line.month > now:
        yield CellFinding(
            "month",
            Violation.of("BACKFILL_FUTURE_MONTH", name=employment.name, month=str(line.month), latest=str(now)),
        )
        return
    for violation in _of_month(line.month, history):
        yield CellFinding("month", violation)


def _of_month(month: Month, history: BackfillHistory) -> Iterator[Violation]:
    """Judge the month itself: the first reason of each kind, because the others follow from it."""
    employment = history.employment
    name = employment.name
    early = _before_working_life(month, history)
    if early is not None:
        yield early
        return
    yield from refusals_of_state(employment, month)
    holder = history.live.get(month)
    if holder is not None:
        yield Violation.of(
            "MONTH_ALREADY_LIVE/backfill",
            name=name,
            month=str(month),
            employer=holder.employer_name,
            order=holder.order_ref,
        )
    elif month in employment.regular_months or month in employment.backfilled_months:
        # The claim is missing although this employer's own history has the month: never count it twice.
        yield Violation.of("MONTH_ALREADY_REMITTED", name=name, month=str(month))
    for other in history.elsewhere:
        if month <= other.paid_through:
            yield Violation.of(
                "BACKFILL_OPENING_ELSEWHERE",
                name=name,
                month=str(month),
                employer=other.employer_name,
                paid_through=str(other.paid_through),
            )


def _before_working_life(month: Month, history: BackfillHistory) -> Violation | None:
    name = history.employment.name
    if history.joined_on is not None and month < (first := Month.of(history.joined_on)):
        return Violation.of(
            "BACKFILL_BEFORE_JOINING", name=name, month=str(month), joined=str(history.joined_on), first=str(first)
        )
    if history.born is not None and month < (first := Month(history.born.year + WORKING_AGE_YEARS, history.born.month)):
        return Violation.of("BACKFILL_BEFORE_AGE", name=name, month=str(month), age=WORKING_AGE_YEARS, first=str(first))
    return None


@define
class _Tally:
    """How much of one person's opening is itemised, with the rows so far."""

    months: int
    amount: Money

    @classmethod
    def of(cls, history: BackfillHistory) -> "_Tally":
        return cls(months=history.itemised_months, amount=history.itemised)

    def take(self, line: BackfillLine, history: BackfillHistory) -> Iterator[CellFinding]:
        """Count a row, and say whether the opening has that much."""
        self.months += 1
        self.amount += line.amount
        facts = {
            "name": history.employment.name,
            "month": str(line.month),
            "paid_through": str(history.employment.paid_through),
        }
        periods = history.employment.opening_periods
        if self.months > periods:
            yield CellFinding("month", Violation.of("BACKFILL_OPENING_PERIODS", **facts, periods=periods))
        if self.amount > history.opening:
            yield CellFinding(
                "amount",
                Violation.of(
                    "BACKFILL_OPENING_AMOUNT", **facts, opening=str(history.opening), itemised=str(self.amount)
                ),
            )


def advise_backfill(
    lines: Mapping[int, BackfillLine], known: Mapping[int, BackfillHistory]
) -> Iterator[tuple[int, Violation]]:
    """Say, by the place of the row, what is allowed and yet to be looked at; at most one thing of each row.

    >>> from libsubsidy.employment import EmploymentState
    >>> zhang = Employment(person_id=1, name="张三", start_month=Month(2020, 4), state=EmploymentState.ACTIVE)
    >>> rows = {month: BackfillLine(person_id=1, name="张三", month=Month(2020, month), amount=ZERO) for month in (3, 4)}
    >>> [(place, each.code) for place, each in advise_backfill(rows, {1: BackfillHistory(employment=zhang)})]
    [(4, 'CONFIRM_BACKFILL_AFTER_START')]
    """
    for place, line in lines.items():
        history = known.get(line.person_id)
        advice = None if history is None else _advice(line.month, history.employment)
        if advice is not None:
            yield place, advice


def _advice(month: Month, employment: Employment) -> Violation | None:
    facts, start = {"name": employment.name, "month": str(month)}, employment.start_month
    if itemises(employment, month):
        through = str(employment.paid_through)
        return Violation.of("CONFIRM_BACKFILL_WITHIN_OPENING", **facts, paid_through=through)
    if start is not None and month >= start:
        return Violation.of("CONFIRM_BACKFILL_AFTER_START", **facts, start=str(start))
    if employment.transferred_in:
        return Violation.of("CONFIRM_BACKFILL_FORMER_EMPLOYER", **facts)
    return None
