"""Defaults and carry-over: F84, F85, I19, I20, D-5; domain §4.2 "Carry-over"."""

from collections.abc import Mapping
from datetime import date
from random import Random

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from libsubsidy import (
    AmountSource,
    DesignatedAmount,
    Employment,
    EmploymentState,
    FileAmount,
    Member,
    Money,
    Month,
    OrderLine,
    Policy,
    default_amount,
    designated_by,
    file_amount,
    regular_sheet,
)

LI = Employment(person_id=1, name="李四", start_month=Month(2020, 1), state=EmploymentState.ACTIVE)


def _file(month: str, yuan: str) -> FileAmount:
    return FileAmount(effective=Month.parse(month), amount=Money.parse(yuan))


def _designated(month: str, yuan: str) -> DesignatedAmount:
    return DesignatedAmount(month=Month.parse(month), amount=Money.parse(yuan))


def _line(month: str, yuan: str, source: AmountSource, *, carry_over: bool = True) -> OrderLine:
    return OrderLine(
        person_id=1, month=Month.parse(month), amount=Money.parse(yuan), source=source, carry_over=carry_over
    )


def _default(employment: Employment, month: str) -> tuple[str, str, str] | None:
    default = default_amount(employment, Month.parse(month))
    if default is None:
        return None
    return (str(default.amount), default.source.value, str(default.month_from))


FILE_500 = evolve(LI, file_amounts=(_file("2020-01", "500"),))


def test_without_any_amount_there_is_no_default() -> None:
    """Nothing on file and nothing designated: an amount must be typed."""
    assert _default(LI, "2020-04") is None
    assert _default(evolve(LI, file_amounts=(_file("2020-05", "500"),)), "2020-04") is None


@pytest.mark.parametrize(
    ("month", "expected"),
    [
        ("2020-03", ("500.00", "file", "2020-01")),
        ("2020-04", ("550.00", "carried", "2020-03")),
        ("2020-05", ("550.00", "carried", "2020-03")),
    ],
)
def test_designated_in_march_april_copies(month: str, expected: tuple[str, str, str]) -> None:
    """A designated amount holds from the month after it on."""
    assert expected == _default(evolve(FILE_500, designated=(_designated("2020-03", "550"),)), month)


def test_may_designated_back_to_standard() -> None:
    """The last designated amount wins, also when it is the standard one again."""
    employment = evolve(FILE_500, designated=(_designated("2020-03", "550"), _designated("2020-05", "500")))
    assert ("500.00", "carried", "2020-05") == _default(employment, "2020-06")


def test_employee_skipped_june_july_copies_may() -> None:
    """A gap does not break the carry-over."""
    assert ("550.00", "carried", "2020-05") == _default(
        evolve(FILE_500, designated=(_designated("2020-05", "550"),)), "2020-07"
    )


@pytest.mark.parametrize(
    ("effective", "expected"),
    [
        ("2020-04", ("550.00", "carried", "2020-05")),
        ("2020-05", ("600.00", "file", "2020-05")),
        ("2020-07", ("600.00", "file", "2020-07")),
        ("2020-08", ("550.00", "carried", "2020-05")),
    ],
)
def test_rank_amount_changed_after_a_designated_amount(effective: str, expected: tuple[str, str, str]) -> None:
    """The later month wins; on a tie the file; a change of the future does not count yet (D-5)."""
    employment = evolve(
        LI,
        file_amounts=(_file("2020-01", "500"), _file(effective, "600")),
        designated=(_designated("2020-05", "550"),),
    )
    assert expected == _default(employment, "2020-07")


def test_sealed_for_half_a_year_then_unsealed_copies_the_month_before() -> None:
    """Sealed months have no lines: the last designated amount still carries."""
    assert ("550.00", "carried", "2020-03") == _default(
        evolve(FILE_500, designated=(_designated("2020-03", "550"),)), "2020-10"
    )


def test_an_amount_for_this_month_only_does_not_carry() -> None:
    """仅本月 feeds nothing; neither do carried and file amounts, nor another person's."""
    lines = [
        _line("2020-03", "9", AmountSource.DESIGNATED, carry_over=False),
        _line("2020-04", "550", AmountSource.CARRIED),
        _line("2020-05", "500", AmountSource.FILE),
        evolve(_line("2020-06", "700", AmountSource.DESIGNATED), person_id=2),
    ]
    assert () == designated_by(lines, 1)
    assert (_designated("2020-06", "700"),) == designated_by(lines, 2)


def test_rejected_orders_and_back_payments_feed_nothing() -> None:
    """Only live regular lines are given to the carry-over, so without them the file holds."""
    assert ("500.00", "file", "2020-01") == _default(evolve(FILE_500, designated=designated_by([], 1)), "2020-06")


def test_new_at_another_employer_copies_nothing_of_the_former_one() -> None:
    """An employment knows its own designated amounts only."""
    at_b = evolve(LI, start_month=Month(2020, 7), file_amounts=(_file("2020-07", "800"),))
    assert ("800.00", "file", "2020-07") == _default(at_b, "2020-07")


def test_a_second_file_amount_of_one_month_corrects_the_first() -> None:
    """Of two with the same effective month the later entry holds."""
    employment = evolve(LI, file_amounts=(_file("2020-01", "500"), _file("2020-01", "510")))
    on_file = file_amount(employment, Month(2020, 1))
    assert on_file is not None
    assert "510.00" == str(on_file.amount)


months = st.integers(0, 30).map(lambda steps: Month(2020, 1) + steps)
amounts = st.integers(1, 10**6).map(lambda fen: Money(fen=fen))
files = st.dictionaries(months, amounts, min_size=1, max_size=5)
designations = st.dictionaries(months, amounts, max_size=5)


def _employment(on_file: Mapping[Month, Money], designated: Mapping[Month, Money], person_id: int = 1) -> Employment:
    return Employment(
        person_id=person_id,
        name=f"职工{person_id}",
        start_month=Month(2020, 1),
        state=EmploymentState.ACTIVE,
        file_amounts=tuple(FileAmount(effective=month, amount=amount) for month, amount in on_file.items()),
        designated=tuple(DesignatedAmount(month=month, amount=amount) for month, amount in designated.items()),
    )


@given(files, designations, months, st.integers(0, 2**32))
def test_i19_the_later_month_wins_whatever_the_order(
    on_file: dict[Month, Money], designated: dict[Month, Money], month: Month, seed: int
) -> None:
    """Deterministic and independent of the order in which history was read; the file wins a tie."""
    employment = _employment(on_file, designated)
    shuffled_files, shuffled = list(employment.file_amounts), list(employment.designated)
    rng = Random(seed)  # noqa: S311 - a shuffle is no secret.
    rng.shuffle(shuffled_files)
    rng.shuffle(shuffled)
    default = default_amount(employment, month)
    assert default == default_amount(
        evolve(employment, file_amounts=tuple(shuffled_files), designated=tuple(shuffled)), month
    )
    candidates = [(effective, 1, amount) for effective, amount in on_file.items() if effective <= month]
    candidates += [(earlier, 0, amount) for earlier, amount in designated.items() if earlier < month]
    assert (max(candidates)[2] if candidates else None) == (default.amount if default else None)


@given(st.lists(st.tuples(files, designations), min_size=1, max_size=8), months, st.data())
def test_i20_an_unedited_month_is_copied(
    people: list[tuple[dict[Month, Money], dict[Month, Money]]], month: Month, data: st.DataObject
) -> None:
    """Submit month m as listed or with designated amounts: m + 1 lists the same people's amounts.

    A file amount that starts with m + 1 is an edit; one that starts with m itself wins over a designated amount of m.
    """
    roster = {
        number: Member(_employment({m: a for m, a in on_file.items() if m != month + 1}, designated, number))
        for number, (on_file, designated) in enumerate(people)
    }
    today = (month + 1).first_day
    sheet = regular_sheet(month, roster, Policy(), today)
    submitted = [
        evolve(line, amount=data.draw(amounts), source=AmountSource.DESIGNATED) if data.draw(st.booleans()) else line
        for line in sheet.lines
    ]
    after = {
        number: evolve(
            member,
            employment=evolve(
                member.employment,
                designated=tuple(d for d in member.employment.designated if d.month < month)
                + designated_by(submitted, number),
            ),
        )
        for number, member in roster.items()
    }
    edited = {line.person_id for line in submitted if line.source is AmountSource.DESIGNATED}
    effective_now = {
        number for number, member in roster.items() if any(f.effective == month for f in member.employment.file_amounts)
    }
    copied = {line.person_id: line.amount for line in regular_sheet(month + 1, after, Policy(), today).lines}
    for line in submitted:
        if line.person_id not in edited & effective_now:
            assert line.amount == copied[line.person_id]


def test_the_reviewer_sees_where_an_amount_came_from() -> None:
    """Lines of a sheet keep their source."""
    roster = {1: Member(evolve(FILE_500, designated=(_designated("2020-03", "550"),)))}
    sources = [
        regular_sheet(Month.parse(month), roster, Policy(), date(2020, 4, 1)).lines[0].source
        for month in ("2020-03", "2020-04")
    ]
    assert [AmountSource.FILE, AmountSource.CARRIED] == sources
