"""The month's amounts from a spreadsheet: every row is a line, or says everything that is wrong with it."""

from datetime import date

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from libsubsidy import (
    AmountRow,
    AmountsAsked,
    AmountSource,
    DesignatedAmount,
    Employment,
    EmploymentState,
    FileAmount,
    IdNumber,
    LiveMonth,
    Member,
    Money,
    Month,
    OrderKind,
    OrderLine,
    Policy,
    Violation,
    compare_lines,
    listed_lines,
    read_amounts,
    regular_sheet,
)

APRIL = Month(2020, 4)
TODAY = date(2020, 4, 20)
ZHANG, LI, WANG, ZHAO = (str(IdNumber.of_body(f"4401011990010{n}{n}23")) for n in (1, 2, 3, 4))
OLD = "440101900505123"


def _employment(person_id: int, name: str, yuan: str | None = "500") -> Employment:
    amounts = () if yuan is None else (FileAmount(effective=Month(2020, 1), amount=Money.parse(yuan)),)
    return Employment(
        person_id=person_id,
        name=name,
        start_month=Month(2020, 1),
        state=EmploymentState.ACTIVE,
        file_amounts=amounts,
    )


ROSTER = {
    1: Member(_employment(1, "张三")),
    2: Member(
        evolve(
            _employment(2, "阿依古丽·买买提"),
            designated=(DesignatedAmount(month=Month(2020, 3), amount=Money.parse("550")),),
        )
    ),
    3: Member(_employment(3, "王五", None)),
    4: Member(evolve(_employment(4, "赵六"), state=EmploymentState.SEALED, state_from=Month(2020, 4))),
}
ASKED = AmountsAsked(
    month=APRIL,
    kind=OrderKind.REGULAR,
    roster=ROSTER,
    numbers={ZHANG: 1, LI: 2, WANG: 3, ZHAO: 4, OLD: 1},
    policy=Policy(),
    today=TODAY,
)


def read(*rows: AmountRow, asked: AmountsAsked = ASKED) -> list[tuple[str, str] | tuple[str, str, bool]]:
    """What the rows came to: amount, source, whether it carries over; or each wrong field and why."""
    told: list[tuple[str, str] | tuple[str, str, bool]] = []
    for each in read_amounts(rows, asked):
        if each.line is not None:
            told.append((str(each.line.amount), each.line.source.value, each.line.carry_over))
        told += [(problem.field, problem.violation.code) for problem in each.problems]
    return told


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (AmountRow(number=2, id_number=ZHANG), [("500.00", "file", True)]),
        (AmountRow(number=2, id_number=OLD), [("500.00", "file", True)]),
        (AmountRow(number=2, id_number=f" {ZHANG} ", name="张　三"), [("500.00", "file", True)]),
        (AmountRow(number=2, id_number=ZHANG, designated="500"), [("500.00", "file", True)]),
        (AmountRow(number=2, id_number=ZHANG, designated="0.01"), [("0.01", "designated", True)]),
        (AmountRow(number=2, id_number=ZHANG, designated="１５００．５"), [("1500.50", "designated", True)]),
        (AmountRow(number=2, id_number=ZHANG, designated="9", this_month_only="是"), [("9.00", "designated", False)]),
        (AmountRow(number=2, id_number=ZHANG, designated="9", this_month_only="否"), [("9.00", "designated", True)]),
        (AmountRow(number=2, id_number=LI, name="阿依古丽•买买提"), [("550.00", "carried", True)]),
        (AmountRow(number=2, id_number=LI, designated="500.00"), [("500.00", "designated", True)]),
        (AmountRow(number=2, id_number=WANG, designated="7"), [("7.00", "designated", True)]),
        (AmountRow(number=2, id_number=""), [("id_number", "FIELD_MISSING")]),
        (AmountRow(number=2, id_number=ZHANG[:17]), [("id_number", "ID_LENGTH")]),
        (AmountRow(number=2, id_number="4.40782E+17"), [("id_number", "ID_SCIENTIFIC")]),
        (
            AmountRow(number=2, id_number=str(IdNumber.of_body("44010119900606123"))),
            [("id_number", "AMOUNTS_STRANGER")],
        ),
        (AmountRow(number=2, id_number=ZHANG, name="李四"), [("name", "AMOUNTS_NAME")]),
        (AmountRow(number=2, id_number=ZHANG, designated="0"), [("designated", "AMOUNT_NOT_POSITIVE")]),
        (AmountRow(number=2, id_number=ZHANG, designated="-5"), [("designated", "AMOUNT_FORMAT")]),
        (AmountRow(number=2, id_number=ZHANG, designated="5.001"), [("designated", "AMOUNT_FORMAT")]),
        (AmountRow(number=2, id_number=WANG), [("designated", "AMOUNTS_MISSING")]),
        (AmountRow(number=2, id_number=ZHANG, this_month_only="Y"), [("this_month_only", "AMOUNTS_THIS_MONTH_ONLY")]),
        (AmountRow(number=2, id_number=ZHAO), [("id_number", "SEALED")]),
        (
            AmountRow(number=2, id_number=ZHAO, name="谁", designated="x", this_month_only="y"),
            [
                ("id_number", "SEALED"),
                ("name", "AMOUNTS_NAME"),
                ("designated", "AMOUNT_FORMAT"),
                ("this_month_only", "AMOUNTS_THIS_MONTH_ONLY"),
            ],
        ),
    ],
)
def test_a_row_is_a_line_or_says_everything_that_is_wrong(row: AmountRow, expected: list[tuple[object, ...]]) -> None:
    """F84: an empty amount is what the month starts with; what equals it keeps its source; all errors are told at once."""
    assert expected == read(row)


def test_a_person_twice_counts_once() -> None:
    """The first row is taken, and the second one names it."""
    first, second = AmountRow(number=2, id_number=ZHANG), AmountRow(number=7, id_number=ZHANG.lower(), designated="9")
    assert [("500.00", "file", True), ("id_number", "DUPLICATE_IN_FILE")] == read(first, second)


def test_a_cell_that_the_spreadsheet_has_changed_is_told_once() -> None:
    """What the reader of spreadsheets says of a cell stands for whatever else is wrong with its text."""
    lost = Violation.of("ID_SCIENTIFIC", text="4E+17")
    number = AmountRow(number=2, id_number="4E+17", uncertain={"id_number": lost})
    amount = AmountRow(number=3, id_number=ZHANG, designated="x", uncertain={"designated": lost})
    assert [("id_number", "ID_SCIENTIFIC"), ("designated", "ID_SCIENTIFIC")] == read(number, amount)


def test_a_month_that_another_order_holds_is_refused_with_the_order() -> None:
    """Nothing is taken from a list that could not be submitted."""
    held = {1: Member(ROSTER[1].employment, {APRIL: LiveMonth(employer_name="本单位", order_ref="#7")})}
    assert [("id_number", "MONTH_ALREADY_LIVE")] == read(
        AmountRow(number=2, id_number=ZHANG), asked=evolve(ASKED, roster=held)
    )


def test_amounts_of_a_lump_sum_are_all_typed() -> None:
    """There is nothing to propose for a lump sum, and an equal amount is no proposal."""
    asked = evolve(
        ASKED,
        kind=OrderKind.LUMP_DIFFERENCE,
        roster={1: Member(evolve(ROSTER[1].employment, opening_periods=3))},
        month=Month(2020, 2),
    )
    assert [("designated", "AMOUNTS_MISSING")] == read(AmountRow(number=2, id_number=ZHANG), asked=asked)
    typed = AmountRow(number=2, id_number=ZHANG, designated="500")
    assert [("500.00", "designated", True)] == read(typed, asked=asked)


CELLS = st.builds(
    AmountRow,
    number=st.just(0),
    id_number=st.sampled_from([ZHANG, LI, WANG, ZHAO, "", "x", OLD]),
    name=st.sampled_from(["", "张三", "王五"]),
    designated=st.one_of(st.sampled_from(["", "500", "550", "0", "x"]), st.text(max_size=4)),
    this_month_only=st.sampled_from(["", "是", "否", "?"]),
)


@given(st.lists(CELLS, max_size=12))
def test_every_row_is_read_as_exactly_one_of_both(rows: list[AmountRow]) -> None:
    """A line or problems, never both and never neither; every person at most once; only what could be submitted."""
    rows = [evolve(row, number=place) for place, row in enumerate(rows, start=2)]
    found = read_amounts(rows, ASKED)
    assert [row.number for row in rows] == [each.number for each in found]
    assert all((each.line is None) is bool(each.problems) for each in found)
    people = [each.line.person_id for each in found if each.line is not None]
    assert len(people) == len(set(people))
    assert {1, 2, 3} >= set(people)


@given(people=st.sets(st.sampled_from([1, 2])), yuan=st.sampled_from(["550", "1", "500"]), carry_over=st.booleans())
def test_a_list_that_comes_back_unchanged_changes_nothing(people: set[int], yuan: str, *, carry_over: bool) -> None:
    """I33: lines written as they are, an amount only where it is no proposal, are read as the same lines."""
    proposed = {line.person_id: line for line in regular_sheet(APRIL, ROSTER, Policy(), TODAY).lines}
    draft = [
        OrderLine(
            person_id=person_id,
            month=APRIL,
            amount=Money.parse(yuan),
            source=AmountSource.DESIGNATED,
            carry_over=carry_over,
        )
        for person_id in sorted(people)
    ]
    written = [
        AmountRow(
            number=place,
            id_number={1: ZHANG, 2: LI}[line.person_id],
            designated="" if line.amount == proposed[line.person_id].amount else str(line.amount),
            this_month_only="" if line.carry_over else "是",
        )
        for place, line in enumerate(draft, start=2)
    ]
    listed = [each.line for each in read_amounts(written, ASKED) if each.line is not None]
    found = compare_lines(draft, listed_lines(draft, listed, remove=True), carry_over=True)
    assert ((), len(draft)) == (found.differences, found.unchanged)
