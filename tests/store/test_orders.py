"""Orders: drafts in pages, the sheet of a month, submitting and taking back."""

import asyncio

import asyncpg
import attrs
import pytest

from libsubsidy import (
    ORDER_LIFE,
    AmountSource,
    EmploymentState,
    Money,
    Month,
    MonthRange,
    OrderEvent,
    OrderKind,
    OrderState,
    Policy,
)
from services.store import audit, employers, order_lines, orders, submissions
from services.store.database import Actor, Connection, Role, acting, connect
from services.store.employers import Employer, NewEmployer
from services.store.order_lines import Covers
from services.store.orders import Order
from services.store.refusals import RefusedError
from tests.store.fund import (
    BUREAU,
    POLICY,
    START,
    TODAY,
    approve,
    approve_application,
    backfill,
    clerk_of,
    draft,
    employ,
    line,
    new_employee,
    org_code,
    past,
    register,
    submit,
    submitted,
)
from tests.store.waiting import until_somebody_waits

SEPTEMBER = Month(2020, 9)
# What the database lets an order's state become, tried pair by pair, must be the library's table.
PAID_AND_CREDITED = {(OrderState.APPROVED, OrderState.CREDITED)}  # Store: paid and credited are one transaction.


def codes(caught: pytest.ExceptionInfo[RefusedError]) -> list[str]:
    """The codes of a refusal."""
    return [found.code for found in caught.value.violations]


async def count(connection: Connection, table: str) -> int:
    """Count a table's rows, as the owner."""
    rows: int = await connection.fetchval(f"SELECT count(*) FROM {table}")
    return rows


@pytest.fixture
async def employer(db: Connection) -> Employer:
    """An employer that may order."""
    return await register(db)


async def test_the_database_moves_orders_as_the_library_does(db: Connection, employer: Employer) -> None:
    """Every pair of states is tried in SQL: what goes through is exactly the table of libsubsidy (I21)."""
    order = await draft(db, employer, *[line(p, START) for p in await employ(db, employer, new_employee(1))])
    notice = await db.fetchval(
        "INSERT INTO payment_notice (employer_id, employer_code, order_code, amount_fen)"
        " VALUES ($1, $2, 'A7W5', 1) RETURNING id",
        employer.id,
        employer.code,
    )
    stored = [state for state in OrderState if state is not OrderState.PAID]
    allowed, refusals = set(), set()
    for before in stored:
        for after in stored:
            in_notice = after in {OrderState.APPROVED, OrderState.CREDITED, OrderState.CANCELLED}
            try:
                async with db.transaction():
                    await db.execute("SET LOCAL session_replication_role = replica")
                    was_in_notice = before in {OrderState.APPROVED, OrderState.CREDITED, OrderState.CANCELLED}
                    set_state = "UPDATE remittance_order SET state = $2, notice_id = $3 WHERE id = $1"
                    await db.execute(set_state, order.id, before.value, notice if was_in_notice else None)
                    await db.execute("SET LOCAL session_replication_role = origin")
                    await db.execute(set_state, order.id, after.value, notice if in_notice else None)
                    if before is not after:
                        allowed.add((before, after))
            except asyncpg.RestrictViolationError as error:
                refusals.add(error.constraint_name)
    library = {
        (before, after) for (before, _), after in ORDER_LIFE.table.items() if OrderState.PAID not in {before, after}
    }
    assert (library | PAID_AND_CREDITED, {"remittance_order_moves"}) == (allowed, refusals)


async def test_pages_add_up(db: Connection, employer: Employer) -> None:
    """A page adds lines, a line of the same person and month is replaced, and the totals follow."""
    one, two, three = await employ(db, employer, *map(new_employee, range(3)))
    order = await draft(db, employer, line(one, START), line(two, START))
    async with acting(db, clerk_of(employer)):
        order = await order_lines.put(
            db, order.id, order.version, [line(two, START, Money(fen=1)), line(three, START)], policy=POLICY
        )
        stored = await order_lines.read(db, order.id)
    assert (Money.parse("1000.01"), 3, 3) == (order.total, order.line_count, order.person_count)
    assert (line(one, START), line(two, START, Money(fen=1)), line(three, START)) == stored


async def test_replacing_throws_away_what_was_there(db: Connection, employer: Employer) -> None:
    """The first page of a new sheet begins anew, also with the months a lump sum covers."""
    one, two = await employ(db, employer, *map(new_employee, range(2)))
    covers = {one: frozenset({Month(2019, 1)}), two: frozenset({Month(2019, 2)})}
    order = await draft(db, employer, line(one, START), line(two, START), kind=OrderKind.LUMP_MISSED, covers=covers)
    async with acting(db, clerk_of(employer)):
        order = await order_lines.put(
            db,
            order.id,
            order.version,
            [line(two, START)],
            covers={two: frozenset({Month(2019, 3)})},
            replace=True,
            policy=POLICY,
        )
        assert {two: frozenset({Month(2019, 3)})} == await order_lines.read_covers(db, order.id)
    assert (1, 1) == (order.line_count, order.person_count)


async def test_a_page_of_an_old_version_is_refused(db: Connection, employer: Employer) -> None:
    """Two browser windows: the second page that names the same version changes nothing."""
    (one,) = await employ(db, employer, new_employee(1))
    order = await draft(db, employer, line(one, START))
    with pytest.raises(RefusedError) as caught:
        async with acting(db, clerk_of(employer)):
            await order_lines.put(db, order.id, order.version - 1, [line(one, START, Money(fen=1))], policy=POLICY)
    assert ["STALE_VERSION"] == codes(caught)
    assert 50_000 == await db.fetchval("SELECT amount_fen FROM order_line")


@pytest.mark.parametrize(
    ("page", "covered", "lines_max", "refusal"),
    [
        ([(2, 0)], [], 9, "AMOUNT_NOT_POSITIVE"),
        ([(2, -1)], [], 9, "AMOUNT_NOT_POSITIVE"),
        ([(4711, 1)], [], 9, "PERSON_ABSENT"),
        ([(2, 1), (2, 1)], [], 9, "DUPLICATE_LINE"),
        ([(2, 1)], [2], 9, "LUMP_COVERS_NOT_ASKED"),
        ([(2, 1)], [], 1, "ORDER_TOO_LARGE"),
    ],
)
async def test_lines_that_cannot_be_are_refused(  # noqa: PLR0917 -- a row of the table and its fixtures.
    db: Connection,
    employer: Employer,
    page: list[tuple[int, int]],
    covered: list[int],
    lines_max: int,
    refusal: str,
) -> None:
    """Whatever is wrong with a page (person, fen), nothing of it is written."""
    assert (1, 2) == await employ(db, employer, *map(new_employee, range(2)))
    order = await draft(db, employer, line(1, START))
    with pytest.raises(RefusedError) as caught:
        async with acting(db, clerk_of(employer)):
            await order_lines.put(
                db,
                order.id,
                order.version,
                [line(person_id, START, Money(fen=fen)) for person_id, fen in page],
                covers={person_id: frozenset({START}) for person_id in covered},
                policy=Policy(order_lines_max=lines_max),
            )
    assert ([refusal], 1) == (codes(caught), await count(db, "order_line"))


async def test_a_page_has_a_limit(db: Connection, employer: Employer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that is too long is refused before the order is even looked at."""
    monkeypatch.setattr(order_lines, "LINES_PER_CALL_MAX", 1)
    with pytest.raises(RefusedError) as caught:
        await order_lines.put(db, 4711, 1, [line(1, START), line(2, START)], policy=POLICY)
    assert ["LIST_TOO_LONG"] == codes(caught)


@pytest.mark.parametrize(
    ("kind", "months", "refusal"),
    [
        (OrderKind.MONTHLY, MonthRange(Month(2019, 11), Month(2020, 10)), None),
        (OrderKind.MONTHLY, MonthRange(Month(2019, 11), Month(2020, 11)), "BP_RANGE_TOO_LONG"),
        (OrderKind.REGULAR, MonthRange(Month(2020, 1), Month(2020, 2)), "ORDER_ONE_MONTH"),
        (OrderKind.LUMP_DIFFERENCE, MonthRange(Month(2020, 1), Month(2020, 2)), "ORDER_ONE_MONTH"),
        (OrderKind.LUMP_MISSED, MonthRange(Month(2020, 1), Month(2020, 1)), None),
    ],
)
async def test_an_order_has_as_many_months_as_its_kind(
    db: Connection, employer: Employer, kind: OrderKind, months: MonthRange, refusal: str | None
) -> None:
    """Twelve months of back-payment are allowed, thirteen are not; anything else has one month (I14)."""
    found = None
    try:
        async with acting(db, clerk_of(employer)):
            await orders.create(db, employer.id, kind, months)
    except RefusedError as error:
        found = error.violations[0].code
    assert refusal == found


async def test_nobody_orders_before_the_initialisation_or_after_the_end(db: Connection, employer: Employer) -> None:
    """An employer whose employees were not checked, or that is closed, cannot begin an order (I13)."""
    async with acting(db, BUREAU):
        fresh = await employers.register(db, NewEmployer(name="新", org_code=org_code(9)))
    await db.execute("UPDATE employer SET state = 'closed' WHERE id = $1", employer.id)
    refusals = []
    for tried in (fresh, employer):
        with pytest.raises(RefusedError) as caught:
            async with acting(db, clerk_of(tried)):
                await orders.create(db, tried.id, OrderKind.REGULAR, MonthRange(START, START))
        refusals += codes(caught)
    assert ["EMPLOYER_NOT_INITIALISED", "EMPLOYER_CLOSED"] == refusals


async def test_the_sheet_says_who_is_there_and_why_others_are_not(db: Connection, employer: Employer) -> None:
    """Eligible people come with their amounts, the others with their reasons, those without an amount apart (F80)."""
    paid, sealed, young, without = await employ(
        db,
        employer,
        new_employee(1),
        new_employee(2, state=EmploymentState.SEALED),
        new_employee(3, start_month=Month(2020, 10)),
        new_employee(4, file_amount=None),
    )
    async with acting(db, clerk_of(employer)):
        sheet = await submissions.preview(db, employer.id, OrderKind.REGULAR, SEPTEMBER, policy=POLICY, today=TODAY)
    assert [(paid, "500.00", AmountSource.FILE)] == [(it.person_id, str(it.amount), it.source) for it in sheet.lines]
    assert {sealed: ["SEALED"], young: ["START_MONTH_AFTER"]} == {
        person_id: [found.code for found in why] for person_id, why in sheet.missing.items()
    }
    assert (without,) == sheet.without_amount


@pytest.mark.parametrize(
    ("kind", "lines", "without_amount"), [(OrderKind.MONTHLY, 1, 0), (OrderKind.LUMP_DIFFERENCE, 0, 1)]
)
async def test_a_page_of_a_back_payment_proposes_amounts_month_by_month(
    db: Connection, employer: Employer, kind: OrderKind, lines: int, without_amount: int
) -> None:
    """Who has never remitted may be back-paid before the start month only; a lump sum's amount is typed."""
    new, old = await employ(db, employer, new_employee(1), new_employee(2, opening_periods=1))
    async with acting(db, clerk_of(employer)):
        sheet = await submissions.preview(db, employer.id, kind, Month(2020, 3), policy=POLICY, today=TODAY)
    assert {new: ["BP_NOT_BEFORE_START"]} == {
        person_id: [found.code for found in why] for person_id, why in sheet.missing.items()
    }
    assert (lines, without_amount) == (len(sheet.lines), len(sheet.without_amount))
    assert old not in sheet.missing


async def test_a_designated_amount_carries_over(db: Connection, employer: Employer) -> None:
    """March's typed amount is April's default; not that of an order that came back, nor one for this month only (I19)."""
    one, two, three = await employ(db, employer, *map(new_employee, range(3)))
    await submitted(db, employer, line(one, Month(2020, 3), Money(fen=7)), line(two, Month(2020, 3), carry_over=False))
    returned = await submitted(db, employer, line(three, Month(2020, 3), Money(fen=9)))
    async with acting(db, clerk_of(employer)):
        await submissions.retract(db, returned.id, returned.version)
        sheet = await submissions.preview(
            db, employer.id, OrderKind.REGULAR, Month(2020, 5), policy=POLICY, today=TODAY
        )
    assert {one: (7, AmountSource.CARRIED), two: (50_000, AmountSource.FILE), three: (50_000, AmountSource.FILE)} == {
        it.person_id: (it.amount.fen, it.source) for it in sheet.lines
    }


async def test_an_order_freezes_what_it_adds_up_to(db: Connection, employer: Employer) -> None:
    """I1: total, lines and people are those of a fresh sum, and the trail says who submitted from where."""
    one, two = await employ(db, employer, *map(new_employee, range(2)))
    months = [START, START + 1]
    lines = [line(p, m - 12, Money(fen=k + 1)) for k, (p, m) in enumerate((p, m) for p in (one, two) for m in months)]
    order = await submitted(db, employer, *lines, kind=OrderKind.MONTHLY)
    assert (Money(fen=10), 4, 2, OrderState.SUBMITTED) == (
        order.total, order.line_count, order.person_count, order.state,
    )  # fmt: skip
    async with acting(db, clerk_of(employer)):
        trail = await audit.history(db, "order", order.id)
    assert [("", "draft"), ("draft", "submitted")] == [(event.from_state, event.to_state) for event in trail]
    assert {("user/1", "192.0.2.1", employer.id)} == {(event.actor, event.origin, event.employer_id) for event in trail}


async def test_a_total_that_the_page_did_not_show_is_refused(db: Connection, employer: Employer) -> None:
    """The clerk submits what the clerk saw (F83)."""
    order = await draft(db, employer, *[line(p, START) for p in await employ(db, employer, new_employee(1))])
    for shown, refusal in (("499.99", ["ORDER_TOTAL_DIFFERS"]), ("500.00", [])):
        found: list[str] = []
        try:
            async with acting(db, clerk_of(employer)):
                await submissions.submit(
                    db, order.id, order.version, policy=POLICY, today=TODAY, shown=Money.parse(shown)
                )
        except RefusedError as error:
            found = [violation.code for violation in error.violations]
        assert refusal == found


async def test_an_empty_order_is_refused(db: Connection, employer: Employer) -> None:
    """Nobody ticked: nothing to submit."""
    async with acting(db, clerk_of(employer)):
        order = await orders.create(db, employer.id, OrderKind.REGULAR, MonthRange(START, START))
    with pytest.raises(RefusedError) as caught:
        await submit(db, employer, order)
    assert ["EMPTY_ORDER"] == codes(caught)


async def test_all_that_is_wrong_is_said_at_once(db: Connection, employer: Employer) -> None:
    """Each employee who cannot be paid is named with the reason, and the draft stays as it was."""
    stranger_employer = await register(db, 2)
    (stranger,) = await employ(db, stranger_employer, new_employee(9))
    sealed, young = await employ(
        db, employer, new_employee(1, state=EmploymentState.SEALED), new_employee(2, start_month=Month(2020, 2))
    )
    order = await draft(db, employer, line(sealed, START), line(young, START), line(stranger, START))
    with pytest.raises(RefusedError) as caught:
        await submit(db, employer, order)
    assert {"SEALED", "START_MONTH_AFTER", "NOT_EMPLOYED"} == set(codes(caught))
    assert (0, order) == (await count(db, "claim"), await orders.get(db, order.id))


async def test_a_taken_month_names_its_holder(db: Connection, employer: Employer) -> None:
    """D-4: over all employers; the refusal names the other employer and the order."""
    former = await register(db, 2)
    ended = {"state": EmploymentState.ENDED, "start_month": START}
    (moved,) = await employ(db, former, new_employee(1, **ended, file_amount=None))
    await db.execute("UPDATE employment SET state_from = '2020-07-01'")
    held = await submitted(db, former, line(moved, Month(2020, 6)))
    await employ(db, employer, new_employee(1))
    with pytest.raises(RefusedError) as caught:
        await submitted(db, employer, line(moved, Month(2020, 6)))
    (found,) = caught.value.violations
    assert ("MONTH_ALREADY_LIVE", former.name, f"#{held.id}", "2020-06") == (
        found.code, found.params["employer"], found.params["order"], found.params["month"],
    )  # fmt: skip


async def test_a_back_payment_of_a_taken_month_is_told_of_the_difference(db: Connection, employer: Employer) -> None:
    """The refusal says that a difference is paid by a lump sum, and that lump sum goes through (D-6)."""
    (one,) = await employ(db, employer, new_employee(1))
    await submitted(db, employer, line(one, Month(2020, 6)))
    with pytest.raises(RefusedError) as caught:
        await submitted(db, employer, line(one, Month(2020, 6)), kind=OrderKind.MONTHLY)
    (found,) = caught.value.violations
    assert ("MONTH_ALREADY_LIVE", True) == (found.code, "差额请用一次性补缴" in found.zh)
    lump = await submitted(db, employer, line(one, Month(2020, 6)), kind=OrderKind.LUMP_DIFFERENCE)
    assert (OrderState.SUBMITTED, 1) == (lump.state, await count(db, "claim"))


async def test_a_lump_sum_for_missed_months_claims_what_it_covers(db: Connection, employer: Employer) -> None:
    """漏缴 holds the months it names, not its label (I10)."""
    (one,) = await employ(db, employer, new_employee(1))
    covers = {one: frozenset({Month(2019, 3), Month(2019, 5)})}
    await submitted(db, employer, line(one, Month(2019, 12)), kind=OrderKind.LUMP_MISSED, covers=covers)
    rows = await db.fetch("SELECT month::text FROM claim ORDER BY month")
    assert ["2019-03-01", "2019-05-01"] == [row[0] for row in rows]


async def test_a_backfilled_month_is_live(db: Connection, employer: Employer) -> None:
    """I12: a month that an approved backfill holds is refused, also to whom backfilled it, and counts as remitted (D-8)."""
    (one,) = await employ(db, employer, new_employee(1))
    backfilled = await approve_application(db, await backfill(db, employer, past(1, Month(2020, 2))))
    with pytest.raises(RefusedError) as caught:
        await submitted(db, employer, line(one, Month(2020, 2)))
    assert [("MONTH_ALREADY_LIVE", f"历史补录（申请编号 application-{backfilled.id}）")] == [
        (found.code, found.params["order"]) for found in caught.value.violations
    ]
    assert (await submitted(db, employer, line(one, Month(2020, 4)), kind=OrderKind.MONTHLY)).line_count == 1


async def test_a_month_taken_between_reading_and_claiming_is_the_same_refusal(
    db: Connection, employer: Employer, database_url: str
) -> None:
    """The second of two clerks waits for the first one's claim and then learns which order holds it."""
    (one,) = await employ(db, employer, new_employee(1))
    first, second = await draft(db, employer, line(one, START)), await draft(db, employer, line(one, START))
    other = await connect(database_url)
    try:
        async with acting(db, clerk_of(employer)):
            await submissions.submit(db, first.id, first.version, policy=POLICY, today=TODAY)
            racing = asyncio.create_task(submit(other, employer, second))
            await until_somebody_waits(database_url)
        with pytest.raises(RefusedError) as caught:
            await racing
    finally:
        await other.close()
    assert [("MONTH_ALREADY_LIVE", f"#{first.id}")] == [
        (found.code, found.params["order"]) for found in caught.value.violations
    ]


async def test_a_month_that_is_let_go_meanwhile_is_had(db: Connection, employer: Employer, database_url: str) -> None:
    """Who waits for a claim whose order is rolled back gets the month."""
    (one,) = await employ(db, employer, new_employee(1))
    first, second = await draft(db, employer, line(one, START)), await draft(db, employer, line(one, START))
    other = await connect(database_url)
    try:
        giving_up = db.transaction()
        await giving_up.start()
        await submissions.submit(db, first.id, first.version, policy=POLICY, today=TODAY)
        racing = asyncio.create_task(submit(other, employer, second))
        await until_somebody_waits(database_url)
        await giving_up.rollback()
        assert OrderState.SUBMITTED is (await racing).state
    finally:
        await other.close()


async def test_fifty_clerks_submit_the_same_month_and_one_wins(
    db: Connection, employer: Employer, database_url: str
) -> None:
    """I9 under load: fifty orders for one person-month at once, one claim; the others name the winner."""
    (one,) = await employ(db, employer, new_employee(1))
    drafts = [await draft(db, employer, line(one, START)) for _ in range(50)]
    connections = [await connect(database_url) for _ in drafts]
    try:
        outcomes = await asyncio.gather(
            *(submit(connection, employer, order) for connection, order in zip(connections, drafts, strict=True)),
            return_exceptions=True,
        )
    finally:
        await asyncio.gather(*(connection.close() for connection in connections))
    (winner,) = [outcome for outcome in outcomes if not isinstance(outcome, BaseException)]
    losers = [outcome for outcome in outcomes if isinstance(outcome, RefusedError)]
    assert (49, 1) == (len(losers), await count(db, "claim"))
    assert {("MONTH_ALREADY_LIVE", f"#{winner.id}")} == {
        (found.code, found.params["order"]) for loser in losers for found in loser.violations
    }


async def test_a_refused_submit_leaves_nothing_in_the_callers_transaction(db: Connection, employer: Employer) -> None:
    """A caller who catches the refusal and goes on has claimed no month and moved no order."""
    one, two = await employ(db, employer, *map(new_employee, range(2)))
    order = await draft(db, employer, line(one, START), line(two, START))
    await backfill(db, employer, past(1, START))
    async with acting(db, clerk_of(employer)):
        with pytest.raises(RefusedError):
            await submissions.submit(db, order.id, order.version, policy=POLICY, today=TODAY)
        after = await orders.get(db, order.id)
    assert (order, 1) == (after, await count(db, "claim"))


async def test_taking_back_frees_the_months_and_a_revised_order_goes_again(db: Connection, employer: Employer) -> None:
    """Submitted, retracted, revised, submitted: the lines are still there."""
    (one,) = await employ(db, employer, new_employee(1))
    order = await submitted(db, employer, line(one, START))
    async with acting(db, clerk_of(employer)):
        order = await submissions.retract(db, order.id, order.version)
        assert (OrderState.RETRACTED, 0) == (order.state, await count(db, "claim"))
        order = await submissions.revise(db, order.id, order.version)
    order = await submit(db, employer, order)
    assert (OrderState.SUBMITTED, 1, 1) == (order.state, order.line_count, await count(db, "claim"))


@pytest.mark.parametrize("act", [submissions.retract, submissions.revise])
async def test_what_was_approved_is_not_taken_back(db: Connection, employer: Employer, act: object) -> None:
    """An approved order is the bureau's to cancel; the refusal names its state."""
    (one,) = await employ(db, employer, new_employee(1))
    order = await submitted(db, employer, line(one, START))
    await approve(db, order)
    assert callable(act)
    with pytest.raises(RefusedError) as caught:
        async with acting(db, clerk_of(employer)):
            await act(db, order.id, order.version + 1)
    assert (["ORDER_STATE"], 1) == (codes(caught), await count(db, "claim"))


async def test_another_employers_order_is_absent(db: Connection, employer: Employer) -> None:
    """Reading, writing, submitting and retracting with a foreign id give the answer of an id that nobody has (I31)."""
    (one,) = await employ(db, employer, new_employee(1))
    order = await draft(db, employer, line(one, START))
    stranger = await register(db, 2)
    refusals = []
    for order_id in (order.id, 4711):
        for act in (
            orders.get(db, order_id),
            order_lines.put(db, order_id, order.version, [line(one, START)], policy=POLICY),
            submissions.submit(db, order_id, order.version, policy=POLICY, today=TODAY),
            submissions.retract(db, order_id, order.version),
        ):
            with pytest.raises(RefusedError) as caught:
                async with acting(db, clerk_of(stranger)):
                    await act
            refusals += codes(caught)
    assert ["ABSENT"] * 8 == refusals


async def test_a_submitted_order_takes_no_page(db: Connection, employer: Employer) -> None:
    """I26 through the store's own function."""
    (one,) = await employ(db, employer, new_employee(1))
    order = await submitted(db, employer, line(one, START))
    with pytest.raises(RefusedError) as caught:
        async with acting(db, clerk_of(employer)):
            await order_lines.put(db, order.id, order.version, [line(one, START, Money(fen=1))], policy=POLICY)
    assert ["ORDER_FROZEN"] == codes(caught)


async def test_twenty_thousand_lines_are_submitted(db: Connection, employer: Employer) -> None:
    """The largest employer's month goes through in one page, with one claim for each line."""
    people = await employ(db, employer, *map(new_employee, range(20_000)))
    async with acting(db, clerk_of(employer)):
        sheet = await submissions.preview(db, employer.id, OrderKind.REGULAR, SEPTEMBER, policy=POLICY, today=TODAY)
    order = await submitted(db, employer, *sheet.lines)
    assert (20_000, 20_000, len(people), Money.parse("10000000.00")) == (
        order.line_count, order.person_count, await count(db, "claim"), order.total,
    )  # fmt: skip


def test_every_event_of_an_order_can_be_told() -> None:
    """A new state or event of the library needs words here."""
    assert (set(OrderEvent), set(OrderState)) == (set(orders._EVENTS), set(orders.STATES_ZH))
    assert attrs.fields(orders.Order).state.type is OrderState


@pytest.mark.parametrize(
    ("months", "expected"),
    [
        ((3, 3), []),
        ((3, 4), ["LUMP_COVERS_TOO_MANY"]),
        ((4, 4), ["LUMP_COVERS_TOO_MANY"] * 2),
    ],
)
async def test_one_persons_covered_months_are_limited(
    db: Connection, employer: Employer, months: tuple[int, int], expected: list[str]
) -> None:
    """By the library's own rule, and before anything is written."""
    people = await employ(db, employer, *map(new_employee, range(2)))
    order = await draft(db, employer, *(line(each, START) for each in people), kind=OrderKind.LUMP_MISSED)
    covers = dict(zip(people, map(earlier, months), strict=True))
    policy = attrs.evolve(POLICY, lump_missed_months_max=3)
    assert (expected, {} if expected else covers) == await covered(db, order, covers, policy)


@pytest.mark.parametrize(("months", "expected"), [((3, 2), []), ((3, 3), ["ORDER_TOO_LARGE"])])
async def test_the_covered_months_of_an_order_are_limited(
    db: Connection, employer: Employer, months: tuple[int, int], expected: list[str]
) -> None:
    """As its lines are, over all pages; months that are replaced do not count."""
    people = await employ(db, employer, *map(new_employee, range(2)))
    before = {people[0]: earlier(3), people[1]: earlier(1)}
    lines = [line(each, START) for each in people]
    order = await draft(db, employer, *lines, kind=OrderKind.LUMP_MISSED, covers=before)
    now = {people[1]: earlier(months[1])}
    policy = attrs.evolve(POLICY, order_lines_max=5)
    assert (expected, before if expected else before | now) == await covered(db, order, now, policy)


def earlier(count: int) -> frozenset[Month]:
    """The last months before the fund's start."""
    return frozenset(START - number for number in range(1, count + 1))


async def covered(
    db: Connection, order: Order, covers: Covers, policy: Policy
) -> tuple[list[str], dict[int, frozenset[Month]]]:
    """Write covers; what is refused, and what stands there then."""
    found: list[str] = []
    try:
        async with acting(db, Actor(role=Role.EMPLOYER, name="user/1", origin="tests", employer_id=order.employer_id)):
            await order_lines.put(db, order.id, order.version, [], covers=covers, policy=policy)
    except RefusedError as error:
        found = [each.code for each in error.violations]
    async with acting(db, BUREAU):
        return found, await order_lines.read_covers(db, order.id)
