"""What one request asks of PostgreSQL: every statement with its arguments, as the driver's own query log tells them.

The statements are recorded on the second of two equal requests: the first one pays for what a connection learns once.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any, Final, TypeAlias

import attrs
from asyncpg.connection import LoggedQuery

from bench.figure import ResultsDifferError
from bench.http_client import Answer, Request, ask
from services.store.database import Pool, open_pool

# One for the request, and some for what the process does beside: a watcher keeps one for itself.
_CONNECTIONS: Final = 4
_OK: Final = 200
# What the pool lets a connection forget before the next one has it.
_RESET: Final = "SELECT pg_advisory_unlock_all()"

Statement: TypeAlias = tuple[str, tuple[Any, ...]]
Transaction: TypeAlias = tuple[Statement, ...]
"""What was done with one borrowed connection, from BEGIN to COMMIT."""


@attrs.frozen(kw_only=True)
class Recorded:
    """One request, the answer to it, and what it did in the database."""

    request: Request
    answer: Answer
    transactions: tuple[Transaction, ...] = attrs.field(repr=False)


class Log:
    """What the connections of a pool were asked to do, in order."""

    def __init__(self) -> None:
        self._seen: list[tuple[int, Statement]] = []

    def note(self, number: int, query: LoggedQuery) -> None:
        """Take down a statement of a connection."""
        self._seen.append((number, (query.query, tuple(query.args or ()))))

    def forget(self) -> None:
        """Begin anew."""
        self._seen.clear()

    def transactions(self) -> tuple[Transaction, ...]:
        """Give what each borrowing of a connection did, without the pool's own reset at its end."""
        found: list[Transaction] = []
        open_ones: dict[int, list[Statement]] = {}
        for number, statement in self._seen:
            if statement[0].lstrip().startswith(_RESET):
                found.append(tuple(open_ones.pop(number, ())))
            else:
                open_ones.setdefault(number, []).append(statement)
        if open_ones:
            raise ResultsDifferError(f"connections that were not given back: {open_ones}")
        return tuple(found)


@asynccontextmanager
async def logged_pool(url: str) -> AsyncIterator[tuple[Pool, Log]]:
    """Open a pool as the portal has it, and log what it does."""
    log = Log()
    async with open_pool(url, application="subsidy bench", connections_max=_CONNECTIONS) as pool:
        async with AsyncExitStack() as borrowed:
            for number in range(_CONNECTIONS):
                connection = await borrowed.enter_async_context(pool.acquire())
                connection.add_query_logger(partial(log.note, number))
        yield pool, log


async def record(port: int, log: Log, requests: Sequence[Request]) -> list[Recorded]:
    """Send each request twice, and return what the second one did.

    Raises:
        ResultsDifferError: an answer was no 200, or not the same twice.
    """
    recorded: list[Recorded] = []
    for request in requests:
        first = await ask(port, request)
        log.forget()
        second = await ask(port, request)
        if first.status != _OK or first.body != second.body:
            raise ResultsDifferError(f"{request}: {first.head!r} {first.body[:500]!r} and {second.body[:500]!r}")
        recorded.append(Recorded(request=request, answer=second, transactions=log.transactions()))
    return recorded
