"""Whether a page offers to hand to the bureau what a colleague has prepared (复核)."""

from services.portal.calls import Call
from services.portal.roles import EMPLOYER_CHECKERS
from services.store import checking


async def may_hand_in(call: Call, application_id: int) -> bool:
    """Say whether the application waits for the asking user, who has not prepared it."""
    if call.identity.role not in EMPLOYER_CHECKERS:
        return False
    ref = f"application-{application_id}"
    return any(each.ref == ref and not each.own for each in await checking.waiting(call.connection, call.employer_id))
