"""The database server of a run: our own, durable, and a fresh database for each repeat.

A given database is never measured on: figures fill, change and drop theirs.
"""

import asyncio
import itertools
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Self

import asyncpg

from demo.embedded_postgres import EmbeddedPostgres
from services.store.migrate import migrate

# What PostgreSQL's own log asks for under such a load ("checkpoints are occurring too frequently"): with its defaults of
# 128 MB and 1 GB most of what is measured is pages that are written out whole after each of thirty checkpoints.
SETTINGS = {"shared_buffers": "512MB", "max_wal_size": "4GB"}
_COPY_SECONDS_MAX = 600.0
_AT_REST_SECONDS = 0.05
# In /proc/PID/stat, counted from the field behind the parent's id: utime and stime, then cutime and cstime.
_OWN_TIMES = slice(9, 11)
_ENDED_CHILDRENS_TIMES = slice(11, 13)


class BenchServer:
    """A server with templates: each is filled once, and copied for every repeat that needs its data untouched."""

    def __init__(self, server: EmbeddedPostgres) -> None:
        self._server = server
        self._templates: dict[str, str] = {}
        self._numbers = itertools.count()

    @classmethod
    @asynccontextmanager
    async def started(cls) -> AsyncIterator[Self]:
        """Start a durable server and stop it at the end."""
        async with EmbeddedPostgres(settings=SETTINGS) as server:
            yield cls(server)

    async def describe(self) -> str:
        """Name the version and the settings that decide how fast a server is."""
        connection = await self._connect("postgres")
        try:
            names = ("server_version", "fsync", "synchronous_commit", "shared_buffers", "work_mem", "max_wal_size")
            values = [await connection.fetchval("SELECT current_setting($1)", name) for name in names]
        finally:
            await connection.close(timeout=10)
        return f"PostgreSQL {values[0]}, " + ", ".join(
            f"{name} {value}" for name, value in zip(names[1:], values[1:], strict=True)
        )

    async def cpu_seconds(self) -> float:
        """Return the processor time that all processes of the server have had since it started; 0 where /proc is not.

        On a machine that others use too it tells what a side costs better than the clock does.
        """
        # A process that ends while the others are looked at is missed, so the sum must be the same twice.
        earlier, now = -1.0, self._cpu_seconds()
        while now - earlier > _AT_REST_SECONDS:
            await asyncio.sleep(_AT_REST_SECONDS)
            earlier, now = now, self._cpu_seconds()
        return now

    def _cpu_seconds(self) -> float:
        main = self._server.process.pid
        ticks = 0
        for path in Path("/proc").glob("[0-9]*/stat"):
            try:
                pid, _, rest = path.read_text().partition(" ")
            except OSError:  # It has ended meanwhile, and counts as one of those that have.
                continue
            _, parent, *fields = rest.rpartition(")")[2].split()
            own, ended = fields[_OWN_TIMES], fields[_ENDED_CHILDRENS_TIMES]
            if int(pid) == main:
                ticks += sum(map(int, own + ended))
            elif int(parent) == main:
                ticks += sum(map(int, own))
        return ticks / os.sysconf("SC_CLK_TCK")

    async def template(self, key: str, fill: Callable[[str], Awaitable[None]]) -> str:
        """Return the name of the database that `fill` (called with its URL, once per key) has filled."""
        if key not in self._templates:
            name = f"template_{next(self._numbers)}"
            await self._command(f"CREATE DATABASE {name}")
            await migrate(self._server.url_of(name))
            await fill(self._server.url_of(name))
            self._templates[key] = name
        return self._templates[key]

    async def forget(self, key: str) -> None:
        """Drop a template that is no longer needed; the big ones take gigabytes."""
        await self._command(f"DROP DATABASE {self._templates.pop(key)} WITH (FORCE)")

    @asynccontextmanager
    async def copy_of(self, template: str) -> AsyncIterator[str]:
        """Give the URL of a fresh copy, written out to the disk, and drop it afterwards."""
        name = f"copy_{next(self._numbers)}"
        await self._command(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        try:
            # What the copy left to write must not fall into what is measured.
            await self._command("CHECKPOINT")
            yield self._server.url_of(name)
        finally:
            await self._command(f"DROP DATABASE {name} WITH (FORCE)")

    async def _connect(self, database: str) -> "asyncpg.Connection[asyncpg.Record]":
        return await asyncpg.connect(self._server.url_of(database), timeout=30, command_timeout=_COPY_SECONDS_MAX)

    async def _command(self, sql: str) -> None:
        connection = await self._connect("postgres")
        try:
            await connection.execute(sql)
        finally:
            await connection.close(timeout=10)
