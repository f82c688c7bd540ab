"""What the library and the store raise, as problems.

What is not here is a defect, and answered as such (500) by the outermost middleware.
"""

from http import HTTPStatus
from typing import Final

import attrs

from libsubsidy import ParseError
from services.portal.calls import Call
from services.portal.problems import Problem
from services.store.outages import OUTAGES
from services.store.posting import NotAssignableError
from services.store.refusals import RefusedError, RowsRefusedError
from services.store.releases import NotReleasableError

_RETRY_SECONDS: Final = "5"


async def at_attachments(call: Call, refused: RefusedError) -> None:
    """Say of a refusal about files that it is: for calls whose body names some as `attachments`, beside rows.

    Raises:
        Problem: with the places.
    """
    del call
    if isinstance(refused, RowsRefusedError):
        return  # Its places are its rows.
    problem = Problem.from_violations(refused.violations, total=refused.total)
    found = [
        attrs.evolve(each, pointer="/attachments" if each.violation.code.startswith("ATTACHMENT") else "")
        for each in problem.found
    ]
    raise Problem(problem.status, found, total=problem.total) from refused


def problem_of(error: Exception) -> Problem | None:
    """Give the problem document of an error; None when it is nobody's fault but ours."""
    match error:
        case RowsRefusedError():
            return Problem.from_rows(error.violations, error.places, field=error.field, total=error.total)
        case RefusedError():
            return Problem.from_violations(error.violations, total=error.total)
        case ParseError() | NotAssignableError() | NotReleasableError():
            return Problem.from_violations([error.violation])
        case _ if isinstance(error, OUTAGES):
            unavailable = Problem.of(HTTPStatus.SERVICE_UNAVAILABLE, "UNAVAILABLE").found
            return Problem(HTTPStatus.SERVICE_UNAVAILABLE, unavailable, headers={"Retry-After": _RETRY_SECONDS})
        case _:
            return None
