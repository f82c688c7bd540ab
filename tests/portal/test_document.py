"""The API document: valid, complete, and true of what the server answers."""

import json
import re
from http import HTTPStatus
from typing import Any

import attrs
import pytest
from aiohttp import web
from bs4 import BeautifulSoup
from openapi_spec_validator import validate

from libsubsidy import Month
from services.portal.api_page import anchor_of
from services.portal.app import endpoints
from services.portal.calls import Call
from services.portal.cursors import Page, PageQuery
from services.portal.endpoints import Answer, Endpoint, Endpoints, Streamed
from services.portal.openapi import document_of
from services.portal.problem_codes import all_meanings
from services.portal.problems import Problem
from services.portal.roles import EMPLOYERS, EVERYBODY, PortalRole
from services.portal.summaries import SUMMARIES
from services.portal.wire import Id
from tests.portal.conftest import VisitorOf
from tests.portal.contract import real

CALLS = tuple(endpoints())


@attrs.frozen(kw_only=True)
class NewThing:
    """A thing to make."""

    name: str
    month: Month | None = None


@attrs.frozen(kw_only=True)
class Thing:
    """A thing."""

    id: Id
    name: str


@attrs.frozen(kw_only=True)
class ThingsQuery(PageQuery):
    """Which things."""

    month: Month | None = None


things = Endpoints(tag="东西 things")


@things.post("/things", who=EMPLOYERS, scope="things:write", status=201, location="/things/{id}", creates=True)
async def make(call: Call, body: NewThing) -> Thing:
    """Make a thing.

    Of any size.

    Raises:
        THING_THERE: it is there already.
    """
    raise NotImplementedError


@things.get("/things", who=EMPLOYERS, scope="things:read")
async def listed(call: Call, query: ThingsQuery) -> Page[Thing]:
    """List things."""
    raise NotImplementedError


@things.get("/things/{thing_id}/{colour}", who=EVERYBODY)
async def read(call: Call, thing_id: int, colour: str) -> Answer[Thing]:
    """Read a thing."""
    raise NotImplementedError


@things.delete("/things/{thing_id}", who=EMPLOYERS)
async def drop(call: Call, thing_id: int) -> None:
    """Drop a thing."""
    raise NotImplementedError


@things.post("/things/file", who=None, body_bytes_max=1000, also=(429,))
async def take(call: Call, body: Streamed) -> Thing:
    """Take a file."""
    raise NotImplementedError


@things.post("/things/form", who=None, creates=True, takes_form=True)
async def take_form(call: Call, body: Streamed) -> Thing:
    """Take a file, also of a form."""
    raise NotImplementedError


@things.get("/things/news", who=None, seconds_max=None, media="text/event-stream")
async def follow(call: Call) -> web.StreamResponse:
    """Follow what happens."""
    raise NotImplementedError


def described(method: str, path: str) -> dict[str, Any]:
    """What the document of made-up calls says of one."""
    operation: dict[str, Any] = document_of(tuple(things), "subsidy").values["paths"][path][method]
    return operation


def test_a_call_is_described_by_its_declaration() -> None:
    """Words, roles, scope, key, body, location and statuses all come from where the call is declared."""
    call = described("post", "/things")
    assert ("Make a thing.", {"THING_THERE": "It is there already."}) == (call["summary"], call["x-problems"])
    assert call["description"].startswith("Of any size.")
    assert (["employer", "employer_checker", "employer_clerk"], "things:write") == (call["x-roles"], call["x-scope"])
    assert [{"cookie": [], "csrf": []}, {"bearer": ["things:write"]}] == call["security"]
    assert ["Idempotency-Key"] == [parameter["name"] for parameter in call["parameters"]]
    assert {"$ref": "#/components/schemas/NewThing"} == call["requestBody"]["content"]["application/json"]["schema"]
    assert call["responses"]["201"]["headers"]["Location"]["required"]
    statuses = "201 400 401 403 404 408 409 413 415 422 429 431 500 503"
    assert statuses.split() == sorted(call["responses"])


def test_parameters_are_what_a_path_and_a_query_take() -> None:
    """Ids have their form, a query's fields may be left out and are never null."""
    path = described("get", "/things/{thing_id}/{colour}")["parameters"]
    assert [("thing_id", "path", True), ("colour", "path", True)] == [(p["name"], p["in"], p["required"]) for p in path]
    assert {"$ref": "#/components/schemas/Id"} == path[0]["schema"]
    query = {p["name"]: p["schema"] for p in described("get", "/things")["parameters"]}
    assert {"$ref": "#/components/schemas/Month"} == query["month"]
    assert ("string", {"$ref": "#/components/schemas/Limit", "default": 50}) == (
        query["cursor"]["type"],
        query["limit"],
    )


def test_every_limit_is_described_as_it_is_taken() -> None:
    """What the schema allows is what the words say, and what is not refused: 1 to 200."""
    document = real().document
    limit = document["components"]["schemas"]["Limit"]
    assert (1, 200, "integer") == (limit["minimum"], limit["maximum"], limit["type"])
    other = [
        path
        for path, methods in document["paths"].items()
        for call in methods.values()
        for parameter in call["parameters"]
        if parameter["name"] == "limit" and parameter["schema"].get("$ref") != "#/components/schemas/Limit"
    ]
    assert [] == other


def test_reading_by_cookie_needs_no_csrf_token_and_no_scope_means_no_token() -> None:
    """What changes nothing cannot be forged to change something."""
    assert [{"cookie": []}, {"bearer": ["things:read"]}] == described("get", "/things")["security"]
    assert [{"cookie": []}] == described("get", "/things/{thing_id}/{colour}")["security"]
    assert [] == described("post", "/things/file")["security"]


def test_files_streams_and_empty_answers_have_their_own_forms() -> None:
    """A file is bytes, or a form where the call takes one; a stream is no JSON; what gives nothing is answered by 204."""
    file, form = described("post", "/things/file"), described("post", "/things/form")
    assert {"application/octet-stream"} == file["requestBody"]["content"].keys()
    assert {"application/octet-stream", "multipart/form-data"} == form["requestBody"]["content"].keys()
    assert ([], ["Idempotency-Key"]) == tuple([each["name"] for each in call["parameters"]] for call in (file, form))
    assert "429" in file["responses"]
    assert {"text/event-stream"} == described("get", "/things/news")["responses"]["200"]["content"].keys()
    dropped = described("delete", "/things/{thing_id}")["responses"]
    assert ("204", False) == (min(dropped), "content" in dropped["204"])


def test_the_document_is_valid() -> None:
    """Another implementation of OpenAPI 3.1 agrees, for the real calls and for made-up ones."""
    validate(real().document)
    validate(document_of(tuple(things), "subsidy").values)


@pytest.mark.parametrize("call", CALLS, ids=lambda call: f"{call.method} {call.path}")
def test_every_call_says_what_it_does_in_both_languages(call: Endpoint) -> None:
    """English is the docstring's first line; for Chinese, add the call to services/portal/summaries.py."""
    assert re.search(r"[.]$", call.doc.partition("\n")[0])
    assert re.search("[\u4e00-\u9fff].*。$", SUMMARIES.get(call.name, ""))


def test_no_summary_is_left_behind() -> None:
    """A call that is gone takes its words along."""
    assert set() == SUMMARIES.keys() - {call.name for call in CALLS}


def test_every_call_has_a_name_and_a_place_of_its_own() -> None:
    """Generated clients name their functions by them."""
    assert len(CALLS) == len({call.name for call in CALLS}) == len({(call.method, call.path) for call in CALLS})
    operations = [call for calls in real().document["paths"].values() for call in calls.values()]
    assert len(CALLS) == len(operations)


def test_every_field_that_is_given_has_a_schema_that_says_something() -> None:
    """Nothing is described as "anything"."""
    vague = [
        f"{name}.{field}"
        for name, schema in real().document["components"]["schemas"].items()
        for field, described_field in schema.get("properties", {}).items()
        if not described_field.keys() & {"type", "$ref", "anyOf", "enum"}
    ]
    assert [] == vague


async def test_the_document_is_served_once_and_then_known(visitor: VisitorOf) -> None:
    """Whoever has it already is told that it is still the same."""
    anybody = await visitor(PortalRole.EMPLOYER)
    first = await anybody.ask("GET", "/openapi.json")
    assert (200, real().document["paths"].keys()) == (first.status, first.body["paths"].keys())
    again = await anybody.ask("GET", "/openapi.json", headers={"If-None-Match": first.headers["ETag"]})
    assert (304, b"") == (again.status, again.body)


async def test_the_type_of_a_problem_is_an_address(visitor: VisitorOf) -> None:
    """It says what the code means, in both languages, to everybody."""
    anybody = await visitor(PortalRole.EMPLOYEE)
    absent = await anybody.ask("GET", "/tokens/4711")
    assert absent.body["type"].startswith("/api/v1/")
    meaning = await anybody.get(absent.body["type"].removeprefix("/api/v1"))
    assert (absent.body["code"], {"id", "what_zh", "what_en"}) == (
        meaning["code"],
        set(meaning["sentences"][0]["facts"]),
    )
    assert {"zh", "en", "facts"} == meaning["sentences"][0].keys()


async def test_a_code_that_nothing_uses_is_absent(visitor: VisitorOf) -> None:
    """And that is a problem with an explained code itself."""
    anybody = await visitor(PortalRole.EMPLOYEE)
    absent = await anybody.ask("GET", "/problems/NO_SUCH_CODE")
    assert (404, ["CODE_UNKNOWN"]) == (absent.status, absent.codes)


async def test_all_codes_are_listed(visitor: VisitorOf) -> None:
    """Each once, in order."""
    anybody = await visitor(PortalRole.EMPLOYEE)
    codes = [each["code"] for each in (await anybody.get("/problems"))["items"]]
    assert [meaning.code for meaning in all_meanings()] == codes == sorted(set(codes))


@pytest.mark.parametrize(
    ("method", "path", "status", "headers", "body"),
    [
        ("GET", "/me", 418, {"Content-Type": "application/json"}, {}),
        ("GET", "/me", 200, {"Content-Type": "text/html"}, b""),
        ("GET", "/me", 200, {"Content-Type": "application/json"}, {"user_id": "1"}),
        ("GET", "/nowhere", 200, {"Content-Type": "application/json"}, {}),
        ("POST", "/tokens", 201, {"Content-Type": "application/json"}, {}),
        ("DELETE", "/session", 204, {}, b"something"),
        ("GET", "/me", 401, {"Content-Type": "application/json"}, {}),
        ("GET", "/me", 401, {"Content-Type": "application/problem+json"}, {"status": 401}),
    ],
)
def test_an_answer_that_the_document_does_not_have_fails_its_test(
    method: str, path: str, status: int, headers: dict[str, str], body: Any
) -> None:
    """Statuses, types of content, headers and bodies are all compared."""
    with pytest.raises(AssertionError):
        real().hold(method, path, status, headers, body)


def test_a_problem_with_a_code_that_nobody_explains_fails_its_test() -> None:
    """Every code has its page."""
    problem = json.loads(bytes(Problem.of(HTTPStatus.NOT_FOUND, "CODE_UNKNOWN", code="x").response().body))  # type: ignore[arg-type]
    headers = {"Content-Type": "application/problem+json"}
    real().hold("GET", "/problems/x", 404, headers, problem)
    problem["violations"][0]["code"] = "NOT_EXPLAINED"
    with pytest.raises(AssertionError):
        real().hold("GET", "/problems/x", 404, headers, problem)


async def test_the_page_shows_every_call_type_and_code_and_links_to_nothing_that_is_not_there(
    visitor: VisitorOf,
) -> None:
    """Drawn from the same document; no script is needed, and nothing is inline."""
    anybody = await visitor(PortalRole.EMPLOYEE)
    given = await anybody.ask("GET", "/docs")
    page = BeautifulSoup(given.body, "html.parser")
    there = {tag["id"] for tag in page.find_all(id=True)}
    assert {anchor_of("call", f"{call.method} {call.path}") for call in CALLS} <= there
    assert {f"code-{meaning.code}" for meaning in all_meanings()} <= there
    linked = {str(tag["href"])[1:] for tag in page.find_all("a", href=re.compile("^#"))}
    assert set() == linked - there
    assert len(there) == len(page.find_all(id=True))
    assert not page.find_all(style=True) + page.find_all("style") + page.find_all("script", src=False)


async def test_the_page_is_known_by_its_etag(visitor: VisitorOf) -> None:
    """As the document is."""
    anybody = await visitor(PortalRole.EMPLOYEE)
    etag = (await anybody.ask("GET", "/docs")).headers["ETag"]
    assert 304 == (await anybody.ask("GET", "/docs", headers={"If-None-Match": etag})).status
