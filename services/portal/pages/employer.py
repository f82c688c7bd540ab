"""What an employer sees: the notices to pay with their memos (缴费通知), and the orders (汇缴申请)."""

from libsubsidy import Policy
from services.portal.identity import Identity
from services.portal.pages import words
from services.portal.pages.sections import ROWS_MAX, Facts, Section
from services.portal.roles import EMPLOYERS
from services.store import accounts, employers, notices, orders
from services.store.database import Connection


def _employer(identity: Identity) -> int:
    assert identity.employer_id is not None  # noqa: S101 -- an employer's user has one, by a constraint.
    return identity.employer_id


async def _notices(connection: Connection, identity: Identity) -> Facts:
    employer = await employers.get(connection, _employer(identity))
    return {
        "employer": employer,
        "payee": await accounts.payee(connection, Policy().currency),
        "notices": await notices.of_employer(connection, employer.id, limit=ROWS_MAX),
        "states": words.NOTICE_STATES,
    }


async def _orders(connection: Connection, identity: Identity) -> Facts:
    return {
        "orders": await orders.of_employer(connection, _employer(identity), limit=ROWS_MAX),
        "kinds": words.ORDER_KINDS,
        "states": words.ORDER_STATES,
    }


SECTIONS = (
    Section(name="notices", title="缴费通知", who=EMPLOYERS, kinds=("notice",), load=_notices),
    Section(name="orders", title="汇缴申请", who=EMPLOYERS, kinds=("order",), load=_orders),
)
