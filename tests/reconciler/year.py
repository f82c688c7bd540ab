"""Many files for the tests of order and repetition: chained statements of several accounts, with every kind of line."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import islice, product
from random import Random

import attrs

from tests.reconciler.bank import ACCOUNT, Bank, Payment
from tests.reconciler.town import Due

OTHER_ACCOUNT = "440010000000000002"
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWYZ"
_FIRST_DAY = date(2026, 1, 5)


@attrs.frozen(kw_only=True)
class Year:
    """Notices, and the files that pay them: `files` in the order in which the bank wrote them, by account."""

    dues: tuple[Due, ...]
    files: tuple[tuple[str, bytes], ...]
    accounts: tuple[str, ...] = (ACCOUNT, OTHER_ACCOUNT)


def year(rng: Random, *, files: int, lines: int) -> Year:
    """Make `files` chained files of `lines` lines, half of them for each account.

    The accounts share no notice: of two payments of one notice that come in on two accounts, either may be the first.
    """
    dues = tuple(_dues(files * lines // 2))
    per_account = len(dues) // 2
    made: list[tuple[str, bytes]] = []
    for account, of_account in ((ACCOUNT, dues[:per_account]), (OTHER_ACCOUNT, dues[per_account:])):
        bank = Bank(account=account)
        payments = list(islice(_payments(rng, of_account), files // 2 * lines))
        for number in range(files // 2):
            day = _FIRST_DAY + timedelta(days=number)
            of_day = [attrs.evolve(each, day=day) for each in payments[number * lines : (number + 1) * lines]]
            made.append((f"{account[-1]}-{day}.ofx", bank.statement(of_day)))
    return Year(dues=dues, files=tuple(made))


def _dues(count: int) -> Iterator[Due]:
    for letters in islice(product(_LETTERS, repeat=3), count):
        code = "".join(letters)
        yield Due(employer_code=f"1{len(code)}000", order_code=f"{code}2", people=1, each_fen=100_00 + ord(code[2]))


def _payments(rng: Random, dues: Sequence[Due]) -> Iterator[Payment]:
    open_dues = list(dues)
    paid: list[Due] = [open_dues.pop()]
    yield Payment(fen=paid[0].fen, memo=paid[0].memo)
    while True:
        match rng.randrange(10):
            case 0:
                due = rng.choice(paid)
                yield Payment(fen=due.fen, memo=due.memo)
            case 1:
                due = rng.choice(dues)
                yield Payment(fen=due.fen + rng.choice((-1, 1)), memo=due.memo)
            case 2:
                yield Payment(fen=rng.randrange(1, 10_000_00), memo=rng.choice(("", "工资", "75256", "99999xA7W5o")))
            case 3:
                yield Payment(fen=-rng.randrange(1, 1_000_00), memo="付款", kind="DEBIT")
            case 4:
                yield Payment(fen=12_34, memo="两笔相同", payer_account="")
            case _ if open_dues:
                paid.append(open_dues.pop(rng.randrange(len(open_dues))))
                yield Payment(fen=paid[-1].fen, memo=f"{paid[-1].memo}，汇缴")
            case _:
                continue
