"""变更记录: what was before and what is after, field by field, of an employer's card and of its people's files (F28, F33).

Rows are only ever added, in the transaction of the change itself: nothing changes without a record, and whoever goes through
them from the first to the last arrives at the present (I25). Values are kept as text, in the form in which the rules
read them; the words for them are found when they are shown.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import attrs
from asyncpg import Record

from libsubsidy import CARD_FIELDS, FILE_FIELDS, CardField, Month
from services.store.database import Connection
from services.store.employee_lists import STATES_ZH
from services.store.shared_values import month_if_any
from services.store.timelines import who
from services.store.violations import translated

RECORDS_PER_PAGE_MAX: Final = 201

# What is recorded beside the fields that changes are asked for, under the manual's names.
_EMPLOYMENT_BESIDE: Final = (
    CardField(name="state", zh="状态", en="State"),
    CardField(name="employer", zh="所在单位", en="Employer"),
    CardField(name="paid_through", zh="缴至月份", en="Paid through"),
    CardField(name="opening_periods", zh="累计缴纳期数（期初）", en="Periods of the opening"),
    CardField(name="opening_amount", zh="累计缴纳金额（期初）", en="Amount of the opening"),
    CardField(name="password", zh="个人平台密码", en="Password of the personal platform"),
)
_EMPLOYER_BESIDE: Final = (
    CardField(name="state", zh="状态", en="State"),
    CardField(name="initialised", zh="员工初始化", en="Initialisation"),
)
Fields = Mapping[str, CardField]
EMPLOYMENT_FIELDS: Final[Fields] = {each.name: each for each in (*FILE_FIELDS, *_EMPLOYMENT_BESIDE)}
EMPLOYER_FIELDS: Final[Fields] = {each.name: each for each in (*CARD_FIELDS, *_EMPLOYER_BESIDE)}
_STATES_ZH: Final[Mapping[str, str]] = {state.value: zh for state, zh in STATES_ZH.items()} | {"closed": "已注销"}


@attrs.frozen(kw_only=True)
class NewRecord:
    """One field that changes.

    Attributes:
        employment_id: whose file; None for the employer's own card.
        field: its name in the card or the file, such as ``rank``.
        before: as text; empty where there was nothing.
        effective_month: from when it counts, where it counts by months.
        application_id: what the bureau approved; None where nobody had to be asked.
        reason: why, where somebody had to say.
    """

    employer_id: int
    employment_id: int | None = None
    field: str
    before: str
    after: str
    effective_month: Month | None = None
    application_id: int | None = None
    reason: str = ""


@attrs.frozen(kw_only=True)
class ChangeRecord:
    """One field that changed.

    Attributes:
        label_zh: the field in words.
        before_zh: the value before, in words.
        who_zh: the own user who asked for it or did it, or the office.
        application_id: what the bureau approved; None where nobody had to be asked.
    """

    id: int
    at: datetime
    field: str
    label_zh: str
    before: str
    after: str
    before_zh: str
    after_zh: str
    effective_month: Month | None
    application_id: int | None
    reason: str
    who_zh: str
    who_en: str


async def add(connection: Connection, records: Sequence[NewRecord]) -> None:
    """Write down what changes, in the transaction that changes it; actor and time are the transaction's."""
    if not records:
        return
    months = [None if each.effective_month is None else each.effective_month.first_day for each in records]
    with translated():
        await connection.execute(
            """
            INSERT INTO change_record
                (employer_id, employment_id, field, before, after, effective_month, application_id, reason)
            SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::date[],
                                 $7::bigint[], $8::text[])
            """,
            [each.employer_id for each in records],
            [each.employment_id for each in records],
            [each.field for each in records],
            [each.before for each in records],
            [each.after for each in records],
            months,
            [each.application_id for each in records],
            [each.reason for each in records],
        )


async def of_employer(
    connection: Connection, employer_id: int, *, before: int | None = None, limit: int = RECORDS_PER_PAGE_MAX
) -> tuple[ChangeRecord, ...]:
    """Return what changed on an employer's own card, the newest first, those before the record `before` if it is given."""
    return await _page(
        connection, "c.employer_id = $1 AND c.employment_id IS NULL", employer_id, before, limit, EMPLOYER_FIELDS
    )


async def of_employment(
    connection: Connection, employment_id: int, *, before: int | None = None, limit: int = RECORDS_PER_PAGE_MAX
) -> tuple[ChangeRecord, ...]:
    """Return what changed in one person's file at one employer, the newest first; row security says whose one sees."""
    return await _page(connection, "c.employment_id = $1", employment_id, before, limit, EMPLOYMENT_FIELDS)


async def _page(  # noqa: PLR0917 - private, and each call stands beside it.
    connection: Connection, whose: str, subject_id: int, before: int | None, limit: int, fields: Fields
) -> tuple[ChangeRecord, ...]:
    rows = await connection.fetch(
        f"""
        SELECT c.*, coalesce(asked.actor, c.actor) AS by_whom, u.name AS user_name
        FROM change_record c
        -- Of what the bureau approved, an employer wants to know who asked for it.
        LEFT JOIN LATERAL (
            SELECT a.actor FROM audit_event a
            WHERE a.subject_kind = 'application' AND a.subject_id = c.application_id ORDER BY a.id LIMIT 1) asked ON true
        LEFT JOIN portal_user u
            ON u.id = substring(coalesce(asked.actor, c.actor) FROM '^user/([0-9]{{1,18}})$')::bigint
        WHERE {whose} AND ($2::bigint IS NULL OR c.id < $2)
        ORDER BY c.id DESC LIMIT $3
        """,
        subject_id,
        before,
        min(limit, RECORDS_PER_PAGE_MAX),
    )
    return tuple(_record(row, fields) for row in rows)


def _record(row: Record, fields: Fields) -> ChangeRecord:
    who_zh, who_en = who(row["by_whom"], row["user_name"])
    # What this version does not know is shown under its own name.
    field = fields.get(row["field"], CardField(name=row["field"], zh=row["field"], en=row["field"]))
    return ChangeRecord(
        id=row["id"],
        at=row["at"],
        field=row["field"],
        label_zh=field.zh,
        before=row["before"],
        after=row["after"],
        before_zh=shown(field, row["before"]),
        after_zh=shown(field, row["after"]),
        effective_month=month_if_any(row["effective_month"]),
        application_id=row["application_id"],
        reason=row["reason"],
        who_zh=who_zh,
        who_en=who_en,
    )


def shown(field: CardField, text: str) -> str:
    """Give a recorded value in words.

    >>> shown(EMPLOYMENT_FIELDS["state"], "sealed"), shown(EMPLOYER_FIELDS["kind"], "institution")
    ('封存', '事业单位')
    """
    return _STATES_ZH.get(text, text) if field.name == "state" else field.shown(text)
