"""Tokens of machines: they act as a user, within their scopes, until they expire or are revoked.

The secret is shown once, when the token is made. All of this runs as `Role.AUTH`.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

import attrs
from asyncpg import Record

from services.store.database import Connection
from services.store.opaque_secrets import digest, new_secret
from services.store.refusals import absent, refuse
from services.store.users import USER_COLUMNS, User, user_of
from services.store.violations import translated

DAYS_MAX: Final = 365
NAME_CHARACTERS_MAX: Final = 100
TOKENS_PER_USER_MAX: Final = 50
TOKENS_PER_PAGE_MAX: Final = 201
# Scanners for leaked secrets, and people, know it by this.
PREFIX: Final = "subsidy_"

_COLUMNS: Final = "id, user_id, name, scopes, created_at, expires_at, revoked_at"


@attrs.frozen(kw_only=True)
class ApiToken:
    """A token without its secret."""

    id: int
    user_id: int
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


@attrs.frozen(kw_only=True)
class Bearer:
    """Whom a token lets act, and within which scopes."""

    user: User
    token_id: int
    scopes: frozenset[str]
    expires_at: datetime


def _token_of(row: Record) -> ApiToken:
    return ApiToken(**{**row, "scopes": tuple(row["scopes"])})


async def add(
    connection: Connection, user_id: int, *, name: str, scopes: Collection[str], lasting: timedelta
) -> tuple[ApiToken, str]:
    """Make a token for a user, and return it with its secret.

    Raises:
        RefusedError: TOKEN_NAME, TOKEN_LASTING, TOKENS_TOO_MANY, TOKEN_SCOPES, or ABSENT for no active user.
    """
    if not 0 < len(name) <= NAME_CHARACTERS_MAX or not name.isprintable():
        raise refuse("TOKEN_NAME")
    if not timedelta(0) < lasting <= timedelta(days=DAYS_MAX):
        raise refuse("TOKEN_LASTING", limit=DAYS_MAX)
    holder = await connection.fetchval(
        "SELECT id FROM portal_user WHERE id = $1 AND state = 'active' FOR NO KEY UPDATE", user_id
    )
    if holder is None:
        raise absent("用户", "user", user_id)
    living = await connection.fetchval(
        "SELECT count(*) FROM api_token WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > now()", user_id
    )
    if living >= TOKENS_PER_USER_MAX:
        raise refuse("TOKENS_TOO_MANY", limit=TOKENS_PER_USER_MAX)
    secret = new_secret(PREFIX)
    with translated():
        row = await connection.fetchrow(
            f"""
            WITH made AS (
                INSERT INTO api_token (token_hash, user_id, name, scopes, expires_at)
                VALUES ($1, $2, $3, $4, now() + $5::interval) RETURNING *),
            noted AS (
                INSERT INTO audit_event (employer_id, subject_kind, subject_id, to_state)
                SELECT u.employer_id, 'token', made.id, 'made' FROM made JOIN portal_user u ON u.id = made.user_id)
            SELECT {_COLUMNS} FROM made
            """,
            digest(secret),
            user_id,
            name,
            sorted(set(scopes)),
            lasting,
        )
    assert row is not None  # noqa: S101 -- an INSERT that did not raise returns its row.
    return _token_of(row), secret


async def page(
    connection: Connection, user_id: int, *, before: int | None = None, limit: int = TOKENS_PER_PAGE_MAX
) -> tuple[ApiToken, ...]:
    """Return tokens of a user, the newest first, from before an id on; those that ended are among them."""
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM api_token WHERE user_id = $1 AND ($2::bigint IS NULL OR id < $2) ORDER BY id DESC LIMIT $3",
        user_id,
        before,
        min(limit, TOKENS_PER_PAGE_MAX),
    )
    return tuple(_token_of(row) for row in rows)


async def get(connection: Connection, user_id: int, token_id: int) -> ApiToken:
    """Return a token of the user.

    Raises:
        RefusedError: ABSENT, for another user's as for none.
    """
    row = await connection.fetchrow(
        f"SELECT {_COLUMNS} FROM api_token WHERE id = $1 AND user_id = $2", token_id, user_id
    )
    if row is None:
        raise absent("令牌", "token", token_id)
    return _token_of(row)


async def revoke(connection: Connection, user_id: int, token_id: int) -> None:
    """End a token of the user, once and for all; one that ended before stays as it is.

    Raises:
        RefusedError: ABSENT, for another user's as for none.
    """
    await get(connection, user_id, token_id)
    await connection.execute(
        """
        WITH revoked AS (
            UPDATE api_token SET revoked_at = now() WHERE id = $1 AND revoked_at IS NULL RETURNING id, user_id)
        INSERT INTO audit_event (employer_id, subject_kind, subject_id, from_state, to_state)
        SELECT u.employer_id, 'token', revoked.id, 'made', 'revoked'
        FROM revoked JOIN portal_user u ON u.id = revoked.user_id
        """,
        token_id,
    )


async def revoke_all(connection: Connection, user_id: int) -> int:
    """End all tokens of a user that have not ended yet, and return how many those were."""
    revoked: int = await connection.fetchval(
        """
        WITH revoked AS (
            UPDATE api_token SET revoked_at = now() WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > now()
            RETURNING id, user_id),
        noted AS (
            INSERT INTO audit_event (employer_id, subject_kind, subject_id, from_state, to_state)
            SELECT u.employer_id, 'token', revoked.id, 'made', 'revoked'
            FROM revoked JOIN portal_user u ON u.id = revoked.user_id)
        SELECT count(*)::integer FROM revoked
        """,
        user_id,
    )
    return revoked


async def resolve(connection: Connection, secret: str) -> Bearer | None:
    """Return whom a secret lets act; None for one that is unknown, expired, revoked, or of a disabled user."""
    row = await connection.fetchrow(
        f"""
        SELECT {USER_COLUMNS}, t.id AS token_id, t.scopes, t.expires_at
        FROM api_token t JOIN portal_user u ON u.id = t.user_id
        WHERE t.token_hash = $1 AND t.revoked_at IS NULL AND t.expires_at > now() AND u.state = 'active'
        """,
        digest(secret),
    )
    if row is None:
        return None
    return Bearer(
        user=user_of(row),
        token_id=row["token_id"],
        scopes=frozenset(row["scopes"]),
        expires_at=row["expires_at"],
    )
