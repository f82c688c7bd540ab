"""The demo month: what was made up is what the reconciler finds, line by line."""

from collections.abc import Mapping
from datetime import date
from random import Random

import pytest

from demo import fund
from demo.books import ledger_of, prove
from demo.employers import SCHOOL_PEOPLE, plans
from demo.month import MAIN, compose
from demo.orders import YEAR, year_before
from demo.statements import write
from libsubsidy import Decision, Direction, HoldReason, Money, Month, OtherKind, RefundReason, to_record
from services.reconciler.statements import load_profile, open_statement
from services.store.database import Pool, open_pool
from tests.demo.conftest import SCALE, SEED, Shown, set_up
from tests.servers.postgres import TestDatabases

# What no file of these banks can say, each with the reason.
NOT_SHOWN = {
    HoldReason.READERS_DISAGREE.value,  # It holds the whole file, and both readers read the bank's files alike.
    OtherKind.WITHDRAWAL.value,  # These bank profiles have no rule for it: what is paid out is an ordinary debit.
}


def told(record: Mapping[str, object]) -> dict[str, object]:
    """What a decision's record says of its outcome, and not of the checks."""
    return {name: record.get(name) for name in ("outcome", "notice_id", "reason", "refund_reason")}


async def test_every_line_gets_the_outcome_that_its_payer_earned(shown: Shown) -> None:
    """Whoever made a payment up knows what must become of it; not one line of the month is decided otherwise."""
    expected = {
        (file.filename, bank_id): told(to_record(Decision(payment.outcome, "", {})))
        for file in shown.month.files
        for bank_id, payment in file.lines
    }
    async with shown.pool.acquire() as connection:
        rows = await connection.fetch(
            "SELECT s.filename, b.bank_ref, b.decision FROM bank_line b JOIN statement s ON s.id = b.statement_id"
        )
    actual = {(row["filename"], row["bank_ref"]): told(row["decision"]) for row in rows}
    assert len(rows) == len(actual)
    assert expected == actual


async def test_the_month_shows_every_outcome_there_is(shown: Shown) -> None:
    """No reason and no kind of the library is left out, except what these banks cannot say."""
    known = {reason.value for kind in (RefundReason, HoldReason, OtherKind) for reason in kind} - NOT_SHOWN
    assert known | {""} == {line.reason for line in shown.lines}


async def test_the_sums_prove_until_somebody_credits_a_ledger_beside_them(shown: Shown) -> None:
    """Each equation holds after the month, and one fen that came from nowhere is noticed."""
    assert [] == [equation.en for equation in await prove(shown.pool) if not equation.holds]
    async with shown.pool.acquire() as connection:
        await connection.execute(
            """
            INSERT INTO ledger_entry (person_id, employer_id, month, kind, amount_fen, order_id)
            SELECT person_id, employer_id, month, 'correction', 1, NULL FROM ledger_entry LIMIT 1
            """
        )
    broken = [equation.en for equation in await prove(shown.pool) if not equation.holds]
    assert ["credited to ledgers = settled"] == broken


async def test_a_file_that_comes_again_changes_nothing(shown: Shown) -> None:
    """The queue may deliver a file twice; the second time it is known."""
    _, new = await fund.deliver(shown.pool, shown.month.main)
    assert not new


async def test_the_newcomer_sees_a_year_made_good_and_the_month_itself(shown: Shown) -> None:
    """Twelve back-paid months and the regular one stand in the ledger, read in the person's own role."""
    ledger = await ledger_of(shown.pool, shown.dues.newcomer)
    kinds = [entry.kind for entry in ledger.entries]
    assert [*["monthly"] * YEAR, "regular"] == kinds
    assert YEAR + 1 == ledger.totals.periods
    assert sum((entry.amount for entry in ledger.entries), Money(fen=0)) == ledger.totals.balance


async def test_the_same_seed_gives_the_same_files(postgres: TestDatabases, pool: Pool) -> None:
    """Two empty databases get the same memos, amounts and bytes, whatever order their employers came in."""
    _, one = await set_up(pool)
    name = await postgres.copy()
    async with open_pool(postgres.url_of(name)) as other_pool:
        dues, other = await set_up(other_pool)
    await postgres.drop(name)
    assert [file.content for file in one.files] == [file.content for file in other.files]
    assert one.following.content == other.following.content
    changed = compose(dues, other.month, SEED + 1)
    assert changed.main.content != other.main.content


async def test_the_files_are_whole_and_chain(pool: Pool) -> None:
    """Both readers agree on every file, nothing in them needs a person, and each closing is the next opening."""
    _, month = await set_up(pool)
    for file in (*month.files, month.following):
        reading = open_statement([file.content], load_profile(file.account.source), file.filename)
        lines = [line for batch in reading for line in batch]
        facts = reading.facts
        assert () == facts.holds
        assert [bank_id for bank_id, _ in file.lines] == [line.bank_id for line in lines]
        assert (file.account.number, file.opening, file.closing) == (facts.account, facts.opening, facts.closing)
        own = (line for line in lines if line.currency == facts.currency)
        signed = (line.amount if line.direction is Direction.CREDIT else -line.amount for line in own)
        assert file.closing == sum(signed, file.opening)
    assert (month.before.closing, month.main.closing) == (month.main.opening, month.following.opening)
    assert b"CHARSET:936" in month.older.content
    assert "陈𠮷祥".encode("gb18030") in month.older.content


def test_a_month_without_payments_is_a_statement_too() -> None:
    """The writer gives a valid file for no lines at all, whose balance stays."""
    file = write("none.ofx", MAIN, Money(fen=5), [], (date(2026, 4, 1), date(2026, 4, 30)))
    reading = open_statement([file.content], load_profile(MAIN.source), file.filename)
    assert [] == list(reading)
    assert (Money(fen=5), Money(fen=5)) == (reading.facts.opening, reading.facts.closing)


@pytest.mark.parametrize("number", range(1, YEAR + 1))
def test_the_back_paid_year_crosses_a_years_end_whenever_it_is_shown(number: int) -> None:
    """From January to December it would cross none; whatever the month, the twelve months lie before it in two years."""
    month = Month(2026, number)
    months = list(year_before(month))
    assert YEAR == len(months)
    assert 2 == len({each.year for each in months})
    assert months[-1] < month


def test_made_up_people_are_nobody_and_stay_apart() -> None:
    """Their identity numbers are valid, lie in an area that does not exist, and never repeat; some names are rare."""
    school, hospital, *others = plans(Month(2026, 4), SCALE, Random(SEED))  # noqa: S311 - no secret
    people = [employee for plan in (school, hospital, *others) for employee in plan.employees]
    numbers = {str(employee.id_number) for employee in people}
    assert (SCHOOL_PEOPLE, SCALE.hospital_people) == (len(school.employees), len(hospital.employees))
    assert len(people) == len(numbers)
    assert {"9999"} == {number[:4] for number in numbers}
    names = "".join(employee.name for employee in people)
    assert "·" in names
    assert any(ord(character) > 0xFFFF for character in names)
    assert len(others) == len({plan.name for plan in others})
