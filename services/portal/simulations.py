"""What would become of a file, without sending it in: asked here, answered by the reconciler, forgotten after a day."""

import hashlib
from datetime import datetime
from enum import Enum
from http import HTTPStatus
from typing import Final

import attrs

from libsubsidy import Direction, Money
from services.portal.calls import Call
from services.portal.cursors import Page, PageQuery, page_of
from services.portal.decisions import FindingView, finding_view
from services.portal.endpoints import Endpoints, Streamed
from services.portal.incoming_files import BODY_BYTES_MAX, UPLOAD_SECONDS_MAX, FileQuery, IncomingFile, incoming_file
from services.portal.repetition import idempotency_key
from services.portal.roles import AUDITORS, FINANCE, Roles
from services.portal.statement_views import (
    ContentsView,
    OutcomeView,
    SimulatedLineView,
    contents_view,
    simulated_line_view,
)
from services.portal.wire import Id
from services.store import saved_answers, uploads
from services.store import simulations as store
from services.store.database import Connection
from services.store.saved_answers import SavedAnswer
from services.store.simulations import Simulation

READERS: Final[Roles] = FINANCE | AUDITORS

simulations = Endpoints(tag="试算 simulations")


class SimulationState(Enum):
    """How far a simulation is."""

    WAITING = "waiting"
    DONE = "done"
    REFUSED = "refused"


class Fate(Enum):
    """What would become of a file as a whole."""

    MATCHED = "matched"
    HELD = "held"
    WAITS = "waits"
    REFUSED = "refused"


@attrs.frozen(kw_only=True)
class SimulationSummary:
    """What would become of the file if a machine delivered it now.

    Attributes:
        fate: matched, held (until another person releases it), waits (until the statement before it has come), refused.
        statement_id: the statement that has these very bytes already; null when they never came from this source.
        contents: what the file says of itself.
        new_lines: lines that the account does not have yet.
        outcomes: all lines by what would become of them.
        lines_kept: how many of the first lines can be looked at.
    """

    fate: Fate
    statement_id: Id | None
    contents: ContentsView
    new_lines: int
    outcomes: tuple[OutcomeView, ...]
    lines_kept: int


@attrs.frozen(kw_only=True)
class SimulationView:
    """A simulation.

    Attributes:
        source: name of the bank profile.
        asked_by: such as ``user/17``.
        state: waiting, done, or refused when the file cannot be read.
        findings: why it cannot be read, or why it would be refused or held.
        summary: null unless it is done.
        answered_at: null while it waits.
    """

    id: Id
    source: str
    filename: str
    asked_by: str
    asked_at: datetime
    state: SimulationState
    findings: tuple[FindingView, ...]
    summary: SimulationSummary | None
    answered_at: datetime | None


@attrs.frozen(kw_only=True)
class SimulatedLinesQuery(PageQuery):
    """Which lines.

    Attributes:
        disposition: only those that would be settled, refund, hold or other, or are known.
        reason: only those with this reason, such as ``MEMO_MALFORMED``.
    """

    disposition: str | None = None
    reason: str | None = None


@simulations.post(
    "/statements/simulate",
    who=FINANCE,
    scope="statements:write",
    status=HTTPStatus.ACCEPTED,
    location="/simulations/{id}",
    body_bytes_max=BODY_BYTES_MAX,
    seconds_max=UPLOAD_SECONDS_MAX,
    creates=True,
    takes_form=True,
)
async def simulate(call: Call, body: Streamed, query: FileQuery) -> SimulationView:
    """Ask what would become of a file, sent as to ``POST /statements``; nothing of it reaches the books.

    The reconciler answers in the background: ask for the simulation again until it is done.

    Raises:
        SIMULATIONS_WAITING: five of yours are not answered yet.
    """
    key = idempotency_key(call.request)
    if key is None:
        # Before anything is sent; under a key it may be a repetition, which may always be sent.
        async with call.working(reads_only=True) as connection:
            await store.refuse_when_many_wait(connection)
    async with incoming_file(call, body, query) as file, call.working() as connection:
        if key is None:
            return _view(await store.ask(connection, file.upload.id, source=file.source, filename=file.filename))
        return _view(await _ask_once(connection, key, file))


async def _ask_once(connection: Connection, key: str, file: IncomingFile) -> Simulation:
    """Ask, or give what was asked under this key with the same file."""
    upload = file.upload
    request_hash = hashlib.sha256(b"simulate" + upload.sha256 + file.source.encode()).digest()
    answered = await saved_answers.find(connection, key, request_hash)
    if answered is not None:
        await uploads.drop(connection, upload.id)
        return await store.get(connection, int(answered.location))
    asked = await store.ask(connection, upload.id, source=file.source, filename=file.filename)
    answer = SavedAnswer(status=HTTPStatus.ACCEPTED, location=str(asked.id), body=b"")
    await saved_answers.save(connection, key, request_hash, answer)
    return asked


@simulations.get("/simulations/{simulation_id}", who=READERS, scope="statements:read")
async def get_simulation(call: Call, simulation_id: int) -> SimulationView:
    """Show a simulation; it is forgotten after a day."""
    return _view(await store.get(call.connection, simulation_id))


@simulations.get("/simulations/{simulation_id}/lines", who=READERS, scope="statements:read")
async def list_lines(call: Call, simulation_id: int, query: SimulatedLinesQuery) -> Page[SimulatedLineView]:
    """List the first 10,000 lines of a simulated file, in its order; none while it waits."""
    await store.get(call.connection, simulation_id)
    after = query.after_id()
    found = await store.lines(
        call.connection,
        simulation_id,
        after=None if after is None else min(after, 2**31 - 1),
        disposition=query.disposition,
        reason=query.reason,
        limit=query.limit + 1,
    )
    return page_of(found, query, simulated_line_view, lambda line: (line.ordinal,))


def _view(simulation: Simulation) -> SimulationView:
    return SimulationView(
        id=Id(simulation.id),
        source=simulation.source,
        filename=simulation.filename,
        asked_by=simulation.asked_by,
        asked_at=simulation.asked_at,
        state=SimulationState(simulation.state),
        findings=tuple(finding_view(found) for found in simulation.findings),
        summary=_summary(simulation),
        answered_at=simulation.answered_at,
    )


def _summary(simulation: Simulation) -> SimulationSummary | None:
    summary = simulation.summary
    if summary is None:
        return None
    statement_id = summary["statement_id"]
    return SimulationSummary(
        fate=Fate(summary["fate"]),
        statement_id=None if statement_id is None else Id(statement_id),
        contents=contents_view(summary["facts"]),
        new_lines=summary["new_lines"],
        outcomes=tuple(
            OutcomeView(
                disposition=group["disposition"],
                reason=group["reason"],
                direction=Direction(group["direction"]),
                currency=group["currency"],
                lines=group["lines"],
                total=Money(fen=group["fen"]),
            )
            for group in summary["groups"]
        ),
        lines_kept=summary["lines_kept"],
    )
