"""What the reconciler would find for a memo, as far as one employer may know it.

Of another employer's code nothing is said, not even whether somebody has it: an employer that could try codes and amounts
here would learn what others pay.
"""

import attrs

from libsubsidy import Found, FoundNotice, Memo, Money, NoticeState, memo_key
from services.store import employers
from services.store.database import Connection


@attrs.frozen(kw_only=True)
class OwnMemo:
    """What a text says to the employer that asks.

    Attributes:
        code: the employer's own code, which its memos begin with.
        foreign: the text names another employer's code, or nobody's.
        found: what a decision needs to know.
    """

    code: str
    foreign: bool
    found: Found


async def look_up(connection: Connection, employer_id: int, text: str) -> OwnMemo:
    """Find the own notice that a text names exactly, if it names one.

    Raises:
        RefusedError: ABSENT, there is no such employer.
    """
    employer = await employers.get(connection, employer_id)
    key = memo_key(text)
    own = key is not None and key[0] == employer.code
    notice = await _own_notice(connection, employer_id, key[1]) if key is not None and own else None
    found = Found(employer_known=own, notice=notice)
    return OwnMemo(code=employer.code, foreign=key is not None and not own, found=found)


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


async def _own_notice(connection: Connection, employer_id: int, order_code: str) -> FoundNotice | None:
    row = await connection.fetchrow(
        """
        SELECT id, employer_code, state, amount_fen FROM payment_notice
        WHERE employer_id = $1 AND order_code = $2
        """,
        employer_id,
        order_code,
    )
    if row is None:
        return None
    return FoundNotice(
        notice_id=row["id"],
        state=NoticeState(row["state"]),
        amount=Money(fen=row["amount_fen"]),
        memo=Memo(employer_code=row["employer_code"], order_code=order_code),
    )
