"""Checking uploaded lists beside all requests: one list after the other, in parts, with the progress in its row.

The row is the work: whichever portal process has the time takes it, and one that dies is followed by another when its time
has run out. What is read and judged is written as the employer whose list it is, under row security.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Final

import attrs
import structlog
from aiohttp import web

from libsubsidy import Money, Violation
from services.ending import end
from services.portal import sentences
from services.portal.importing.judging import Judging, of_obstacles, rows_of
from services.portal.importing.layout import LAYOUT
from services.portal.portal import PORTAL, Portal
from services.spreadsheets.reading import SpreadsheetError, read_workbook
from services.store import import_checks, openings, persons_named
from services.store.database import Actor, Role, working
from services.store.import_checks import TakenImport
from services.store.outages import OUTAGES

PART_ROWS: Final = 500
POLL_SECONDS: Final = 5.0
# Two employers are served at once; a list that a small one uploads does not wait for a large one's.
AT_ONCE: Final = 2
# What has brought the process down so often is not tried again.
TRIES_MAX: Final = 3
_WORKER: Final = Actor(role=Role.WORKER, name="portal/imports", origin="portal")

log = structlog.get_logger()


class TakenOverError(Exception):
    """Another process has this list now."""


@attrs.define
class Checker:
    """Checks lists as long as its portal runs."""

    portal: Portal
    _woken: asyncio.Event = attrs.field(factory=asyncio.Event, init=False)
    # When the database does not answer, one connection waits for it, and not one for each list at once.
    _looking: asyncio.Lock = attrs.field(factory=asyncio.Lock, init=False)

    def wake(self) -> None:
        """Look for work at once; what another process has received is found by the next poll."""
        self._woken.set()

    async def run(self) -> None:
        """Check whatever comes, for ever."""
        while True:
            self._woken.clear()
            try:
                worked = await self.check_next()
            except OUTAGES as error:
                log.warning("no import checked", error=type(error).__name__)
                worked = False
            except Exception:
                # One list with which nobody has reckoned must not keep all others from being checked.
                log.exception("an import could not be checked")
                worked = False
            if not worked:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(POLL_SECONDS):
                        await self._woken.wait()

    async def check_next(self) -> bool:
        """Check one list; False when there is none."""
        async with self._looking, working(self.portal.pool, _WORKER) as connection:
            taken = await import_checks.take(connection)
        if taken is None:
            return False
        try:
            if taken.tries > TRIES_MAX:
                await self._refuse(taken, Violation.of("SPREADSHEET_TOO_MUCH"))
            else:
                await self._check(taken)
        except SpreadsheetError as error:
            await self._refuse(taken, error.violation)
        except TakenOverError:
            log.warning("import taken over", import_id=taken.id, tries=taken.tries)
        return True

    async def _check(self, taken: TakenImport) -> None:
        actor = _as_employer(taken)
        async with working(self.portal.pool, actor, reads_only=True) as connection:
            file = await import_checks.file_of(connection, taken)
            told = await persons_named.told(connection, taken.employer_id)
        if told > persons_named.PER_DAY_MAX:
            await self._refuse(taken, _named_too_many())
            return
        if file is not None:
            await self._read(taken, file)
        judging = Judging(self.portal.today)
        await self._judge(taken, judging)
        async with working(self.portal.pool, actor) as connection:
            broken = await openings.obstacles(connection, taken.employer_id, judging.people, judging.numbers)
        if named := persons_named.named_by(broken):
            async with working(self.portal.pool, actor) as connection:
                may_be_told = await persons_named.note(connection, taken.employer_id, named)
            if not may_be_told:
                await self._refuse(taken, _named_too_many())
                return
        judged = await asyncio.to_thread(of_obstacles, broken)
        async with working(self.portal.pool, actor) as connection:
            for first in range(0, len(judged), PART_ROWS):
                part = judged[first : first + PART_ROWS]
                _held(await import_checks.judge(connection, taken, part, rows_done=judging.rows))
            _held(await import_checks.finish(connection, taken, total=Money(fen=judging.total_fen)))

    async def _read(self, taken: TakenImport, file: bytes) -> None:
        sheet = await read_workbook(file, LAYOUT)
        rows = await asyncio.to_thread(rows_of, sheet)
        async with working(self.portal.pool, _as_employer(taken)) as connection:
            kept = await import_checks.keep_rows(
                connection, taken, rows=rows, letters=sheet.letters, advice=sheet.advice
            )
        _held(kept)

    async def _judge(self, taken: TakenImport, judging: Judging) -> None:
        actor, last = _as_employer(taken), 0
        while True:
            async with working(self.portal.pool, actor, reads_only=True) as connection:
                rows = await import_checks.unjudged(connection, taken, after=last, limit=PART_ROWS)
            if not rows:
                return
            judged = await asyncio.to_thread(judging.part, rows)
            last = rows[-1].number
            async with working(self.portal.pool, actor) as connection:
                _held(await import_checks.judge(connection, taken, judged, rows_done=judging.rows))

    async def _refuse(self, taken: TakenImport, why: Violation) -> None:
        async with working(self.portal.pool, _as_employer(taken)) as connection:
            await import_checks.refuse_file(connection, taken, [why])


def _as_employer(taken: TakenImport) -> Actor:
    return Actor(role=Role.EMPLOYER, name=taken.uploaded_by, origin="portal", employer_id=taken.employer_id)


def _held(held: bool) -> None:  # noqa: FBT001 - what a function of the store has answered.
    if not held:
        raise TakenOverError


def _named_too_many() -> Violation:
    return sentences.violation("PERSONS_NAMED_TOO_MANY", limit=persons_named.PER_DAY_MAX)


CHECKER: Final = web.AppKey("checker", Checker)


def set_up(app: web.Application) -> None:
    """Let an application check lists, as long as it runs."""
    app[CHECKER] = Checker(app[PORTAL])
    app.cleanup_ctx.append(_keep_checking)


async def _keep_checking(app: web.Application) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(app[CHECKER].run()) for _ in range(AT_ONCE)]
    yield
    for task in tasks:
        await end(task)
