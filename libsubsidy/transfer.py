"""员工转入/转出: a person leaves one employer for another, and both say so (F66-F75, I23, I24, design §12 Transfer).

    列表中人员名单，为其他单位转入来的员工，需要本单位审核确认                                          manual L185

The old employer starts it, for one employee or for many to one employer, with an effective month; only months from it on are
blocked for the old one. The new employer accepts, setting rank, amount and start month, or refuses with a reason; the old
one may withdraw it before that; unanswered after the policy's days it goes back by itself. Where the bureau wants to agree,
too (D-10, off by default), an accepted transfer waits for it. What is done stays done. Lines of orders stay where they are,
history and balance stay with the person (I5, F75): only the employment changes.

>>> TRANSFER_LIFE.transition(TransferState.STARTED, TransferEvent.ACCEPT).value
'accepted'
>>> TRANSFER_LIFE.events(TransferState.DONE)
frozenset()
>>> str(answer_until(date(2020, 9, 1), Policy()))
'2020-10-01'
>>> target = Target(employer_id=2, name="乙单位", is_active=True)
>>> zhang = Employment(person_id=1, name="张三", start_month=Month(2020, 1), state=EmploymentState.SEALED,
...                    state_from=Month(2020, 6))
>>> check_transfers([1], {1: zhang}, Move(employer_id=1, target=target, effective=Month(2020, 10)), Policy(), date(2020, 9, 1))
({}, ())
>>> away = start_transfer(zhang, Month(2020, 10))
>>> away.state.value, str(away.state_from)
('transferring', '2020-06')
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from enum import Enum
from typing import Final

from attrs import evolve, frozen

from libsubsidy.employment import EMPLOYMENT_LIFE, Employment, EmploymentEvent, EmploymentState
from libsubsidy.lifecycle import Lifecycle
from libsubsidy.money import Money
from libsubsidy.months import Month
from libsubsidy.policy import Policy
from libsubsidy.sealing import LiveLine, latest_month, lines_kept
from libsubsidy.violations import Violation

RANK_CHARACTERS_MAX: Final = 50
_NOTHING: Final = Money(fen=0)


class TransferState(Enum):
    """The states of a transfer; REJECTED: the bureau does not agree."""

    STARTED = "started"
    ACCEPTED = "accepted"
    DONE = "done"
    REFUSED = "refused"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"

    @property
    def is_open(self) -> bool:
        """Whether the person is on the way: no second transfer, no seal (I23)."""
        return self in _OPEN


_OPEN: Final = frozenset({TransferState.STARTED, TransferState.ACCEPTED})


class TransferEvent(Enum):
    """What happens to a transfer; REFUSE and REJECT need a reason."""

    ACCEPT = "accept"
    COMPLETE = "complete"
    REFUSE = "refuse"
    REJECT = "reject"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"


TRANSFER_LIFE: Final = Lifecycle(
    "transfer",
    {
        (TransferState.STARTED, TransferEvent.ACCEPT): TransferState.ACCEPTED,
        (TransferState.STARTED, TransferEvent.REFUSE): TransferState.REFUSED,
        (TransferState.STARTED, TransferEvent.WITHDRAW): TransferState.WITHDRAWN,
        (TransferState.STARTED, TransferEvent.EXPIRE): TransferState.EXPIRED,
        # In the same breath, unless the bureau has to agree.
        (TransferState.ACCEPTED, TransferEvent.COMPLETE): TransferState.DONE,
        (TransferState.ACCEPTED, TransferEvent.REJECT): TransferState.REJECTED,
    },
)


@frozen(kw_only=True)
class Target:
    """The employer to whom somebody goes."""

    employer_id: int
    name: str
    is_active: bool


@frozen(kw_only=True)
class Move:
    """Where people go, and from which month on.

    Attributes:
        employer_id: the old employer.
    """

    employer_id: int
    target: Target
    effective: Month


@frozen(kw_only=True)
class Terms:
    """What the new employer sets on accepting.

    Attributes:
        amount: 每月缴费金额, from the start month on.
        start_month: 汇缴开始月份.
    """

    rank: str
    amount: Money
    start_month: Month


def answer_until(started: date, policy: Policy) -> date:
    """Give the last day on which a transfer can be answered."""
    return started + timedelta(days=policy.transfer_answer_days)


def check_transfers(
    person_ids: Sequence[int], known: Mapping[int, Employment], move: Move, policy: Policy, today: date
) -> tuple[dict[int, tuple[Violation, ...]], tuple[Violation, ...]]:
    """Say everything that keeps people from being transferred: by the place of the row, and about the move as a whole.

    Args:
        person_ids: who goes, in the order shown.
        known: the old employer's people; who is not there does not work there.
        move: where to, from when.
        policy: the bureau's numbers.
        today: the day of the bureau.
    """
    first_rows: dict[int, int] = {}
    found: dict[int, tuple[Violation, ...]] = {}
    for place, person_id in enumerate(person_ids):
        broken = tuple(_broken(person_id, place + 1, first_rows, known.get(person_id)))
        if broken:
            found[place] = broken
    return found, tuple(_broken_move(bool(person_ids), move, policy, today))


def _broken_move(anybody: bool, move: Move, policy: Policy, today: date) -> Iterator[Violation]:  # noqa: FBT001 - private.
    if not anybody:
        yield Violation.of("TRANSFER_EMPTY")
    if move.target.employer_id == move.employer_id:
        yield Violation.of("TRANSFER_TO_SELF")
    elif not move.target.is_active:
        yield Violation.of("TRANSFER_TARGET_CLOSED", employer=move.target.name)
    latest = latest_month(policy, today)
    if move.effective > latest:
        yield Violation.of("TRANSFER_MONTH_TOO_FAR", month=str(move.effective), latest=str(latest))


def _broken(
    person_id: int, number: int, first_rows: dict[int, int], employment: Employment | None
) -> Iterator[Violation]:
    if employment is None:
        yield Violation.of("NOT_EMPLOYED", person=person_id)
        return
    name, state = employment.name, employment.state
    first_row = first_rows.setdefault(person_id, number)
    if first_row != number:
        yield Violation.of("TRANSFER_TWICE", row=number, name=name, first_row=first_row)
    elif state is EmploymentState.TRANSFERRING:
        yield Violation.of("TRANSFER_UNDER_WAY", row=number, name=name)
    elif (state, EmploymentEvent.TRANSFER) not in EMPLOYMENT_LIFE.table:
        yield Violation.of(f"TRANSFER_NOT_POSSIBLE/{state.value}", row=number, name=name)


def advise_transfer(employment: Employment, effective: Month, live: Sequence[LiveLine]) -> tuple[Violation, ...]:
    """Say what a clerk should know before starting: months from the effective one on that orders hold keep them."""
    return tuple(lines_kept("TRANSFER_WITH_OPEN_LINES", "TRANSFER_WITH_PAID_MONTHS", employment.name, effective, live))


def start_transfer(employment: Employment, effective: Month) -> Employment:
    """Give the employment on its way: blocked from the effective month on, and where it was sealed before that, from there.

    Raises:
        TransitionRefused: somebody in this state is not transferred.
    """
    state = EMPLOYMENT_LIFE.transition(employment.state, EmploymentEvent.TRANSFER)
    if employment.state is not EmploymentState.SEALED:
        return evolve(employment, state=state, state_from=effective)
    since = employment.state_from
    return evolve(employment, state=state, state_from=None if since is None else min(since, effective))


def check_terms(terms: Terms, effective: Month, policy: Policy, today: date) -> dict[str, tuple[Violation, ...]]:
    """Say everything that is wrong with what the new employer sets, by the name of the field.

    >>> terms = Terms(rank="科员", amount=Money.parse("1500"), start_month=Month(2020, 9))
    >>> check_terms(terms, Month(2020, 9), Policy(), date(2020, 9, 1))
    {}
    >>> check_terms(terms, Month(2020, 10), Policy(), date(2020, 9, 1))["start_month"][0].code
    'TRANSFER_START_TOO_EARLY'
    """
    found: dict[str, tuple[Violation, ...]] = {}
    latest = max(latest_month(policy, today), effective)
    start = str(terms.start_month)
    if len(terms.rank) > RANK_CHARACTERS_MAX:
        found["rank"] = (Violation.of("TRANSFER_RANK_TOO_LONG", limit=RANK_CHARACTERS_MAX, characters=len(terms.rank)),)
    if terms.amount <= _NOTHING:
        found["amount"] = (Violation.of("TRANSFER_AMOUNT_NOT_POSITIVE", amount=str(terms.amount)),)
    if terms.start_month < effective:
        found["start_month"] = (Violation.of("TRANSFER_START_TOO_EARLY", start=start, effective=str(effective)),)
    elif terms.start_month > latest:
        found["start_month"] = (Violation.of("TRANSFER_START_TOO_FAR", start=start, latest=str(latest)),)
    return found
