"""Somebody who uses the API: a person with a session, or a machine with a token, and a real HTTP client."""

import itertools
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import aiohttp
import attrs

from services.portal import authentication, csrf
from services.portal.portal import Portal
from services.portal.roles import PortalRole
from services.store import sessions, users
from services.store.database import Actor, Connection, Role, acting
from services.store.users import NewUser, User
from tests.portal.contract import Contract, real

API = "/api/v1"
# No password fits; those that log in with one are in test_logins.py.
NO_PASSWORD = "$argon2id$v=19$m=47104,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
_LIFETIME = timedelta(hours=1)
_AUTH = Actor(role=Role.AUTH, name="tests", origin="tests")
_serials = itertools.count(1)


@attrs.frozen
class Given:
    """An answer, read."""

    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def codes(self) -> list[str]:
        """The codes of a problem's violations."""
        return [each["code"] for each in self.body["violations"]]


@attrs.frozen(kw_only=True)
class Visitor:
    """Sends requests as one user."""

    http: aiohttp.ClientSession
    origin: str
    user: User | None
    headers: Mapping[str, str]
    promised: Contract = attrs.field(factory=real, repr=False)

    async def ask(self, method: str, path: str, **how: Any) -> Given:
        """Send a request to the API and read the whole answer, which must be one that the API document has."""
        headers = {**self.headers, **how.pop("headers", {})}
        timeout = aiohttp.ClientTimeout(total=60)
        async with self.http.request(
            method, self.origin + API + path, headers=headers, timeout=timeout, **how
        ) as response:
            is_json = "json" in response.headers.get("Content-Type", "")
            body = await (response.json() if is_json else response.read())
            self.promised.hold(method, path, response.status, response.headers, body)
            return Given(response.status, body, response.headers)

    async def get(self, path: str, **params: Any) -> Any:
        """Read something that is there."""
        given = await self.ask("GET", path, params=params)
        assert 200 == given.status, given.body
        return given.body

    async def post(self, path: str, body: Any = None, **headers: str) -> Any:
        """Do something that succeeds; underscores in the names of headers stand for hyphens."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        given = await self.ask("POST", path, headers=named, **({} if body is None else {"json": body}))
        assert 200 <= given.status < 300, given.body
        return given.body

    async def put(self, path: str, body: Any) -> Any:
        """Replace something."""
        given = await self.ask("PUT", path, json=body)
        assert 200 <= given.status < 300, given.body
        return given.body


async def open_visitor(
    http: aiohttp.ClientSession, origin: str, portal: Portal, db: Connection, role: PortalRole, **facts: Any
) -> Visitor:
    """Add a user of a role and open a session, as a browser of the portal's own page has it."""
    serial = next(_serials)
    async with acting(db, _AUTH):
        user = await users.add(
            db,
            NewUser(
                role=role.value,
                login=f"TEST.{serial}",
                name=f"{role.value}{serial}",
                password_hash=NO_PASSWORD,
                **facts,
            ),
        )
        token = await sessions.open_session(db, await users.credentials(db, user.id), _LIFETIME)
    assert token is not None
    cookie = f"{authentication.cookie_name(portal.settings)}={token}"
    headers = {"Cookie": cookie, "X-CSRF-Token": csrf.token_of(token), "Origin": origin}
    return Visitor(http=http, origin=origin, user=user, headers=headers)
