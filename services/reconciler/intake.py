"""Take a statement over: its bytes are committed before the broker is told to forget them."""

import attrs

from services.bus.errors import Poisonous
from services.bus.messages import IncomingStatement
from services.store.crashpoint import reach
from services.store.database import ACQUIRE_SECONDS_MAX, Actor, Pool, Role, working
from services.store.statements import MessageIdReusedError, Received, StatementTooLargeError, receive


@attrs.frozen
class Intake:
    """Stores what arrives by queue; the consumer calls `take` and may call it twice for the same message."""

    pool: Pool

    async def take(self, incoming: IncomingStatement) -> None:
        """Store one statement.

        Raises:
            Poisonous: the message can never be accepted.
        """
        await self.store(incoming, received_from="queue")

    async def store(self, incoming: IncomingStatement, *, received_from: str) -> Received:
        """Store one statement and say where it is."""
        actor = Actor(role=Role.WORKER, name="intake", origin=received_from)
        try:
            async with working(self.pool, actor) as connection:
                received = await receive(
                    connection,
                    source=incoming.source,
                    message_id=incoming.message_id,
                    filename=incoming.filename,
                    body=incoming.body,
                    received_from=received_from,
                )
                reach("intake.before_commit")
                return received
        except (MessageIdReusedError, StatementTooLargeError) as error:
            raise Poisonous(error.violations[0]) from error

    async def ready(self) -> None:
        """Raise while the database is away."""
        async with self.pool.acquire(timeout=ACQUIRE_SECONDS_MAX) as connection:
            await connection.fetchval("SELECT 1", timeout=5)
