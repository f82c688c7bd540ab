"""What a list of employees is narrowed to, as the API takes it and as the page's form sends it."""

from collections.abc import Callable
from typing import Final, TypeVar
from urllib.parse import urlencode

import attrs

from libsubsidy import EmploymentState, Money, Month, ParseError, Violation
from services.portal.shell.paging import PagingQuery
from services.store.employee_search import Search, SortBy, Sorting

T = TypeVar("T")


@attrs.frozen(kw_only=True, slots=False)
class EmployeeFilters:
    """Which employees.

    Attributes:
        search: a part of the name, of its pinyin or its initials, or a part of the ID number.
        state: only those in this state.
        rank: only those of exactly this rank.
        start_from: whose 汇缴开始月份 is this month or later.
        start_to: whose 汇缴开始月份 is this month or earlier.
        without_start: only those whose file lacks the 汇缴开始月份.
        amount_from: whose 每月缴费金额 is at least this.
        amount_to: whose 每月缴费金额 is at most this.
    """

    search: str = ""
    state: EmploymentState | None = None
    rank: str | None = None
    start_from: Month | None = None
    start_to: Month | None = None
    without_start: bool = False
    amount_from: Money | None = None
    amount_to: Money | None = None

    @property
    def wanted(self) -> Search:
        """Whom the store looks for."""
        return Search(
            text=self.search,
            state=self.state,
            rank=self.rank,
            start_from=self.start_from,
            start_to=self.start_to,
            without_start=self.without_start,
            amount_from=self.amount_from,
            amount_to=self.amount_to,
        )


@attrs.frozen(kw_only=True)
class ListQuery(PagingQuery):
    """The form above the list; a field that is left empty is sent empty, and a wrong one is told and passed over.

    Attributes:
        sort: a column, with a minus for the other way round.
    """

    search: str = ""
    state: str = ""
    rank: str = ""
    start_from: str = ""
    start_to: str = ""
    without_start: str = ""
    amount_from: str = ""
    amount_to: str = ""
    sort: str = ""

    @property
    def sorting(self) -> Sorting:
        """The order that is asked for; by name where there is no such column."""
        column = self.sort.removeprefix("-")
        known = column in _SORTS
        return Sorting(SortBy(column) if known else SortBy.NAME, descending=known and self.sort.startswith("-"))

    def read(self) -> tuple[EmployeeFilters, dict[str, Violation]]:
        """Read the form; what cannot be read is not asked for, and told by its field."""
        broken: dict[str, Violation] = {}

        def read(field: str, parse: Callable[[str], T]) -> T | None:
            text = getattr(self, field).strip()
            if not text:
                return None
            try:
                return parse(text)
            except ParseError as error:
                broken[field] = error.violation
                return None

        filters = EmployeeFilters(
            search=self.search,
            state=EmploymentState(self.state) if self.state in _STATES else None,
            rank=self.rank or None,
            start_from=read("start_from", Month.parse),
            start_to=read("start_to", Month.parse),
            without_start=self.without_start == "true",
            amount_from=read("amount_from", Money.parse),
            amount_to=read("amount_to", Money.parse),
        )
        return filters, broken

    @property
    def narrowed(self) -> bool:
        """Whether anything but the search is asked for."""
        return bool(self.state or self.rank or self.narrowed_further)

    @property
    def narrowed_further(self) -> bool:
        """Whether anything of 更多条件 is asked for."""
        return bool(self.start_from or self.start_to or self.without_start or self.amount_from or self.amount_to)


def address_of(path: str, filters: EmployeeFilters, sorting: Sorting) -> str:
    """Give the address of the whole list, sorted and narrowed as it is shown.

    >>> address_of("/x", EmployeeFilters(search="王", amount_from=Money(fen=5)), Sorting(SortBy.RANK, descending=True))
    '/x?search=%E7%8E%8B&amount_from=0.05&sort=rank&descending=true'
    """
    texts: dict[str, str] = {}
    for field in attrs.fields(EmployeeFilters):
        value = getattr(filters, field.name)
        if value != field.default:
            texts[field.name] = _text_of(value)
    texts |= {} if sorting == Sorting() else {"sort": sorting.by.value}
    texts |= {"descending": "true"} if sorting.descending else {}
    return f"{path}?{urlencode(texts)}" if texts else path


def _text_of(value: object) -> str:
    if value is True:
        return "true"
    return str(value.value) if isinstance(value, EmploymentState) else str(value)


_STATES: Final = frozenset(state.value for state in EmploymentState)
_SORTS: Final = frozenset(each.value for each in SortBy)
