"""What the API document says of types, values, limits and words."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum
from typing import Any, Literal

import attrs
import pytest
from attrs import validators
from jsonschema import Draft202012Validator

from libsubsidy import CreditCode, IdNumber, Memo, Mobile, Money, Month, OrganizationCode, make_converter
from services.portal import docstrings
from services.portal.cursors import Page, PageQuery
from services.portal.schemas import Schemas, UndescribableError
from services.portal.value_schemas import VALUES
from services.portal.wire import INTEGER_MAX, Id, Limit

SAMPLES = [(kind, example) for kind, value in VALUES.items() for example in value.schema["examples"]]


YUAN = Money(fen=100)


class Colour(Enum):
    """The colours there are."""

    RED = "red"
    BLUE = "blue"


@attrs.frozen(kw_only=True)
class Named:
    """Something with a name.

    Attributes:
        name: what it is called, in
            one line.
    """

    name: str = attrs.field(validator=validators.and_(validators.min_len(1), validators.max_len(40)))


@attrs.frozen(kw_only=True)
class Lamp(Named):
    """A lamp.

    Attributes:
        colour: of its light.
    """

    colour: Colour = Colour.RED
    watts: int = attrs.field(default=5, validator=[validators.ge(1), validators.lt(100)])
    note: str | None = None
    parts: tuple["Lamp", ...] = attrs.field(factory=tuple, validator=validators.max_len(3))
    price: Money = YUAN
    seen: Mapping[str, date] | None = None


REFERENCE = {"$ref": "#/components/schemas/Lamp"}


def test_a_class_becomes_an_object_that_knows_its_fields_and_no_others() -> None:
    """Words come from the docstrings, also of the class it derives from, limits from the validators."""
    schemas = Schemas()
    assert REFERENCE == schemas.taken(Lamp)
    lamp = schemas.components["Lamp"]
    expected = {
        "name": {"type": "string", "minLength": 1, "maxLength": 40, "description": "What it is called, in one line."},
        "colour": {"$ref": "#/components/schemas/Colour", "default": "red", "description": "Of its light."},
        "watts": {"type": "integer", "minimum": 1, "maximum": INTEGER_MAX, "exclusiveMaximum": 100, "default": 5},
        "note": {"type": ["string", "null"], "default": None},
        "parts": {"type": "array", "items": REFERENCE, "maxItems": 3, "default": []},
        "price": {"$ref": "#/components/schemas/Money", "default": "1.00"},
        "seen": {
            "type": ["object", "null"],
            "additionalProperties": {"$ref": "#/components/schemas/Date"},
            "default": None,
        },
    }
    assert expected == lamp["properties"]
    assert (["name"], False, "A lamp.") == (lamp["required"], lamp["additionalProperties"], lamp["description"])
    assert ["red", "blue"] == schemas.components["Colour"]["enum"]


def test_an_answer_always_has_all_its_fields() -> None:
    """What may be left out of a request is always given, and an amount may have a sign."""
    schemas = Schemas()
    schemas.taken(Lamp)
    given = schemas.components[schemas.given(Lamp)["$ref"].rpartition("/")[2]]
    assert ["name", "colour", "watts", "note", "parts", "price", "seen"] == given["required"]
    assert {"$ref": "#/components/schemas/Amount"} == given["properties"]["price"]
    assert {"$ref": "#/components/schemas/LampGiven"} == given["properties"]["parts"]["items"]


def test_a_generic_class_is_described_for_what_it_holds() -> None:
    """A page of lamps is no page of names."""
    schemas = Schemas()
    schemas.given(Page[Lamp])
    schemas.given(Page[Named])
    assert {"type": "array", "items": REFERENCE} == schemas.components["PageOfLamp"]["properties"]["items"]
    assert {"type": ["string", "null"]} == {
        key: value for key, value in schemas.components["PageOfNamed"]["properties"]["next"].items() if key == "type"
    }


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (tuple[str, ...], {"type": "array", "items": {"type": "string"}}),
        (list[bool], {"type": "array", "items": {"type": "boolean"}}),
        (frozenset[str], {"type": "array", "items": {"type": "string"}, "uniqueItems": True}),
        (
            tuple[str, int],
            {"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}], "minItems": 2, "maxItems": 2},
        ),
        (str | int, {"anyOf": [{"type": "string"}, {"type": "integer"}]}),
        (Month | None, {"anyOf": [{"$ref": "#/components/schemas/Month"}, {"type": "null"}]}),
        (Literal["a", "b"], {"enum": ["a", "b"]}),
        (dict[str, Any], {"type": "object", "additionalProperties": {}}),
    ],
    ids=str,
)
def test_each_form_of_type_has_its_schema(kind: Any, expected: dict[str, Any]) -> None:
    """Lists, pairs, choices and what may be absent."""
    assert expected == Schemas().given(kind)


@pytest.mark.parametrize("kind", [bytes, complex, set, dict[int, str]], ids=str)
def test_what_does_not_travel_is_no_part_of_the_document(kind: Any) -> None:
    """A call that gives such a type is a defect, and the document says so when it is made."""
    with pytest.raises(UndescribableError):
        Schemas().given(kind)


def test_a_query_is_described_field_by_field() -> None:
    """The limit has its bounds, the cursor may be left out."""
    fields = Schemas().fields(PageQuery)
    assert {"limit": False, "cursor": False} == {name: required for name, (_, required) in fields.items()}


@pytest.mark.parametrize(("kind", "example"), SAMPLES, ids=str)
def test_every_example_is_one(kind: Any, example: Any) -> None:
    """An example can be read as what it is an example of, and fits its own schema."""
    if kind in {Month, Money, Memo, IdNumber, Mobile, OrganizationCode, CreditCode}:
        assert make_converter().structure(example, kind)
    elif kind is date:
        assert example == date.fromisoformat(example).isoformat()
    elif kind is datetime:
        assert datetime.fromisoformat(example).tzinfo
    else:
        assert (kind, example) in {(Id, "4711"), (Limit, 50)}
    assert Draft202012Validator(VALUES[kind].schema).is_valid(example)


def test_the_errors_of_a_docstring_are_read() -> None:
    """Each with its words in one line."""

    def handler() -> None:
        """Do it.

        At once.

        Raises:
            STALE_VERSION: somebody was
                faster.
            ORDER_STATE: it is too late.
        """

    assert {"STALE_VERSION": "Somebody was faster.", "ORDER_STATE": "It is too late."} == docstrings.raises(handler)
    assert "Do it.\n\nAt once." == docstrings.prose(handler)
