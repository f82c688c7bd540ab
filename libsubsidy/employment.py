"""What the rules need to know about one person in one employer (人事档案).

An employment is a snapshot: the store reads it, the rules judge it. "Has ever remitted" (进行过汇缴操作) is decided
here once, because the start-month rule hangs on it: a live regular line in this employer counts (submitted counts,
rejected and retracted do not, so they are not in `regular_months`), an approved backfill counts, opening periods count;
a back-payment does not, and nothing of a former employer does. Source: manual L381, decision D-8, design §12.

>>> from attrs import evolve
>>> newcomer = Employment(person_id=1, name="张三", start_month=Month(2020, 4), state=EmploymentState.ACTIVE)
>>> newcomer.has_remitted
False
>>> evolve(newcomer, opening_periods=1).has_remitted
True
"""

from collections.abc import Mapping
from enum import Enum
from typing import Final

from attrs import Factory, field, frozen, validators

from libsubsidy.applications import OrderState
from libsubsidy.lifecycle import Lifecycle
from libsubsidy.money import Money
from libsubsidy.months import Month, MonthRange


class EmploymentState(Enum):
    """The states of an employment (domain §6.1)."""

    PENDING = "pending"
    ACTIVE = "active"
    SEALED = "sealed"
    TRANSFERRING = "transferring"
    ENDED = "ended"


# What began in a month that nobody knows began before all others.
FIRST_MONTH: Final = Month(1, 1)


class EmploymentEvent(Enum):
    """What happens to an employment; a transfer that comes to nothing gives back the state that was before."""

    OPEN = "open"
    SEAL = "seal"
    UNSEAL = "unseal"
    TRANSFER = "transfer"
    COME_BACK = "come_back"
    COME_BACK_SEALED = "come_back_sealed"
    END = "end"
    RETURN = "return"


EMPLOYMENT_LIFE: Final = Lifecycle(
    "employment",
    {
        (EmploymentState.PENDING, EmploymentEvent.OPEN): EmploymentState.ACTIVE,
        (EmploymentState.ACTIVE, EmploymentEvent.SEAL): EmploymentState.SEALED,
        (EmploymentState.SEALED, EmploymentEvent.UNSEAL): EmploymentState.ACTIVE,
        (EmploymentState.ACTIVE, EmploymentEvent.TRANSFER): EmploymentState.TRANSFERRING,
        (EmploymentState.SEALED, EmploymentEvent.TRANSFER): EmploymentState.TRANSFERRING,
        (EmploymentState.TRANSFERRING, EmploymentEvent.COME_BACK): EmploymentState.ACTIVE,
        (EmploymentState.TRANSFERRING, EmploymentEvent.COME_BACK_SEALED): EmploymentState.SEALED,
        (EmploymentState.TRANSFERRING, EmploymentEvent.END): EmploymentState.ENDED,
        (EmploymentState.ACTIVE, EmploymentEvent.END): EmploymentState.ENDED,
        (EmploymentState.SEALED, EmploymentEvent.END): EmploymentState.ENDED,
        # Somebody who had left comes back, by a transfer from elsewhere.
        (EmploymentState.ENDED, EmploymentEvent.RETURN): EmploymentState.ACTIVE,
    },
)


@frozen(kw_only=True)
class FileAmount:
    """An approved 每月缴费金额 of the personnel file, valid from its effective month on."""

    effective: Month
    amount: Money


@frozen(kw_only=True)
class DesignatedAmount:
    """An amount that a live regular line designated (指定汇缴) and that may carry over to later months."""

    month: Month
    amount: Money


@frozen(kw_only=True)
class Employment:
    """One person in one employer.

    Attributes:
        person_id: the person, over the whole fund.
        name: for messages.
        start_month: 汇缴开始月份; None if the file lacks it.
        state: today's state.
        state_from: the month from which a sealed, transferring or ended state holds; None means every month.
        sealed_months: months of earlier seals, which stay sealed after the person was unsealed.
        paid_through: 缴至月份 of the opening balance.
        opening_periods: periods of the opening balance in this employer.
        regular_months: live regular lines in this employer.
        backfilled_months: approved backfills in this employer.
        lump_months: labels of live lump sums in this employer.
        file_amounts: approved amounts; of two with one effective month the later entry holds.
        designated: amounts that may carry over.
        transferred_in: the person came from another employer.
    """

    person_id: int
    name: str
    start_month: Month | None
    state: EmploymentState
    state_from: Month | None = None
    sealed_months: tuple[MonthRange, ...] = ()
    paid_through: Month | None = None
    opening_periods: int = field(default=0, validator=validators.ge(0))
    regular_months: frozenset[Month] = frozenset()
    backfilled_months: frozenset[Month] = frozenset()
    lump_months: frozenset[Month] = frozenset()
    file_amounts: tuple[FileAmount, ...] = ()
    designated: tuple[DesignatedAmount, ...] = ()
    transferred_in: bool = False

    @property
    def has_remitted(self) -> bool:
        """Whether the person has 进行过汇缴操作 in this employer (D-8)."""
        return bool(self.regular_months or self.backfilled_months) or self.opening_periods > 0

    def state_in(self, month: Month) -> EmploymentState:
        """Give the state that holds in a month: before `state_from` the employment was active, but for earlier seals.

        >>> sealed = Employment(person_id=1, name="张三", start_month=Month(2020, 1), state=EmploymentState.SEALED,
        ...                     state_from=Month(2020, 6), sealed_months=(MonthRange(Month(2020, 2), Month(2020, 3)),))
        >>> [sealed.state_in(Month(2020, month)).value for month in (2, 3, 4, 5, 6)]
        ['sealed', 'sealed', 'active', 'active', 'sealed']
        """
        return self.state_and_since(month)[0]

    def state_and_since(self, month: Month) -> tuple[EmploymentState, Month | None]:
        """Give the state that holds in a month, and the month from which it does; None where that is not known."""
        if self.state is not EmploymentState.ACTIVE and (
            self.state is EmploymentState.PENDING or self.state_from is None or month >= self.state_from
        ):
            return self.state, self.state_from
        for months in self.sealed_months:
            if month in months:
                return EmploymentState.SEALED, None if months.first == FIRST_MONTH else months.first
        return EmploymentState.ACTIVE, None


@frozen(kw_only=True)
class LiveMonth:
    """Who holds a (person, month): it is live once over the whole fund (I9, D-4).

    Attributes:
        state: how far it is: submitted, approved, or credited; None where that is not ours to know.
    """

    employer_name: str
    order_ref: str
    state: OrderState | None = None


@frozen
class Member:
    """A person as an order sees them: the employment here, and the live months over the whole fund."""

    employment: Employment
    live: Mapping[Month, LiveMonth] = Factory(dict)


Roster = Mapping[int, Member]
