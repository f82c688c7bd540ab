"""The orders of an employer as they are now (汇缴申请)."""

from services.portal.identity import Identity
from services.portal.pages import words
from services.portal.pages.sections import ROWS_MAX, Facts, Section
from services.portal.roles import EMPLOYERS
from services.store import order_lists
from services.store.database import Connection


def _employer(identity: Identity) -> int:
    assert identity.employer_id is not None  # noqa: S101 -- an employer's user has one, by a constraint.
    return identity.employer_id


async def _orders(connection: Connection, identity: Identity) -> Facts:
    return {
        "orders": await order_lists.of_employer(connection, _employer(identity), limit=ROWS_MAX),
    }


ORDERS = Section(
    name="orders",
    title="汇缴申请",
    who=EMPLOYERS,
    kinds=("order",),
    load=_orders,
    words={"kinds": words.ORDER_KINDS, "states": words.ORDER_STATES},
)
SECTIONS = (ORDERS,)
