"""Promises of libsubsidy/backfill.py and backfill_rows.py: recording payments of the past (F107, I11, I12)."""

from datetime import date

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from libsubsidy import (
    BACKFILL_FIELDS,
    BackfillHistory,
    BackfillLine,
    BackfillRow,
    Employment,
    EmploymentState,
    LiveMonth,
    Money,
    Month,
    MonthRange,
    OpeningElsewhere,
    advise_backfill,
    check_backfill,
    itemises,
    read_backfill_row,
)

TODAY = date(2020, 9, 15)
START = Month(2020, 4)
ZHANG = Employment(person_id=1, name="张三", start_month=START, state=EmploymentState.ACTIVE)
PAST = BackfillHistory(employment=ZHANG, born=date(1990, 3, 31))
OPENED = evolve(
    PAST,
    employment=evolve(ZHANG, paid_through=Month(2019, 12), opening_periods=3),
    opening=Money.parse("1500"),
)
HELD = LiveMonth(employer_name="本单位", order_ref="#7")


def line(month: str, amount: str = "500", name: str = "张三", person_id: int = 1) -> BackfillLine:
    """A row of the list."""
    return BackfillLine(person_id=person_id, name=name, month=Month.parse(month), amount=Money.parse(amount))


def found(history: BackfillHistory, *lines: BackfillLine, today: date = TODAY) -> dict[int, list[tuple[str, str]]]:
    """Give field and code of everything that is wrong, by the place of the row."""
    broken = check_backfill(dict(enumerate(lines)), {1: history}, today)
    return {place: [(each.field, each.violation.code) for each in cells] for place, cells in broken.items()}


@pytest.mark.parametrize(
    ("month", "today", "codes"),
    [
        ("2020-09", date(2020, 9, 1), []),
        ("2020-10", date(2020, 9, 30), ["BACKFILL_FUTURE_MONTH"]),
        ("2020-10", date(2020, 10, 1), []),
        ("2021-01", date(2020, 12, 31), ["BACKFILL_FUTURE_MONTH"]),
    ],
)
def test_a_month_in_the_future_is_no_history(month: str, today: date, codes: list[str]) -> None:
    """Domain §4.2 "Backfill": month in the future; the month that has begun is none."""
    expected = {0: [("month", code) for code in codes]} if codes else {}
    assert expected == found(PAST, line(month), today=today)


@pytest.mark.parametrize(
    ("month", "born", "joined", "codes"),
    [
        ("2006-02", date(1990, 3, 31), None, ["BACKFILL_BEFORE_AGE"]),
        ("2006-03", date(1990, 3, 31), None, []),
        ("2015-06", date(1990, 3, 31), date(2015, 7, 31), ["BACKFILL_BEFORE_JOINING"]),
        ("2015-07", date(1990, 3, 31), date(2015, 7, 31), []),
        # A file that makes somebody join at fifteen does not make it lawful.
        ("2006-02", date(1990, 3, 31), date(2005, 1, 1), ["BACKFILL_BEFORE_AGE"]),
        ("0001-01", None, None, []),
    ],
)
def test_nobody_was_paid_before_working_life(
    month: str, born: date | None, joined: date | None, codes: list[str]
) -> None:
    """Domain §4.2 "Backfill": before the person's working life, by the sixteenth birthday or the day of joining on file."""
    expected = {0: [("month", code) for code in codes]} if codes else {}
    assert expected == found(evolve(PAST, born=born, joined_on=joined), line(month))


def test_a_credited_or_live_month_is_not_counted_again() -> None:
    """I12, domain §4.2 "Backfill": overlapping credited month, whoever holds it, and also when its claim is lost."""
    live = evolve(PAST, live={Month(2019, 5): HELD})
    (held,) = check_backfill({0: line("2019-05")}, {1: live}, TODAY)[0]
    assert ("MONTH_ALREADY_LIVE", "本单位", "#7") == (
        held.violation.code, held.violation.params["employer"], held.violation.params["order"],
    )  # fmt: skip
    assert {} == found(live, line("2019-06"))
    lost = evolve(PAST, employment=evolve(ZHANG, regular_months=frozenset({Month(2020, 5)})))
    assert {0: [("month", "MONTH_ALREADY_REMITTED")]} == found(lost, line("2020-05"))


def test_a_month_stands_in_one_row() -> None:
    """The same person's month twice in one list: the later row is named with the earlier one."""
    broken = check_backfill({3: line("2019-05"), 7: line("2019-05", "1")}, {1: PAST}, TODAY)
    assert [7] == list(broken)
    assert (8, 4) == tuple(broken[7][0].violation.params[name] for name in ("row", "first_row"))


@pytest.mark.parametrize(
    ("employment", "months"),
    [
        (evolve(ZHANG, state=EmploymentState.PENDING), []),
        (evolve(ZHANG, state=EmploymentState.ENDED, state_from=Month(2019, 3)), ["2019-01", "2019-02"]),
        (evolve(ZHANG, state=EmploymentState.TRANSFERRING, state_from=Month(2019, 2)), ["2019-01"]),
        (evolve(ZHANG, sealed_months=(MonthRange(Month(2019, 2), Month(2019, 3)),)), ["2019-01", "2019-04"]),
    ],
)
def test_only_months_of_somebody_who_was_paid_here(employment: Employment, months: list[str]) -> None:
    """Who has left is recorded for the months before; a sealed month was not paid."""
    asked = ["2019-01", "2019-02", "2019-03", "2019-04"]
    broken = found(evolve(PAST, employment=employment), *map(line, asked))
    assert months == [month for place, month in enumerate(asked) if place not in broken]


def test_the_opening_is_itemised_and_never_exceeded() -> None:
    """Design §12: up to 缴至月份 the opening is itemised, in months and in money; what was itemised before counts."""
    months = ["2019-10", "2019-11", "2019-12"]
    assert [True, True, True, False] == [
        itemises(OPENED.employment, Month.parse(each)) for each in [*months, "2020-01"]
    ]
    assert {} == found(OPENED, *map(line, months), line("2020-01", "99999"))
    assert {3: [("month", "BACKFILL_OPENING_PERIODS"), ("amount", "BACKFILL_OPENING_AMOUNT")]} == found(
        OPENED, *map(line, months), line("2019-09", "0.01")
    )
    assert {1: [("amount", "BACKFILL_OPENING_AMOUNT")]} == found(
        OPENED, line("2019-11", "1500"), line("2019-12", "0.01")
    )
    before = evolve(OPENED, itemised=Money.parse("1000"), itemised_months=2)
    assert {} == found(before, line("2019-12"))
    assert {0: [("amount", "BACKFILL_OPENING_AMOUNT")]} == found(before, line("2019-12", "500.01"))


def test_an_opening_elsewhere_is_for_that_employer_to_itemise() -> None:
    """I11: no month counted twice: the former employer's opening has counted it."""
    moved = evolve(PAST, elsewhere=(OpeningElsewhere(employer_name="原单位", paid_through=Month(2018, 6)),))
    assert {0: [("month", "BACKFILL_OPENING_ELSEWHERE")]} == found(moved, line("2018-06"), line("2018-07"))


def test_the_name_is_compared_with_the_file() -> None:
    """A slip of the ID number that is another's number is noticed by the name."""
    assert {0: [("name", "BACKFILL_NAME")]} == found(PAST, line("2019-05", name="李四"))


def test_a_stranger_and_nothing_paid() -> None:
    """Nobody of that number works here; and an amount that is none."""
    assert {0: [("id_number", "NOT_EMPLOYED")], 1: [("amount", "AMOUNT_NOT_POSITIVE")]} == found(
        PAST, line("2019-05", person_id=9), line("2019-05", "0")
    )


@pytest.mark.parametrize(
    ("history", "month", "code"),
    [
        (PAST, "2020-03", None),
        (PAST, "2020-04", "CONFIRM_BACKFILL_AFTER_START"),
        (OPENED, "2019-12", "CONFIRM_BACKFILL_WITHIN_OPENING"),
        (evolve(PAST, employment=evolve(ZHANG, transferred_in=True)), "2020-03", "CONFIRM_BACKFILL_FORMER_EMPLOYER"),
        (evolve(PAST, employment=evolve(ZHANG, start_month=None)), "2020-04", None),
    ],
)
def test_the_reviewer_is_told_what_to_look_at(history: BackfillHistory, month: str, code: str | None) -> None:
    """Allowed, and yet for a person to compare with the voucher."""
    told = dict(advise_backfill({0: line(month)}, {1: history}))
    assert code == (told[0].code if told else None)


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 90_000)), max_size=25))
def test_what_is_let_through_counts_each_month_once_and_fits_the_opening(rows: list[tuple[int, int]]) -> None:
    """I11 as a property: of any list the rows without findings are different months, and itemise no more than there is."""
    lines = [
        BackfillLine(person_id=1, name="张三", month=Month(2018, 8) + months, amount=Money(fen=fen))
        for months, fen in rows
    ]
    broken = found(OPENED, *lines)
    good = [each for place, each in enumerate(lines) if place not in broken]
    assert len({each.month for each in good}) == len(good)
    items = [each for each in good if itemises(OPENED.employment, each.month)]
    assert len(items) <= OPENED.employment.opening_periods
    assert sum(each.amount.fen for each in items) <= OPENED.opening.fen
    assert all(each.month <= Month.of(TODAY) for each in good)


WHOLE = BackfillRow(id_number="11010519491231002X", name=" 张三 ", month="2019-05", amount="500.5", voucher="记-12")


def test_a_row_is_read_as_typed() -> None:
    """F107, 星号必填: blanks around do not matter, voucher and remark may be empty."""
    cells, broken = read_backfill_row(WHOLE)
    assert cells is not None
    assert ("张三", Month(2019, 5), Money(fen=50_050), "记-12", "", ()) == (
        cells.name, cells.month, cells.amount, cells.voucher, cells.remark, broken,
    )  # fmt: skip
    assert ["id_number", "name", "month", "amount"] == [field.name for field in BACKFILL_FIELDS if field.required]


@pytest.mark.parametrize(
    ("changed", "broken"),
    [
        ({"month": ""}, [("month", "FIELD_MISSING")]),
        ({"month": "2019.5", "amount": "五百"}, [("month", "MONTH_FORMAT"), ("amount", "AMOUNT_FORMAT")]),
        ({"month": "2019-13"}, [("month", "MONTH_OUT_OF_RANGE")]),
        ({"amount": "0"}, [("amount", "AMOUNT_NOT_POSITIVE")]),
        ({"amount": "-1"}, [("amount", "AMOUNT_FORMAT")]),
        ({"voucher": "1" * 101, "remark": "好" * 201}, [("voucher", "FIELD_TOO_LONG"), ("remark", "FIELD_TOO_LONG")]),
        ({"id_number": "", "name": " "}, [("id_number", "FIELD_MISSING"), ("name", "FIELD_MISSING")]),
    ],
)
def test_every_wrong_cell_is_named(changed: dict[str, str], broken: list[tuple[str, str]]) -> None:
    """I33, domain §4.2 "Backfill": amounts without months; one wrong cell does not hide the others."""
    cells, unread = read_backfill_row(evolve(WHOLE, **changed))
    assert (None, broken) == (cells, [(each.field, each.violation.code) for each in unread])
