"""JSON Schema (2020-12) of each event, made from its class, so that the two cannot part.

The schemas are kept in `schemas/` for readers in other languages; ``python -m services.bus.schema`` writes them anew,
and a test proves that they are what the classes say. They allow further fields, since a consumer must.
"""

import inspect
import json
import re
import types
from datetime import date
from pathlib import Path
from typing import Any, Final, Literal, Union, get_args, get_origin, get_type_hints

import attrs

from libsubsidy import Memo, Money, Month
from services.bus import wire
from services.bus.events import EVENTS, Code, Event, Id, Source

SCHEMAS: Final = Path(__file__).parent / "schemas"

_PRIMITIVES: Final[dict[object, dict[str, object]]] = {
    Id: {"type": "string", "pattern": wire.ID_PATTERN},
    Code: {"type": "string", "pattern": wire.CODE_PATTERN},
    Source: {"type": "string", "pattern": wire.SOURCE_PATTERN},
    Money: {"type": "string", "pattern": wire.MONEY_PATTERN},
    Month: {"type": "string", "pattern": wire.MONTH_PATTERN},
    Memo: {"type": "string", "pattern": wire.MEMO_PATTERN},
    date: {"type": "string", "format": "date"},
    int: {"type": "integer", "minimum": 0},
}

# "name: what it is", indented below "Attributes:", continued by deeper lines.
_ATTRIBUTE: Final = re.compile(r"^ {4}(\w+): (.+(?:\n {8}.+)*)", re.MULTILINE)


def schema_id(wire_name: str) -> str:
    """Give the URI that names the schema of an event; it is the `dataschema` of its CloudEvents.

    >>> schema_id("remittance.settled.v1")
    'urn:libsubsidy:schema:remittance.settled.v1'
    """
    return f"urn:libsubsidy:schema:{wire_name}"


def schema_of(event: type[Event]) -> dict[str, object]:
    """Build the schema of one event class."""
    text = inspect.getdoc(event) or ""
    described = {name: " ".join(words.split()) for name, words in _ATTRIBUTE.findall(text.partition("Attributes:")[2])}
    hints = get_type_hints(event)
    fields = attrs.fields(event)
    properties = {name: _schema(hints[name]) | {"description": described[name]} for name in (f.name for f in fields)}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": schema_id(event.TYPE),
        "title": event.TYPE,
        "description": " ".join(text.partition("\n\n")[0].split()),
        "type": "object",
        "properties": properties,
        "required": [field.name for field in fields if field.default is attrs.NOTHING],
    }


def _schema(kind: Any) -> dict[str, object]:  # noqa: ANN401 - a type, of any form.
    if kind in _PRIMITIVES:
        return dict(_PRIMITIVES[kind])
    if get_origin(kind) is Literal:
        return {"type": "string", "enum": list(get_args(kind))}
    if get_origin(kind) in (Union, types.UnionType):
        (given,) = (argument for argument in get_args(kind) if argument is not types.NoneType)
        schema = _schema(given)
        return schema | {"type": [schema["type"], "null"]}
    raise TypeError(f"no JSON Schema is known for {kind!r}")


def render(event: type[Event]) -> str:
    """Give the text of the schema file of one event class."""
    return json.dumps(schema_of(event), ensure_ascii=False, indent=2) + "\n"


def dump(folder: Path = SCHEMAS) -> None:
    """Write all schemas into a folder, one file per wire name."""
    folder.mkdir(exist_ok=True)
    for wire_name, event in EVENTS.items():
        (folder / f"{wire_name}.json").write_text(render(event), encoding="utf-8")


if __name__ == "__main__":
    dump()
