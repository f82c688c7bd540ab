"""Statement files by HTTP: sent in, looked at, released by another person, tried again.

The portal stores a file, and the reconciler reads it: what becomes of it is told by its state.
"""

from datetime import date
from http import HTTPStatus
from typing import Final

import attrs

from services.portal.calls import Call
from services.portal.cursors import CursorKey, Page, PageQuery, page_of
from services.portal.endpoints import Answer, Endpoints, Streamed
from services.portal.incoming_files import BODY_BYTES_MAX, UPLOAD_SECONDS_MAX, FileQuery, incoming_file
from services.portal.problems import Problem
from services.portal.repetition import idempotency_key
from services.portal.roles import AUDITORS, FINANCE, Roles
from services.portal.statement_views import (
    StatementDetail,
    StatementLineView,
    StatementView,
    line_view,
    statement_detail,
    statement_view,
)
from services.store import releases, statement_lists
from services.store.statement_lists import ListedLine, StatementState
from services.store.statements import receive_upload

READERS: Final[Roles] = FINANCE | AUDITORS
# Counting the lines of the largest file takes seconds.
_SECONDS_MAX: Final = 60.0

statements = Endpoints(tag="对账单 statements")


@attrs.frozen(kw_only=True)
class StatementsQuery(PageQuery):
    """Which statements.

    Attributes:
        state: only those in this state.
        account: only those of the account with this number.
    """

    state: StatementState | None = None
    account: str | None = None


@attrs.frozen(kw_only=True)
class LinesQuery(PageQuery):
    """Which lines; those of a statement that is not proven yet are not decided, and not filtered.

    Attributes:
        disposition: only those that are settled, refund, hold or other.
        reason: only those with this reason, such as ``MEMO_MALFORMED``.
    """

    disposition: str | None = None
    reason: str | None = None


@attrs.frozen(kw_only=True)
class StatementRelease:
    """A release.

    Attributes:
        version: of the statement as it was seen.
        note: why it may go on; whoever asks later reads it.
    """

    version: int
    note: str


@attrs.frozen(kw_only=True)
class StatementRetry:
    """Another try.

    Attributes:
        note: what was mended since.
    """

    note: str


@statements.post(
    "/statements",
    who=FINANCE,
    scope="statements:write",
    status=HTTPStatus.CREATED,
    location="/statements/{id}",
    body_bytes_max=BODY_BYTES_MAX,
    seconds_max=UPLOAD_SECONDS_MAX,
    also=(HTTPStatus.OK,),
    creates=True,
    takes_form=True,
)
async def send_in(call: Call, body: Streamed, query: FileQuery) -> Answer[StatementView]:
    """Send a statement file in, as the body itself or as the part ``file`` of a form.

    The same file sent twice is one statement, and the second answer (200) gives it as it is now. The Idempotency-Key is
    the message id: used again with another file of the same source, it is refused (409). By policy another person
    releases what a person sent in.
    """
    key = idempotency_key(call.request)
    async with incoming_file(call, body, query) as file, call.working() as connection:
        received = await receive_upload(
            connection,
            file.upload,
            source=file.source,
            # In a room of its own: nobody's key may take the place of the bank's message, or of somebody else's.
            message_id=None if key is None else f"{call.identity.actor_name}/{key}",
            filename=file.filename,
            received_from="portal",
            uploaded_by=call.identity.actor_name,
        )
        statement = await statement_lists.get(connection, received.statement_id)
    return Answer(value=statement_view(statement), status=None if received.new else HTTPStatus.OK)


@statements.get("/statements", who=READERS, scope="statements:read")
async def list_statements(call: Call, query: StatementsQuery) -> Page[StatementView]:
    """List statements, the newest first."""
    found = await statement_lists.newest(
        call.connection,
        state=query.state,
        account=query.account,
        before=query.after_id(),
        limit=query.limit + 1,
    )
    return page_of(found, query, statement_view, lambda each: (each.id,))


@statements.get("/statements/{statement_id}", who=READERS, scope="statements:read", seconds_max=_SECONDS_MAX)
async def get_statement(call: Call, statement_id: int) -> StatementDetail:
    """Show one statement, with its lines counted and summed by what became of them."""
    statement = await statement_lists.get(call.connection, statement_id)
    return statement_detail(statement, await statement_lists.outcomes(call.connection, statement_id))


@statements.get("/statements/{statement_id}/lines", who=READERS, scope="statements:read", seconds_max=_SECONDS_MAX)
async def list_lines(call: Call, statement_id: int, query: LinesQuery) -> Page[StatementLineView]:
    """List the lines that a statement brought, or, while it is read or held, those that stand in its file."""
    statement = await statement_lists.get(call.connection, statement_id)
    limit = query.limit + 1
    if statement.state in {StatementState.STAGED, StatementState.HELD}:
        place = _place(query.after(str, int))
        found = await statement_lists.staged_lines(call.connection, statement_id, after=place, limit=limit)
        return page_of(found, query, line_view, _staged_key)
    found = await statement_lists.decided_lines(
        call.connection,
        statement_id,
        after=query.after_id(),
        disposition=query.disposition,
        reason=query.reason,
        limit=limit,
    )
    return page_of(found, query, line_view, lambda line: (line.id or 0,))


def _staged_key(line: ListedLine) -> CursorKey:
    return line.booked.isoformat(), line.ordinal


def _place(key: CursorKey | None) -> tuple[date, int] | None:
    if key is None:
        return None
    try:
        return date.fromisoformat(str(key[0])), min(int(key[1]), 2**31 - 1)
    except ValueError:
        raise Problem.of(HTTPStatus.BAD_REQUEST, "CURSOR_WRONG") from None


@statements.post("/statements/{statement_id}/release", who=FINANCE)
async def release(call: Call, statement_id: int, body: StatementRelease) -> StatementView:
    """Let a held statement through; whoever sent it in cannot. People only: a token is no second person.

    Raises:
        STATEMENT_NOT_HELD: it needs no release.
        SECOND_PERSON_NEEDED: you sent it in yourself.
        STALE_VERSION: the reconciler has looked at it again since.
    """
    await statement_lists.get(call.connection, statement_id)
    await releases.release(
        call.connection,
        statement_id,
        by=call.identity.actor_name,
        note=body.note,
        version_seen=body.version,
    )
    return statement_view(await statement_lists.get(call.connection, statement_id))


@statements.post("/statements/{statement_id}/retry", who=FINANCE, scope="statements:write")
async def retry(call: Call, statement_id: int, body: StatementRetry) -> StatementView:
    """Let a refused file be read again from the start, after what refused it was mended.

    Raises:
        STATEMENT_NOT_REFUSED: it is under way, held or done.
    """
    await statement_lists.get(call.connection, statement_id)
    await releases.retry(call.connection, statement_id, by=call.identity.actor_name, note=body.note)
    return statement_view(await statement_lists.get(call.connection, statement_id))
