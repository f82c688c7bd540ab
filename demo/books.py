"""The books of the demo: what became of every line, and the sums that prove that no money was lost or made.

Read from the store as the bureau, after the reconciler has done its work; nothing here knows what was expected.
"""

from collections.abc import Iterator
from datetime import date
from typing import Final

import attrs

from demo.month import OPENING
from demo.orders import BUREAU
from libsubsidy import Direction, Explanation, Money, Policy, explain_record
from services.store import ledgers
from services.store.database import Actor, Pool, Role, working
from services.store.ledgers import LedgerEntry, LedgerTotals

# What is summed as yuan; money of another currency is counted, and summed by itself.
CURRENCY: Final = Policy().currency
OUTCOMES: Final = ("settled", "refund", "hold", "other")


@attrs.frozen(kw_only=True)
class DecidedLine:
    """A bank line with its decision.

    Attributes:
        text: the memo field as the bank wrote it.
        disposition: settled, refund, hold or other.
        reason: the name of the reason or kind, "" for a line that settled.
    """

    filename: str
    bank_id: str
    booked: date
    direction: Direction
    amount: Money
    currency: str
    text: str
    payer_name: str
    payer_account: str
    disposition: str
    reason: str
    explanation: Explanation

    @property
    def group(self) -> tuple[str, str]:
        """What it is counted with."""
        return self.disposition, self.reason

    @property
    def signed(self) -> Money:
        """The amount as the account sees it."""
        return self.amount if self.direction is Direction.CREDIT else -self.amount


async def decided_lines(pool: Pool, statement_id: int | None = None) -> tuple[DecidedLine, ...]:
    """Read the lines of one statement or of all, in the order in which they were decided."""
    async with working(pool, BUREAU) as connection:
        rows = await connection.fetch(
            """
            SELECT s.filename, b.bank_ref, b.booked, b.direction, b.amount_fen, b.currency,
                   coalesce(b.raw_memo, b.memo) AS text, b.payer_name, b.payer_account, b.disposition, b.decision
            FROM bank_line b JOIN statement s ON s.id = b.statement_id
            WHERE $1::bigint IS NULL OR s.id = $1 ORDER BY b.id
            """,
            statement_id,
        )
    return tuple(
        DecidedLine(
            filename=row["filename"],
            bank_id=row["bank_ref"],
            booked=row["booked"],
            direction=Direction(row["direction"]),
            amount=Money(fen=row["amount_fen"]),
            currency=row["currency"],
            text=row["text"],
            payer_name=row["payer_name"],
            payer_account=row["payer_account"],
            disposition=row["disposition"],
            reason=row["decision"].get("reason", ""),
            explanation=explain_record(row["decision"]),
        )
        for row in rows
    )


def grouped(money: Money) -> str:
    """Write an amount for people.

    >>> grouped(Money(fen=-123456789))
    '-1,234,567.89'
    """
    yuan, _, fen = str(money).partition(".")
    return f"{int(yuan):,}.{fen}" if int(yuan) else str(money)


@attrs.frozen(kw_only=True)
class Equation:
    """Two ways to the same amount.

    Attributes:
        terms: the sums on the left, where there are several.
    """

    zh: str
    en: str
    terms: str = ""
    left: Money
    right: Money

    @property
    def holds(self) -> bool:
        """Whether both ways lead there."""
        return self.left == self.right


async def prove(pool: Pool) -> tuple[Equation, ...]:
    """Add everything up, each currency by itself, each sum from another table than the one it is compared with."""
    async with working(pool, BUREAU) as connection:
        accounts = await connection.fetch(
            """
            SELECT a.number, a.name, l.credit_fen, l.debit_fen,
                   (SELECT (s.facts ->> 'closing_fen')::bigint FROM statement s
                    WHERE s.account_id = a.id AND s.state = 'reconciled' ORDER BY s.id DESC LIMIT 1) AS closing_fen
            FROM bank_account a CROSS JOIN LATERAL (
                SELECT coalesce(sum(amount_fen) FILTER (WHERE direction = 'credit'), 0)::bigint AS credit_fen,
                       coalesce(sum(amount_fen) FILTER (WHERE direction = 'debit'), 0)::bigint AS debit_fen
                FROM bank_line b WHERE b.account_id = a.id AND b.currency = a.currency) l
            ORDER BY a.id
            """
        )
        credits_of = await connection.fetch(
            """
            SELECT currency, sum(amount_fen)::bigint AS credit_fen,
                   coalesce(sum(amount_fen) FILTER (WHERE disposition = 'settled'), 0)::bigint AS settled_fen,
                   coalesce(sum(amount_fen) FILTER (WHERE disposition = 'refund'), 0)::bigint AS refund_fen,
                   coalesce(sum(amount_fen) FILTER (WHERE disposition = 'hold'), 0)::bigint AS hold_fen,
                   coalesce(sum(amount_fen) FILTER (WHERE disposition = 'other'), 0)::bigint AS other_fen,
                   (SELECT coalesce(sum(c.amount_fen), 0)::bigint FROM line_case c
                    WHERE c.direction = 'credit' AND c.currency = b.currency) AS case_fen
            FROM bank_line b WHERE direction = 'credit' GROUP BY currency ORDER BY currency <> $1, currency
            """,
            CURRENCY,
        )
        credited = await connection.fetchrow(
            """
            SELECT (SELECT coalesce(sum(amount_fen), 0)::bigint FROM settlement) AS notices_fen,
                   -- What came in; not what was brought along, or has been paid out.
                   (SELECT coalesce(sum(amount_fen), 0)::bigint FROM ledger_entry
                    WHERE kind NOT IN ('opening', 'backfill', 'withdrawal')) AS ledger_fen
            """
        )
    assert credited is not None  # noqa: S101 -- aggregates always give one row.
    # Only the fund's own currency is ever credited to anybody.
    settled = Money(fen=sum(row["settled_fen"] for row in credits_of if row["currency"] == CURRENCY))
    return (
        *(_chain(dict(row)) for row in accounts),
        *(equation for row in credits_of for equation in _parts(dict(row))),
        Equation(
            zh="已缴款的通知 = 核销",
            en="notices paid = settled",
            left=_money(credited["notices_fen"]),
            right=settled,
        ),
        Equation(
            zh="记入职工台账 = 核销",
            en="credited to ledgers = settled",
            left=_money(credited["ledger_fen"]),
            right=settled,
        ),
    )


def _parts(sums: dict[str, object]) -> Iterator[Equation]:
    """Say of one currency that its credits are whole, and that all that was not settled waits for a person."""
    parts = [_money(sums[f"{name}_fen"]) for name in ("settled", "refund", "hold", "other")]
    _, refund, hold, _ = parts
    currency = sums["currency"]
    zh, en = ("", "") if currency == CURRENCY else (f"{currency}：", f"{currency}: ")
    yield Equation(
        zh=f"{zh}核销 + 退款 + 待人工 + 其他收入 = 收入合计",
        en=f"{en}settled + refunds + held + other = credits",
        terms=" + ".join(map(grouped, parts)),
        left=sum(parts, Money(fen=0)),
        right=_money(sums["credit_fen"]),
    )
    yield Equation(
        zh=f"{zh}待处理款项 = 退款 + 待人工",
        en=f"{en}open cases = refunds + held",
        left=_money(sums["case_fen"]),
        right=refund + hold,
    )


def _chain(account: dict[str, object]) -> Equation:
    opening, credit, debit = (
        OPENING[str(account["number"])],
        _money(account["credit_fen"]),
        _money(account["debit_fen"]),
    )
    return Equation(
        zh=f"{account['name']}：期初 + 收入 − 支出 = 期末",
        en="opening + credits − debits = closing",
        terms=f"{grouped(opening)} + {grouped(credit)} − {grouped(debit)}",
        left=opening + credit - debit,
        right=_money(account["closing_fen"]),
    )


def _money(fen: object) -> Money:
    return Money(fen=fen if isinstance(fen, int) else 0)


@attrs.frozen(kw_only=True)
class PersonalLedger:
    """What one person sees."""

    name: str
    entries: tuple[LedgerEntry, ...]
    totals: LedgerTotals


async def ledger_of(pool: Pool, person_id: int) -> PersonalLedger:
    """Read a ledger in the role of its own person, who sees nobody else's."""
    person = Actor(role=Role.PERSON, name="demo/person", origin="demo", person_id=person_id)
    async with working(pool, person) as connection:
        name = await connection.fetchval("SELECT name FROM person WHERE id = $1", person_id)
        entries = await ledgers.of_person(connection, person_id)
        totals = await ledgers.totals(connection, [person_id])
    ordered = sorted(entries, key=lambda entry: (entry.month, entry.id))
    return PersonalLedger(name=name, entries=tuple(ordered), totals=totals[person_id])


@attrs.frozen(kw_only=True)
class Size:
    """How large the fund is."""

    employers: int
    people: int
    orders: int
    notices: int


async def size(pool: Pool) -> Size:
    """Count what was set up."""
    async with working(pool, BUREAU) as connection:
        row = await connection.fetchrow(
            """
            SELECT (SELECT count(*) FROM employer) AS employers, (SELECT count(*) FROM person) AS people,
                   (SELECT count(*) FROM remittance_order) AS orders, (SELECT count(*) FROM payment_notice) AS notices
            """
        )
    assert row is not None  # noqa: S101 -- aggregates always give one row.
    return Size(**row)


def groups(lines: tuple[DecidedLine, ...]) -> Iterator[tuple[tuple[str, str], list[DecidedLine]]]:
    """Give the lines by outcome and reason, the outcomes in the order of `OUTCOMES`, the largest reason first."""
    found: dict[tuple[str, str], list[DecidedLine]] = {}
    for line in lines:
        found.setdefault(line.group, []).append(line)
    yield from sorted(found.items(), key=lambda item: (OUTCOMES.index(item[0][0]), -len(item[1]), item[0]))
