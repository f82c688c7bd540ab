"""Pages of lists: at most 200 items, and an opaque cursor that leads to the next ones.

A cursor holds the key of the last item, so that a list which grows meanwhile neither repeats nor skips one.
"""

import base64
import json
import re
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Final, Generic, TypeVar

import attrs

from services.portal.problems import Problem
from services.portal.wire import Limit

T = TypeVar("T")
Row = TypeVar("Row")

_ITEMS: Final = Limit(50)
_CURSOR_CHARACTERS_MAX: Final = 400
# What no text of the database holds, so that no list is sorted by it.
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")

CursorKey = tuple[str | int, ...]


@attrs.frozen(kw_only=True)
class Page(Generic[T]):
    """Some items of a list.

    Attributes:
        next: the cursor of the next page; None at the end.
    """

    items: tuple[T, ...]
    next: str | None


@attrs.frozen(kw_only=True)
class PageQuery:
    """Which page of a list; classes with filters derive from it.

    Attributes:
        limit: how many items at most, 1 to 200; anything else is refused.
        cursor: the `next` of the page before.
    """

    limit: Limit = _ITEMS
    cursor: str | None = None

    def after(self, *kinds: type[str] | type[int]) -> CursorKey | None:
        """Read the cursor as a key of these kinds; None for the first page.

        >>> PageQuery(cursor=write_cursor(("张", 17))).after(str, int)
        ('张', 17)
        >>> PageQuery().after(int) is None
        True

        Raises:
            Problem: 400 CURSOR_WRONG.
        """
        if self.cursor is None:
            return None
        try:
            key = json.loads(base64.urlsafe_b64decode(self.cursor[:_CURSOR_CHARACTERS_MAX].encode("ascii")))
        except (ValueError, RecursionError):
            key = None
        fits = isinstance(key, list) and len(key) == len(kinds)
        if not fits or any(type(part) is not kind for part, kind in zip(key, kinds, strict=True)):
            raise Problem.of(HTTPStatus.BAD_REQUEST, "CURSOR_WRONG")
        if any(abs(part) >= 2**63 if isinstance(part, int) else bool(_UNSTORABLE.search(part)) for part in key):
            raise Problem.of(HTTPStatus.BAD_REQUEST, "CURSOR_WRONG")
        return tuple(key)

    def after_id(self) -> int | None:
        """Read the cursor of a list that goes by id."""
        key = self.after(int)
        return None if key is None else int(key[0])


def write_cursor(key: CursorKey) -> str:
    """Write the key of the last item."""
    return base64.urlsafe_b64encode(json.dumps(key, ensure_ascii=False).encode()).decode("ascii")


def page_of(
    rows: Sequence[Row], query: PageQuery, view: Callable[[Row], T], key: Callable[[Row], CursorKey]
) -> Page[T]:
    """Make a page of rows, of which the store was asked for one more than the limit.

    >>> page = page_of([1, 2, 3], PageQuery(limit=Limit(2)), str, lambda row: (row,))
    >>> page.items, PageQuery(cursor=page.next).after_id()
    (('1', '2'), 2)
    """
    shown = rows[: query.limit]
    more = len(rows) > len(shown)
    return Page(items=tuple(view(row) for row in shown), next=write_cursor(key(shown[-1])) if more else None)
