"""Employers: registering, finding, and the two facts that every order asks for.

A new employer gets the next code from the sequence; one that was migrated brings its own (the manual's 75256), and codes
are never used twice (I28), so the sequence passes over those that were brought.
"""

import attrs
from asyncpg import SequenceGeneratorLimitExceededError

from libsubsidy import CreditCode, OrganizationCode
from services.store.database import Connection
from services.store.refusals import absent, refuse
from services.store.violations import translated


@attrs.frozen(kw_only=True)
class NewEmployer:
    """An employer as it is registered.

    Attributes:
        code: given for a migrated employer; None lets the sequence issue the next one.
        initialised: its employees have been checked (员工初始化), so that it may order at once.
    """

    name: str
    org_code: OrganizationCode
    credit_code: CreditCode | None = None
    code: str | None = None
    initialised: bool = False


@attrs.frozen(kw_only=True)
class Employer:
    """What of an employer others may see, and whether it may order."""

    id: int
    code: str
    name: str
    state: str
    initialised: bool


_COLUMNS = "id, code, name, state, initialised_at IS NOT NULL AS initialised"


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
                    INSERT INTO employer (code, name, org_code, credit_code, initialised_at)
                    SELECT coalesce($1, (SELECT max(code) FROM issued)), $2, $3, $4, CASE WHEN $5 THEN now() END
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
