"""人事档案 as 职工信息变更 sees it: the fields of one employee's file, as texts, and the approved amounts by month.

Name, ID number and mobile are the person's, the rest belongs to the employment (F35). The monthly amount is not one
value but a history: an approved amount counts from its effective month until the next one (D-5), so that the amount "before"
is the one that is valid in the month from which the new one is to count.

>>> from libsubsidy.money import Money
>>> file = PersonnelFile(name="张三", rank="科员", amounts=(FileAmount(effective=Month(2020, 1), amount=Money.parse("500")),))
>>> file.facts(Month(2019, 12))["monthly_amount"], file.facts(Month(2020, 1))["monthly_amount"]
('', '500.00')
"""

from datetime import date
from typing import Final

import attrs
from attrs import frozen

from libsubsidy.employer_card import CardField
from libsubsidy.employment import FileAmount
from libsubsidy.errors import MoneyError
from libsubsidy.identity import IdNumber, Mobile
from libsubsidy.money import Money
from libsubsidy.months import Month
from libsubsidy.violations import Violation

AMOUNT: Final = "monthly_amount"


def _amount(text: str) -> str:
    amount = Money.typed(text)
    if amount.fen <= 0:
        raise MoneyError(Violation.of("AMOUNT_NOT_POSITIVE/on_file"))
    return str(amount)


def file_fields(today: date | None = None) -> tuple[CardField, ...]:
    """Give the fields, in the order of the form; nobody is born after today."""
    return (
        CardField(name="name", zh="姓名", en="Name", required=True, characters_max=100),
        CardField(
            name="id_number",
            zh="身份证号码",
            en="ID number",
            required=True,
            characters_max=64,
            read=lambda text: str(IdNumber.parse(text, today)),
        ),
        CardField(
            name="mobile",
            zh="手机号码",
            en="Mobile number",
            required=True,
            characters_max=64,
            read=lambda text: str(Mobile.parse(text)),
        ),
        CardField(name="rank", zh="级别", en="Rank", characters_max=50),
        CardField(name=AMOUNT, zh="每月缴费金额", en="Monthly amount", required=True, characters_max=64, read=_amount),
        CardField(
            name="start_month",
            zh="汇缴开始月份",
            en="Start month",
            required=True,
            characters_max=64,
            read=lambda text: str(Month.parse(text)),
        ),
    )


FILE_FIELDS: Final = file_fields()


@frozen(kw_only=True)
class PersonnelFile:
    """The file of one employee in one employer; an empty text is one that is not known.

    Attributes:
        id_number: of eighteen characters.
        start_month: 汇缴开始月份, such as 2020-04.
        amounts: 每月缴费金额, one for each effective month.
    """

    name: str = ""
    id_number: str = ""
    mobile: str = ""
    rank: str = ""
    start_month: str = ""
    amounts: tuple[FileAmount, ...] = ()

    @property
    def texts(self) -> dict[str, str]:
        """Every field that does not depend on a month."""
        return {each.name: getattr(self, each.name) for each in FILE_FIELDS if each.name != AMOUNT}

    def facts(self, month: Month) -> dict[str, str]:
        """Give every field as text, with the amount that is valid in a month."""
        valid = max(
            (each for each in self.amounts if each.effective <= month), key=lambda each: each.effective, default=None
        )
        return self.texts | {AMOUNT: "" if valid is None else str(valid.amount)}

    def with_amount(self, effective: Month, amount: Money) -> "PersonnelFile":
        """Give the file with an amount from a month on; one of the same month is replaced."""
        others = tuple(each for each in self.amounts if each.effective != effective)
        amounts = sorted((*others, FileAmount(effective=effective, amount=amount)), key=lambda each: each.effective)
        return attrs.evolve(self, amounts=tuple(amounts))
