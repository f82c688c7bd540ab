"""The table of all calls: what each one takes, gives, and who may make it.

A feature declares its calls with an `Endpoints`; the application, the API document and the tests that walk every route
read the same table. What a call takes and gives is read from its handler's annotations, so that it is said once:

    orders = Endpoints(tag="订单 orders")

    @orders.post("/orders", who=EMPLOYERS, scope="orders:write", status=201, location="/orders/{id}", creates=True)
    async def create(call: Call, body: NewOrder) -> OrderView: ...

A handler's parameters are named `body`, `query`, or as in the path: `{order_id}` arrives as an int.
"""

import inspect
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from functools import cached_property
from typing import Any, Final, Generic, TypeVar, get_args, get_origin, get_type_hints

import attrs
from aiohttp import web

from services.portal.roles import Roles

T = TypeVar("T")
Handler = Callable[..., Awaitable[object]]
# Of a Call and a RefusedError, which are defined above this module.
Refused = Callable[[Any, Any], Awaitable[None]]
HandlerT = TypeVar("HandlerT", bound=Handler)

BODY_BYTES_MAX: Final = 64 * 1024
# The two ways in which a file comes.
OCTETS: Final = "application/octet-stream"
FORM: Final = "multipart/form-data"
SECONDS_MAX: Final = 30.0
_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")


@attrs.frozen
class Streamed:
    """A body that its handler reads piece by piece, outside any transaction."""

    request: web.Request


@attrs.frozen(kw_only=True)
class Answer(Generic[T]):
    """A value with more than a body: other status, headers, cookies.

    Attributes:
        written: the value as JSON already, where writing it takes so long that it was done in a thread.
    """

    value: T
    written: bytes | None = None
    status: int | None = None
    headers: Mapping[str, str] = attrs.field(factory=dict)
    cookies: tuple[str, ...] = ()  # Complete Set-Cookie values.


@attrs.frozen(kw_only=True)
class Endpoint:
    """One call.

    Attributes:
        path: below /api/v1.
        who: the roles that may; None: also who has not logged in.
        scope: what a token needs, such as ``orders:write``; empty: people only.
        body: the type of the JSON body; `Streamed`, or None.
        query: the type of the query parameters, None when there are none.
        gives: the type of the JSON answer; None for none, or for one that the handler writes itself.
        location: of what was created, with names of the answer's fields.
        creates: it may be repeated under an Idempotency-Key, and is then done once; of a `Streamed` body its handler sees to
            that (`repetition`).
        transaction: the handler runs in one transaction; otherwise it opens its own by `call.working()`.
        takes_form: of a `Streamed` body, that it may also be the one file of a form.
        body_bytes_max: longer bodies are refused (413).
        seconds_max: how long it may take from the request's end to the answer (503); None: a stream without an end.
        media: the type of an answer that the handler writes itself, such as ``text/event-stream``.
        also: further statuses of its answers, beyond those that its form explains, such as 429.
        first: it may be called with a first or one-time password, before that is changed (F10).
        refused: is told what the rules refused, after the transaction was rolled back and outside any; it may raise
            another problem instead.
    """

    method: str
    path: str
    handler: Handler
    tag: str
    who: Roles | None
    scope: str
    body: type | None
    query: type | None
    gives: Any
    status: int
    location: str
    creates: bool
    transaction: bool
    body_bytes_max: int
    seconds_max: float | None
    media: str = "application/json"
    also: tuple[int, ...] = ()
    first: bool = False
    refused: Refused | None = None
    takes_form: bool = False

    @property
    def name(self) -> str:
        """Unique name: the module's and the handler's."""
        return f"{self.handler.__module__.rpartition('.')[2]}.{self.handler.__name__}"

    @property
    def doc(self) -> str:
        """What the call does, in the handler's words."""
        return inspect.getdoc(self.handler) or ""

    @property
    def reads_only(self) -> bool:
        """Whether its transaction may not write."""
        return self.method == "GET"

    @property
    def writes_itself(self) -> bool:
        """Whether the handler writes its answer, of the type `media`; what gives nothing otherwise is answered by 204."""
        annotation = get_type_hints(self.handler)["return"]
        return isinstance(annotation, type) and issubclass(annotation, web.StreamResponse)

    @property
    def path_names(self) -> tuple[str, ...]:
        """The names in the path, in order."""
        return tuple(_PLACEHOLDER.findall(self.path))

    @cached_property
    def path_types(self) -> Mapping[str, type]:
        """How the handler wants each: int for an id, str for a text."""
        hints = get_type_hints(self.handler)
        return {name: hints[name] for name in self.path_names}


# Of a request: which call it is.
ENDPOINT: Final = web.RequestKey("endpoint", Endpoint)


@attrs.define
class Endpoints:
    """The calls of one feature."""

    tag: str
    _all: list[Endpoint] = attrs.field(factory=list, init=False)

    def __iter__(self) -> Iterator[Endpoint]:
        return iter(self._all)

    def get(self, path: str, **terms: Any) -> Callable[[HandlerT], HandlerT]:  # noqa: ANN401 - see _declare.
        """Declare a call that reads."""
        return self._declare("GET", path, **terms)

    def post(self, path: str, **terms: Any) -> Callable[[HandlerT], HandlerT]:  # noqa: ANN401 - see _declare.
        """Declare a call that acts."""
        return self._declare("POST", path, **terms)

    def put(self, path: str, **terms: Any) -> Callable[[HandlerT], HandlerT]:  # noqa: ANN401 - see _declare.
        """Declare a call that replaces."""
        return self._declare("PUT", path, **terms)

    def delete(self, path: str, **terms: Any) -> Callable[[HandlerT], HandlerT]:  # noqa: ANN401 - see _declare.
        """Declare a call that ends something."""
        return self._declare("DELETE", path, **terms)

    def _declare(
        self,
        method: str,
        path: str,
        *,
        who: Roles | None,
        scope: str = "",
        status: int = 200,
        location: str = "",
        creates: bool = False,
        transaction: bool = True,
        body_bytes_max: int = BODY_BYTES_MAX,
        seconds_max: float | None = SECONDS_MAX,
        media: str = "application/json",
        also: tuple[int, ...] = (),
        first: bool = False,
        refused: Refused | None = None,
        takes_form: bool = False,
    ) -> Callable[[HandlerT], HandlerT]:
        def declared(handler: HandlerT) -> HandlerT:
            hints = get_type_hints(handler)
            body = hints.get("body")
            self._all.append(
                Endpoint(
                    method=method,
                    path=path,
                    handler=handler,
                    tag=self.tag,
                    who=who,
                    scope=scope,
                    body=body,
                    query=hints.get("query"),
                    gives=_given(hints["return"]),
                    status=status,
                    location=location,
                    creates=creates,
                    transaction=transaction and body is not Streamed,
                    body_bytes_max=body_bytes_max,
                    seconds_max=seconds_max,
                    media=media,
                    also=also,
                    first=first,
                    refused=refused,
                    takes_form=takes_form,
                )
            )
            return handler

        return declared


def _given(annotation: Any) -> Any:  # noqa: ANN401 - an annotation may be anything.
    if get_origin(annotation) is Answer:
        (annotation,) = get_args(annotation)
    if annotation is type(None) or (isinstance(annotation, type) and issubclass(annotation, web.StreamResponse)):
        return None
    return annotation
