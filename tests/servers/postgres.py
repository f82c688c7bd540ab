"""The PostgreSQL that the tests run against, and a database for each of them."""

import asyncio
import itertools
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
from attrs import field, frozen

from demo.embedded_postgres import EmbeddedPostgres
from demo.held_folder import HeldFolder, clear_abandoned

TEMPLATE = "migrated"
_MEMORY = Path("/dev/shm")  # noqa: S108 - the folder is made by mkdtemp
_MEMORY_BYTES_MIN = 4 << 30
_SCRATCH = "subsidy-tests-"


@contextmanager
def folder_in_memory() -> Iterator[Path | None]:
    """Make a folder for data that need not outlive the tests; None where the machine has no room for it in memory.

    A database for a test is a few hundred files: copied in memory it takes 20 ms, on a disk up to half a second.
    """
    if not _MEMORY.is_dir() or shutil.disk_usage(_MEMORY).free < _MEMORY_BYTES_MIN:
        yield None
        return
    clear_abandoned(_SCRATCH, "postgres", within=_MEMORY)
    held = HeldFolder.scratch(_SCRATCH, within=_MEMORY)
    try:
        yield held.path / "postgres"
    finally:
        held.remove()


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
