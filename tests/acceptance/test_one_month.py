"""The main job from end to end, on real servers: order, approval, notice, statement by queue, ledgers, refund flags."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from random import Random

import attrs

from demo.people import People
from libsubsidy import (
    AmountSource,
    Memo,
    Money,
    Month,
    MonthRange,
    OrderKind,
    OrderLine,
    OrganizationCode,
    Policy,
)
from services.bus.publish import OutgoingStatement, publish_statement
from services.reconciler import app
from services.reconciler.settings import Settings
from services.settings import AmqpUrl, PostgresUrl
from services.store import approvals, employees, employers, ledgers, notices, order_lines, orders, submissions
from services.store.accounts import register_account
from services.store.database import Actor, Connection, Role, acting
from services.store.employees import NewEmployee
from services.store.employers import NewEmployer
from services.store.notices import Notice
from tests.patience import eventually
from tests.reconciler.bank import ACCOUNT, Bank, Payment
from tests.reconciler.subscriber import Subscriber
from tests.reconciler.town import is_worked_off, money_of, proves

TODAY = date(2026, 4, 10)
APRIL = Month(2026, 4)
POLICY = Policy()
BUREAU = Actor(role=Role.BUREAU, name="user/1", origin="tests")


class Desk:
    """An employer of twelve and the bureau's reviewer, as the portal will serve them."""

    def __init__(self, db: Connection) -> None:
        """Nobody is registered yet."""
        self._db = db
        self._rng = Random(75_256)  # noqa: S311 - the same codes every time, and no secret.
        self.people: tuple[tuple[int, NewEmployee], ...] = ()

    async def open(self) -> None:
        """Register the account of the bureau, the employer of the manual's example and its people."""
        hired = People(Random(1))  # noqa: S311 - made-up people.
        wanted = [hired.hire(start_month=Month(2026, 1), paid_through=Month(2026, 3)) for _ in range(12)]
        async with acting(self._db, BUREAU):
            await register_account(self._db, number=ACCOUNT, name="住房补贴专户", source="demo-bank")
            self.employer = await employers.register(
                self._db,
                NewEmployer(
                    name="示范学校", org_code=OrganizationCode.parse("PDY00001-X"), code="75256", initialised=True
                ),
            )
            ids = await employees.add(self._db, self.employer.id, wanted)
        self.people = tuple(zip(ids, wanted, strict=True))
        self._actor = Actor(role=Role.EMPLOYER, name="user/9", origin="tests", employer_id=self.employer.id)

    async def notice(self, kind: OrderKind, months: MonthRange, lines: list[OrderLine]) -> Notice:
        """Order, submit, approve: what the employer has to pay, and the memo."""
        async with acting(self._db, self._actor):
            order = await orders.create(self._db, self.employer.id, kind, months)
            order = await order_lines.put(self._db, order.id, order.version, lines, policy=POLICY)
            order = await submissions.submit(self._db, order.id, order.version, policy=POLICY, today=TODAY)
        async with acting(self._db, BUREAU):
            issued = await approvals.approve(
                self._db, {order.id: order.version}, policy=POLICY, today=TODAY, rng=self._rng
            )
        return issued.notice

    async def cancel(self, notice: Notice) -> None:
        """Take a notice back, as the bureau may while nothing has come."""
        async with acting(self._db, BUREAU):
            await notices.cancel(self._db, notice.id, "金额填错")


def amount_of(employee: NewEmployee) -> Money:
    """The amount of the personnel file."""
    assert employee.file_amount is not None
    return employee.file_amount.amount


def regular(desk: Desk) -> list[OrderLine]:
    """April for everybody, by the personnel file."""
    return [
        OrderLine(person_id=person, month=APRIL, amount=amount_of(employee), source=AmountSource.FILE)
        for person, employee in desk.people
    ]


def year_made_good(desk: Desk) -> list[OrderLine]:
    """Twelve months before the start month, for one person."""
    person, employee = desk.people[0]
    return [
        OrderLine(person_id=person, month=month, amount=amount_of(employee), source=AmountSource.DESIGNATED)
        for month in MonthRange(Month(2025, 1), Month(2025, 12))
    ]


def difference(desk: Desk, yuan: str) -> list[OrderLine]:
    """A lump sum for two people."""
    return [
        OrderLine(person_id=person, month=APRIL, amount=Money.parse(yuan), source=AmountSource.DESIGNATED)
        for person, _ in desk.people[:2]
    ]


@asynccontextmanager
async def reconciler(database_url: str, amqp_url: str) -> AsyncIterator[None]:
    """Run the service beside the test."""
    stop = asyncio.Event()
    running = asyncio.create_task(
        app.run(Settings(database_url=PostgresUrl(database_url), amqp_url=AmqpUrl(amqp_url)), stop)
    )
    try:
        yield
    finally:
        stop.set()
        await running


async def test_one_month_from_order_to_ledger(db: Connection, database_url: str, vhost_url: str) -> None:
    """Three notices are paid by their memos and credit the ledgers; each wrong payment is flagged with its reason.

    The events that say so reach a program that shares nothing with the reconciler but the broker.
    """
    desk = Desk(db)
    await desk.open()
    april = await desk.notice(OrderKind.REGULAR, MonthRange(APRIL, APRIL), regular(desk))
    year = await desk.notice(OrderKind.MONTHLY, MonthRange(Month(2025, 1), Month(2025, 12)), year_made_good(desk))
    lump = await desk.notice(OrderKind.LUMP_DIFFERENCE, MonthRange(APRIL, APRIL), difference(desk, "88.75"))
    unpaid = await desk.notice(OrderKind.LUMP_DIFFERENCE, MonthRange(APRIL, APRIL), difference(desk, "10.00"))
    gone = await desk.notice(OrderKind.LUMP_DIFFERENCE, MonthRange(APRIL, APRIL), difference(desk, "20.00"))
    await desk.cancel(gone)

    def paid(notice: Notice, text: str, fen: int = 0) -> Payment:
        return Payment(fen=notice.amount.fen + fen, memo=text, day=TODAY, payer_name="示范学校")

    wrong = {
        "ORDER_ALREADY_PAID": paid(april, str(april.memo)),
        "AMOUNT_SHORT": paid(unpaid, str(unpaid.memo), -1),
        "AMOUNT_OVER": paid(unpaid, str(unpaid.memo), 1),
        "ORDER_NOT_OPEN": paid(gone, str(gone.memo)),
        "ORDER_UNKNOWN": paid(unpaid, str(attrs.evolve(unpaid.memo, order_code="ZZZZ"))),
        "EMPLOYER_UNKNOWN": paid(unpaid, str(Memo(employer_code="99999", order_code="A7W5"))),
        "MEMO_NOT_AT_START": paid(unpaid, f"转账{unpaid.memo}"),
        "MEMO_MISSING": paid(unpaid, ""),
    }
    body = Bank().statement(
        [
            paid(april, f"{april.memo}，2026年4月份雇员汇缴款"),
            paid(year, str(year.memo)),
            paid(lump, f"转账汇入|{lump.memo}"),
            *wrong.values(),
            Payment(fen=3_21, memo="结息", kind="INT", payer_account="", day=TODAY),
        ]
    )
    subscriber = Subscriber(vhost_url)
    async with reconciler(database_url, vhost_url):
        await publish_statement(
            vhost_url, OutgoingStatement(source="demo-bank", filename="20260410.ofx", body=body, packed=True)
        )
        await eventually(lambda: is_told(db))

    assert ["paid", "paid", "paid", "awaiting", "cancelled"] == [
        row["state"] for row in await db.fetch("SELECT state FROM payment_notice ORDER BY id")
    ]
    credited = await ledgers.of_employer(db, desk.employer.id)
    assert (april.amount + year.amount + lump.amount, 12, APRIL) == (
        credited.credited,
        credited.people,
        credited.last_month,
    )
    totals = await ledgers.totals(db, [person for person, _ in desk.people])
    first, *others = desk.people
    assert totals[first[0]].balance.fen == 13 * amount_of(first[1]).fen + 88_75
    assert totals[first[0]].periods == 3 + 1 + 12
    assert [amount_of(employee).fen for _, employee in others[1:]] == [
        totals[person].balance.fen for person, _ in others[1:]
    ]
    cases = await db.fetch("SELECT reason, amount_fen, payer_name, payer_account FROM line_case ORDER BY line_id")
    assert [
        (reason, payment.fen, payment.payer_name, payment.payer_account) for reason, payment in wrong.items()
    ] == sorted((tuple(case) for case in cases), key=lambda case: list(wrong).index(case[0]))
    assert proves(await money_of(db))

    told = {event.id: event for event in await asyncio.to_thread(subscriber.receive_all)}.values()
    settled = {event.body["memo"]: event.body["amount"] for event in told if event.type == "remittance.settled.v1"}
    assert {str(notice.memo): str(notice.amount) for notice in (april, year, lump)} == settled
    assert sorted(wrong) == sorted(event.body["reason"] for event in told if event.type == "refund.flagged.v1")
    assert 5 == sum(event.type == "order.approved.v1" for event in told)
    assert 1 == sum(event.type == "order.cancelled.v1" for event in told)
    (reconciled,) = [event for event in told if event.type == "statement.reconciled.v1"]
    assert (12, 3, 8, 1) == tuple(int(reconciled.body[name]) for name in ("lines", "settled", "refunds", "others"))


async def is_told(db: Connection) -> bool:
    """Say whether the statement is decided and every event has left."""
    arrived: bool = await db.fetchval("SELECT EXISTS (SELECT FROM statement)")
    return arrived and await is_worked_off(db) and not await db.fetchval("SELECT EXISTS (SELECT FROM outbox)")
