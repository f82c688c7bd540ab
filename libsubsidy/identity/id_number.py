"""居民身份证号码 (公民身份号码), GB 11643: six digits of area, eight of birth, three serial, one check.

Weights 7 9 10 5 8 4 2 1 6 3 7 9 10 5 8 4 2, sum mod 11 gives 1 0 X 9 8 7 6 5 4 3 2; an odd serial is a man's. The area is
not looked up: areas are renamed and dissolved, and the number outlives them. A number of fifteen digits (old cards) has
a two-digit year and no check; it is upgraded by inserting 19, or 18 for the serials 996-999 that were kept for
centenarians, and by adding the check (D-3). A spreadsheet that shows 4.40782E+17 has lost digits: nothing can restore
them, so that is an error of its own. Source: domain §2.3, §4.2 "Data", I29.

>>> number = IdNumber.parse("11010519491231002x")
>>> str(number), number.born, number.sex, number.masked
('11010519491231002X', datetime.date(1949, 12, 31), <Sex.FEMALE: 'female'>, '1101**********002X')
>>> IdNumber.parse("110105491231002") == number, IdNumber.parse("110105491231002").original
(True, '110105491231002')
>>> IdNumber.parse("4.40782E+17")
Traceback (most recent call last):
libsubsidy.errors.IdentityError: The spreadsheet turned the ID number into scientific notation (4.40782E+17); digits ...
"""

import re
from datetime import date
from enum import Enum
from typing import Final, Self

from attrs import field, frozen

from libsubsidy.errors import IdentityError
from libsubsidy.identity.typed_text import typed
from libsubsidy.violations import Violation

LENGTH: Final = 18
OLD_LENGTH: Final = 15

_SCIENTIFIC: Final = re.compile(r"[0-9](?:\.[0-9]{0,17})?E\+?[0-9]{1,3}")
_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS: Final = "10X98765432"
_CENTENARIANS: Final = frozenset({"996", "997", "998", "999"})


class Sex(Enum):
    """The sex that the serial number tells."""

    FEMALE = "female"
    MALE = "male"


@frozen(order=True)
class IdNumber:
    """A valid resident ID number.

    Attributes:
        text: eighteen characters; two numbers are equal if these are.
        original: what the card showed, fifteen digits on an old one.
    """

    text: str = field()
    original: str = field(default="", eq=False, repr=False)

    @text.validator
    def _validate(self, _attribute: object, text: str) -> None:
        _refuse_shape(text, LENGTH)
        _birth(text[6:14])
        if text[17] != _check_character(text[:17]):
            raise IdentityError(Violation.of("ID_CHECK_DIGIT"))

    @classmethod
    def parse(cls, text: str, today: date | None = None) -> Self:
        """Read a number of 18 characters, or one of 15 digits and upgrade it.

        Args:
            text: as typed; blanks, full-width digits and a lower-case x are understood.
            today: if given, nobody may be born later.

        Raises:
            IdentityError: ID_SCIENTIFIC, ID_LENGTH, ID_CHARACTERS, ID_DATE, ID_DATE_FUTURE or ID_CHECK_DIGIT.
        """
        plain = typed(text)
        if _SCIENTIFIC.fullmatch(plain):
            raise IdentityError(Violation.of("ID_SCIENTIFIC", text=plain))
        if len(plain) == OLD_LENGTH:
            _refuse_shape(plain, OLD_LENGTH)
            century = "18" if plain[12:] in _CENTENARIANS else "19"
            body = plain[:6] + century + plain[6:]
            number = cls(body + _check_character(body), original=plain)
        else:
            number = cls(plain, original=plain)
        if today is not None and number.born > today:
            raise IdentityError(Violation.of("ID_DATE_FUTURE", born=str(number.born), today=str(today)))
        return number

    @classmethod
    def of_body(cls, body: str) -> Self:
        """Complete seventeen digits by their check character, for made-up people.

        Raises:
            IdentityError: ID_LENGTH, ID_CHARACTERS or ID_DATE.
        """
        _refuse_shape(body + "0", LENGTH)
        return cls(body + _check_character(body))

    @property
    def born(self) -> date:
        """The date of birth."""
        return _birth(self.text[6:14])

    @property
    def sex(self) -> Sex:
        """Odd serial numbers are men's."""
        return Sex.MALE if int(self.text[16]) % 2 else Sex.FEMALE

    @property
    def masked(self) -> str:
        """The number for lists: without the rest of the area and the birth."""
        return f"{self.text[:4]}{'*' * 10}{self.text[14:]}"

    def __str__(self) -> str:
        return self.text


def _refuse_shape(text: str, length: int) -> None:
    if len(text) != length:
        raise IdentityError(Violation.of("ID_LENGTH", length=len(text)))
    for position, character in enumerate(text, start=1):
        if not ("0" <= character <= "9" or (position == LENGTH and character == "X")):
            raise IdentityError(Violation.of("ID_CHARACTERS", position=position))


def _birth(digits: str) -> date:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError as error:
        raise IdentityError(Violation.of("ID_DATE", digits=digits)) from error


def _check_character(body: str) -> str:
    return _CHECKS[sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, body, strict=True)) % 11]
