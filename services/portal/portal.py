"""What all requests of one portal process share."""

import random
from collections.abc import Callable
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

import attrs
from aiohttp import web

from libsubsidy import Policy
from services.portal.attachments.decoding import Decoders
from services.portal.attachments.storage import Storage
from services.portal.notices.printing import Printer
from services.portal.passwords import Passwords
from services.portal.settings import PortalSettings
from services.portal.turns import Turns
from services.store.database import Pool

BUREAU_ZONE: Final = ZoneInfo("Asia/Shanghai")


def _now() -> datetime:
    return datetime.now(BUREAU_ZONE)


@attrs.frozen(kw_only=True)
class Portal:
    """One portal.

    Attributes:
        clock: the time in the bureau's zone; tests bring their own.
        rng: where the randomness of order codes comes from.
        passwords: hashes passwords, as many at once as there are cores.
        turns: keeps one employer from taking every connection.
        storage: where the bytes of attachments lie.
        decoders: open what strangers sent.
        printer: prints papers as PDF.
    """

    pool: Pool
    settings: PortalSettings
    policy: Policy = attrs.field(factory=Policy)
    clock: Callable[[], datetime] = _now
    rng: random.Random = attrs.field(factory=random.SystemRandom)
    passwords: Passwords = attrs.field(factory=Passwords)
    turns: Turns = attrs.field(factory=Turns)
    storage: Storage = attrs.field(
        default=attrs.Factory(lambda self: Storage(self.settings.attachments), takes_self=True)
    )
    decoders: Decoders = attrs.field(factory=Decoders)
    printer: Printer = attrs.field(default=attrs.Factory(lambda self: Printer(self.settings.assets), takes_self=True))

    @property
    def today(self) -> date:
        """The day of the bureau."""
        return self.clock().astimezone(BUREAU_ZONE).date()


PORTAL: Final = web.AppKey("portal", Portal)
