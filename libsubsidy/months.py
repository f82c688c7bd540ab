"""A calendar month, and an inclusive range of them.

The whole business counts in months: the remittance month, the start month, the months of a back-payment. A month is
written 2020-04 and in no other way, so that a spreadsheet's 2020-4 or a full-width ２０２０-０４ is noticed.
Source: manual L368 (汇缴月份), L379 (补缴起止月份); domain §4.2 "Month arithmetic".

>>> Month.parse("2019-11") + 11
Month(year=2020, month=10)
>>> len(MonthRange(Month(2019, 11), Month(2020, 10))), len(MonthRange(Month(2019, 11), Month(2020, 11)))
(12, 13)
>>> Month(2021, 1) - Month(2020, 12), str(Month(2020, 12) + 1)
(1, '2021-01')
>>> Month.parse("2020-4")
Traceback (most recent call last):
libsubsidy.errors.MonthError: The month "2020-4" cannot be read: write four digits of the year, a hyphen ...
"""

import re
from collections.abc import Iterator
from datetime import date
from typing import Final, Self, overload

from attrs import frozen

from libsubsidy.errors import MonthError
from libsubsidy.violations import Violation

MONTHS_PER_YEAR: Final = 12
YEAR_MAX: Final = 9999

_MONTH: Final = re.compile(r"([0-9]{4})-([0-9]{2})")


@frozen
class Month:
    """One calendar month.

    Attributes:
        year: 1 to 9999.
        month: 1 to 12.

    Raises:
        MonthError: there is no such month, or a number is not an int: 2020.0 would print as another month than it is.
    """

    year: int
    month: int

    def __attrs_post_init__(self) -> None:
        for number in (self.year, self.month):
            if type(number) is not int:
                raise MonthError(Violation.of("MONTH_NOT_WHOLE", kind=type(number).__name__, text=str(number)))
        if not (1 <= self.year <= YEAR_MAX and 1 <= self.month <= MONTHS_PER_YEAR):
            raise MonthError(Violation.of("MONTH_OUT_OF_RANGE", year=self.year, month=self.month))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read "2020-04", exactly.

        Raises:
            MonthError: any other form, or a month that does not exist.
        """
        match = _MONTH.fullmatch(text)
        if match is None:
            raise MonthError(Violation.of("MONTH_FORMAT", text=text))
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def of(cls, day: date) -> Self:
        """Give the month a day lies in.

        >>> Month.of(date(2020, 4, 30))
        Month(year=2020, month=4)
        """
        return cls(day.year, day.month)

    @property
    def first_day(self) -> date:
        """The first day of the month; databases keep a month as this date."""
        return date(self.year, self.month, 1)

    @property
    def index(self) -> int:
        """Months since January of the year 0: neighbours differ by one."""
        return self.year * MONTHS_PER_YEAR + self.month - 1

    def __str__(self) -> str:
        return f"{self.year:04}-{self.month:02}"

    # Written out: twenty thousand lines compare months a hundred thousand times, and generated comparisons are slow.
    def __lt__(self, other: "Month") -> bool:
        if not isinstance(other, Month):
            return NotImplemented
        return (self.year, self.month) < (other.year, other.month)

    def __le__(self, other: "Month") -> bool:
        if not isinstance(other, Month):
            return NotImplemented
        return (self.year, self.month) <= (other.year, other.month)

    def __add__(self, months: int) -> "Month":
        if not isinstance(months, int):
            return NotImplemented
        year, month = divmod(self.index + months, MONTHS_PER_YEAR)
        return Month(year, month + 1)

    @overload
    def __sub__(self, other: "Month") -> int: ...
    @overload
    def __sub__(self, other: int) -> "Month": ...
    def __sub__(self, other: "Month | int") -> "Month | int":
        if isinstance(other, Month):
            return self.index - other.index
        return self + -other if isinstance(other, int) else NotImplemented


@frozen
class MonthRange:
    """All months from the first to the last, both included.

    >>> [str(month) for month in MonthRange(Month(2020, 12), Month(2021, 1))]
    ['2020-12', '2021-01']
    >>> Month(2021, 2) in MonthRange(Month(2020, 12), Month(2021, 1))
    False

    Raises:
        MonthError: an end is not a Month (a text must be parsed first), or the first month is later than the last.
    """

    first: Month
    last: Month

    def __attrs_post_init__(self) -> None:
        for end in (self.first, self.last):
            if not isinstance(end, Month):
                raise MonthError(Violation.of("MONTH_EXPECTED", kind=type(end).__name__, text=str(end)))
        if self.first > self.last:
            raise MonthError(Violation.of("BP_RANGE_REVERSED", first=str(self.first), last=str(self.last)))

    def __len__(self) -> int:
        return self.last - self.first + 1

    def __iter__(self) -> Iterator[Month]:
        return (self.first + step for step in range(len(self)))

    def __contains__(self, month: object) -> bool:
        return isinstance(month, Month) and self.first <= month <= self.last
