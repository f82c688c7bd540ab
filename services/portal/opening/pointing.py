"""Where in a request a wrong row is: the rows of the rules are numbered from 1, those of JSON from 0."""

import attrs

from libsubsidy import Violation
from services.portal.calls import Call
from services.portal.named_people import note_named
from services.portal.problems import Problem
from services.store.refusals import RefusedError


async def note_and_point(call: Call, refused: RefusedError) -> None:
    """Write down who was named, and tell each broken row of `employees` by its place.

    Raises:
        Problem: always: the refusal itself, or 429 PERSONS_NAMED_TOO_MANY.
    """
    await note_named(call, refused)
    problem = Problem.from_violations(refused.violations, total=refused.total)
    found = [attrs.evolve(each, pointer=pointer_of(each.violation)) for each in problem.found]
    raise Problem(problem.status, found, total=problem.total) from refused


def pointer_of(found: Violation) -> str:
    """Give the JSON pointer of a violation that has a row.

    >>> pointer_of(Violation.of("DUPLICATE_IN_FILE", row=3, first_row=1, name="张三"))
    '/employees/2'
    >>> pointer_of(Violation.of("EMPTY_ORDER"))
    ''
    """
    row, field = found.params.get("row"), found.params.get("field")
    if not isinstance(row, int):
        return ""
    return f"/employees/{row - 1}" + (f"/{field}" if field else "")
