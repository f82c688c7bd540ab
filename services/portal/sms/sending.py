"""The task that sends what is queued: one per portal process, woken by the commit of a message.

A message is taken for a while, handed over outside any transaction, and noted as sent; what the gateway cannot take now
comes again later (`services/store/sms_messages.py`).
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Final

import aiohttp
import attrs
import structlog
from aiohttp import web
from prometheus_client import Counter

from services.ending import end
from services.portal.portal import PORTAL
from services.portal.settings import PortalSettings
from services.portal.sms.development_box import DevelopmentBox
from services.portal.sms.gateway import HttpGateway
from services.portal.sms.port import SmsRefusedError, SmsSender, SmsUnavailableError
from services.portal.unexpected import log_unexpected
from services.portal.watchers import WATCHERS
from services.store import sms_messages
from services.store.database import Actor, Pool, Role, working
from services.store.outages import OUTAGES
from services.store.sms_messages import Message

CHANNEL: Final = "sms"
# A notification that was lost, or a message that is due again, is found by looking.
LOOK_SECONDS: Final = 15.0
AT_ONCE_MAX: Final = 10
MESSAGES: Final = Counter("subsidy_sms_messages", "Messages by SMS, by what became of the try.", ["outcome"])
_ACTOR: Final = Actor(role=Role.AUTH, name="portal", origin="portal")

log = structlog.get_logger()


def sender_of(settings: PortalSettings, http: aiohttp.ClientSession) -> SmsSender | None:
    """Give what the settings ask for; None where they ask for nothing, so that messages wait."""
    if settings.sms_url is not None:
        return HttpGateway(http, settings.sms_url, settings.sms_token)
    return DevelopmentBox() if settings.shows_sms_box else None


@attrs.define(eq=False)
class Sending:
    """The task's work."""

    pool: Pool
    sender: SmsSender
    _woken: asyncio.Event = attrs.field(factory=asyncio.Event, init=False)

    def wake(self) -> None:
        """Look now."""
        self._woken.set()

    async def run(self) -> None:
        """Send whatever is queued, for ever."""
        while True:
            self._woken.clear()
            try:
                while await self.send_due():
                    pass
            except OUTAGES as error:
                log.warning("messages wait", error=type(error).__name__)
            except Exception as error:  # noqa: BLE001 - logged; people must not wait in vain for codes because one was odd.
                log_unexpected(error, route="sms")
            # Not wait_for: before Python 3.12 it loses a cancellation that comes together with what it waits for.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._woken.wait()

    async def send_due(self) -> int:
        """Send some of what is due, and return how many were tried."""
        async with working(self.pool, _ACTOR) as connection:
            messages = await sms_messages.take(connection, limit=AT_ONCE_MAX)
        await asyncio.gather(*(self._send(message) for message in messages))
        return len(messages)

    async def _send(self, message: Message) -> None:
        try:
            await self.sender.send(message.mobile, message.text)
        except SmsUnavailableError as error:
            MESSAGES.labels("later").inc()
            log.warning("message not taken, it comes again", message=message.id, why=str(error))
            return
        except SmsRefusedError as error:
            MESSAGES.labels("refused").inc()
            log.warning("message refused", message=message.id, why=str(error))
            async with working(self.pool, _ACTOR) as connection:
                await sms_messages.note_failed(connection, message.id)
            return
        MESSAGES.labels("sent").inc()
        async with working(self.pool, _ACTOR) as connection:
            await sms_messages.note_sent(connection, message.id, keep_text=self.sender.keeps_texts)


def set_up(app: web.Application) -> None:
    """Let an application send messages as long as it runs; after its watchers, whose connection hears of them."""
    app.cleanup_ctx.append(_keep_sending)


async def _keep_sending(app: web.Application) -> AsyncIterator[None]:
    portal = app[PORTAL]
    async with aiohttp.ClientSession(auto_decompress=False) as http:
        sender = sender_of(portal.settings, http)
        if sender is None:
            yield
            return
        sending = Sending(portal.pool, sender)
        with app[WATCHERS].hearing(CHANNEL, sending.wake):
            task = asyncio.create_task(sending.run())
            yield
            await end(task)
