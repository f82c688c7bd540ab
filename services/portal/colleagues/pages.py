"""The pages of an employer's own people: 经办人管理, 复核, 接口令牌 and 操作记录."""

from typing import Final

import attrs

from services.portal.calls import Call
from services.portal.colleagues.words import reason_told, told
from services.portal.pages import words
from services.portal.pages.registry import Facts, Pages
from services.portal.roles import EMPLOYER_ADMINS, EMPLOYER_CHECKERS, EMPLOYERS
from services.portal.scopes import SCOPES, SCOPES_ZH
from services.portal.shell.paging import Paging, PagingQuery
from services.store import checking, tokens, trails
from services.store import colleagues as store
from services.store.colleagues import ColleagueRole
from services.store.database import Role, stepping_in_as
from services.store.orders import KINDS_ZH
from services.store.reasons import REASON_CHARACTERS_MAX

pages = Pages()
ROLES_ZH: Final = {
    ColleagueRole.ADMIN: ("单位管理员", "可以办理全部业务，并管理本单位的登录用户"),
    ColleagueRole.CLERK: ("经办人", "可以办理业务；开启复核后，提交的申请先由同事复核"),
    ColleagueRole.CHECKER: ("复核人", "可以办理业务，并复核经办人提交的申请"),
}
_TOKENS_MAX: Final = 100
_ID_DIGITS_MAX: Final = 18
_TOKEN_DAYS: Final = (30, 90, 180, 365)


@attrs.frozen(kw_only=True)
class TrailQuery(PagingQuery):
    """Which events.

    Attributes:
        user: only those of this user, by number; empty: everybody's.
    """

    user: str = ""

    @property
    def user_id(self) -> int | None:
        """The number; an address that names none is as one that names nobody."""
        return (
            int(self.user) if self.user.isascii() and self.user.isdigit() and len(self.user) <= _ID_DIGITS_MAX else None
        )


@pages.page(
    "/employer/colleagues", who=EMPLOYER_ADMINS, title="经办人管理", template="colleagues/templates/colleagues.html"
)
async def colleagues_page(call: Call) -> Facts:
    """Show who may log in for the employer."""
    found = await store.of_employer(call.connection, call.employer_id)
    return {
        "colleagues": found,
        "own_id": call.identity.user_id,
        "roles": ROLES_ZH,
        "checker_needed": await checking.is_needed(call.connection, call.employer_id),
        "checkers": sum(each.role is not ColleagueRole.CLERK and each.state.value == "active" for each in found),
    }


@pages.page("/employer/checking", who=EMPLOYERS, title="复核", template="colleagues/templates/checking.html")
async def checking_page(call: Call) -> Facts:
    """Show what waits for a colleague: a checker's to hand in or back, a clerk's to follow."""
    return {
        "waiting": await checking.waiting(call.connection, call.employer_id),
        "needed": await checking.is_needed(call.connection, call.employer_id),
        "may": call.identity.role in EMPLOYER_CHECKERS,
        "kinds": {kind.value: zh for kind, zh in words.WORK_KINDS.items()}
        | {k.value: zh for k, zh in KINDS_ZH.items()},
        "reason_characters_max": REASON_CHARACTERS_MAX,
    }


@pages.page("/employer/tokens", who=EMPLOYERS, title="接口令牌", template="colleagues/templates/tokens.html")
async def tokens_page(call: Call) -> Facts:
    """Show the own tokens, by which programs act within the employer and within the user's own rights."""
    async with stepping_in_as(call.connection, Role.AUTH):
        found = await tokens.page(call.connection, call.identity.user_id, limit=_TOKENS_MAX)
    return {
        "tokens": found,
        "now": call.now,
        "scopes": [
            (scope, SCOPES_ZH.get(scope, scope)) for scope in sorted(call.request.app[SCOPES][call.identity.role])
        ],
        "scopes_zh": SCOPES_ZH,
        "days": _TOKEN_DAYS,
        "name_characters_max": tokens.NAME_CHARACTERS_MAX,
    }


@pages.page("/employer/trail", who=EMPLOYERS, title="操作记录", template="colleagues/templates/trail.html")
async def trail_page(call: Call, query: TrailQuery) -> Facts:
    """Show who did what, newest first."""
    user_id = query.user_id
    total = await trails.count(call.connection, call.employer_id, user_id=user_id)
    paging = await Paging.of(call, query, total)
    events = await trails.page(
        call.connection, call.employer_id, user_id=user_id, offset=paging.offset, limit=paging.size
    )
    return {
        "events": [
            (event, *told(event.subject_kind, event.subject_id, event.to_state), reason_told(event.reason))
            for event in events
        ],
        "paging": paging,
        "users": await store.of_employer(call.connection, call.employer_id),
        "chosen": user_id,
    }
