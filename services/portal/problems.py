"""Problem documents (RFC 9457): every error of the API has one form, a stable code, and words in both languages.

{"type": "/api/v1/problems/STALE_VERSION", "title": "Conflict", "status": 409, "code": "STALE_VERSION",
 "detail": "…", "violations": [{"code": …, "zh": …, "en": …, "params": {…}, "pointer": "/lines/3/amount"}]}
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from types import MappingProxyType
from typing import Final

import attrs
from aiohttp import web

from libsubsidy import Violation
from services.portal import sentences
from services.store.refusals import VIOLATIONS_TOLD_MAX

CONTENT_TYPE: Final = "application/problem+json"
# The total is told, too.
VIOLATIONS_MAX: Final = VIOLATIONS_TOLD_MAX
_NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})

# What is not listed is a broken rule about the content: 422.
_STATUSES: Final[Mapping[str, HTTPStatus]] = {
    "ABSENT": HTTPStatus.NOT_FOUND,
    "EMPLOYER_ABSENT": HTTPStatus.NOT_FOUND,
    "PERSON_ABSENT": HTTPStatus.NOT_FOUND,
    "STALE_VERSION": HTTPStatus.CONFLICT,
    "ORDER_STATE": HTTPStatus.CONFLICT,
    "ORDER_FROZEN": HTTPStatus.CONFLICT,
    "ORDER_CHANGED": HTTPStatus.CONFLICT,
    "ORDER_SEEN": HTTPStatus.CONFLICT,
    "DRAFT_THERE": HTTPStatus.CONFLICT,
    "NOTICE_STATE": HTTPStatus.CONFLICT,
    "NOTICE_NOT_OPEN": HTTPStatus.CONFLICT,
    "NOTICE_NOTHING_DUE": HTTPStatus.CONFLICT,
    "NOTICE_NOT_CREDITED": HTTPStatus.CONFLICT,
    "CASE_NOT_OPEN": HTTPStatus.CONFLICT,
    "IMPORT_NOT_CHECKED": HTTPStatus.CONFLICT,
    "IMPORTS_UNDER_WAY": HTTPStatus.TOO_MANY_REQUESTS,
    "APPLICATION_STATE": HTTPStatus.CONFLICT,
    "NOT_WAITING": HTTPStatus.CONFLICT,
    "LAST_ADMINISTRATOR": HTTPStatus.CONFLICT,
    "FIRST_LOGIN_WAITS": HTTPStatus.CONFLICT,
    "FIRST_LOGIN_DONE": HTTPStatus.CONFLICT,
    "FIRST_USER_THERE": HTTPStatus.CONFLICT,
    "INITIALISED_ALREADY": HTTPStatus.CONFLICT,
    "PASSWORD_RESET_OFTEN": HTTPStatus.TOO_MANY_REQUESTS,
    "INITIALISATION_OPEN": HTTPStatus.CONFLICT,
    "INITIALISATION_ORDERED": HTTPStatus.CONFLICT,
    "INITIALISATION_PEOPLE": HTTPStatus.CONFLICT,
    "EMPLOYMENT_STATE": HTTPStatus.CONFLICT,
    "TRANSFER_STATE": HTTPStatus.CONFLICT,
    "TRANSFER_SIDE": HTTPStatus.FORBIDDEN,
    "CHECKER_NEEDED": HTTPStatus.FORBIDDEN,
    "CHANGE_ASKED": HTTPStatus.CONFLICT,
    "ASSIGNMENT_ASKED": HTTPStatus.CONFLICT,
    "WITHDRAWAL_STATE": HTTPStatus.CONFLICT,
    "OPENINGS_CONFIRMED": HTTPStatus.CONFLICT,
    "OPENINGS_DIFFER": HTTPStatus.CONFLICT,
    "ASSIGNMENT_STATE": HTTPStatus.CONFLICT,
    "STATEMENT_NOT_HELD": HTTPStatus.CONFLICT,
    "STATEMENT_NOT_REFUSED": HTTPStatus.CONFLICT,
    "SECOND_PERSON_NEEDED": HTTPStatus.FORBIDDEN,
    "MESSAGE_ID_REUSED": HTTPStatus.CONFLICT,
    "STATEMENT_TOO_LARGE": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "IDEMPOTENCY_KEY_BUSY": HTTPStatus.CONFLICT,
    "ATTACHMENT_BOUND": HTTPStatus.CONFLICT,
    "ATTACHMENT_TOO_LARGE": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "ATTACHMENTS_WAITING": HTTPStatus.TOO_MANY_REQUESTS,
    "UPLOADS_UNDER_WAY": HTTPStatus.TOO_MANY_REQUESTS,
    "REGISTRATION_STATE": HTTPStatus.CONFLICT,
    "REGISTRATION_ABSENT": HTTPStatus.NOT_FOUND,
    "REGISTRATIONS_TOO_MANY": HTTPStatus.TOO_MANY_REQUESTS,
    "SMS_TOO_SOON": HTTPStatus.TOO_MANY_REQUESTS,
    "SMS_TOO_OFTEN": HTTPStatus.TOO_MANY_REQUESTS,
    "SIMULATIONS_WAITING": HTTPStatus.TOO_MANY_REQUESTS,
}


@attrs.frozen(kw_only=True)
class Found:
    """A violation, and where in the request it is (a JSON pointer; empty: in no particular place)."""

    violation: Violation
    pointer: str = ""


class Problem(Exception):  # noqa: N818 - the name that RFC 9457 gives it.
    """An answer that is no success; raised anywhere below a handler, and everything is rolled back.

    Attributes:
        found: every rule broken, at least one; the first gives the code.
        total: how many there are, where not all of them were kept.
    """

    def __init__(
        self,
        status: HTTPStatus,
        found: Sequence[Found],
        *,
        headers: Mapping[str, str] = _NO_HEADERS,
        total: int | None = None,
    ) -> None:
        super().__init__(found[0].violation.en)
        self.status = status
        self.found = tuple(found)
        self.headers = headers
        self.total = len(self.found) if total is None else total

    @classmethod
    def of(cls, status: HTTPStatus, key: str, /, **facts: str | int) -> "Problem":
        """Build one from the portal's own sentences."""
        return cls(status, [Found(violation=sentences.violation(key, **facts))])

    @classmethod
    def from_violations(cls, violations: Iterable[Violation], *, total: int | None = None) -> "Problem":
        """Build one from what the library or the store refuses; the first code decides the status."""
        found = [Found(violation=each) for each in violations]
        return cls(_STATUSES.get(found[0].violation.code, HTTPStatus.UNPROCESSABLE_ENTITY), found, total=total)

    @classmethod
    def from_rows(
        cls, violations: Iterable[Violation], places: Iterable[int | None], *, field: str, total: int
    ) -> "Problem":
        """Build one about a list, each violation at its row, and its cell where it names one; None: at the list as a whole."""
        found = [
            Found(violation=each, pointer="" if place is None else _pointer(f"/{field}/{place}", each))
            for each, place in zip(violations, places, strict=True)
        ]
        return cls(_STATUSES.get(found[0].violation.code, HTTPStatus.UNPROCESSABLE_ENTITY), found, total=total)

    def document(self) -> dict[str, object]:
        """Write the problem as JSON values."""
        first = self.found[0].violation
        document: dict[str, object] = {
            "type": f"/api/v1/problems/{first.code}",
            "title": self.status.phrase,
            "status": self.status.value,
            "code": first.code,
            "detail": f"{first.zh} / {first.en}",
            "violations": [_written(each) for each in self.found[:VIOLATIONS_MAX]],
        }
        if self.total > VIOLATIONS_MAX:
            document["violations_total"] = self.total
        return document

    def response(self) -> web.Response:
        """Write the problem as an answer."""
        body = json.dumps(self.document(), ensure_ascii=False).encode()
        headers = dict(self.headers)
        if self.status is HTTPStatus.UNAUTHORIZED:
            headers["WWW-Authenticate"] = 'Bearer realm="subsidy"'
        return web.Response(body=body, status=self.status.value, content_type=CONTENT_TYPE, headers=headers)


def _pointer(row: str, violation: Violation) -> str:
    cell = violation.params.get("field")
    return row if cell is None else f"{row}/{cell}"


def _written(found: Found) -> dict[str, object]:
    violation = found.violation
    written: dict[str, object] = {
        "code": violation.code,
        "zh": violation.zh,
        "en": violation.en,
        "params": dict(violation.params),
    }
    if found.pointer:
        written["pointer"] = found.pointer
    return written
