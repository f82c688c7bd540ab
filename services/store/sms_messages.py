"""Messages by SMS on their way out: queued in the transaction of what they tell, sent after its commit.

A portal's task takes what is queued (`services/portal/sms/sending.py`); one that dies with messages in its hands leaves
them to the next, so that a message may come twice, and none is lost. What was sent keeps no text: it may hold a code.
Runs as `Role.AUTH`, and steps in for callers of other roles, so that no other role reads or writes messages.
"""

from datetime import datetime, timedelta
from typing import Final

import attrs

from libsubsidy import Mobile
from services.store.database import Connection, Role, stepping_in_as

PURGED_AT_ONCE_MAX: Final = 1_000
# How long it is known that a message was sent, and when.
KEPT: Final = timedelta(days=30)
LASTING: Final = timedelta(days=1)
# Whoever has taken a message has so long to send it, until another one may try; and the next try waits longer each time.
TAKEN_FOR: Final = timedelta(seconds=30)
TRIES_MAX: Final = 5
TEXT_CHARACTERS_MAX: Final = 500


@attrs.frozen(kw_only=True)
class Message:
    """A message to send."""

    id: int
    mobile: str
    text: str = attrs.field(repr=False)


@attrs.frozen(kw_only=True)
class Shown:
    """A message as the development box shows it."""

    id: int
    mobile: str
    text: str
    state: str
    queued_at: datetime


async def queue(connection: Connection, mobile: Mobile, text: str, *, lasting: timedelta = LASTING) -> None:
    """Queue a message; it is sent if and when the caller's transaction commits.

    Args:
        connection: inside the caller's transaction, of any role.
        mobile: where it goes.
        text: at most `TEXT_CHARACTERS_MAX`; what is longer is cut.
        lasting: how long it is worth being sent.
    """
    async with stepping_in_as(connection, Role.AUTH):
        await connection.execute(
            "INSERT INTO sms_message (mobile, text, ends_at) VALUES ($1, $2, clock_timestamp() + $3::interval)",
            str(mobile),
            text[:TEXT_CHARACTERS_MAX],
            lasting,
        )


async def take(connection: Connection, *, limit: int) -> tuple[Message, ...]:
    """Take messages that are due, for `TAKEN_FOR`; what is out of time has failed."""
    await connection.execute(
        """
        UPDATE sms_message SET state = 'failed', text = '', done_at = clock_timestamp() WHERE id IN (
            SELECT id FROM sms_message WHERE state = 'queued' AND (ends_at <= clock_timestamp() OR tries >= $1)
              AND next_try_at <= clock_timestamp() LIMIT $2 FOR UPDATE SKIP LOCKED)
        """,
        TRIES_MAX,
        PURGED_AT_ONCE_MAX,
    )
    rows = await connection.fetch(
        """
        UPDATE sms_message SET tries = tries + 1, next_try_at = clock_timestamp() + $1::interval * 2 ^ tries
        WHERE id IN (SELECT id FROM sms_message WHERE state = 'queued' AND next_try_at <= clock_timestamp()
                     ORDER BY next_try_at, id LIMIT $2 FOR UPDATE SKIP LOCKED)
        RETURNING id, mobile, text
        """,
        TAKEN_FOR,
        limit,
    )
    return tuple(Message(**row) for row in rows)


async def note_sent(connection: Connection, message_id: int, *, keep_text: bool = False) -> None:
    """Note that a message was sent."""
    await _done(connection, message_id, "sent", keep_text=keep_text)


async def note_failed(connection: Connection, message_id: int) -> None:
    """Note that a message will never be sent: the gateway does not take it."""
    await _done(connection, message_id, "failed", keep_text=False)


async def newest(connection: Connection, *, limit: int) -> tuple[Shown, ...]:
    """Return the newest messages, for the development box."""
    rows = await connection.fetch(
        "SELECT id, mobile, text, state, queued_at FROM sms_message ORDER BY id DESC LIMIT $1", limit
    )
    return tuple(Shown(**row) for row in rows)


async def purge(connection: Connection) -> int:
    """Delete some of the messages that were done long ago, and return how many."""
    purged: int = await connection.fetchval(
        """
        WITH old AS (
            SELECT id FROM sms_message WHERE state <> 'queued' AND queued_at <= clock_timestamp() - $1::interval LIMIT $2),
        gone AS (DELETE FROM sms_message m USING old WHERE m.id = old.id RETURNING 1)
        SELECT count(*)::integer FROM gone
        """,
        KEPT,
        PURGED_AT_ONCE_MAX,
    )
    return purged


async def _done(connection: Connection, message_id: int, state: str, *, keep_text: bool) -> None:
    await connection.execute(
        """
        UPDATE sms_message SET state = $2, text = CASE WHEN $3 THEN text ELSE '' END, done_at = clock_timestamp()
        WHERE id = $1 AND state = 'queued'
        """,
        message_id,
        state,
        keep_text,
    )
