"""What an employer sees of its money: the notices to pay with their memos (缴费通知), and the orders (汇缴申请)."""

from typing import Final

from libsubsidy import Policy
from services.portal.calls import Call
from services.portal.identity import Identity
from services.portal.pages import words
from services.portal.pages.registry import Pages
from services.portal.pages.sections import ROWS_MAX, Facts, Section, shown
from services.portal.roles import EMPLOYERS
from services.store import accounts, employers, notices, orders
from services.store.database import Connection

_POLICY: Final = Policy()


def _employer(identity: Identity) -> int:
    assert identity.employer_id is not None  # noqa: S101 -- an employer's user has one, by a constraint.
    return identity.employer_id


async def _notices(connection: Connection, identity: Identity) -> Facts:
    employer = await employers.get(connection, _employer(identity))
    return {
        "employer": employer,
        "payee": await accounts.payee(connection, _POLICY.currency),
        "notices": await notices.of_employer(connection, employer.id, limit=ROWS_MAX),
    }


async def _orders(connection: Connection, identity: Identity) -> Facts:
    return {
        "orders": await orders.of_employer(connection, _employer(identity), limit=ROWS_MAX),
    }


NOTICES = Section(
    name="notices",
    title="缴费通知",
    who=EMPLOYERS,
    kinds=("notice",),
    load=_notices,
    words={"states": words.NOTICE_STATES},
)
ORDERS = Section(
    name="orders",
    title="汇缴申请",
    who=EMPLOYERS,
    kinds=("order",),
    load=_orders,
    words={"kinds": words.ORDER_KINDS, "states": words.ORDER_STATES},
)
SECTIONS = (NOTICES, ORDERS)
pages = Pages()


@pages.page("/employer/notices", who=EMPLOYERS, title="缴费通知", template="live_sections.html")
async def notices_page(call: Call) -> Facts:
    """Show the notices to pay, with their memos."""
    return await shown(call, NOTICES)


@pages.page("/employer/orders", who=EMPLOYERS, title="汇缴申请", template="live_sections.html")
async def orders_page(call: Call) -> Facts:
    """Show the orders."""
    return await shown(call, ORDERS)
