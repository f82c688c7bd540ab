"""What lists, and an auditor, are shown of account, ID and telephone numbers: enough to tell two apart, not to copy (PIPL)."""

import re
from typing import Final

_MASK: Final = "*"
_LAST: Final = 4
_ID_CHARACTERS: Final = 18
_MOBILE_DIGITS: Final = 11
# Eleven digits are a telephone, more an ID number or an account; people write both in groups.
_LONG_NUMBER: Final = re.compile(r"[0-9](?:[ -]?[0-9]){10,}[Xx]?")


def masked_account(number: str) -> str:
    """Hide all of an account's number but its end.

    >>> masked_account("44050100000000000001"), masked_account("123")
    ('****************0001', '***')
    """
    if len(number) <= _LAST:
        return _MASK * len(number)
    return _MASK * (len(number) - _LAST) + number[-_LAST:]


def last_digits(account: str) -> str:
    """Hide all of an account but its end, and how long it is.

    >>> last_digits("6222021234567890"), last_digits("7890"), last_digits("")
    ('****7890', '****', '')
    """
    if len(account) <= _LAST:
        return _MASK * _LAST if account else ""
    return _MASK * _LAST + account[-_LAST:]


def masked_id_number(number: str) -> str:
    """Hide the middle of an ID number: the rest of the area, and the birth.

    >>> masked_id_number("440101199001011232")
    '4401**********1232'
    """
    return f"{number[:4]}{_MASK * 10}{number[14:]}"


def masked_numbers(text: str) -> str:
    """Hide the middle of every long number in a text, whatever the text is about.

    >>> masked_numbers("张三（440101199001011232）"), masked_numbers("6222 0000 0000 0123"), masked_numbers("13800001234")
    ('张三（4401**********1232）', '****0123', '138****1234')
    >>> masked_numbers("2020-04 至 2020-12，共 1234567890.12 元")
    '2020-04 至 2020-12，共 1234567890.12 元'
    """
    return _LONG_NUMBER.sub(lambda found: _masked(re.sub("[ -]", "", found[0])), text)


def _masked(number: str) -> str:
    if len(number) == _ID_CHARACTERS:
        return masked_id_number(number)
    if len(number) == _MOBILE_DIGITS:
        return f"{number[:3]}{_MASK * 4}{number[7:]}"
    return last_digits(number)
