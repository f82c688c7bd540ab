"""What an application asks for, page by page: everything that whoever decides about it needs, on the API and on pages."""

from datetime import date
from http import HTTPStatus
from typing import Final

import attrs
from attrs import evolve

from libsubsidy import AmountSource, Money, Month, ParseError, Violation
from services.portal import field_changes
from services.portal.application_views import ApplicationView, application_view
from services.portal.attachments.files import AttachmentView, attachment_view
from services.portal.backfills.rows import BackfilledRowView, backfilled_row
from services.portal.calls import Call
from services.portal.cursors import PageQuery, page_of, write_cursor
from services.portal.field_changes import FieldChange
from services.portal.masking import masked_numbers
from services.portal.problems import Problem
from services.portal.roles import AUDITORS
from services.portal.wire import Id
from services.portal.withdrawals.views import FundsView, funds_view
from services.store import (
    applications,
    attachments,
    backfills,
    openings,
    order_contents,
    orders,
    registration_decisions,
    reviewed_lines,
    transfers,
    withdrawal_funds,
    withdrawals,
)
from services.store.applications import ApplicationKind
from services.store.attachments import Subject
from services.store.employees import NewEmployee
from services.store.reviewed_lines import ReviewedLine
from services.store.work_list import RefKind, WorkItem, WorkKind, WorkState

# Of the advice on twenty thousand lines a reviewer reads the beginning; the rest is told as a number.
ADVICE_MAX: Final = 200


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
    """Somebody whose account is to be opened; the reviewer compares this with the card. For an auditor numbers are masked.

    Attributes:
        id_number: of eighteen characters.
        id_number_given: as it stands on the card, fifteen digits on an old one.
        monthly_amount: 每月缴费金额 from the start month on.
        joined_on: 入职/参加工作日期; null where none was given.
        remark: 备注 of the employer.
    """

    name: str
    id_number: str
    id_number_given: str
    mobile: str
    rank: str
    start_month: Month | None
    monthly_amount: Money | None
    joined_on: date | None
    remark: str


@attrs.frozen(kw_only=True)
class AskedMoney:
    """What a withdrawal is judged by, while it waits.

    Attributes:
        funds: what the employee's account has; what this withdrawal itself reserves is not taken off.
        reason_zh: the 支取原因.
        proof_zh: which papers prove it.
        to_heir: the employee has died, and an heir is paid, who proves to be one.
    """

    funds: FundsView
    reason_zh: str
    proof_zh: str
    to_heir: bool


@attrs.frozen(kw_only=True)
class ApplicationContents:
    """An application with a page of what it asks for.

    Attributes:
        lines: of an order.
        people: of an opening.
        backfilled: of a backfill.
        changes: what would change, field by field; of a registration the card of the new employer.
        asks: of a withdrawal that waits, for the bureau: what it is judged by.
        attachments: the papers, to be looked at by `GET /attachments/{id}/pages/1`.
        next: the cursor of the next page; null at the end.
        advice: for the bureau, on the first page: what is allowed and yet worth a look, such as amounts that differ from
            the file or months to confirm; at most 200 sentences.
        advice_total: how many there are.
    """

    application: ApplicationView
    lines: tuple[ApplicationLine, ...]
    people: tuple[ApplicationPerson, ...]
    changes: tuple[FieldChange, ...]
    attachments: tuple[AttachmentView, ...]
    next: str | None
    advice: tuple[Violation, ...]
    advice_total: int
    backfilled: tuple[BackfilledRowView, ...] = ()
    asks: AskedMoney | None = None


async def contents_of(call: Call, item: WorkItem, query: PageQuery) -> ApplicationContents:
    """Read a page of what an application asks for; the advice stands on the first one, and is for the bureau alone.

    An auditor sees that something was asked for and decided, and by whom; nobody's numbers.
    """
    contents = await _contents(call, item, query)
    return _for_auditor(contents) if call.identity.role in AUDITORS else contents


async def _contents(call: Call, item: WorkItem, query: PageQuery) -> ApplicationContents:
    match item.ref.kind:
        case RefKind.APPLICATION if item.kind is WorkKind.BACKFILL:
            return await _backfilled(call, item, query)
        case RefKind.APPLICATION:
            return await _people(call, item, query)
        case RefKind.REGISTRATION:
            return await _card(call, item)
        case RefKind.ORDER:
            return await _lines(call, item, query)


async def _people(call: Call, item: WorkItem, query: PageQuery) -> ApplicationContents:
    after = max(0, min(query.after_id() or 0, openings.PEOPLE_MAX))
    people = await openings.employees_of(call.connection, item.ref.number, after=after, limit=query.limit + 1)
    more = len(people) > query.limit
    kind = ApplicationKind(item.kind.value)
    advice: tuple[Violation, ...] = ()
    if after == 0 and call.identity.employer_id is None:
        advice = await field_changes.advice(call.connection, kind, item.ref.number)
    return ApplicationContents(
        application=application_view(item),
        lines=(),
        people=tuple(_person(each) for each in people[: query.limit]),
        changes=await field_changes.of_application(call.connection, kind, item.ref.number),
        attachments=await _papers(call, item),
        next=write_cursor((after + query.limit,)) if more else None,
        advice=advice[:ADVICE_MAX],
        advice_total=len(advice),
        asks=await _asks(call, item),
    )


async def _asks(call: Call, item: WorkItem) -> AskedMoney | None:
    if item.kind is not WorkKind.WITHDRAWAL or not item.is_waiting or call.identity.employer_id is not None:
        return None
    asked = await withdrawals.get(call.connection, item.ref.number)
    proofs = {each.code: each.proof_zh for each in await withdrawals.reasons(call.connection)}
    funds = await withdrawal_funds.own_funds(call.connection, asked.person_id, other_than=asked.id)
    return AskedMoney(
        funds=funds_view(funds), reason_zh=asked.reason_zh, proof_zh=proofs[asked.reason], to_heir=asked.to_heir
    )


async def _backfilled(call: Call, item: WorkItem, query: PageQuery) -> ApplicationContents:
    after = max(0, min(query.after_id() or 0, item.line_count))
    rows = await backfills.rows_of(call.connection, item.ref.number, after=after, limit=query.limit + 1)
    page = page_of(rows, query, backfilled_row, lambda row: (row.number,))
    advice: tuple[Violation, ...] = ()
    if after == 0 and item.is_waiting and call.identity.employer_id is None:
        advice = await backfills.advice(call.connection, await applications.get(call.connection, item.ref.number))
    return ApplicationContents(
        application=application_view(item),
        lines=(),
        people=(),
        backfilled=page.items,
        changes=(),
        attachments=await _papers(call, item),
        next=page.next,
        advice=advice[:ADVICE_MAX],
        advice_total=len(advice),
    )


async def _papers(call: Call, item: WorkItem) -> tuple[AttachmentView, ...]:
    subject = Subject(item.ref.kind.value, item.ref.number)
    if item.kind is WorkKind.EMPLOYEE_TRANSFER:
        # The old employer has handed them in, before there was anything to ask the bureau for.
        subject = await transfers.papers_of(call.connection, item.ref.number)
    found = await attachments.of_subject(call.connection, subject)
    return tuple(map(attachment_view, found))


async def _card(call: Call, item: WorkItem) -> ApplicationContents:
    registration = await registration_decisions.get(call.connection, item.ref.number)
    return ApplicationContents(
        application=application_view(item),
        lines=(),
        people=(),
        changes=field_changes.of_registration(registration),
        attachments=await _papers(call, item),
        next=None,
        advice=(),
        advice_total=0,
    )


async def _lines(call: Call, item: WorkItem, query: PageQuery) -> ApplicationContents:
    after = _line_place(query)
    found = await reviewed_lines.page(call.connection, item.ref.number, after=after, limit=query.limit + 1)
    page = page_of(found, query, _line, lambda line: (line.person_id, str(line.month)))
    advice: tuple[Violation, ...] = ()
    if after is None and item.state is WorkState.SUBMITTED and call.identity.employer_id is None:
        order = await orders.get(call.connection, item.ref.number)
        advice = await order_contents.examine(call.connection, order)
    return ApplicationContents(
        application=application_view(item),
        lines=page.items,
        people=(),
        changes=(),
        attachments=(),
        next=page.next,
        advice=advice[:ADVICE_MAX],
        advice_total=len(advice),
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
        joined_on=person.joined_on,
        remark=person.remark,
    )


def _for_auditor(contents: ApplicationContents) -> ApplicationContents:
    return evolve(
        contents,
        people=tuple(_masked_person(each) for each in contents.people),
        changes=tuple(map(field_changes.masked, contents.changes)),
        attachments=tuple(evolve(each, filename=masked_numbers(each.filename)) for each in contents.attachments),
    )


def _masked_person(person: ApplicationPerson) -> ApplicationPerson:
    return evolve(
        person,
        id_number=masked_numbers(person.id_number),
        id_number_given=masked_numbers(person.id_number_given),
        mobile=masked_numbers(person.mobile),
        remark=masked_numbers(person.remark),
    )


def _line_place(query: PageQuery) -> tuple[int, Month] | None:
    key = query.after(int, str)
    if key is None:
        return None
    try:
        return int(key[0]), Month.parse(str(key[1]))
    except ParseError:
        raise Problem.of(HTTPStatus.BAD_REQUEST, "CURSOR_WRONG") from None
