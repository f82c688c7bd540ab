"""与上月比较: joined, left, changed, and the control totals of both lists."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libsubsidy import AmountSource, DifferenceKind, Money, Month, OrderLine, compare_lines, listed_lines, order_totals

MARCH, APRIL = Month(2020, 3), Month(2020, 4)


def lines(month: Month, *amounts: tuple[int, int], carry_over: bool = True) -> list[OrderLine]:
    """Lines of persons with amounts in fen."""
    return [
        OrderLine(
            person_id=person_id,
            month=month,
            amount=Money(fen=fen),
            source=AmountSource.DESIGNATED,
            carry_over=carry_over,
        )
        for person_id, fen in amounts
    ]


def lists(month: Month) -> st.SearchStrategy[list[OrderLine]]:
    """Lists in which each of a few people stands at most once."""
    people = st.dictionaries(st.integers(1, 9), st.tuples(st.integers(1, 3), st.booleans()))
    return people.map(
        lambda known: [
            line
            for person_id, (fen, carries) in known.items()
            for line in lines(month, (person_id, fen), carry_over=carries)
        ]
    )


@pytest.mark.parametrize(
    ("before", "after", "joined", "left", "changed", "unchanged"),
    [
        ([], [], [], [], [], 0),
        ([], [(1, 5)], [1], [], [], 0),
        ([(1, 5)], [], [], [1], [], 0),
        ([(1, 5)], [(1, 5)], [], [], [], 1),
        ([(1, 5)], [(1, 6)], [], [], [1], 0),
        ([(1, 5), (2, 5)], [(2, 5), (3, 5)], [3], [1], [], 1),
        ([(3, 1), (1, 1), (2, 1)], [(2, 9), (3, 9), (1, 9)], [], [], [2, 3, 1], 0),
    ],
)
def test_each_person_joined_left_changed_or_stayed(  # noqa: PLR0917 - a row of the table.
    before: list[tuple[int, int]],
    after: list[tuple[int, int]],
    joined: list[int],
    left: list[int],
    changed: list[int],
    unchanged: int,
) -> None:
    """Whoever is in one list only joined or left; of the others one fen is a change."""
    found = compare_lines(lines(MARCH, *before), lines(APRIL, *after))
    assert (joined, left, changed, unchanged) == (
        [each.person_id for each in found.joined],
        [each.person_id for each in found.left],
        [each.person_id for each in found.changed],
        found.unchanged,
    )


def test_this_month_only_counts_where_a_file_meets_a_draft() -> None:
    """仅本月 alone is a change of the draft, and none between two months."""
    before, after = lines(APRIL, (1, 5)), lines(APRIL, (1, 5), carry_over=False)
    assert 0 == len(compare_lines(before, after).differences)
    assert [DifferenceKind.CHANGED] == [each.kind for each in compare_lines(before, after, carry_over=True).differences]


@given(before=lists(MARCH), after=lists(APRIL), carry_over=st.booleans())
def test_the_differences_are_the_whole_difference_of_the_totals(
    before: list[OrderLine], after: list[OrderLine], *, carry_over: bool
) -> None:
    """What was added, person by person, leads from one control total to the other; nobody is counted twice or forgotten."""
    found = compare_lines(before, after, carry_over=carry_over)
    assert (order_totals(before), order_totals(after)) == (found.before, found.after)
    assert found.after.amount.fen - found.before.amount.fen == sum(each.added_fen for each in found.differences)
    assert found.after.lines == len(found.joined) + len(found.changed) + found.unchanged
    assert found.before.lines == len(found.left) + len(found.changed) + found.unchanged
    assert all(each in found.of_kind(each.kind) for each in found.differences)


@given(lists(MARCH), lists(APRIL))
def test_the_other_way_round_who_joined_has_left(before: list[OrderLine], after: list[OrderLine]) -> None:
    """Comparing backwards swaps who joined and who left, and keeps who changed and who stayed."""
    forth, back = compare_lines(before, after), compare_lines(after, before)
    assert {each.person_id for each in forth.joined} == {each.person_id for each in back.left}
    assert {each.person_id for each in forth.changed} == {each.person_id for each in back.changed}
    assert forth.unchanged == back.unchanged


@given(lists(APRIL))
def test_a_list_is_equal_to_itself(known: list[OrderLine]) -> None:
    """No differences, whatever counts as one."""
    assert () == compare_lines(known, known, carry_over=True).differences


@given(lists(APRIL), lists(APRIL))
def test_nobody_leaves_where_whoever_is_not_listed_is_kept(current: list[OrderLine], listed: list[OrderLine]) -> None:
    """Keeping those who are not listed comes to the same as comparing with a list in which they stand."""
    kept = compare_lines(current, listed_lines(current, listed, remove=False), carry_over=True)
    assert kept == compare_lines(current, listed, carry_over=True).keeping()
