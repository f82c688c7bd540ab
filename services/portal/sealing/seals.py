"""The calls of 批量封存/启封: try a list of changes, hand it in whole, look at what was handed in (F61-F65, D-9).

Each row carries the state that was shown when the person was chosen; the target is its opposite. A row without an effective
month or a reason of its own has those of the list.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import attrs

from libsubsidy import EmploymentState, Month, SealRow, Violation
from services.portal import wire
from services.portal.calls import Call
from services.portal.cursors import Page, PageQuery, page_of
from services.portal.endpoints import Answer, Endpoints
from services.portal.roles import EMPLOYERS
from services.portal.wire import Id
from services.store import seals as store
from services.store.employee_lists import STATES_ZH
from services.store.long_work import off_loop
from services.store.refusals import VIOLATIONS_TOLD_MAX
from services.store.seals import JudgedSeal, SealBatch, SealedRow, WantedSeal

seals = Endpoints(tag="封存启封 seals")

# Twenty thousand rows, a few hundred of them with words of their own.
_LIST_BYTES_MAX: Final = 2 * 1024 * 1024
_SECONDS_MAX: Final = 60.0


@attrs.frozen(kw_only=True)
class SealWanted:
    """One row of the list of changes.

    Attributes:
        employee_id: of the person.
        expected: the state that was shown when the person was chosen: active or sealed; the target is the other one.
        effective: the month from which it counts, if not the list's.
        reason: why, if not the list's.
    """

    employee_id: Id
    expected: EmploymentState
    effective: Month | None = None
    reason: str | None = None


@attrs.frozen(kw_only=True)
class SealList:
    """待变更列表: who is to be sealed or unsealed, at most 50,000 rows.

    Attributes:
        effective: 生效月份 of the rows that have none of their own.
        reason: 原因 of the rows that have none of their own; at most 500 characters.
    """

    rows: tuple[SealWanted, ...]
    effective: Month
    reason: str = ""


@attrs.frozen(kw_only=True)
class Told:
    """Something to be said about a row."""

    code: str
    zh: str
    en: str


@attrs.frozen(kw_only=True)
class SealRowTold:
    """A row about which there is something to say.

    Attributes:
        row: counted from 1.
        broken: everything that keeps the list from being handed in.
        advice: what to know before; it keeps nothing back.
    """

    row: int
    employee_id: Id
    broken: tuple[Told, ...]
    advice: tuple[Told, ...]


@attrs.frozen(kw_only=True)
class SealPreview:
    """What a list would do.

    Attributes:
        sealed: how many would be sealed.
        unsealed: how many would be unsealed.
        broken: how many rows keep the list from being handed in.
        advised: how many rows have something to know before.
        rows: the first 500 rows about which there is something to say, the broken ones first.
    """

    sealed: int
    unsealed: int
    broken: int
    advised: int
    rows: tuple[SealRowTold, ...]


@attrs.frozen(kw_only=True)
class SealBatchView:
    """A list that was handed in.

    Attributes:
        sealed: how many were sealed.
        unsealed: how many were unsealed.
        who: who handed it in.
    """

    id: Id
    sealed: int
    unsealed: int
    who: str
    made_at: datetime


@attrs.frozen(kw_only=True)
class SealedRowView:
    """A row of a list that was handed in.

    Attributes:
        id_number: with stars instead of the day of birth.
        state: the state that it has had since.
    """

    row: int
    employee_id: Id
    name: str
    id_number: str
    state: EmploymentState
    state_zh: str
    effective: Month
    reason: str


@seals.post(
    "/seals/preview", who=EMPLOYERS, scope="employees:write", body_bytes_max=_LIST_BYTES_MAX, seconds_max=_SECONDS_MAX
)
async def preview(call: Call, body: SealList) -> Answer[SealPreview]:
    """Try a list of changes: what keeps it from being handed in, and what to know before. Nothing is changed."""
    wanted = await off_loop(len(body.rows), _wanted, body)
    judged = await store.preview(call.connection, call.employer_id, wanted, policy=call.portal.policy, today=call.today)
    found, written = await off_loop(len(judged), _previewed, judged)
    return Answer(value=found, written=written)


@seals.post(
    "/seals",
    who=EMPLOYERS,
    scope="employees:write",
    status=201,
    location="/seals/{id}",
    creates=True,
    body_bytes_max=_LIST_BYTES_MAX,
    seconds_max=_SECONDS_MAX,
)
async def submit(call: Call, body: SealList) -> SealBatchView:
    """Seal and unseal everybody on the list, or nobody; every row that cannot be done is named.

    A row whose state has changed since it was shown is refused, not flipped twice.
    """
    wanted = await off_loop(len(body.rows), _wanted, body)
    batch = await store.submit(call.connection, call.employer_id, wanted, policy=call.portal.policy, today=call.today)
    return batch_view(batch)


@seals.get("/seals", who=EMPLOYERS, scope="employees:read")
async def list_batches(call: Call, query: PageQuery) -> Page[SealBatchView]:
    """List what was handed in, the newest first."""
    batches = await store.of_employer(call.connection, call.employer_id, before=query.after_id(), limit=query.limit + 1)
    return page_of(batches, query, batch_view, lambda batch: (batch.id,))


@seals.get("/seals/{seal_id}", who=EMPLOYERS, scope="employees:read")
async def get_batch(call: Call, seal_id: int) -> SealBatchView:
    """Show one list that was handed in."""
    return batch_view(await store.get(call.connection, seal_id))


@seals.get("/seals/{seal_id}/rows", who=EMPLOYERS, scope="employees:read")
async def list_rows(call: Call, seal_id: int, query: PageQuery) -> Page[SealedRowView]:
    """List the rows of a list that was handed in, in its order."""
    await store.get(call.connection, seal_id)
    rows = await store.rows_of(call.connection, seal_id, after=query.after_id() or 0, limit=query.limit + 1)
    return page_of(rows, query, row_view, lambda row: (row.number,))


def _wanted(body: SealList) -> tuple[WantedSeal, ...]:
    return tuple(
        WantedSeal(
            row=SealRow(person_id=each.employee_id, expected=each.expected, effective=each.effective or body.effective),
            reason=(body.reason if each.reason is None else each.reason).strip(),
        )
        for each in body.rows
    )


def _previewed(judged: Sequence[JudgedSeal]) -> tuple[SealPreview, bytes]:
    sealed = sum(each.target is EmploymentState.SEALED for each in judged)
    unsealed = sum(each.target is EmploymentState.ACTIVE for each in judged)
    told = [(place, each) for place, each in enumerate(judged, start=1) if each.broken or each.advice]
    told.sort(key=lambda pair: (not pair[1].broken, pair[0]))
    preview_ = SealPreview(
        sealed=sealed,
        unsealed=unsealed,
        broken=sum(bool(each.broken) for _, each in told),
        advised=sum(bool(each.advice) for _, each in told),
        rows=tuple(
            SealRowTold(
                row=place,
                employee_id=Id(each.wanted.row.person_id),
                broken=_told(each.broken),
                advice=_told(each.advice),
            )
            for place, each in told[:VIOLATIONS_TOLD_MAX]
        ),
    )
    return preview_, wire.write_json(preview_, SealPreview)


def _told(violations: Sequence[Violation]) -> tuple[Told, ...]:
    return tuple(Told(code=each.code, zh=each.zh, en=each.en) for each in violations)


def batch_view(batch: SealBatch) -> SealBatchView:
    """Show a list that was handed in."""
    return SealBatchView(
        id=Id(batch.id),
        sealed=batch.sealed_count,
        unsealed=batch.unsealed_count,
        who=batch.who,
        made_at=batch.made_at,
    )


def row_view(row: SealedRow) -> SealedRowView:
    """Show a row of it."""
    return SealedRowView(
        row=row.number,
        employee_id=Id(row.person_id),
        name=row.name,
        id_number=f"{row.id_number[:4]}{'*' * 10}{row.id_number[14:]}",
        state=row.target,
        state_zh=STATES_ZH[row.target],
        effective=row.effective,
        reason=row.reason,
    )
