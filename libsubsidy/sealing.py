"""批量封存/启封: an employee's payments are suspended, or taken up again, from a month on (F61-F65, I22, D-9).

    员工状态会自行变更                                                                            manual L177

The target is the opposite of the current state; one batch may hold both kinds. Each row carries the state that was shown
when the person was chosen, and the effective month; a row whose state has changed meanwhile is refused, not flipped twice
(design §12, D-9). Nobody at the bureau is asked. Which month may be chosen no rule says: sealing may begin in any month, for
a leave is often reported late; an unsealing cannot begin before its seal; neither begins further ahead than the policy's
months, so that a slip of the year is noticed. Months with live lines keep them (D-9), and the clerk is told.

>>> from datetime import date
>>> from attrs import evolve
>>> zhang = Employment(person_id=1, name="张三", start_month=Month(2020, 1), state=EmploymentState.ACTIVE)
>>> row = SealRow(person_id=1, expected=EmploymentState.ACTIVE, effective=Month(2020, 9))
>>> check_seals([row], {1: zhang}, Policy(), date(2020, 9, 15))
{}
>>> sealed = flip_seal(zhang, row.effective)
>>> sealed.state.value, str(sealed.state_from)
('sealed', '2020-09')
>>> check_seals([row], {1: sealed}, Policy(), date(2020, 9, 15))[0][0].code
'SEAL_STATE_CHANGED'
>>> flip_seal(sealed, Month(2020, 9)) == zhang
True
>>> [str(each) for each in flip_seal(sealed, Month(2020, 12)).sealed_months[0]]
['2020-09', '2020-10', '2020-11']
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Final

from attrs import evolve, frozen

from libsubsidy.employment import EMPLOYMENT_LIFE, FIRST_MONTH, Employment, EmploymentEvent, EmploymentState
from libsubsidy.months import Month, MonthRange
from libsubsidy.policy import Policy
from libsubsidy.violations import Violation

_EVENTS: Final[Mapping[EmploymentState, EmploymentEvent]] = {
    EmploymentState.ACTIVE: EmploymentEvent.SEAL,
    EmploymentState.SEALED: EmploymentEvent.UNSEAL,
}


@frozen(kw_only=True)
class SealRow:
    """One row of the list of changes.

    Attributes:
        person_id: whose state changes.
        expected: the state that was shown when the person was chosen.
        effective: the month from which the new state counts.
    """

    person_id: int
    expected: EmploymentState
    effective: Month


@frozen(kw_only=True)
class LiveLine:
    """A month of a person that an order of this employer holds.

    Attributes:
        is_open: the order waits for the bureau or for its payment; otherwise it has been paid.
    """

    month: Month
    is_open: bool


def target_of(state: EmploymentState) -> EmploymentState | None:
    """Give the opposite state; None for one that can be neither sealed nor unsealed.

    >>> target_of(EmploymentState.SEALED).value, target_of(EmploymentState.ENDED)
    ('active', None)
    """
    event = _EVENTS.get(state)
    return None if event is None else EMPLOYMENT_LIFE.transition(state, event)


def latest_month(policy: Policy, today: date) -> Month:
    """Give the last month from which a new state may count.

    >>> str(latest_month(Policy(move_months_ahead=1), date(2020, 12, 31)))
    '2021-01'
    """
    return Month.of(today) + policy.move_months_ahead


def check_seals(
    rows: Sequence[SealRow], known: Mapping[int, Employment], policy: Policy, today: date
) -> dict[int, tuple[Violation, ...]]:
    """Say everything that keeps a batch from being done, by the place of the row (0, 1, …); nothing: it may be done whole.

    Args:
        rows: whose state changes, in the order shown.
        known: the employer's people by person; who is not there does not work here.
        policy: the bureau's numbers.
        today: the day of the bureau.
    """
    first_rows: dict[int, int] = {}
    latest = latest_month(policy, today)
    found: dict[int, tuple[Violation, ...]] = {}
    for place, row in enumerate(rows):
        broken = tuple(_broken(row, place + 1, first_rows, known.get(row.person_id), latest))
        if broken:
            found[place] = broken
    return found


def _broken(
    row: SealRow, number: int, first_rows: dict[int, int], employment: Employment | None, latest: Month
) -> Iterator[Violation]:
    if employment is None:
        yield Violation.of("NOT_EMPLOYED", person=row.person_id)
        return
    name, state = employment.name, employment.state
    first_row = first_rows.setdefault(row.person_id, number)
    if first_row != number:
        yield Violation.of("SEAL_TWICE", row=number, name=name, first_row=first_row)
        return
    if state is EmploymentState.TRANSFERRING:
        yield Violation.of("SEAL_TRANSFERRING", row=number, name=name)
    elif target_of(state) is None:
        yield Violation.of(f"SEAL_NOT_POSSIBLE/{state.value}", row=number, name=name)
    elif state is not row.expected:
        yield Violation.of(f"SEAL_STATE_CHANGED/{state.value}", row=number, name=name)
    elif row.effective > latest:
        yield Violation.of("SEAL_MONTH_TOO_FAR", row=number, name=name, month=str(row.effective), latest=str(latest))
    elif state is EmploymentState.SEALED and employment.state_from and row.effective < employment.state_from:
        yield Violation.of(
            "UNSEAL_BEFORE_SEAL", row=number, name=name, month=str(row.effective), since=str(employment.state_from)
        )


def flip_seal(employment: Employment, effective: Month) -> Employment:
    """Give the employment in the opposite state from a month on; the rules above have let it through.

    The latest decision holds from its month on. Months between a seal and its end stay sealed; a seal that ends with the
    month it began with leaves nothing behind, so that seal and unseal undo each other (I22).

    Raises:
        TransitionRefused: somebody in this state can be neither sealed nor unsealed.
    """
    state = EMPLOYMENT_LIFE.transition(employment.state, _EVENTS.get(employment.state, EmploymentEvent.SEAL))
    if state is EmploymentState.SEALED:
        kept = tuple(_before(employment.sealed_months, effective))
        return evolve(employment, state=state, state_from=effective, sealed_months=kept)
    since = employment.state_from or FIRST_MONTH
    past = (MonthRange(since, effective - 1),) if since < effective else ()
    return evolve(employment, state=state, state_from=None, sealed_months=employment.sealed_months + past)


def _before(sealed: Sequence[MonthRange], month: Month) -> Iterator[MonthRange]:
    for months in sealed:
        if months.first < month:
            yield MonthRange(months.first, min(months.last, month - 1))


def advise_seal(row: SealRow, employment: Employment, live: Sequence[LiveLine]) -> tuple[Violation, ...]:
    """Say what a clerk should know before sealing: months from the effective one on that orders hold keep them (D-9)."""
    if target_of(employment.state) is not EmploymentState.SEALED:
        return ()
    return tuple(lines_kept("SEALED_WITH_OPEN_LINES", "SEALED_WITH_PAID_MONTHS", employment.name, row.effective, live))


def lines_kept(
    open_key: str, paid_key: str, name: str, effective: Month, live: Sequence[LiveLine]
) -> Iterator[Violation]:
    """Name the months from the effective one on that are to be paid, and those that have been."""
    for key, is_open in ((open_key, True), (paid_key, False)):
        months = sorted({line.month for line in live if line.is_open is is_open and line.month >= effective})
        if months:
            yield Violation.of(key, name=name, month="、".join(map(str, months)))
