"""审核 applications: the reviewers' work list over orders and all other applications, and what is decided about them.

An application is named by its kind and number: ``order-17``, ``application-3``. Employers see their own ones here, and may
take them back while nobody has decided.
"""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final

import attrs

from libsubsidy import AmountSource, Money, Month, ParseError, Violation
from services.portal.calls import Call
from services.portal.cursors import CursorKey, Page, PageQuery, page_of, write_cursor
from services.portal.decided_notices import IssuedNotice, issued_notice
from services.portal.endpoints import Endpoints
from services.portal.problems import Problem
from services.portal.roles import AUDITORS, EMPLOYERS, REVIEWERS
from services.portal.wire import Id
from services.store import (
    application_decisions,
    approvals,
    openings,
    order_contents,
    orders,
    reviewed_lines,
    submissions,
    work_list,
)
from services.store import applications as asked
from services.store.employees import NewEmployee
from services.store.refusals import refuse
from services.store.reviewed_lines import ReviewedLine
from services.store.work_list import Place, Ref, RefKind, WorkFilter, WorkItem, WorkKind, WorkState

applications = Endpoints(tag="审核 applications")

# Of the advice on twenty thousand lines a reviewer reads the beginning; the rest is told as a number.
ADVICE_MAX: Final = 200
# An order of 240,000 lines is judged once more when it is approved.
DECISION_SECONDS_MAX: Final = 120.0


@attrs.frozen(kw_only=True)
class ApplicationsQuery(PageQuery):
    """Which applications.

    Attributes:
        state: without it those that wait for a decision.
        kind: only of this kind.
        employer_id: only of this employer.
    """

    state: WorkState | None = None
    kind: WorkKind | None = None
    employer_id: Id | None = None


@attrs.frozen(kw_only=True)
class Applicant:
    """The employer that asks."""

    id: Id
    code: str
    name: str


@attrs.frozen(kw_only=True)
class ApplicationView:
    """An application in the work list.

    Attributes:
        id: kind and number, such as ``order-17`` or ``application-3``.
        version: a decision names the one it saw.
        first_month: of an order; null for anything else.
        line_count: lines of an order, people or things of another application.
        total: what is to be paid; for another application, what it comes to.
        notice_id: the payment notice of an approved order.
        remark: why it was returned, rejected or cancelled.
        submitted_at: since when it waits.
    """

    id: str
    kind: WorkKind
    state: WorkState
    version: int
    employer: Applicant
    first_month: Month | None
    last_month: Month | None
    line_count: int
    person_count: int
    total: Money
    notice_id: Id | None
    remark: str
    submitted_at: datetime
    decided_at: datetime | None


@attrs.frozen(kw_only=True)
class ApplicationLine:
    """One person's month in an order.

    Attributes:
        id_number: without the middle; the whole number stands in the employee's file.
        carry_over: false: a designated amount that later months do not copy (仅本月).
        file_amount: 每月缴费金额 on file for that month.
    """

    person_id: Id
    name: str
    id_number: str
    month: Month
    amount: Money
    source: AmountSource
    carry_over: bool
    file_amount: Money | None


@attrs.frozen(kw_only=True)
class ApplicationPerson:
    """Somebody whose account is to be opened; the reviewer compares this with the card.

    Attributes:
        id_number: of eighteen characters.
        id_number_given: as it stands on the card, fifteen digits on an old one.
        monthly_amount: 每月缴费金额 from the start month on.
    """

    name: str
    id_number: str
    id_number_given: str
    mobile: str
    rank: str
    start_month: Month | None
    monthly_amount: Money | None


@attrs.frozen(kw_only=True)
class ApplicationContents:
    """An application with a page of what it asks for.

    Attributes:
        lines: of an order.
        people: of an opening.
        next: the cursor of the next page; null at the end.
        advice: for the bureau, on the first page: what is allowed and yet worth a look, such as amounts that differ from
            the file or months to confirm; at most 200 sentences.
        advice_total: how many there are.
    """

    application: ApplicationView
    lines: tuple[ApplicationLine, ...]
    people: tuple[ApplicationPerson, ...]
    next: str | None
    advice: tuple[Violation, ...]
    advice_total: int


@attrs.frozen(kw_only=True)
class SeenOrder:
    """Another order of the same employer, and the version that was seen."""

    id: str
    version: int


@attrs.frozen(kw_only=True)
class Approval:
    """What is approved.

    Attributes:
        version: the one that was seen.
        together_with: other submitted orders of the same employer, for one notice (合并缴款).
        join: awaiting notices of the same employer whose orders go into the new notice; their own memos end.
    """

    version: int
    together_with: tuple[SeenOrder, ...] = ()
    join: tuple[Id, ...] = ()


@attrs.frozen(kw_only=True)
class Refusal:
    """Why it is sent back or rejected; the employer reads it."""

    version: int
    reason: str


@attrs.frozen(kw_only=True)
class Retraction:
    """What is taken back."""

    version: int


@attrs.frozen(kw_only=True)
class Approved:
    """What an approval made.

    Attributes:
        issued: the payment notice that asks for the money of orders; null for other applications.
    """

    application: ApplicationView
    issued: IssuedNotice | None


@applications.get("/applications", who=REVIEWERS | AUDITORS | EMPLOYERS, scope="applications:read")
async def work(call: Call, query: ApplicationsQuery) -> Page[ApplicationView]:
    """List what waits for the bureau's decision, oldest first; with a state, what came of it."""
    own = call.identity.employer_id
    wanted = WorkFilter(state=query.state, kind=query.kind, employer_id=query.employer_id if own is None else own)
    items = await work_list.page(call.connection, wanted, after=_place(query), limit=query.items_max + 1)
    return page_of(items, query, application_view, _key)


@applications.get(
    "/applications/{application_id}",
    who=REVIEWERS | AUDITORS | EMPLOYERS,
    scope="applications:read",
    seconds_max=DECISION_SECONDS_MAX,
)
async def contents(call: Call, application_id: str, query: PageQuery) -> ApplicationContents:
    """Show an application, page by page, with the advice of the rules on what is worth a look."""
    item = await _item(call, application_id)
    if item.ref.kind is RefKind.APPLICATION:
        return await _people(call, item, query)
    return await _lines(call, item, query)


@applications.post(
    "/applications/{application_id}/approve",
    who=REVIEWERS,
    scope="applications:decide",
    creates=True,
    seconds_max=DECISION_SECONDS_MAX,
)
async def approve(call: Call, application_id: str, body: Approval) -> Approved:
    """Approve: an order gets its payment notice with its memo, an opening opens the accounts, at once and whole."""
    ref = Ref.parse(application_id)
    if ref.kind is RefKind.APPLICATION:
        if body.together_with or body.join:
            raise refuse("ORDERS_ONLY")
        await application_decisions.approve(call.connection, ref.number, body.version)
        return Approved(application=await _reload(call, ref), issued=None)
    issued = await approvals.approve(
        call.connection,
        {ref.number: body.version} | {_order(other.id): other.version for other in body.together_with},
        join=body.join,
        policy=call.portal.policy,
        today=call.today,
        rng=call.portal.rng,
    )
    return Approved(application=await _reload(call, ref), issued=issued_notice(issued))


@applications.post("/applications/{application_id}/return", who=REVIEWERS, scope="applications:decide")
async def send_back(call: Call, application_id: str, body: Refusal) -> ApplicationView:
    """Return for correction, with the reason (退回)."""
    ref = Ref.parse(application_id)
    decide = application_decisions.send_back if ref.kind is RefKind.APPLICATION else approvals.send_back
    await decide(call.connection, ref.number, body.version, body.reason)
    return await _reload(call, ref)


@applications.post("/applications/{application_id}/reject", who=REVIEWERS, scope="applications:decide")
async def reject(call: Call, application_id: str, body: Refusal) -> ApplicationView:
    """Reject for good, with the reason (拒绝)."""
    ref = Ref.parse(application_id)
    decide = application_decisions.reject if ref.kind is RefKind.APPLICATION else approvals.reject
    await decide(call.connection, ref.number, body.version, body.reason)
    return await _reload(call, ref)


@applications.post("/applications/{application_id}/retract", who=EMPLOYERS, scope="applications:write")
async def retract(call: Call, application_id: str, body: Retraction) -> ApplicationView:
    """Take an own application back before anybody has decided it (撤回)."""
    item = await _item(call, application_id)
    take_back = asked.retract if item.ref.kind is RefKind.APPLICATION else submissions.retract
    await take_back(call.connection, item.ref.number, body.version)
    return await _reload(call, item.ref)


async def _item(call: Call, application_id: str) -> WorkItem:
    item = await work_list.get(call.connection, Ref.parse(application_id))
    if call.identity.employer_id not in {None, item.employer_id}:
        raise refuse("ABSENT", what_zh="申请", what_en="application", id=application_id)
    return item


async def _reload(call: Call, ref: Ref) -> ApplicationView:
    return application_view(await work_list.get(call.connection, ref))


def _order(application_id: str) -> int:
    ref = Ref.parse(application_id)
    if ref.kind is not RefKind.ORDER:
        raise refuse("ORDERS_ONLY")
    return ref.number


async def _people(call: Call, item: WorkItem, query: PageQuery) -> ApplicationContents:
    after = max(0, min(query.after_id() or 0, openings.OPENING_ROWS_MAX))
    people = await openings.employees_of(call.connection, item.ref.number, after=after, limit=query.items_max + 1)
    more = len(people) > query.items_max
    return ApplicationContents(
        application=application_view(item),
        lines=(),
        people=tuple(_person(each) for each in people[: query.items_max]),
        next=write_cursor((after + query.items_max,)) if more else None,
        advice=(),
        advice_total=0,
    )


async def _lines(call: Call, item: WorkItem, query: PageQuery) -> ApplicationContents:
    after = _line_place(query)
    found = await reviewed_lines.page(call.connection, item.ref.number, after=after, limit=query.items_max + 1)
    page = page_of(found, query, _line, lambda line: (line.person_id, str(line.month)))
    advice: tuple[Violation, ...] = ()
    if after is None and item.state is WorkState.SUBMITTED and call.identity.employer_id is None:
        order = await orders.get(call.connection, item.ref.number)
        advice = await order_contents.examine(call.connection, order)
    return ApplicationContents(
        application=application_view(item),
        lines=page.items,
        people=(),
        next=page.next,
        advice=advice[:ADVICE_MAX],
        advice_total=len(advice),
    )


def application_view(item: WorkItem) -> ApplicationView:
    """Show an application as the work list has it."""
    return ApplicationView(
        id=str(item.ref),
        kind=item.kind,
        state=item.state,
        version=item.version,
        employer=Applicant(id=Id(item.employer_id), code=item.employer_code, name=item.employer_name),
        first_month=None if item.first_month is None else Month.parse(item.first_month),
        last_month=None if item.last_month is None else Month.parse(item.last_month),
        line_count=item.line_count,
        person_count=item.person_count,
        total=item.total,
        notice_id=None if item.notice_id is None else Id(item.notice_id),
        remark=item.remark,
        submitted_at=item.submitted_at,
        decided_at=item.decided_at,
    )


def _line(line: ReviewedLine) -> ApplicationLine:
    return ApplicationLine(
        person_id=Id(line.person_id),
        name=line.name,
        id_number=line.id_number.masked,
        month=line.month,
        amount=line.amount,
        source=line.source,
        carry_over=line.carry_over,
        file_amount=line.file_amount,
    )


def _person(person: NewEmployee) -> ApplicationPerson:
    return ApplicationPerson(
        name=person.name,
        id_number=str(person.id_number),
        id_number_given=person.id_number_given,
        mobile=person.mobile,
        rank=person.rank,
        start_month=person.start_month,
        monthly_amount=None if person.file_amount is None else person.file_amount.amount,
    )


def _key(item: WorkItem) -> CursorKey:
    return item.submitted_at.isoformat(), item.ref.kind.value, item.ref.number


def _place(query: PageQuery) -> Place | None:
    key = query.after(str, str, int)
    if key is None:
        return None
    try:
        submitted_at = datetime.fromisoformat(str(key[0])).astimezone(UTC)
        return Place(submitted_at=submitted_at, ref=Ref(RefKind(key[1]), int(key[2])))
    except (ValueError, OverflowError):
        raise Problem.of(HTTPStatus.BAD_REQUEST, "CURSOR_WRONG") from None


def _line_place(query: PageQuery) -> tuple[int, Month] | None:
    key = query.after(int, str)
    if key is None:
        return None
    try:
        return int(key[0]), Month.parse(str(key[1]))
    except ParseError:
        raise Problem.of(HTTPStatus.BAD_REQUEST, "CURSOR_WRONG") from None
