"""What the reconciler would find for a memo, as far as one employer may know it.

Of another employer's code nothing is said, not even whether somebody has it: an employer that could try codes and amounts
here would learn what others pay.
"""

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from asyncpg import Record

from libsubsidy import FoundNotice, Memo, Money, NamedNotice, NoticeState
from services.store.database import Connection

Named: TypeAlias = Mapping[Memo, NamedNotice]


async def named(connection: Connection, memos: Iterable[Memo], *, employer_id: int | None = None) -> Named:
    """Return the notices that memos name, and which of them ask for the money now (合并缴款).

    Those of one employer only, if it is given: beside row security, so that neither alone is trusted.
    """
    wanted = sorted({(memo.employer_code, memo.order_code) for memo in memos})
    if not wanted:
        return {}
    rows = await connection.fetch(
        """
        WITH RECURSIVE chain AS (
            SELECT n.id AS named, 0 AS step, n.* FROM payment_notice n
            JOIN unnest($2::text[], $3::text[]) AS wanted (employer_code, order_code) USING (employer_code, order_code)
            WHERE $1::bigint IS NULL OR n.employer_id = $1
            UNION ALL
            SELECT chain.named, chain.step + 1, n.* FROM chain JOIN payment_notice n ON n.id = chain.merged_into)
        SELECT DISTINCT ON (named) found.id AS named_id, found.state AS named_state, found.amount_fen AS named_fen,
            found.employer_code AS named_employer, found.order_code AS named_order,
            chain.id, chain.state, chain.amount_fen, chain.employer_code, chain.order_code
        FROM chain JOIN payment_notice found ON found.id = chain.named
        ORDER BY named, step DESC
        """,
        employer_id,
        [each[0] for each in wanted],
        [each[1] for each in wanted],
    )
    return dict(map(_named, rows))


async def open_memos(connection: Connection, employer_id: int) -> tuple[Memo, ...]:
    """Return the employer's memos that wait for money: a text one slip away from one of them probably meant it."""
    rows = await connection.fetch(
        """
        SELECT employer_code, order_code FROM payment_notice
        WHERE employer_id = $1 AND state = 'awaiting' ORDER BY id DESC LIMIT 200
        """,
        employer_id,
    )
    return tuple(Memo(employer_code=row[0], order_code=row[1]) for row in rows)


def _named(row: Record) -> tuple[Memo, NamedNotice]:
    memo = Memo(employer_code=row["named_employer"], order_code=row["named_order"])
    found = FoundNotice(
        notice_id=row["named_id"],
        state=NoticeState(row["named_state"]),
        amount=Money(fen=row["named_fen"]),
        memo=memo,
    )
    now = FoundNotice(
        notice_id=row["id"],
        state=NoticeState(row["state"]),
        amount=Money(fen=row["amount_fen"]),
        memo=Memo(employer_code=row["employer_code"], order_code=row["order_code"]),
    )
    return memo, NamedNotice(found=found, now=now)
