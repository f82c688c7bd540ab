"""Promises of services/portal/refusals.py: what the store refuses is told whole, or counted."""

from typing import Any

import pytest

from services.portal.problems import VIOLATIONS_MAX
from services.portal.refusals import problem_of
from services.store.refusals import RefusedError, violation


def document(kept: int, total: int | None) -> dict[str, Any]:
    """The problem document of a refusal with so many violations kept of so many."""
    refused = RefusedError(*[violation("NOTHING_CHOSEN")] * kept, total=total)
    problem = problem_of(refused)
    assert problem is not None
    return problem.document()


@pytest.mark.parametrize(
    ("kept", "total", "told", "expected"),
    [
        (1, None, 1, None),
        (VIOLATIONS_MAX, None, VIOLATIONS_MAX, None),
        (VIOLATIONS_MAX + 1, None, VIOLATIONS_MAX, VIOLATIONS_MAX + 1),
        (VIOLATIONS_MAX, 20_000, VIOLATIONS_MAX, 20_000),
        (VIOLATIONS_MAX + 1, 20_001, VIOLATIONS_MAX, 20_001),
    ],
)
def test_the_total_is_true_whatever_was_kept(kept: int, total: int | None, told: int, expected: int | None) -> None:
    """Of very many violations the store keeps the first and counts the others."""
    found = document(kept, total)
    assert (told, expected) == (len(found["violations"]), found.get("violations_total"))
