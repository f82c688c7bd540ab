"""Codes in the portal's calls: asking for one and proving one, each in a short transaction of its own.

A wrong code must be counted although the call is refused, and a code that was asked for must go out although nothing else
is done; so neither shares the transaction of the call.
"""

from http import HTTPStatus

from libsubsidy import Mobile
from services.portal.calls import Call
from services.portal.problems import Problem
from services.store import sms_codes
from services.store.database import Actor, Role, working
from services.store.refusals import refuse
from services.store.sms_codes import CodePurpose


async def send_code(call: Call, mobile: Mobile, purpose: CodePurpose, *, send: bool = True) -> None:
    """Send a code; outside of any transaction of the call.

    Args:
        call: whose address is counted.
        mobile: where it goes.
        purpose: what it opens.
        send: false where nobody may get it: it takes as long and is counted, and nobody can tell.

    Raises:
        Problem: 503 SMS_NOT_SET_UP.
        RefusedError: SMS_TOO_SOON or SMS_TOO_OFTEN.
    """
    refuse_without_sender(call)
    async with working(call.portal.pool, _actor(call)) as connection:
        await sms_codes.issue(connection, mobile, purpose, call.origin, send=send)


async def prove_code(call: Call, mobile: Mobile, purpose: CodePurpose, code: str) -> None:
    """Use up the code that was sent; outside of any transaction of the call.

    Raises:
        RefusedError: SMS_CODE_WRONG.
    """
    async with working(call.portal.pool, _actor(call)) as connection:
        fits = await sms_codes.redeem(connection, mobile, purpose, code)
    if not fits:
        raise refuse("SMS_CODE_WRONG")


def refuse_without_sender(call: Call) -> None:
    """Say so where nothing could be sent, instead of letting somebody wait for it.

    Raises:
        Problem: 503 SMS_NOT_SET_UP.
    """
    settings = call.portal.settings
    if settings.sms_url is None and not settings.shows_sms_box:
        raise Problem.of(HTTPStatus.SERVICE_UNAVAILABLE, "SMS_NOT_SET_UP")


def _actor(call: Call) -> Actor:
    identity = call.credentials.identity
    return Actor(role=Role.AUTH, name="visitor" if identity is None else identity.actor_name, origin=call.origin)
