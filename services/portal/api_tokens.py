"""令牌 tokens: how a person lets a program act, within some of the person's own rights, for a year at most.

Tokens are made by people who are logged in, never by tokens. The secret is shown in the answer that makes it and kept
nowhere, not even as the answer to a repeated request: to make another one is harmless.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final

import attrs

from services.portal.calls import Call
from services.portal.cursors import Page, PageQuery, page_of
from services.portal.endpoints import Endpoints
from services.portal.problems import Found, Problem
from services.portal.roles import EVERYBODY
from services.portal.scopes import SCOPES
from services.portal.sentences import violation
from services.portal.wire import Id
from services.store import tokens as store
from services.store.database import Actor, Connection, Role, working

_SCOPES_TOLD_MAX: Final = 10
_SCOPE_CHARACTERS_TOLD_MAX: Final = 40

tokens = Endpoints(tag="令牌 tokens")


@attrs.frozen(kw_only=True)
class NewToken:
    """A token to make.

    Attributes:
        name: what it is for, 1 to 100 characters.
        scopes: what it may do, of what the own role may.
        days: how long, 1 to 365.
    """

    name: str
    scopes: tuple[str, ...]
    days: int


@attrs.frozen(kw_only=True)
class TokenView:
    """A token without its secret.

    Attributes:
        revoked_at: null unless it was ended before its time.
    """

    id: Id
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


@attrs.frozen(kw_only=True)
class MadeToken(TokenView):
    """A token as it was made.

    Attributes:
        secret: goes into `Authorization: Bearer …`; shown this once.
    """

    secret: str = attrs.field(repr=False)


@tokens.post("/tokens", who=EVERYBODY, status=201, location="/tokens/{id}", transaction=False)
async def make(call: Call, body: NewToken) -> MadeToken:
    """Make a token for a program; its secret is shown this once."""
    _refuse_beyond_role(call, body.scopes)
    async with _keeping(call) as connection:
        made, secret = await store.add(
            connection,
            call.identity.user_id,
            name=body.name,
            scopes=body.scopes,
            lasting=timedelta(days=max(0, min(body.days, store.DAYS_MAX + 1))),
        )
    view = _view(made)
    return MadeToken(**attrs.asdict(view, recurse=False), secret=secret)


@tokens.get("/tokens", who=EVERYBODY, transaction=False)
async def list_own(call: Call, query: PageQuery) -> Page[TokenView]:
    """List the own tokens, the newest first; those that ended are among them."""
    async with _keeping(call, reads_only=True) as connection:
        rows = await store.page(connection, call.identity.user_id, before=query.after_id(), limit=query.limit + 1)
    return page_of(rows, query, _view, lambda token: (token.id,))


@tokens.get("/tokens/{token_id}", who=EVERYBODY, transaction=False)
async def get(call: Call, token_id: int) -> TokenView:
    """Read one of the own tokens."""
    async with _keeping(call, reads_only=True) as connection:
        return _view(await store.get(connection, call.identity.user_id, token_id))


@tokens.delete("/tokens/{token_id}", who=EVERYBODY, transaction=False)
async def revoke(call: Call, token_id: int) -> None:
    """Revoke one of the own tokens: it opens nothing from now on."""
    async with _keeping(call) as connection:
        await store.revoke(connection, call.identity.user_id, token_id)


@asynccontextmanager
async def _keeping(call: Call, *, reads_only: bool = False) -> AsyncIterator[Connection]:
    """Run one short transaction as the role that keeps tokens."""
    actor = Actor(role=Role.AUTH, name=call.identity.actor_name, origin=call.origin)
    async with working(call.portal.pool, actor, reads_only=reads_only) as connection:
        yield connection


def _refuse_beyond_role(call: Call, scopes: tuple[str, ...]) -> None:
    allowed = call.request.app[SCOPES][call.identity.role]
    beyond = sorted(set(scopes) - allowed)
    if beyond:
        told = ", ".join(scope[:_SCOPE_CHARACTERS_TOLD_MAX] for scope in beyond[:_SCOPES_TOLD_MAX])
        known = ", ".join(sorted(allowed))
        found = violation("SCOPES_BEYOND_ROLE", scopes=told, allowed=known)
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, [Found(violation=found, pointer="/scopes")])


def _view(token: store.ApiToken) -> TokenView:
    return TokenView(
        id=Id(token.id),
        name=token.name,
        scopes=token.scopes,
        created_at=token.created_at,
        expires_at=token.expires_at,
        revoked_at=token.revoked_at,
    )
