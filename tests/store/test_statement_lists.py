"""Promises of services/store/statement_lists.py: statements and their lines as people look at them."""

from collections.abc import AsyncIterator
from datetime import date

import pytest

from libsubsidy import Direction, Money, Policy
from services.reconciler.worker import Worker
from services.store import releases, statement_lists
from services.store.database import Connection, Pool, acting, open_pool
from services.store.refusals import RefusedError
from services.store.statement_lists import ListedLine, StatementState
from tests.reconciler.bank import ACCOUNT, Bank, Payment
from tests.reconciler.outcomes import DUES, OUTCOMES, PAYMENTS
from tests.reconciler.town import BUREAU, CHECKER, deliver, settle_down


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    """A pool on the test's database."""
    async with open_pool(database_url) as opened:
        yield opened


@pytest.fixture
async def reconciled(db: Connection, pool: Pool) -> int:
    """A varied day that was delivered by a machine and matched."""
    await settle_down(db, DUES)
    statement_id = (await deliver(pool, Bank().statement(PAYMENTS))).statement_id
    await work(pool)
    return statement_id


async def work(pool: Pool) -> None:
    """Let a worker do what there is to do."""
    await Worker(pool, "worker/1", policy=Policy()).drain()


async def test_a_statement_tells_where_it_is_from_and_how_far_it_is(db: Connection, reconciled: int) -> None:
    """With what the reader found, as everybody of the bureau may read it."""
    async with acting(db, BUREAU):
        statement = await statement_lists.get(db, reconciled)

    assert (
        ("demo-bank", "day.ofx", "tests", None, ""),
        (StatementState.RECONCILED, ACCOUNT, ()),
        (len(PAYMENTS), len(PAYMENTS), len(PAYMENTS)),
    ) == (
        (
            statement.source,
            statement.filename,
            statement.received_from,
            statement.uploaded_by,
            statement.uploaded_by_name,
        ),
        (statement.state, statement.account, statement.findings),
        (statement.staged_lines, statement.matched_lines, statement.new_lines),
    )
    assert statement.facts is not None
    assert len(PAYMENTS) == statement.facts["lines"]
    assert statement.release is None


async def test_an_absent_statement_is_absent(db: Connection) -> None:
    """With the code that every absent thing has."""
    with pytest.raises(RefusedError, match="no statement number 404"):
        await statement_lists.get(db, 404)


async def test_outcomes_count_and_sum_every_line(db: Connection, reconciled: int) -> None:
    """By outcome and reason; credits and debits, yuan and dollars apart."""
    async with acting(db, BUREAU):
        groups = await statement_lists.outcomes(db, reconciled)

    assert len(OUTCOMES) == sum(group.lines for group in groups)
    (wrong,) = [group for group in groups if group.reason == "CURRENCY_WRONG"]
    assert ("refund", "USD", Direction.CREDIT, 1) == (wrong.disposition, wrong.currency, wrong.direction, wrong.lines)
    settled = sum(each.payment.fen for each in OUTCOMES if each.disposition == "settled")
    assert [Money(fen=settled)] == [group.total for group in groups if group.disposition == "settled"]


@pytest.mark.parametrize(
    ("disposition", "reason", "expected"),
    [
        (None, None, len(OUTCOMES)),
        ("settled", None, sum(each.disposition == "settled" for each in OUTCOMES)),
        ("refund", "MEMO_MALFORMED", sum(each.reason == "MEMO_MALFORMED" for each in OUTCOMES)),
        (None, "REVERSAL", 1),
        ("settled", "REVERSAL", 0),
    ],
)
async def test_lines_come_page_by_page_by_outcome_and_reason(
    db: Connection, reconciled: int, disposition: str | None, reason: str | None, expected: int
) -> None:
    """None twice and none missing; what was settled names the notice, what was not its case."""
    found: list[ListedLine] = []
    async with acting(db, BUREAU):
        while page := await statement_lists.decided_lines(
            db, reconciled, after=found[-1].id if found else None, disposition=disposition, reason=reason, limit=4
        ):
            assert len(page) <= 4
            found.extend(page)

    assert expected == len({line.id for line in found}) == len(found)
    for line in found:
        assert (line.disposition == "settled") == (line.notice_id is not None)
        assert (line.disposition in {"refund", "hold"}) == (line.case_state == "open")


async def test_the_lines_of_a_held_file_can_be_seen_before_it_is_released(db: Connection, pool: Pool) -> None:
    """Page by page, by day and place in the file; none of them is a line of the account yet."""
    await settle_down(db, DUES)
    days = [date(2026, 1, 7), date(2026, 1, 5), date(2026, 1, 5), date(2026, 1, 6), date(2026, 1, 5)]
    body = Bank().statement([Payment(fen=fen, memo="x", day=day) for fen, day in enumerate(days, 1)])
    statement_id = (await deliver(pool, body, uploaded_by="user/1")).statement_id
    await work(pool)

    found: list[ListedLine] = []
    async with acting(db, CHECKER):
        while page := await statement_lists.staged_lines(
            db, statement_id, after=(found[-1].booked, found[-1].ordinal) if found else None, limit=2
        ):
            found.extend(page)
        statement = await statement_lists.get(db, statement_id)

    assert [1, 2, 4, 3, 0] == [line.ordinal for line in found]
    assert {(None, None)} == {(line.id, line.disposition) for line in found}
    assert [2, 3, 5, 4, 1] == [line.amount.fen for line in found]
    assert (StatementState.HELD, "user/1") == (statement.state, statement.uploaded_by)
    assert ["UPLOADED_BY_PERSON"] == [finding["code"] for finding in statement.findings]


async def test_a_release_is_told_with_who_and_what_was_seen(db: Connection, pool: Pool) -> None:
    """Beside the statement that it let through."""
    await settle_down(db, DUES)
    statement_id = (await deliver(pool, Bank().statement(PAYMENTS), uploaded_by="user/1")).statement_id
    await work(pool)
    async with acting(db, CHECKER):
        seen = await statement_lists.get(db, statement_id)
        await releases.release(db, statement_id, by="user/2", note="compared", version_seen=seen.version)
    await work(pool)

    async with acting(db, BUREAU):
        statement = await statement_lists.get(db, statement_id)
    assert statement.release is not None
    assert ("user/2", "compared", ["UPLOADED_BY_PERSON"]) == (
        statement.release.released_by,
        statement.release.note,
        [finding["code"] for finding in statement.release.findings],
    )
    assert StatementState.RECONCILED == statement.state


async def test_what_nobody_saw_is_not_released(db: Connection, pool: Pool) -> None:
    """A worker has looked again since, and may have found something else."""
    await settle_down(db, DUES)
    statement_id = (await deliver(pool, Bank().statement(PAYMENTS), uploaded_by="user/1")).statement_id
    await work(pool)
    async with acting(db, CHECKER):
        seen = await statement_lists.get(db, statement_id)
        with pytest.raises(RefusedError) as refused:
            await releases.release(db, statement_id, by="user/2", note="ok", version_seen=seen.version - 1)
    assert ["STALE_VERSION"] == [found.code for found in refused.value.violations]


async def test_the_newest_come_first_page_by_page(db: Connection, pool: Pool) -> None:
    """Of one state or account, or all."""
    await settle_down(db, [])
    bank = Bank()
    ids = [
        (await deliver(pool, bank.statement([Payment(fen=number, memo="")]), uploaded_by=uploaded)).statement_id
        for number, uploaded in ((1, None), (2, None), (3, "user/1"))
    ]
    await work(pool)
    refused = (await deliver(pool, b"%PDF")).statement_id
    await work(pool)

    async with acting(db, BUREAU):
        first = await statement_lists.newest(db, limit=3)
        rest = await statement_lists.newest(db, before=first[-1].id, limit=3)
        assert [refused, *reversed(ids)] == [statement.id for statement in (*first, *rest)]
        for state, expected in (
            (StatementState.RECONCILED, [ids[1], ids[0]]),
            (StatementState.HELD, [ids[2]]),
            (StatementState.REFUSED, [refused]),
            (StatementState.RECEIVED, []),
        ):
            assert expected == [each.id for each in await statement_lists.newest(db, state=state, limit=9)]
        assert 3 == len(await statement_lists.newest(db, account=ACCOUNT, limit=9))
        assert [] == await statement_lists.newest(db, account="999", limit=9)
