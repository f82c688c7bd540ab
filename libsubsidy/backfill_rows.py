"""The rows of 缴款历史补录 as they are typed, or stand in the template: every cell that is wrong is named at once (F107, I33).

    补录的信息填补完成(星号必填)                                                               manual L400

The star is on 证件号码, 姓名, 月份 and 金额; 凭证号 and 备注 may be empty (domain §6.4). An amount without a month is a row
with a cell missing, not a payment for any month (domain §4.2 "Backfill"). Whose number it is only the store can know.

>>> row = BackfillRow(id_number="11010519491231002X", name="张三", month="2019-05", amount="500")
>>> cells, found = read_backfill_row(row)
>>> str(cells.month), str(cells.amount), found
('2019-05', '500.00', ())
>>> cells, found = read_backfill_row(BackfillRow(id_number="11010519491231002X", name="张三", amount="5,00"))
>>> cells, [(each.field, each.violation.code) for each in found]
(None, [('month', 'FIELD_MISSING'), ('amount', 'AMOUNT_FORMAT')])
"""

from collections.abc import Mapping
from typing import Final

from attrs import frozen

from libsubsidy.employer_card import CardField, read_field
from libsubsidy.errors import MoneyError
from libsubsidy.initialisation import CellFinding
from libsubsidy.money import ZERO, Money
from libsubsidy.months import Month
from libsubsidy.violations import Violation

_CHARACTERS_MAX: Final = 64


@frozen(kw_only=True)
class BackfillRow:
    """One row as typed.

    Attributes:
        id_number: 证件号码.
        name: 姓名.
        month: 月份, such as 2019-05.
        amount: 金额 in yuan.
        voucher: 凭证号 of the payment.
        remark: 备注.
    """

    id_number: str = ""
    name: str = ""
    month: str = ""
    amount: str = ""
    voucher: str = ""
    remark: str = ""


@frozen(kw_only=True)
class BackfillCells:
    """What such a row says, but for whose it is."""

    name: str
    month: Month
    amount: Money
    voucher: str
    remark: str


def _amount(text: str) -> str:
    amount = Money.typed(text)
    if amount <= ZERO:
        raise MoneyError(Violation.of("AMOUNT_NOT_POSITIVE/backfill"))
    return str(amount)


# In the order of the template, under its headers.
BACKFILL_FIELDS: Final[tuple[CardField, ...]] = (
    CardField(name="id_number", zh="证件号码", en="ID number", required=True, characters_max=_CHARACTERS_MAX),
    CardField(name="name", zh="姓名", en="Name", required=True, characters_max=100),
    CardField(
        name="month",
        zh="月份",
        en="Month",
        required=True,
        characters_max=_CHARACTERS_MAX,
        read=lambda text: str(Month.parse(text)),
    ),
    CardField(name="amount", zh="金额", en="Amount", required=True, characters_max=_CHARACTERS_MAX, read=_amount),
    CardField(name="voucher", zh="凭证号", en="Voucher", characters_max=100),
    CardField(name="remark", zh="备注", en="Remark", characters_max=200),
)


def read_backfill_row(row: BackfillRow) -> tuple[BackfillCells | None, tuple[CellFinding, ...]]:
    """Read one row: every cell that is wrong is named; the cells are there unless one is."""
    kept: dict[str, str] = {}
    found: list[CellFinding] = []
    for field in BACKFILL_FIELDS:
        kept[field.name], violation = read_field(field, getattr(row, field.name))
        if violation is not None:
            found.append(CellFinding(field.name, violation))
    return (None, tuple(found)) if found else (_cells(kept), ())


def _cells(kept: Mapping[str, str]) -> BackfillCells:
    return BackfillCells(
        name=kept["name"],
        month=Month.parse(kept["month"]),
        amount=Money.parse(kept["amount"]),
        voucher=kept["voucher"],
        remark=kept["remark"],
    )
