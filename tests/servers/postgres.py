"""The PostgreSQL that the tests run against, and a database for each of them."""

import asyncio
import itertools

import asyncpg
from attrs import field, frozen

from demo.embedded_postgres import EmbeddedPostgres

TEMPLATE = "migrated"


@frozen
class TestDatabases:
    """Gives every test a database of its own, copied from one that was migrated once."""

    __test__ = False  # Not a class of tests.

    server: EmbeddedPostgres
    _numbers: "itertools.count[int]" = field(factory=itertools.count, init=False)

    def url_of(self, database: str) -> str:
        """Return the URL of one of the server's databases, for its superuser."""
        return self.server.url_of(database)

    def migrate_template(self) -> None:
        """Make the database that the others are copies of."""
        from services.store.migrate import migrate  # noqa: PLC0415 - tests without a database need no store

        asyncio.run(self.command(f"CREATE DATABASE {TEMPLATE}"))
        asyncio.run(migrate(self.url_of(TEMPLATE)))

    async def copy(self) -> str:
        """Make a migrated database and return its name."""
        name = f"test_{next(self._numbers)}"
        await self.command(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY file_copy")
        return name

    async def drop(self, name: str) -> None:
        """Remove a database, whoever is still connected to it."""
        await self.command(f"DROP DATABASE {name} WITH (FORCE)")

    async def command(self, sql: str) -> None:
        """Run one command outside any transaction."""
        connection = await asyncpg.connect(self.url_of("postgres"), timeout=30, command_timeout=60)
        try:
            await connection.execute(sql)
        finally:
            await connection.close()
