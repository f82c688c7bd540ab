"""A mainland mobile number: eleven digits that begin with 13 to 19.

Blanks, hyphens and the country code (+86, 0086, 86) are understood. Carriers' ranges are not listed: they grow, and
published lists go stale. Source: domain §2.3; the number is where the login code goes (manual L4).

>>> str(Mobile.parse("+86 138-0000-0000")), Mobile.parse("13800000000").masked
('13800000000', '138****0000')
>>> Mobile.parse("12800000000")
Traceback (most recent call last):
libsubsidy.errors.IdentityError: A mobile number has 11 digits and begins with 13 to 19, ...
"""

import re
from typing import Final, Self

from attrs import field, frozen

from libsubsidy.errors import IdentityError
from libsubsidy.identity.typed_text import typed
from libsubsidy.violations import Violation

_FORM: Final = re.compile(r"1[3-9][0-9]{9}")
_TYPED: Final = re.compile(r"(?:\+86|0086|86)?(1[3-9][0-9]{9})")


@frozen(order=True)
class Mobile:
    """A mobile number.

    Attributes:
        text: eleven digits.
    """

    text: str = field()

    @text.validator
    def _validate(self, _attribute: object, text: str) -> None:
        if not _FORM.fullmatch(text):
            raise IdentityError(Violation.of("PHONE_FORMAT"))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a number as people write it.

        Raises:
            IdentityError: PHONE_FORMAT.
        """
        match = _TYPED.fullmatch(typed(text).replace("-", ""))
        if match is None:
            raise IdentityError(Violation.of("PHONE_FORMAT"))
        return cls(match[1])

    @property
    def masked(self) -> str:
        """The number for lists."""
        return f"{self.text[:3]}****{self.text[7:]}"

    def __str__(self) -> str:
        return self.text
