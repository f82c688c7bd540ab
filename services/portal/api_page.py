"""The API document for people: one page of HTML, drawn from the same document that programs read. No script is needed."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import attrs
import jinja2
from markupsafe import Markup, escape

from services.portal.call_statuses import ANY_CALL, MEANINGS
from services.portal.openapi import API, ROLE_NAMES, ApiDocument
from services.portal.problem_codes import all_meanings
from services.portal.roles import PortalRole
from services.portal.value_schemas import Schema

ASSETS_USED: Final = ("api.css", "colours.css", "icon.svg", "portal.css", "tabler.css", "theme.js")
_TEMPLATES: Final = Path(__file__).parent / "pages" / "templates"
_MARKS: Final = re.compile(r"``(?P<double>[^`]+)``|`(?P<single>[^`]+)`|\*\*(?P<bold>[^*]+)\*\*")
_WORD: Final = re.compile(r"[^0-9A-Za-z]+")
_LIMITS: Final[Mapping[str, str]] = {
    "minLength": "≥ {} 字符 characters",
    "maxLength": "≤ {} 字符 characters",
    "minItems": "≥ {} 项 items",
    "maxItems": "≤ {} 项 items",
    "minimum": "≥ {}",
    "maximum": "≤ {}",
    "exclusiveMinimum": "> {}",
    "exclusiveMaximum": "< {}",
    "pattern": "{}",
}
# The bounds of every whole number tell nothing.
_UNSAID: Final = frozenset({2**31 - 1, -(2**31 - 1), 0})


@attrs.frozen(kw_only=True)
class FieldShown:
    """A row of a table: a field, or a parameter."""

    name: str
    kind: Markup
    required: bool
    words: Markup
    limits: tuple[str, ...]


@attrs.frozen(kw_only=True)
class CallShown:
    """One call.

    Attributes:
        who: the roles' names; empty for everybody.
        statuses: of this call; those of any call are said once.
    """

    anchor: str
    method: str
    path: str
    zh: str
    en: str
    paragraphs: tuple[Markup, ...]
    anybody: bool
    who: tuple[tuple[str, str], ...]
    scope: str
    parameters: tuple[FieldShown, ...]
    takes: tuple[tuple[str, Markup], ...]
    bytes_max: int
    success: str
    gives: tuple[tuple[str, Markup], ...]
    location: bool
    statuses: tuple[tuple[str, str, str], ...]
    problems: Mapping[str, str]


@attrs.frozen(kw_only=True)
class TypeShown:
    """One named type."""

    anchor: str
    name: str
    kind: Markup
    words: Markup
    examples: tuple[str, ...]
    limits: tuple[str, ...]
    fields: tuple[FieldShown, ...]


@attrs.frozen(kw_only=True)
class ApiPage:
    """The page as it is sent, and its ETag."""

    body: bytes = attrs.field(repr=False)
    etag: str


@lru_cache(maxsize=4)
def page_of(document: ApiDocument, assets: tuple[tuple[str, str], ...]) -> ApiPage:
    """Draw the page; `assets` are the names and paths of the files that it is drawn with."""
    values = document.values
    calls: dict[str, list[CallShown]] = {tag["name"]: [] for tag in values["tags"]}
    for path, methods in values["paths"].items():
        for method, call in methods.items():
            calls[call["tags"][0]].append(_call(method.upper(), path, call, values["components"]["responses"]))
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["asset"] = dict(assets).__getitem__
    html = environment.get_template("api.html").render(
        api=API,
        title=values["info"]["title"],
        introduction=tuple(marked(part) for part in values["info"]["description"].strip().split("\n\n")),
        tags=[(anchor_of("tag", tag), tag, shown) for tag, shown in calls.items()],
        types=tuple(_types(values["components"]["schemas"])),
        any_call=[(status, *MEANINGS[status]) for status in sorted(ANY_CALL)],
        codes=all_meanings(),
    )
    body = html.encode()
    return ApiPage(body=body, etag=hashlib.sha256(body).hexdigest()[:32])


def anchor_of(kind: str, name: str) -> str:
    """Give the name of a place in the page.

    >>> anchor_of("call", "GET /orders/{order_id}")
    'call-GET-orders-order-id'
    """
    return f"{kind}-{_WORD.sub('-', name).strip('-')}"


def marked(text: str) -> Markup:
    """Give a docstring's marks their form.

    >>> marked("Send `<b>` **now**")
    Markup('Send <code>&lt;b&gt;</code> <strong>now</strong>')
    """

    def form(found: re.Match[str]) -> str:
        if found["bold"] is not None:
            return f"<strong>{found['bold']}</strong>"
        return f"<code>{found['double'] or found['single']}</code>"

    return Markup(_MARKS.sub(form, str(escape(text))))  # noqa: S704 - escaped one line above.


def _call(method: str, path: str, call: Mapping[str, Any], responses: Mapping[str, Any]) -> CallShown:
    success = next(status for status in call["responses"] if int(status) < HTTPStatus.BAD_REQUEST)
    answer = call["responses"][success]
    statuses = [
        (status, *response["description"].partition(" / ")[::2])
        for status, response in _resolved(call["responses"], responses)
        if int(status) not in ANY_CALL and status != success
    ]
    # The last paragraph is about who may, which has a place of its own here.
    paragraphs = call["description"].split("\n\n")[:-1]
    roles = [role for role in PortalRole if role.value in call["x-roles"]]
    return CallShown(
        anchor=anchor_of("call", f"{method} {path}"),
        method=method,
        path=path,
        zh=call["x-summary-zh"],
        en=call["summary"],
        paragraphs=tuple(marked(each) for each in paragraphs),
        anybody=call["x-roles"] == ["anybody"],
        who=() if len(roles) == len(PortalRole) else tuple(ROLE_NAMES[role] for role in roles),
        scope=call["x-scope"],
        parameters=tuple(
            _field(
                each["name"], each["schema"] | {"description": each.get("description", "")}, required=each["required"]
            )
            for each in call["parameters"]
        ),
        takes=tuple(_contents(call.get("requestBody", {}))),
        bytes_max=call["x-body-bytes-max"],
        success=success,
        gives=tuple(_contents(answer)),
        location="Location" in answer.get("headers", {}),
        statuses=tuple(statuses),
        problems=call["x-problems"],
    )


def _resolved(answers: Mapping[str, Any], responses: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for status, answer in answers.items():
        reference = answer.get("$ref", "")
        yield status, responses[reference.rpartition("/")[2]] if reference else answer


def _contents(holder: Mapping[str, Any]) -> Iterator[tuple[str, Markup]]:
    for media, content in holder.get("content", {}).items():
        yield media, _kind(content["schema"])


def _types(schemas: Mapping[str, Schema]) -> Iterator[TypeShown]:
    for name, schema in schemas.items():
        required = schema.get("required", ())
        yield TypeShown(
            anchor=anchor_of("type", name),
            name=name,
            kind=_kind(schema),
            words=marked(schema.get("description", "")),
            examples=tuple(schema.get("examples", ())),
            limits=tuple(_limits(schema)),
            fields=tuple(
                _field(each, field, required=each in required) for each, field in schema.get("properties", {}).items()
            ),
        )


def _field(name: str, schema: Schema, *, required: bool) -> FieldShown:
    return FieldShown(
        name=name,
        kind=_kind(schema),
        required=required,
        words=marked(schema.get("description", "")),
        limits=tuple(_limits(schema)),
    )


def _kind(schema: Schema) -> Markup:  # noqa: PLR0911 - a line for each form of schema.
    """Say what kind of value a schema is, with a link to each named type."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return Markup('<a href="#{}">{}</a>').format(anchor_of("type", name), name)
    if "anyOf" in schema:
        return Markup(" | ").join(_kind(each) for each in schema["anyOf"])
    if "enum" in schema:
        return Markup(" | ").join(Markup("<code>{}</code>").format(each) for each in schema["enum"])
    kind = schema.get("type", "any")
    if isinstance(kind, list):
        return Markup(" | ").join(_kind(schema | {"type": each}) for each in kind)
    if kind == "array" and "items" in schema:
        return Markup("{} […]").format(_kind(schema["items"]))
    if kind == "array":
        return Markup("[{}]").format(Markup(", ").join(_kind(each) for each in schema["prefixItems"]))
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return Markup("{{text: {}}}").format(_kind(schema["additionalProperties"]))
    return escape(kind)


def _limits(schema: Schema) -> Iterator[str]:
    for key, words in _LIMITS.items():
        if key in schema and schema[key] not in _UNSAID:
            yield words.format(schema[key])
    if schema.get("default") is not None:
        yield f"= {schema['default']}"
