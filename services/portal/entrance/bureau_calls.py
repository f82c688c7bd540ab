"""单位登录: what the bureau does when an employer cannot log in (F9, F13, design §12 on D-1).

The first login is opened for a while, with the mobile on file or with an activation code; once somebody has a password of
the own, that is reset to a one-time one instead. Who has called is checked by the bureau, outside of this system.
"""

from datetime import datetime

import attrs

from libsubsidy import Mobile
from services.portal.calls import Call
from services.portal.endpoints import Endpoints
from services.portal.roles import REVIEWERS
from services.portal.wire import Id
from services.store import colleagues, employer_logins, employers, first_passwords
from services.store.employer_logins import EmployerLogin
from services.store.users import PasswordKind, UserState

first_logins = Endpoints(tag="单位登录 employer logins")


@attrs.frozen(kw_only=True)
class LoginsQuery:
    """Which employers.

    Attributes:
        q: a part of the name, or a code; without it the newest ones.
    """

    q: str = ""


@attrs.frozen(kw_only=True)
class AdministratorView:
    """An administrator of an employer.

    Attributes:
        mobile: where codes are sent; null: none on file.
        password: initial: the first login has not been yet; one_time: reset, and not yet changed.
        ends_at: when a password that is not the own stops working.
    """

    id: Id
    login: str
    mobile: str | None
    state: UserState
    password: PasswordKind
    ends_at: datetime | None


@attrs.frozen(kw_only=True)
class EmployerLoginView:
    """An employer and its administrators."""

    employer_id: Id
    code: str
    name: str
    administrators: tuple[AdministratorView, ...]


@attrs.frozen(kw_only=True)
class EmployerLogins:
    """Employers, the newest first; at most 50."""

    items: tuple[EmployerLoginView, ...]


@attrs.frozen(kw_only=True)
class FirstLogin:
    """A first login to open.

    Attributes:
        mobile: the administrator's; null or left out: there is none, and an activation code is made.
        name: of the administrator, where the employer has no user yet; otherwise it is not looked at.
    """

    mobile: Mobile | None = None
    name: str = "单位管理员"


@attrs.frozen(kw_only=True)
class OpenedLogin:
    """A first login that is possible from now on.

    Attributes:
        activation_code: shown this once; null where a code is sent to the mobile.
        days: how long the initial password works.
    """

    login: str
    activation_code: str | None = attrs.field(repr=False)
    days: int


@attrs.frozen(kw_only=True)
class ResetPassword:
    """A one-time password of an employer's administrator, shown this once.

    Attributes:
        days: how long it works.
    """

    login: str
    password: str = attrs.field(repr=False)
    days: int


@first_logins.get("/employer-logins", who=REVIEWERS)
async def listed(call: Call, query: LoginsQuery) -> EmployerLogins:
    """Find employers, and see how far their administrators have come with logging in."""
    return EmployerLogins(items=tuple(_view(each) for each in await employer_logins.find(call.connection, query.q)))


@first_logins.post("/employer-logins/{employer_id}/open", who=REVIEWERS)
async def open_first_login(call: Call, employer_id: int, body: FirstLogin) -> OpenedLogin:
    """Open the first login of an employer, or open it again; not for one whose administrator has a password of the own."""
    employer = await employers.get(call.connection, employer_id)
    policy = call.portal.policy
    (login,) = await _of(call, employer.code)
    if login.administrators:
        opened = await first_passwords.open_window(call.connection, employer_id, mobile=body.mobile, policy=policy)
    else:
        opened = await first_passwords.add_first_user(
            call.connection, employer_id, name=body.name, mobile=body.mobile, policy=policy
        )
    code = opened.activation_code or None
    return OpenedLogin(login=opened.user.login, activation_code=code, days=policy.activation_days)


@first_logins.post("/employer-logins/{employer_id}/password", who=REVIEWERS)
async def reset_password(call: Call, employer_id: int) -> ResetPassword:
    """Replace the password of an employer's administrator by a one-time one; sessions and tokens end."""
    await employers.get(call.connection, employer_id)
    policy = call.portal.policy
    user_id = await employer_logins.administrator_of(call.connection, employer_id)
    known = await colleagues.get(call.connection, employer_id, user_id)
    password = await colleagues.reset_password(call.connection, employer_id, user_id, policy=policy)
    return ResetPassword(login=known.login, password=password, days=policy.one_time_password_days)


async def _of(call: Call, code: str) -> tuple[EmployerLogin, ...]:
    return tuple(each for each in await employer_logins.find(call.connection, code) if each.code == code)


def _view(login: EmployerLogin) -> EmployerLoginView:
    return EmployerLoginView(
        employer_id=Id(login.employer_id),
        code=login.code,
        name=login.name,
        administrators=tuple(
            AdministratorView(
                id=Id(each.id),
                login=each.login,
                mobile=each.mobile or None,
                state=each.state,
                password=each.kind,
                ends_at=each.ends_at,
            )
            for each in login.administrators
        ),
    )
