"""A small fund to test with: made-up employers and people, and who acts in it."""

from datetime import date
from random import Random

from libsubsidy import (
    SLOTS,
    AmountSource,
    BackfillRow,
    BankLine,
    Direction,
    FileAmount,
    Found,
    FoundNotice,
    IdNumber,
    MediaType,
    Money,
    Month,
    MonthRange,
    NoticeState,
    OrderKind,
    OrderLine,
    OrganizationCode,
    Policy,
    decide,
    to_record,
)
from services.store import (
    application_decisions,
    approvals,
    attachments,
    backfills,
    employees,
    employers,
    order_lines,
    orders,
    posting,
    submissions,
)
from services.store.applications import Application
from services.store.attachments import Stored
from services.store.backfill_judging import WantedRow
from services.store.database import Actor, Connection, Role, acting
from services.store.employees import NewEmployee
from services.store.employers import Employer, NewEmployer
from services.store.notices import Notice
from services.store.order_lines import NO_COVERS, Covers
from services.store.orders import Order

TODAY = date(2020, 9, 15)
POLICY = Policy()
START = Month(2020, 1)
AMOUNT = Money.parse("500.00")

BUREAU = Actor(role=Role.BUREAU, name="user/2", origin="192.0.2.2")
WORKER = Actor(role=Role.WORKER, name="reconciler", origin="queue")


def clerk_of(employer: Employer) -> Actor:
    """Somebody who works for the employer."""
    return Actor(role=Role.EMPLOYER, name="user/1", origin="192.0.2.1", employer_id=employer.id)


def person(person_id: int) -> Actor:
    """An employee, logged in for themselves."""
    return Actor(role=Role.PERSON, name=f"person/{person_id}", origin="192.0.2.3", person_id=person_id)


def id_number(serial: int) -> IdNumber:
    """Make up a valid ID number; serials up to about 800,000 give different ones."""
    days, rest = divmod(serial, 999)
    years, day = divmod(days, 28)
    return IdNumber.of_body(f"440101{1960 + years:04}01{day + 1:02}{rest:03}")


def new_employee(serial: int, **facts: object) -> NewEmployee:
    """Make up an employee who is paid from `START` on."""
    known: dict[str, object] = {
        "id_number": id_number(serial),
        "name": f"员工{serial}",
        "name_pinyin": f"yuangong {serial:06}",
        "start_month": START,
        "file_amount": FileAmount(effective=START, amount=AMOUNT),
    }
    return NewEmployee(**(known | facts))  # type: ignore[arg-type]


def org_code(serial: int) -> OrganizationCode:
    """Make up a valid organisation code."""
    body = f"{serial:08}"
    total = sum(weight * int(digit) for weight, digit in zip((3, 7, 9, 10, 5, 8, 4, 2), body, strict=True))
    return OrganizationCode.parse(f"{body}{'0123456789X'[-total % 11]}")


async def register(connection: Connection, serial: int = 1, code: str | None = None) -> Employer:
    """Register an employer that may order."""
    async with acting(connection, BUREAU):
        return await employers.register(
            connection,
            NewEmployer(name=f"单位{serial}", org_code=org_code(serial), code=code, initialised=True),
        )


async def employ(connection: Connection, employer: Employer, *people: NewEmployee) -> tuple[int, ...]:
    """Open accounts, and return the persons' ids."""
    async with acting(connection, BUREAU):
        return await employees.add(connection, employer.id, people)


async def attach(connection: Connection, actor: Actor, purpose: str) -> tuple[int, ...]:
    """Let the actor's files lie in every slot that a purpose requires, as if they had been uploaded; gives their ids."""
    found = []
    async with acting(connection, actor):
        for slot in SLOTS[purpose]:
            if slot.required:
                begun = await attachments.begin(connection, purpose, slot.name, f"{slot.zh}.jpg")
                stored = Stored(size_bytes=1, sha256=bytes(32), media_type=MediaType.JPEG, pages=1)
                found.append((await attachments.finish(connection, begun.id, stored)).id)
    return tuple(found)


def line(person_id: int, month: Month, amount: Money = AMOUNT, *, carry_over: bool = True) -> OrderLine:
    """A line with a typed amount."""
    return OrderLine(
        person_id=person_id, month=month, amount=amount, source=AmountSource.DESIGNATED, carry_over=carry_over
    )


async def draft(
    connection: Connection,
    employer: Employer,
    *lines: OrderLine,
    kind: OrderKind = OrderKind.REGULAR,
    months: MonthRange | None = None,
    covers: Covers = NO_COVERS,
) -> Order:
    """Make a draft with lines; its months are those of the lines unless given."""
    known = sorted(line.month for line in lines)
    async with acting(connection, clerk_of(employer)):
        order = await orders.create(connection, employer.id, kind, months or MonthRange(known[0], known[-1]))
        return await order_lines.put(connection, order.id, order.version, lines, covers=covers, policy=POLICY)


async def submit(connection: Connection, employer: Employer, order: Order) -> Order:
    """Submit a draft."""
    async with acting(connection, clerk_of(employer)):
        return await submissions.submit(connection, order.id, order.version, policy=POLICY, today=TODAY)


async def submitted(
    connection: Connection,
    employer: Employer,
    *lines: OrderLine,
    kind: OrderKind = OrderKind.REGULAR,
    covers: Covers = NO_COVERS,
) -> Order:
    """Make an order and submit it."""
    return await submit(connection, employer, await draft(connection, employer, *lines, kind=kind, covers=covers))


async def approve(connection: Connection, *to_approve: Order, join: tuple[int, ...] = (), seed: int = 1) -> Notice:
    """Approve orders into one notice."""
    async with acting(connection, BUREAU):
        issued = await approvals.approve(
            connection,
            {order.id: order.version for order in to_approve},
            join=join,
            policy=POLICY,
            today=TODAY,
            rng=Random(seed),  # noqa: S311 -- made-up codes of made-up employers.
        )
    return issued.notice


async def pay(connection: Connection, notice: Notice) -> None:
    """Let a bank line of exactly the notice's amount pay it, as the reconciler would."""
    paid = BankLine(
        amount=notice.amount,
        direction=Direction.CREDIT,
        currency="CNY",
        memo=str(notice.memo),
        payer_name="",
        payer_account="1",
    )
    due = FoundNotice(notice_id=notice.id, state=NoticeState.AWAITING, amount=notice.amount)
    line_id = await connection.fetchval(
        """
        WITH account AS (
            INSERT INTO bank_account (number, name, source, proven_closing_fen)
            VALUES ('fund-' || $1::bigint, '住建局', 'test', 0) RETURNING id),
        statement AS (
            INSERT INTO statement (source, sha256, filename, size_bytes, received_from)
            VALUES ('test', sha256($1::text::bytea), 'f', 1, 'test') RETURNING id)
        INSERT INTO bank_line (account_id, fingerprint, occurrence, statement_id, ordinal, booked, bank_ref, direction,
            amount_fen, currency, memo, payer_name, payer_account, payer_bank, disposition, decision)
        SELECT account.id, '\\x00', 0, statement.id, 0, '2020-09-15', '', 'credit', $2, 'CNY', $3, '', '1', '', 'settled', $4
        FROM account, statement RETURNING id
        """,
        notice.id,
        notice.amount.fen,
        str(notice.memo),
        to_record(decide(paid, Found(employer_known=True, notice=due), POLICY)),
    )
    async with acting(connection, WORKER):
        await posting.settle(connection, [(line_id, notice.id)])


def past(serial: int, month: Month, amount: Money = AMOUNT, /, **cells: str) -> WantedRow:
    """A row of 缴款历史补录 for the employee of a serial, as it is typed."""
    texts = {"id_number": str(id_number(serial)), "name": f"员工{serial}", "month": str(month), "amount": str(amount)}
    return WantedRow(row=BackfillRow(**(texts | cells)))


async def backfill(connection: Connection, employer: Employer, *rows: WantedRow) -> Application:
    """Ask the bureau to record payments of the past."""
    files = await attach(connection, clerk_of(employer), "backfill")
    async with acting(connection, clerk_of(employer)):
        return await backfills.submit(connection, employer.id, rows, attachments=files, today=TODAY)


async def approve_application(connection: Connection, asked: Application) -> Application:
    """Let the bureau approve something that is no order."""
    async with acting(connection, BUREAU):
        return await application_decisions.approve(connection, asked.id, asked.version)
