"""From the attrs classes that the wire reads and writes to JSON Schema (draft 2020-12, as OpenAPI 3.1 has it).

What is taken and what is given differ: a field with a default may be left out of a request, but is always in an answer;
an amount is sent without a sign. Words come from the classes' docstrings, limits from their validators.
"""

import collections.abc
import types
from collections.abc import Mapping
from enum import Enum
from operator import ge, gt, le, lt
from typing import Any, Final, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import attrs

from services.portal import docstrings
from services.portal.value_schemas import VALUES, Schema
from services.portal.wire import INTEGER_MAX, to_json

REFERENCE: Final = "#/components/schemas/"
_LISTS: Final = frozenset[Any]({tuple, list, collections.abc.Sequence})
_SETS: Final = frozenset[Any]({set, frozenset, collections.abc.Set})
_MAPPINGS: Final = frozenset[Any]({dict, collections.abc.Mapping})
_NULL: Final[Schema] = {"type": "null"}
_BOUNDS: Final[Mapping[Any, str]] = {ge: "minimum", gt: "exclusiveMinimum", le: "maximum", lt: "exclusiveMaximum"}


class UndescribableError(TypeError):
    """An endpoint takes or gives a type that the document cannot describe: give it a place in `value_schemas`."""

    def __init__(self, kind: Any) -> None:  # noqa: ANN401 - an annotation may be anything.
        super().__init__(f"no JSON Schema is known for {kind}")


class Schemas:
    """The named schemas of one document, growing with each type that is asked for."""

    def __init__(self) -> None:
        self.components: dict[str, Schema] = {}
        self._names: dict[tuple[Any, bool], str] = {}

    def taken(self, kind: Any) -> Schema:  # noqa: ANN401 - an annotation may be anything.
        """Describe what a request may hold.

        Raises:
            UndescribableError: the type is none of those that travel.
        """
        return self._schema(kind, taken=True)

    def given(self, kind: Any) -> Schema:  # noqa: ANN401 - an annotation may be anything.
        """Describe what an answer holds.

        Raises:
            UndescribableError: as `taken`.
        """
        return self._schema(kind, taken=False)

    def fields(self, kind: type, *, taken: bool = True) -> dict[str, tuple[Schema, bool]]:
        """Describe each field of a class by itself: its schema, and whether it is required."""
        hints, said = get_type_hints(get_origin(kind) or kind), docstrings.attributes(get_origin(kind) or kind)
        arguments = dict(zip(_parameters(kind), get_args(kind), strict=True))
        fields: dict[str, tuple[Schema, bool]] = {}
        for field in attrs.fields(get_origin(kind) or kind):
            if not field.init:
                continue
            described = dict(self._schema(_filled(hints[field.name], arguments), taken=taken))
            if taken:
                described |= _limits(field.validator, described)
                described |= _default(field, hints[field.name])
            if field.name in said:
                described["description"] = said[field.name]
            fields[field.name] = described, not taken or field.default is attrs.NOTHING
        return fields

    def _schema(self, kind: Any, *, taken: bool) -> Schema:  # noqa: ANN401, C901, PLR0911 - a line a form.
        origin, arguments = get_origin(kind), get_args(kind)
        if kind in VALUES:
            return self._value(kind, taken=taken)
        if kind in _PLAIN:
            return dict(_INTEGER_TAKEN if kind is int and taken else _PLAIN[kind])
        if origin in {Union, types.UnionType}:
            return self._union(arguments, taken=taken)
        if origin is Literal:
            return {"enum": list(arguments)}
        if origin is tuple and arguments[-1:] != (...,):
            return {
                "type": "array",
                "prefixItems": [self._schema(each, taken=taken) for each in arguments],
                "minItems": len(arguments),
                "maxItems": len(arguments),
            }
        if origin in _LISTS | _SETS:
            unique = {"uniqueItems": True} if origin in _SETS and not taken else {}
            return {"type": "array", "items": self._schema(arguments[0], taken=taken), **unique}
        if origin in _MAPPINGS and arguments[0] is str:
            return {"type": "object", "additionalProperties": self._schema(arguments[1], taken=taken)}
        if isinstance(kind, type) and issubclass(kind, Enum):
            return self._enum(kind)
        if attrs.has(origin or kind):
            return self._class(kind, taken=taken)
        if hasattr(kind, "__supertype__"):
            return self._schema(kind.__supertype__, taken=taken)
        raise UndescribableError(kind)

    def _value(self, kind: Any, *, taken: bool) -> Schema:  # noqa: ANN401 - a NewType is no type.
        value = VALUES[kind]
        name, schema = value.name, value.schema
        if not taken and value.given is not None:
            name, schema = value.given_name, value.given
        self.components[name] = schema
        return {"$ref": REFERENCE + name}

    def _enum(self, kind: type[Enum]) -> Schema:
        name = self._name(kind, taken=False)
        if name not in self.components:
            self.components[name] = {
                "type": "string",
                "enum": [each.value for each in kind],
                "description": docstrings.prose(kind),
            }
        return {"$ref": REFERENCE + name}

    def _union(self, arguments: tuple[Any, ...], *, taken: bool) -> Schema:
        branches = [self._schema(each, taken=taken) for each in arguments if each is not type(None)]
        if type(None) not in arguments:
            return {"anyOf": branches}
        if len(branches) == 1 and isinstance(branches[0].get("type"), str) and "enum" not in branches[0]:
            return branches[0] | {"type": [branches[0]["type"], "null"]}
        return {"anyOf": [*branches, _NULL]}

    def _class(self, kind: Any, *, taken: bool) -> Schema:  # noqa: ANN401 - a generic alias is no type.
        known = self._names.get((kind, taken))
        if known is not None:
            return {"$ref": REFERENCE + known}
        name = self._name(kind, taken=taken)
        self.components[name] = {}  # A class may hold itself.
        fields = self.fields(kind, taken=taken)
        self.components[name] = {
            "type": "object",
            "description": docstrings.prose(get_origin(kind) or kind),
            "properties": {each: schema for each, (schema, _) in fields.items()},
            "required": [each for each, (_, required) in fields.items() if required],
            "additionalProperties": False,
        }
        return {"$ref": REFERENCE + name}

    def _name(self, kind: Any, *, taken: bool) -> str:  # noqa: ANN401 - a generic alias is no type.
        known = self._names.get((kind, taken))
        if known is not None:
            return known
        name = _plain_name(kind)
        if (kind, not taken) in self._names:
            # One class may be sent and given; the two have other required fields.
            name = f"{name}{'Taken' if taken else 'Given'}"
        if name in self.components:
            name = f"{(get_origin(kind) or kind).__module__.rpartition('.')[2]}.{name}"
        if name in self.components:
            raise UndescribableError(kind)
        self._names[kind, taken] = name
        return name


_PLAIN: Final[Mapping[Any, Schema]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    bool: {"type": "boolean"},
    Any: {},
    object: {},
}
_INTEGER_TAKEN: Final[Schema] = {"type": "integer", "minimum": -INTEGER_MAX, "maximum": INTEGER_MAX}


def _plain_name(kind: Any) -> str:  # noqa: ANN401 - an annotation may be anything.
    arguments = get_args(kind)
    name: str = getattr(get_origin(kind) or kind, "__name__", str(kind))
    return name if not arguments else f"{name}Of{''.join(_plain_name(each) for each in arguments)}"


def _parameters(kind: Any) -> tuple[Any, ...]:  # noqa: ANN401 - an annotation may be anything.
    origin = get_origin(kind)
    return () if origin is None else tuple(getattr(origin, "__parameters__", ()))


def _filled(hint: Any, arguments: Mapping[Any, Any]) -> Any:  # noqa: ANN401 - an annotation may be anything.
    """Put the arguments of a generic class in the place of its variables."""
    if isinstance(hint, TypeVar):
        return arguments[hint]
    parameters = getattr(hint, "__parameters__", ())
    return hint[tuple(arguments[each] for each in parameters)] if parameters and arguments else hint


def _default(field: "attrs.Attribute[Any]", hint: Any) -> Schema:  # noqa: ANN401 - an annotation may be anything.
    default = field.default
    if default is attrs.NOTHING:
        return {}
    if isinstance(default, attrs.Factory):  # type: ignore[arg-type] # It is a class.
        default = default.factory()  # type: ignore[union-attr]
    return {"default": to_json(default, hint)}


def _limits(validator: Any, described: Schema) -> Schema:  # noqa: ANN401, C901, PLR0911 - as above.
    """Describe the validators that attrs brings; what others refuse is told by the refusal itself."""
    if validator is None:
        return {}
    size = _size_word(described)
    name = type(validator).__name__
    match name:
        case "_AndValidator":
            limits: Schema = {}
            for each in validator._validators:  # noqa: SLF001 - attrs has no other way to read them.
                limits |= _limits(each, described)
            return limits
        case "_OptionalValidator":
            return _limits(validator.validator, described)
        case "_MaxLengthValidator":
            return {f"max{size}": validator.max_length}
        case "_MinLengthValidator":
            return {f"min{size}": validator.min_length}
        case "_NumberValidator":
            return {_BOUNDS[validator.compare_func]: validator.bound}
        case "_InValidator":
            return {"enum": list(validator.options)}
        case "_MatchesReValidator":
            return {"pattern": f"^(?:{validator.pattern.pattern})$"}
        case "_DeepIterable":
            limits = _limits(validator.iterable_validator, described)
            inner = described.get("items", {})
            return limits | {"items": inner | _limits(validator.member_validator, inner)}
        case _:
            return {}


def _size_word(described: Schema) -> str:
    kinds = described.get("type", "")
    if "array" in kinds:
        return "Items"
    return "Properties" if "object" in kinds else "Length"
