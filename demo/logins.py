"""Who can log in to the demonstration's portal: somebody of each role, all with one password, made up for each showing."""

from typing import Final

import attrs

from demo.employers import SCHOOL_CODE
from demo.orders import BUREAU, Dues
from services.portal.passwords import Passwords
from services.portal.roles import PortalRole
from services.store import employers, users
from services.store.database import Actor, Pool, Role, working
from services.store.opaque_secrets import new_password
from services.store.users import NewUser

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


async def add(pool: Pool, dues: Dues) -> DemoLogins:
    """Add the users to a fund that has been set up."""
    password = new_password()
    password_hash = await Passwords().hash(password)
    people = await _people(pool, dues)
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


async def _people(pool: Pool, dues: Dues) -> tuple[DemoLogin, ...]:
    async with working(pool, BUREAU) as connection:
        school = await employers.find(connection, SCHOOL_CODE)
        hospital = await employers.find(connection, dues.hospital.memo.employer_code)
        name: str = await connection.fetchval("SELECT name FROM person WHERE id = $1", dues.newcomer)
    assert school is not None  # noqa: S101 -- the fund has been set up.
    assert hospital is not None  # noqa: S101 -- as above.
    clerk, orders = PortalRole.EMPLOYER, "缴费通知、汇缴申请 notices and orders"
    lines = "对账单、流水 statements and lines"
    return (
        DemoLogin(login=SCHOOL_CODE, role=clerk, name=f"{school.name} 经办人", what=orders, employer_id=school.id),
        DemoLogin(
            login=hospital.code, role=clerk, name=f"{hospital.name} 经办人", what=orders, employer_id=hospital.id
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
