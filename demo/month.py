"""The demo month: whose money comes, which files the bank sends, and what must become of each line.

Everything follows from the seed and from the day it is shown: the month shown is the last one that is over.
"""

from collections import deque
from datetime import date, timedelta
from random import Random
from typing import Final

import attrs

from demo.employers import Payer
from demo.mistakes import MISWRITTEN, MISWRITTEN_UNICODE, WITHOUT_MEMO, Mistake, Mistakes, miswritten, without_memo
from demo.orders import Due, Dues
from demo.other_money import bank_and_bureau, withdrawals
from demo.payments import TWO_EQUAL, Calendar, Payment, pay
from demo.statements import BankAccount, BankFile, write
from libsubsidy import Money, Month

SEED: Final = 75_256
MAIN: Final = BankAccount(
    number="6217009900000075256",
    name="示范市住房补贴汇缴户",
    source="demo-bank",
    encoding="utf-8",
    bank_name="示范市商业银行人民路支行",
)
OLDER: Final = BankAccount(
    number="6217009900000075264",
    name="示范市住房补贴汇缴户（二）",
    source="demo-bank-gbk",
    encoding="gb18030",
    bank_name="示范市农村商业银行中心支行",
)
# Balances before the first statement, in yuan.
OPENING: Final = {MAIN.number: Money.parse("36912345.67"), OLDER.number: Money.parse("2400000.00")}
# How often each mistake is made, and how many notices nobody pays this month.
_EACH_MISTAKE: Final = 4
_EACH_MISTAKE_OLDER: Final = 1
_WITHDRAWALS: Final = 980
_WITHDRAWALS_OLDER: Final = 120
_LEFT_UNPAID: Final = 24
# One in so many notices is paid to the older account.
_OLDER_ONE_IN: Final = 8
_PRIVATE: Final = Payer(name="陈𠮷祥", account="6222021000000099999", bank="403")


@attrs.frozen(kw_only=True)
class DemoMonth:
    """The files in the order in which the bank sends them.

    Attributes:
        following: a small file of the next month's first day, for whoever wants to feed one by hand.
    """

    month: Month
    before: BankFile
    main: BankFile
    older: BankFile
    following: BankFile

    @property
    def files(self) -> tuple[BankFile, ...]:
        """The files that the demonstration itself delivers."""
        return self.before, self.main, self.older

    @property
    def scenes(self) -> dict[tuple[str, str], str]:
        """What each line shows, by file name and the bank's id."""
        return {(file.filename, bank_id): payment.scene for file in self.files for bank_id, payment in file.lines}


def month_shown(today: date) -> Month:
    """Give the last month that is over.

    >>> str(month_shown(date(2026, 1, 31)))
    '2025-12'
    """
    return Month.of(today) - 1


def compose(dues: Dues, month: Month, seed: int) -> DemoMonth:
    """Let everybody pay, rightly or wrongly, and let the bank write it down."""
    rng = Random(f"{seed}/payments")  # noqa: S311 -- no secret.
    paid_before = [pay(dues.last_month, Calendar(month - 1, rng).moment(), rng, scene="上月按时缴款")]
    before = _file("last-month.ofx", MAIN, OPENING[MAIN.number], paid_before, month - 1)

    calendar = Calendar(month, rng)
    open_dues = list(dues.small)
    rng.shuffle(open_dues)
    unpaid = [open_dues.pop() for _ in range(_LEFT_UNPAID)]
    split = len(open_dues) // _OLDER_ONE_IN
    to_older, to_main = deque(open_dues[:split]), deque(open_dues[split:])

    payments = [
        pay(due, calendar.moment(), rng, scene=scene)
        for due, scene in (
            (dues.regular, "十二人当月汇缴"),
            (dues.back_payment, "按月补缴十二个月"),
            (dues.joint, "两份订单合并缴款"),
            (dues.hospital, "两千人当月汇缴"),
        )
    ]
    payments += _equal_pair(to_main, calendar, rng)
    payments += Mistakes(dues, to_main.popleft, calendar, rng).all()
    payments += _miswritten(to_main, (*MISWRITTEN, *MISWRITTEN_UNICODE), _EACH_MISTAKE, calendar)
    payments += [
        without_memo(to_main[n].payer, to_main[n].amount, text, calendar) for n, text in enumerate(WITHOUT_MEMO)
    ]
    payments += [pay(due, calendar.moment(), rng) for due in to_main]
    payments += bank_and_bureau(calendar, dues.hospital.payer)
    payments += withdrawals(calendar, _WITHDRAWALS, rng)
    main = _file("main.ofx", MAIN, before.closing, payments, month)

    payments = [without_memo(_PRIVATE, Money.parse("618.25"), "个人补缴", calendar)]
    payments += _miswritten(to_older, MISWRITTEN, _EACH_MISTAKE_OLDER, calendar)
    payments += [pay(due, calendar.moment(), rng) for due in to_older]
    payments += bank_and_bureau(calendar, dues.hospital.payer)
    payments += withdrawals(calendar, _WITHDRAWALS_OLDER, rng)
    older = _file("older-gbk.ofx", OLDER, OPENING[OLDER.number], payments, month)
    return DemoMonth(
        month=month, before=before, main=main, older=older, following=_following(unpaid, main.closing, month + 1, rng)
    )


def _miswritten(dues: "deque[Due]", mistakes: tuple[Mistake, ...], times: int, calendar: Calendar) -> list[Payment]:
    return [miswritten(dues.popleft(), mistake, calendar) for _ in range(times) for mistake in mistakes]


def _equal_pair(dues: deque[Due], calendar: Calendar, rng: Random) -> list[Payment]:
    """Pay two notices of one employer and of one amount at one moment: both are real, and both settle."""
    seen: dict[tuple[str, Money], Due] = {}
    for due in dues:
        other = seen.setdefault((due.payer.account, due.amount), due)
        if other is not due:
            dues.remove(other)
            dues.remove(due)
            moment = calendar.moment()
            return [pay(each, moment, rng, scene=f"{TWO_EQUAL}，两张通知") for each in (other, due)]
    return []


def _following(unpaid: list[Due], opening: Money, month: Month, rng: Random) -> BankFile:
    calendar = Calendar(month, rng)
    payments = [pay(due, calendar.on(1), rng) for due in unpaid[:4]]
    payments += [miswritten(due, mistake, calendar) for due, mistake in zip(unpaid[4:7], MISWRITTEN, strict=False)]
    payments = [attrs.evolve(payment, moment=calendar.on(1)) for payment in payments]
    return write("next-day.ofx", MAIN, opening, payments, (month.first_day, month.first_day))


def _file(filename: str, account: BankAccount, opening: Money, payments: list[Payment], month: Month) -> BankFile:
    last = (month + 1).first_day - timedelta(days=1)
    return write(filename, account, opening, payments, (month.first_day, last))
