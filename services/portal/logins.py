"""登录 login: opening and ending a session, who one is, and the own password (manual L10-L11).

Whatever is wrong with a login gets one answer, after the same time: unknown, wrong password, disabled. An employer's first
login needs a code besides (`services/portal/entrance/first_login.py`). A session is opened under a new token each time,
and the one that the browser had before is ended (ASVS 5.0, 7.2.4).
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final

import attrs
import structlog

from services.portal import attempts, csrf
from services.portal.authentication import identity_of, idle_limit, no_cookie, session_cookie
from services.portal.calls import Call
from services.portal.endpoints import Answer, Endpoints
from services.portal.entrance import first_login
from services.portal.identity import Identity
from services.portal.password_rules import weaknesses
from services.portal.passwords import is_outdated
from services.portal.problems import Found, Problem
from services.portal.roles import EVERYBODY, PortalRole
from services.portal.sentences import violation
from services.portal.wire import Id
from services.store import employers, login_failures, sessions, tokens, users
from services.store.database import Actor, Connection, Role, working
from services.store.login_failures import Attempt, TooOften
from services.store.password_hashes import plain_password

BODY_BYTES_MAX: Final = 4 * 1024

logins = Endpoints(tag="登录 login")
log = structlog.get_logger()


@attrs.frozen(kw_only=True)
class Login:
    """Who logs in.

    Attributes:
        login: the own login; an employer's user may give the organisation code or the credit code of the employer, an
            employee the ID number, with or without hyphen, in small or capital letters.
        password: as it was set; an employer's initial one is the last six of the organisation code or of the credit code.
        code: asked for with the initial password (403 FIRST_LOGIN_SMS_CODE or FIRST_LOGIN_ACTIVATION_CODE): the code that
            was sent to the mobile on file, or the activation code of the bureau.
    """

    login: str
    password: str = attrs.field(repr=False)
    code: str = attrs.field(default="", repr=False)


@attrs.frozen(kw_only=True)
class NewPassword:
    """A change of the own password.

    Attributes:
        old_password: the present one; not asked for again where the password has to be changed (`must_change`), because
            whoever has just logged in with it has typed it.
        new_password: 8 to 128 characters, and none of those that others would try first.
        revoke_tokens: end all tokens of programs, too, as is wise when somebody else may have known the old password.
    """

    new_password: str = attrs.field(repr=False)
    old_password: str = attrs.field(default="", repr=False)
    revoke_tokens: bool = False


@attrs.frozen(kw_only=True)
class OwnEmployer:
    """The employer for whom an employer's user acts.

    Attributes:
        code: 单位交易代码, with which its memos begin.
        initialised: its employees have been checked (员工初始化), so that it may order.
    """

    id: Id
    code: str
    name: str
    state: str
    initialised: bool


@attrs.frozen(kw_only=True)
class Me:
    """Who asks.

    Attributes:
        must_change: the password is an initial or a one-time one: nothing else is possible before it is changed.
        employer: of an employer's user.
        person_id: of an employee.
        scopes: what a token may do; null for a session, which may do all that the role may.
        ends_at: when the session or the token ends at the latest.
        idle_seconds: a session ends earlier, when nothing is asked for so long; null for a token.
        csrf_token: what requests by cookie that change something name in X-CSRF-Token; null for a token.
    """

    user_id: Id
    role: PortalRole
    name: str
    must_change: bool
    employer: OwnEmployer | None
    person_id: Id | None
    scopes: tuple[str, ...] | None
    ends_at: datetime
    idle_seconds: int | None
    csrf_token: str | None


@logins.post("/session", who=None, transaction=False, body_bytes_max=BODY_BYTES_MAX)
async def log_in(call: Call, body: Login) -> Answer[Me]:
    """Log in: gives the session's cookie, and the token that changes by cookie need."""
    names = attempts.names_of(body.login, call.origin)
    async with _logging_in(call) as connection:
        tried = await _attempt(connection, names)
        known = await users.find(connection, body.login)
    async with _no_failure_when_busy(call, tried):
        fits = await call.portal.passwords.fits(body.password, None if known is None else known.password_hash)
    first = known is not None and first_login.fits_initial(known, body.password)
    if known is None or not (fits or first):
        raise _failed(call)
    if first:
        await first_login.prove(call, known, body.code)
    outdated = fits and is_outdated(known.password_hash)
    async with _no_failure_when_busy(call, tried):
        renewed = await call.portal.passwords.hash(body.password) if outdated else ""
    async with _logging_in(call, known.user.id) as connection:
        opened = await _open(connection, call, known)
        if opened is None:
            raise _failed(call)
        await login_failures.forgive(connection, tried, list(names)[:1])
        if call.credentials.session_token is not None:
            await sessions.end(connection, call.credentials.session_token)
        if outdated:
            await users.rehash(connection, known, renewed)
    return await _welcome(call, *opened)


@logins.delete("/session", who=EVERYBODY, transaction=False, first=True)
async def log_out(call: Call) -> Answer[None]:
    """Log out: the session is ended, and its cookie opens nothing any more."""
    async with _logging_in(call, call.identity.user_id) as connection:
        await sessions.end(connection, call.credentials.session_token or "")
    return Answer(value=None, cookies=(no_cookie(call.portal.settings),))


@logins.get("/me", who=EVERYBODY, scope="me:read", first=True)
async def me(call: Call) -> Me:
    """Who I am, and until when; a page reads its CSRF token here."""
    return await _me(call.connection, call, call.identity, call.credentials.session_token)


@logins.post("/me/password", who=EVERYBODY, transaction=False, first=True, body_bytes_max=BODY_BYTES_MAX)
async def change_password(call: Call, body: NewPassword) -> Answer[Me]:
    """Change the own password: every other session ends, and this one goes on under a new cookie.

    Tokens stay as they are, unless `revoke_tokens` says otherwise.
    """
    user_id = call.identity.user_id
    async with _logging_in(call, user_id) as connection:
        known = await users.credentials(connection, user_id)
        _refuse_weak(body, await users.known_words(connection, user_id))
        names = attempts.names_of(known.user.login, call.origin)
        tried = await _attempt(connection, names)
    # Where it must be changed it has just been typed to log in, and all that it must not be is the new one.
    first = known.user.must_change
    async with _no_failure_when_busy(call, tried):
        fits = await call.portal.passwords.fits(body.new_password if first else body.old_password, known.password_hash)
    if fits == first:
        raise _refused("PASSWORD_SAME", "/new_password") if first else _wrong_password()
    async with _no_failure_when_busy(call, tried):
        password_hash = await call.portal.passwords.hash(body.new_password)
    async with _logging_in(call, user_id) as connection:
        await login_failures.forgive(connection, tried, list(names)[:1])
        if not await users.set_password(connection, user_id, password_hash, replacing=known.password_set_at):
            raise _wrong_password()
        if body.revoke_tokens:
            await tokens.revoke_all(connection, user_id)
        opened = await _open(connection, call, await users.credentials(connection, user_id))
        if opened is None:
            raise Problem.of(HTTPStatus.UNAUTHORIZED, "NOT_LOGGED_IN")
    return await _welcome(call, *opened)


@asynccontextmanager
async def _logging_in(call: Call, user_id: int | None = None) -> AsyncIterator[Connection]:
    """Run one short transaction as the role that logs people in."""
    name = "login" if user_id is None else f"user/{user_id}"
    async with working(call.portal.pool, Actor(role=Role.AUTH, name=name, origin=call.origin)) as connection:
        yield connection


@asynccontextmanager
async def _no_failure_when_busy(call: Call, tried: Attempt) -> AsyncIterator[None]:
    """Take a try back that was sent away unseen (503): a crowd must not lock out whoever knows the password."""
    try:
        yield
    except Problem:
        async with _logging_in(call) as connection:
            await login_failures.forgive(connection, tried)
        raise


async def _attempt(connection: Connection, names: attempts.Names) -> Attempt:
    tried = await login_failures.attempt(connection, names, attempts.WINDOW)
    if isinstance(tried, TooOften):
        raise attempts.too_often(tried)
    return tried


def _failed(call: Call) -> Problem:
    log.warning("login failed", address=call.origin)
    return Problem.of(HTTPStatus.UNAUTHORIZED, "LOGIN_FAILED")


def _wrong_password() -> Problem:
    return _refused("PASSWORD_WRONG", "/old_password")


def _refused(code: str, pointer: str) -> Problem:
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, [Found(violation=violation(code), pointer=pointer)])


def _refuse_weak(body: NewPassword, known: tuple[str, ...]) -> None:
    if plain_password(body.new_password) == plain_password(body.old_password):
        raise _refused("PASSWORD_SAME", "/new_password")
    weak = weaknesses(body.new_password, known)
    if weak:
        found = [Found(violation=each, pointer="/new_password") for each in weak]
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, found)


async def _open(connection: Connection, call: Call, known: users.Credentials) -> tuple[str, Identity] | None:
    lifetime = timedelta(hours=call.portal.settings.session_hours)
    token = await sessions.open_session(connection, known, lifetime)
    if token is None:
        return None
    opened = await sessions.resolve(connection, token, idle_limit(call.portal.settings))
    return None if opened is None else (token, identity_of(opened.user, ends_at=opened.ends_at))


async def _welcome(call: Call, token: str, identity: Identity) -> Answer[Me]:
    async with working(call.portal.pool, identity.actor(call.origin), reads_only=True) as connection:
        who = await _me(connection, call, identity, token)
    return Answer(value=who, cookies=(session_cookie(call.portal.settings, token),))


async def _me(connection: Connection, call: Call, identity: Identity, session_token: str | None) -> Me:
    employer = None if identity.employer_id is None else await employers.get(connection, identity.employer_id)
    idle = int(idle_limit(call.portal.settings).total_seconds())
    return Me(
        user_id=Id(identity.user_id),
        role=identity.role,
        name=identity.name,
        must_change=identity.must_change,
        employer=None
        if employer is None
        else OwnEmployer(
            id=Id(employer.id),
            code=employer.code,
            name=employer.name,
            state=employer.state,
            initialised=employer.initialised,
        ),
        person_id=None if identity.person_id is None else Id(identity.person_id),
        scopes=None if identity.scopes is None else tuple(sorted(identity.scopes)),
        ends_at=identity.ends_at,
        idle_seconds=None if session_token is None else idle,
        csrf_token=None if session_token is None else csrf.token_of(session_token),
    )
