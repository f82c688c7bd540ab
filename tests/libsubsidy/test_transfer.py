"""Promises of libsubsidy/transfer.py: who may go where, and what the new employer may set (F66-F75, I23, I24)."""

from datetime import date

import pytest

from libsubsidy import (
    TRANSFER_LIFE,
    Employment,
    EmploymentState,
    LiveLine,
    Money,
    Month,
    Move,
    OrderKind,
    Policy,
    Target,
    Terms,
    TransferEvent,
    TransferState,
    TransitionRefused,
    advise_transfer,
    answer_until,
    check_terms,
    check_transfers,
    eligible,
    start_transfer,
)

TODAY = date(2020, 9, 15)
POLICY = Policy(move_months_ahead=2, transfer_answer_days=30)
OTHER = Target(employer_id=2, name="乙单位", is_active=True)
OCTOBER = Month(2020, 10)


def person(
    state: EmploymentState = EmploymentState.ACTIVE, since: Month | None = None, person_id: int = 1
) -> Employment:
    """Somebody in a state."""
    return Employment(person_id=person_id, name="张三", start_month=Month(2020, 1), state=state, state_from=since)


def move(target: Target = OTHER, effective: Month = OCTOBER) -> Move:
    """A move of the employer 1."""
    return Move(employer_id=1, target=target, effective=effective)


def codes(asked: Move, *people: Employment, ids: tuple[int, ...] = (1,)) -> tuple[dict[int, list[str]], list[str]]:
    """Give the codes of what is wrong, by row and as a whole."""
    rows, whole = check_transfers(ids, {each.person_id: each for each in people}, asked, POLICY, TODAY)
    return {place: [each.code for each in found] for place, found in rows.items()}, [each.code for each in whole]


@pytest.mark.parametrize(
    ("target", "effective", "ids", "broken"),
    [
        (OTHER, OCTOBER, (1,), []),
        (OTHER, Month(2020, 11), (1,), []),
        (OTHER, Month(2020, 12), (1,), ["TRANSFER_MONTH_TOO_FAR"]),
        (OTHER, Month(2019, 1), (1,), []),
        (OTHER, OCTOBER, (), ["TRANSFER_EMPTY"]),
        (Target(employer_id=1, name="甲单位", is_active=True), OCTOBER, (1,), ["TRANSFER_TO_SELF"]),
        (Target(employer_id=2, name="乙单位", is_active=False), OCTOBER, (1,), ["TRANSFER_TARGET_CLOSED"]),
    ],
)
def test_where_people_may_go(target: Target, effective: Month, ids: tuple[int, ...], broken: list[str]) -> None:
    """F69, domain §4.2 "Transfer": not to oneself, only to an active employer, at most the policy's months ahead."""
    assert ({}, broken) == codes(move(target, effective), person(), ids=ids)


@pytest.mark.parametrize(
    ("state", "broken"),
    [
        (EmploymentState.ACTIVE, []),
        (EmploymentState.SEALED, []),
        (EmploymentState.PENDING, ["TRANSFER_NOT_POSSIBLE"]),
        (EmploymentState.ENDED, ["TRANSFER_NOT_POSSIBLE"]),
        # I23: one transfer at a time.
        (EmploymentState.TRANSFERRING, ["TRANSFER_UNDER_WAY"]),
    ],
)
def test_who_may_go(state: EmploymentState, broken: list[str]) -> None:
    """F68, F71: whoever is employed, sealed or not, and not on the way already."""
    assert ({0: broken} if broken else {}, []) == codes(move(), person(state, OCTOBER))


def test_a_batch_names_every_bad_row() -> None:
    """F71, domain §4.2 "batch with one bad row": each bad row by its place, and nothing about the good ones."""
    people = person(person_id=1), person(EmploymentState.ENDED, OCTOBER, person_id=2), person(person_id=3)
    found, whole = codes(move(), *people, ids=(1, 2, 3, 3, 9))
    assert ({1: ["TRANSFER_NOT_POSSIBLE"], 3: ["TRANSFER_TWICE"], 4: ["NOT_EMPLOYED"]}, []) == (found, whole)


@pytest.mark.parametrize(
    ("sealed_since", "payable"), [(None, [8, 9]), (Month(2020, 9), [8]), (Month(2020, 12), [8, 9])]
)
def test_only_months_from_the_effective_one_on_are_blocked(sealed_since: Month | None, payable: list[int]) -> None:
    """I23, design §12: months before stay payable, unless they were sealed; and months of a seal stay sealed."""
    state = EmploymentState.ACTIVE if sealed_since is None else EmploymentState.SEALED
    away = start_transfer(person(state, sealed_since), OCTOBER)
    found = [
        month
        for month in (8, 9, 10)
        if not eligible(away, Month(2020, month), OrderKind.REGULAR, {}, POLICY, date(2020, 10, 1))
    ]
    assert (EmploymentState.TRANSFERRING, payable) == (away.state, found)


def test_nobody_starts_twice() -> None:
    """Misuse raises."""
    with pytest.raises(TransitionRefused):
        start_transfer(person(EmploymentState.TRANSFERRING, OCTOBER), OCTOBER)


def test_lines_that_orders_hold_are_told() -> None:
    """Domain §4.2 "person with unpaid notice": the line stays, and the clerk is told what cannot be paid by the other."""
    lines = [
        LiveLine(month=Month(2020, 9), is_open=True),
        *(LiveLine(month=OCTOBER, is_open=each) for each in (True, False)),
    ]
    told = advise_transfer(person(), OCTOBER, lines)
    assert [("TRANSFER_WITH_OPEN_LINES", "2020-10"), ("TRANSFER_WITH_PAID_MONTHS", "2020-10")] == [
        (each.code, each.params["month"]) for each in told
    ]


@pytest.mark.parametrize(
    ("terms", "broken"),
    [
        ({}, {}),
        ({"rank": ""}, {}),
        ({"rank": "科" * 50}, {}),
        ({"rank": "科" * 51}, {"rank": ["TRANSFER_RANK_TOO_LONG"]}),
        ({"amount": Money(fen=1)}, {}),
        ({"amount": Money(fen=0)}, {"amount": ["TRANSFER_AMOUNT_NOT_POSITIVE"]}),
        ({"start_month": OCTOBER - 1}, {"start_month": ["TRANSFER_START_TOO_EARLY"]}),
        ({"start_month": Month(2020, 11)}, {}),
        ({"start_month": Month(2020, 12)}, {"start_month": ["TRANSFER_START_TOO_FAR"]}),
    ],
)
def test_what_the_new_employer_sets(terms: dict[str, object], broken: dict[str, list[str]]) -> None:
    """F67: rank, a positive amount, and a start month that is not the former employer's."""
    set_ = Terms(**({"rank": "科员", "amount": Money.parse("1500"), "start_month": OCTOBER} | terms))  # type: ignore[arg-type]
    found = check_terms(set_, OCTOBER, POLICY, TODAY)
    assert broken == {field: [each.code for each in violations] for field, violations in found.items()}


def test_a_transfer_that_is_answered_late_may_start_with_its_own_month() -> None:
    """The effective month was allowed when it was started, and still is when the policy has changed since."""
    terms = Terms(rank="", amount=Money(fen=1), start_month=OCTOBER)
    assert {} == check_terms(terms, OCTOBER, Policy(move_months_ahead=0), TODAY)


def test_the_days_of_an_answer() -> None:
    """Design §12: unanswered after a policy's days it goes back."""
    assert date(2020, 10, 15) == answer_until(TODAY, POLICY)
    assert date(2020, 9, 16) == answer_until(TODAY, Policy(transfer_answer_days=1))


@pytest.mark.parametrize("state", TransferState)
def test_what_is_over_stays_over(state: TransferState) -> None:
    """I21, F74: open states go on, others are final; withdrawing an accepted one is not possible any more."""
    assert state.is_open == bool(TRANSFER_LIFE.events(state))
    if state is not TransferState.STARTED:
        assert TransferEvent.WITHDRAW not in TRANSFER_LIFE.events(state)
