"""What lists show of account numbers: enough to tell two apart, and not enough to copy (PIPL)."""

from typing import Final

_MASK: Final = "*"
_LAST: Final = 4


def masked_account(number: str) -> str:
    """Hide all of an account's number but its end.

    >>> masked_account("44050100000000000001"), masked_account("123")
    ('****************0001', '***')
    """
    if len(number) <= _LAST:
        return _MASK * len(number)
    return _MASK * (len(number) - _LAST) + number[-_LAST:]
