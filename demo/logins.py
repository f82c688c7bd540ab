"""Who can log in to the demonstration's portal: somebody of each role, all with one password, made up for each showing."""

from datetime import date
from random import Random
from typing import Final

import attrs

from demo.employers import SCHOOL_CODE
from demo.orders import BUREAU, Dues
from demo.people import People
from libsubsidy import Month, OrganizationCode
from services.portal.passwords import Passwords
from services.portal.roles import PortalRole
from services.store import employees, employers, users
from services.store.database import Actor, Pool, Role, working
from services.store.employers import Employer, NewEmployer
from services.store.opaque_secrets import new_password
from services.store.users import NewUser

_UNCHECKED_SEED: Final = 15
_UNCHECKED_PEOPLE: Final = 8
_AUTH: Final = Actor(role=Role.AUTH, name="demo", origin="demo")


@attrs.frozen(kw_only=True)
class DemoLogin:
    """Somebody.

    Attributes:
        what: what this role is shown, Chinese then English.
    """

    login: str
    role: PortalRole
    name: str
    what: str
    employer_id: int | None = None
    person_id: int | None = None


@attrs.frozen
class DemoLogins:
    """Everybody, and the one password."""

    people: tuple[DemoLogin, ...]
    password: str


async def add(pool: Pool, dues: Dues, today: date) -> DemoLogins:
    """Add the users to a fund that has been set up."""
    password = new_password()
    password_hash = await Passwords().hash(password)
    people = await _people(pool, dues, today)
    async with working(pool, _AUTH) as connection:
        for each in people:
            await users.add(
                connection,
                NewUser(
                    role=each.role.value,
                    name=each.name,
                    password_hash=password_hash,
                    login=each.login,
                    employer_id=each.employer_id,
                    person_id=each.person_id,
                ),
            )
    return DemoLogins(people, password)


async def _people(pool: Pool, dues: Dues, today: date) -> tuple[DemoLogin, ...]:
    async with working(pool, BUREAU) as connection:
        school = await employers.find(connection, SCHOOL_CODE)
        hospital = await employers.find(connection, dues.hospital.memo.employer_code)
        name: str = await connection.fetchval("SELECT name FROM person WHERE id = $1", dues.newcomer)
    assert school is not None  # noqa: S101 -- the fund has been set up.
    assert hospital is not None  # noqa: S101 -- as above.
    newcomer = await _unchecked(pool, today)
    admin, everything = PortalRole.EMPLOYER, "单位的全部业务 all of an employer's work"
    lines = "对账单、流水 statements and lines"
    return (
        DemoLogin(login=SCHOOL_CODE, role=admin, name=f"{school.name} 管理员", what=everything, employer_id=school.id),
        DemoLogin(
            login="JINGBAN",
            role=PortalRole.EMPLOYER_CLERK,
            name=f"{school.name} 经办人",
            what="经办 what a clerk prepares",
            employer_id=school.id,
        ),
        DemoLogin(
            login="FUHE",
            role=PortalRole.EMPLOYER_CHECKER,
            name=f"{school.name} 复核人",
            what="复核 what a colleague hands in",
            employer_id=school.id,
        ),
        DemoLogin(
            login=hospital.code,
            role=admin,
            name=f"{hospital.name} 管理员",
            what="2,000 名职工 two thousand people",
            employer_id=hospital.id,
        ),
        DemoLogin(
            login=newcomer.code,
            role=admin,
            name=f"{newcomer.name} 管理员",
            what="员工初始化 people to be checked first",
            employer_id=newcomer.id,
        ),
        DemoLogin(login="SHENHE", role=PortalRole.REVIEWER, name="审核员", what="待审核的申请 what waits for review"),
        DemoLogin(login="CAIWU1", role=PortalRole.FINANCE_MAKER, name="财务经办", what=lines),
        DemoLogin(login="CAIWU2", role=PortalRole.FINANCE_CHECKER, name="财务复核", what=lines),
        DemoLogin(login="SHENJI", role=PortalRole.AUDITOR, name="审计员", what=lines),
        DemoLogin(
            login="ZHIGONG",
            role=PortalRole.EMPLOYEE,
            name=name,
            what="个人明细 the own ledger",
            person_id=dues.newcomer,
        ),
    )


async def _unchecked(pool: Pool, today: date) -> Employer:
    """Add an employer that came from the old system, and has not looked through its people yet (员工初始化)."""
    month = Month(today.year, today.month)
    people = People(Random(_UNCHECKED_SEED))  # noqa: S311 -- made-up people.
    hired = [people.hire(start_month=month - 20 - n, paid_through=month - 2) for n in range(_UNCHECKED_PEOPLE)]
    async with working(pool, BUREAU) as connection:
        new = NewEmployer(name="示范市第二幼儿园", org_code=OrganizationCode.of_body("PDY09001"))
        employer = await employers.register(connection, new)
        await employees.add(connection, employer.id, hired)
    return employer
