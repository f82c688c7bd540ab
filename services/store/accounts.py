"""The bureau's own bank accounts, and how far each one's balance has been proven."""

from datetime import date

import attrs

from services.store.database import Connection
from services.store.refusals import refuse


@attrs.frozen(kw_only=True)
class BankAccount:
    """A registered account.

    Attributes:
        source: the one bank profile whose statements are believed for this account.
        proven_closing_fen: the balance after the last proven statement; at first the balance at registration.
        proven_through: the last day a proven statement covers.
    """

    id: int
    number: str
    name: str
    currency: str
    source: str
    proven_closing_fen: int
    proven_through: date | None


async def register_account(
    connection: Connection,
    *,
    number: str,
    name: str,
    source: str,
    balance_fen: int = 0,
    currency: str = "CNY",
    bank_name: str = "",
) -> int:
    """Register an account with the balance it has before its first statement, and return its id.

    Raises:
        RefusedError: ACCOUNT_TAKEN; the balance of a registered account follows its statements and is never set anew.
    """
    account_id: int | None = await connection.fetchval(
        """
        INSERT INTO bank_account (number, name, source, proven_closing_fen, currency, bank_name)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT ON CONSTRAINT bank_account_number_once DO NOTHING RETURNING id
        """,
        number,
        name,
        source,
        balance_fen,
        currency,
        bank_name,
    )
    if account_id is None:
        raise refuse("ACCOUNT_TAKEN", account=number)
    return account_id


@attrs.frozen(kw_only=True)
class Payee:
    """Where employers pay to, as a bank's form asks for it."""

    name: str
    number: str
    bank_name: str


async def payee(connection: Connection, currency: str) -> Payee | None:
    """Return the account that takes a currency: the first that was registered; None while there is none."""
    row = await connection.fetchrow(
        "SELECT name, number, bank_name FROM bank_account WHERE currency = $1 ORDER BY id LIMIT 1", currency
    )
    return None if row is None else Payee(**row)


async def find_account(connection: Connection, number: str) -> BankAccount | None:
    """Return the account with this number, None when it is none of ours."""
    return _account(await connection.fetchrow("SELECT * FROM bank_account WHERE number = $1", number))


async def sources(connection: Connection) -> tuple[str, ...]:
    """Return the sources that are believed for one account or another."""
    rows = await connection.fetch("SELECT DISTINCT source FROM bank_account ORDER BY source")
    return tuple(row["source"] for row in rows)


async def lock_account(connection: Connection, account_id: int) -> BankAccount:
    """Return the account and keep others from proving a statement of it until the transaction ends."""
    account = _account(
        await connection.fetchrow("SELECT * FROM bank_account WHERE id = $1 FOR NO KEY UPDATE", account_id)
    )
    assert account is not None  # noqa: S101 -- accounts are never deleted.
    return account


def _account(row: object) -> BankAccount | None:
    if row is None:
        return None
    return BankAccount(**{name: row[name] for name in attrs.fields_dict(BankAccount)})  # type: ignore[index]


async def note_proven(connection: Connection, account_id: int, *, closing_fen: int, through: date | None) -> None:
    """Advance the account to a statement's closing balance."""
    await connection.execute(
        """
        UPDATE bank_account SET proven_closing_fen = $2, proven_through = greatest(proven_through, $3::date) WHERE id = $1
        """,
        account_id,
        closing_fen,
        through,
    )
