"""The fund of a made-up city in a database of its own: set up, then given the bank's files as the queue would give them."""

from collections.abc import Callable
from datetime import date
from random import Random

from demo import employers, orders
from demo.employers import Scale
from demo.month import MAIN, OLDER, OPENING, DemoMonth, compose, month_shown
from demo.orders import BUREAU, Dues
from demo.statements import BankFile
from services.bus.messages import IncomingStatement
from services.reconciler.intake import Intake
from services.store.accounts import register_account
from services.store.database import Pool, working


async def set_up(
    pool: Pool, today: date, seed: int, *, scale: Scale, noted: Callable[[int], None]
) -> tuple[Dues, DemoMonth]:
    """Register accounts and employers, carry all orders to their notices, and let everybody pay.

    Args:
        pool: of a database with today's schema and nothing in it.
        today: the day of the bureau.
        seed: the same seed and day give the same fund and the same files.
        scale: how large it is to be.
        noted: hears how many notices there are more.
    """
    month = month_shown(today)
    async with working(pool, BUREAU) as connection:
        for account in (MAIN, OLDER):
            await register_account(
                connection,
                number=account.number,
                name=account.name,
                source=account.source,
                bank_name=account.bank_name,
                balance_fen=OPENING[account.number].fen,
            )
    plans = employers.plans(month, scale, Random(f"{seed}/employers"))  # noqa: S311 -- no secret.
    dues = await orders.place_all(pool, plans, month, today=today, seed=seed, noted=noted)
    return dues, compose(dues, month, seed)


async def deliver(pool: Pool, file: BankFile) -> tuple[int, bool]:
    """Store a file as a message of the queue is stored; return the statement's id and whether it is new."""
    incoming = IncomingStatement(
        source=file.account.source,
        message_id=file.filename,
        filename=file.filename,
        content_type="application/x-ofx",
        body=file.content,
    )
    received = await Intake(pool).store(incoming, received_from="queue")
    return received.statement_id, received.new
