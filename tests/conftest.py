"""The servers of the tests: real ones, started once, with a database and a virtual host of its own for each test."""

import itertools
import os
from collections.abc import AsyncIterator, Iterator

import asyncpg
import hypothesis
import pytest

from demo.embedded_postgres import EmbeddedPostgres
from demo.postgres_programs import Origin
from services.store.database import connect
from tests.servers.postgres import TestDatabases, folder_in_memory
from tests.servers.rabbitmq import RabbitNode

# The tests' own settings are read here and nowhere else.
POSTGRES = Origin(os.environ.get("SUBSIDY_TEST_POSTGRES", Origin.SYSTEM.value))  # noqa: TID251

# The same examples on every run, so that everybody sees the same failures; searching for new ones is a run of its own:
# --hypothesis-profile=thorough, and --hypothesis-seed to see the same again.
hypothesis.settings.register_profile("same", derandomize=True, deadline=None, database=None)
hypothesis.settings.register_profile("thorough", deadline=None, database=None, max_examples=2_000)
hypothesis.settings.load_profile("same")


@pytest.fixture(scope="session")
def postgres() -> Iterator[TestDatabases]:
    """The PostgreSQL server of this run, holding a migrated template database."""
    with folder_in_memory() as folder, EmbeddedPostgres(folder, prefer=POSTGRES, durable=False) as server:
        databases = TestDatabases(server)
        databases.migrate_template()
        yield databases


@pytest.fixture
async def database_url(postgres: TestDatabases) -> AsyncIterator[str]:
    """The URL of a fresh, migrated database, for its superuser."""
    name = await postgres.copy()
    yield postgres.url_of(name)
    await postgres.drop(name)


@pytest.fixture
async def db(database_url: str) -> "AsyncIterator[asyncpg.Connection[asyncpg.Record]]":
    """A connection to the test's own database, with the store's codecs."""
    connection = await connect(database_url)
    yield connection
    await connection.close(timeout=10)


@pytest.fixture(scope="session")
def broker() -> Iterator[RabbitNode]:
    """The RabbitMQ node of this run, which a test may kill and restart."""
    with RabbitNode() as node:
        yield node


@pytest.fixture
def broker_url(broker: RabbitNode) -> str:
    """The URL of the node's default virtual host, which all tests share."""
    return broker.url_of()


_vhosts = itertools.count()


@pytest.fixture
def vhost_url(broker: RabbitNode) -> Iterator[str]:
    """The URL of a fresh, empty virtual host."""
    name = f"test-{next(_vhosts)}"
    broker.add_vhost(name)
    yield broker.url_of(name)
    broker.delete_vhost(name)
