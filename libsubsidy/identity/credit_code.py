"""统一社会信用代码, GB 32100: eighteen characters, the last one a check.

Alphabet 0-9 and capitals without I O S V Z; weights 3^(i−1) mod 31; check = (31 − sum mod 31) mod 31. Position 1 is
the registering department: 1 机构编制, 2 外交, 3 司法行政, 4 文化, 5 民政, 6 旅游, 7 宗教, 8 工会, 9 工商, A 中央军委,
N 农业, Y 其他; positions 3-8 the area, 9-17 the organisation code. Every single wrong character and every swap of
neighbours is noticed (I29). Source: domain §2.3; the manual's employers have such codes (L295-L309, L340).

>>> str(CreditCode.parse("91110000600037341L")), CreditCode.parse("91110000600037341L").organization_code
('91110000600037341L', '600037341')
>>> str(CreditCode.parse("N2440700MF00000013"))
'N2440700MF00000013'
>>> CreditCode.parse("91110000600037341M")
Traceback (most recent call last):
libsubsidy.errors.IdentityError: The check character of the unified social credit code does not fit, ...
"""

import re
from typing import Final, Self

from attrs import field, frozen

from libsubsidy.errors import IdentityError
from libsubsidy.identity.typed_text import typed
from libsubsidy.violations import Violation

ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"

_BODY: Final = re.compile(f"[1-9ANY][{ALPHABET}]{{16}}")
_FORM: Final = re.compile(f"({_BODY.pattern})([{ALPHABET}])")
_MODULUS: Final = 31
_WEIGHTS: Final = tuple(pow(3, place, _MODULUS) for place in range(17))
_VALUE: Final = {character: value for value, character in enumerate(ALPHABET)}


@frozen(order=True)
class CreditCode:
    """A valid unified social credit code.

    Attributes:
        text: eighteen characters.
    """

    text: str = field()

    @text.validator
    def _validate(self, _attribute: object, text: str) -> None:
        match = _FORM.fullmatch(text)
        if match is None:
            raise IdentityError(Violation.of("USCC_FORMAT"))
        if match[2] != _check_character(match[1]):
            raise IdentityError(Violation.of("USCC_CHECK_DIGIT"))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a code.

        Raises:
            IdentityError: USCC_FORMAT or USCC_CHECK_DIGIT.
        """
        return cls(typed(text))

    @classmethod
    def of_body(cls, body: str) -> Self:
        """Complete seventeen characters by their check character.

        Raises:
            IdentityError: USCC_FORMAT.
        """
        if not _BODY.fullmatch(body):
            raise IdentityError(Violation.of("USCC_FORMAT"))
        return cls(body + _check_character(body))

    @property
    def organization_code(self) -> str:
        """Positions 9-17; not judged by themselves, because old registers hold wrong ones."""
        return self.text[8:17]

    def __str__(self) -> str:
        return self.text


def _check_character(body: str) -> str:
    total = sum(weight * _VALUE[character] for weight, character in zip(_WEIGHTS, body, strict=True))
    return ALPHABET[-total % _MODULUS]
