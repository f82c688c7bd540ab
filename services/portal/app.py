"""The application: every feature's calls under /api/v1, and what lies around all of them."""

from collections.abc import Iterable, Iterator
from typing import Final

from aiohttp import web

from services.portal import authentication, health, watchers
from services.portal.amounts.amounts import amounts
from services.portal.api_document import DOCUMENT, api_document
from services.portal.api_tokens import tokens
from services.portal.applications import applications
from services.portal.assignments import assignments
from services.portal.attachments.files import attachments
from services.portal.attachments.registering import registration_files
from services.portal.back_payments.first_pages import first_pages
from services.portal.back_payments.lump_covers import lump_covers
from services.portal.back_payments.months import months
from services.portal.back_payments.splits import splits
from services.portal.backfills.backfills import backfills
from services.portal.cases import cases
from services.portal.changes.change_history import change_history
from services.portal.changes.employee_changes import employee_changes
from services.portal.changes.employer_changes import employer_changes
from services.portal.changes.information_changes import information_changes
from services.portal.colleagues.colleagues import colleagues
from services.portal.comparing.comparisons import comparisons
from services.portal.dispatch import handler_of
from services.portal.employees import employees
from services.portal.employer_card.employer_cards import employer_cards
from services.portal.endpoints import Endpoint, Endpoints
from services.portal.entrance.bureau_calls import first_logins
from services.portal.entrance.forgotten import passwords
from services.portal.forgetting import keep_forgetting
from services.portal.importing import checking
from services.portal.importing.imports import imports
from services.portal.initialisation.initialisations import initialisation
from services.portal.lines import lines
from services.portal.live import live
from services.portal.logins import logins
from services.portal.middleware.surroundings import surround
from services.portal.notices.decided_notices import decided_notices
from services.portal.notices.memos import memos
from services.portal.notices.notices import notices
from services.portal.notices.printouts import printouts
from services.portal.openapi import document_of
from services.portal.opening.openings import openings
from services.portal.orders.orders import orders
from services.portal.orders.previews import previews
from services.portal.orders.sheets import sheets
from services.portal.pages import routes as pages
from services.portal.picker.picks import picker
from services.portal.portal import PORTAL, Portal
from services.portal.registration.registrations import registering
from services.portal.scopes import SCOPES, scopes_of
from services.portal.sealing.seals import seals
from services.portal.shell.notes import notes as own_notes
from services.portal.shell.preferences import preferences
from services.portal.simulations import simulations
from services.portal.sms import sending
from services.portal.statements import statements
from services.portal.transfers.transfers import transfers
from services.portal.withdrawals.payments import withdrawal_desk
from services.portal.withdrawals.withdrawals import withdrawals

API: Final = "/api/v1"
# The features, in the order of the API document.
FEATURES: Final[tuple[Endpoints, ...]] = (
    logins,
    passwords,
    tokens,
    colleagues,
    first_logins,
    employees,
    employer_cards,
    initialisation,
    attachments,
    registration_files,
    openings,
    imports,
    picker,
    employer_changes,
    information_changes,
    employee_changes,
    change_history,
    seals,
    transfers,
    previews,
    amounts,
    comparisons,
    orders,
    sheets,
    splits,
    months,
    first_pages,
    lump_covers,
    notices,
    memos,
    printouts,
    backfills,
    withdrawals,
    registering,
    applications,
    decided_notices,
    statements,
    simulations,
    lines,
    cases,
    assignments,
    withdrawal_desk,
    live,
    preferences,
    own_notes,
    api_document,
)


def endpoints(features: Iterable[Endpoints] = FEATURES) -> Iterator[Endpoint]:
    """Give every call of the API."""
    for feature in features:
        yield from feature


def make_app(portal: Portal, features: Iterable[Endpoints] = FEATURES) -> web.Application:
    """Build the application; what it serves is the table of endpoints and the pages."""
    app = web.Application(client_max_size=0)
    app[PORTAL] = portal
    surround(app, secure=portal.settings.secure, proxies=portal.settings.proxies)
    health.add_routes(app)
    calls = tuple(endpoints(features))
    app[SCOPES] = scopes_of(calls)
    app[DOCUMENT] = document_of(calls, authentication.cookie_name(portal.settings))
    app.cleanup_ctx.append(keep_forgetting)
    watchers.set_up(app)
    sending.set_up(app)
    checking.set_up(app)
    pages.set_up(app)
    for endpoint in calls:
        app.router.add_route(endpoint.method, API + _pattern(endpoint), handler_of(endpoint), name=endpoint.name)
    return app


def _pattern(endpoint: Endpoint) -> str:
    """Limit what the path's names match: ids to what a bigint holds, words to short ones."""
    path = endpoint.path
    for name, kind in endpoint.path_types.items():
        form = r"[1-9][0-9]{0,17}" if issubclass(kind, int) else r"[0-9A-Za-z_-]{1,40}"
        path = path.replace(f"{{{name}}}", f"{{{name}:{form}}}")
    return path
