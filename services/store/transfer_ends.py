"""How transfers end: the person is with the new employer, or as before (F75, I5, I24).

Only the employment changes: history, balance and the lines of orders stay with the person. What is done here needs the role
that may touch the employments of both.
"""

from collections.abc import Sequence

from libsubsidy import Terms, TransferState
from services.store import change_records
from services.store.change_records import NewRecord
from services.store.database import Connection
from services.store.refusals import refuse
from services.store.transfers import Transfer, tell_both


async def end(connection: Connection, ids: Sequence[int], state: TransferState, remark: str) -> None:
    """Let transfers come to nothing, and say why."""
    before = await connection.fetchval("SELECT min(state) FROM transfer WHERE id = ANY ($1)", list(ids))
    await connection.execute(
        """
        UPDATE transfer SET state = $2, remark = $3, version = version + 1, decided_at = now() WHERE id = ANY ($1)
        """,
        list(ids),
        state.value,
        remark,
    )
    await tell_both(connection, ids, before)


async def go_back(connection: Connection, ids: Sequence[int]) -> None:
    """Let the people be as they were before their transfers."""
    await connection.execute(
        """
        WITH back AS (
            UPDATE employment e SET state = t.back_state, state_from = t.back_from
            FROM transfer t WHERE t.id = ANY ($1) AND e.id = t.employment_id AND e.state = 'transferring'
            RETURNING e.id, e.employer_id, e.state, t.remark),
        recorded AS (
            INSERT INTO change_record (employer_id, employment_id, field, before, after, reason)
            SELECT employer_id, id, 'state', 'transferring', state, remark FROM back)
        INSERT INTO audit_event (employer_id, subject_kind, subject_id, from_state, to_state, reason)
        SELECT employer_id, 'employment', id, 'transferring', state, remark FROM back
        """,
        list(ids),
    )


async def complete(connection: Connection, transfer: Transfer) -> None:
    """End the old employment and begin the new one, standing in for the bureau; I24: exactly one is active afterwards."""
    terms = transfer.terms
    assert terms is not None  # noqa: S101 -- an accepted transfer has them, by a constraint.
    await connection.execute(
        """
        WITH ended AS (
            UPDATE employment SET state = 'ended' WHERE id = $1 AND state = 'transferring' RETURNING id, employer_id)
        INSERT INTO audit_event (employer_id, subject_kind, subject_id, from_state, to_state)
        SELECT employer_id, 'employment', id, 'transferring', 'ended' FROM ended
        """,
        transfer.employment_id,
    )
    # Who has worked there before comes back to the old file.
    employment_id = await connection.fetchval(
        """
        WITH begun AS (
            INSERT INTO employment (employer_id, person_id, rank, start_month, state) VALUES ($1, $2, $3, $4, 'active')
            ON CONFLICT ON CONSTRAINT employment_once DO UPDATE
            SET state = 'active', state_from = NULL, rank = excluded.rank, start_month = excluded.start_month
            WHERE employment.state = 'ended'
            RETURNING id, employer_id, state),
        filed AS (
            INSERT INTO file_amount (employment_id, employer_id, effective_month, amount_fen)
            SELECT id, employer_id, $4, $5 FROM begun
            ON CONFLICT ON CONSTRAINT file_amount_pk DO UPDATE SET amount_fen = excluded.amount_fen),
        noted AS (
            INSERT INTO audit_event (employer_id, subject_kind, subject_id, to_state)
            SELECT employer_id, 'employment', id, state FROM begun)
        SELECT id FROM begun
        """,
        transfer.to_employer_id,
        transfer.person_id,
        terms.rank,
        terms.start_month.first_day,
        terms.amount.fen,
    )
    if employment_id is None:
        raise refuse("EMPLOYED_ELSEWHERE/race")
    await connection.execute(
        "UPDATE transfer SET state = 'done', version = version + 1, decided_at = now() WHERE id = $1", transfer.id
    )
    await tell_both(connection, [transfer.id], "accepted")
    await change_records.add(connection, _moved(transfer, terms, employment_id))


def _moved(transfer: Transfer, terms: Terms, employment_id: int) -> list[NewRecord]:
    """Write into both files what has changed; what was before is the other employer's, but for its name."""
    month = transfer.effective
    left = {"employer_id": transfer.employer_id, "employment_id": transfer.employment_id, "effective_month": month}
    came = {
        "employer_id": transfer.to_employer_id,
        "employment_id": employment_id,
        "effective_month": terms.start_month,
    }
    names = {"field": "employer", "before": transfer.employer_name, "after": transfer.to_employer_name}
    fields = {"rank": terms.rank, "monthly_amount": str(terms.amount), "start_month": str(terms.start_month)}
    return [
        NewRecord(**left, field="state", before="transferring", after="ended"),  # type: ignore[arg-type]
        NewRecord(**left, **names),  # type: ignore[arg-type]
        NewRecord(**came, **names),  # type: ignore[arg-type]
        *(NewRecord(**came, field=name, before="", after=text) for name, text in fields.items() if text),  # type: ignore[arg-type]
    ]
