"""Order codes (订单号, 支付代码): issued so that a slip of the pen is noticed, and never issued twice.

Four characters of an alphabet without look-alikes (no 0 O 1 I) and without X: three random ones and a check character.
The check covers the employer code too: with distinct weights modulo the prime 31, the weighted sum over all nine
characters is a multiple of 31. A digit of the employer code counts as itself, a character of the order code as its place
in the alphabet; one wrong character changes the sum by weight x difference, an exchange of two characters by difference
of weights x difference of characters, and neither can be a multiple of 31. So any one wrong character and any swap of
neighbours is noticed, also where the last digit of the employer code and the first character of the order code meet.
Source: design §3; domain F100, I28.

There are 31³ = 29,791 codes per employer; a code is never used again, not even after a cancellation. Older codes, such
as the manual's A7W5 (L393), carry no check: reading accepts all of [0-9A-Z]{4}, and `order_code_checks` only tells
whether a code is one of ours.

>>> import random
>>> code = new_order_code("75256", set(), random.Random(7))
>>> code, order_code_checks(Memo(employer_code="75256", order_code=code))
('D3B5', True)
>>> order_code_checks(Memo(employer_code="75265", order_code=code))
False
"""

from collections.abc import Iterator
from random import Random
from typing import Final, Protocol

from libsubsidy.errors import OrderCodesExhausted
from libsubsidy.memo import Memo
from libsubsidy.policy import EMPLOYER_CODE_DIGITS, ORDER_CODE_CHARACTERS, Policy
from libsubsidy.violations import Violation

ALPHABET: Final = "23456789ABCDEFGHJKLMNPQRSTUVWYZ"
ORDER_CODES_MAX: Final = len(ALPHABET) ** (ORDER_CODE_CHARACTERS - 1)

# Powers of 3 modulo 31 are all different; the last weight is 1, so the check character is the missing remainder.
_WEIGHTS: Final = (20, 17, 16, 26, 19, 27, 9, 3, 1)
_MODULUS: Final = len(ALPHABET)
_VALUE: Final = {character: value for value, character in enumerate(ALPHABET)}

# With four in five codes used, 64 throws miss all the free ones less than once in a million times; then we count on.
_THROWS_MAX: Final = 64


class CodesTaken(Protocol):
    """The codes an employer has ever used; a set is one."""

    def __contains__(self, code: object, /) -> bool: ...
    def __len__(self) -> int: ...


def new_order_code(employer_code: str, taken: CodesTaken, rng: Random) -> str:
    """Give a code this employer has never used.

    Args:
        employer_code: five digits.
        taken: every code ever used by the employer, older ones included.
        rng: where the randomness comes from; the same generator and codes give the same answer.

    Raises:
        OrderCodesExhausted: all 29,791 have been used.
        MemoError: the employer code is not five digits.
    """
    for number in _numbers(rng):
        code = _code(employer_code, number)
        if code not in taken:
            return code
    raise OrderCodesExhausted(employer_code, ORDER_CODES_MAX)


def order_code_checks(memo: Memo) -> bool:
    """Tell whether the order code is one of ours and fits the employer code; older codes need not."""
    if not _VALUE.keys() >= set(memo.order_code):
        return False
    return _weighted_sum(memo) % _MODULUS == 0


def order_codes_alarm(employer_code: str, used: int, policy: Policy) -> Violation | None:
    """Warn when an employer has used four in five of its codes (policy).

    >>> order_codes_alarm("75256", 23_832, Policy()), order_codes_alarm("75256", 23_833, Policy()).code
    (None, 'ORDER_CODES_ALARM')
    """
    if used * 100 < ORDER_CODES_MAX * policy.order_codes_alarm_percent:
        return None
    return Violation.of("ORDER_CODES_ALARM", employer_code=employer_code, used=used, limit=ORDER_CODES_MAX)


def _numbers(rng: Random) -> Iterator[int]:
    """Throw a while; then count once around from a random place, so that the last free code is found too."""
    for _ in range(_THROWS_MAX):
        yield rng.randrange(ORDER_CODES_MAX)
    start = rng.randrange(ORDER_CODES_MAX)
    for step in range(ORDER_CODES_MAX):
        yield (start + step) % ORDER_CODES_MAX


def _code(employer_code: str, number: int) -> str:
    first, rest = divmod(number, _MODULUS**2)
    body = ALPHABET[first] + ALPHABET[rest // _MODULUS] + ALPHABET[rest % _MODULUS]
    # The first character of the alphabet counts nothing, so it holds the check's place while the others are summed.
    total = _weighted_sum(Memo(employer_code=employer_code, order_code=body + ALPHABET[0]))
    return body + ALPHABET[-total % _MODULUS]


def _weighted_sum(memo: Memo) -> int:
    values = (*map(int, memo.employer_code), *(_VALUE[character] for character in memo.order_code))
    return sum(weight * value for weight, value in zip(_WEIGHTS, values, strict=True))


assert len(_WEIGHTS) == EMPLOYER_CODE_DIGITS + ORDER_CODE_CHARACTERS  # noqa: S101 - a wider code needs more weights.
