"""Handing in a very large order over HTTP: its time against writing nothing but its rows, and whom it keeps waiting."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from statistics import median
from typing import Any, ClassVar, Final, Self

import attrs

from bench import staff
from bench.figure import Limit, Note, ResultsDifferError, Row, Sense
from bench.http_client import Connection as HttpConnection
from bench.http_client import Request, connected
from bench.pairs import ratios, seconds, take_turns
from bench.server import BenchServer
from bench.server_process import free_port
from bench.staff import DRAFT_ID, EMPLOYER_ID, Staff
from bench.stalls import Probe, ProbedPortal, probed_portal
from services.portal.roles import PortalRole
from services.store.database import Actor, Connection, Role, acting, connect

LIMIT: Final = Limit(Sense.AT_MOST, 3.0)
STALL_LIMIT: Final = Limit(Sense.AT_MOST, 50)
_API: Final = "/api/v1"
_SECONDS_MAX: Final = 600.0
_LINES_PER_PAGE: Final = 1_000
_NEXT_MONTH: Final = "2020-02"
_MILLISECONDS: Final = 1_000
_OK: Final = frozenset({200, 201, 202})
_CLAIM: Final = "person_id, month, employer_id, order_id"
# What handing in writes; times and the number of the event are left out.
_WRITTEN: Final = {
    "claim": "SELECT person_id, month, employer_id, order_id FROM claim",
    "remittance_order": """
        SELECT id, employer_id, kind, state, total_fen, line_count, person_count, notice_id, remark, version,
               submitted_at IS NULL, decided_at IS NULL
        FROM remittance_order
    """,
    "audit_event": """
        SELECT actor, origin, employer_id, subject_kind, subject_id, from_state, to_state, reason FROM audit_event
        WHERE subject_kind <> 'user'
    """,
}

Written = dict[str, tuple[int, str]]
"""For each table: rows, and the sum of their hashes."""


@attrs.frozen
class Stall:
    """The longest stall of the portal's event loop in seconds, and that of a process which did nothing meanwhile.

    On a machine that others use too, the second says what part of the first is not the portal's.
    """

    portal: float
    idle: float

    def __str__(self) -> str:
        return f"{self.portal * _MILLISECONDS:.0f} ms (idle {self.idle * _MILLISECONDS:.0f} ms)"


@attrs.frozen(kw_only=True)
class Stalls:
    """The longest stalls of the portal's event loop, for each kind of request."""

    put: Stall
    submit: Stall
    approve: Stall
    sheet: Stall
    fill: Stall

    def __str__(self) -> str:
        return f"stalls: submit {self.submit}, PUT {self.put}, approval {self.approve}, sheet {self.sheet}, 全选 {self.fill}"


@attrs.frozen(kw_only=True)
class Handing:
    """One side of a pair: what it took, what it wrote, and how the portal's event loop fared."""

    seconds: float
    written: Written
    stalls: Stalls | None = None


@attrs.frozen
class BigSubmit:
    """Submit 20,000 lines over HTTP; the floor is COPY and INSERT … SELECT of its rows. And the event loop's stalls."""

    name: ClassVar[str] = "submit"

    lines: int = 20_000
    pairs: int = 7

    def quick(self) -> Self:
        """Take fewer repeats of the same size: what is promised is promised for that."""
        return attrs.evolve(self, pairs=3)

    async def measure(self, server: BenchServer, note: Note) -> list[Row]:
        """Measure; what both sides wrote is compared after every pair."""
        key = f"submit: {self.lines}"
        template = await server.template(key, self._fill)

        async def portal() -> Handing:
            async with server.copy_of(template) as url:
                handing = await self._over_http(url)
                note(f"{self.name}: portal {handing.seconds:.3f} s; {handing.stalls}")
                return handing

        async def floor() -> Handing:
            async with server.copy_of(template) as url:
                handing = await _floor(url)
                note(f"{self.name}: floor {handing.seconds:.3f} s")
                return handing

        pairs = await take_turns(portal, floor, self.pairs)
        await server.forget(key)
        prove_equal(pairs.ours, pairs.theirs, self.lines)
        return self._rows(pairs.ours, pairs.theirs)

    async def _fill(self, url: str) -> None:
        connection = await connect(url, application="subsidy bench")
        try:
            await staff.fill(connection, Staff(people=self.lines))
        finally:
            await connection.close(timeout=10)

    async def _over_http(self, url: str) -> Handing:
        settings = staff.settings_of(url, free_port())
        connection = await connect(url, application="subsidy bench")
        try:
            employer = await staff.log_in(connection, settings, PortalRole.EMPLOYER)
            reviewer = await staff.log_in(connection, settings, PortalRole.REVIEWER)
            async with (
                probed_portal(settings) as portal,
                Watch.kept(portal) as watch,
                connected(settings.http_port) as http,
            ):
                # What a process learns with its first requests is not what this is about.
                await asked(http, employer, "GET", f"/orders/{DRAFT_ID}")
                await asked(http, reviewer, "GET", "/applications")
                submit = encoded(employer, "POST", f"/orders/{DRAFT_ID}/submit", {"version": 1})
                await watch.take()
                started = time.perf_counter()
                submitted = answered(await http.ask(submit))
                took = time.perf_counter() - started
                of_submit = await watch.take()
                written = await written_in(connection)
                approve = encoded(
                    reviewer, "POST", f"/applications/order-{DRAFT_ID}/approve", {"version": submitted["version"]}
                )
                await watch.take()
                answered(await http.ask(approve))
                of_approve = await watch.take()
                draft, of_put = await self._put_pages(http, employer, watch)
                of_sheet, of_fill = await self._open_sheet(http, employer, watch, draft)
        finally:
            await connection.close(timeout=10)
        stalls = Stalls(put=of_put, submit=of_submit, approve=of_approve, sheet=of_sheet, fill=of_fill)
        return Handing(seconds=took, written=written, stalls=stalls)

    async def _open_sheet(
        self, http: HttpConnection, employer: Mapping[str, str], watch: "Watch", draft: Mapping[str, Any]
    ) -> tuple[Stall, Stall]:
        path = f"/orders/{draft['id']}"
        await watch.take()
        sheet = await asked(http, employer, "GET", f"{path}/sheet")
        of_sheet = await watch.take()
        if len(sheet["employee_ids"]) != self.lines:
            raise ResultsDifferError(f"{len(sheet['employee_ids'])} rows are in the sheet")
        emptied = await asked(http, employer, "POST", f"{path}/fill", {"version": draft["version"], "chosen": "none"})
        await watch.take()
        filled = await asked(http, employer, "POST", f"{path}/fill", {"version": emptied["version"], "chosen": "all"})
        of_fill = await watch.take()
        if filled["line_count"] != self.lines:
            raise ResultsDifferError(f"{filled['line_count']} lines were filled in")
        return of_sheet, of_fill

    async def _put_pages(
        self, http: HttpConnection, employer: Mapping[str, str], watch: "Watch"
    ) -> tuple[Mapping[str, Any], Stall]:
        new = {"kind": "regular", "months": {"first": _NEXT_MONTH, "last": _NEXT_MONTH}}
        order = await asked(http, employer, "POST", "/orders", new)
        path = f"/orders/{order['id']}/lines"
        pages = [
            encoded(employer, "PUT", path, {"version": order["version"] + number, "lines": lines})
            for number, lines in enumerate(self._pages())
        ]
        await watch.take()
        for page in pages:
            order = answered(await http.ask(page))
        longest = await watch.take()
        if order["line_count"] != self.lines:
            raise ResultsDifferError(f"{order['line_count']} lines were written")
        return order, longest

    def _pages(self) -> Iterator[list[dict[str, str]]]:
        """Give the amounts of everybody, typed and not those of the file."""
        for start in range(1, self.lines + 1, _LINES_PER_PAGE):
            people = range(start, min(start + _LINES_PER_PAGE, self.lines + 1))
            yield [{"employee_id": str(person), "amount": "512.00"} for person in people]

    def _rows(self, ours: Sequence[Handing], theirs: Sequence[Handing]) -> list[Row]:
        took = tuple(each.seconds for each in ours)
        floor_took = tuple(each.seconds for each in theirs)
        stalls = [each.stalls for each in ours if each.stalls is not None]
        rows = [
            Row(
                figure=self.name,
                what=f"submit of {self.lines:,} lines over HTTP, judged, claimed and answered",
                compared_with="floor: COPY + INSERT … SELECT of its rows",
                values=ratios(took, floor_took),
                limit=LIMIT,
                detail=f"{seconds(took)} : {seconds(floor_took)}; {len(ours[0].written)} tables equal",
            )
        ]
        pages = -(-self.lines // _LINES_PER_PAGE)
        for what, longest in (
            (f"submit of {self.lines:,} lines", [each.submit for each in stalls]),
            (f"PUT of {self.lines:,} lines in {pages} pages", [each.put for each in stalls]),
            (f"approval of {self.lines:,} lines", [each.approve for each in stalls]),
            (f"sheet of {self.lines:,} rows", [each.sheet for each in stalls]),
            (f"{self.lines:,} rows ticked by one call", [each.fill for each in stalls]),
        ):
            idle = tuple(each.idle * _MILLISECONDS for each in longest)
            rows.append(
                Row(
                    figure=self.name,
                    what=f"{what}: longest stall of the portal's event loop",
                    compared_with="a task that asks for its turn every 2 ms",
                    values=tuple(each.portal * _MILLISECONDS for each in longest),
                    limit=STALL_LIMIT,
                    unit="ms",
                    detail=f"in a process that did nothing meanwhile {median(idle):.0f} ms, {min(idle):.0f}–{max(idle):.0f}",
                )
            )
        return rows


class Watch:
    """Two probes: the one in the portal's process, and one in this process, which does nothing while it waits."""

    def __init__(self, portal: ProbedPortal) -> None:
        self._portal = portal
        self._idle = Probe()

    @classmethod
    @asynccontextmanager
    async def kept(cls, portal: ProbedPortal) -> AsyncIterator[Self]:
        """Watch for the length of a block."""
        watch = cls(portal)
        task = asyncio.create_task(watch._idle.run())
        try:
            yield watch
        finally:
            task.cancel()

    async def take(self) -> Stall:
        """Return the longest stalls since the last time."""
        idle = self._idle.take()
        longest = Stall(portal=await self._portal.longest_stall(), idle=idle)
        self._idle.take()
        return longest


def encoded(headers: Mapping[str, str], method: str, path: str, body: object = None) -> bytes:
    """Give a request of the API as bytes."""
    content = b"" if body is None else json.dumps(body).encode()
    return Request(method=method, target=_API + path, headers=headers, body=content).encode()


def answered(answer: Any) -> Any:  # noqa: ANN401 -- JSON.
    """Read an answer that must be a success.

    Raises:
        ResultsDifferError: it was refused, so that nothing was measured.
    """
    if answer.status not in _OK:
        raise ResultsDifferError(f"{answer.head!r} {answer.body[:1_000].decode()}")
    return json.loads(answer.body)


async def asked(http: HttpConnection, headers: Mapping[str, str], method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 -- JSON.
    """Ask something that must succeed, and read the answer."""
    return answered(await http.ask(encoded(headers, method, path, body)))


async def _floor(url: str) -> Handing:
    connection = await connect(url, application="subsidy bench")
    try:
        settings = staff.settings_of(url, free_port())
        await staff.log_in(connection, settings, PortalRole.EMPLOYER)
        user_id = await connection.fetchval("SELECT id FROM portal_user WHERE role = 'employer'")
        actor = Actor(role=Role.EMPLOYER, name=f"user/{user_id}", origin="127.0.0.1", employer_id=EMPLOYER_ID)
        return Handing(seconds=await write_rows(connection, actor), written=await written_in(connection))
    finally:
        await connection.close(timeout=10)


async def write_rows(connection: Connection, actor: Actor) -> float:
    """Write the rows of a submitted order and return the seconds from BEGIN to the end of COMMIT."""
    rows = [
        tuple(row)
        for row in await connection.fetch(
            "SELECT person_id, month, employer_id, order_id FROM order_line WHERE order_id = $1", DRAFT_ID
        )
    ]
    started = time.perf_counter()
    async with acting(connection, actor):
        await connection.execute(f"CREATE TEMP TABLE wanted ON COMMIT DROP AS SELECT {_CLAIM} FROM claim WITH NO DATA")
        await connection.copy_records_to_table("wanted", records=rows, timeout=_SECONDS_MAX)
        await connection.execute(f"INSERT INTO claim ({_CLAIM}) SELECT * FROM wanted", timeout=_SECONDS_MAX)
        await connection.execute(
            """
            WITH moved AS (
                UPDATE remittance_order SET state = 'submitted', version = version + 1, submitted_at = now()
                WHERE id = $1 RETURNING employer_id, id)
            INSERT INTO audit_event (employer_id, subject_kind, subject_id, from_state, to_state)
            SELECT employer_id, 'order', id, 'draft', 'submitted' FROM moved
            """,
            DRAFT_ID,
        )
    return time.perf_counter() - started


async def written_in(connection: Connection) -> Written:
    """Sum up the tables that handing in writes to."""
    found: Written = {}
    for table, rows in _WRITTEN.items():
        row = await connection.fetchrow(
            f"SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)), 0)::text FROM ({rows}) t",
            timeout=_SECONDS_MAX,
        )
        assert row is not None  # noqa: S101 -- an aggregate always gives one row.
        found[table] = row[0], row[1]
    return found


def prove_equal(ours: Sequence[Handing], theirs: Sequence[Handing], lines: int) -> None:
    """Prove that both sides wrote the same, every time, and all of it.

    Raises:
        ResultsDifferError: they did not.
    """
    first = ours[0].written
    for other in (*ours, *theirs):
        if differing := [table for table in first if first[table] != other.written[table]]:
            raise ResultsDifferError(f"portal and floor differ in {', '.join(differing)}: {first} and {other.written}")
    if first["claim"][0] != lines:
        raise ResultsDifferError(f"{first['claim'][0]:,} months were claimed")
