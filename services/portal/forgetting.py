"""What nobody needs any more: sessions that ended by time, failures that count no more, answers long given, files.

Every portal process forgets a little at a time; several of them do no harm to each other. The reconciler forgets files and
simulations, too, but it may not be running, and whoever takes files in must not keep them for ever.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

import structlog
from aiohttp import web

from services.ending import end
from services.portal import attempts
from services.portal.attachments.storage import StorageError
from services.portal.authentication import idle_limit
from services.portal.portal import PORTAL, Portal
from services.store import (
    amount_lists,
    attachments,
    employee_imports,
    login_failures,
    registration_sessions,
    registrations,
    saved_answers,
    sessions,
    simulations,
    sms_codes,
    sms_messages,
    transfer_answers,
    uploads,
)
from services.store.database import Actor, Role, working
from services.store.outages import OUTAGES

EVERY_SECONDS: Final = 300.0
_ACTOR: Final = Actor(role=Role.AUTH, name="portal", origin="portal")
# The role that may take away what others began.
_WORKER: Final = Actor(role=Role.WORKER, name="portal", origin="portal")
# Time gives back whoever was not answered for: that concerns two employers.
_BUREAU: Final = Actor(role=Role.BUREAU, name="portal", origin="portal")

log = structlog.get_logger()


async def forget(portal: Portal) -> int:
    """Delete what is due, and return how many rows that were."""
    forgotten = 0
    async with working(portal.pool, _ACTOR) as connection:
        forgotten += await sessions.purge(connection, idle_limit(portal.settings))
    async with working(portal.pool, _ACTOR) as connection:
        forgotten += await login_failures.purge(connection, attempts.WINDOW)
    async with working(portal.pool, _ACTOR) as connection:
        forgotten += await saved_answers.purge(connection)
    async with working(portal.pool, _ACTOR) as connection:
        forgotten += await sms_codes.purge(connection) + await sms_messages.purge(connection)
    async with working(portal.pool, _ACTOR) as connection:
        forgotten += await registration_sessions.purge(connection) + await registrations.forget(connection)
    async with working(portal.pool, _WORKER) as connection:
        forgotten += await simulations.forget(connection)
    async with working(portal.pool, _WORKER) as connection:
        forgotten += await uploads.purge(connection)
    async with working(portal.pool, _BUREAU) as connection:
        forgotten += await transfer_answers.expire(connection, portal.today)
    async with working(portal.pool, _WORKER) as connection:
        forgotten += await employee_imports.forget(connection)
    async with working(portal.pool, _WORKER) as connection:
        forgotten += await amount_lists.forget(connection)
    return forgotten + await _forget_attachments(portal)


async def _forget_attachments(portal: Portal) -> int:
    """Give up what was never handed in: the rows say so first, then the bytes go, then the rows."""
    async with working(portal.pool, _WORKER) as connection:
        given_up = await attachments.forget(connection)
    erased = []
    for each in given_up:
        try:
            await portal.storage.delete(each.storage_key)
        except StorageError as error:
            log.warning("attachments not erased", error=type(error.__cause__).__name__)
            break  # The store is away; they come again.
        erased.append(each.id)
    if erased:
        async with working(portal.pool, _WORKER) as connection:
            await attachments.erase(connection, erased)
    return len(erased)


async def keep_forgetting(app: web.Application) -> AsyncIterator[None]:
    """Forget every few minutes while the application runs; a context of `web.Application.cleanup_ctx`."""
    task = asyncio.create_task(_keep_forgetting(app[PORTAL]))
    yield
    await end(task)


async def _keep_forgetting(portal: Portal) -> None:
    while True:
        await asyncio.sleep(EVERY_SECONDS)
        try:
            forgotten = await forget(portal)
        except OUTAGES as error:
            log.warning("nothing forgotten", error=type(error).__name__)
        else:
            log.debug("forgotten", rows=forgotten)
