"""The API document (OpenAPI 3.1), made from the table of calls and the very classes that are parsed and given.

Nothing is described twice: who may, what is taken, what is given and which statuses there are all follow from the table,
so the document cannot say anything else than the portal does. Tests hold every answer that they receive against it.
"""

import hashlib
import json
from collections.abc import Iterable
from functools import lru_cache
from http import HTTPStatus
from typing import Any, Final

import attrs
from apispec import APISpec

from services.portal import csrf, docstrings
from services.portal.call_statuses import MEANINGS, problems_of, success_of
from services.portal.endpoints import FORM, OCTETS, Endpoint, Streamed
from services.portal.problem_schema import CODE, PROBLEM, VIOLATION
from services.portal.problems import CONTENT_TYPE
from services.portal.repetition import IDEMPOTENCY_KEY
from services.portal.roles import PortalRole
from services.portal.schemas import REFERENCE, Schemas
from services.portal.summaries import SUMMARIES
from services.portal.value_schemas import Schema
from services.portal.wire import Id

API: Final = "/api/v1"
VERSION: Final = "1.0.0"
OPENAPI: Final = "3.1.0"
ROLE_NAMES: Final = {
    PortalRole.EMPLOYER: ("单位管理员", "employer's administrator"),
    PortalRole.EMPLOYER_CLERK: ("单位经办人", "employer's clerk"),
    PortalRole.EMPLOYER_CHECKER: ("单位复核人", "employer's checker"),
    PortalRole.REVIEWER: ("住建局审核", "bureau reviewer"),
    PortalRole.FINANCE_MAKER: ("财务经办", "finance maker"),
    PortalRole.FINANCE_CHECKER: ("财务复核", "finance checker"),
    PortalRole.AUDITOR: ("审计", "auditor"),
    PortalRole.EMPLOYEE: ("职工", "employee"),
}
_JSON: Final = "application/json"

INTRODUCTION: Final = """\
住房补贴资金的接口：缴款、审核、通知书、对账、退款原因。 The fund's API: orders, approvals, notices, statements, reasons.

**People** log in by `POST /session` and send the session's cookie; what changes something also needs the header
`X-CSRF-Token` (from `GET /me`) and comes from this site's own pages. **Machines** send `Authorization: Bearer …` with a
token that a person made (`POST /tokens`), with the scopes that the calls name.

**Values.** Money is a text of yuan (`"23662.50"`), a month `"2020-04"`, an id a text of digits, a time ISO 8601 with its
zone. Fields that are not known are refused (400 `UNKNOWN_FIELD`).

**Creating** takes an `Idempotency-Key` (1 to 255 visible characters): the same request under the same key is done once and
answered alike, with `Idempotency-Replayed: true`; another request under it is refused.

**Changing** takes the `version` that was seen; if somebody was faster the answer is 409 `STALE_VERSION`.

**Lists** come in pages: `limit` (1 to 200, 50 without it; anything else is refused) and `cursor`, the `next` of the page
before.

**Errors** are problem documents (RFC 9457): a stable `code`, and `violations` in Chinese and English that say what to do;
`GET /problems/{code}` tells what a code means. What belongs to somebody else is answered like what does not exist.
"""


@attrs.frozen
class ApiDocument:
    """The document as values, as it is sent, and its ETag."""

    values: dict[str, Any] = attrs.field(repr=False, eq=False)
    body: bytes = attrs.field(repr=False)
    etag: str


@lru_cache(maxsize=4)
def document_of(calls: tuple[Endpoint, ...], cookie: str) -> ApiDocument:
    """Describe these calls; `cookie` is the name of the session's.

    Raises:
        UndescribableError: a call takes or gives what the document cannot describe.
    """
    values = _Writer(cookie).write(calls)
    body = json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()
    return ApiDocument(values, body, hashlib.sha256(body).hexdigest()[:32])


class _Writer:
    """One document being written."""

    def __init__(self, cookie: str) -> None:
        self._schemas = Schemas()
        self._schemas.components |= {"Problem": PROBLEM, "Violation": VIOLATION, "Code": CODE}
        self._spec = APISpec(
            title="住房补贴资金 housing-subsidy fund",
            version=VERSION,
            openapi_version=OPENAPI,
            info={"description": INTRODUCTION, "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}},
            servers=[{"url": API}],
        )
        components = self._spec.components
        components.security_scheme(
            "cookie", {"type": "apiKey", "in": "cookie", "name": cookie, "description": "会话 session."}
        )
        components.security_scheme(
            "csrf",
            {"type": "apiKey", "in": "header", "name": csrf.HEADER, "description": "From GET /me; with the cookie."},
        )
        components.security_scheme(
            "bearer", {"type": "http", "scheme": "bearer", "description": "令牌 token, made by POST /tokens."}
        )
        for status, (zh, en) in MEANINGS.items():
            if status >= HTTPStatus.BAD_REQUEST:
                content = {CONTENT_TYPE: {"schema": {"$ref": f"{REFERENCE}Problem"}}}
                components.response(f"Problem{status}", {"description": f"{zh} / {en}", "content": content})

    def write(self, calls: Iterable[Endpoint]) -> dict[str, Any]:
        """Write the whole document."""
        tags: dict[str, None] = {}
        for call in calls:
            tags.setdefault(call.tag)
            self._spec.path(call.path, operations={call.method.lower(): self._operation(call)})
        for tag in tags:
            self._spec.tag({"name": tag})
        for name, schema in sorted(self._schemas.components.items()):
            self._spec.components.schema(name, schema)
        document: dict[str, Any] = self._spec.to_dict()
        return document

    def _operation(self, call: Endpoint) -> dict[str, Any]:
        summary, _, rest = docstrings.prose(call.handler).partition("\n")
        errors = docstrings.raises(call.handler)
        operation: dict[str, Any] = {
            "operationId": call.name,
            "tags": [call.tag],
            "summary": summary,
            "x-summary-zh": SUMMARIES.get(call.name, ""),
            "description": "\n\n".join(part for part in (rest.strip(), _who(call)) if part),
            "x-problems": errors,
            "x-roles": ["anybody"] if call.who is None else sorted(role.value for role in call.who),
            "x-scope": call.scope,
            "x-body-bytes-max": call.body_bytes_max if call.body is not None else 0,
            "x-seconds-max": call.seconds_max,
            "parameters": self._parameters(call),
            "responses": self._responses(call),
            "security": _security(call),
        }
        if call.body is not None:
            operation["requestBody"] = {"required": True, "content": self._content(call)}
        return operation

    def _content(self, call: Endpoint) -> dict[str, Any]:
        if call.body is Streamed:
            octets = {
                "type": "string",
                "format": "binary",
                "description": f"The file, at most {call.body_bytes_max} bytes.",
            }
            form = {FORM: {"schema": _form_of(octets)}} if call.takes_form else {}
            return {OCTETS: {"schema": octets}, **form}
        return {_JSON: {"schema": self._schemas.taken(call.body)}}

    def _parameters(self, call: Endpoint) -> list[dict[str, Any]]:
        parameters = [self._path_parameter(name, kind) for name, kind in call.path_types.items()]
        if call.query is not None:
            for name, (schema, required) in self._schemas.fields(call.query).items():
                described = dict(schema)
                words = described.pop("description", "")
                parameters.append(
                    {
                        "name": name,
                        "in": "query",
                        "required": required,
                        "description": words,
                        "schema": _as_text(described),
                    }
                )
        if call.creates:
            parameters.append(
                {
                    "name": IDEMPOTENCY_KEY,
                    "in": "header",
                    "required": False,
                    "description": "Under the same key the same request is done once.",
                    "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"},
                }
            )
        return parameters

    def _path_parameter(self, name: str, kind: type) -> dict[str, Any]:
        schema = (
            self._schemas.taken(Id) if issubclass(kind, int) else {"type": "string", "pattern": "^[0-9A-Za-z_-]{1,40}$"}
        )
        return {"name": name, "in": "path", "required": True, "schema": schema}

    def _responses(self, call: Endpoint) -> dict[str, Any]:
        success = success_of(call)
        answer: dict[str, Any] = {"description": _answer_words(call)}
        if call.location:
            answer["headers"] = {
                "Location": {"required": True, "schema": {"type": "string"}, "description": "Its address."}
            }
        if call.writes_itself:
            schema = {"type": "object"} if call.media == _JSON else {"type": "string"}
            answer["content"] = {call.media: {"schema": schema}}
        elif call.gives is not None:
            answer["content"] = {_JSON: {"schema": self._schemas.given(call.gives)}}
        if call.creates:
            replayed = {"schema": {"const": "true"}, "description": "It had been done before, under the same key."}
            answer.setdefault("headers", {})["Idempotency-Replayed"] = {"required": False} | replayed
        responses: dict[str, Any] = {str(success): answer}
        for status in call.also:
            if status < HTTPStatus.BAD_REQUEST:
                responses[str(int(status))] = (
                    answer if status in {200, 201, 202} else {"description": MEANINGS[status][1]}
                )
        for status in problems_of(call):
            responses[str(status)] = f"Problem{status}"
        return responses


def _as_text(schema: Schema) -> Schema:
    """Describe a field as a query parameter: it is a text, and without a value it is not there at all."""
    plain = dict(schema)
    if plain.get("default", ...) is None:
        del plain["default"]
    if isinstance(plain.get("type"), list):
        (plain["type"],) = (kind for kind in plain["type"] if kind != "null")
    if "anyOf" in plain:
        branches = [each for each in plain.pop("anyOf") if each != {"type": "null"}]
        plain = branches[0] | plain if len(branches) == 1 else {"anyOf": branches} | plain
    if plain.get("type") == "integer":
        plain["minimum"] = max(0, plain.get("minimum", 0))
    return plain


def _form_of(octets: Schema) -> Schema:
    return {
        "type": "object",
        "description": "A form with one file; its other fields are those of the query.",
        "properties": {"file": octets, "source": {"type": "string"}, "filename": {"type": "string"}},
        "required": ["file"],
        "additionalProperties": False,
    }


def _who(call: Endpoint) -> str:
    if call.who is None:
        return "谁可以: 任何人。 Who: anybody."
    if call.who == frozenset(PortalRole):
        zh, en = "所有登录的人", "everybody who is logged in"
    else:
        names = [ROLE_NAMES[role] for role in PortalRole if role in call.who]
        zh, en = "、".join(name for name, _ in names), ", ".join(name for _, name in names)
    token = f"令牌权限 scope: `{call.scope}`." if call.scope else "不接受令牌。 Not by token."
    return f"谁可以: {zh}。 Who: {en}. {token}"


def _security(call: Endpoint) -> list[dict[str, list[str]]]:
    if call.who is None:
        return []
    by_cookie: dict[str, list[str]] = {"cookie": []}
    if call.method != "GET":
        by_cookie["csrf"] = []
    return [by_cookie, {"bearer": [call.scope]}] if call.scope else [by_cookie]


def _answer_words(call: Endpoint) -> str:
    if call.seconds_max is None:
        return "一直发送，直到断开 / A stream without an end."
    words = {201: "已创建 / Created.", 202: "已接受，稍后决定 / Taken, decided later.", 204: "已完成 / Done."}
    return words.get(success_of(call), "成功 / Success.")
