"""Promises of services/store/accounts.py: the bureau's accounts, and how far each balance is proven."""

import asyncio
from datetime import date

import pytest

from services.store.accounts import BankAccount, find_account, lock_account, note_proven, register_account
from services.store.database import Connection, acting, connect
from services.store.refusals import RefusedError
from tests.patience import eventually
from tests.reconciler.town import BUREAU


async def registered(db: Connection, number: str = "44001", balance_fen: int = 5) -> int:
    """Register an account as the bureau does."""
    async with acting(db, BUREAU):
        return await register_account(db, number=number, name="专户", source="demo-bank", balance_fen=balance_fen)


async def test_an_account_begins_with_the_balance_it_has(db: Connection) -> None:
    """Its first statement chains to that balance."""
    account_id = await registered(db)
    expected = BankAccount(
        id=account_id,
        number="44001",
        name="专户",
        currency="CNY",
        source="demo-bank",
        proven_closing_fen=5,
        proven_through=None,
    )
    assert expected == await find_account(db, "44001")
    assert await find_account(db, "44002") is None


async def test_an_account_is_registered_once(db: Connection) -> None:
    """The second attempt is told so, in words, and the balance stays."""
    await registered(db)
    with pytest.raises(RefusedError) as refused:
        await registered(db, balance_fen=9)
    assert "ACCOUNT_TAKEN" == refused.value.violations[0].code
    assert 5 == await db.fetchval("SELECT proven_closing_fen FROM bank_account")


@pytest.mark.parametrize(
    ("before", "through", "expected"),
    [
        (None, date(2026, 1, 5), date(2026, 1, 5)),
        (date(2026, 1, 5), date(2026, 1, 4), date(2026, 1, 5)),
        (date(2026, 1, 5), date(2026, 1, 6), date(2026, 1, 6)),
        (date(2026, 1, 5), None, date(2026, 1, 5)),
    ],
)
async def test_the_proven_day_never_goes_back(
    db: Connection, before: date | None, through: date | None, expected: date
) -> None:
    """An old file moves neither; the balance is that of the file that was proven."""
    account_id = await registered(db)
    await db.execute("UPDATE bank_account SET proven_through = $1", before)

    await note_proven(db, account_id, closing_fen=77, through=through)

    assert (77, expected) == tuple(
        await db.fetchrow("SELECT proven_closing_fen, proven_through FROM bank_account") or ()
    )


async def test_statements_of_an_account_are_proven_one_after_the_other(db: Connection, database_url: str) -> None:
    """Who locks the account second sees what the first one proved."""
    account_id = await registered(db)
    other = await connect(database_url)
    async with db.transaction():
        await lock_account(db, account_id)
        waiting = asyncio.create_task(lock_account(other, account_id))
        await eventually(lambda: db.fetch("SELECT FROM pg_locks WHERE NOT granted"))
        await note_proven(db, account_id, closing_fen=88, through=None)
    assert 88 == (await waiting).proven_closing_fen
    await other.close(timeout=10)
