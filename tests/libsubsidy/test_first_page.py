"""全部应用第一页信息: F94, I18; domain §4.2 "Apply first page"."""

from datetime import date

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from libsubsidy import (
    AmountSource,
    Employment,
    EmploymentState,
    FileAmount,
    LiveMonth,
    Member,
    Money,
    Month,
    MonthRange,
    OrderKind,
    OrderLine,
    Policy,
    apply_first_page,
    eligible,
)

TODAY = date(2021, 6, 15)
YEAR = MonthRange(Month(2020, 1), Month(2020, 12))
HERE = LiveMonth(employer_name="本单位", order_ref="汇缴单 A7W5")
ZHANG = Employment(
    person_id=1, name="张三", start_month=Month(2021, 1), state=EmploymentState.ACTIVE, opening_periods=1
)


def _line(month: Month, person_id: int = 1, yuan: str = "500") -> OrderLine:
    return OrderLine(person_id=person_id, month=month, amount=Money.parse(yuan), source=AmountSource.DESIGNATED)


def test_no_pages_stay_no_pages() -> None:
    """Nothing to copy, nothing to report."""
    assert ({}, ()) == apply_first_page({}, {}, Policy(), TODAY)


def test_an_amount_is_the_files_only_where_the_file_has_it() -> None:
    """F94: from July on 600 are on file, so that 500, copied there, were designated; before that they are the file's."""
    amounts = (
        FileAmount(effective=YEAR.first, amount=Money.parse("500")),
        FileAmount(effective=Month(2020, 7), amount=Money.parse("600")),
    )
    pages: dict[Month, tuple[OrderLine, ...]] = dict.fromkeys((YEAR.first, Month(2020, 6), Month(2020, 7)), ())
    pages[YEAR.first] = (evolve(_line(YEAR.first), source=AmountSource.FILE),)
    filled, _ = apply_first_page(pages, {1: Member(evolve(ZHANG, file_amounts=amounts))}, Policy(), TODAY)
    assert [AmountSource.FILE, AmountSource.FILE, AmountSource.DESIGNATED] == [
        lines[0].source for lines in filled.values()
    ]


def test_other_months_hold_edits_and_are_overwritten() -> None:
    """People and amounts of the first page replace what the other pages held."""
    pages = {YEAR.first: (_line(YEAR.first),), YEAR.first + 1: (_line(YEAR.first + 1, 1, "9"),)}
    filled, skipped = apply_first_page(pages, {1: Member(ZHANG)}, Policy(), TODAY)
    assert ["500.00", "500.00"] == [str(line.amount) for lines in filled.values() for line in lines]
    assert () == skipped


def test_employee_joined_mid_range_is_left_out_and_reported() -> None:
    """Never remitted, start 2020-03: only months before it are filled."""
    newcomer = evolve(ZHANG, start_month=Month(2020, 3), opening_periods=0)
    pages: dict[Month, tuple[OrderLine, ...]] = dict.fromkeys(MonthRange(Month(2020, 1), Month(2020, 4)), ())
    pages[YEAR.first] = (_line(YEAR.first),)
    filled, skipped = apply_first_page(pages, {1: Member(newcomer)}, Policy(), TODAY)
    assert [1, 1, 0, 0] == [len(lines) for lines in filled.values()]
    assert ["2020-03", "2020-04"] == [violation.params["month"] for violation in skipped]


def test_employee_already_live_in_month_5_is_left_out_there() -> None:
    """Only that month lacks the row, and the report names it."""
    pages = {month: (_line(month),) if month == YEAR.first else () for month in YEAR}
    filled, skipped = apply_first_page(pages, {1: Member(ZHANG, {Month(2020, 5): HERE})}, Policy(), TODAY)
    assert [month for month in YEAR if month != Month(2020, 5)] == [month for month in YEAR if filled[month]]
    assert ["MONTH_ALREADY_LIVE"] == [violation.code for violation in skipped]


def test_range_reduced_after_the_apply_keeps_the_remaining_pages() -> None:
    """Pages are independent: dropping some changes nothing in the others."""
    pages = {month: (_line(month),) if month == YEAR.first else () for month in YEAR}
    filled, _ = apply_first_page(pages, {1: Member(ZHANG)}, Policy(), TODAY)
    reduced = {month: lines for month, lines in filled.items() if month < Month(2020, 7)}
    assert reduced == apply_first_page(reduced, {1: Member(ZHANG)}, Policy(), TODAY)[0]


def test_a_stranger_on_the_first_page_is_reported() -> None:
    """Somebody who is not on the roster is copied nowhere."""
    pages = {YEAR.first: (_line(YEAR.first, 9),), YEAR.first + 1: ()}
    filled, skipped = apply_first_page(pages, {}, Policy(), TODAY)
    assert () == filled[YEAR.first + 1]
    assert ["NOT_EMPLOYED"] == [violation.code for violation in skipped]


people = st.dictionaries(
    st.integers(1, 5),
    st.tuples(st.sampled_from([0, 1]), st.sets(st.integers(0, 11), max_size=4), st.integers(0, 14)),
    min_size=1,
)


@given(people, st.integers(1, 12), st.data())
def test_i18_each_other_month_is_the_first_page_cut_to_the_eligible(
    drawn: dict[int, tuple[int, set[int], int]], length: int, data: st.DataObject
) -> None:
    """Exactly first page ∩ eligible(month) with equal amounts; applying twice is applying once."""
    roster = {
        number: Member(
            evolve(
                ZHANG,
                person_id=number,
                opening_periods=opening,
                start_month=YEAR.first + start,
            ),
            {YEAR.first + step: HERE for step in live},
        )
        for number, (opening, live, start) in drawn.items()
    }
    months = MonthRange(YEAR.first, YEAR.first + (length - 1))
    pages = {
        month: tuple(_line(month, number, data.draw(st.sampled_from(["1", "2.5"]))) for number in drawn)
        for month in months
    }
    filled, skipped = apply_first_page(pages, roster, Policy(), TODAY)
    assert pages[months.first] == filled[months.first]
    for month in list(months)[1:]:
        expected = tuple(
            evolve(line, month=month)
            for line in pages[months.first]
            if not eligible(
                roster[line.person_id].employment,
                month,
                OrderKind.MONTHLY,
                roster[line.person_id].live,
                Policy(),
                TODAY,
            )
        )
        assert expected == filled[month]
    assert (filled, skipped) == apply_first_page(filled, roster, Policy(), TODAY)
