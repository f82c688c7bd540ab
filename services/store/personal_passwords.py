"""重置个人平台密码: an employer helps an employee who has forgotten the password of the personal platform (F34, manual L72).

What the employer hands over works once and for some days, and must be changed at the next login. Whoever resets a password
could log in as the employee: so the employee is told at once by SMS, which is refused where there is no mobile to tell; it
is written into the employee's own history; and there is a limit for each day, of the employee and of the employer. A
password that exists is nowhere to be seen.
"""

from datetime import timedelta
from typing import Final

import attrs

from libsubsidy import EmploymentState, IdentityError, Mobile, Policy
from services.store import change_records, one_time_passwords, sms_messages
from services.store.change_records import NewRecord
from services.store.database import Connection
from services.store.employee_lists import Employee
from services.store.refusals import refuse

PER_EMPLOYEE_MAX: Final = 3
PER_EMPLOYER_MAX: Final = 50
_DAY: Final = timedelta(days=1)
_RESET: Final = "password_reset"
_SMS: Final = (
    "【住房补贴】您的个人平台登录密码已由{employer}重置，请向单位领取一次性密码，登录后立即修改。"
    "如果不是您要求的，请联系住建局。"
)


@attrs.frozen(kw_only=True)
class Reset:
    """What was done; the password is kept nowhere else."""

    password: str = attrs.field(repr=False)
    told: str
    days: int


async def reset(
    connection: Connection, employer_id: int, employer_name: str, employee: Employee, policy: Policy
) -> Reset:
    """Give one of the employer's own people a one-time password, and tell them.

    Raises:
        RefusedError: PASSWORD_RESET_ENDED, PASSWORD_RESET_UNTOLD, PASSWORD_RESET_OFTEN.
    """
    if employee.state is EmploymentState.ENDED:
        raise refuse("PASSWORD_RESET_ENDED", name=employee.name)
    try:
        mobile = Mobile.parse(employee.mobile)
    except IdentityError:
        raise refuse("PASSWORD_RESET_UNTOLD", name=employee.name) from None
    await _limit(connection, employer_id, employee.employment_id)
    password = await one_time_passwords.reset_with_one_time_password(
        connection, person_id=employee.person_id, policy=policy
    )
    await change_records.add(
        connection,
        [
            NewRecord(
                employer_id=employer_id,
                employment_id=employee.employment_id,
                field="password",
                before="",
                after="已重置为一次性密码",
            )
        ],
    )
    await sms_messages.queue(connection, mobile, _SMS.format(employer=employer_name))
    return Reset(password=password, told=mobile.masked, days=policy.one_time_password_days)


async def _limit(connection: Connection, employer_id: int, employment_id: int) -> None:
    """Count this reset; those at the same moment are counted one after the other."""
    await connection.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('password_reset/' || $1::text, 0))", str(employer_id)
    )
    for kind, subject_id, limit in (
        ("employment", employment_id, PER_EMPLOYEE_MAX),
        ("employer", employer_id, PER_EMPLOYER_MAX),
    ):
        before = await connection.fetchval(
            """
            SELECT count(*) FROM audit_event
            WHERE subject_kind = $1 AND subject_id = $2 AND to_state = $3 AND at > now() - $4::interval
            """,
            kind,
            subject_id,
            _RESET,
            _DAY,
        )
        if before >= limit:
            raise refuse("PASSWORD_RESET_OFTEN", limit=limit)
        await connection.execute(
            "INSERT INTO audit_event (employer_id, subject_kind, subject_id, to_state) VALUES ($1, $2, $3, $4)",
            employer_id,
            kind,
            subject_id,
            _RESET,
        )
