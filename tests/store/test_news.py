from collections.abc import AsyncIterator

import pytest

from libsubsidy import MonthRange, OrderKind, OrderState
from services.store import news, orders, submissions
from services.store.database import Actor, Connection, acting, connect
from services.store.employers import Employer
from services.store.news import News, Place
from tests.store.fund import (
    BUREAU,
    POLICY,
    START,
    TODAY,
    WORKER,
    approve,
    clerk_of,
    draft,
    employ,
    line,
    new_employee,
    pay,
    register,
    submitted,
)

KINDS = ("order", "notice", "statement", "application", "case")


@pytest.fixture
async def other(database_url: str) -> AsyncIterator[Connection]:
    """A second connection to the test's database."""
    connection = await connect(database_url)
    yield connection
    await connection.close(timeout=10)


async def told(connection: Connection, actor: Actor, after: Place, *, limit: int = news.NEWS_MAX) -> tuple[News, ...]:
    """Read the news as the actor sees them."""
    async with acting(connection, actor):
        return await news.between(connection, after, await news.horizon(connection), KINDS, limit=limit)


async def begin(connection: Connection) -> Place:
    """Stand behind everything that has happened."""
    return await news.horizon(connection)


def states(found: tuple[News, ...]) -> list[tuple[str, str]]:
    """What got which state."""
    return [(each.kind, each.state) for each in found]


async def paid_month(db: Connection, employer: Employer) -> None:
    """Let one employee's month go all the way from order to ledger."""
    (person,) = await employ(db, employer, new_employee(employer.id))
    await pay(db, await approve(db, await submitted(db, employer, line(person, START))))


async def test_a_month_is_told_in_the_order_in_which_it_happened(db: Connection) -> None:
    """From draft to ledger, each state once; what goes on after the last place has nothing more to tell."""
    employer = await register(db)
    beginning = await begin(db)
    await paid_month(db, employer)
    found = await told(db, clerk_of(employer), beginning)
    assert [
        ("order", "draft"),
        ("order", "submitted"),
        ("notice", "awaiting"),
        ("order", "approved"),
    ] == states(found)[:4]
    assert {("notice", "paid"), ("order", "credited")} == set(states(found)[4:])
    assert sorted(each.place for each in found) == [each.place for each in found]
    assert () == await told(db, clerk_of(employer), found[-1].place)


async def test_an_employer_is_told_of_its_own_things_only(db: Connection) -> None:
    """Two employers live the same month: each hears its own half, the bureau hears both."""
    one, two = await register(db, 1), await register(db, 2)
    beginning = await begin(db)
    await paid_month(db, one)
    await paid_month(db, two)
    ours = await told(db, clerk_of(one), beginning)
    theirs = await told(db, clerk_of(two), beginning)
    everything = await told(db, BUREAU, beginning)
    assert states(ours) == states(theirs)
    assert {each.place for each in everything} == {each.place for each in (*ours, *theirs)}
    assert not {each.place for each in ours} & {each.place for each in theirs}


async def test_whoever_commits_late_is_told_all_the_same(db: Connection, other: Connection, database_url: str) -> None:
    """An early transaction that commits after a later one was read: its event comes after, once, and is not skipped."""
    employer = await register(db)
    (person,) = await employ(db, employer, new_employee(1))
    order = await draft(db, employer, line(person, START))
    beginning = await begin(db)
    early = other.transaction()
    await early.start()
    await other.execute("SELECT pg_current_xact_id()")
    late = await submitted(db, employer, line(person, START + 1))
    assert () == await told(db, BUREAU, beginning), "told while a transaction before it was open"
    async with acting(other, clerk_of(employer)):
        await submissions.submit(other, order.id, order.version, policy=POLICY, today=TODAY)
    assert () == await told(db, BUREAU, beginning)
    await early.commit()
    found = await told(db, BUREAU, beginning)
    assert {("order", late.id, "submitted"), ("order", order.id, "submitted")} == {
        (each.kind, each.subject_id, each.state) for each in found if each.state == "submitted"
    }
    assert order.id == found[0].subject_id, "the trail goes by transaction, and the early one began first"


async def test_what_is_rolled_back_is_never_told(db: Connection) -> None:
    """A draft that is given up with its transaction leaves no news."""
    employer = await register(db)
    beginning = await begin(db)
    undone = db.transaction()
    await undone.start()
    async with acting(db, clerk_of(employer)):
        await orders.create(db, employer.id, OrderKind.REGULAR, MonthRange(START, START))
    await undone.rollback()
    assert () == await told(db, BUREAU, beginning)


async def test_pages_join_without_gap_or_repetition(db: Connection) -> None:
    """Read three at a time, the news are the same as read at once, although transactions lie across the pages."""
    employer = await register(db)
    beginning = await begin(db)
    await paid_month(db, employer)
    at_once = await told(db, BUREAU, beginning)
    in_pages: list[News] = []
    while page := await told(db, BUREAU, in_pages[-1].place if in_pages else beginning, limit=3):
        in_pages += page
    assert list(at_once) == in_pages


async def test_a_horizon_is_a_place_to_go_on_from(db: Connection) -> None:
    """Whoever has read up to a horizon goes on from it, and hears everything that came later."""
    employer = await register(db)
    await paid_month(db, employer)
    place = await begin(db)
    assert () == await told(db, BUREAU, place)
    (person,) = await employ(db, employer, new_employee(99))
    await submitted(db, employer, line(person, START + 1))
    assert [("order", OrderState.DRAFT.value), ("order", OrderState.SUBMITTED.value)] == states(
        await told(db, BUREAU, place)
    )


async def test_nobody_without_a_tenant_is_told_anything(db: Connection) -> None:
    """An employer's transaction without its tenant sees no news at all."""
    employer = await register(db)
    beginning = await begin(db)
    await paid_month(db, employer)
    nobody = Actor(role=clerk_of(employer).role, name="user/9", origin="tests")
    assert () == await told(db, nobody, beginning)


async def test_a_stir_names_whom_it_concerns(db: Connection, other: Connection) -> None:
    """The employers that moved; nothing when nothing did; and that something waits for a transaction still open."""
    one, two = await register(db, 1), await register(db, 2)
    beginning = await begin(db)
    await paid_month(db, two)
    later = await begin(db)
    async with acting(db, WORKER):
        stir = await news.stirred(db, beginning, later)
        still = await news.stirred(db, later, later)
    assert news.Stir(employers=frozenset({two.id}), any=True, more=False) == stir
    assert news.Stir(employers=frozenset(), any=False, more=False) == still

    held = other.transaction()
    await held.start()
    await other.execute("SELECT pg_current_xact_id()")
    await paid_month(db, one)
    async with acting(db, WORKER):
        stir = await news.stirred(db, later, await news.horizon(db))
    assert news.Stir(employers=frozenset(), any=False, more=True) == stir
    await held.rollback()


async def test_it_tells_how_far_behind_a_place_is(db: Connection) -> None:
    """The time of the first event after a place; none behind the horizon."""
    employer = await register(db)
    beginning = await begin(db)
    await paid_month(db, employer)
    first = await db.fetchval("SELECT min(at) FROM audit_event WHERE subject_kind = 'employment'")
    async with acting(db, WORKER):
        assert first == await news.began(db, beginning)
        assert await news.began(db, await news.horizon(db)) is None


async def test_statements_at_work_say_how_far_they_are(db: Connection) -> None:
    """Received, read or being matched: with their counts; what is finished or held is not at work."""
    async with acting(db, WORKER):
        await db.execute(
            """
            INSERT INTO statement (source, sha256, filename, size_bytes, received_from, state, staged_lines, matched_lines,
                                   finished_at)
            SELECT 'test', sha256(n::text::bytea), 'f', 1, 'test', state, 10, n, CASE WHEN state = 'refused' THEN now() END
            FROM unnest(ARRAY['received', 'staged', 'held', 'refused']) WITH ORDINALITY AS s (state, n)
            """
        )
    async with acting(db, BUREAU):
        found = await news.at_work(db)
    assert [("received", 10, 1), ("staged", 10, 2)] == [
        (each.state, each.staged_lines, each.matched_lines) for each in found
    ]


async def test_what_was_restored_from_a_dump_is_passed_over(db: Connection) -> None:
    """Events of transactions that this database has not begun keep nobody awake, and nobody is late because of them."""
    employer = await register(db)
    beginning = await begin(db)
    await paid_month(db, employer)
    async with acting(db, WORKER):
        await db.execute(
            """
            INSERT INTO audit_event (subject_kind, subject_id, to_state, employer_id, at, txid)
            VALUES ('order', 1, 'credited', $1, now() - interval '1 year', '99999999999')
            """,
            employer.id,
        )
    place = await begin(db)
    async with acting(db, WORKER):
        stirs = [await news.stirred(db, after, place) for after in (beginning, place)]
        assert await news.began(db, place) is None
    assert [
        news.Stir(employers=frozenset({employer.id}), any=True, more=False),
        news.Stir(employers=frozenset(), any=False, more=False),
    ] == stirs
