"""How often an employer is told of people whom others employ: written down after each refusal that names them, and limited.

Every call that judges ID numbers of strangers has `note_named` as its `refused`, and begins with `refuse_too_many`; the
reasons stand in `services.store.persons_named`.
"""

from http import HTTPStatus

import structlog

from services.portal.calls import Call
from services.portal.problems import Problem
from services.store import persons_named
from services.store.refusals import RefusedError

log = structlog.get_logger()


async def refuse_too_many(call: Call) -> None:
    """Look at no list of an employer that has asked for too many people within a day.

    Raises:
        Problem: 429 PERSONS_NAMED_TOO_MANY.
    """
    if await persons_named.told(call.connection, call.employer_id) > persons_named.PER_DAY_MAX:
        raise _too_many()


async def note_named(call: Call, refused: RefusedError) -> None:
    """Write down that a refused list named people whom others employ, and end it when there are too many of them.

    Raises:
        Problem: 429 PERSONS_NAMED_TOO_MANY.
    """
    named = persons_named.named_by(refused.violations)
    if not named:
        return
    async with call.working() as connection:
        may_be_told = await persons_named.note(connection, call.employer_id, named)
    log.warning("a list named people of others", employer=call.employer_id, people=named, told=may_be_told)
    if not may_be_told:
        raise _too_many()


def _too_many() -> Problem:
    return Problem.of(HTTPStatus.TOO_MANY_REQUESTS, "PERSONS_NAMED_TOO_MANY", limit=persons_named.PER_DAY_MAX)
