"""A well-formed request for any call, made from the types that it takes: what is in it need not make sense."""

import enum
import types
import typing
from collections.abc import Mapping
from datetime import date
from typing import Any, Final, Union

import attrs

from libsubsidy import Mobile, Money, Month, MonthRange
from services.portal.endpoints import Endpoint, Streamed
from services.portal.wire import Id

API: Final = "/api/v1"
# The largest id that a path takes: nothing has it.
ABSENT_ID: Final = "999999999999999999"
_FIXED: Final[Mapping[Any, Any]] = {
    Id: ABSENT_ID,
    int: 1,
    bool: False,
    str: "text",
    Money: "1.00",
    Mobile: "13800000000",
    Month: "2020-09",
    date: "2020-09-15",
    MonthRange: {"first": "2020-09", "last": "2020-09"},
}


def sample(kind: Any, *, own_id: str = ABSENT_ID) -> Any:
    """Give JSON of a type; ids are `own_id`, and what may be left out is filled in."""
    if kind is Id:
        return own_id
    if kind in _FIXED:
        return _FIXED[kind]
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return next(iter(kind)).value
    if isinstance(kind, type) and attrs.has(kind):
        hints = typing.get_type_hints(kind)
        return {field.name: sample(hints[field.name], own_id=own_id) for field in attrs.fields(kind)}
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in {Union, types.UnionType}:
        return sample(next(each for each in arguments if each is not type(None)), own_id=own_id)
    if origin is tuple:
        return [sample(arguments[0], own_id=own_id)]
    raise TypeError(f"no sample of {kind}: please add one")


def has_id(kind: Any) -> bool:
    """Say whether a type has an id anywhere in it."""
    if kind is Id:
        return True
    if isinstance(kind, type) and attrs.has(kind) and kind not in _FIXED:
        hints = typing.get_type_hints(kind)
        return any(has_id(hints[field.name]) for field in attrs.fields(kind))
    return any(has_id(each) for each in typing.get_args(kind))


def request_of(endpoint: Endpoint, ids: Mapping[str, str] | None = None, *, own_id: str = ABSENT_ID) -> dict[str, Any]:
    """Give the path below /api/v1, the parameters and the body of a well-formed request.

    Args:
        endpoint: the call.
        ids: by the path's names; what is not given is absent.
        own_id: all ids within the body.
    """
    names = {
        name: (ids or {}).get(name, ABSENT_ID if issubclass(kind, int) else f"order-{ABSENT_ID}")
        for name, kind in endpoint.path_types.items()
    }
    made: dict[str, Any] = {"path": endpoint.path.format_map(names)}
    if endpoint.query is not None:
        hints = typing.get_type_hints(endpoint.query)
        required = [field.name for field in attrs.fields(endpoint.query) if field.default is attrs.NOTHING]
        made |= {"params": {name: sample(hints[name], own_id=own_id) for name in required}} if required else {}
    if endpoint.body is Streamed:
        made["data"] = b"no statement"
    elif endpoint.body is not None:
        made["json"] = sample(endpoint.body, own_id=own_id)
    return made
