"""Employers: registering, finding, and the two facts that every order asks for.

A new employer gets the next code from the sequence; one that was migrated brings its own (the manual's 75256), and codes
are never used twice (I28), so the sequence passes over those that were brought.
"""

from typing import Self

import attrs
from asyncpg import SequenceGeneratorLimitExceededError

from libsubsidy import CreditCode, EmployerCard, OrganizationCode
from services.store.database import Connection, Role, looking_as
from services.store.reasons import written_reason
from services.store.refusals import absent, refuse
from services.store.violations import translated


@attrs.frozen(kw_only=True)
class NewEmployer:
    """An employer as it is registered.

    Attributes:
        code: given for a migrated employer; None lets the sequence issue the next one.
        initialised: its employees have been checked (员工初始化), so that it may order at once.
        card: what else is known of it; its name and codes are those above.
    """

    name: str
    org_code: OrganizationCode
    credit_code: CreditCode | None = None
    code: str | None = None
    initialised: bool = False
    card: EmployerCard = attrs.field(factory=EmployerCard)

    @classmethod
    def of_card(cls, card: EmployerCard) -> Self:
        """Give the new employer of a card that libsubsidy has read."""
        credit_code = CreditCode(card.credit_code) if card.credit_code else None
        return cls(name=card.name, org_code=OrganizationCode(card.org_code), credit_code=credit_code, card=card)


@attrs.frozen(kw_only=True)
class Employer:
    """What of an employer others may see, and whether it may order."""

    id: int
    code: str
    name: str
    state: str
    initialised: bool


_COLUMNS = "id, code, name, state, initialised_at IS NOT NULL AS initialised"
# The names of the card's attributes are those of the columns; only the credit code may be NULL.
_CARD_NAMES = tuple(each.name for each in attrs.fields(EmployerCard))
# The first ones stand beside the card where an employer is added.
_GIVEN_BESIDE = ("name", "credit_code", "org_code")
_CARD_COLUMNS = ", ".join(f"coalesce({name}, '') AS {name}" if name == "credit_code" else name for name in _CARD_NAMES)


async def register(connection: Connection, employer: NewEmployer) -> Employer:
    """Add an employer; its registration has been decided before.

    Raises:
        RefusedError: one of the codes is in use, or no code is left.
    """
    try:
        with translated():
            row = await connection.fetchrow(
                f"""
                WITH RECURSIVE issued (code) AS (
                    SELECT nextval('employer_code_seq')::text WHERE $1::text IS NULL
                    UNION ALL
                    SELECT nextval('employer_code_seq')::text FROM issued
                    WHERE EXISTS (SELECT FROM employer brought WHERE brought.code = issued.code)),
                added AS (
                    INSERT INTO employer (
                        code, name, org_code, credit_code, initialised_at, kind, address, legal_representative, contact_name,
                        contact_mobile, refund_account_name, refund_account_number, refund_bank_name, supervising_authority)
                    SELECT coalesce($1, (SELECT max(code) FROM issued)), $2, $3, $4, CASE WHEN $5 THEN now() END,
                           $6, $7, $8, $9, $10, $11, $12, $13, $14
                    RETURNING *),
                noted AS (
                    INSERT INTO audit_event (employer_id, subject_kind, subject_id, to_state)
                    SELECT id, 'employer', id, state FROM added)
                SELECT {_COLUMNS} FROM added
                """,
                employer.code,
                employer.name,
                str(employer.org_code),
                None if employer.credit_code is None else str(employer.credit_code),
                employer.initialised,
                *attrs.astuple(employer.card)[len(_GIVEN_BESIDE) :],
            )
    except SequenceGeneratorLimitExceededError as error:
        raise refuse("EMPLOYER_CODES_EXHAUSTED") from error
    assert row is not None  # noqa: S101 -- an INSERT that did not raise returns its row.
    return Employer(**row)


async def find(connection: Connection, code: str) -> Employer | None:
    """Return the employer with this code (单位交易代码)."""
    row = await connection.fetchrow(f"SELECT {_COLUMNS} FROM employer WHERE code = $1", code)
    return None if row is None else Employer(**row)


async def get(connection: Connection, employer_id: int) -> Employer:
    """Return an employer.

    Raises:
        RefusedError: ABSENT.
    """
    row = await connection.fetchrow(f"SELECT {_COLUMNS} FROM employer WHERE id = $1", employer_id)
    if row is None:
        raise absent("单位", "employer", employer_id)
    return Employer(**row)


async def card(connection: Connection, employer_id: int) -> EmployerCard:
    """Return what is on file of an employer (单位信息); an employer's own people see the own card only.

    Raises:
        RefusedError: ABSENT.
    """
    # Rows of all employers are open to an employer by name and code (F69), so its role has no right on the other columns.
    async with looking_as(connection, Role.BUREAU):
        row = await connection.fetchrow(
            f"SELECT {_CARD_COLUMNS} FROM employer WHERE id = $1 AND id = coalesce(current_employer_id(), id)",
            employer_id,
        )
    if row is None:
        raise absent("单位", "employer", employer_id)
    return EmployerCard(**row)


async def change_card(connection: Connection, employer_id: int, new: EmployerCard) -> None:
    """Replace what is on file of an employer; the change has been approved, and the card was read by libsubsidy.

    Raises:
        RefusedError: ABSENT; ORG_CODE_TAKEN or CREDIT_CODE_TAKEN: another employer has one of the codes.
    """
    with translated():
        changed = await connection.fetchval(
            """
            WITH changed AS (
                UPDATE employer
                SET (name, credit_code, org_code, kind, address, legal_representative, contact_name, contact_mobile,
                     refund_account_name, refund_account_number, refund_bank_name, supervising_authority)
                  = ($2, nullif($3, ''), $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
                WHERE id = $1 RETURNING id)
            INSERT INTO audit_event (employer_id, subject_kind, subject_id, to_state)
            SELECT id, 'employer', id, 'card_changed' FROM changed RETURNING 1
            """,
            employer_id,
            *attrs.astuple(new),
        )
    if changed is None:
        raise absent("单位", "employer", employer_id)


async def initialise(connection: Connection, employer_id: int) -> bool:
    """Note that the employees have been checked; False when that was noted before (D-13)."""
    noted = await connection.fetchval(
        """
        WITH done AS (
            UPDATE employer SET initialised_at = now() WHERE id = $1 AND initialised_at IS NULL RETURNING id)
        INSERT INTO audit_event (employer_id, subject_kind, subject_id, to_state)
        SELECT id, 'employer', id, 'initialised' FROM done RETURNING 1
        """,
        employer_id,
    )
    return noted is not None


async def reopen(connection: Connection, employer_id: int, reason: str) -> None:
    """Let an employer check its employees once more, as long as it has not ordered or backfilled anything (D-13).

    Raises:
        RefusedError: ABSENT, INITIALISATION_OPEN, INITIALISATION_ORDERED, or the reason is missing.
    """
    why = written_reason(reason)
    await get(connection, employer_id)
    ordered = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM remittance_order WHERE employer_id = $1 AND submitted_at IS NOT NULL)", employer_id
    )
    if ordered:
        raise refuse("INITIALISATION_ORDERED")
    # A backfill was judged by the opening balances, and may have itemised them.
    if await connection.fetchval(
        """
        SELECT EXISTS (SELECT FROM application WHERE employer_id = $1 AND kind = 'backfill'
                                                 AND state IN ('draft', 'submitted', 'in_review', 'approved'))
        """,
        employer_id,
    ):
        raise refuse("INITIALISATION_ORDERED/backfilled")
    opened = await connection.fetchval(
        """
        WITH opened AS (
            UPDATE employer SET initialised_at = NULL WHERE id = $1 AND initialised_at IS NOT NULL RETURNING id)
        INSERT INTO audit_event (employer_id, subject_kind, subject_id, from_state, to_state, reason)
        SELECT id, 'employer', id, 'initialised', 'reopened', $2 FROM opened RETURNING 1
        """,
        employer_id,
        why,
    )
    if opened is None:
        raise refuse("INITIALISATION_OPEN")
