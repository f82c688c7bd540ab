"""忘记密码: an employer's user sets a new password with a code that was sent to the mobile on file (F13).

The answers are the same whether the login is known or not, has another mobile or none: whoever asks learns nothing. Who has
never logged in uses the initial password instead, within its window; who has no mobile on file asks the bureau, or the
employer's own administrator.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Final

import attrs

from libsubsidy import Mobile
from services.portal.calls import Call
from services.portal.endpoints import Endpoints
from services.portal.password_rules import weaknesses
from services.portal.problems import Found, Problem
from services.portal.roles import EMPLOYERS, PortalRole
from services.portal.sms.codes import send_code
from services.store import sms_codes, sms_messages, tokens, users
from services.store.database import Actor, Connection, Role, working
from services.store.refusals import violation
from services.store.sms_codes import CodePurpose
from services.store.users import Credentials, PasswordKind, UserState

BODY_BYTES_MAX: Final = 4 * 1024

passwords = Endpoints(tag="忘记密码 forgotten passwords")


@attrs.frozen(kw_only=True)
class CodeWanted:
    """Who has forgotten the password.

    Attributes:
        login: as for logging in: the own login, or a code of the employer for its administrator.
        mobile: the one on file.
    """

    login: str
    mobile: Mobile


@attrs.frozen(kw_only=True)
class PasswordReset:
    """A new password, and the code that allows it.

    Attributes:
        login: as it was given for the code.
        mobile: where the code went.
        code: six digits.
        new_password: as for any change of a password.
    """

    login: str
    mobile: Mobile
    code: str = attrs.field(repr=False)
    new_password: str = attrs.field(repr=False)


@passwords.post("/password-reset-codes", who=None, transaction=False, body_bytes_max=BODY_BYTES_MAX)
async def send(call: Call, body: CodeWanted) -> None:
    """Send a code for a new password, if the login and the mobile belong together; the answer is the same if not."""
    async with _as_login(call) as connection:
        known = await _meant(connection, body.login, body.mobile)
    await send_code(call, body.mobile, CodePurpose.PASSWORD_RESET, send=known is not None)


@passwords.post("/password-resets", who=None, transaction=False, body_bytes_max=BODY_BYTES_MAX)
async def reset(call: Call, body: PasswordReset) -> None:
    """Set a new password with the code; all sessions and tokens of before end."""
    _refuse_weak(body.new_password, (body.login, str(body.mobile)))
    async with _as_login(call) as connection:
        known = await _meant(connection, body.login, body.mobile)
        fits = await sms_codes.redeem(connection, body.mobile, CodePurpose.PASSWORD_RESET, body.code)
        if known is not None and fits:
            # Undone with everything before it, so that the code is still there for a better password.
            _refuse_weak(body.new_password, await users.known_words(connection, known.user.id))
    if known is None or not fits:
        raise _told(Found(violation=violation("SMS_CODE_WRONG"), pointer="/code"))
    password_hash = await call.portal.passwords.hash(body.new_password)
    async with _as_login(call, known.user.id) as connection:
        if not await users.set_password(connection, known.user.id, password_hash, replacing=known.password_set_at):
            raise _told(Found(violation=violation("SMS_CODE_WRONG"), pointer="/code"))
        await tokens.revoke_all(connection, known.user.id)
        text = "您的登录密码刚刚已通过短信验证码重设。如非本人操作，请立即联系住建局。"
        await sms_messages.queue(connection, body.mobile, text)


async def _meant(connection: Connection, login: str, mobile: Mobile) -> Credentials | None:
    known = await users.find(connection, login)
    if (
        known is None
        or known.mobile != mobile
        or known.kind is PasswordKind.INITIAL
        or known.user.state is not UserState.ACTIVE
        or PortalRole(known.user.role) not in EMPLOYERS
    ):
        return None
    return known


def _refuse_weak(password: str, known: tuple[str, ...]) -> None:
    weak = weaknesses(password, known)
    if weak:
        raise _told(*(Found(violation=each, pointer="/new_password") for each in weak))


def _told(*found: Found) -> Problem:
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, found)


@asynccontextmanager
async def _as_login(call: Call, user_id: int | None = None) -> AsyncIterator[Connection]:
    name = "visitor" if user_id is None else f"user/{user_id}"
    async with working(call.portal.pool, Actor(role=Role.AUTH, name=name, origin=call.origin)) as connection:
        yield connection
