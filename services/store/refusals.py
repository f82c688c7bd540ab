"""What the store itself refuses, in words: a stable code, both languages, and the way out.

The rules of the business are libsubsidy's; the store's own are those that need the database to be known: that something is
absent, taken, or was changed by somebody else. Their sentences stand in `services.store.catalogue`.
"""

from collections.abc import Sequence
from typing import Final

from libsubsidy import SubsidyError, Violation
from services.store.catalogue import TEXTS

__all__ = [
    "TEXTS",
    "VIOLATIONS_TOLD_MAX",
    "RefusedError",
    "RowsRefusedError",
    "absent",
    "limit_list",
    "refuse",
    "violation",
]

# A list of twenty thousand broken lines is for a file, not for a log.
_SENTENCES_MAX: Final = 5
# Of twenty thousand broken lines the first tell what is wrong; more are counted and not kept.
VIOLATIONS_TOLD_MAX: Final = 500


class RefusedError(SubsidyError):
    """What was asked for breaks rules; nothing of it was written.

    Attributes:
        violations: every rule broken, at least one; of very many the first.
        total: how many there are.
    """

    def __init__(self, *violations: Violation, total: int | None = None) -> None:
        """Keep the violations; the message tells the first few. The total is told where not all of them are here."""
        told = "; ".join(f"{violation.en} / {violation.zh}" for violation in violations[:_SENTENCES_MAX])
        self.total = len(violations) if total is None else total
        more = self.total - _SENTENCES_MAX
        super().__init__(f"{told}; and {more} more" if more > 0 else told)
        self.violations = violations


class RowsRefusedError(RefusedError):
    """A list breaks rules in some of its rows.

    Attributes:
        places: for each violation the place of its row (0, 1, …); None for one of the list as a whole.
        field: what the list is called in the request.
    """

    def __init__(self, found: Sequence[tuple[int | None, Violation]], *, field: str = "rows") -> None:
        told = found[:VIOLATIONS_TOLD_MAX]
        super().__init__(*(each for _, each in told), total=len(found))
        self.places = tuple(place for place, _ in told)
        self.field = field


def violation(key: str, /, **facts: str | int) -> Violation:
    """Render one of the store's own sentences.

    >>> violation("LIST_TOO_LONG", limit=5, rows=6).en
    'At most 5 rows are taken at once, there are 6: please send them in parts.'
    >>> violation("EMPLOYEE_ALREADY/race").code
    'EMPLOYEE_ALREADY'
    """
    return Violation.from_text(key, TEXTS[key], facts)


def refuse(key: str, /, **facts: str | int) -> RefusedError:
    """Build the refusal of one such rule."""
    return RefusedError(violation(key, **facts))


def absent(what_zh: str, what_en: str, number: int) -> RefusedError:
    """Build the refusal of an id: one of another employer gets the same answer as one that does not exist (I31)."""
    return refuse("ABSENT", what_zh=what_zh, what_en=what_en, id=number)


def limit_list(rows: Sequence[object], rows_max: int) -> None:
    """Refuse a list longer than `rows_max`.

    Raises:
        RefusedError: LIST_TOO_LONG.
    """
    if len(rows) > rows_max:
        raise refuse("LIST_TOO_LONG", limit=rows_max, rows=len(rows))
