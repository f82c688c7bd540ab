"""The table of pages: their addresses, whose they are, and what each one shows.

A feature declares its pages with a `Pages`, as it declares its calls with an `Endpoints`; the application and the tests
that walk all addresses read the same table. Pages only read: what a form does is a call of the API.

    pages = Pages()

    @pages.page("/employer/employees", who=EMPLOYERS, title="职工管理", template="roster/templates/list.html")
    async def employee_list(call: Call, query: ListQuery) -> Facts: ...

    @pages.part("/employer/employees/rows", who=EMPLOYERS, template="roster/templates/rows.html")
    async def rows(call: Call, query: ListQuery) -> Facts: ...

A part is what a page asks for again by htmx, without the frame around it. A loader runs in one reading transaction of its
user's own role; its parameters are named `query`, or as in the path: `{employee_id}` arrives as an int.
"""

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from functools import cached_property
from typing import Any, Final, TypeVar, get_type_hints

import attrs

from services.portal.roles import Roles

Facts = Mapping[str, Any]
Load = Callable[..., Awaitable[Facts]]
LoadT = TypeVar("LoadT", bound=Load)
_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")


@attrs.frozen(kw_only=True, slots=False)
class Page:
    """One address.

    Attributes:
        path: the whole one.
        who: the roles whose page it is; to others it does not exist. None: also for who has not logged in.
        template: below services/portal.
        title: the heading, under the manual's name where the manual has one; a part has none.
        entry: the path of the menu's entry under which it lies; by default its own.
        load: reads what the template shows.
        is_part: it is shown without the frame.
        first: it is shown with a first or one-time password, too, before that is changed (F10).
        noted: being asked for it is a sign of life, and keeps the session open.
    """

    path: str
    who: Roles | None
    template: str
    title: str
    entry: str
    load: Load
    is_part: bool
    noted: bool
    first: bool

    @property
    def name(self) -> str:
        """Unique name: the module's below services.portal and the loader's."""
        return f"{self.load.__module__.removeprefix('services.portal.')}.{self.load.__name__}"

    @cached_property
    def path_types(self) -> Mapping[str, type]:
        """How the loader wants what its path names: int for an id, str for a word."""
        hints = get_type_hints(self.load)
        return {name: hints[name] for name in _PLACEHOLDER.findall(self.path)}

    @cached_property
    def query(self) -> type | None:
        """The type of the query parameters."""
        found: type | None = get_type_hints(self.load).get("query")
        return found

    @property
    def pattern(self) -> str:
        """The path as the router takes it: ids are limited to what a bigint holds, words to short ones."""
        path = self.path
        for name, kind in self.path_types.items():
            form = r"[1-9][0-9]{0,17}" if issubclass(kind, int) else r"[0-9A-Za-z_-]{1,40}"
            path = path.replace(f"{{{name}}}", f"{{{name}:{form}}}")
        return path


@attrs.define
class Pages:
    """The pages of one feature."""

    _all: list[Page] = attrs.field(factory=list, init=False)

    def __iter__(self) -> Iterator[Page]:
        return iter(self._all)

    def page(
        self, path: str, *, who: Roles | None, template: str, title: str, entry: str = "", first: bool = False
    ) -> Callable[[LoadT], LoadT]:
        """Declare a page."""
        return self._declare(path, who=who, template=template, title=title, entry=entry or path, first=first)

    def part(self, path: str, *, who: Roles | None, template: str, noted: bool = True) -> Callable[[LoadT], LoadT]:
        """Declare a part; what a page asks for by itself is no sign of life, and says ``noted=False``."""
        return self._declare(path, who=who, template=template, title="", entry="", is_part=True, noted=noted)

    def _declare(
        self,
        path: str,
        *,
        who: Roles | None,
        template: str,
        title: str,
        entry: str,
        is_part: bool = False,
        noted: bool = True,
        first: bool = False,
    ) -> Callable[[LoadT], LoadT]:
        def declared(load: LoadT) -> LoadT:
            self._all.append(
                Page(
                    path=path,
                    who=who,
                    template=template,
                    title=title,
                    entry=entry,
                    load=load,
                    is_part=is_part,
                    noted=noted,
                    first=first,
                )
            )
            return load

        return declared
