"""What the approval of a change does, in its transaction: the card or the file becomes what was asked for, with a record.

What is on file must still be what it is to be changed from (F40); then it becomes exactly what the application says, and each
field leaves a record (I25). The amount of a month that is paid already stays what it was: orders keep their own amounts.
"""

from datetime import date
from typing import Final

from libsubsidy import FileAmount, Money, Month
from services.store import applications, change_records, changes, employees, employers
from services.store.applications import Application
from services.store.change_records import NewRecord
from services.store.changes import ChangeApplication
from services.store.database import Connection, Role, stepping_in_as
from services.store.opening_rows import pinyin_of
from services.store.refusals import RefusedError, absent
from services.store.violations import translated

# Of the file only amounts depend on a day, and those are asked for by their month.
_ANY_DAY: Final = date(2000, 1, 1)


async def change_card(connection: Connection, application: Application) -> None:
    """Let an approved change of an employer's card take effect.

    Raises:
        RefusedError: STALE_VERSION with the field, EMPLOYER_CLOSED, ORG_CODE_TAKEN, CREDIT_CODE_TAKEN or LOGIN_TAKEN.
    """
    await applications.refuse_closed(connection, application.employer_id)
    asked = await changes.get(connection, application.id)
    employer_id = application.employer_id
    await connection.execute("SELECT FROM employer WHERE id = $1 FOR NO KEY UPDATE", employer_id)
    card = await employers.card(connection, employer_id)
    if stale := asked.change.check_fresh({name: getattr(card, name) for name in asked.change.after}):
        raise RefusedError(*stale)
    new = asked.change.applied_to_card(card)
    await employers.change_card(connection, employer_id, new)
    if new.org_code != card.org_code:
        await _follow(connection, "employer_id", employer_id, "login", card.org_code, new.org_code)
    if card.contact_mobile not in {"", new.contact_mobile}:
        await _follow(connection, "employer_id", employer_id, "mobile", card.contact_mobile, new.contact_mobile)
    await _record(connection, asked, None)


async def change_file(connection: Connection, application: Application) -> None:
    """Let an approved change of an employee's file take effect.

    The number first given (perhaps of fifteen digits) stays beside the new one, and so the way to find somebody by it (D-3).

    Raises:
        RefusedError: STALE_VERSION with the field, EMPLOYER_CLOSED, CHANGE_OF_LEAVER or ID_NUMBER_TAKEN.
    """
    await applications.refuse_closed(connection, application.employer_id)
    asked = await changes.get(connection, application.id)
    employer_id, person_id = application.employer_id, asked.person_id
    assert person_id is not None  # noqa: S101 -- a change of a file names whose it is.
    employment_id = await connection.fetchval(
        """
        SELECT e.id FROM employment e JOIN person p ON p.id = e.person_id
        WHERE e.employer_id = $1 AND e.person_id = $2 FOR NO KEY UPDATE
        """,
        employer_id,
        person_id,
    )
    if employment_id is None:
        raise absent("职工", "employee", person_id)
    file = await changes.file_of(connection, employer_id, person_id, today=_ANY_DAY)
    if stale := asked.change.check_fresh(asked.change.facts_of(file)):
        raise RefusedError(*stale)
    new = asked.change.applied_to_file(file)
    with translated():
        await connection.execute(
            "UPDATE person SET name = $2, name_pinyin = $3, id_number = $4, mobile = $5 WHERE id = $1",
            person_id,
            new.name,
            pinyin_of(new.name),
            new.id_number,
            new.mobile,
        )
        await connection.execute(
            """
            WITH changed AS (UPDATE employment SET rank = $2, start_month = $3 WHERE id = $1 RETURNING id, employer_id)
            INSERT INTO audit_event (employer_id, subject_kind, subject_id, to_state)
            SELECT employer_id, 'employment', id, 'file_changed' FROM changed
            """,
            employment_id,
            new.rank,
            Month.parse(new.start_month).first_day if new.start_month else None,
        )
    if new.name != file.name:
        await _follow(connection, "person_id", person_id, "name", file.name, new.name)
    if asked.change.effective is not None:
        amount = Money.parse(asked.change.after["monthly_amount"])
        await employees.set_file_amounts(
            connection, employer_id, {person_id: FileAmount(effective=asked.change.effective, amount=amount)}
        )
    await _record(connection, asked, employment_id)


async def _follow(  # noqa: PLR0917 - private, and each call stands beside it.
    connection: Connection, whose: str, number: int, column: str, old: str, new: str
) -> None:
    """Let the users who had the old value have the new one (F42): to log in by the present code, to get codes by SMS there."""
    # The bureau's role knows no logins; the one that does writes them.
    async with stepping_in_as(connection, Role.AUTH):
        with translated():
            await connection.execute(
                f"""
                WITH followed AS (
                    UPDATE portal_user SET {column} = $3 WHERE {whose} = $1 AND {column} = $2 RETURNING id, employer_id)
                INSERT INTO audit_event (employer_id, subject_kind, subject_id, to_state)
                SELECT employer_id, 'user', id, '{column}_changed' FROM followed
                """,
                number,
                old,
                new,
            )


async def _record(connection: Connection, asked: ChangeApplication, employment_id: int | None) -> None:
    change = asked.change
    await change_records.add(
        connection,
        [
            NewRecord(
                employer_id=asked.application.employer_id,
                employment_id=employment_id,
                field=each.field,
                before=each.before,
                after=each.after,
                effective_month=change.effective if each.field == "monthly_amount" else None,
                application_id=asked.application.id,
                reason=asked.remark,
            )
            for each in change.fields
        ],
    )
