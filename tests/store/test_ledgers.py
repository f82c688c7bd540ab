"""Ledgers: balances and periods come from the entries alone (I11)."""

import pytest

from libsubsidy import Money, Month, OrderKind
from services.store import ledgers
from services.store.database import Connection, acting
from services.store.employers import Employer
from services.store.ledgers import EmployerLedger, LedgerTotals
from tests.store.fund import (
    BUREAU,
    START,
    approve,
    clerk_of,
    employ,
    line,
    new_employee,
    pay,
    person,
    register,
    submitted,
)

ZERO = Money(fen=0)
ADD = "INSERT INTO ledger_entry (person_id, employer_id, month, kind, amount_fen) VALUES ($1, $2, $3, $4, $5)"


@pytest.fixture
async def employer(db: Connection) -> Employer:
    """An employer with one employee (person 1) who has 51 opening periods."""
    employer = await register(db)
    await employ(db, employer, new_employee(1, opening_periods=51))
    return employer


async def test_a_paid_notice_is_in_every_ledger(db: Connection, employer: Employer) -> None:
    """Regular, back-paid month by month, missed months and a difference: what each adds to balance and periods."""
    made = [
        await submitted(db, employer, line(1, START, Money(fen=1))),
        await submitted(db, employer, line(1, START - 1, Money(fen=10)), kind=OrderKind.MONTHLY),
        await submitted(
            db,
            employer,
            line(1, START, Money(fen=100)),
            kind=OrderKind.LUMP_MISSED,
            covers={1: frozenset({START - 3, START - 2})},
        ),
        await submitted(db, employer, line(1, START, Money(fen=1000)), kind=OrderKind.LUMP_DIFFERENCE),
    ]
    await pay(db, await approve(db, *made))
    async with acting(db, person(1)):
        totals = await ledgers.totals(db, [1])
        entries = await ledgers.of_person(db, 1)
    cash = Money(fen=1111)
    assert {1: LedgerTotals(balance=cash, cash=cash, periods=51 + 1 + 1 + 2)} == totals
    assert {"regular", "monthly", "lump_missed", "lump_difference"} == {entry.kind for entry in entries}
    assert {(employer.name, employer.id)} == {(entry.employer_name, entry.employer_id) for entry in entries}
    assert cash == sum(entry.amount for entry in entries)


async def test_an_unpaid_order_is_in_no_ledger(db: Connection, employer: Employer) -> None:
    """Approved is not paid."""
    await approve(db, await submitted(db, employer, line(1, START)))
    async with acting(db, person(1)):
        assert () == await ledgers.of_person(db, 1)
        assert {1: LedgerTotals(balance=Money(fen=0), cash=Money(fen=0), periods=51)} == await ledgers.totals(db, [1])


async def test_what_was_typed_is_shown_and_not_paid_out(db: Connection, employer: Employer) -> None:
    """Opening and backfill raise the balance shown and the periods, not the cash (design §12)."""
    await db.execute(ADD, 1, employer.id, (START - 1).first_day, "opening", 500)
    await db.execute(ADD, 1, employer.id, (START - 2).first_day, "backfill", 70)
    assert {1: LedgerTotals(balance=Money(fen=570), cash=Money(fen=0), periods=52)} == await ledgers.totals(db, [1])


async def test_a_correction_takes_money_and_month_back(db: Connection, employer: Employer) -> None:
    """A month whose entries cancel out is no period; both entries stay to be read."""
    await pay(db, await approve(db, await submitted(db, employer, line(1, START, Money(fen=7)))))
    await db.execute(ADD, 1, employer.id, START.first_day, "correction", -7)
    assert {1: LedgerTotals(balance=Money(fen=0), cash=Money(fen=0), periods=51)} == await ledgers.totals(db, [1])
    assert [-7, 7] == [entry.amount.fen for entry in await ledgers.of_person(db, 1)]


async def test_the_balance_goes_with_the_person(db: Connection, employer: Employer) -> None:
    """F75: the new employer sees what it paid itself; the person sees everything."""
    await pay(db, await approve(db, await submitted(db, employer, line(1, START, Money(fen=7)))))
    await db.execute("UPDATE employment SET state = 'ended', state_from = '2020-02-01'")
    other = await register(db, 2)
    await employ(db, other, new_employee(1, start_month=START + 1))
    await pay(db, await approve(db, await submitted(db, other, line(1, START + 1, Money(fen=11)))))
    seen = []
    for actor in (person(1), clerk_of(employer), clerk_of(other)):
        async with acting(db, actor):
            seen.append((await ledgers.totals(db, [1]))[1])
    assert [(18, 53), (7, 52), (11, 1)] == [(totals.balance.fen, totals.periods) for totals in seen]


async def test_an_employer_sees_what_it_has_paid(db: Connection, employer: Employer) -> None:
    """F27: sum, people, the last month remitted, and the balance with and without what somebody typed."""
    nothing = EmployerLedger(credited=ZERO, people=0, last_month=None, balance=ZERO, cash=ZERO)
    async with acting(db, clerk_of(employer)):
        assert nothing == await ledgers.of_employer(db, employer.id)
    for step in range(2):
        await pay(db, await approve(db, await submitted(db, employer, line(1, START + step, Money(fen=7))), seed=step))
    async with acting(db, BUREAU):
        await db.execute(ADD, 1, employer.id, START.first_day, "opening", 100)
    stranger = await register(db, 2)
    async with acting(db, clerk_of(employer)):
        assert EmployerLedger(
            credited=Money(fen=14), people=1, last_month=Month(2020, 2), balance=Money(fen=114), cash=Money(fen=14)
        ) == await ledgers.of_employer(db, employer.id)
    async with acting(db, clerk_of(stranger)):
        assert nothing == await ledgers.of_employer(db, employer.id)


async def test_a_ledger_pages(db: Connection, employer: Employer) -> None:
    """The newest entries come first, and a page begins before the last one seen."""
    for step in range(3):
        await db.execute(ADD, 1, employer.id, (START - step).first_day, "backfill", step + 1)
    newest = await ledgers.of_person(db, 1, limit=2)
    rest = await ledgers.of_person(db, 1, before=newest[-1].id)
    assert [3, 2, 1] == [entry.amount.fen for entry in (*newest, *rest)]


async def test_somebody_without_entries_has_zeros(db: Connection) -> None:
    """Whoever is asked for is answered."""
    assert {4711: LedgerTotals(balance=Money(fen=0), cash=Money(fen=0), periods=0)} == await ledgers.totals(db, [4711])
