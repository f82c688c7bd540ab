"""The rows of an application to open employees' accounts (职工开户, 职工批量导入): read at once, every error by its row.

A row arrives as texts, as it was typed or stood in a spreadsheet, so that one wrong cell does not hide the others (I33).
What was read travels as JSON inside the application until it is approved, and then becomes the employees.
"""

import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final, TypeVar

import attrs
from pypinyin import lazy_pinyin

from libsubsidy import FileAmount, IdNumber, Mobile, Money, Month, ParseError, Violation, parse_day
from libsubsidy.identity.person_name import plain_name
from services.store.employees import NewEmployee
from services.store.refusals import violation

T = TypeVar("T")

NAME_CHARACTERS_MAX: Final = 100
RANK_CHARACTERS_MAX: Final = 50
REMARK_CHARACTERS_MAX: Final = 200
# Under the manual's names and in the order of the form (F45).
LABELS: Final[Mapping[str, str]] = {
    "name": "姓名",
    "id_number": "身份证号码",
    "mobile": "手机号码",
    "rank": "级别",
    "monthly_amount": "每月缴费金额",
    "start_month": "汇缴开始月份",
    "joined_on": "入职日期",
    "remark": "备注",
}
# Surnames that are read otherwise than the same character in a text.
_SURNAMES: Final[Mapping[str, str]] = {
    "单": "shan", "仇": "qiu", "区": "ou", "曾": "zeng", "朴": "piao", "查": "zha", "盖": "ge", "解": "xie", "冼": "xian",
}  # fmt: skip
# Controls, halves of characters, and what is invisible or turns the direction: two names would look like one.
_UNSTORABLE: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


@attrs.frozen(kw_only=True)
class OpeningRow:
    """One employee as typed; all but rank, day of joining and remark is required (F45: 带红点必填).

    Attributes:
        id_number: of 18 characters, or of 15 digits on an old card (D-3).
        monthly_amount: 每月缴费金额 in yuan, from the start month on.
        start_month: 汇缴开始月份.
        joined_on: 入职/参加工作日期, such as 2020-04-01.
        remark: 备注, for whoever reviews it and for the file.
    """

    name: str
    id_number: str
    mobile: str
    rank: str = ""
    monthly_amount: str
    start_month: str
    joined_on: str = ""
    remark: str = ""


@attrs.frozen
class CellProblem:
    """What is wrong with one cell; `field` is the name in `OpeningRow`."""

    field: str
    violation: Violation

    def in_row(self, row: int, *, alone: bool = False) -> Violation:
        """Tell which row and which field it is of; whoever has filled in a form for one person need not read the number."""
        found = attrs.evolve(self.violation, params={**self.violation.params, "row": row, "field": self.field})
        if alone:
            return found
        return attrs.evolve(
            found,
            zh=f"第 {row} 行“{LABELS[self.field]}”：{found.zh}",
            en=f"Row {row}, {self.field}: {found.en}",
        )


def read_rows(rows: Sequence[OpeningRow], today: date) -> tuple[tuple[NewEmployee, ...], tuple[Violation, ...]]:
    """Read every row; the employees are complete only when nothing is broken.

    >>> row = OpeningRow(name="张三", id_number="110105491231002", mobile="138 0000 0000", monthly_amount="500",
    ...                  start_month="2020-04")
    >>> (zhang,), broken = read_rows([row], date(2020, 4, 20))
    >>> str(zhang.id_number), zhang.id_number_given, zhang.name_pinyin, zhang.mobile, broken
    ('11010519491231002X', '110105491231002', 'zhang san', '13800000000', ())
    >>> _, (wrong, missing) = read_rows([attrs.evolve(row, mobile="12", start_month="")], date(2020, 4, 20))
    >>> print(missing.en)
    Nothing is filled in: this field is required.
    >>> wrong.code, wrong.params
    ('PHONE_FORMAT', {'row': 1, 'field': 'mobile'})
    >>> print(read_rows([row, attrs.evolve(row, mobile="12")], date(2020, 4, 20))[1][0].zh)
    第 2 行“手机号码”：手机号码应为 11 位数字，以 13 至 19 开头，例如 13800000000：请核对。

    Takes a few hundred microseconds a row: for many rows call it in a thread.
    """
    employees: list[NewEmployee] = []
    broken: list[Violation] = []
    for number, row in enumerate(rows, start=1):
        employee, problems = read_row(row, today)
        broken += [problem.in_row(number, alone=len(rows) == 1) for problem in problems]
        if employee is not None:
            employees.append(employee)
    return tuple(employees), tuple(broken)


def read_row(row: OpeningRow, today: date) -> tuple[NewEmployee | None, tuple[CellProblem, ...]]:
    """Read one row; there is an employee only when nothing is wrong."""
    reading = _Reading()
    name = reading.text("name", plain_name(row.name), NAME_CHARACTERS_MAX)
    if not name:
        reading.refuse("name", violation("FIELD_MISSING"))
    number = reading.parsed("id_number", row.id_number, lambda text: IdNumber.parse(text, today))
    mobile = reading.parsed("mobile", row.mobile, Mobile.parse)
    rank = reading.text("rank", row.rank, RANK_CHARACTERS_MAX)
    amount = reading.parsed("monthly_amount", row.monthly_amount.strip(), Money.parse)
    if amount is not None and amount.fen <= 0:
        reading.refuse("monthly_amount", violation("AMOUNT_NOT_POSITIVE/monthly"))
    month = reading.parsed("start_month", row.start_month.strip(), Month.parse)
    if month is not None and number is not None and month < Month.of(number.born):
        reading.refuse("start_month", Violation.of("START_BEFORE_BIRTH", start=str(month), born=str(number.born)))
    joined_on = reading.parsed("joined_on", row.joined_on.strip(), parse_day) if row.joined_on.strip() else None
    if joined_on is not None and number is not None and joined_on < number.born:
        facts = {"joined": str(joined_on), "born": str(number.born)}
        reading.refuse("joined_on", Violation.of("JOINED_BEFORE_BIRTH", **facts))
    remark = reading.text("remark", row.remark, REMARK_CHARACTERS_MAX)
    if reading.problems or number is None or mobile is None or amount is None or month is None:
        return None, tuple(reading.problems)
    employee = NewEmployee(
        id_number=number,
        id_number_given=number.original,
        name=name,
        name_pinyin=pinyin_of(name),
        mobile=str(mobile),
        rank=rank,
        start_month=month,
        file_amount=FileAmount(effective=month, amount=amount),
        joined_on=joined_on,
        remark=remark,
    )
    return employee, ()


@attrs.define
class _Reading:
    """What was found wrong in a row so far."""

    problems: list[CellProblem] = attrs.field(factory=list)

    def refuse(self, field: str, found: Violation) -> None:
        self.problems.append(CellProblem(field, found))

    def parsed(self, field: str, text: str, parse: Callable[[str], T]) -> T | None:
        if not text.strip():
            self.refuse(field, violation("FIELD_MISSING"))
            return None
        try:
            return parse(text)
        except ParseError as error:
            self.refuse(field, error.violation)
            return None

    def text(self, field: str, text: str, characters_max: int) -> str:
        kept = text.strip()
        if len(kept) > characters_max:
            self.refuse(field, violation("FIELD_TOO_LONG", limit=characters_max, characters=len(kept)))
        elif any(unicodedata.category(character) in _UNSTORABLE for character in kept):
            self.refuse(field, violation("FIELD_CHARACTERS"))
        return kept


def pinyin_of(name: str) -> str:
    """Spell a name as lists sort it.

    >>> pinyin_of("单雄信"), pinyin_of("买买提·吐尔逊"), pinyin_of("Anna Li")
    ('shan xiong xin', 'mai mai ti tu er xun', 'anna li')
    """
    surname = _SURNAMES.get(name[:1])
    spelled = lazy_pinyin(name.replace("·", "")) if surname is None else [surname, *lazy_pinyin(name[1:])]
    return " ".join(spelled).lower()


def to_contents(employees: Sequence[NewEmployee]) -> list[dict[str, Any]]:
    """Write what was read as JSON-able rows."""
    return list(_contents(employees))


def _contents(employees: Sequence[NewEmployee]) -> Iterator[dict[str, Any]]:
    for employee in employees:
        assert employee.file_amount is not None and employee.start_month is not None  # noqa: PT018, S101 -- see _read.
        yield {
            "id_number": str(employee.id_number),
            "id_number_given": employee.id_number_given,
            "name": employee.name,
            "name_pinyin": employee.name_pinyin,
            "mobile": employee.mobile,
            "rank": employee.rank,
            "start_month": str(employee.start_month),
            "monthly_fen": employee.file_amount.amount.fen,
            "joined_on": None if employee.joined_on is None else employee.joined_on.isoformat(),
            "remark": employee.remark,
        }


def of_contents(rows: Sequence[Mapping[str, Any]]) -> tuple[NewEmployee, ...]:
    """Read such rows back."""
    return tuple(
        NewEmployee(
            id_number=IdNumber(row["id_number"]),
            id_number_given=row["id_number_given"],
            name=row["name"],
            name_pinyin=row["name_pinyin"],
            mobile=row["mobile"],
            rank=row["rank"],
            start_month=(month := Month.parse(row["start_month"])),
            file_amount=FileAmount(effective=month, amount=Money(fen=row["monthly_fen"])),
            # What was asked for before there were these two does not have them.
            joined_on=date.fromisoformat(row["joined_on"]) if row.get("joined_on") else None,
            remark=row.get("remark", ""),
        )
        for row in rows
    )
