"""单位信息变更, 信息变更, 职工信息变更: applications that change what is on file, read and kept until they are decided.

What was before is read here, never taken from whoever asks; who asks may say what was seen, and is refused when that is no
longer so. One field of one employer or person waits in one application at a time, because the second one would be stale
as soon as the first is approved. What an approval does stands in `change_effects`.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

import attrs
from asyncpg import Record

from libsubsidy import (
    ApplicationState,
    Change,
    ChangeKind,
    EmploymentState,
    FieldChange,
    Month,
    PersonnelFile,
    Violation,
    advise_change,
    check_seen,
    read_card_change,
    read_file_change,
)
from libsubsidy.employer_card import CardField, read_field
from services.store import applications, employee_lists, employers, rosters
from services.store.applications import Application, ApplicationKind, NewApplication
from services.store.database import Connection, Role, looking_as
from services.store.refusals import RefusedError, absent, refuse, violation
from services.store.rosters import RosterScope

CHANGES_PER_PAGE_MAX: Final = 201
SEARCH_CHARACTERS_MAX: Final = 100
_REMARK: Final = CardField(name="remark", zh="备注", en="Remark", characters_max=500)
# What keeps others from asking for the same: everything that can still be approved as it stands.
_OPEN: Final = [
    state.value for state in (ApplicationState.DRAFT, ApplicationState.SUBMITTED, ApplicationState.IN_REVIEW)
]
_KINDS: Final = {kind.value: kind for kind in ChangeKind}
_EVERY_MONTH: Final = (Month(1, 1), Month(9999, 12))


@attrs.frozen(kw_only=True)
class AskedChange:
    """A change as somebody typed it.

    Attributes:
        typed: what is to be, by the names of the kind's fields; what is not named stays.
        seen: what was on file when it was looked at; what is not named is not compared.
        person_id: whose file, for 职工信息变更.
        effective_month: from when a new monthly amount counts.
        remark: 备注, for the reviewer.
    """

    typed: Mapping[str, str]
    seen: Mapping[str, str] = attrs.field(factory=dict)
    person_id: int | None = None
    effective_month: str = ""
    remark: str = ""


@attrs.frozen(kw_only=True)
class ChangeApplication:
    """A change that was asked for.

    Attributes:
        person_id: whose file, for 职工信息变更.
        person_name: as it was when the change was asked for.
        id_number: whole, as it was then; who shows a list masks it.
        remark: 备注 of the employer; the reviewer's stands in the application.
    """

    application: Application
    change: Change
    person_id: int | None
    person_name: str
    id_number: str
    remark: str

    @property
    def id_number_masked(self) -> str:
        """The ID number for lists: without the rest of the area and the birth."""
        return f"{self.id_number[:4]}{'*' * 10}{self.id_number[14:]}"


@attrs.frozen(kw_only=True)
class Wanted:
    """Which changes a list shows.

    Attributes:
        text: a part of the person's name, or of its pinyin without blanks, or the beginning of the ID number (F53).
    """

    kind: ChangeKind | None = None
    state: ApplicationState | None = None
    text: str = ""


async def submit(
    connection: Connection, employer_id: int, kind: ChangeKind, asked: AskedChange, *, today: date
) -> ChangeApplication:
    """Ask the bureau for a change.

    Raises:
        RefusedError: with everything that is wrong, each with its `field` where one field is wrong.
    """
    new = await _read(connection, employer_id, kind, asked, today=today, except_id=None)
    application = await applications.submit(connection, employer_id, new)
    return _of_contents(application, new.contents)


async def submit_again(
    connection: Connection, application_id: int, version: int, kind: ChangeKind, asked: AskedChange, *, today: date
) -> ChangeApplication:
    """Hand in anew what was returned or retracted; what is before is read anew, too. It stays about the same person.

    Raises:
        RefusedError: as `submit`; ABSENT for one of another kind.
    """
    before = await get(connection, application_id)
    if before.change.kind is not kind:
        raise absent("变更申请", "change", application_id)
    asked = attrs.evolve(asked, person_id=before.person_id)
    employer_id = before.application.employer_id
    new = await _read(connection, employer_id, kind, asked, today=today, except_id=application_id)
    application = await applications.submit_again(connection, application_id, version, new)
    return _of_contents(application, new.contents)


async def get(connection: Connection, application_id: int) -> ChangeApplication:
    """Return a change that was asked for.

    Raises:
        RefusedError: ABSENT, also for another employer's, and for what is no change.
    """
    application = await applications.get(connection, application_id)
    if application.kind.value not in _KINDS:
        raise absent("变更申请", "change", application_id)
    return _of_contents(application, await applications.contents_of(connection, application_id))


async def of_employer(
    connection: Connection,
    employer_id: int,
    wanted: Wanted,
    *,
    before: int | None = None,
    offset: int = 0,
    limit: int = CHANGES_PER_PAGE_MAX,
) -> tuple[ChangeApplication, ...]:
    """Return an employer's changes, the last one asked for first, those before the application `before` if it is given."""
    rows = await connection.fetch(
        f"""
        SELECT a.* {_MATCHING} AND ($5::bigint IS NULL OR a.id < $5) ORDER BY a.id DESC OFFSET $6 LIMIT $7
        """,
        *_asked_for(employer_id, wanted),
        before,
        offset,
        min(limit, CHANGES_PER_PAGE_MAX),
    )
    return tuple(_of_row(row) for row in rows)


async def count(connection: Connection, employer_id: int, wanted: Wanted) -> int:
    """Return how many there are."""
    found: int = await connection.fetchval(f"SELECT count(*) {_MATCHING}", *_asked_for(employer_id, wanted))
    return found


# No LIKE, so that nothing of what is typed is a pattern.
_MATCHING: Final = """
    FROM application a LEFT JOIN person p ON p.id = (a.contents->>'person_id')::bigint
    WHERE a.employer_id = $1 AND a.kind = ANY ($2::text[]) AND ($3::text IS NULL OR a.state = $3)
      AND ($4 = '' OR strpos(a.contents->>'person_name', $4) > 0 OR strpos(p.name, $4) > 0
           OR strpos(replace(p.name_pinyin, ' ', ''), replace(lower($4), ' ', '')) > 0
           OR starts_with(p.id_number, upper($4)))"""


def _asked_for(employer_id: int, wanted: Wanted) -> tuple[object, ...]:
    return (
        employer_id,
        list(_KINDS) if wanted.kind is None else [wanted.kind.value],
        None if wanted.state is None else wanted.state.value,
        wanted.text.strip()[:SEARCH_CHARACTERS_MAX],
    )


async def file_of(connection: Connection, employer_id: int, person_id: int, *, today: date) -> PersonnelFile:
    """Return the file of an employee, as changes see it.

    Raises:
        RefusedError: ABSENT; CHANGE_OF_LEAVER for somebody whose file another employer keeps by now.
    """
    employee = await employee_lists.get(connection, employer_id, person_id, today)
    if employee.state is EmploymentState.ENDED:
        raise refuse("CHANGE_OF_LEAVER", name=employee.name)
    amounts = await employee_lists.file_amounts(connection, employee.employment_id)
    return PersonnelFile(
        name=employee.name,
        id_number=employee.id_number,
        mobile=employee.mobile,
        rank=employee.rank,
        start_month="" if employee.start_month is None else str(employee.start_month),
        amounts=amounts[::-1],
    )


async def advice(connection: Connection, asked: ChangeApplication) -> tuple[Violation, ...]:
    """Return what is worth a look in a change that waits; what is decided needs none."""
    if asked.person_id is None or asked.application.state.value not in _OPEN:
        return ()
    scope = RosterScope.around(asked.application.employer_id, _EVERY_MONTH, person_ids=[asked.person_id])
    member = (await rosters.load(connection, scope)).get(asked.person_id)
    return () if member is None else advise_change(asked.change, member)


async def _read(
    connection: Connection,
    employer_id: int,
    kind: ChangeKind,
    asked: AskedChange,
    *,
    today: date,
    except_id: int | None,
) -> NewApplication:
    """Read what was typed against what is on file, and judge it."""
    # Two that ask for the same field at the same moment see each other.
    await connection.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('changes/' || $1::text, 0))", str(employer_id)
    )
    remark, wrong_remark = read_field(_REMARK, asked.remark)
    whose = PersonnelFile()
    if asked.person_id is None:
        card = await employers.card(connection, employer_id)
        now: Mapping[str, str] = attrs.asdict(card)
        change, broken = read_card_change(kind, card, asked.typed)
    else:
        whose = await file_of(connection, employer_id, asked.person_id, today=today)
        now = whose.facts(Month.of(today))
        change, broken = read_file_change(whose, asked.typed, effective_month=asked.effective_month, today=today)
    if stale := check_seen(kind, asked.seen, now):
        raise RefusedError(*stale)
    if wrong_remark is not None:
        broken = (*broken, _REMARK.refused(wrong_remark))
    if change is None or broken:
        raise RefusedError(*broken)
    if taken := [
        *await _taken(connection, employer_id, change),
        *await _asked_before(connection, employer_id, change, asked.person_id, except_id),
    ]:
        raise RefusedError(*taken)
    return NewApplication(
        kind=ApplicationKind(kind.value),
        contents={
            "person_id": asked.person_id,
            "person_name": whose.name,
            "id_number": whose.id_number,
            "fields": [attrs.asdict(each) for each in change.fields],
            "effective": None if change.effective is None else str(change.effective),
            "remark": remark,
        },
        line_count=1,
    )


async def _taken(connection: Connection, employer_id: int, change: Change) -> list[Violation]:
    """Say which new codes or numbers belong to somebody else; never to whom."""
    after = change.after
    found: list[tuple[str, str]] = []
    async with looking_as(connection, Role.BUREAU):
        for name, key in (("org_code", "ORG_CODE_TAKEN"), ("credit_code", "CREDIT_CODE_TAKEN")):
            if after.get(name) and await connection.fetchval(
                f"SELECT EXISTS (SELECT FROM employer WHERE {name} = $1 AND id <> $2)", after[name], employer_id
            ):
                found.append((name, key))
        if "id_number" in after and await connection.fetchval(
            "SELECT EXISTS (SELECT FROM person WHERE id_number = $1)", after["id_number"]
        ):
            found.append(("id_number", "ID_NUMBER_TAKEN"))
    fields = {field.name: field for field in change.kind.fields}
    return [fields[name].refused(violation(key)) for name, key in found]


async def _asked_before(
    connection: Connection, employer_id: int, change: Change, person_id: int | None, except_id: int | None
) -> list[Violation]:
    """Say which fields wait in another application already."""
    rows = await connection.fetch(
        """
        SELECT asked.field, max(a.id) AS id
        FROM application a, jsonb_to_recordset(a.contents->'fields') AS asked (field text)
        WHERE a.employer_id = $1 AND a.kind = $2 AND a.state = ANY ($3) AND a.id IS DISTINCT FROM $4
          AND (a.contents->>'person_id')::bigint IS NOT DISTINCT FROM $5 AND asked.field = ANY ($6)
        GROUP BY asked.field
        """,
        employer_id,
        change.kind.value,
        _OPEN,
        except_id,
        person_id,
        list(change.after),
    )
    waiting = {row["field"]: row["id"] for row in rows}
    return [
        field.refused(violation("CHANGE_ASKED", label=field.zh, application=f"application-{waiting[field.name]}"))
        for field in change.kind.fields
        if field.name in waiting
    ]


def _of_row(row: Record) -> ChangeApplication:
    return _of_contents(applications.application_of(row), row["contents"])


def _of_contents(application: Application, contents: Mapping[str, Any]) -> ChangeApplication:
    fields: Sequence[Mapping[str, str]] = contents["fields"]
    effective = contents["effective"]
    return ChangeApplication(
        application=application,
        change=Change(
            kind=_KINDS[application.kind.value],
            fields=tuple(FieldChange(**each) for each in fields),
            effective=None if effective is None else Month.parse(effective),
        ),
        person_id=contents["person_id"],
        person_name=contents["person_name"],
        id_number=contents["id_number"],
        remark=contents["remark"],
    )
