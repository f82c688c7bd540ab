"""The API document as a contract: every answer that a test receives is held against it.

An answer whose status is not documented, or whose body is not what the document says, fails the test that received it.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

import attrs
from jsonschema import Draft202012Validator, FormatChecker

from services.portal.app import endpoints
from services.portal.openapi import document_of
from services.portal.problem_codes import meaning_of

COOKIE: Final = "subsidy"
_NAME: Final = re.compile(r"\{(\w+)\}")
# They are answered before it is known which call is meant.
_OF_NO_CALL: Final = {"PATH_UNKNOWN", "METHOD_NOT_ALLOWED"}


@cache
def document() -> dict[str, Any]:
    """The document of all calls."""
    return document_of(tuple(endpoints()), COOKIE).values


def refuse_undocumented(method: str, path: str, status: int, headers: Mapping[str, str], body: Any) -> None:
    """Fail unless the document has this answer; `path` is below /api/v1, with or without a query."""
    content_type = headers.get("Content-Type", "").partition(";")[0]
    if status >= 400:
        assert "application/problem+json" == content_type, (status, content_type)
        _refuse_other_than("Problem", body)
        assert body["status"] == status, body
        unknown = [each["code"] for each in body["violations"] if meaning_of(each["code"]) is None]
        assert [] == unknown, "every code is explained at /problems/{code}"
        if body["code"] in _OF_NO_CALL:
            return
    call = find(method, path.partition("?")[0])
    assert call is not None, f"{method} {path} is not in the document"
    assert str(status) in call.answers, f"{method} {path} answers {status}, which the document does not have: {body}"
    answer = call.answers[str(status)]
    if status >= 400:
        return
    missing = [name for name, header in answer.get("headers", {}).items() if header["required"] and name not in headers]
    assert [] == missing
    content = answer.get("content", {})
    if not content:
        assert body in (b"", None), f"{method} {path}: {status} has no body"
        return
    assert content_type in content, f"{method} {path} is {content_type}"
    schema = content[content_type]["schema"]
    if content_type == "application/json" and "$ref" in schema:
        _refuse_other_than(schema["$ref"].rpartition("/")[2], body)


@attrs.frozen
class DocumentedCall:
    """One operation of the document."""

    method: str
    path: re.Pattern[str]
    answers: Mapping[str, Any]


def find(method: str, path: str) -> DocumentedCall | None:
    """Find the call that a request is for; a path without names comes before one with."""
    return next((call for call in _calls() if call.method == method and call.path.fullmatch(path)), None)


@cache
def _calls() -> tuple[DocumentedCall, ...]:
    found = [
        (
            len(_NAME.findall(path)),
            DocumentedCall(method.upper(), re.compile(_NAME.sub("[^/]+", path)), call["responses"]),
        )
        for path, calls in document()["paths"].items()
        for method, call in calls.items()
    ]
    return tuple(call for _, call in sorted(found, key=lambda each: each[0]))


def _refuse_other_than(name: str, body: Any) -> None:
    error = next(_validator(name).iter_errors(body), None)
    assert error is None, f"{name}{error.json_path[1:]}: {error.message}"


@cache
def _validator(name: str) -> Draft202012Validator:
    schema = {"$ref": f"#/components/schemas/{name}", "components": document()["components"]}
    return Draft202012Validator(schema, format_checker=FormatChecker(("date", "date-time")))
