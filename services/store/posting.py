"""The one way money moves: lines settle notices, notices credit ledgers, and what cannot settle becomes a case.

Every function writes the fact, its ledger entries, its audit events and its outbox messages in one statement, inside the
caller's transaction.
"""

from collections.abc import Mapping, Sequence
from datetime import date

import attrs

from libsubsidy import Money, Month, SubsidyError, Violation
from services.store import refusals
from services.store.database import Connection
from services.store.refusals import RefusedError


class PostingError(SubsidyError):
    """Money would have moved wrongly; the transaction must be rolled back."""


class NotAssignableError(RefusedError):
    """A case and a notice that do not fit; the violation says why."""

    def __init__(self, violation: Violation) -> None:
        super().__init__(violation)
        self.violation = violation


@attrs.frozen(kw_only=True)
class Case:
    """An unsettled credit, or a debit to look at, as it is opened; what it is about is taken from the line itself.

    Attributes:
        employer_code: whom the memo names, exactly or probably; that employer may see the case.
        proposed_memo: what a near miss was probably meant to be.
    """

    line_id: int
    kind: str
    reason: str
    employer_code: str | None
    proposed_memo: str | None


async def settle(connection: Connection, pairs: Sequence[tuple[int, int]]) -> int:
    """Let each line (first) pay its notice (second) and credit every employee's ledger; return the entries posted.

    The caller has decided each pair exactly and holds the notices locked. What does not come out even — a notice that
    is not awaiting, a line of another amount, an order whose lines do not sum up — breaks off the whole transaction
    (I4, I27, I36).

    Raises:
        PostingError: something did not come out even.
    """
    if not pairs:
        return 0
    row = await connection.fetchrow(
        """
        WITH pair AS (SELECT * FROM unnest($1::bigint[], $2::bigint[]) AS p (line_id, notice_id)),
        paid AS (
            UPDATE payment_notice n SET state = 'paid', decided_at = now()
            FROM pair JOIN bank_line b ON b.id = pair.line_id
            WHERE n.id = pair.notice_id AND n.state = 'awaiting' AND n.amount_fen = b.amount_fen
              AND b.direction = 'credit' AND b.currency = n.currency
            RETURNING n.id, n.employer_id, n.employer_code, n.order_code, n.amount_fen, pair.line_id, b.booked),
        settled AS (
            INSERT INTO settlement (notice_id, employer_id, amount_fen, paid_on)
            SELECT id, employer_id, amount_fen, booked FROM paid),
        allocated AS (
            INSERT INTO allocation (line_id, notice_id, amount_fen) SELECT line_id, id, amount_fen FROM paid),
        credited AS (
            UPDATE remittance_order o SET state = 'credited', version = version + 1 FROM paid
            WHERE o.notice_id = paid.id AND o.state = 'approved'
            RETURNING o.id, o.notice_id, o.employer_id, o.kind, o.total_fen, o.line_count),
        posted AS (
            INSERT INTO ledger_entry (person_id, employer_id, month, kind, amount_fen, order_id)
            SELECT l.person_id, l.employer_id, l.month, c.kind, l.amount_fen, c.id
            FROM credited c JOIN order_line l ON l.order_id = c.id
            RETURNING order_id, amount_fen),
        noted AS (
            INSERT INTO audit_event (employer_id, subject_kind, subject_id, from_state, to_state)
            SELECT employer_id, 'notice', id, 'awaiting', 'paid' FROM paid
            UNION ALL SELECT employer_id, 'order', id, 'approved', 'credited' FROM credited),
        told AS (
            INSERT INTO outbox (type, subject, body)
            SELECT 'remittance.settled.v1', 'notice/' || id, jsonb_build_object(
                'notice_id', id::text, 'employer_id', employer_id::text, 'memo', employer_code || 'x' || order_code || 'o',
                'line_id', line_id::text, 'amount', to_char(amount_fen / 100.0, 'FM999999999999990.00'))
            FROM paid)
        -- Sums of both signs and not joins: nobody can say how many rows these have, so that a join may be planned badly.
        SELECT (SELECT count(*) FROM paid) AS notices,
               (SELECT count(*) FROM posted) AS entries,
               (SELECT count(*) FROM (
                   SELECT FROM (SELECT id, amount_fen FROM paid UNION ALL SELECT notice_id, -total_fen FROM credited) AS n
                   GROUP BY id HAVING sum(amount_fen) <> 0) AS uneven) AS uneven_notices,
               (SELECT count(*) FROM (
                   SELECT FROM (SELECT id, total_fen AS fen, line_count AS lines FROM credited
                                UNION ALL SELECT order_id, -amount_fen, -1 FROM posted) AS o
                   GROUP BY id HAVING sum(fen) <> 0 OR sum(lines) <> 0) AS uneven) AS uneven_orders
        """,
        [line_id for line_id, _ in pairs],
        [notice_id for _, notice_id in pairs],
        timeout=300,
    )
    assert row is not None  # noqa: S101 -- aggregates always give one row.
    if row["notices"] != len(pairs):
        raise PostingError(f"{len(pairs)} lines were to settle, {row['notices']} notices were open for exactly that")
    if row["uneven_notices"] or row["uneven_orders"]:
        raise PostingError(
            f"{row['uneven_notices']} of {len(pairs)} notices are not the sum of their orders, {row['uneven_orders']} orders "
            f"are not the sum of their lines"
        )
    entries: int = row["entries"]
    return entries


@attrs.frozen
class OpeningBalance:
    """What a person's opening entries with an employer are to come to, and the month that a new one is noted for."""

    month: Month
    amount: Money


async def open_balances(connection: Connection, employer_id: int, openings: Mapping[int, OpeningBalance]) -> int:
    """Post what is missing to each person's opening balance (员工初始化, F17); return the entries posted.

    Entries are only ever added: where an initialisation was opened again, the difference is posted. None of it is cash.
    """
    posted: int = await connection.fetchval(
        """
        WITH wanted AS (
            SELECT * FROM unnest($2::bigint[], $3::date[], $4::bigint[]) AS w (person_id, month, fen)),
        known AS (
            SELECT l.person_id, sum(l.amount_fen) AS fen FROM ledger_entry l JOIN wanted USING (person_id)
            WHERE l.employer_id = $1 AND l.kind = 'opening' GROUP BY l.person_id),
        posted AS (
            INSERT INTO ledger_entry (person_id, employer_id, month, kind, amount_fen)
            SELECT w.person_id, $1, w.month, 'opening', w.fen - coalesce(known.fen, 0)
            FROM wanted w LEFT JOIN known USING (person_id) WHERE w.fen <> coalesce(known.fen, 0) ORDER BY w.person_id
            RETURNING 1)
        SELECT count(*) FROM posted
        """,
        employer_id,
        list(openings),
        [each.month.first_day for each in openings.values()],
        [each.amount.fen for each in openings.values()],
    )
    return posted


@attrs.frozen(kw_only=True)
class BackfilledMonth:
    """A person's month that was paid before; `itemises`: the opening balance has counted it already."""

    person_id: int
    month: Month
    amount: Money
    itemises: bool


async def backfill(
    connection: Connection, employer_id: int, application_id: int, months: Sequence[BackfilledMonth]
) -> None:
    """Post what an approved backfill records (F107); none of it is cash.

    A month of the opening is taken out of it with the same breath, under the month up to which it was paid, so that nothing
    is added (design §12).

    Raises:
        PostingError: a month is not claimed by this application.
    """
    posted = await connection.fetchval(
        """
        WITH line AS (
            SELECT l.* FROM unnest($3::bigint[], $4::date[], $5::bigint[], $6::boolean[])
                AS l (person_id, month, fen, itemises)
            JOIN claim c ON c.application_id = $1 AND c.person_id = l.person_id AND c.month = l.month),
        posted AS (
            INSERT INTO ledger_entry (person_id, employer_id, month, kind, amount_fen, application_id)
            SELECT person_id, $2, month, CASE WHEN itemises THEN 'opening' ELSE 'backfill' END, fen, $1 FROM line
            UNION ALL
            SELECT l.person_id, $2, e.paid_through, 'opening', (-sum(l.fen))::bigint, $1
            FROM line l JOIN employment e ON e.person_id = l.person_id AND e.employer_id = $2
            WHERE l.itemises GROUP BY l.person_id, e.paid_through
            RETURNING amount_fen)
        SELECT count(*) FROM posted WHERE amount_fen > 0
        """,
        application_id,
        employer_id,
        [each.person_id for each in months],
        [each.month.first_day for each in months],
        [each.amount.fen for each in months],
        [each.itemises for each in months],
        timeout=60,
    )
    if posted != len(months):
        raise PostingError(
            f"{len(months)} months were to be backfilled, {posted} were held by application {application_id}"
        )


async def open_cases(connection: Connection, cases: Sequence[Case]) -> None:
    """Open a case for each line that a person must see, with the refund flags that go out as events."""
    if not cases:
        return
    await connection.execute(
        """
        WITH opened AS (
            INSERT INTO line_case (line_id, kind, reason, direction, amount_fen, currency, payer_name, payer_account,
                                   payer_bank, employer_id, proposed_memo)
            SELECT l.id, c.kind, c.reason, l.direction, l.amount_fen, l.currency, l.payer_name, l.payer_account,
                   l.payer_bank, e.id, c.proposed_memo
            FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[])
                AS c (line_id, kind, reason, employer_code, proposed_memo)
            JOIN bank_line l ON l.id = c.line_id
            LEFT JOIN employer e ON e.code = c.employer_code
            RETURNING id, line_id, kind, reason, amount_fen, employer_id),
        noted AS (
            INSERT INTO audit_event (employer_id, subject_kind, subject_id, to_state, reason)
            SELECT employer_id, 'case', id, 'open', reason FROM opened)
        INSERT INTO outbox (type, subject, body)
        SELECT 'refund.flagged.v1', 'case/' || id, jsonb_build_object(
            'case_id', id::text, 'line_id', line_id::text, 'reason', reason,
            'amount', to_char(amount_fen / 100.0, 'FM999999999999990.00'))
        FROM opened WHERE kind = 'refund'
        """,
        *([getattr(case, name) for case in cases] for name in attrs.fields_dict(Case)),
        timeout=60,
    )


async def lock_assignable(connection: Connection, case_id: int, notice_id: int) -> tuple[int, int]:
    """Lock a case and a notice that fit each other; return the case's line and the notice's employer.

    Raises:
        NotAssignableError: the case is not open, or the notice is not awaiting exactly this amount.
    """
    case = await connection.fetchrow("SELECT * FROM line_case WHERE id = $1 FOR UPDATE", case_id)
    notice = await connection.fetchrow("SELECT * FROM payment_notice WHERE id = $1 FOR NO KEY UPDATE", notice_id)
    if case is None or case["state"] != "open" or case["direction"] != "credit":
        state = "-" if case is None else case["state"]
        raise NotAssignableError(refusals.violation("CASE_NOT_OPEN", case=case_id, state=state))
    if notice is None or notice["state"] != "awaiting":
        memo = "-" if notice is None else f"{notice['employer_code']}x{notice['order_code']}o"
        state = "-" if notice is None else notice["state"]
        raise NotAssignableError(Violation.of("NOTICE_NOT_OPEN", memo=memo, state=state))
    if notice["currency"] != case["currency"]:
        named: dict[str, str | int] = {"expected": notice["currency"], "found": case["currency"]}
        raise NotAssignableError(refusals.violation("CURRENCY_DIFFERS", **named))
    if notice["amount_fen"] != case["amount_fen"]:
        due, paid = Money(fen=notice["amount_fen"]), Money(fen=case["amount_fen"])
        raise NotAssignableError(Violation.of("PAID_AMOUNT_DIFFERS", due=str(due), paid=str(paid)))
    return case["line_id"], notice["employer_id"]


async def assign(connection: Connection, case_id: int, notice_id: int) -> int:
    """Let the line of an open case pay a notice that a person found for it; return the entries posted.

    The amount must fit exactly, as for a line that settles by itself (I36); who may decide this, and that it takes two,
    is the caller's to check. The case stays that of the employer its memo names: the payer goes on seeing its money, and
    the employer that is credited reads of its notice alone, not what somebody else has written.

    Raises:
        NotAssignableError: the case is not open, or the notice is not awaiting exactly this amount.
    """
    line_id, credited_id = await lock_assignable(connection, case_id, notice_id)
    await connection.execute(
        """
        WITH assigned AS (UPDATE line_case SET state = 'assigned' WHERE id = $1 RETURNING id, employer_id)
        INSERT INTO audit_event (employer_id, subject_kind, subject_id, from_state, to_state, reason)
        SELECT employer_id, 'case', id, 'open', 'assigned',
               -- Nor does the employer of the memo read here whose notice it was; the allocation tells the bureau.
               CASE WHEN employer_id <> $2 THEN '' ELSE 'notice/' || $3::text END
        FROM assigned
        """,
        case_id,
        credited_id,
        str(notice_id),
    )
    return await settle(connection, [(line_id, notice_id)])


async def pay_out(connection: Connection, withdrawal_id: int, booked: date, bank_reference: str) -> None:
    """Let a withdrawal's payment that the bank has booked leave the ledger; the caller holds the withdrawal locked.

    Raises:
        PostingError: there is no such payment under way.
    """
    posted = await connection.fetchval(
        """
        WITH booked AS (
            UPDATE withdrawal_payment SET state = 'paid', booked = $2, bank_reference = $3, ended_by = current_actor(),
                ended_at = now()
            WHERE withdrawal_id = $1 AND state = 'paying' RETURNING id, withdrawal_id, amount_fen, booked),
        paid AS (
            UPDATE withdrawal w SET state = 'paid', paid_on = b.booked, note = '', version = version + 1
            FROM booked b WHERE w.id = b.withdrawal_id AND w.state = 'paying' AND w.amount_fen = b.amount_fen
            RETURNING w.id, w.employer_id, w.person_id, w.amount_fen, b.booked, b.id AS payment_id),
        posted AS (
            INSERT INTO ledger_entry (person_id, employer_id, month, kind, amount_fen, payment_id, application_id)
            SELECT person_id, employer_id, date_trunc('month', booked)::date, 'withdrawal', -amount_fen, payment_id, id
            FROM paid
            RETURNING 1),
        noted AS (
            INSERT INTO audit_event (employer_id, subject_kind, subject_id, from_state, to_state)
            SELECT employer_id, 'withdrawal', id, 'paying', 'paid' FROM paid),
        told AS (
            INSERT INTO outbox (type, subject, body)
            SELECT 'withdrawal.paid.v1', 'withdrawal/' || id, jsonb_build_object(
                'withdrawal_id', id::text, 'amount', to_char(amount_fen / 100.0, 'FM999999999999990.00'),
                'booked', to_char(booked, 'YYYY-MM-DD'))
            FROM paid)
        SELECT count(*) FROM posted
        """,
        withdrawal_id,
        booked,
        bank_reference,
    )
    if posted != 1:
        raise PostingError(f"the withdrawal {withdrawal_id} has no payment under way")


async def take_back(connection: Connection, withdrawal_id: int, reason: str) -> None:
    """Put what the bank has sent back (退票) on the ledger again; the caller holds the withdrawal locked.

    Raises:
        PostingError: there is no payment that could have come back.
    """
    posted = await connection.fetchval(
        """
        WITH bounced AS (
            UPDATE withdrawal_payment SET state = 'bounced', reason = $2, ended_by = current_actor(), ended_at = now()
            WHERE withdrawal_id = $1 AND state = 'paid' RETURNING id, withdrawal_id),
        failed AS (
            UPDATE withdrawal w SET state = 'failed', paid_on = NULL, note = $2, version = version + 1
            FROM bounced b WHERE w.id = b.withdrawal_id AND w.state = 'paid' RETURNING w.id, w.employer_id, b.id AS payment_id),
        posted AS (
            INSERT INTO ledger_entry (person_id, employer_id, month, kind, amount_fen, payment_id, application_id)
            SELECT l.person_id, l.employer_id, l.month, l.kind, -l.amount_fen, l.payment_id, f.id
            FROM failed f JOIN ledger_entry l ON l.payment_id = f.payment_id AND l.amount_fen < 0
            RETURNING amount_fen, payment_id),
        noted AS (
            INSERT INTO audit_event (employer_id, subject_kind, subject_id, from_state, to_state, reason)
            SELECT employer_id, 'withdrawal', id, 'paid', 'failed', $2 FROM failed),
        told AS (
            INSERT INTO outbox (type, subject, body)
            SELECT 'withdrawal.returned.v1', 'withdrawal/' || f.id, jsonb_build_object(
                'withdrawal_id', f.id::text, 'amount', to_char(p.amount_fen / 100.0, 'FM999999999999990.00'))
            FROM failed f JOIN posted p ON p.payment_id = f.payment_id)
        SELECT count(*) FROM posted
        """,
        withdrawal_id,
        reason,
    )
    if posted != 1:
        raise PostingError(f"the withdrawal {withdrawal_id} has no payment that could have come back")
