"""The amount a regular month starts with, before anybody edits it.

    如若职工的汇缴金额与实际情况不一致，可在“指定汇缴”的栏目上，填写上正确的汇缴金额。                 manual L372
    本月填写正确后，系统以后每月就会自动复制上月的汇缴金额，无需再次修改。                             manual L374

Two sources compete, and the later month wins: the last designated amount of an earlier month in this employer, and the
last approved file amount whose effective month is not later than the month asked for; on a tie the file (D-5, I19, I20,
design §12). A rejected order and a back-payment never feed it, an amount for this month only (仅本月) does not carry.

>>> from libsubsidy.employment import DesignatedAmount, EmploymentState, FileAmount
>>> li = Employment(person_id=1, name="李四", start_month=Month(2020, 1), state=EmploymentState.ACTIVE,
...                 file_amounts=(FileAmount(effective=Month(2020, 1), amount=Money.parse("500")),
...                               FileAmount(effective=Month(2020, 7), amount=Money.parse("600"))),
...                 designated=(DesignatedAmount(month=Month(2020, 3), amount=Money.parse("550")),))
>>> for month in (Month(2020, 3), Month(2020, 4), Month(2020, 6), Month(2020, 7)):
...     default = default_amount(li, month)
...     print(month, default.amount, default.source.value, "since", default.month_from)
2020-03 500.00 file since 2020-01
2020-04 550.00 carried since 2020-03
2020-06 550.00 carried since 2020-03
2020-07 600.00 file since 2020-07
"""

from collections.abc import Iterable

from attrs import frozen

from libsubsidy.employment import DesignatedAmount, Employment, FileAmount
from libsubsidy.money import Money
from libsubsidy.months import Month
from libsubsidy.order_lines import AmountSource, OrderLine


@frozen(kw_only=True)
class DefaultAmount:
    """An amount, and where it came from.

    Attributes:
        amount: what the line starts with.
        source: FILE or CARRIED.
        month_from: the effective month of the file, or the month that designated it.
    """

    amount: Money
    source: AmountSource
    month_from: Month


def default_amount(employment: Employment, month: Month) -> DefaultAmount | None:
    """Give the default of a month, or None if neither file nor history knows an amount."""
    on_file = file_amount(employment, month)
    carried = max(
        (designated for designated in employment.designated if designated.month < month),
        key=lambda designated: designated.month,
        default=None,
    )
    if carried is not None and (on_file is None or carried.month > on_file.effective):
        return DefaultAmount(amount=carried.amount, source=AmountSource.CARRIED, month_from=carried.month)
    if on_file is not None:
        return DefaultAmount(amount=on_file.amount, source=AmountSource.FILE, month_from=on_file.effective)
    return None


def file_amount(employment: Employment, month: Month) -> FileAmount | None:
    """Give the approved file amount that is valid in a month."""
    valid = None
    for entry in employment.file_amounts:
        # Of two entries with one effective month the later one corrects the earlier one.
        if entry.effective <= month and (valid is None or entry.effective >= valid.effective):
            valid = entry
    return valid


def designated_by(lines: Iterable[OrderLine], person_id: int) -> tuple[DesignatedAmount, ...]:
    """Give the amounts of live regular lines that carry over for one person.

    >>> this_month_only = OrderLine(person_id=1, month=Month(2020, 3), amount=Money.parse("9"),
    ...                             source=AmountSource.DESIGNATED, carry_over=False)
    >>> designated_by([this_month_only], 1)
    ()
    """
    return tuple(
        DesignatedAmount(month=line.month, amount=line.amount)
        for line in lines
        if line.person_id == person_id and line.source is AmountSource.DESIGNATED and line.carry_over
    )
