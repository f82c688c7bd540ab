"""职工管理: an employer's people, one by one with the whole file, and everybody's ledger (F29-F33, F43-F45).

An employee is named by the person's id, as in an order's lines. Lists mask ID numbers and mobiles; the detail shows them
whole, and the access log tells who opened which.
"""

from datetime import datetime
from typing import Final

import attrs
import structlog
from aiohttp import web

from libsubsidy import EmploymentState, Money, Month
from services.portal.application_views import ApplicationView, application_view
from services.portal.calls import Call
from services.portal.cursors import CursorKey, Page, PageQuery, page_of
from services.portal.downloads import workbook_answer
from services.portal.endpoints import Endpoints
from services.portal.named_people import refuse_too_many
from services.portal.opening.pointing import note_and_point
from services.portal.roles import EMPLOYEES, EMPLOYERS
from services.portal.roster.exports import list_content
from services.portal.roster.filters import EmployeeFilters
from services.portal.wire import Id
from services.spreadsheets.writing import MEDIA_TYPE, workbook_of
from services.store import employee_lists, employers, ledgers, openings, personal_passwords, work_list
from services.store.employee_lists import STATES_ZH, Employee
from services.store.employee_search import SortBy, Sorting
from services.store.ledgers import LedgerEntry, LedgerTotals
from services.store.opening_rows import OpeningRow
from services.store.work_list import Ref, RefKind

employees = Endpoints(tag="职工 employees")
log = structlog.get_logger()

# Twenty thousand people with the ledgers of years.
_EXPORT_SECONDS_MAX: Final = 60.0
# As many rows as an application takes, of the longest names and ranks.
_OPENING_BYTES_MAX: Final = 2 * 1024 * 1024


@attrs.frozen(kw_only=True)
class EmployeeRow:
    """One employee in a list.

    Attributes:
        id: of the person, as in the lines of orders.
        id_number: with stars instead of the day of birth.
        mobile: with stars in its middle.
        state_zh: the state in words.
        start_month: 汇缴开始月份; null when it must still be set.
        monthly_amount: 每月缴费金额 that is valid this month; null when there is none.
        periods: 累计缴纳期数 with this employer.
        balance: 累计缴纳金额 with this employer, less what was paid out.
        opened_at: when the account with this employer was opened.
    """

    id: Id
    name: str
    id_number: str
    mobile: str
    rank: str
    state: EmploymentState
    state_zh: str
    start_month: Month | None
    monthly_amount: Money | None
    periods: int
    balance: Money
    opened_at: datetime


@attrs.frozen(kw_only=True)
class FileAmountView:
    """An approved 每月缴费金额.

    Attributes:
        effective: the month from which it counts.
    """

    effective: Month
    amount: Money


@attrs.frozen(kw_only=True)
class EmployeeView:
    """详细资料: one employee with the whole file.

    Attributes:
        id_number: whole.
        id_number_given: as it stood on an old card, perhaps of 15 digits.
        state_from: the month from which a sealed, transferring or ended state counts.
        file_amounts: the latest first.
        paid_through: 缴至月份 of the opening balance.
        opening_periods: periods of the opening balance.
        periods: 累计缴纳期数 with this employer.
        balance: 累计缴纳金额 with this employer, less what was paid out.
        cash: of it, what a bank's money stands for: without openings and backfills.
    """

    id: Id
    name: str
    id_number: str
    id_number_given: str
    mobile: str
    rank: str
    state: EmploymentState
    state_zh: str
    state_from: Month | None
    start_month: Month | None
    monthly_amount: Money | None
    file_amounts: tuple[FileAmountView, ...]
    paid_through: Month | None
    opening_periods: int
    periods: int
    balance: Money
    cash: Money
    opened_at: datetime


@attrs.frozen(kw_only=True)
class LedgerEntryView:
    """One posting.

    Attributes:
        employer_name: who paid.
        kind: the order's kind (regular, monthly, lump_difference, lump_missed), or opening, backfill, withdrawal, correction.
        amount: with its sign; a correction is an entry of its own.
        order_id: what it was posted for; null for what is no order.
        application_id: the same of an application, of a backfill or a withdrawal.
        returned: the bank has sent back what was paid out by that withdrawal (支取退回).
        backfilled: it was recorded as history (历史补录) and is no cash: a month of its own, or one of the opening's items.
    """

    id: Id
    month: Month
    kind: str
    amount: Money
    employer_name: str
    order_id: Id | None
    application_id: Id | None
    backfilled: bool
    returned: bool
    posted_at: datetime


@attrs.frozen(kw_only=True)
class LedgerView:
    """A page of a ledger, the newest entries first, with the totals of all its entries.

    Attributes:
        balance: 累计缴纳金额 less what was paid out.
        cash: of it, what a bank's money stands for: without openings and backfills.
        periods: 累计缴纳期数.
        next: the cursor of the next page; null at the end.
    """

    balance: Money
    cash: Money
    periods: int
    items: tuple[LedgerEntryView, ...]
    next: str | None


@attrs.frozen(kw_only=True, slots=False)
class EmployeesQuery(EmployeeFilters, PageQuery):
    """Which employees, a page of them."""


@attrs.frozen(kw_only=True, slots=False)
class ExportQuery(EmployeeFilters):
    """Which employees, and in which order.

    Attributes:
        sort: the column by which the rows are sorted.
        descending: with the largest first.
    """

    sort: SortBy = SortBy.NAME
    descending: bool = False


@attrs.frozen(kw_only=True)
class PasswordReset:
    """A one-time password, to be handed to the employee.

    Attributes:
        password: shown this one time; it must be changed at the next login.
        told: the mobile at which the employee is told, with stars in its middle.
        days: how long it works.
    """

    password: str
    told: str
    days: int


@attrs.frozen(kw_only=True)
class NewEmployees:
    """People whose accounts are to be opened (职工开户, 职工批量导入).

    Attributes:
        employees: 1 to 2,000 rows, as typed; every cell that is wrong is named at once.
        attachments: files uploaded for ``employee_opening``; each slot that is required needs one (F47).
    """

    employees: tuple[OpeningRow, ...]
    attachments: tuple[Id, ...] = ()


@employees.get("/employees", who=EMPLOYERS, scope="employees:read")
async def list_employees(call: Call, query: EmployeesQuery) -> Page[EmployeeRow]:
    """List the employer's people, by pinyin; ID numbers and mobiles are masked."""
    after = query.after(str, int)
    people = await employee_lists.of_employer(
        call.connection,
        call.employer_id,
        call.today,
        search=query.wanted,
        after=None if after is None else (str(after[0]), int(after[1])),
        limit=query.limit + 1,
    )
    totals = await ledgers.totals(call.connection, [each.person_id for each in people])
    return page_of(people, query, lambda each: _row(each, totals[each.person_id]), _key)


@employees.get(
    "/employees/file",
    who=EMPLOYERS,
    scope="employees:read",
    transaction=False,
    media=MEDIA_TYPE,
    seconds_max=_EXPORT_SECONDS_MAX,
)
async def export(call: Call, query: ExportQuery) -> web.Response:
    """Download the narrowed list as a workbook; ID numbers and mobiles are whole, and the access is logged."""
    sorting = Sorting(query.sort, descending=query.descending)
    # The workbook is written when the transaction has ended.
    async with call.working(reads_only=True) as connection:
        people = await employee_lists.everybody(
            connection, call.employer_id, call.today, search=query.wanted, sorting=sorting
        )
        totals = await ledgers.totals(connection, [each.person_id for each in people])
        employer = await employers.get(connection, call.employer_id)
    log.info("employees exported", actor=call.identity.actor_name, employer=employer.id, people=len(people))
    return workbook_answer(await workbook_of(list_content(people, totals)), f"职工管理 {employer.name} {call.today}")


@employees.get("/employees/{employee_id}", who=EMPLOYERS, scope="employees:read")
async def get_employee(call: Call, employee_id: int) -> EmployeeView:
    """Show one employee with the whole file; ID number and mobile are not masked, and the access is logged."""
    employee = await employee_lists.get(call.connection, call.employer_id, employee_id, call.today)
    totals = await _totals(call, employee_id)
    amounts = await employee_lists.file_amounts(call.connection, employee.employment_id)
    return EmployeeView(
        id=Id(employee.person_id),
        name=employee.name,
        id_number=employee.id_number,
        id_number_given=employee.id_number_given,
        mobile=employee.mobile,
        rank=employee.rank,
        state=employee.state,
        state_zh=STATES_ZH[employee.state],
        state_from=employee.state_from,
        start_month=employee.start_month,
        monthly_amount=employee.monthly_amount,
        file_amounts=tuple(FileAmountView(effective=each.effective, amount=each.amount) for each in amounts),
        paid_through=employee.paid_through,
        opening_periods=employee.opening_periods,
        periods=totals.periods,
        balance=totals.balance,
        cash=totals.cash,
        opened_at=employee.opened_at,
    )


@employees.post("/employees/{employee_id}/password-reset", who=EMPLOYERS, also=(429,))
async def reset_password(call: Call, employee_id: int) -> PasswordReset:
    """Reset an own employee's password of the personal platform; the employee is told by SMS.

    Raises:
        PASSWORD_RESET_OFTEN: three times for one employee, or fifty times for one employer, within a day.
        PASSWORD_RESET_UNTOLD: there is no mobile to tell the employee.
    """
    employee = await employee_lists.get(call.connection, call.employer_id, employee_id, call.today)
    employer = await employers.get(call.connection, call.employer_id)
    done = await personal_passwords.reset(call.connection, employer.id, employer.name, employee, call.portal.policy)
    return PasswordReset(password=done.password, told=done.told, days=done.days)


@employees.get("/employees/{employee_id}/ledger", who=EMPLOYERS, scope="employees:read")
async def get_ledger(call: Call, employee_id: int, query: PageQuery) -> LedgerView:
    """Show what this employer has paid into one employee's ledger."""
    await employee_lists.get(call.connection, call.employer_id, employee_id, call.today)
    return await _ledger(call, employee_id, query)


@employees.get("/me/ledger", who=EMPLOYEES, scope="ledger:read")
async def get_own_ledger(call: Call, query: PageQuery) -> LedgerView:
    """Show the employee's own ledger, whoever paid into it."""
    person_id = call.identity.person_id
    assert person_id is not None  # noqa: S101 -- an employee has one; the table of users enforces it.
    return await _ledger(call, person_id, query)


@employees.post(
    "/employees",
    who=EMPLOYERS,
    scope="employees:write",
    status=202,
    location="/applications/{id}",
    creates=True,
    body_bytes_max=_OPENING_BYTES_MAX,
    refused=note_and_point,
)
async def open_employees(call: Call, body: NewEmployees) -> ApplicationView:
    """Ask the bureau to open employees' accounts; they exist once the application is approved.

    At most 50 people a day are told to have an account elsewhere or another name; then no list is looked at (429).
    """
    await refuse_too_many(call)
    asked = await openings.open_employees(
        call.connection, call.employer_id, body.employees, attachments=body.attachments, today=call.today
    )
    return application_view(await work_list.get(call.connection, Ref(RefKind.APPLICATION, asked.id), with_drafts=True))


async def _ledger(call: Call, person_id: int, query: PageQuery) -> LedgerView:
    entries = await ledgers.of_person(call.connection, person_id, before=query.after_id(), limit=query.limit + 1)
    totals = await _totals(call, person_id)
    page = page_of(entries, query, _entry, lambda entry: (entry.id,))
    return LedgerView(
        balance=totals.balance, cash=totals.cash, periods=totals.periods, items=page.items, next=page.next
    )


async def _totals(call: Call, person_id: int) -> LedgerTotals:
    return (await ledgers.totals(call.connection, [person_id]))[person_id]


def _key(employee: Employee) -> CursorKey:
    return employee.name_pinyin, employee.person_id


def _row(employee: Employee, totals: LedgerTotals) -> EmployeeRow:
    return EmployeeRow(
        id=Id(employee.person_id),
        name=employee.name,
        id_number=employee.id_number_masked,
        mobile=employee.mobile_masked,
        rank=employee.rank,
        state=employee.state,
        state_zh=STATES_ZH[employee.state],
        start_month=employee.start_month,
        monthly_amount=employee.monthly_amount,
        periods=totals.periods,
        balance=totals.balance,
        opened_at=employee.opened_at,
    )


def _entry(entry: LedgerEntry) -> LedgerEntryView:
    return LedgerEntryView(
        id=Id(entry.id),
        month=entry.month,
        kind=entry.kind,
        amount=entry.amount,
        employer_name=entry.employer_name,
        order_id=None if entry.order_id is None else Id(entry.order_id),
        application_id=None if entry.application_id is None else Id(entry.application_id),
        backfilled=entry.is_backfilled,
        returned=entry.is_withdrawal_returned,
        posted_at=entry.posted_at,
    )
