"""One request, as its handler sees it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime

import attrs
from aiohttp import web

from services.portal.identity import Credentials, Identity
from services.portal.portal import Portal
from services.portal.roles import PortalRole
from services.store.database import Connection, working


@attrs.frozen(kw_only=True)
class Call:
    """One request: who asks, when, and the transaction in which it is answered.

    Attributes:
        origin: from where, for the audit trail.
        now: the time of the request in the bureau's zone.
    """

    portal: Portal
    request: web.Request
    credentials: Credentials
    origin: str
    now: datetime
    _connection: "Connection | None" = None  # Quoted: the alias is a text at run time.

    def over(self, connection: Connection) -> "Call":
        """Give the same call with the transaction that was opened for it; attrs.evolve takes ten times as long."""
        return Call(
            portal=self.portal,
            request=self.request,
            credentials=self.credentials,
            origin=self.origin,
            now=self.now,
            connection=connection,
        )

    @property
    def connection(self) -> Connection:
        """The connection, inside the request's transaction: as the asker's role and tenant, committed before the answer."""
        if self._connection is None:
            raise RuntimeError("this endpoint is declared without a transaction: use call.working()")
        return self._connection

    @property
    def identity(self) -> Identity:
        """Who asks; the endpoint's `who` has been checked."""
        if self.credentials.identity is None:
            raise RuntimeError("this endpoint is open to everybody: look at call.credentials")
        return self.credentials.identity

    @property
    def employer_id(self) -> int:
        """The employer for whom the asker acts."""
        if self.identity.employer_id is None:
            raise RuntimeError("this endpoint is open to others than employers: look at call.identity")
        return self.identity.employer_id

    @property
    def today(self) -> date:
        """The day of the bureau."""
        return self.now.date()

    @asynccontextmanager
    async def working(self, *, reads_only: bool = False) -> AsyncIterator[Connection]:
        """Run one short transaction of its own as the asker, for handlers that are declared without one."""
        reads_only = reads_only or self.identity.role is PortalRole.AUDITOR
        actor = self.identity.actor(self.origin)
        async with (
            self.portal.turns.turn(self.identity),
            working(self.portal.pool, actor, reads_only=reads_only) as connection,
        ):
            yield connection
