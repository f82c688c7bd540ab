"""The reviewers' work list: orders, applications and registrations in one, oldest first (P3: "clear the queue by age").

Each item names itself by kind and number, ``order-17``, ``application-3`` or ``registration-5``; that is how the outside names
applications, so that a further kind needs no further list. Of registrations an employer sees the one that made it.
"""

import re
from datetime import datetime
from enum import Enum
from typing import Final, Self

import attrs

from libsubsidy import Money
from services.store.database import Connection
from services.store.refusals import refuse

ITEMS_PER_PAGE_MAX: Final = 201
_REF: Final = re.compile(r"(order|application|registration)-([1-9][0-9]{0,17})")


class RefKind(Enum):
    """The tables that the list is made of."""

    ORDER = "order"
    APPLICATION = "application"
    REGISTRATION = "registration"


@attrs.frozen
class Ref:
    """What names an item.

    >>> str(Ref(RefKind.ORDER, 17)), Ref.parse("application-3")
    ('order-17', Ref(kind=<RefKind.APPLICATION: 'application'>, number=3))
    """

    kind: RefKind
    number: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read it.

        Raises:
            RefusedError: ABSENT: what has no such form is nobody's.
        """
        match = _REF.fullmatch(text)
        if match is None:
            raise refuse("ABSENT", what_zh="申请", what_en="application", id=text)
        return cls(RefKind(match[1]), int(match[2]))

    def __str__(self) -> str:
        return f"{self.kind.value}-{self.number}"


class WorkState(Enum):
    """How far an item is; an order's payment is not the reviewers' concern, so that approved is approved for good.

    A draft that waits for a colleague (复核) is the employer's own, and in no list of the bureau.
    """

    DRAFT = "draft"
    SUBMITTED = "submitted"
    IN_REVIEW = "in_review"
    RETURNED = "returned"
    RETRACTED = "retracted"
    REJECTED = "rejected"
    APPROVED = "approved"
    CANCELLED = "cancelled"


class WorkKind(Enum):
    """What is applied for: the kinds of orders, and those of other applications."""

    REGULAR = "regular"
    MONTHLY = "monthly"
    LUMP_DIFFERENCE = "lump_difference"
    LUMP_MISSED = "lump_missed"
    EMPLOYEE_OPENING = "employee_opening"
    EMPLOYEE_IMPORT = "employee_import"
    EMPLOYER_CHANGE = "employer_change"
    INFORMATION_CHANGE = "information_change"
    EMPLOYEE_CHANGE = "employee_change"
    EMPLOYEE_TRANSFER = "employee_transfer"
    BACKFILL = "backfill"
    WITHDRAWAL = "withdrawal"
    REGISTRATION = "registration"


@attrs.frozen(kw_only=True)
class WorkFilter:
    """Which items; without a state those that wait for a decision, otherwise None takes all.

    Attributes:
        text: a part of the employer's name, or its code; `count` and `part` look for it.
    """

    state: WorkState | None = None
    kind: WorkKind | None = None
    employer_id: int | None = None
    text: str = ""


@attrs.frozen(kw_only=True)
class Place:
    """After which item a page begins."""

    submitted_at: datetime
    ref: Ref


@attrs.frozen(kw_only=True)
class WorkItem:
    """One item.

    Attributes:
        version: a decision must name the one it saw.
        line_count: lines of an order, people or things of another application.
        total: what is to be paid; for another application, what it comes to.
        submitted_at: since when it waits.
        remark: why it was returned, rejected or cancelled.
        employer_id: of a registration what its approval made, None before; its employer has no code then.
    """

    ref: Ref
    kind: WorkKind
    state: WorkState
    version: int
    employer_id: int | None
    employer_code: str
    employer_name: str
    first_month: str | None
    last_month: str | None
    line_count: int
    person_count: int
    total: Money
    notice_id: int | None
    remark: str
    submitted_at: datetime
    decided_at: datetime | None

    @property
    def is_waiting(self) -> bool:
        """Whether the bureau has to decide it."""
        return self.state in {WorkState.SUBMITTED, WorkState.IN_REVIEW}


# Drafts are the employer's own. What is credited has been approved; the list tells no more.
_ORDERS: Final = """
    SELECT 'order' AS ref_kind, id, kind, CASE state WHEN 'credited' THEN 'approved' ELSE state END AS state, version,
           employer_id, NULL AS registered_name, to_char(first_month, 'YYYY-MM') AS first_month,
           to_char(last_month, 'YYYY-MM') AS last_month, line_count, person_count, total_fen, notice_id, remark,
           submitted_at, decided_at
    FROM remittance_order WHERE submitted_at IS NOT NULL AND state <> 'draft'"""
_ALL_APPLICATIONS: Final = """
    SELECT 'application' AS ref_kind, id, kind, state, version, employer_id, NULL AS registered_name, NULL AS first_month,
           NULL AS last_month, line_count, person_count, total_fen, NULL::bigint AS notice_id, remark,
           submitted_at, decided_at
    FROM application WHERE true"""
_APPLICATIONS: Final = f"{_ALL_APPLICATIONS} AND state <> 'draft'"
_REGISTRATIONS: Final = """
    SELECT 'registration' AS ref_kind, id, kind, state, version, employer_id, name AS registered_name, NULL AS first_month,
           NULL AS last_month, 1 AS line_count, 0 AS person_count, 0 AS total_fen, NULL::bigint AS notice_id, remark,
           submitted_at, decided_at
    FROM (SELECT r.*, 'registration' AS kind FROM registration r) r WHERE state NOT IN ('phone_verified', 'draft')"""
_OF_KIND: Final = {
    RefKind.ORDER: _ORDERS,
    RefKind.APPLICATION: _APPLICATIONS,
    RefKind.REGISTRATION: _REGISTRATIONS,
}
# Each part is walked along its own index, and stops after a page.
_PAGE: Final = """
      AND ($2::text IS NULL OR kind = $2) AND ($3::bigint IS NULL OR employer_id = $3)
      AND ($4::timestamptz IS NULL OR (submitted_at >= $4 AND (submitted_at, '{ref}', id) > ($4, $5::text, $6::bigint)))
    ORDER BY submitted_at, id LIMIT $7"""
_WAITING: Final = {
    RefKind.ORDER: "AND state = 'submitted'",
    RefKind.APPLICATION: "AND state IN ('submitted', 'in_review')",
    RefKind.REGISTRATION: "AND state = 'submitted'",
}
_IN_STATE: Final = {
    RefKind.ORDER: "AND state = ANY (CASE $1 WHEN 'approved' THEN ARRAY['approved', 'credited'] ELSE ARRAY[$1] END)",
    RefKind.APPLICATION: "AND state = $1",
    RefKind.REGISTRATION: "AND state = $1",
}
_COLUMNS: Final = "i.*, coalesce(e.code, '') AS employer_code, coalesce(e.name, i.registered_name) AS employer_name"


async def page(
    connection: Connection, wanted: WorkFilter, *, after: Place | None = None, limit: int = ITEMS_PER_PAGE_MAX
) -> tuple[WorkItem, ...]:
    """Return items, oldest first, from after a place on."""
    states = _WAITING if wanted.state is None else _IN_STATE
    parts = [f"({columns} {states[ref]} {_PAGE.format(ref=ref.value)})" for ref, columns in _OF_KIND.items()]
    rows = await connection.fetch(
        f"""
        SELECT {_COLUMNS} FROM ({" UNION ALL ".join(parts)}) i LEFT JOIN employer e ON e.id = i.employer_id
        WHERE $1::text IS NULL OR i.state = $1
        ORDER BY i.submitted_at, i.ref_kind, i.id LIMIT $7
        """,
        None if wanted.state is None else wanted.state.value,
        None if wanted.kind is None else wanted.kind.value,
        wanted.employer_id,
        None if after is None else after.submitted_at,
        None if after is None else after.ref.kind.value,
        None if after is None else after.ref.number,
        min(limit, ITEMS_PER_PAGE_MAX),
    )
    return tuple(_item(dict(row)) for row in rows)


# No LIKE, so that nothing of what is typed is a pattern.
_OF_EMPLOYERS: Final = "employer_id IN (SELECT e.id FROM employer e WHERE e.code = $4 OR strpos(e.name, $4) > 0)"
_NAMED: Final = {
    RefKind.ORDER: _OF_EMPLOYERS,
    RefKind.APPLICATION: _OF_EMPLOYERS,
    RefKind.REGISTRATION: f"(strpos(name, $4) > 0 OR {_OF_EMPLOYERS})",
}
_MATCHING: Final = " AND ($2::text IS NULL OR kind = $2) AND ($3::bigint IS NULL OR employer_id = $3)"


def _parts(wanted: WorkFilter, then: str = "") -> str:
    states = _WAITING if wanted.state is None else _IN_STATE
    parts = (
        f"({columns} {states[ref]} {_MATCHING} AND ($4 = '' OR {_NAMED[ref]}) {then})"
        for ref, columns in _OF_KIND.items()
    )
    return " UNION ALL ".join(parts)


def _wanted(wanted: WorkFilter) -> tuple[object, ...]:
    return (
        None if wanted.state is None else wanted.state.value,
        None if wanted.kind is None else wanted.kind.value,
        wanted.employer_id,
        wanted.text,
    )


async def count(connection: Connection, wanted: WorkFilter) -> int:
    """Return how many items there are."""
    found: int = await connection.fetchval(
        f"SELECT count(*) FROM ({_parts(wanted)}) i WHERE $1::text IS NULL OR i.state = $1", *_wanted(wanted)
    )
    return found


async def part(connection: Connection, wanted: WorkFilter, *, offset: int, limit: int) -> tuple[WorkItem, ...]:
    """Return a part of the list by its place: what waits oldest first, what is decided the last one first."""
    way = "ASC" if wanted.state is None else "DESC"
    rows = await connection.fetch(
        f"""
        SELECT {_COLUMNS}
        FROM ({_parts(wanted, f"ORDER BY submitted_at {way}, id {way} LIMIT $5::integer + $6::integer")}) i
        LEFT JOIN employer e ON e.id = i.employer_id
        WHERE $1::text IS NULL OR i.state = $1
        ORDER BY i.submitted_at {way}, i.ref_kind {way}, i.id {way} OFFSET $5 LIMIT $6
        """,
        *_wanted(wanted),
        offset,
        min(limit, ITEMS_PER_PAGE_MAX),
    )
    return tuple(_item(dict(row)) for row in rows)


async def get(connection: Connection, ref: Ref, *, with_drafts: bool = False) -> WorkItem:
    """Return one item.

    Args:
        connection: inside the caller's transaction.
        ref: which.
        with_drafts: for the employer's own users: also an application that waits for a colleague.

    Raises:
        RefusedError: ABSENT, also for one of another employer, and for a draft.
    """
    items = _ALL_APPLICATIONS if with_drafts and ref.kind is RefKind.APPLICATION else _OF_KIND[ref.kind]
    row = await connection.fetchrow(
        f"SELECT {_COLUMNS} FROM ({items} AND id = $1) i LEFT JOIN employer e ON e.id = i.employer_id",
        ref.number,
    )
    if row is None:
        raise refuse("ABSENT", what_zh="申请", what_en="application", id=str(ref))
    return _item(dict(row))


def _item(row: dict[str, object]) -> WorkItem:
    ref = Ref(RefKind(row.pop("ref_kind")), int(str(row.pop("id"))))
    del row["registered_name"]  # It stands in the employer's name, while there is no employer.
    return WorkItem(
        ref=ref,
        kind=WorkKind(row.pop("kind")),
        state=WorkState(row.pop("state")),
        total=Money(fen=int(str(row.pop("total_fen")))),
        **row,  # type: ignore[arg-type] # The columns are named as the attributes.
    )
