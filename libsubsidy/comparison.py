"""与上月比较: who joined, who left and whose amount changed between two lists of lines.

Before a month is submitted it is compared with the last month that was remitted, and before the amounts of a file are taken
they are compared with what the draft holds: the differences are what a person can check, 20,000 equal lines are not (domain
§3 #44, persona P2; lesson 5: count and total before and after). Each list has a person once.

>>> from libsubsidy.money import Money
>>> from libsubsidy.months import Month
>>> from libsubsidy.order_lines import AmountSource
>>> def line(person_id, month, yuan):
...     return OrderLine(person_id=person_id, month=month, amount=Money.parse(yuan), source=AmountSource.FILE)
>>> march, april = Month(2020, 3), Month(2020, 4)
>>> found = compare_lines([line(1, march, "500"), line(2, march, "600"), line(3, march, "700")],
...                       [line(1, april, "500"), line(2, april, "600.01"), line(4, april, "800")])
>>> [(each.kind.value, each.person_id, each.added_fen) for each in found.differences]
[('joined', 4, 80000), ('left', 3, -70000), ('changed', 2, 1)]
>>> found.unchanged, str(found.before.amount), str(found.after.amount)
(1, '1800.00', '1900.01')
"""

from collections.abc import Sequence
from enum import Enum

from attrs import evolve, frozen

from libsubsidy.order_lines import OrderLine, OrderTotals, order_totals


class DifferenceKind(Enum):
    """How one person differs between two lists."""

    JOINED = "joined"
    LEFT = "left"
    CHANGED = "changed"


@frozen(kw_only=True)
class Difference:
    """One person who is not the same in both lists.

    Attributes:
        before: None for somebody who joined.
        after: None for somebody who left.
    """

    person_id: int
    before: OrderLine | None
    after: OrderLine | None

    @property
    def kind(self) -> DifferenceKind:
        """What has happened."""
        if self.before is None:
            return DifferenceKind.JOINED
        return DifferenceKind.LEFT if self.after is None else DifferenceKind.CHANGED

    @property
    def added_fen(self) -> int:
        """By how much the total grows; negative where it shrinks."""
        return (self.after.amount.fen if self.after else 0) - (self.before.amount.fen if self.before else 0)


@frozen(kw_only=True)
class Comparison:
    """Two lists beside each other; `after.amount` is `before.amount` and all that was added.

    Attributes:
        before: count and control total of the earlier list.
        after: of the later one.
        joined: who is in the later one only, in its order.
        left: who is in the earlier one only, in its order.
        changed: whose amount differs, in the order of the later list.
        unchanged: how many are the same in both.
    """

    before: OrderTotals
    after: OrderTotals
    joined: tuple[Difference, ...]
    left: tuple[Difference, ...]
    changed: tuple[Difference, ...]
    unchanged: int

    @property
    def differences(self) -> tuple[Difference, ...]:
        """Everybody who differs."""
        return self.joined + self.left + self.changed

    def keeping(self) -> "Comparison":
        """Give what it comes to when nobody leaves: whoever is in the earlier list only stays as they are.

        >>> from libsubsidy.money import Money
        >>> from libsubsidy.months import Month
        >>> from libsubsidy.order_lines import AmountSource
        >>> line = OrderLine(person_id=1, month=Month(2020, 4), amount=Money(fen=5), source=AmountSource.FILE)
        >>> kept = compare_lines([line], []).keeping()
        >>> kept.differences, kept.unchanged, kept.after == kept.before
        ((), 1, True)
        """
        staying = order_totals([each.before for each in self.left if each.before is not None])
        after = OrderTotals(
            amount=self.after.amount + staying.amount,
            employees=self.after.employees + staying.employees,
            lines=self.after.lines + staying.lines,
        )
        return evolve(self, after=after, left=(), unchanged=self.unchanged + len(self.left))

    def of_kind(self, kind: DifferenceKind) -> tuple[Difference, ...]:
        """Give those with one kind of difference."""
        return {
            DifferenceKind.JOINED: self.joined,
            DifferenceKind.LEFT: self.left,
            DifferenceKind.CHANGED: self.changed,
        }[kind]


def compare_lines(before: Sequence[OrderLine], after: Sequence[OrderLine], *, carry_over: bool = False) -> Comparison:
    """Compare two lists.

    Args:
        before: the earlier one.
        after: the later one.
        carry_over: whether 仅本月 alone makes a difference: it does where a file is compared with a draft; between two
            months, which each have their own, it does not.
    """
    earlier = {line.person_id: line for line in before}
    later = {line.person_id: line for line in after}
    joined: list[Difference] = []
    changed: list[Difference] = []
    unchanged = 0
    for person_id, line in later.items():
        known = earlier.get(person_id)
        if known is None:
            joined.append(Difference(person_id=person_id, before=None, after=line))
        elif known.amount != line.amount or (carry_over and known.carry_over != line.carry_over):
            changed.append(Difference(person_id=person_id, before=known, after=line))
        else:
            unchanged += 1
    left = [
        Difference(person_id=person_id, before=line, after=None)
        for person_id, line in earlier.items()
        if person_id not in later
    ]
    return Comparison(
        before=order_totals(before),
        after=order_totals(after),
        joined=tuple(joined),
        left=tuple(left),
        changed=tuple(changed),
        unchanged=unchanged,
    )
