"""The first login: the initial password is one that anybody can look up, so a code has to come with it (design §12, D-1).

Asking for the code sends it, and says so; the same login with the code goes on. Nothing of it is said before the initial
password was right, in its window and of an active user.
"""

import secrets
from http import HTTPStatus

from libsubsidy import Violation
from libsubsidy.first_password import FirstProof, ask_for, is_initial, proof_needed
from services.portal.calls import Call
from services.portal.problems import Found, Problem
from services.portal.sentences import violation
from services.portal.sms.codes import prove_code, send_code
from services.store.opaque_secrets import digest
from services.store.refusals import RefusedError
from services.store.sms_codes import CodePurpose
from services.store.users import Credentials, PasswordKind, UserState


def fits_initial(known: Credentials, password: str) -> bool:
    """Say whether this is the initial password of somebody who has still to change it."""
    return (
        known.kind is PasswordKind.INITIAL
        and known.user.state is UserState.ACTIVE
        and known.codes is not None
        and is_initial(password, *known.codes)
    )


async def prove(call: Call, known: Credentials, code: str) -> None:
    """Let a first login go on that has its code; outside of any transaction.

    Raises:
        Problem: 403 asks for the code; 422 it is wrong; 429 too many were asked for; 503 none can be sent.
    """
    if known.ends_at is None:
        raise RuntimeError("an initial password has a window")
    proof = proof_needed(known.ends_at, known.mobile, call.now)
    if isinstance(proof, Violation):
        raise _told(HTTPStatus.FORBIDDEN, proof)
    if not code:
        if proof is FirstProof.SMS_CODE:
            await _send(call, known)
        raise _told(HTTPStatus.FORBIDDEN, ask_for(proof, known.mobile))
    if proof is FirstProof.ACTIVATION_CODE:
        if not secrets.compare_digest(digest(code.strip().lower()), known.activation_hash or b""):
            raise _told(HTTPStatus.UNPROCESSABLE_ENTITY, violation("ACTIVATION_CODE_WRONG"), "/code")
        return
    assert known.mobile is not None  # noqa: S101 -- otherwise it is the other proof.
    try:
        await prove_code(call, known.mobile, CodePurpose.ACTIVATION, code)
    except RefusedError as error:
        raise _told(HTTPStatus.UNPROCESSABLE_ENTITY, error.violations[0], "/code") from error


async def _send(call: Call, known: Credentials) -> None:
    assert known.mobile is not None  # noqa: S101 -- otherwise it is the other proof.
    try:
        await send_code(call, known.mobile, CodePurpose.ACTIVATION)
    except RefusedError as error:
        if error.violations[0].code != "SMS_TOO_SOON":
            raise
        # One is on its way: whoever logs in again is asked for that one.


def _told(status: HTTPStatus, found: Violation, pointer: str = "") -> Problem:
    return Problem(status, [Found(violation=found, pointer=pointer)])
