"""The reviewers' pages: what waits, oldest first (待审核), every application with filters, and one page for each.

Everything that a decision needs stands on that one page: who asks for what, before and after, the papers, what the rules
advise, what has happened so far, and the buttons 通过, 退回 and 拒绝.
"""

from enum import Enum
from typing import Final, TypeVar

import attrs

from services.portal.application_contents import contents_of
from services.portal.calls import Call
from services.portal.cursors import PageQuery
from services.portal.pages import reviewer, words
from services.portal.pages.registry import Facts, Pages
from services.portal.pages.sections import shown
from services.portal.queue.reasons import standard_reasons
from services.portal.roles import REVIEWERS
from services.portal.shell.paging import Paging, PagingQuery
from services.store import attachments, audit, employers, registration_decisions, work_list
from services.store.attachments import Subject
from services.store.reasons import REASON_CHARACTERS_MAX
from services.store.refusals import RefusedError
from services.store.work_list import Ref, RefKind, WorkFilter, WorkItem, WorkKind, WorkState

pages = Pages()
Choice = TypeVar("Choice", bound=Enum)
SEARCH_CHARACTERS_MAX: Final = 100
_OPEN: Final = frozenset({WorkState.SUBMITTED, WorkState.IN_REVIEW})


@attrs.frozen(kw_only=True)
class ListQuery(PagingQuery):
    """Which applications.

    Attributes:
        state: a `WorkState`; empty: those that wait for a decision.
        kind: a `WorkKind`; empty: of every kind.
        q: a part of the employer's name, or its code.
    """

    state: str = ""
    kind: str = ""
    q: str = ""


@pages.page("/bureau/", who=REVIEWERS, title="待审核", template="queue/templates/waiting.html")
async def waiting(call: Call) -> Facts:
    """Show what waits, oldest first, as it comes and goes."""
    return {**_filters(ListQuery()), **await shown(call, reviewer.APPLICATIONS)}


@pages.page("/bureau/applications", who=REVIEWERS, title="全部申请", template="queue/templates/list.html")
async def listed(call: Call, query: ListQuery) -> Facts:
    """Show applications by state, kind and employer; what is decided, the last one first."""
    wanted = WorkFilter(
        state=_chosen(WorkState, query.state),
        kind=_chosen(WorkKind, query.kind),
        text=query.q.strip()[:SEARCH_CHARACTERS_MAX],
    )
    paging = await Paging.of(call, query, await work_list.count(call.connection, wanted))
    items = await work_list.part(call.connection, wanted, offset=paging.offset, limit=paging.size)
    return {**_filters(query), "items": items, "paging": paging, "today": call.today}


@pages.page(
    "/bureau/applications/{ref}",
    who=REVIEWERS,
    title="审核申请",
    template="queue/templates/application.html",
    entry="/bureau/",
)
async def application(call: Call, ref: str, query: PageQuery) -> Facts:
    """Show one application with everything that the decision needs."""
    item = await work_list.get(call.connection, Ref.parse(ref))
    subject = Subject(item.ref.kind.value, item.ref.number)
    return {
        "item": item,
        "version": item.version,
        "contents": await contents_of(call, item, query),
        "card": await _card(call, item),
        "attachments": await attachments.of_subject(call.connection, subject),
        "events": await audit.told(call.connection, subject.kind, subject.id),
        "open": item.state in _OPEN,
        "reasons": standard_reasons(item.ref.kind, item.kind),
        "reason_characters_max": REASON_CHARACTERS_MAX,
        "is_first": query.cursor is None,
        "today": call.today,
        "sources": words.AMOUNT_SOURCES,
        **_words(),
        **await _earlier(call, item),
    }


@attrs.frozen(kw_only=True)
class DecideQuery:
    """What the reviewer has before them.

    Attributes:
        version: of the application, as it was opened.
    """

    version: int


@pages.part("/bureau/applications/{ref}/decide", who=REVIEWERS, template="queue/templates/decide.html", noted=False)
async def decide(call: Call, ref: str, query: DecideQuery) -> Facts:
    """Give the buttons of a decision, or say that it was changed, taken back or decided since; its page asks on news."""
    try:
        item = await work_list.get(call.connection, Ref.parse(ref))
    except RefusedError:
        item = None
    return {"item": item, "ref": ref, "version": query.version, **_words()}


async def _card(call: Call, item: WorkItem) -> Facts | None:
    """Give who asks; who registers has no card yet but the one that is asked for."""
    if item.employer_id is None or item.ref.kind is RefKind.REGISTRATION:
        return None
    return attrs.asdict(await employers.card(call.connection, item.employer_id))


async def _earlier(call: Call, item: WorkItem) -> Facts:
    if item.ref.kind is not RefKind.REGISTRATION:
        return {"earlier": (), "namesakes": (), "proven": ""}
    registration = await registration_decisions.get(call.connection, item.ref.number)
    return {
        "earlier": await registration_decisions.earlier(call.connection, registration),
        "namesakes": await registration_decisions.namesakes(call.connection, registration),
        "proven": str(registration.mobile),
    }


def _filters(query: ListQuery) -> dict[str, object]:
    return {
        "query": query,
        "kind_choices": [(kind.value, zh) for kind, zh in words.WORK_KINDS.items()],
        "state_choices": [(state.value, shown.zh) for state, shown in words.WORK_STATES.items()],
        **_words(),
    }


def _words() -> Facts:
    return {"kinds": words.WORK_KINDS, "states": words.WORK_STATES, "registration_states": words.REGISTRATION_STATES}


def _chosen(kind: type[Choice], text: str) -> Choice | None:
    """Read a choice of a filter; an address that names another is as one that names none."""
    return next((each for each in kind if each.value == text), None)
