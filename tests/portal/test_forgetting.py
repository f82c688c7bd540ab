"""Promises of services/portal/forgetting.py: what nobody needs any more goes, and nothing else."""

from datetime import timedelta

from libsubsidy import Mobile
from services.portal import attempts, forgetting
from services.portal.portal import Portal
from services.store import (
    login_failures,
    registration_sessions,
    registrations,
    saved_answers,
    sessions,
    simulations,
    uploads,
    users,
)
from services.store.database import Connection, acting
from services.store.saved_answers import KEPT, SavedAnswer
from tests.store import fund
from tests.store.test_users import AUTH, add

TABLES = (
    "portal_session",
    "login_failure",
    "saved_answer",
    "upload",
    "simulation",
    "registration_session",
    "registration",
)
A_SECOND = timedelta(seconds=1)


async def counts(db: Connection) -> list[int]:
    """How many rows are left."""
    return [await db.fetchval(f"SELECT count(*) FROM {table}") for table in TABLES]


async def test_what_is_due_is_forgotten(db: Connection, portal: Portal) -> None:
    """One of each that is still of use, then the same when its time is over."""
    user = await add(db, login="zhang.san")
    async with acting(db, AUTH):
        known = await users.credentials(db, user.id)
        assert await sessions.open_session(db, known, timedelta(hours=portal.settings.session_hours))
        draft = await registrations.begin(db, Mobile("13800000000"))
        await registration_sessions.open_session(db, draft.id)
        await login_failures.attempt(db, {"login/x": 1}, attempts.WINDOW)
    async with acting(db, fund.BUREAU):
        assert await saved_answers.find(db, "key", b"") is None
        await saved_answers.save(db, "key", b"", SavedAnswer(status=201, location="", body=b""))
        await uploads.begin(db)
        await simulations.ask(db, await uploads.begin(db), source="bank", filename="f")

    assert (0, [1, 1, 1, 2, 1, 1, 1]) == (await forgetting.forget(portal), await counts(db))

    await db.execute("UPDATE portal_session SET ends_at = now()")
    await db.execute("UPDATE registration_session SET ends_at = now()")
    await db.execute("UPDATE registration SET changed_at = now() - $1::interval", registrations.DRAFT_KEPT + A_SECOND)
    await db.execute("UPDATE login_failure SET failed_at = now() - $1::interval", attempts.WINDOW)
    await db.execute("UPDATE saved_answer SET answered_at = now() - $1::interval", KEPT)
    await db.execute("UPDATE upload SET started_at = now() - $1::interval", uploads.FORGOTTEN_AFTER + A_SECOND)
    await db.execute("UPDATE simulation SET asked_at = now() - $1::interval", uploads.FORGOTTEN_AFTER + A_SECOND)
    assert (7, [0, 0, 0, 0, 0, 0, 0]) == (await forgetting.forget(portal), await counts(db))
