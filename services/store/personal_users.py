"""个人平台: the user that every employee has from the day on which the account is opened (F45).

No password fits it: `portal_user.password_hash` is empty, which is the hash of none, until the person activates it by SMS
or has one set (F34). Its login is the ID number, or ``P.`` and the person's id.
"""

from collections.abc import Sequence

from services.store.database import Connection


async def add(connection: Connection, person_ids: Sequence[int]) -> int:
    """Give each of these people a user, if there is none yet; return how many were added."""
    added: int = await connection.fetchval(
        """
        WITH added AS (
            INSERT INTO portal_user (login, role, person_id, name, password_hash)
            SELECT 'P.' || p.id, 'employee', p.id, p.name, '' FROM person p
            WHERE p.id = ANY ($1) AND NOT EXISTS (SELECT FROM portal_user u WHERE u.person_id = p.id)
            ORDER BY p.id
            -- Somebody may have chosen this login for themselves, or adds the same person at this moment.
            ON CONFLICT DO NOTHING
            RETURNING id),
        noted AS (
            INSERT INTO audit_event (subject_kind, subject_id, to_state) SELECT 'user', id, 'active' FROM added)
        SELECT count(*) FROM added
        """,
        person_ids,
    )
    return added
