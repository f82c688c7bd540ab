"""Running the reconciler beside the demonstration, and watching how far it is."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Final

import attrs
import structlog

from demo.orders import BUREAU
from services.reconciler import app
from services.reconciler.settings import Settings
from services.settings import Count, PostgresUrl
from services.store.database import Pool, working

# Small transactions, so that a bar moves.
_BATCH_LINES: Final = Count(100)
_LOOK_SECONDS: Final = 0.05
_STATEMENT_SECONDS_MAX: Final = 60.0
_STATES: Final[Mapping[str, str]] = {
    "received": "已收到 received",
    "staged": "已读入 read",
    "held": "待人工放行 held until a person releases it",
    "proven": "已核对，正在匹配 proven, being matched",
    "reconciled": "已对账 reconciled",
    "refused": "已拒收 refused",
}


@attrs.frozen(kw_only=True)
class Place:
    """How far a statement is.

    Attributes:
        findings: what was found wrong with it as a whole, Chinese then English.
    """

    filename: str
    state: str
    matched_lines: int
    findings: tuple[str, ...]

    @property
    def words(self) -> str:
        """The state, Chinese then English."""
        return _STATES[self.state]

    @property
    def ended(self) -> bool:
        """Whether the reconciler has done what it can by itself."""
        return self.state in {"reconciled", "held", "refused"}


@contextlib.asynccontextmanager
async def reconciler(url: str, log: Path) -> AsyncIterator[None]:
    """Run the reconciler as its own command would, without a broker; its log goes to a file."""
    settings = Settings(database_url=PostgresUrl(url), batch_lines=_BATCH_LINES)
    with log.open("w", encoding="utf-8") as file:
        structlog.configure(
            logger_factory=structlog.PrintLoggerFactory(file),
            processors=[
                structlog.processors.TimeStamper(fmt="iso"),
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(),
            ],
        )
        stop = asyncio.Event()
        running = asyncio.create_task(app.run(settings, stop))
        try:
            yield
        finally:
            stop.set()
            await running  # Its own error, if it had one, says more than that of whoever waited for it in vain.


async def follow(pool: Pool, statement_id: int) -> AsyncIterator[Place]:
    """Give the place of a statement again and again until the reconciler is through with it.

    Raises:
        TimeoutError: after a minute.
    """
    deadline = asyncio.get_running_loop().time() + _STATEMENT_SECONDS_MAX
    while True:
        place = await place_of(pool, statement_id)
        yield place
        if place.ended:
            return
        if asyncio.get_running_loop().time() > deadline:
            raise TimeoutError(f"{place.filename} is still {place.state} after {_STATEMENT_SECONDS_MAX:.0f} s")
        await asyncio.sleep(_LOOK_SECONDS)


async def place_of(pool: Pool, statement_id: int) -> Place:
    """Say how far a statement is."""
    async with working(pool, BUREAU) as connection:
        row = await connection.fetchrow(
            "SELECT filename, state, matched_lines, findings FROM statement WHERE id = $1", statement_id
        )
    assert row is not None  # noqa: S101 -- statements are never deleted.
    findings = (text for finding in row["findings"] for text in (finding["zh"], finding["en"]))
    return Place(
        filename=row["filename"], state=row["state"], matched_lines=row["matched_lines"], findings=tuple(findings)
    )


async def statements_after(pool: Pool, statement_id: int) -> list[int]:
    """Give the statements that came after one."""
    async with working(pool, BUREAU) as connection:
        rows = await connection.fetch("SELECT id FROM statement WHERE id > $1 ORDER BY id", statement_id)
    return [row["id"] for row in rows]
