"""Promises of services/reconciler/intake.py: the bytes are committed, or the message can never be accepted."""

import pytest

from services.bus.errors import Poisonous
from services.bus.messages import IncomingStatement
from services.reconciler.intake import Intake
from services.store import statements
from services.store.database import Connection, Pool, open_pool
from services.store.outages import OUTAGES
from tests.patience import eventually
from tests.reconciler.town import count


def message(body: bytes = b"a file", message_id: str = "m1") -> IncomingStatement:
    """One message as the consumer hands it over."""
    return IncomingStatement(source="demo-bank", message_id=message_id, filename="day.ofx", content_type="", body=body)


async def test_what_was_taken_is_stored(db: Connection, pool: Pool) -> None:
    """With its name, its source and where it came from; whoever works is told."""
    heard: list[str] = []
    await db.add_listener("statement", lambda *said: heard.append(str(said[-1])))

    await Intake(pool).take(message())

    row = await db.fetchrow("SELECT source, filename, received_from, state FROM statement")
    assert ("demo-bank", "day.ofx", "queue", "received") == tuple(row or ())
    assert [str(await db.fetchval("SELECT id FROM statement"))] == heard
    await db.reset()


async def test_taking_twice_is_taking_once(db: Connection, pool: Pool) -> None:
    """The consumer may call again for a message whose acknowledgement was lost."""
    for _ in range(2):
        await Intake(pool).take(message())
    assert (1, 1) == ((await count(db))["statement"], (await count(db))["statement_delivery"])


async def test_an_id_with_other_bytes_is_poisonous(db: Connection, pool: Pool) -> None:
    """The reason names source and id in both languages, and what to do."""
    await Intake(pool).take(message(b"one"))
    with pytest.raises(Poisonous) as poison:
        await Intake(pool).take(message(b"two"))

    violation = poison.value.violation
    assert "MESSAGE_ID_REUSED" == violation.code
    for words in (violation.zh, violation.en):
        assert "m1" in words
        assert "demo-bank" in words
    assert 1 == (await count(db))["statement"]


async def test_a_file_beyond_the_limit_is_poisonous(
    db: Connection, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit of the store is far above the queue's, so that it is lowered here to be met at all."""
    monkeypatch.setattr(statements, "STATEMENT_BYTES_MAX", 3)
    await Intake(pool).take(message(b"123", "m3"))
    with pytest.raises(Poisonous) as poison:
        await Intake(pool).take(message(b"1234", "m4"))
    assert "STATEMENT_TOO_LARGE" == poison.value.violation.code
    assert "4" in poison.value.violation.zh
    assert 1 == (await count(db))["statement"]


async def test_a_connection_that_was_ended_is_replaced(db: Connection, database_url: str) -> None:
    """The server restarted between two messages: the second one is stored as the first was."""
    async with open_pool(database_url, connections_max=1) as pool:
        await Intake(pool).take(message(b"1", "m1"))
        await db.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        await eventually(lambda: is_stored(Intake(pool), message(b"2", "m2")))
    assert 2 == (await count(db))["statement"]


async def is_stored(intake: Intake, incoming: IncomingStatement) -> bool:
    """Take a message as the consumer does, who tries again after an outage."""
    try:
        await intake.take(incoming)
    except OUTAGES:
        return False
    return True
