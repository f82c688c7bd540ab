"""Events to bytes and back: strict when writing, tolerant when reading.

>>> event = read("refund.completed.v1", '{"case_id": "7", "line_id": "9", "amount": "0.50", "news": true}')
>>> event.subject, str(event.amount), event.batch_id
('case/7', '0.50', None)
>>> write(event)
b'{"case_id":"7","line_id":"9","amount":"0.50","batch_id":null}'

The same text is refused where it would be we who write it:

>>> read_strictly("refund.completed.v1", '{"case_id": "7", "line_id": "9", "amount": "0.50", "news": true}')
Traceback (most recent call last):
    ...
services.bus.wire.EventMalformedError: refund.completed.v1: extra fields found (news) @ $
"""

import json
import re
from datetime import date
from typing import Any, Final

from cattrs import BaseValidationError, Converter, transform_error

from libsubsidy import Memo, Money, Month, SubsidyError
from services.bus.events import EVENTS, Code, Event, Id, Source

# PostgreSQL's bigint, without leading zeros.
ID_PATTERN: Final = r"^[1-9][0-9]{0,18}$"
MONEY_PATTERN: Final = r"^[0-9]{1,14}\.[0-9]{2}$"
MONTH_PATTERN: Final = r"^[0-9]{4}-(0[1-9]|1[0-2])$"
MEMO_PATTERN: Final = r"^[0-9]{5}x[0-9A-Z]{4}o$"
CODE_PATTERN: Final = r"^[A-Z][A-Z0-9_]{0,63}$"
SOURCE_PATTERN: Final = r"^[a-z0-9][a-z0-9_.-]{0,63}$"


class EventMalformedError(SubsidyError):
    """An event that its class does not describe; `problems` names each field and what is wrong with it."""

    def __init__(self, wire_name: str, problems: list[str]) -> None:
        """Keep the wire name and the problems."""
        super().__init__(f"{wire_name}: {'; '.join(problems)}")
        self.wire_name = wire_name
        self.problems = problems


def read(wire_name: str, body: bytes | str) -> Event:
    """Read an event as a consumer should: unknown fields are passed over, missing ones get their defaults.

    Raises:
        EventMalformedError: no such event, not JSON, or a known field is missing or wrong.
    """
    return _structure(wire_name, body, _TOLERANT)


def read_strictly(wire_name: str, body: bytes | str) -> Event:
    """Read an event that we wrote ourselves: unknown fields are a defect, too.

    Raises:
        EventMalformedError: see `read`; also an unknown field.
    """
    return _structure(wire_name, body, _STRICT)


def write(event: Event) -> bytes:
    """Write an event, with all its fields in the order of its class."""
    return json.dumps(_STRICT.unstructure(event), ensure_ascii=False, separators=(",", ":")).encode()


def _structure(wire_name: str, body: bytes | str, converter: Converter) -> Event:
    event = EVENTS.get(wire_name)
    if event is None:
        raise EventMalformedError(wire_name, ["no event has this wire name"])
    try:
        content = json.loads(body)
        if not isinstance(content, dict):
            raise EventMalformedError(wire_name, ["the body is not a JSON object"])
        return converter.structure(content, event)
    except BaseValidationError as error:
        raise EventMalformedError(wire_name, transform_error(error)) from error
    except ValueError as error:
        raise EventMalformedError(wire_name, ["the body is not JSON"]) from error


def _text(value: Any, pattern: str) -> str:  # noqa: ANN401 - anything may stand in a body.
    if not isinstance(value, str) or re.search(pattern, value) is None or value.endswith("\n"):
        # The value itself stays out: errors are logged, and a defect may put anything into a body.
        raise ValueError(f"not a string of the form {pattern}")
    return value


def _int(value: Any, _: object) -> int:  # noqa: ANN401 - as above.
    if type(value) is not int or value < 0:
        raise ValueError("not a whole number")
    return value


def make_converter(*, forbid_extra_keys: bool) -> Converter:
    """Build the converter of the wire: ids and amounts as strings, months and dates in ISO form."""
    converter = Converter(forbid_extra_keys=forbid_extra_keys)
    converter.register_structure_hook(int, _int)
    converter.register_structure_hook_func(lambda kind: kind is Id, lambda v, _: Id(int(_text(v, ID_PATTERN))))
    converter.register_structure_hook_func(lambda kind: kind is Code, lambda v, _: Code(_text(v, CODE_PATTERN)))
    converter.register_structure_hook_func(lambda kind: kind is Source, lambda v, _: Source(_text(v, SOURCE_PATTERN)))
    converter.register_structure_hook(Money, lambda v, _: Money.parse(_text(v, MONEY_PATTERN)))
    converter.register_structure_hook(Month, lambda v, _: Month.parse(_text(v, MONTH_PATTERN)))
    converter.register_structure_hook(Memo, lambda v, _: Memo.parse(_text(v, MEMO_PATTERN)))
    converter.register_structure_hook(date, lambda v, _: date.fromisoformat(_text(v, r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")))
    converter.register_unstructure_hook_func(lambda kind: kind is Id, str)
    converter.register_unstructure_hook(Money, str)
    converter.register_unstructure_hook(Month, str)
    converter.register_unstructure_hook(Memo, str)
    converter.register_unstructure_hook(date, date.isoformat)
    return converter


_TOLERANT: Final = make_converter(forbid_extra_keys=False)
_STRICT: Final = make_converter(forbid_extra_keys=True)
