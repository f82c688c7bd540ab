"""The addresses of the pages: the desks at ``/``, their sections, and every page of the entrances. They only read."""

import functools
import re
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import aiohttp_jinja2
import jinja2
from aiohttp import web
from aiohttp.typedefs import Handler

from services.portal import authentication
from services.portal.amounts import pages as amounts
from services.portal.attachments.terms import AttachmentTerms, size_text
from services.portal.back_payments import pages as back_payments
from services.portal.backfills import pages as backfills
from services.portal.calls import Call
from services.portal.changes import pages as changes
from services.portal.colleagues import pages as colleagues
from services.portal.comparing import pages as comparing
from services.portal.employer_card.pages import pages as employer_card
from services.portal.entrance import bureau_pages
from services.portal.entrance.landing import landing_of
from services.portal.entrance.pages import pages as entrance
from services.portal.entrance.paths import first_password_path
from services.portal.importing import pages as imports
from services.portal.initialisation.pages import pages as initialisation
from services.portal.notices import pages as notices
from services.portal.notices import sections as notice_sections
from services.portal.opening import pages as openings
from services.portal.orders import pages as orders
from services.portal.pages import assets, employee, employer, finance, reviewer, words
from services.portal.pages.assets import ASSETS
from services.portal.pages.registry import Page, Pages
from services.portal.pages.sections import ROWS_MAX, Facts, Sections, Shown, shown, tag_of
from services.portal.pages.serving import TAG, handler_of, lead, show
from services.portal.pages.strays import strays
from services.portal.picker import pages as picker
from services.portal.portal import PORTAL
from services.portal.problems import Problem
from services.portal.queue import pages as queue
from services.portal.refusals import problem_of
from services.portal.registration import pages as registration
from services.portal.roles import EMPLOYERS, EVERYBODY, REVIEWERS
from services.portal.roster.pages import pages as roster
from services.portal.sealing import pages as sealing
from services.portal.shell import home
from services.portal.shell.frame import PATHS
from services.portal.sms import pages as sms
from services.portal.transfers import pages as transfers
from services.portal.unexpected import log_unexpected
from services.portal.withdrawals import bureau_pages as withdrawal_desk
from services.portal.withdrawals import pages as withdrawals
from services.portal.withdrawals.own import OWN_WITHDRAWALS
from services.store.database import working
from services.store.preferences import PAGE_SIZES

SECTIONS: Final = Sections(
    (
        home.TODO,
        *notice_sections.SECTIONS,
        *employer.SECTIONS,
        *reviewer.SECTIONS,
        *finance.SECTIONS,
        *employee.SECTIONS,
        OWN_WITHDRAWALS,
    )
)
# Whatever a query holds is the page's own to judge.
_OWN_PAGE: Final = re.compile(r"/(?:employer|bureau|me)/[0-9A-Za-z_/-]*(?:\?[!-~]{0,1000})?")
# The features' pages.
PAGES: Final[tuple[Pages, ...]] = (
    entrance,
    sms.pages,
    bureau_pages.pages,
    colleagues.pages,
    home.pages,
    notices.pages,
    picker.pages,
    initialisation,
    employer_card,
    roster,
    registration.pages,
    changes.pages,
    queue.pages,
    sealing.pages,
    openings.pages,
    imports.pages,
    transfers.pages,
    withdrawals.pages,
    withdrawal_desk.pages,
    orders.pages,
    amounts.pages,
    comparing.pages,
    back_payments.pages,
    backfills.pages,
)
_PORTAL: Final = Path(__file__).parent.parent
# What all pages are made of, and each feature's own templates beside it, by their paths below services/portal.
_TEMPLATES: Final = (_PORTAL / "pages" / "templates", _PORTAL)


_desks = Pages()


@_desks.page("/", who=EVERYBODY - EMPLOYERS - REVIEWERS, title="", template="live_sections.html")
async def desk(call: Call) -> Facts:
    """Show what the bureau's people and an employee see first: their sections, under the name that the menu gives them."""
    return await shown(call, *SECTIONS.of(call.identity.role))


(DESK,) = _desks


def all_pages(features: Iterable[Pages] = PAGES) -> Iterator[Page]:
    """Give every page of the entrances."""
    for feature in features:
        yield from feature


def set_up(app: web.Application) -> None:
    """Serve the pages and what they are drawn with.

    Raises:
        AssetsMissingError: a style sheet or script is not there.
    """
    assets.set_up(app, app[PORTAL].settings.assets)
    environment = aiohttp_jinja2.setup(
        app,
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters.update(
        # Filters and not functions: what they make of a name is written into the template when it is compiled.
        asset=app[ASSETS].path,
        sign=app[ASSETS].sign,
        money=words.grouped,
        signed=words.signed,
        moment=words.moment,
        day=words.day,
        visible=words.visible,
        badge=words.badge,
        months=words.months,
        days_until=words.days_until,
        event_state=words.event_state,
        ledger_kind=words.ledger_kind,
        section_tag=lambda content: tag_of(content.encode()),
        count="{:,}".format,
        size=size_text,
    )
    environment.globals.update(
        rows_max=ROWS_MAX,
        page_sizes=PAGE_SIZES,
        attachment_terms=AttachmentTerms.of(app[PORTAL].policy),
        shows_sms_box=app[PORTAL].settings.shows_sms_box,
    )
    app.middlewares.append(strays)
    app[PATHS] = frozenset({DESK.path, *(each.path for each in all_pages())})
    app.router.add_get("/", _in_words(page), name="page")
    for each in all_pages():
        app.router.add_get(each.pattern, _in_words(handler_of(each)), name=each.name)
    app.router.add_get("/sections/{name:[a-z]{1,20}}", section, name="section")


def _in_words(handler: Handler) -> Handler:
    """Show people what went wrong as a page, where the API would send a problem document."""

    @functools.wraps(handler)
    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPException:
            raise  # A redirection; or nothing is there, which the surroundings say.
        except Exception as error:  # noqa: BLE001 - what is a defect is logged as everywhere, and told as one.
            problem = error if isinstance(error, Problem) else problem_of(error)
            if problem is None:
                request_id = log_unexpected(error, route="page")
                problem = Problem.of(HTTPStatus.INTERNAL_SERVER_ERROR, "INTERNAL", request_id=request_id)
            response = _rendered("problem.html", request, {"found": problem.found})
            response.set_status(problem.status)
            response.headers.update(problem.headers)
            return response

    return handle


async def page(request: web.Request) -> web.StreamResponse:
    """Show the page of whoever has logged in, and the login to everybody else."""
    # Somebody has come: that counts as a sign of life, unlike what the page asks for by itself.
    credentials = await authentication.identify(request.app[PORTAL], request)
    identity = credentials.identity
    if identity is None or credentials.session_token is None:
        return _rendered("login.html", request, {"next": _next(request.query.get("next", ""))})
    if identity.must_change:
        return lead(request, first_password_path(identity.role))
    if identity.role in EMPLOYERS:
        return lead(request, await landing_of(request, identity))
    if identity.role in REVIEWERS:
        return lead(request, "/bureau/")
    return await show(DESK, request, credentials)


def _next(wanted: str) -> str:
    """Give where a login leads: a page of ours, never another host's."""
    return wanted if _OWN_PAGE.fullmatch(wanted) else "/"


async def section(request: web.Request) -> web.Response:
    """Show one section as it is now."""
    credentials = await authentication.identify(request.app[PORTAL], request, noted=False)
    identity = credentials.identity
    if identity is None or credentials.session_token is None:
        # The session is over, or there was none: pages are for people, and a token's scopes say nothing of them. The
        # whole page goes to where one logs in.
        return web.Response(status=HTTPStatus.UNAUTHORIZED, headers={"HX-Redirect": "/"})
    if identity.must_change:
        return lead(request, first_password_path(identity.role))
    found = SECTIONS.find(request.match_info["name"], identity.role)
    if found is None:
        raise web.HTTPNotFound
    actor = identity.actor(authentication.origin_of(request))
    portal = request.app[PORTAL]
    async with portal.turns.turn(identity), working(portal.pool, actor, reads_only=True) as connection:
        drawn = Shown(found, await found.load(connection, identity), aiohttp_jinja2.get_env(request.app))
    return web.Response(text=drawn.content, content_type="text/html", headers={TAG: drawn.tag})


def _rendered(template: str, request: web.Request, facts: dict[str, Any] | None = None) -> web.Response:
    return aiohttp_jinja2.render_template(template, request, facts or {})
