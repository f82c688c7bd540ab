"""Which part of a long list a page shows: by number, in the size that its user likes.

The query of a page that shows a list takes `PagingQuery`'s names besides its own; its loader counts, asks for the part,
and gives the template what `shell/templates/lists.html` draws the pager from:

    total = await store.count(call.connection, wanted)
    paging = await Paging.of(call, query, total)
    rows = await store.page(call.connection, wanted, limit=paging.size, offset=paging.offset)
"""

from collections.abc import Iterator
from typing import Final
from urllib.parse import urlencode

import attrs

from services.portal.calls import Call
from services.store import preferences

# How many numbers stand beside the one that is shown.
_BESIDE: Final = 2


@attrs.frozen(kw_only=True)
class PagingQuery:
    """The part that is asked for.

    Attributes:
        page: its number, from 1; a number beyond the last shows the last.
        size: how many rows; 0 means as many as the user likes.
    """

    page: int = 1
    size: int = 0


@attrs.frozen(kw_only=True)
class Paging:
    """The part that is shown.

    Attributes:
        total: how many rows there are altogether.
        path: of the page, to which other parts are linked.
        query: whatever else the page was asked by, such as a search.
    """

    number: int
    size: int
    total: int
    path: str
    query: tuple[tuple[str, str], ...] = ()

    @classmethod
    async def of(cls, call: Call, query: PagingQuery, total: int, *, path: str = "") -> "Paging":
        """Find the part; `path` is the page's where a part of it asks."""
        size = query.size if query.size in preferences.PAGE_SIZES else await preferences.page_size(call.connection)
        pages = max(1, -(-total // size))
        others = tuple((name, text) for name, text in call.request.query.items() if name not in {"page", "size"})
        return cls(
            number=max(1, min(query.page, pages)),
            size=size,
            total=total,
            path=path or call.request.path,
            query=others,
        )

    @property
    def offset(self) -> int:
        """How many rows come before."""
        return (self.number - 1) * self.size

    @property
    def first(self) -> int:
        """The number of the first row that is shown; 0 when there is none."""
        return min(self.offset + 1, self.total)

    @property
    def last(self) -> int:
        """The number of the last row that is shown."""
        return min(self.offset + self.size, self.total)

    @property
    def pages(self) -> int:
        """How many parts there are.

        >>> Paging(number=1, size=20, total=41, path="/").pages, Paging(number=1, size=20, total=0, path="/").pages
        (3, 1)
        """
        return max(1, -(-self.total // self.size))

    @property
    def numbers(self) -> tuple[int | None, ...]:
        """The numbers to show: the ends, and those near; None where some are left out.

        >>> Paging(number=5, size=10, total=200, path="/").numbers
        (1, None, 3, 4, 5, 6, 7, None, 20)
        >>> Paging(number=1, size=10, total=30, path="/").numbers
        (1, 2, 3)
        """
        return tuple(self._numbers())

    def _numbers(self) -> Iterator[int | None]:
        before = 0
        for number in range(1, self.pages + 1):
            if number in {1, self.pages} or abs(number - self.number) <= _BESIDE:
                if number - before > 1:
                    yield None
                yield number
                before = number

    @property
    def sort(self) -> str:
        """By what it is sorted: the name of a column, with a minus the other way round; empty: as the page does."""
        return dict(self.query).get("sort", "")

    def direction(self, column: str) -> str:
        """How a column is sorted, in the words of aria-sort.

        >>> Paging(number=1, size=10, total=9, path="/", query=(("sort", "-name"),)).direction("name")
        'descending'
        """
        return {column: "ascending", f"-{column}": "descending"}.get(self.sort, "none")

    def to(self, number: int) -> str:
        """Give the address of another part.

        >>> Paging(number=1, size=10, total=99, path="/x", query=(("q", "王 伟"),)).to(2)
        '/x?q=%E7%8E%8B+%E4%BC%9F&page=2&size=10'
        """
        return f"{self.path}?{urlencode([*self.query, ('page', str(number)), ('size', str(self.size))])}"

    def sized(self, size: int) -> str:
        """Give the address of the first part in another size."""
        return f"{self.path}?{urlencode([*self.query, ('size', str(size))])}"

    def sorted_by(self, column: str) -> str:
        """Give the address of the list sorted by a column, or the other way round if it is already.

        >>> Paging(number=3, size=10, total=99, path="/x", query=(("sort", "name"),)).sorted_by("name")
        '/x?sort=-name&size=10'
        """
        key = f"-{column}" if self.sort == column else column
        others = [(name, text) for name, text in self.query if name != "sort"]
        return f"{self.path}?{urlencode([*others, ('sort', key), ('size', str(self.size))])}"
