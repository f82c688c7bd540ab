"""Orders and claims against a model of a few dictionaries (I9, I12, I21, I26), by whatever steps hypothesis thinks of."""

import asyncio
from collections.abc import Coroutine
from random import Random
from typing import Any, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from libsubsidy import (
    ORDER_LIFE,
    BackfillRow,
    EmploymentState,
    Month,
    OrderEvent,
    OrderKind,
    OrderState,
    TransitionRefused,
)
from services.store import application_decisions, approvals, notices, orders, submissions
from services.store.applications import Application
from services.store.backfill_judging import WantedRow
from services.store.database import acting, connect
from services.store.employers import Employer
from services.store.orders import Order
from services.store.refusals import RefusedError
from tests.store.fund import (
    BUREAU,
    POLICY,
    TODAY,
    approve,
    approve_application,
    backfill,
    clerk_of,
    draft,
    employ,
    line,
    new_employee,
    pay,
    submit,
)
from tests.store.fund import register as register_employer

MONTHS = [Month(2020, 2), Month(2020, 3)]
IN_NOTICE = {OrderState.APPROVED, OrderState.CREDITED, OrderState.CANCELLED}
Result = TypeVar("Result")
Outcome = Order | list[str]


class OrdersAndClaims(RuleBasedStateMachine):
    """Two employers; a person of each, and one who left the first for the second: their months may collide."""

    url: str
    examples = 0

    def __init__(self) -> None:
        """Begin with new employers and people, so that examples share a database and nothing else."""
        super().__init__()
        self.runner = asyncio.Runner()
        self.connection = self.run(connect(self.url))
        type(self).examples += 1
        self.employers, self.people = self.run(self._begin(type(self).examples))
        self.orders: dict[int, Order] = {}
        self.lines: dict[int, set[tuple[int, Month]]] = {}
        # Who holds it: the order, or the application with a minus before it.
        self.claims: dict[tuple[int, Month], int] = {}

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Do something with the database."""
        return self.runner.run(work)

    async def _begin(self, example: int) -> tuple[list[Employer], list[list[int]]]:
        first, second = [await register_employer(self.connection, example * 2 + step) for step in range(2)]
        serial = example * 3
        # An opening counts as having remitted, so that the start-month rule never speaks here.
        known: dict[str, object] = {"opening_periods": 1}
        left = new_employee(serial, **known, state=EmploymentState.ENDED)
        here = await employ(self.connection, first, left, new_employee(serial + 1, **known))
        await self.connection.execute("UPDATE employment SET state_from = '2020-06-01' WHERE state = 'ended'")
        there = await employ(self.connection, second, new_employee(serial, **known), new_employee(serial + 2, **known))
        return [first, second], [list(here), list(there)]

    def teardown(self) -> None:
        """Close what this example opened."""
        self.run(self.connection.close())
        self.runner.close()

    async def outcome(self, work: Coroutine[Any, Any, Order]) -> Outcome:
        """Return the order, or the codes of the refusal."""
        try:
            return await work
        except RefusedError as error:
            return sorted({found.code for found in error.violations})

    async def refusal(self, work: Coroutine[Any, Any, None]) -> list[str]:
        """Return the codes of the refusal, none if it went through."""
        try:
            await work
        except RefusedError as error:
            return sorted({found.code for found in error.violations})
        return []

    def expect(self, order: Order, event: OrderEvent, outcome: Outcome) -> OrderState | None:
        """Compare an outcome with the library's table; return the new state if the event was allowed."""
        try:
            state = ORDER_LIFE.transition(order.state, event)
        except TransitionRefused:
            assert ["ORDER_STATE"] == outcome
            return None
        assert isinstance(outcome, Order)
        assert (state, order.version + 1) == (outcome.state, outcome.version)
        self.orders[order.id] = outcome
        return state

    def release(self, order: Order) -> None:
        """Let the model's claims of an order go."""
        self.claims = {key: holder for key, holder in self.claims.items() if holder != order.id}

    def choose(self, data: st.DataObject) -> Order:
        """Let hypothesis choose one of the orders."""
        return self.orders[data.draw(st.sampled_from(sorted(self.orders)))]

    def whose(self, order: Order) -> Employer:
        """Return the employer of an order."""
        return next(employer for employer in self.employers if employer.id == order.employer_id)

    @rule(
        side=st.integers(0, 1),
        kind=st.sampled_from([OrderKind.REGULAR, OrderKind.MONTHLY]),
        month=st.sampled_from(MONTHS),
        chosen=st.sets(st.integers(0, 1), min_size=1),
    )
    def make(self, side: int, kind: OrderKind, month: Month, chosen: set[int]) -> None:
        """A clerk makes a draft."""
        people = [self.people[side][index] for index in sorted(chosen)]
        lines = [line(person_id, month) for person_id in people]
        order = self.run(draft(self.connection, self.employers[side], *lines, kind=kind))
        self.orders[order.id] = order
        self.lines[order.id] = {(person_id, month) for person_id in people}

    @precondition(lambda self: self.orders)
    @rule(data=st.data())
    def submit(self, data: st.DataObject) -> None:
        """A clerk submits: it goes through if nobody holds any of the months."""
        order = self.choose(data)
        outcome = self.run(self.outcome(submit(self.connection, self.whose(order), order)))
        taken = self.lines[order.id] & self.claims.keys()
        if order.state is OrderState.DRAFT and taken:
            assert ["MONTH_ALREADY_LIVE"] == outcome
        elif self.expect(order, OrderEvent.SUBMIT, outcome) is not None:
            self.claims |= dict.fromkeys(self.lines[order.id], order.id)

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), event=st.sampled_from([OrderEvent.RETRACT, OrderEvent.REVISE]))
    def take_back(self, data: st.DataObject, event: OrderEvent) -> None:
        """A clerk retracts or revises."""
        order = self.choose(data)

        async def act() -> Order:
            work = submissions.retract if event is OrderEvent.RETRACT else submissions.revise
            async with acting(self.connection, clerk_of(self.whose(order))):
                return await work(self.connection, order.id, order.version)

        if self.expect(order, event, self.run(self.outcome(act()))) is OrderState.RETRACTED:
            self.release(order)

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), event=st.sampled_from([OrderEvent.RETURN, OrderEvent.REJECT]))
    def turn_down(self, data: st.DataObject, event: OrderEvent) -> None:
        """A reviewer returns or rejects."""
        order = self.choose(data)

        async def act() -> Order:
            work = approvals.send_back if event is OrderEvent.RETURN else approvals.reject
            async with acting(self.connection, BUREAU):
                return await work(self.connection, order.id, order.version, "理由")

        if self.expect(order, event, self.run(self.outcome(act()))) is not None:
            self.release(order)

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), seed=st.integers(0, 3))
    def approve(self, data: st.DataObject, seed: int) -> None:
        """A reviewer approves."""
        order = self.choose(data)

        async def act() -> Order:
            await approve(self.connection, order, seed=seed)
            return await orders.get(self.connection, order.id)

        self.expect(order, OrderEvent.APPROVE, self.run(self.outcome(act())))

    @precondition(lambda self: any(order.notice_id for order in self.orders.values()))
    @rule(data=st.data(), paid=st.booleans())
    def end(self, data: st.DataObject, paid: bool) -> None:  # noqa: FBT001 -- hypothesis draws it by name.
        """Money comes for a notice, or the bureau cancels it; a second time neither does anything."""
        by_notice = sorted({order.notice_id for order in self.orders.values() if order.notice_id is not None})
        notice = self.run(notices.get(self.connection, data.draw(st.sampled_from(by_notice))))
        its = [order for order in self.orders.values() if order.notice_id == notice.id]
        open_before = all(order.state is OrderState.APPROVED for order in its)

        async def act() -> None:
            if paid and open_before:
                await pay(self.connection, notice)
            else:
                async with acting(self.connection, BUREAU):
                    await notices.cancel(self.connection, notice.id, "理由")

        refusal = self.run(self.refusal(act()))
        assert ([] if open_before else ["NOTICE_STATE"]) == refusal
        if refusal:
            return
        for order in its:
            self.orders[order.id] = self.run(orders.get(self.connection, order.id))
            assert (OrderState.CREDITED if paid else OrderState.CANCELLED) is self.orders[order.id].state
            if not paid:
                self.release(order)

    @precondition(lambda self: len([o for o in self.orders.values() if o.state is OrderState.APPROVED]) > 1)
    @rule(data=st.data())
    def merge(self, data: st.DataObject) -> None:
        """The bureau merges two awaiting notices, if they are one employer's."""
        awaiting = sorted({o.notice_id for o in self.orders.values() if o.state is OrderState.APPROVED and o.notice_id})
        chosen = data.draw(st.lists(st.sampled_from(awaiting), min_size=1, max_size=2, unique=True))
        owners = {order.employer_id for order in self.orders.values() if order.notice_id in chosen}

        async def act() -> None:
            async with acting(self.connection, BUREAU):
                await notices.merge(self.connection, chosen, policy=POLICY, rng=Random(1))  # noqa: S311

        refusal = self.run(self.refusal(act()))
        assert (["ONE_EMPLOYER_PER_NOTICE"] if len(owners) > 1 else []) == refusal
        if refusal:
            return
        for order in list(self.orders.values()):
            if order.notice_id in chosen:
                self.orders[order.id] = self.run(orders.get(self.connection, order.id))

    @rule(data=st.data(), month=st.sampled_from(MONTHS), side=st.integers(0, 1), returned=st.booleans())
    def backfill(self, data: st.DataObject, month: Month, side: int, *, returned: bool) -> None:
        """An employer records a month of the past, if it is free (I12); what the bureau returns holds nothing."""
        person_id = data.draw(st.sampled_from(self.people[side]))
        row = self.run(self.connection.fetchrow("SELECT id_number, name FROM person WHERE id = $1", person_id))
        assert row is not None
        wanted = WantedRow(row=BackfillRow(**dict(row), month=str(month), amount="1"))
        held = ["MONTH_ALREADY_LIVE"] if (person_id, month) in self.claims else []
        asked: list[Application] = []

        async def act() -> None:
            asked.append(await backfill(self.connection, self.employers[side], wanted))

        assert held == self.run(self.refusal(act()))
        if not asked:
            return
        if returned:
            self.run(self.send_back(asked[0]))
        else:
            self.run(approve_application(self.connection, asked[0]))
            self.claims[person_id, month] = -asked[0].id

    async def send_back(self, asked: Application) -> None:
        """Let the bureau return an application."""
        async with acting(self.connection, BUREAU):
            await application_decisions.send_back(self.connection, asked.id, asked.version, "凭证不清晰")

    @precondition(lambda self: any(order.version > 2 for order in self.orders.values()))
    @rule(data=st.data())
    def act_on_what_is_no_longer_so(self, data: st.DataObject) -> None:
        """Somebody submits with the version before the last: refused, whatever the state."""
        order = self.choose(data)

        async def act() -> Order:
            async with acting(self.connection, clerk_of(self.whose(order))):
                return await submissions.submit(
                    self.connection, order.id, order.version - 1, policy=POLICY, today=TODAY
                )

        assert ["STALE_VERSION"] == self.run(self.outcome(act()))

    @invariant()
    def claims_are_the_models(self) -> None:
        """I9, I12: the table holds exactly the model's months, each once, and by whom the model says."""
        rows = self.run(
            self.connection.fetch(
                "SELECT person_id, month, coalesce(order_id, -application_id) FROM claim WHERE person_id = ANY ($1)",
                [*self.people[0], *self.people[1]],
            )
        )
        assert self.claims == {(row[0], Month.of(row[1])): row[2] for row in rows}

    @invariant()
    def notices_ask_for_their_orders(self) -> None:
        """I26: approved means one notice, and every notice that is not merged asks for the sum of its orders."""
        rows = self.run(
            self.connection.fetch(
                """
                SELECT o.id, o.state, o.notice_id, n.state <> 'merged' AND n.amount_fen = (
                    SELECT sum(total_fen) FROM remittance_order s WHERE s.notice_id = n.id) AS even
                FROM remittance_order o LEFT JOIN payment_notice n ON n.id = o.notice_id
                WHERE o.employer_id = ANY ($1)
                """,
                [employer.id for employer in self.employers],
            )
        )
        assert {order.id: order.state.value for order in self.orders.values()} == {
            row["id"]: row["state"] for row in rows
        }
        for row in rows:
            assert (OrderState(row["state"]) in IN_NOTICE) == bool(row["even"])


def test_orders_and_claims_are_as_the_model_says(database_url: str) -> None:
    """No series of steps makes two live claims of a month, or a notice without its orders."""
    machine = type("OrdersAndClaimsHere", (OrdersAndClaims,), {"url": database_url})
    run_state_machine_as_test(machine, settings=settings(max_examples=25, stateful_step_count=25, deadline=None))
