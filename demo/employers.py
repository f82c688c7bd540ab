"""The made-up employers: a school of twelve, a hospital of two thousand, and some hundred small ones.

Organisation codes come from the range that GB 11714 keeps for private use (PDY00001 to PDY99999), so they are nobody's.
"""

from collections.abc import Sequence
from random import Random
from typing import Final

import attrs

from demo.people import People
from libsubsidy import Money, Month, OrganizationCode
from services.store import employees, employers
from services.store.database import Connection
from services.store.employees import NewEmployee
from services.store.employers import Employer, NewEmployer

# The example of the manual (L393).
SCHOOL_CODE: Final = "75256"
SCHOOL_PEOPLE: Final = 12
_SCHOOL_RARE: Final = 3
SMALL_PEOPLE_MAX: Final = 3
# Months that a small employer has not paid for yet, and orders at once.
SMALL_MONTHS: Final = 4

_PLACES: Final = (
    *("青山", "白水", "东关", "西岭", "南湖", "北塘", "龙泉", "凤台", "云溪", "石桥", "柳林", "梅园"),
    *("竹山", "桃源", "金沙", "银滩", "长堤", "永安", "新华", "建设", "和平", "团结", "光明", "幸福"),
)
_KINDS: Final = (
    *("街道办事处", "卫生院", "文化站", "中心小学", "初级中学", "幼儿园", "图书馆", "水务所", "林业站", "司法所"),
    *("财政所", "农技站", "环卫所", "敬老院", "广播站", "档案馆", "体育中心", "市场监管所", "供水公司", "R&D服务中心"),
)


@attrs.frozen(kw_only=True)
class Scale:
    """How large the fund is; by default as the demonstration shows it."""

    hospital_people: int = 2_000
    small_employers: int = 220

    @property
    def notices(self) -> int:
        """How many notices there are: six of the school, one of the hospital, and those of the others."""
        return 6 + 1 + self.small_employers * SMALL_MONTHS


@attrs.frozen(kw_only=True)
class Payer:
    """Whose account a transfer comes from."""

    name: str
    account: str
    bank: str


@attrs.frozen(kw_only=True)
class Staffed:
    """A registered employer with its people.

    Attributes:
        people: each with the id of the person in the fund.
        payer: the account it pays from.
    """

    employer: Employer
    people: tuple[tuple[int, NewEmployee], ...]
    payer: Payer


@attrs.frozen(kw_only=True)
class Plan:
    """An employer that is to be registered."""

    name: str
    org_code: OrganizationCode
    code: str | None = None
    employees: tuple[NewEmployee, ...]
    payer: Payer


def plans(month: Month, scale: Scale, rng: Random) -> tuple[Plan, ...]:
    """Make up the school, the hospital and the others, as they are before the demo month."""
    people = People(rng)
    settled = [
        people.hire(start_month=month - 48, paid_through=month - 2, rare=n < _SCHOOL_RARE)
        for n in range(SCHOOL_PEOPLE - 2)
    ]
    # One for whom two months were forgotten, and a newcomer for whom a year has to be made good.
    missed = people.hire(start_month=month - 30, paid_through=month - 4)
    newcomer = attrs.evolve(
        people.hire(start_month=month, paid_through=None), name="欧阳思远", name_pinyin="ouyang siyuan"
    )
    school = _plan(1, "示范市实验学校", (*settled, missed, newcomer), SCHOOL_CODE)
    staff = [
        people.hire(start_month=month - rng.randrange(6, 200), paid_through=month - 2)
        for _ in range(scale.hospital_people)
    ]
    hospital = _plan(2, "示范市人民医院", tuple(staff))
    others = []
    for number in range(scale.small_employers):
        kind, place = divmod(number, len(_PLACES))
        hired = (
            people.hire(start_month=month - rng.randrange(8, 200), paid_through=month - SMALL_MONTHS)
            for _ in range(rng.randint(1, SMALL_PEOPLE_MAX))
        )
        name = f"示范市{_PLACES[place]}{_KINDS[kind % len(_KINDS)]}"
        if kind >= len(_KINDS):
            name += f"（{kind // len(_KINDS) + 1}）"
        others.append(_plan(3 + number, name, tuple(hired)))
    return school, hospital, *others


def _plan(number: int, name: str, hired: tuple[NewEmployee, ...], code: str | None = None) -> Plan:
    payer = Payer(name=name, account=f"62170099{number:011d}", bank=("102", "103", "104", "105", "403")[number % 5])
    return Plan(
        name=name, org_code=OrganizationCode.of_body(f"PDY{number:05d}"), code=code, employees=hired, payer=payer
    )


async def register(connection: Connection, wanted: Sequence[Plan]) -> tuple[Staffed, ...]:
    """Register the employers and open their people's accounts, inside the caller's transaction as the bureau."""
    staffed = []
    for plan in wanted:
        employer = await employers.register(
            connection, NewEmployer(name=plan.name, org_code=plan.org_code, code=plan.code, initialised=True)
        )
        ids = await employees.add(connection, employer.id, plan.employees)
        staffed.append(
            Staffed(employer=employer, people=tuple(zip(ids, plan.employees, strict=True)), payer=plan.payer)
        )
    return tuple(staffed)


def monthly_amount(employee: NewEmployee) -> Money:
    """Give the amount of the personnel file."""
    assert employee.file_amount is not None  # noqa: S101 -- everybody here has one.
    return employee.file_amount.amount
