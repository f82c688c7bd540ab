"""A day as it is typed into a form or a spreadsheet: 2020-04-01, and in no other way.

Months are what the business counts in (`Month`); a day says when somebody began to work, or when something was signed.
Source: domain F45 (参加工作/入职日期); one form for the same reason as a month's (domain §4.2 "Month arithmetic").

>>> parse_day("2020-04-01")
datetime.date(2020, 4, 1)
>>> parse_day("2020-02-30")
Traceback (most recent call last):
libsubsidy.errors.DayError: The day "2020-02-30" cannot be read: ...
"""

import re
from datetime import date
from typing import Final

from libsubsidy.errors import DayError
from libsubsidy.violations import Violation

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def parse_day(text: str) -> date:
    """Read a day, exactly.

    Raises:
        DayError: any other form, or a day that does not exist.
    """
    # fromisoformat alone would take "20200401" and "2020-W14-3", too.
    if not _DAY.fullmatch(text):
        raise DayError(Violation.of("DAY_FORMAT", text=text))
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise DayError(Violation.of("DAY_FORMAT", text=text)) from error
