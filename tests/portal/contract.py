"""The API document as a contract: every answer that a test receives is held against it.

An answer whose status is not documented, or whose body is not what the document says, fails the test that received it.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Final, Self

import attrs
from jsonschema import Draft202012Validator, FormatChecker

from services.portal.app import endpoints
from services.portal.endpoints import Endpoint
from services.portal.openapi import document_of
from services.portal.problem_codes import meaning_of

_COOKIE: Final = "subsidy"
_NAME: Final = re.compile(r"\{(\w+)\}")
# They are answered before it is known which call is meant.
_OF_NO_CALL: Final = {"PATH_UNKNOWN", "METHOD_NOT_ALLOWED"}


@attrs.frozen
class DocumentedCall:
    """One operation of the document."""

    method: str
    path: re.Pattern[str]
    answers: Mapping[str, Any]


@attrs.frozen(eq=False)
class Contract:
    """What the document of some calls promises."""

    document: dict[str, Any] = attrs.field(repr=False)
    calls: tuple[DocumentedCall, ...] = attrs.field(repr=False)
    _validators: dict[str, Draft202012Validator] = attrs.field(factory=dict, init=False, repr=False)

    @classmethod
    def of(cls, calls: Iterable[Endpoint]) -> Self:
        """Take the document of these calls; a path without names comes before one with."""
        document = document_of(tuple(calls), _COOKIE).values
        found = [
            (
                len(_NAME.findall(path)),
                DocumentedCall(method.upper(), re.compile(_NAME.sub("[^/]+", path)), call["responses"]),
            )
            for path, methods in document["paths"].items()
            for method, call in methods.items()
        ]
        return cls(document, tuple(call for _, call in sorted(found, key=lambda each: each[0])))

    def hold(self, method: str, path: str, status: int, headers: Mapping[str, str], body: Any) -> None:
        """Fail unless the document has this answer; `path` is below /api/v1, with or without a query."""
        content_type = headers.get("Content-Type", "").partition(";")[0]
        if status >= 400:
            assert "application/problem+json" == content_type, (status, content_type)
            self._fits("Problem", body)
            assert body["status"] == status, body
            unknown = [each["code"] for each in body["violations"] if meaning_of(each["code"]) is None]
            assert [] == unknown, "every code is explained at /problems/{code}"
            if body["code"] in _OF_NO_CALL:
                return
        call = self._find(method, path.partition("?")[0])
        assert call is not None, f"{method} {path} is not in the document"
        assert str(status) in call.answers, (
            f"{method} {path} answers {status}, which the document does not have: {body}"
        )
        if status < 400:
            self._fits_success(call.answers[str(status)], headers, content_type, body)

    def _find(self, method: str, path: str) -> DocumentedCall | None:
        return next((call for call in self.calls if call.method == method and call.path.fullmatch(path)), None)

    def _fits_success(
        self, answer: Mapping[str, Any], headers: Mapping[str, str], content_type: str, body: Any
    ) -> None:
        required = [name for name, header in answer.get("headers", {}).items() if header["required"]]
        assert [] == [name for name in required if name not in headers]
        content = answer.get("content")
        if content is None:
            assert body in (b"", None), "the document has no body for this status"
            return
        assert content_type in content, f"{content_type} is not in the document"
        schema = content[content_type]["schema"]
        if content_type == "application/json" and "$ref" in schema:
            self._fits(schema["$ref"].rpartition("/")[2], body)

    def _fits(self, name: str, body: Any) -> None:
        validator = self._validators.get(name)
        if validator is None:
            schema = {"$ref": f"#/components/schemas/{name}", "components": self.document["components"]}
            validator = Draft202012Validator(schema, format_checker=FormatChecker(("date", "date-time")))
            self._validators[name] = validator
        error = next(validator.iter_errors(body), None)
        assert error is None, f"{name}{error.json_path[1:]}: {error.message}"


@cache
def real() -> Contract:
    """What the portal promises."""
    return Contract.of(endpoints())
