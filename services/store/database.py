"""Connections, and the one way to act in the database: as a role, for a tenant, in one transaction."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from enum import Enum
from typing import TypeAlias

import asyncpg
import attrs
import orjson
from asyncpg.pool import PoolConnectionProxy

from libsubsidy import SubsidyError

# A query that takes longer than this is broken off; PostgreSQL may have finished it all the same, which is why every
# write of the store can be repeated.
QUERY_SECONDS_MAX = 60.0
CONNECT_SECONDS_MAX = 10.0
# A pool whose connections are all stuck is an outage, not a queue.
ACQUIRE_SECONDS_MAX = 30.0
# A process that freezes inside a transaction must not keep its row locks: the server ends its session, well before a
# statement's lease runs out.
IDLE_IN_TRANSACTION_MS_MAX = 15_000

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]"
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"


class Role(Enum):
    """The database roles of the services; what each may do stands in schema.sql."""

    EMPLOYER = "subsidy_employer"
    BUREAU = "subsidy_bureau"
    PERSON = "subsidy_person"
    AUTH = "subsidy_auth"
    WORKER = "subsidy_worker"


@attrs.frozen(kw_only=True)
class Actor:
    """Who acts, for whom, and from where: the audit trail keeps all of it.

    Attributes:
        role: the database role of the transaction.
        name: who it is, such as ``user/17`` or ``reconciler``.
        origin: from where, such as an address or ``queue``.
        employer_id: the tenant; rows of other employers do not exist for `Role.EMPLOYER`.
        person_id: the employee; rows of other people do not exist for `Role.PERSON`.
        registration_id: the registration session of who has no employer yet, for `Role.AUTH`.
    """

    role: Role
    name: str
    origin: str
    employer_id: int | None = None
    person_id: int | None = None
    registration_id: int | None = None


class EncodedJson(bytes):
    """JSON text that is already encoded: decisions repeat, and encoding each anew would be dear."""

    __slots__ = ()


def encode_json(value: object) -> EncodedJson:
    """Encode a value once, to be stored many times."""
    return EncodedJson(orjson.dumps(value))


# The binary form of jsonb is one version byte and the text; COPY takes only binary forms.
_JSONB_VERSION = b"\x01"


def _to_jsonb(value: object) -> bytes:
    return _JSONB_VERSION + (value if isinstance(value, EncodedJson) else encode_json(value))


def _from_jsonb(data: bytes) -> object:
    return orjson.loads(data[1:])


class DatabaseUnreachableError(SubsidyError, OSError):
    """No first connection could be made; the cause says why, and no part of the URL is repeated, for it holds a password."""

    def __init__(self, error: Exception) -> None:
        super().__init__(
            f"the database of SUBSIDY_DATABASE_URL cannot be used ({type(error).__name__}: {error}); start it, or correct "
            "the setting / 无法连接 SUBSIDY_DATABASE_URL 指定的数据库：请启动数据库，或更正该设置"
        )


@contextmanager
def _connecting() -> Iterator[None]:
    try:
        yield
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
        raise DatabaseUnreachableError(error) from error


async def _prepare(connection: Connection) -> None:
    await connection.set_type_codec(
        "jsonb", encoder=_to_jsonb, decoder=_from_jsonb, schema="pg_catalog", format="binary"
    )


def _session(application: str, lock_seconds_max: int = 0) -> dict[str, str]:
    return {
        "application_name": application,
        "timezone": "Asia/Shanghai",
        # No query of ours runs long enough to earn back its compilation, which takes 0.4 s of a roster's 0.6 s.
        "jit": "off",
        "lock_timeout": f"{lock_seconds_max}s",
        "idle_in_transaction_session_timeout": str(IDLE_IN_TRANSACTION_MS_MAX),
        # A machine that dies says no good-bye, and the server's own default is to believe in it for two hours.
        "tcp_keepalives_idle": "10",
        "tcp_keepalives_interval": "5",
        "tcp_keepalives_count": "3",
    }


async def connect(url: str, *, application: str = "subsidy") -> "asyncpg.Connection[asyncpg.Record]":
    """Open one connection with the store's codecs and time limits.

    Raises:
        DatabaseUnreachableError: there is none, or it does not let us in.
    """
    with _connecting():
        connection = await asyncpg.connect(
            url, timeout=CONNECT_SECONDS_MAX, command_timeout=QUERY_SECONDS_MAX, server_settings=_session(application)
        )
        await _prepare(connection)
    return connection


@asynccontextmanager
async def open_pool(
    url: str, *, application: str = "subsidy", connections_max: int = 8, lock_seconds_max: int = 0
) -> AsyncIterator[Pool]:
    """Open a pool of such connections, and close it at the end.

    Args:
        url: of the database.
        application: how the server's lists name these connections.
        connections_max: at once; more wait.
        lock_seconds_max: how long a statement waits for somebody else's lock; 0: as long as a query may take.

    Raises:
        DatabaseUnreachableError: not even the first connection could be made.
    """
    with _connecting():
        pool: Pool = await asyncpg.create_pool(
            url,
            min_size=1,
            max_size=connections_max,
            timeout=CONNECT_SECONDS_MAX,
            command_timeout=QUERY_SECONDS_MAX,
            server_settings=_session(application, lock_seconds_max),
            init=_prepare,
        )
    try:
        yield pool
    finally:
        try:
            await asyncio.wait_for(pool.close(), CONNECT_SECONDS_MAX)
        except TimeoutError:
            pool.terminate()


@asynccontextmanager
async def acting(connection: Connection, actor: Actor, *, reads_only: bool = False) -> AsyncIterator[None]:
    """Run one transaction as the actor's role and tenant; both end with it.

    The role and the tenant are local to the transaction, so that a pooled connection can never carry them to the next
    user, as a tenant set for the session would.

    Args:
        connection: outside any transaction.
        actor: who acts.
        reads_only: let PostgreSQL itself refuse every write.
    """
    async with connection.transaction(readonly=reads_only):
        await _step_in(connection, actor)
        yield


async def _step_in(connection: Connection, actor: Actor) -> None:
    await connection.execute(
        """
        SELECT set_config('role', $1, true),
               set_config('subsidy.employer_id', $2, true),
               set_config('subsidy.person_id', $3, true),
               set_config('subsidy.actor', $4, true),
               set_config('subsidy.origin', $5, true),
               set_config('subsidy.registration_id', $6, true)
        """,
        actor.role.value,
        "" if actor.employer_id is None else str(actor.employer_id),
        "" if actor.person_id is None else str(actor.person_id),
        actor.name,
        actor.origin,
        "" if actor.registration_id is None else str(actor.registration_id),
    )


@asynccontextmanager
async def looking_as(connection: Connection, role: Role) -> AsyncIterator[None]:
    """Look for a moment with another role's eyes, inside the actor's transaction, where a rule needs the whole fund.

    A savepoint is rolled back at the end, however it ends: the actor's own role comes back with it, and nothing that was
    written meanwhile stays.
    """
    savepoint = connection.transaction()
    await savepoint.start()
    try:
        await connection.execute("SELECT set_config('role', $1, true)", role.value)
        yield
    finally:
        await savepoint.rollback()


@asynccontextmanager
async def stepping_in_as(connection: Connection, role: Role) -> AsyncIterator[None]:
    """Do one step with another role's rights, inside the actor's transaction, where a fact is only that role's to write.

    Who acts stays who acts. The actor's own role comes back at the end: with the savepoint, if anything goes wrong.
    """
    async with connection.transaction():
        own = await connection.fetchval("SELECT current_setting('role')")
        await connection.execute("SELECT set_config('role', $1, true)", role.value)
        yield
        await connection.execute("SELECT set_config('role', $1, true)", own)


@asynccontextmanager
async def standing_in(connection: Connection, role: Role) -> AsyncIterator[None]:
    """Do something for a moment as another role, inside the actor's transaction and under the actor's name.

    For what two employers have agreed upon and neither may do alone. After an error the transaction is lost anyway.
    """
    own = await connection.fetchval("SELECT current_setting('role')")
    await connection.execute("SELECT set_config('role', $1, true)", role.value)
    yield
    await connection.execute("SELECT set_config('role', $1, true)", own)


@asynccontextmanager
async def working(pool: Pool, actor: Actor, *, reads_only: bool = False) -> AsyncIterator[Connection]:
    """Borrow a connection and run one transaction on it as the actor.

    Raises:
        TimeoutError: no connection was free for `ACQUIRE_SECONDS_MAX`.
    """
    async with (
        pool.acquire(timeout=ACQUIRE_SECONDS_MAX) as connection,
        connection.transaction(readonly=reads_only),
    ):
        await _step_in(connection, actor)
        yield connection
