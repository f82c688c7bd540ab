"""The API is asked whatever its document allows, and what it does not, as every role and as nobody.

No answer is a defect of the portal (500), and every one is an answer that the document has. The requests are the same on
every run; `make test ARGS="tests/portal/test_schemathesis.py --hypothesis-profile=thorough"` makes many others.
"""

import asyncio
import copy
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, cast

import attrs
import hypothesis
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation, BaseSchema
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from libsubsidy import Money
from services.portal.cursors import write_cursor
from services.portal.endpoints import OCTETS
from services.portal.openapi import API
from services.portal.roles import PortalRole
from services.portal.settings import PortalSettings
from services.store.database import Connection
from tests.portal.conftest import Town, VisitorOf
from tests.portal.contract import real
from tests.store.fund import AMOUNT, START, approve, backfill, draft, line, past, pay, submitted
from tests.store.unsettled import flag

# Of the profile "same"; a profile with more examples asks so many times more.
_EXAMPLES_SAME: Final = 100
_ALLOWED_EXAMPLES: Final = 5
_CHECKS: Final = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
# A stream has no end to wait for (test_live.py); the session is needed until all is done.
_NOT_ASKED: Final = {"live.follow"}
_ASKED_LAST: Final = {"logins.log_out"}
_REFERENCE: Final = '"#/components/schemas/'
# Half of the values are such as the fund of these tests has.
_LIKELY: Final[Mapping[str, Any]] = {
    "Id": {"type": "string", "pattern": "^[1-9]$"},
    "Month": {"enum": ["2020-01", "2020-02"]},
    "Money": {"enum": ["500.00"]},
    "Memo": {"type": "string", "pattern": "^75256x[0-9A-Z]{4}o$"},
}


_LIKELY_PARAMETERS: Final[Mapping[str, Any]] = {
    "application_id": {"type": "string", "pattern": "^order-[1-6]$"},
    "code": {"enum": ["ABSENT", "STALE_VERSION"]},
    "cursor": {"enum": [write_cursor((3,)), write_cursor(("yuangong 000003", 3)), write_cursor((3, "2020-01-01"))]},
}


@attrs.frozen
class Asker:
    """Somebody who asks: the headers that prove it, and what they may."""

    headers: Mapping[str, str]
    role: str
    scopes: frozenset[str] | None

    def may(self, call: Mapping[str, Any]) -> bool:
        """Say whether a call is allowed; what is not is asked once."""
        if call["x-roles"] == ["anybody"]:
            return True
        return self.role in call["x-roles"] and (self.scopes is None or call["x-scope"] in self.scopes)


@pytest.fixture
def settings(settings: PortalSettings) -> PortalSettings:
    """Messages go to the development box: where nothing can be sent, who asks for a code is told 503, rightly."""
    return attrs.evolve(settings, sms_box=True)


@pytest.fixture
async def fund_at_work(db: Connection, town: Town) -> None:
    """Orders in every state, notices, money that settled and money that did not, all with small ids."""
    one, two, three, four, five = town.people
    await draft(db, town.employer, line(one, START))
    await submitted(db, town.employer, line(two, START))
    await submitted(db, town.employer, line(three, START))
    notice = await approve(db, await submitted(db, town.employer, line(four, START)))
    await pay(db, await approve(db, await submitted(db, town.employer, line(five, START)), seed=2))
    await draft(db, town.other, line(town.strangers[0], START))
    await ask_for_money(db, town, five)
    # Its papers are rows alone, which nobody finds: their bytes would lie nowhere.
    await db.execute("ALTER TABLE attachment ALTER COLUMN id RESTART WITH 70000000")
    await backfill(db, town.employer, past(1, START - 1), past(2, START - 1))
    await flag(db, AMOUNT, f" {notice.memo}")
    await flag(db, Money(fen=40_000), f"{notice.memo}")
    await flag(db, Money(fen=5), "没有支付码")


async def ask_for_money(db: Connection, town: Town, person_id: int) -> None:
    """Let one withdrawal wait for the reviewer, and one for finance; without papers, whose bytes would lie nowhere."""
    await db.execute(
        """
        WITH asked AS (
            INSERT INTO application (employer_id, kind, contents, line_count, person_count, total_fen, state, decided_at)
            SELECT $1, 'withdrawal', '{}', 1, 1, 100, state, CASE state WHEN 'approved' THEN now() END
            FROM (VALUES ('submitted'), ('approved')) s (state)
            RETURNING id, state)
        INSERT INTO withdrawal (id, employer_id, person_id, state, reason, reason_zh, to_heir, amount_fen, payee_name,
            payee_bank, payee_account, approved_by, approved_at)
        SELECT id, $1, $2, state, '01', '购买住房', false, 100, '员工5', '银行', '622200000000123', 'user/777', now() FROM asked
        """,
        town.employer.id,
        person_id,
    )


@pytest.mark.timeout(600)
@pytest.mark.parametrize("role", PortalRole, ids=lambda role: role.value)
async def test_whatever_a_person_asks_is_answered_as_documented(
    role: PortalRole, fund_at_work: None, server: str, visitor: VisitorOf
) -> None:
    """By session: whatever the role may is asked several times, the rest once."""
    person = await visitor(role)
    await asyncio.to_thread(ask_everything, server, Asker(person.headers, role.value, None))


@pytest.mark.timeout(600)
@pytest.mark.parametrize("role", PortalRole, ids=lambda role: role.value)
async def test_whatever_a_machine_asks_is_answered_as_documented(
    role: PortalRole, fund_at_work: None, server: str, visitor: VisitorOf
) -> None:
    """By token, with all the scopes that the role can give."""
    person = await visitor(role)
    scopes = scopes_of(role)
    made = await person.post("/tokens", {"name": "schemathesis", "scopes": sorted(scopes), "days": 1})
    machine = Asker({"Authorization": f"Bearer {made['secret']}"}, role.value, scopes)
    await asyncio.to_thread(ask_everything, server, machine)


@pytest.mark.timeout(600)
async def test_whatever_nobody_asks_is_answered_as_documented(fund_at_work: None, server: str) -> None:
    """Without any proof of who asks."""
    await asyncio.to_thread(ask_everything, server, Asker({}, "", frozenset()))


def without_status(document: dict[str, Any]) -> None:
    """Let the document forget that there is somebody who asks."""
    del document["paths"]["/me"]["get"]["responses"]["200"]


def with_another_type(document: dict[str, Any]) -> None:
    """Let the document say something else of a field than what is given."""
    document["components"]["schemas"]["Me"]["properties"]["name"] = {"type": "integer"}


@pytest.mark.parametrize("broken", [without_status, with_another_type])
async def test_a_document_that_is_not_true_is_found_out(
    broken: Callable[[dict[str, Any]], None], server: str, visitor: VisitorOf
) -> None:
    """These tests can fail: at a status and at a value that the document does not have."""
    person = await visitor(PortalRole.EMPLOYER)
    document = copy.deepcopy(real().document)
    document["paths"] = {path: document["paths"][path] for path in ("/me", "/tokens")}
    del document["paths"]["/tokens"]["post"]
    broken(document)
    with pytest.raises(FailureGroup):
        await asyncio.to_thread(
            ask_everything, server, Asker(person.headers, PortalRole.EMPLOYER.value, None), document
        )


def scopes_of(role: PortalRole) -> frozenset[str]:
    """The scopes of a role's calls, as the document tells them."""
    return frozenset(call["x-scope"] for call in calls() if role.value in call["x-roles"] and call["x-scope"])


def calls() -> Iterator[dict[str, Any]]:
    """Every operation of the document."""
    for methods in real().document["paths"].values():
        yield from methods.values()


def ask_everything(origin: str, asker: Asker, document: Mapping[str, Any] | None = None) -> None:
    """Ask every call of the portal's document, or another; raises with the request that was answered wrongly."""
    operations = [
        cast("Ok[APIOperation[Any, Any, Any, Any]]", each).ok()
        for each in likely(document or real().document).get_all_operations()
    ]
    operations.sort(key=lambda operation: name_of(operation) in _ASKED_LAST)
    with requests.Session() as session:
        session.trust_env = False

        def send(case: Case[Any]) -> None:
            headers = {**asker.headers, **dict(case.headers or {})}
            case.call_and_validate(
                base_url=origin + API,
                session=session,
                headers=headers,
                checks=_CHECKS,
                timeout=20,
                allow_redirects=False,
            )

        for operation in operations:
            if name_of(operation) in _NOT_ASKED:
                continue
            allowed = asker.may(operation.definition.raw)
            ask(operation, GenerationMode.POSITIVE, _ALLOWED_EXAMPLES if allowed else 1, send)
            if allowed and can_be_wrong(operation):
                ask(operation, GenerationMode.NEGATIVE, _ALLOWED_EXAMPLES // 2, send)


def ask(
    operation: APIOperation[Any, Any, Any, Any],
    mode: GenerationMode,
    examples: int,
    send: Callable[[Case[Any]], object],
) -> None:
    """Ask one call some times."""

    @hypothesis.settings(
        max_examples=examples * hypothesis.settings().max_examples // _EXAMPLES_SAME,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def asked(case: Case[Any]) -> None:
        send(case)

    asked()


def name_of(operation: APIOperation[Any, Any, Any, Any]) -> str:
    """Give the call's name."""
    name: str = operation.definition.raw["operationId"]
    return name


def can_be_wrong(operation: APIOperation[Any, Any, Any, Any]) -> bool:
    """Say whether there is anything in a request that can be wrong; a file alone is bytes, whatever they are."""
    call = operation.definition.raw
    return bool(call["parameters"] or set(call.get("requestBody", {}).get("content", ())) - {OCTETS})


def likely(told: Mapping[str, Any]) -> BaseSchema:
    """A document whose requests name things that are there more often than chance would."""
    document = copy.deepcopy(dict(told))
    schemas = document["components"]["schemas"]
    asked = {f"Asked.{name}": of_requests(schema) for name, schema in schemas.items()}
    for name, values in _LIKELY.items():
        asked[f"Asked.{name}"] = {"anyOf": [values, schemas[name]]}
    for schema in asked.values():
        if "version" in schema.get("properties", {}):
            schema["properties"]["version"] = {"anyOf": [{"enum": [1, 2]}, schema["properties"]["version"]]}
    schemas |= asked
    for methods in document["paths"].values():
        for call in methods.values():
            call["parameters"] = of_requests(call["parameters"])
            for parameter in call["parameters"]:
                values = _LIKELY_PARAMETERS.get(parameter["name"])
                if values is not None:
                    parameter["schema"] = {"anyOf": [values, parameter["schema"]]}
            if "requestBody" in call:
                call["requestBody"] = of_requests(call["requestBody"])
    config = SchemathesisConfig.from_dict({"generation": {"with-security-parameters": False}})
    return schemathesis.openapi.from_dict(document, config=config)


def of_requests(part: Any) -> Any:
    """Let a part of the document refer to the schemas of requests."""
    return json.loads(json.dumps(part).replace(_REFERENCE, f"{_REFERENCE}Asked."))
