"""What may stand on the command line: each kind of argument is checked before anything else happens."""

from argparse import ArgumentTypeError
from typing import Final

from libsubsidy import Money

_ID_MAX: Final = 2**63 - 1


def statement_id(text: str) -> int:
    """Read the number of a statement.

    >>> statement_id("17")
    17
    >>> statement_id("9223372036854775808")
    Traceback (most recent call last):
    argparse.ArgumentTypeError: should be the number of a statement / 应为对账单编号: '9223372036854775808'
    """
    return _whole_number(text, _ID_MAX, "should be the number of a statement / 应为对账单编号")


def limit(text: str) -> int:
    """Read how many to list, from 1 to 10,000."""
    return _whole_number(text, 10_000, "should be a whole number from 1 to 10,000 / 应为 1 至 10000 的整数")


def _whole_number(text: str, most: int, wanted: str) -> int:
    # Python refuses to read very long numbers with an error of its own.
    fits = text.isascii() and text.isdigit() and len(text) <= len(str(most))
    if not fits or not 1 <= int(text) <= most:
        raise ArgumentTypeError(f"{wanted}: {text[:40]!r}")
    return int(text)


def words(text: str) -> str:
    r"""Read a text that must say something, and that the database can keep.

    >>> words(" zhang ")
    'zhang'
    >>> words("\udcff")
    Traceback (most recent call last):
    argparse.ArgumentTypeError: is not UTF-8 / 不是 UTF-8 文字: '\udcff'
    """
    if not is_utf8(text):
        raise ArgumentTypeError(f"is not UTF-8 / 不是 UTF-8 文字: {text!r}")
    if not text.strip():
        raise ArgumentTypeError("must not be blank / 不能为空")
    return text.strip()


def is_utf8(text: str) -> bool:
    """Tell whether what was typed was UTF-8: other bytes are read as lone surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def balance_fen(text: str) -> int:
    """Read a balance, the only amount that a person may give with a sign: an account may be overdrawn.

    >>> balance_fen("-12.00"), balance_fen("0.01")
    (-1200, 1)

    Raises:
        MoneyError: it is no amount.
    """
    return -Money.parse(text[1:]).fen if text.startswith("-") else Money.parse(text).fen
