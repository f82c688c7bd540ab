"""The orders of the demo month, carried from draft to notice by the store's own functions, as the portal will.

The school orders whatever the manual knows: the regular month, twelve months for a newcomer, a lump sum for a
difference and one for two months that were forgotten, which the bureau joins into one notice (合并缴款), and a difference
that is cancelled again. The hospital orders for two thousand people at once, the small employers for four months each.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Sequence
from datetime import date
from random import Random
from typing import Any, Final

import attrs

from demo.employers import SMALL_MONTHS, Payer, Plan, Staffed, monthly_amount, register
from libsubsidy import AmountSource, Memo, Money, Month, MonthRange, OrderKind, OrderLine, Policy
from services.store import approvals, notices, order_lines, orders, submissions
from services.store.database import ACQUIRE_SECONDS_MAX, Actor, Connection, Pool, Role, acting, working
from services.store.employees import NewEmployee
from services.store.order_lines import NO_COVERS, Covers
from services.store.orders import Order

BUREAU: Final = Actor(role=Role.BUREAU, name="demo/reviewer", origin="demo")
YEAR: Final = 12
_DECEMBER: Final = 12
_POLICY: Final = Policy()
# Employers order side by side; each on a connection of its own.
_AT_ONCE: Final = 4


@attrs.frozen(kw_only=True)
class Due:
    """What an employer has to pay: a notice as it was handed over, whatever became of it since.

    Attributes:
        about: what it is for, as people write it behind the memo.
    """

    notice_id: int
    memo: Memo
    amount: Money
    payer: Payer
    about: str


@attrs.frozen(kw_only=True)
class Dues:
    """The notices of the demo month.

    Attributes:
        last_month: the school's notice of the month before, which last month's statement pays.
        merged: the notice of the difference, before it went into `joint`.
        newcomer: the person for whom a year is made good.
        small: those of the small employers, in the order of employer and month.
    """

    last_month: Due
    regular: Due
    back_payment: Due
    merged: Due
    joint: Due
    cancelled: Due
    hospital: Due
    small: tuple[Due, ...]
    newcomer: int

    @property
    def memos(self) -> frozenset[Memo]:
        """Every memo that was ever issued."""
        school = (self.last_month, self.regular, self.back_payment, self.merged, self.joint, self.cancelled)
        return frozenset(due.memo for due in (*school, self.hospital, *self.small))


@attrs.frozen(kw_only=True)
class _Wanted:
    kind: OrderKind
    months: MonthRange
    lines: tuple[OrderLine, ...]
    covers: Covers = NO_COVERS


async def place_all(
    pool: Pool, plans: Sequence[Plan], month: Month, *, today: date, seed: int, noted: Callable[[int], None]
) -> Dues:
    """Register all employers and bring all their orders to notices; `noted` hears how many notices there are more."""
    async with working(pool, BUREAU) as connection:
        school, hospital, *others = await register(connection, plans)
    async with pool.acquire(timeout=ACQUIRE_SECONDS_MAX) as connection:
        desk = _Desk(connection, school, today, Random(f"{seed}/{school.employer.code}"))  # noqa: S311 -- no secret.
        back_payment = await desk.notice(_newcomers_year(school, month), f"{school.people[-1][1].name}补缴十二个月")
        regular, last_month = await _school_regular(desk, month)
        merged, joint, cancelled = await _school_lumps(desk, month)
        desk = _Desk(connection, hospital, today, Random(f"{seed}/{hospital.employer.code}"))  # noqa: S311 -- no secret.
        hospital_due = await desk.notice(_regular(month, hospital.people), _about(month))
        noted(7)
    small: dict[int, tuple[Due, ...]] = {}

    async def order_months(staffed: Staffed) -> None:
        async with pool.acquire(timeout=ACQUIRE_SECONDS_MAX) as connection:
            rng = Random(f"{seed}/{staffed.employer.code}")  # noqa: S311 -- no secret.
            desk = _Desk(connection, staffed, today, rng)
            months = [month - behind for behind in reversed(range(SMALL_MONTHS))]
            small[staffed.employer.id] = await desk.notices(
                [(_regular(each, staffed.people), _about(each)) for each in months]
            )
        noted(SMALL_MONTHS)

    await _side_by_side(order_months(staffed) for staffed in others)
    return Dues(
        last_month=last_month,
        regular=regular,
        back_payment=back_payment,
        merged=merged,
        joint=joint,
        cancelled=cancelled,
        hospital=hospital_due,
        small=tuple(due for staffed in others for due in small[staffed.employer.id]),
        newcomer=school.people[-1][0],
    )


async def _side_by_side(work: Iterable[Coroutine[Any, Any, None]]) -> None:
    waiting = list(work)
    waiting.reverse()

    async def one_by_one() -> None:
        while waiting:
            await waiting.pop()

    async with asyncio.TaskGroup() as group:
        for _ in range(_AT_ONCE):
            group.create_task(one_by_one())


async def _school_regular(desk: "_Desk", month: Month) -> tuple[Due, Due]:
    """Order the month before for all but the newcomer, and this month for everybody, one with an amount typed in."""
    *settled, newcomer = desk.staffed.people
    last_month = await desk.notice(_regular(month - 1, settled), _about(month - 1))
    wanted = _regular(month, (*settled, newcomer))
    first, *others = wanted.lines
    designated = attrs.evolve(first, amount=Money.parse("700.25"), source=AmountSource.DESIGNATED)
    return await desk.notice(attrs.evolve(wanted, lines=(designated, *others)), _about(month)), last_month


async def _school_lumps(desk: "_Desk", month: Month) -> tuple[Due, Due, Due]:
    """Order a difference and forgotten months, join both into one notice, and take another difference back."""
    people = desk.staffed.people
    difference = await desk.notice(_difference(people[:2], month - 1, "88.75"), "补缴差额")
    missed_id, missed = people[-2]
    missed_lump = _Wanted(
        kind=OrderKind.LUMP_MISSED,
        months=MonthRange(month - 2, month - 2),
        lines=(_line(missed_id, month - 2, Money(fen=2 * monthly_amount(missed).fen)),),
        covers={missed_id: frozenset({month - 3, month - 2})},
    )
    submitted = await desk.submit([missed_lump])
    joint = await desk.approve(submitted, "补缴差额及漏缴", join=[difference.notice_id])
    cancelled = await desk.notice(_difference(people[2:3], month - 1, "120.50"), "补缴差额")
    async with acting(desk.connection, BUREAU):
        await notices.cancel(desk.connection, cancelled.notice_id, "金额填错，单位重新申报")
    return difference, joint, cancelled


def year_before(month: Month) -> MonthRange:
    """Give twelve months before a month that cross a year's end.

    >>> str(year_before(Month(2026, 1)).first), str(year_before(Month(2026, 4)).first)
    ('2024-12', '2025-04')
    """
    last = month - 1 if (month - 1).month != _DECEMBER else month - 2
    return MonthRange(last - (YEAR - 1), last)


def _newcomers_year(school: Staffed, month: Month) -> _Wanted:
    """Make a year good, all of it before the newcomer's start month."""
    person_id, newcomer = school.people[-1]
    months = year_before(month)
    lines = tuple(_line(person_id, each, monthly_amount(newcomer)) for each in months)
    return _Wanted(kind=OrderKind.MONTHLY, months=months, lines=lines)


def _regular(month: Month, people: Sequence[tuple[int, NewEmployee]]) -> _Wanted:
    lines = tuple(
        OrderLine(person_id=person_id, month=month, amount=monthly_amount(employee), source=AmountSource.FILE)
        for person_id, employee in people
    )
    return _Wanted(kind=OrderKind.REGULAR, months=MonthRange(month, month), lines=lines)


def _difference(people: Sequence[tuple[int, NewEmployee]], month: Month, yuan: str) -> _Wanted:
    lines = tuple(_line(person_id, month, Money.parse(yuan)) for person_id, _ in people)
    return _Wanted(kind=OrderKind.LUMP_DIFFERENCE, months=MonthRange(month, month), lines=lines)


def _line(person_id: int, month: Month, amount: Money) -> OrderLine:
    return OrderLine(person_id=person_id, month=month, amount=amount, source=AmountSource.DESIGNATED)


def _about(month: Month) -> str:
    return f"{month.year}年{month.month}月份雇员汇缴款"


@attrs.frozen
class _Desk:
    """An employer's clerk, and the reviewer who answers; each in transactions of the own role."""

    connection: Connection
    staffed: Staffed
    today: date
    rng: Random

    async def submit(self, wanted: Sequence[_Wanted]) -> list[Order]:
        employer_id = self.staffed.employer.id
        clerk = Actor(role=Role.EMPLOYER, name="demo/clerk", origin="demo", employer_id=employer_id)
        submitted = []
        async with acting(self.connection, clerk):
            for each in wanted:
                draft = await orders.create(self.connection, employer_id, each.kind, each.months)
                draft = await order_lines.put(
                    self.connection, draft.id, draft.version, each.lines, covers=each.covers, policy=_POLICY
                )
                submitted.append(
                    await submissions.submit(self.connection, draft.id, draft.version, policy=_POLICY, today=self.today)
                )
        return submitted

    async def approve(self, submitted: Sequence[Order], about: str, *, join: Sequence[int] = ()) -> Due:
        async with acting(self.connection, BUREAU):
            return await self._approve(submitted, about, join)

    async def notice(self, wanted: _Wanted, about: str) -> Due:
        return await self.approve(await self.submit([wanted]), about)

    async def notices(self, wanted: Sequence[tuple[_Wanted, str]]) -> tuple[Due, ...]:
        submitted = await self.submit([each for each, _ in wanted])
        async with acting(self.connection, BUREAU):
            return tuple(
                [await self._approve([order], about) for order, (_, about) in zip(submitted, wanted, strict=True)]
            )

    async def _approve(self, submitted: Sequence[Order], about: str, join: Sequence[int] = ()) -> Due:
        seen = {order.id: order.version for order in submitted}
        issued = await approvals.approve(
            self.connection, seen, join=join, policy=_POLICY, today=self.today, rng=self.rng
        )
        notice = issued.notice
        return Due(notice_id=notice.id, memo=notice.memo, amount=notice.amount, payer=self.staffed.payer, about=about)
