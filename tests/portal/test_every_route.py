"""What holds for every route there is, and for every one that will be: who may, from where, how much, and how long.

The tests walk the table of calls and the real router; each gives the list of the routes that break its promise.
"""

from collections.abc import AsyncIterator, Callable, Iterable
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final, TypeAlias

import attrs
import pytest
from yarl import URL

from services.portal import server as servers
from services.portal.app import API, endpoints, make_app
from services.portal.endpoints import Endpoint, Endpoints, Streamed
from services.portal.middleware import security_headers
from services.portal.pages.routes import all_pages
from services.portal.portal import Portal
from services.portal.roles import PortalRole
from services.store import tokens
from services.store.database import Actor, Connection, Role, acting
from tests.portal.conftest import VisitorOf
from tests.portal.contract import real
from tests.portal.samples import request_of
from tests.portal.visitors import Given, Visitor

CALLS: Final = tuple(endpoints())
# Without a login: to log in, and to read what the API is.
OPEN: Final = {
    ("POST", "/session"),
    ("POST", "/password-reset-codes"),
    ("POST", "/password-resets"),
    ("GET", "/openapi.json"),
    ("GET", "/docs"),
    ("GET", "/problems"),
    ("GET", "/problems/{code}"),
    # Who registers has no login yet, and proves a telephone instead.
    ("POST", "/registrations/codes"),
    ("POST", "/registrations/session"),
    ("DELETE", "/registrations/session"),
    ("GET", "/registrations"),
    ("POST", "/registrations"),
    ("GET", "/registrations/{registration_id}"),
    ("POST", "/registrations/{registration_id}/open"),
    ("PUT", "/registrations/{registration_id}"),
    ("POST", "/registrations/{registration_id}/submit"),
    ("POST", "/registrations/attachments"),
    ("GET", "/registrations/attachments/{attachment_id}"),
    ("DELETE", "/registrations/attachments/{attachment_id}"),
    ("GET", "/registrations/attachments/{attachment_id}/content"),
    ("GET", "/registrations/attachments/{attachment_id}/pages/{page}"),
}
# Beside the API nothing is changed, and who may see what is said there.
BESIDE: Final = {"/", "/sections/{name}", "/healthz", "/readyz", "/metrics", "/assets/{name}"} | {
    page.path for page in all_pages()
}
# No answer waits longer, but for files on a slow line and streams without an end.
SECONDS_MAX: Final = 120.0
UPLOAD_SECONDS_MAX: Final = 4000.0
BODY_BYTES_MAX: Final = 2 * 1024 * 1024
UPLOAD_BYTES_MAX: Final = 600 * 1024 * 1024
STREAMS: Final = {("GET", "/events")}

Broken: TypeAlias = list[tuple[Any, ...]]
Visitors: TypeAlias = dict[PortalRole, Visitor]


def key_of(call: Endpoint) -> tuple[str, str]:
    """Name a call."""
    return call.method, call.path


def changing() -> Iterable[Endpoint]:
    """Give the calls that change something."""
    return (call for call in CALLS if call.method not in {"GET", "HEAD"})


def closed() -> Iterable[Endpoint]:
    """Give the calls that need a login."""
    return (call for call in CALLS if call.who is not None)


@pytest.fixture
async def visitors(visitor: VisitorOf) -> Visitors:
    """Somebody of each role, logged in."""
    return {role: await visitor(role) for role in PortalRole}


async def token_of(db: Connection, user_id: int, scope: str) -> str:
    """Make a token of a user with one scope, and give its secret."""
    async with acting(db, Actor(role=Role.AUTH, name="tests", origin="tests")):
        _, secret = await tokens.add(db, user_id, name="tests", scopes=[scope], lasting=timedelta(hours=1))
    return secret


def without(someone: Visitor, *names: str, **changed: str) -> Visitor:
    """Give the same visitor with some headers left out or changed."""
    kept = {name: value for name, value in someone.headers.items() if name not in names}
    return attrs.evolve(someone, headers=kept | {name.replace("_", "-"): value for name, value in changed.items()})


async def ask(someone: Visitor, call: Endpoint, **how: Any) -> Given:
    """Make a well-formed request of a call; nothing has its ids."""
    given = request_of(call) | how
    reply = await someone.ask(call.method, given.pop("path"), **given)
    missing = [name for name, value in security_headers.ALWAYS.items() if reply.headers.get(name) != value]
    assert [] == missing, (key_of(call), "headers", missing)
    assert "X-Request-Id" in reply.headers
    assert "no-store" in reply.headers["Cache-Control"] or call.who is None
    return reply


async def broken(calls: Iterable[Endpoint], asked: Callable[[Endpoint], Any], status: int, *codes: str) -> Broken:
    """Give the calls that do not answer a request with this status and one of these codes."""
    found: Broken = []
    for call in calls:
        reply = await asked(call)
        code = reply.body["code"] if isinstance(reply.body, dict) and "code" in reply.body else ""
        if status != reply.status or code not in codes:
            found.append((*key_of(call), reply.status, code))
    return found


def test_the_router_serves_the_table_and_nothing_else(portal: Portal) -> None:
    """A call that is not in the table would have no rights, no limits and no words in the document."""
    routes = {
        (route.method, route.resource.canonical)
        for route in make_app(portal).router.routes()
        if route.resource is not None
    }
    api = {(method, path.removeprefix(API)) for method, path in routes if path.startswith(API)}
    beside = {(method, path) for method, path in routes if not path.startswith(API)}

    assert {key_of(call) for call in CALLS} == api
    assert len(CALLS) == len({key_of(call) for call in CALLS}) == len({call.name for call in CALLS})
    assert {"GET", "HEAD"} == {method for method, _ in beside}
    assert BESIDE == {path for _, path in beside}


def test_only_a_few_calls_are_open_to_everybody() -> None:
    """Whoever adds one says so here."""
    assert OPEN == {key_of(call) for call in CALLS if call.who is None}
    assert [] == [key_of(call) for call in closed() if not call.who]


async def test_without_a_login_nothing_is_answered(visitors: Visitors) -> None:
    """401 before anything is looked at, with the way to log in."""
    nobody = attrs.evolve(visitors[PortalRole.EMPLOYER], headers={})
    assert [] == await broken(closed(), lambda call: ask(nobody, call), 401, "NOT_LOGGED_IN")
    stranger = attrs.evolve(nobody, headers={"Cookie": "subsidy=" + "A" * 43})
    assert [] == await broken(closed(), lambda call: ask(stranger, call), 401, "NOT_LOGGED_IN")


@pytest.mark.parametrize("role", PortalRole)
async def test_every_other_role_is_refused(visitors: Visitors, role: PortalRole) -> None:
    """403 before the body is looked at, so that nobody learns what a call would take."""
    others = [call for call in closed() if role not in (call.who or ())]

    assert others, "a role that may do everything is none"
    assert [] == await broken(others, lambda call: ask(visitors[role], call), 403, "FORBIDDEN")


@pytest.mark.parametrize("role", PortalRole)
async def test_its_own_roles_are_let_in(visitor: VisitorOf, role: PortalRole) -> None:
    """The refusals above are not those of a door that opens for nobody."""
    refused: Broken = []
    someone = await visitor(role)
    for call in sorted(closed(), key=lambda call: key_of(call) == ("DELETE", "/session")):
        if role in (call.who or ()) and key_of(call) not in STREAMS:
            reply = await ask(someone, call)
            if reply.status in {401, 403, 404, 405} and reply.body["code"] not in {
                "ABSENT",
                "EMPLOYER_ABSENT",
                "PASSWORD_WRONG",
            }:
                refused.append((*key_of(call), reply.status, reply.body["code"]))

    assert [] == refused


@pytest.mark.parametrize(
    ("left_out", "changed", "code"),
    [
        ("X-CSRF-Token", {}, "CSRF_TOKEN"),
        ("X-CSRF-Token", {"X_CSRF_Token": ""}, "CSRF_TOKEN"),
        ("X-CSRF-Token", {"X_CSRF_Token": "0" * 64}, "CSRF_TOKEN"),
        ("Origin", {"Origin": "https://evil.example"}, "ORIGIN_FOREIGN"),
        ("Origin", {"Origin": "null"}, "ORIGIN_FOREIGN"),
        ("Origin", {}, "ORIGIN_FOREIGN"),
        ("", {"Sec_Fetch_Site": "cross-site"}, "ORIGIN_FOREIGN"),
        ("", {"Sec_Fetch_Site": "same-site"}, "ORIGIN_FOREIGN"),
    ],
)
async def test_another_site_makes_no_browser_change_anything(
    visitors: Visitors, left_out: str, changed: dict[str, str], code: str
) -> None:
    """A cookie alone is no permission: the token of our pages, and our own origin, are needed, too."""

    async def asked(call: Endpoint) -> Given:
        role = next(role for role in PortalRole if role in (call.who or ()))
        return await ask(without(visitors[role], left_out, **changed), call)

    assert [] == await broken((call for call in changing() if call.who), asked, 403, code)


async def test_nobody_is_logged_in_by_another_site(visitors: Visitors) -> None:
    """The calls that are open have an origin to prove, too, when they change something."""
    someone = attrs.evolve(visitors[PortalRole.EMPLOYER], headers={"Origin": "https://evil.example"})
    calls = [call for call in changing() if call.who is None]

    assert [] == await broken(calls, lambda call: ask(someone, call), 403, "ORIGIN_FOREIGN")


@pytest.mark.parametrize("role", PortalRole)
async def test_a_token_does_nothing_beyond_its_scopes(visitors: Visitors, role: PortalRole, db: Connection) -> None:
    """A token without the scope is refused, and where there is no scope every token is."""
    someone = visitors[role]
    assert someone.user is not None
    secret = await token_of(db, someone.user.id, "none:none")
    machine = attrs.evolve(someone, headers={"Authorization": f"Bearer {secret}"})
    calls = [call for call in closed() if role in (call.who or ())]

    assert [] == await broken(
        (call for call in calls if call.scope), lambda call: ask(machine, call), 403, "SCOPE_MISSING"
    )
    assert [] == await broken(
        (call for call in calls if not call.scope), lambda call: ask(machine, call), 403, "PEOPLE_ONLY"
    )


async def test_a_body_longer_than_the_limit_is_refused(visitors: Visitors) -> None:
    """Without an announced length as soon as it is too long; test_bad_input.py has those that announce it."""

    async def unannounced(call: Endpoint) -> Given:
        role = next(role for role in PortalRole if role in (call.who or PortalRole))
        return await ask(
            visitors[role],
            call,
            json=None,
            data=_pieces(call.body_bytes_max + 1),
            headers={"Content-Type": "application/json"},
        )

    with_body = [call for call in CALLS if call.body is not None]
    small = [call for call in with_body if call.body is not Streamed]
    assert [] == await broken(small, unannounced, 413, "BODY_TOO_LARGE")
    assert [] == [key_of(call) for call in small if call.body_bytes_max > BODY_BYTES_MAX]
    assert [] == [key_of(call) for call in with_body if call.body_bytes_max > UPLOAD_BYTES_MAX]


async def _pieces(size: int) -> AsyncIterator[bytes]:
    for start in range(0, size, 65536):
        yield b" " * min(65536, size - start)


async def test_a_body_where_none_is_taken_is_refused(visitors: Visitors) -> None:
    """What nobody reads is not let in."""

    async def asked(call: Endpoint) -> Given:
        role = next(role for role in PortalRole if role in (call.who or PortalRole))
        return await ask(visitors[role], call, data=b"x")

    without_body = [call for call in CALLS if call.body is None]
    assert [] == await broken(without_body, asked, 400, "BODY_NOT_EXPECTED")


def test_every_call_has_a_time_limit() -> None:
    """A stream alone has none, and proves its session again and again."""
    for call in CALLS:
        if key_of(call) in STREAMS:
            assert call.seconds_max is None
        else:
            assert call.seconds_max is not None
            assert call.seconds_max <= (UPLOAD_SECONDS_MAX if call.body is Streamed else SECONDS_MAX), key_of(call)


async def test_methods_and_paths_that_are_not_there(visitors: Visitors) -> None:
    """405 with what is allowed, 404 for everything else: problems both, and without a login too."""
    someone = attrs.evolve(visitors[PortalRole.EMPLOYER], headers={})
    known: dict[str, set[str]] = {}
    for call in CALLS:
        known.setdefault(call.path, set()).add(call.method)
    found: Broken = []
    for path, methods in known.items():
        made = request_of(next(call for call in CALLS if call.path == path))["path"]
        # A path without names may be one with a name for another method: GET /statements/simulate.
        for method in sorted({"PATCH", "OPTIONS", "TRACE"} - methods):
            reply = await someone.ask(method, made)
            allowed = set(reply.headers.get("Allow", "").split(", "))
            if (405, "METHOD_NOT_ALLOWED") != (reply.status, reply.body["code"]) or not methods <= allowed:
                found.append((method, path, reply.status, allowed))
        for longer in (f"{made}/", f"{made}/nothing-here/at-all", f"{made}%00"):
            reply = await someone.ask("GET", longer)
            if (404, "PATH_UNKNOWN") != (reply.status, reply.body["code"]):
                found.append(("GET", longer, reply.status))

    assert [] == found


@pytest.mark.parametrize(
    "name", ["0", "-1", "01", "1.0", "1e3", "9" * 19, "9" * 400, "%31%00", "x", "１", "'", "..", "%2e%2e"]
)
async def test_what_is_no_id_is_no_address(visitors: Visitors, name: str) -> None:
    """A path names an id as we write it, or nothing."""
    found: Broken = []
    whole = {API + call.path for call in CALLS}
    for call in CALLS:
        if call.path_types and all(issubclass(kind, int) for kind in call.path_types.values()):
            path = call.path.format_map(dict.fromkeys(call.path_types, name))
            if URL(f"http://any{API}{path}").path in whole:
                continue  # A client resolves dots before it asks, and has asked for something else.
            role = next(role for role in PortalRole if role in (call.who or PortalRole))
            reply = await visitors[role].ask(call.method, path)
            if (404, "PATH_UNKNOWN") != (reply.status, reply.body["code"]):
                found.append((*key_of(call), reply.status))

    assert [] == found


class TestTimeLimits:
    """Time limits, against a database that does not answer."""

    @pytest.fixture
    async def server(self, portal: Portal) -> AsyncIterator[str]:
        """The real server with all calls, whose limits are a moment."""
        hasty = Endpoints(tag="all")
        hasty._all.extend(
            attrs.evolve(call, seconds_max=0.15) for call in CALLS if key_of(call) not in STREAMS and call.transaction
        )
        async with servers.serving(make_app(portal, [hasty]), portal.settings):
            yield portal.settings.origin

    async def test_a_database_that_does_not_answer_holds_nobody(self, visitors: Visitors, db: Connection) -> None:
        """Each call that works in a transaction ends with 503 when its time is over, and gives its connection back."""
        logins = ("portal_user", "portal_session", "api_token", "migration")
        names = await db.fetch(
            """
            SELECT relname FROM pg_class
            WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> ALL ($1)
            """,
            logins,
        )
        calls = [call for call in closed() if call.transaction and key_of(call) not in STREAMS]

        async def asked(call: Endpoint) -> Given:
            role = next(role for role in PortalRole if role in (call.who or ()))
            return await ask(visitors[role], call)

        async with db.transaction():
            # All calls, one after the other, take longer than a transaction may lie idle.
            await db.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            await db.execute(f"LOCK TABLE {', '.join(name['relname'] for name in names)} IN ACCESS EXCLUSIVE MODE")
            late = await broken(calls, asked, 503, "TOO_SLOW")
            # What looks for uploaded lists does so for nobody's request, on one connection.
            waiting = await db.fetchval(
                """
                SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
                  AND query NOT LIKE '%UPDATE employee_import SET tries%'
                """
            )

        # A few refuse what makes no sense before they ask the database, and one looks for nobody without a name.
        assert {404, 422} >= {each[2] for each in late if each[:3] != ("GET", "/employers", 200)}, late
        assert len(late) < len(calls) // 5, late
        assert 0 == waiting


async def test_a_file_comes_as_the_document_says(visitors: Visitors) -> None:
    """As the body everywhere, and in a form where one is documented: what is not is refused by 415, and nothing else is."""
    uploads = [call for call in CALLS if call.body is Streamed]
    document = real().document["paths"]
    wrong = []
    for call in uploads:
        someone = visitors[PortalRole.EMPLOYER if call.who is None else min(call.who, key=lambda role: role.value)]
        documented = set(document[call.path]["post"]["requestBody"]["content"])
        for kind in ("application/octet-stream", "multipart/form-data", "multipart/mixed"):
            given = await ask(someone, call, headers={"Content-Type": kind + "; boundary=B" * ("multipart" in kind)})
            if (given.status == HTTPStatus.UNSUPPORTED_MEDIA_TYPE) != (kind not in documented):
                wrong.append((*key_of(call), kind, given.status))
    assert [] == wrong
    assert len(uploads) > len([call for call in uploads if call.takes_form]) > 0
