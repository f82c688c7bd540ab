"""Money: a whole number of fen (1 yuan = 100 fen), and nothing else.

Rule I8: reading and printing are inverse, no float is anywhere, and whatever is not plainly an amount is refused: signs
(a bank line has a direction; only the ledger is signed), blanks, thousands separators, exponents, NaN, full-width
digits and more than two decimals. What people type may have thousands separators (`Money.typed`).
Amounts are entered, never computed by a rate, so nothing is ever rounded
(decision D-18).
Source: manual L371-L372 (totals and designated amounts); domain rules I1, I8.

>>> Money.parse("23662.5")
Money(fen=2366250)
>>> str(Money.parse("23662.5"))
'23662.50'
>>> str(Money(fen=-1)), str(sum([Money(fen=1), Money(fen=99)]))
('-0.01', '1.00')
>>> Money.parse("1.234")
Traceback (most recent call last):
libsubsidy.errors.MoneyError: The amount "1.234" cannot be read: write plain digits with at most two decimals, ...
"""

import re
from typing import Final, Self
from unicodedata import normalize

from attrs import frozen

from libsubsidy.errors import MoneyError
from libsubsidy.violations import Violation

# Ten thousand billion yuan: far above any fund, and far inside a bigint column even when a million of them are summed.
FEN_MAX: Final = 10**15
FEN_PER_YUAN: Final = 100

_AMOUNT: Final = re.compile(r"([0-9]+)(?:\.([0-9]{1,2}))?")
_GROUPED: Final = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]*)?")
# They cover FEN_MAX; a longer number is beyond the bounds, and not even computed.
_YUAN_DIGITS_MAX: Final = 16
_TYPED_CHARACTERS_MAX: Final = 60


@frozen(order=True, kw_only=True)
class Money:
    """An exact amount.

    Attributes:
        fen: whole fen; negative amounts exist inside the ledger only.

    Raises:
        MoneyError: not an integer, or beyond ± FEN_MAX.
    """

    fen: int

    def __attrs_post_init__(self) -> None:
        if type(self.fen) is not int:
            raise MoneyError(
                Violation.of("AMOUNT_NOT_WHOLE_FEN", kind=type(self.fen).__name__, text=str(self.fen)),
            )
        if not -FEN_MAX <= self.fen <= FEN_MAX:
            raise _out_of_bounds()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read an amount in yuan, at most two decimals.

        >>> Money.parse("0.01").fen, Money.parse("37243.75").fen
        (1, 3724375)

        Raises:
            MoneyError: the text is anything else, or the amount is beyond the bounds.
        """
        match = _AMOUNT.fullmatch(text)
        if match is None:
            raise MoneyError(Violation.of("AMOUNT_FORMAT", text=text))
        yuan, decimals = match.groups(default="")
        if len(yuan) > _YUAN_DIGITS_MAX:
            raise _out_of_bounds()
        return cls(fen=int(yuan) * FEN_PER_YUAN + int(decimals.ljust(2, "0")))

    @classmethod
    def typed(cls, text: str) -> Self:
        """Read an amount as people type it, and as Excel writes it into a CSV: as `parse`, and 1,800.00, ¥500 and １５００.

        A comma counts where it stands before three digits, for thousands; elsewhere it may be meant as the decimal point.

        >>> [str(Money.typed(text)) for text in ("1,800.00", " ¥12,345,678 ", "１，８００", "0.5")]
        ['1800.00', '12345678.00', '1800.00', '0.50']
        >>> Money.typed("1,50")
        Traceback (most recent call last):
        libsubsidy.errors.MoneyError: The amount "1,50" cannot be read: write digits with at most two decimals and ...

        Raises:
            MoneyError: the text is anything else, or the amount is beyond the bounds.
        """
        plain = normalize("NFKC", text).strip().removeprefix("¥").lstrip() if len(text) <= _TYPED_CHARACTERS_MAX else ""
        if _GROUPED.fullmatch(plain):
            plain = plain.replace(",", "")
        if _AMOUNT.fullmatch(plain) is None:
            raise MoneyError(Violation.of("AMOUNT_FORMAT/typed", text=text))
        return cls.parse(plain)

    def __str__(self) -> str:
        yuan, fen = divmod(abs(self.fen), FEN_PER_YUAN)
        return f"{'-' if self.fen < 0 else ''}{yuan}.{fen:02}"

    def __add__(self, other: "Money") -> "Money":
        if not isinstance(other, Money):
            return NotImplemented
        return Money(fen=self.fen + other.fen)

    def __radd__(self, other: int) -> "Money":
        # sum() begins with the number 0; no other number may be added to money.
        return self if type(other) is int and other == 0 else NotImplemented

    def __sub__(self, other: "Money") -> "Money":
        if not isinstance(other, Money):
            return NotImplemented
        return Money(fen=self.fen - other.fen)

    def __neg__(self) -> "Money":
        return Money(fen=-self.fen)


def _out_of_bounds() -> MoneyError:
    return MoneyError(Violation.of("AMOUNT_OUT_OF_BOUNDS", limit=f"{FEN_MAX // FEN_PER_YUAN}"))


ZERO: Final = Money(fen=0)
