"""Promises of libsubsidy/sealing.py: batches of seals and unsealings (F61-F65, I22, D-9)."""

from datetime import date

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from libsubsidy import (
    Employment,
    EmploymentState,
    LiveLine,
    Month,
    MonthRange,
    OrderKind,
    Policy,
    SealRow,
    TransitionRefused,
    advise_seal,
    check_seals,
    eligible,
    flip_seal,
    target_of,
)

ACTIVE, SEALED = EmploymentState.ACTIVE, EmploymentState.SEALED
TODAY = date(2020, 9, 15)
POLICY = Policy(move_months_ahead=1)
JUNE = Month(2020, 6)


def person(state: EmploymentState = ACTIVE, since: Month | None = None, person_id: int = 1) -> Employment:
    """Somebody in a state."""
    return Employment(person_id=person_id, name="张三", start_month=Month(2020, 1), state=state, state_from=since)


def row(expected: EmploymentState = ACTIVE, effective: Month = JUNE, person_id: int = 1) -> SealRow:
    """A row of the list."""
    return SealRow(person_id=person_id, expected=expected, effective=effective)


def codes(rows: list[SealRow], *people: Employment) -> dict[int, list[str]]:
    """Give the codes of what is wrong with each row."""
    found = check_seals(rows, {each.person_id: each for each in people}, POLICY, TODAY)
    return {place: [each.code for each in broken] for place, broken in found.items()}


@pytest.mark.parametrize(
    ("state", "target"),
    [
        (ACTIVE, SEALED),
        (SEALED, ACTIVE),
        (EmploymentState.PENDING, None),
        (EmploymentState.TRANSFERRING, None),
        (EmploymentState.ENDED, None),
    ],
)
def test_the_target_is_the_opposite_of_the_current_state(
    state: EmploymentState, target: EmploymentState | None
) -> None:
    """F64: 员工状态会自行变更."""
    assert target is target_of(state)


@pytest.mark.parametrize(
    ("state", "since", "expected", "effective", "broken"),
    [
        (ACTIVE, None, ACTIVE, JUNE, []),
        (SEALED, JUNE, SEALED, JUNE, []),
        # A leave is reported late; the policy's months ahead are the last.
        (ACTIVE, None, ACTIVE, Month(2018, 1), []),
        (ACTIVE, None, ACTIVE, Month(2020, 10), []),
        (ACTIVE, None, ACTIVE, Month(2020, 11), ["SEAL_MONTH_TOO_FAR"]),
        (SEALED, JUNE, SEALED, Month(2020, 11), ["SEAL_MONTH_TOO_FAR"]),
        # Nobody is unsealed before the seal.
        (SEALED, JUNE, SEALED, Month(2020, 5), ["UNSEAL_BEFORE_SEAL"]),
        (SEALED, None, SEALED, Month(2020, 5), []),
        # D-9: a row whose state has changed meanwhile is refused, not flipped twice.
        (SEALED, JUNE, ACTIVE, JUNE, ["SEAL_STATE_CHANGED"]),
        (ACTIVE, None, SEALED, JUNE, ["SEAL_STATE_CHANGED"]),
        (EmploymentState.TRANSFERRING, JUNE, ACTIVE, JUNE, ["SEAL_TRANSFERRING"]),
        # Unseal of a person who moved away.
        (EmploymentState.ENDED, JUNE, SEALED, JUNE, ["SEAL_NOT_POSSIBLE"]),
        (EmploymentState.PENDING, None, ACTIVE, JUNE, ["SEAL_NOT_POSSIBLE"]),
    ],
)
def test_a_row_is_judged_by_the_state_of_now(
    state: EmploymentState, since: Month | None, expected: EmploymentState, effective: Month, broken: list[str]
) -> None:
    """F64, D-9: each row carries the state that was shown, and the month from which the opposite counts."""
    assert ({0: broken} if broken else {}) == codes([row(expected, effective)], person(state, since))


def test_every_bad_row_is_named_and_a_batch_may_hold_both_kinds() -> None:
    """F64, F65: seals and unsealings together; strangers and repetitions are named by their rows."""
    people = person(person_id=1), person(SEALED, JUNE, person_id=2)
    assert {} == codes([row(), row(SEALED, person_id=2)], *people)
    found = codes([row(), row(SEALED, person_id=2), row(), row(person_id=9)], *people)
    assert {2: ["SEAL_TWICE"], 3: ["NOT_EMPLOYED"]} == found


def test_an_unsealed_person_stays_sealed_for_the_months_between() -> None:
    """I13, D-9: months before a seal and from its end on can be paid, those between cannot, and the reason is the seal's."""
    back = flip_seal(flip_seal(person(), JUNE), Month(2020, 8))
    payable = [
        month.month
        for month in MonthRange(Month(2020, 4), Month(2020, 9))
        if not eligible(back, month, OrderKind.REGULAR, {}, POLICY, TODAY)
    ]
    assert [4, 5, 8, 9] == payable
    (refusal,) = eligible(back, Month(2020, 7), OrderKind.REGULAR, {}, POLICY, TODAY)
    assert ("SEALED", "2020-06") == (refusal.code, refusal.params["since"])


def test_the_latest_decision_holds_from_its_month_on() -> None:
    """A wrong seal that was ended too late is mended by sealing and unsealing again, from the right month."""
    wrong = flip_seal(flip_seal(person(), Month(2020, 2)), Month(2020, 8))
    mended = flip_seal(flip_seal(wrong, Month(2020, 4)), Month(2020, 4))
    assert (MonthRange(Month(2020, 2), Month(2020, 3)),) == mended.sealed_months


def test_who_was_sealed_from_nobody_knows_when_was_sealed_before() -> None:
    """A migrated seal without a month holds for every month before its end."""
    back = flip_seal(person(SEALED), JUNE)
    assert (SEALED, ACTIVE) == (back.state_in(Month(1999, 1)), back.state_in(JUNE))
    assert (SEALED, None) == back.state_and_since(Month(1999, 1))


@pytest.mark.parametrize("state", [EmploymentState.PENDING, EmploymentState.TRANSFERRING, EmploymentState.ENDED])
def test_other_states_are_not_flipped(state: EmploymentState) -> None:
    """Misuse raises."""
    with pytest.raises(TransitionRefused):
        flip_seal(person(state), JUNE)


@pytest.mark.parametrize(
    ("state", "months", "told"),
    [
        (ACTIVE, {5: True}, []),
        (ACTIVE, {6: True}, ["SEALED_WITH_OPEN_LINES"]),
        (ACTIVE, {6: False, 7: True, 8: True}, ["SEALED_WITH_OPEN_LINES", "SEALED_WITH_PAID_MONTHS"]),
        (SEALED, {6: True}, []),
    ],
)
def test_months_that_orders_hold_are_told(state: EmploymentState, months: dict[int, bool], told: list[str]) -> None:
    """D-9: the line of an order that is pending or unpaid stays, and so does what was paid; the clerk is told."""
    lines = [LiveLine(month=Month(2020, month), is_open=is_open) for month, is_open in months.items()]
    assert told == [each.code for each in advise_seal(row(state), person(state, JUNE), lines)]


months = st.integers(1, 20).map(lambda n: Month(2019, 12) + n)
states = st.sampled_from([ACTIVE, SEALED])


@given(months, months)
def test_seal_and_unseal_undo_each_other(seal: Month, since: Month) -> None:
    """I22: seal then unseal from one month is identity; unseal then seal leaves every month as it was."""
    assert person() == flip_seal(flip_seal(person(), seal), seal)
    sealed = person(SEALED, since)
    again = flip_seal(flip_seal(sealed, max(seal, since)), max(seal, since))
    for month in MonthRange(Month(2019, 1), Month(2022, 12)):
        assert sealed.state_in(month) is again.state_in(month)


@given(st.lists(months, max_size=8))
def test_whatever_was_decided_the_last_decision_holds_from_its_month_on(decisions: list[Month]) -> None:
    """The state of every month is that of the last decision whose month is not later, after all that it overrules."""
    now, told = person(), list[tuple[Month, EmploymentState]]()
    for effective in decisions:
        if now.state is SEALED and now.state_from is not None:
            effective = max(effective, now.state_from)  # noqa: PLW2901 - an earlier one would be refused.
        now = flip_seal(now, effective)
        told = [(month, state) for month, state in told if month < effective] + [(effective, now.state)]
    for month in MonthRange(Month(2019, 1), Month(2022, 12)):
        expected = next((state for since, state in reversed(told) if since <= month), ACTIVE)
        assert expected is now.state_in(month)


@given(st.lists(st.tuples(states, states, months), min_size=1, max_size=6), st.randoms())
def test_a_batch_is_a_sequence_of_singles(
    rows: list[tuple[EmploymentState, EmploymentState, Month]], rng: object
) -> None:
    """I22: a batch of different people goes through exactly if each row alone does, in any order, with the same result."""
    people = {n: person(state, Month(2019, 12) if state is SEALED else None, n) for n, (state, _, _) in enumerate(rows)}
    batch = [row(expected, effective, n) for n, (_, expected, effective) in enumerate(rows)]
    alone = {n: check_seals([each], people, POLICY, TODAY) for n, each in enumerate(batch)}
    refused = check_seals(batch, people, POLICY, TODAY)
    assert {n for n, found in alone.items() if found} == set(refused)
    shuffled = list(batch)
    rng.shuffle(shuffled)  # type: ignore[attr-defined]
    one_by_one = dict(people)
    for each in shuffled:
        if not check_seals([each], one_by_one, POLICY, TODAY):
            one_by_one[each.person_id] = flip_seal(one_by_one[each.person_id], each.effective)
            # The second try of the same row finds the state changed.
            (found,) = check_seals([each], one_by_one, POLICY, TODAY)[0]
            assert "SEAL_STATE_CHANGED" == found.code
    together = {n: flip_seal(each, batch[n].effective) if n not in refused else each for n, each in people.items()}
    assert together == one_by_one


def test_sealing_moves_no_money() -> None:
    """I5: what was remitted, opened and filed is the same before and after."""
    before = evolve(person(), regular_months=frozenset({Month(2020, 2)}), opening_periods=3)
    after = flip_seal(before, JUNE)
    assert before == evolve(after, state=before.state, state_from=None)
