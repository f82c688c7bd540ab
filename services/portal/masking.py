"""What lists show of account and ID numbers: enough to tell two apart, and not enough to copy (PIPL)."""

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


def masked_id_number(number: str) -> str:
    """Hide the middle of an ID number: the rest of the area, and the birth.

    >>> masked_id_number("440101199001011232")
    '4401**********1232'
    """
    return f"{number[:4]}{_MASK * 10}{number[14:]}"
