"""注册新单位 and 查询进度: the pages of who has no login yet, in the manual's order (L3-L7).

Telephone and code, the form with its red dots, 立即提交, and 等待批复; a returned registration shows why, and is edited again.
"""

from libsubsidy import SLOTS, EmployerKind, RegistrationState
from services.portal import csrf
from services.portal.calls import Call
from services.portal.pages import words
from services.portal.pages.registry import Facts, Pages
from services.portal.registration import sessions
from services.portal.registration.sessions import Registering
from services.store import attachments, employers, registration_sessions, registrations
from services.store.attachments import Subject
from services.store.database import Role, looking_as
from services.store.registrations import PURPOSE, Registration

pages = Pages()


@pages.page("/register", who=None, title="注册新单位", template="registration/templates/register.html")
async def register(call: Call) -> Facts:
    """Show the step that comes next: the telephone, the form, or that the bureau is looking at it."""
    who = await sessions.registering(call.portal, call.request, call.connection)
    facts = _around(who, "注册新单位")
    if who is None:
        return facts | {"step": "验证手机"}
    async with registration_sessions.looking(call.connection, who.session):
        found = await registrations.get(call.connection, who.session.registration_id, who.session.mobile)
        if found.state.is_open_to_edit:
            return {**facts, "step": "填写资料", "registration": found, **await _form(call, found)}
    return facts | {
        "step": "等待批复",
        "registration": found,
        "org_code": f"{found.org_code[:-1]}-{found.org_code[-1:]}",
        "employer_code": await _employer_code(call, found),
        "states": words.REGISTRATION_STATES,
    }


@pages.page("/register/status", who=None, title="查询进度", template="registration/templates/status.html")
async def status(call: Call) -> Facts:
    """Show how far the registrations of a telephone are."""
    who = await sessions.registering(call.portal, call.request, call.connection)
    facts = _around(who, "查询进度")
    if who is None:
        return facts
    async with registration_sessions.looking(call.connection, who.session):
        found = await registrations.of_mobile(call.connection, who.session.mobile)
    return facts | {
        "registrations": found,
        "states": words.REGISTRATION_STATES,
        "may_go_on": any(each.state.is_open_to_edit for each in found),
    }


def _around(who: Registering | None, title: str) -> dict[str, object]:
    return {
        "title": title,
        "mobile": "" if who is None else who.session.mobile.masked,
        "registration_token": "" if who is None else csrf.token_of(who.token),
    }


async def _form(call: Call, registration: Registration) -> Facts:
    """Give what the form offers, and the papers that are there: handed in before, or uploaded and not handed in yet."""
    bound = await attachments.of_subject(call.connection, Subject(PURPOSE, registration.id))
    waiting = await attachments.waiting(call.connection, PURPOSE, limit=attachments.UNBOUND_MAX)
    return {
        "kinds": [(kind.value, kind.zh) for kind in EmployerKind],
        "slots": SLOTS[PURPOSE],
        "attached": (*bound, *reversed(waiting)),
    }


async def _employer_code(call: Call, registration: Registration) -> str:
    if registration.state is not RegistrationState.APPROVED or registration.employer_id is None:
        return ""
    async with looking_as(call.connection, Role.BUREAU):
        return (await employers.get(call.connection, registration.employer_id)).code
