"""Bring a database to today's schema: each migration once, in order, under one lock."""

import hashlib
from pathlib import Path

import attrs

from libsubsidy.errors import SubsidyError
from services.store.database import Connection, connect

MIGRATIONS = Path(__file__).parent / "migrations"
SCHEMA = Path(__file__).parent / "schema.sql"
# Any number will do, so long as every process that migrates takes the same.
_LOCK = 75_256
_MIGRATE_SECONDS_MAX = 600.0


@attrs.define
class MigrationChangedError(SubsidyError):
    """A migration that was applied here has another text now: migrations are only ever added."""

    name: str

    def __str__(self) -> str:
        """Name the file and the way out."""
        return (
            f"migration {self.name} was applied to this database with another text; "
            "restore that file and put the change into a new migration / 已执行的迁移脚本被改动，请恢复原文件并新增迁移"
        )


async def migrate(url: str) -> tuple[str, ...]:
    """Apply what is missing and return the names applied, none when the database is of today."""
    connection = await connect(url, application="subsidy migrate")
    try:
        return await apply_missing(connection)
    finally:
        await connection.close(timeout=10)


async def apply_missing(connection: Connection) -> tuple[str, ...]:
    """Apply the missing migrations on this connection, all in one transaction: all of them or none."""
    applied: list[str] = []
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK, timeout=_MIGRATE_SECONDS_MAX)
        await connection.execute(
            """
            CREATE TABLE IF NOT EXISTS migration (
                name text PRIMARY KEY, sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())
            """
        )
        # Which migrations a database has is no secret, and every service asks before it says that it can work.
        await connection.execute("GRANT SELECT ON migration TO PUBLIC")
        known = {row["name"]: row["sha256"] for row in await connection.fetch("SELECT name, sha256 FROM migration")}
        for path in _migrations():
            text = path.read_text(encoding="utf-8")
            digest = hashlib.sha256(text.encode()).hexdigest()
            if path.stem in known:
                if known[path.stem] != digest:
                    raise MigrationChangedError(path.stem)
                continue
            await connection.execute(text, timeout=_MIGRATE_SECONDS_MAX)
            await connection.execute("INSERT INTO migration (name, sha256) VALUES ($1, $2)", path.stem, digest)
            applied.append(path.stem)
    return tuple(applied)


async def missing_migrations(connection: Connection) -> tuple[str, ...]:
    """Name the migrations that this database has not had, none when it is of today.

    Raises:
        asyncpg.UndefinedTableError: it has had none.
    """
    known = {row["name"] for row in await connection.fetch("SELECT name FROM migration")}
    return tuple(path.stem for path in _migrations() if path.stem not in known)


def _migrations() -> list[Path]:
    return sorted(MIGRATIONS.glob("[0-9][0-9][0-9][0-9]_*.sql"))
