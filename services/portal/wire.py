"""How values travel over HTTP: libsubsidy's converter, ids as strings, and nothing that was not asked for.

JSON is read strictly: a text is no number, a key stands once, no field is unknown, nesting ends, NaN is no number.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from enum import Enum
from functools import lru_cache
from http import HTTPStatus
from operator import attrgetter
from typing import Any, Final, NewType, NoReturn, get_origin

import orjson
from cattrs import BaseConverter, BaseValidationError, Converter, ForbiddenExtraKeysError
from cattrs.errors import AttributeValidationNote, IterableValidationNote

from libsubsidy import Money, Month, ParseError, make_converter
from libsubsidy.violations import excerpt
from services.portal import sentences
from services.portal.problems import Found, Problem

# A row's number; a string in JSON, because JavaScript's numbers end at 2**53.
Id = NewType("Id", int)
# How many items of a list are wanted at once.
Limit = NewType("Limit", int)

JSON_DEPTH_MAX: Final = 16
INTEGER_MAX: Final = 2**31 - 1
LIMIT_MAX: Final = 200
_DIGITS: Final = re.compile(r"[0-9]{1,10}")
_ID: Final = re.compile(r"[1-9][0-9]{0,17}")
# A text that does not end goes to the end of the body, and nothing is ever tried twice: the time is linear.
_BRACKETS: Final = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[{]|[\]}]', re.DOTALL)
_FOUND_MAX: Final = 100
_NAME_CHARACTERS_MAX: Final = 100
_TEXTS_KEPT_MAX: Final = 4096
# PostgreSQL keeps no NUL in a text, and UTF-8 no half of a surrogate pair.
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")
# What is written is ISO 8601 in one form; fromisoformat alone would take "20200401" and "2020-W14-3", too.
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME: Final = re.compile(_DATE.pattern + r"T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?(?:Z|[+-][0-9]{2}:[0-9]{2})")
_LISTS: Final = frozenset[object]({tuple, list, set, frozenset})

_EXPECTED: Final[Mapping[type, tuple[str, str]]] = {
    str: ("文字", "a text"),
    int: ("整数", "a whole number"),
    bool: ("true 或 false", "true or false"),
    Id: ("编号（数字组成的文字）", "an id (a text of digits)"),
    Limit: (f"1 至 {LIMIT_MAX} 的整数", f"a whole number from 1 to {LIMIT_MAX}"),
    list: ("列表", "a list"),
    date: ("日期，如 2020-04-01", "a date such as 2020-04-01"),
    datetime: ("带时区的时间，如 2020-04-01T09:00:00+08:00", "a time with its zone, such as 2020-04-01T09:00:00+08:00"),
}


class _WrongKindError(ValueError):
    """A value of another kind than the field's."""

    def __init__(self, kind: Any) -> None:  # noqa: ANN401 - a NewType is no type.
        self.kind = kind
        super().__init__(str(kind))


def _make(*, texts: bool) -> Converter:
    converter = make_converter()
    for kind in (str, bool, int):
        converter.register_structure_hook(kind, _from_text(kind) if texts else _exactly(kind))
    converter.register_structure_hook(Id, _id)
    converter.register_structure_hook(Limit, _limit(converter.get_structure_hook(int)))
    converter.register_structure_hook(date, _written_as(_DATE, date.fromisoformat, date))
    converter.register_structure_hook(datetime, _written_as(_TIME, datetime.fromisoformat, datetime))
    _take_only_lists_as_lists(converter)
    converter.register_unstructure_hook(Id, str)
    # The same few hundred amounts and months stand in all lists; an enum's own property takes three calls.
    converter.register_unstructure_hook(Money, lru_cache(maxsize=_TEXTS_KEPT_MAX)(str))
    converter.register_unstructure_hook(Month, lru_cache(maxsize=_TEXTS_KEPT_MAX)(str))
    converter.register_unstructure_hook_func(_is_enum, attrgetter("_value_"))
    converter.register_unstructure_hook(datetime, datetime.isoformat)
    converter.register_unstructure_hook(date, date.isoformat)
    return converter


def _is_enum(kind: Any) -> bool:  # noqa: ANN401 - a type or an annotation.
    return isinstance(kind, type) and issubclass(kind, Enum)


def _exactly(kind: type) -> Any:  # noqa: ANN401 - a hook of cattrs.
    def structure(value: object, _: object) -> object:
        if type(value) is not kind or (kind is int and not -INTEGER_MAX <= value <= INTEGER_MAX):  # type: ignore[operator]
            raise _WrongKindError(kind)
        if kind is str and _UNSTORABLE.search(value):  # type: ignore[call-overload] # It is a text.
            raise _WrongKindError(kind)
        return value

    return structure


def _from_text(kind: type) -> Any:  # noqa: ANN401 - a hook of cattrs.
    def structure(value: object, _: object) -> object:
        text = str(value)
        if kind is str and not _UNSTORABLE.search(text):
            return text
        if kind is bool and text in {"true", "false"}:
            return text == "true"
        if kind is int and _DIGITS.fullmatch(text) and int(text) <= INTEGER_MAX:
            return int(text)
        raise _WrongKindError(kind)

    return structure


def _id(value: object, _: object) -> int:
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise _WrongKindError(Id)
    return int(value)


def _limit(read: Callable[[object, Any], object]) -> Any:  # noqa: ANN401 - a hook of cattrs.
    def structure(value: object, _: object) -> object:
        try:
            number = read(value, int)
        except _WrongKindError:
            raise _WrongKindError(Limit) from None
        if not 1 <= number <= LIMIT_MAX:  # type: ignore[operator] # It is a whole number.
            raise _WrongKindError(Limit)
        return number

    return structure


def _written_as(form: re.Pattern[str], read: Callable[[str], object], kind: type) -> Any:  # noqa: ANN401 - a hook.
    def structure(value: object, _: object) -> object:
        if not isinstance(value, str) or not form.fullmatch(value):
            raise _WrongKindError(kind)
        try:
            return read(value)
        except ValueError:
            raise _WrongKindError(kind) from None

    return structure


def _take_only_lists_as_lists(converter: Converter) -> None:
    """Refuse what merely can be walked through: the characters of a text, the keys of an object."""
    looking: set[object] = set()

    def guarded(kind: Any, _: BaseConverter) -> Any:  # noqa: ANN401 - a hook of cattrs.
        looking.add(kind)
        try:
            structure = converter.get_structure_hook(kind, cache_result=False)
        finally:
            looking.discard(kind)

        def structure_list(value: object, wanted: Any) -> Any:  # noqa: ANN401 - a hook of cattrs.
            if not isinstance(value, list):
                raise _WrongKindError(list)
            return structure(value, wanted)

        return structure_list

    converter.register_structure_hook_factory(lambda kind: get_origin(kind) in _LISTS and kind not in looking, guarded)


_JSON: Final = _make(texts=False)
_TEXTS: Final = _make(texts=True)


def read_json(body: bytes, kind: type) -> Any:  # noqa: ANN401 - an instance of `kind`.
    """Read a body.

    Raises:
        Problem: 400 when it is no JSON or has unknown fields; 422 with every value that its field does not take.
    """
    return _structure(_JSON, _load(body), kind)


def read_query(query: Mapping[str, str], kind: type) -> Any:  # noqa: ANN401 - an instance of `kind`.
    """Read query parameters; all of them are texts.

    Raises:
        Problem: as `read_json`, and 400 for a name that stands twice: which of both is meant?
    """
    given: dict[str, str] = {}
    for name, text in query.items():
        if name in given:
            raise Problem.of(HTTPStatus.BAD_REQUEST, "QUERY_TWICE", field=name[:100])
        given[name] = text
    return _structure(_TEXTS, given, kind)


def write_json(value: object, kind: Any) -> bytes:  # noqa: ANN401 - an annotation may be anything.
    """Write an answer of the type that the endpoint gives."""
    return orjson.dumps(to_json(value, kind))


def to_json(value: object, kind: Any) -> Any:  # noqa: ANN401 - JSON values.
    """Give an answer as JSON values."""
    return _JSON.unstructure(value, unstructure_as=kind)


def _load(body: bytes) -> object:
    try:
        text = body.decode()
        _limit_depth(text)
        return json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant, parse_float=_no_float)
    except UnicodeDecodeError:
        why = "UTF-8"
    except (RecursionError, ValueError) as error:
        why = str(error)
    raise Problem.of(HTTPStatus.BAD_REQUEST, "JSON_WRONG", why=why)


def _limit_depth(text: str) -> None:
    if text.count("[") + text.count("{") <= JSON_DEPTH_MAX:
        return  # Not even if each stood within the last: almost every body.
    depth = 0
    for found in _BRACKETS.finditer(text):
        sign = found[0]
        if sign in "[{":
            depth += 1
            if depth > JSON_DEPTH_MAX:
                raise ValueError(f"nested deeper than {JSON_DEPTH_MAX}")
        elif sign in "]}":
            depth -= 1


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return members


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _no_float(text: str) -> NoReturn:
    raise ValueError(f"{text}: amounts are written as texts, and nothing else has decimals")


def _structure(converter: Converter, value: object, kind: type) -> Any:  # noqa: ANN401 - an instance of `kind`.
    try:
        return converter.structure(value, kind)
    except (BaseValidationError, ValueError, TypeError, KeyError, AttributeError) as error:
        found = [each for _, each in zip(range(_FOUND_MAX), _found(error, "", kind), strict=False)]
        # An unknown name first: the missing one beside it is often the same, spelled right.
        found.sort(key=lambda each: each.violation.code != "UNKNOWN_FIELD")
        unknown = found[0].violation.code == "UNKNOWN_FIELD"
        raise Problem(HTTPStatus.BAD_REQUEST if unknown else HTTPStatus.UNPROCESSABLE_ENTITY, found) from error


def _found(error: BaseException, pointer: str, kind: Any) -> Iterator[Found]:  # noqa: ANN401 - an annotation.
    if isinstance(error, BaseValidationError):
        for each in error.exceptions:
            note = next((n for n in getattr(each, "__notes__", ()) if type(n) is not str), None)
            if isinstance(note, AttributeValidationNote):
                yield from _found(each, f"{pointer}/{note.name}", note.type)
            elif isinstance(note, IterableValidationNote):
                yield from _found(each, f"{pointer}/{note.index}", note.type)
            else:
                yield from _found(each, pointer, kind)
    elif isinstance(error, ForbiddenExtraKeysError):
        for name in sorted(error.extra_fields):
            shown = excerpt(str(name), _NAME_CHARACTERS_MAX)
            yield Found(violation=sentences.violation("UNKNOWN_FIELD", field=shown), pointer=f"{pointer}/{shown}")
    elif isinstance(error, KeyError):
        name = str(error.args[0])
        # cattrs has named the field already, as it does for a wrong one.
        yield Found(violation=sentences.violation("FIELD_MISSING", field=name), pointer=pointer)
    elif isinstance(error, ParseError):
        yield Found(violation=error.violation, pointer=pointer)
    else:
        wanted = error.kind if isinstance(error, _WrongKindError) else kind
        yield Found(violation=_wrong(pointer, wanted), pointer=pointer)


def _wrong(pointer: str, kind: Any) -> Any:  # noqa: ANN401 - an annotation.
    known = _EXPECTED.get(kind)
    if known is None and isinstance(kind, type) and hasattr(kind, "__members__"):
        values = "、".join(str(each.value) for each in kind)  # type: ignore[attr-defined]
        known = (f"其中之一：{values}", f"one of {values.replace('、', ', ')}")
    zh, en = known or ("接口文档所写的类型", "of the type that the API document says")
    return sentences.violation("FIELD_WRONG", field=pointer or "/", expected_zh=zh, expected_en=en)
