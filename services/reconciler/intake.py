"""Take a statement over: its bytes are committed before the broker is told to forget them."""

import attrs

from libsubsidy import Violation
from libsubsidy.catalogue import Text
from services.bus.errors import Poisonous
from services.bus.messages import IncomingStatement
from services.store.crashpoint import reach
from services.store.database import ACQUIRE_SECONDS_MAX, Actor, Pool, Role, working
from services.store.statements import MessageIdReusedError, Received, StatementTooLargeError, receive

_REUSED = Text(
    zh="来源 {source} 的消息编号 {message_id} 曾用于内容不同的文件：请更换消息编号后重新发送。",
    en="The message id {message_id} of source {source} was used before for a file of other content: please send the file "
    "again under an id of its own.",
)
_TOO_LARGE = Text(
    zh="文件有 {size_bytes} 字节，超过上限：请按日拆分后重新发送。",
    en="The file has {size_bytes} bytes, more than is allowed: please split it by day and send it again.",
)


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
        except MessageIdReusedError as error:
            facts: dict[str, str | int] = {"source": error.source, "message_id": error.message_id}
            raise Poisonous(Violation.from_text("MESSAGE_ID_REUSED", _REUSED, facts)) from error
        except StatementTooLargeError as error:
            raise Poisonous(
                Violation.from_text("STATEMENT_TOO_LARGE", _TOO_LARGE, {"size_bytes": error.size_bytes})
            ) from error

    async def ready(self) -> None:
        """Raise while the database is away."""
        async with self.pool.acquire(timeout=ACQUIRE_SECONDS_MAX) as connection:
            await connection.fetchval("SELECT 1", timeout=5)
