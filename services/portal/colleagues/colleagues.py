"""经办人管理 colleagues: the users of one employer, managed by its administrators."""

from datetime import datetime

import attrs

from libsubsidy import Mobile
from services.portal.calls import Call
from services.portal.endpoints import Endpoints
from services.portal.roles import EMPLOYER_ADMINS
from services.portal.wire import Id
from services.store import checking
from services.store import colleagues as store
from services.store.colleagues import Colleague, ColleagueRole
from services.store.users import UserState

colleagues = Endpoints(tag="经办人管理 colleagues")


@attrs.frozen(kw_only=True)
class ColleagueView:
    """A user of the employer.

    Attributes:
        mobile: where codes for a forgotten password are sent; null: none on file.
        must_change: has not yet set a password of the own.
    """

    id: Id
    login: str
    role: ColleagueRole
    name: str
    mobile: str | None
    state: UserState
    must_change: bool
    created_at: datetime


@attrs.frozen(kw_only=True)
class Colleagues:
    """All users of the employer, those who can log in first.

    Attributes:
        checker_needed: what a clerk submits waits for a colleague (复核).
    """

    items: tuple[ColleagueView, ...]
    checker_needed: bool


@attrs.frozen(kw_only=True)
class ChangedColleague:
    """What a user becomes.

    Attributes:
        name: 1 to 100 characters.
        role: 单位管理员 (employer), 经办人 (employer_clerk) or 复核人 (employer_checker).
        mobile: where codes are sent; null or left out: none.
    """

    name: str
    role: ColleagueRole
    mobile: Mobile | None = None


@attrs.frozen(kw_only=True)
class NewColleague(ChangedColleague):
    """A user to add.

    Attributes:
        login: 3 to 64 letters, digits, dots, underscores or @; nobody else's.
    """

    login: str


@attrs.frozen(kw_only=True)
class OneTimePassword:
    """A password that is shown this once, and changed at the next login.

    Attributes:
        login: whose it is.
        days: how long it works.
    """

    login: str
    password: str = attrs.field(repr=False)
    days: int


@attrs.frozen(kw_only=True)
class CheckingNeeded:
    """Whether what a clerk submits waits for a colleague."""

    needed: bool


@colleagues.get("/colleagues", who=EMPLOYER_ADMINS)
async def listed(call: Call) -> Colleagues:
    """List the employer's users."""
    found = await store.of_employer(call.connection, call.employer_id)
    needed = await checking.is_needed(call.connection, call.employer_id)
    return Colleagues(items=tuple(_view(each) for each in found), checker_needed=needed)


@colleagues.post("/colleagues", who=EMPLOYER_ADMINS, status=201)
async def add(call: Call, body: NewColleague) -> OneTimePassword:
    """Add a user; the one-time password is shown this once."""
    new = store.NewColleague(name=body.name.strip(), role=body.role, mobile=body.mobile, login=body.login)
    added, password = await store.add(call.connection, call.employer_id, new, policy=call.portal.policy)
    return OneTimePassword(login=added.login, password=password, days=call.portal.policy.one_time_password_days)


@colleagues.put("/colleagues/{colleague_id}", who=EMPLOYER_ADMINS)
async def change(call: Call, colleague_id: int, body: ChangedColleague) -> ColleagueView:
    """Give a user another name, role or mobile; the rights change at once."""
    new = store.NewColleague(name=body.name.strip(), role=body.role, mobile=body.mobile)
    return _view(await store.change(call.connection, call.employer_id, colleague_id, new))


@colleagues.post("/colleagues/{colleague_id}/disable", who=EMPLOYER_ADMINS)
async def disable(call: Call, colleague_id: int) -> ColleagueView:
    """Let a user log in no more; sessions end at once. The last administrator stays."""
    return _view(await store.set_state(call.connection, call.employer_id, colleague_id, UserState.DISABLED))


@colleagues.post("/colleagues/{colleague_id}/enable", who=EMPLOYER_ADMINS)
async def enable(call: Call, colleague_id: int) -> ColleagueView:
    """Let a disabled user log in again."""
    return _view(await store.set_state(call.connection, call.employer_id, colleague_id, UserState.ACTIVE))


@colleagues.post("/colleagues/{colleague_id}/password", who=EMPLOYER_ADMINS)
async def reset_password(call: Call, colleague_id: int) -> OneTimePassword:
    """Replace a user's password by a one-time one, which is shown this once; sessions and tokens end."""
    policy = call.portal.policy
    known = await store.get(call.connection, call.employer_id, colleague_id)
    password = await store.reset_password(call.connection, call.employer_id, colleague_id, policy=policy)
    return OneTimePassword(login=known.login, password=password, days=policy.one_time_password_days)


@colleagues.put("/checking", who=EMPLOYER_ADMINS)
async def need_checking(call: Call, body: CheckingNeeded) -> CheckingNeeded:
    """Let what clerks submit wait for a colleague, or go straight to the bureau (复核)."""
    await checking.set_needed(call.connection, call.employer_id, needed=body.needed)
    return body


def _view(colleague: Colleague) -> ColleagueView:
    return ColleagueView(
        id=Id(colleague.id),
        login=colleague.login,
        role=colleague.role,
        name=colleague.name,
        mobile=colleague.mobile or None,
        state=colleague.state,
        must_change=colleague.must_change,
        created_at=colleague.created_at,
    )
