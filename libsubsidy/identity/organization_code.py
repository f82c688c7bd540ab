"""组织机构代码, GB 11714: eight digits or capital letters and one check character.

Weights 3 7 9 10 5 8 4 2 over the body (A = 10 … Z = 35); check = 11 − sum mod 11, written X for 10 and 0 for 11. The
hyphen before the check character is for people only. Modulo 11 cannot tell characters whose values are equal modulo 11
(0 B M X, 1 C N Y …): only all-digit bodies are safe against every slip (I29). PDY00001 to PDY99999 are reserved for
private use: test identities take them. Source: domain §2.3; the employer's login is this code (manual L4-L10, D-1).

>>> str(OrganizationCode.parse("D2143569-X")), OrganizationCode.parse("600037341").hyphenated
('D2143569X', '60003734-1')
>>> OrganizationCode.of_body("PDY00001").hyphenated
'PDY00001-X'
>>> OrganizationCode.parse("D2143569-1")
Traceback (most recent call last):
libsubsidy.errors.IdentityError: The check character of the organisation code does not fit, ...
"""

import re
from typing import Final, Self

from attrs import field, frozen

from libsubsidy.errors import IdentityError
from libsubsidy.identity.typed_text import typed
from libsubsidy.violations import Violation

_FORM: Final = re.compile(r"([0-9A-Z]{8})-?([0-9X])")
_BODY: Final = re.compile(r"[0-9A-Z]{8}")
_WEIGHTS: Final = (3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS: Final = "0123456789X"


@frozen(order=True)
class OrganizationCode:
    """A valid organisation code.

    Attributes:
        text: nine characters, no hyphen.
    """

    text: str = field()

    @text.validator
    def _validate(self, _attribute: object, text: str) -> None:
        match = _FORM.fullmatch(text)
        if match is None:
            raise IdentityError(Violation.of("ORG_FORMAT"))
        if match[2] != _check_character(match[1]):
            raise IdentityError(Violation.of("ORG_CHECK_DIGIT"))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a code, with or without its hyphen.

        Raises:
            IdentityError: ORG_FORMAT or ORG_CHECK_DIGIT.
        """
        match = _FORM.fullmatch(typed(text))
        if match is None:
            raise IdentityError(Violation.of("ORG_FORMAT"))
        return cls(match[1] + match[2])

    @classmethod
    def of_body(cls, body: str) -> Self:
        """Complete eight characters by their check character.

        Raises:
            IdentityError: ORG_FORMAT.
        """
        if not _BODY.fullmatch(body):
            raise IdentityError(Violation.of("ORG_FORMAT"))
        return cls(body + _check_character(body))

    @property
    def hyphenated(self) -> str:
        """The code as printed on certificates."""
        return f"{self.text[:8]}-{self.text[8]}"

    def __str__(self) -> str:
        return self.text


def _check_character(body: str) -> str:
    total = sum(weight * int(character, 36) for weight, character in zip(_WEIGHTS, body, strict=True))
    return _CHECKS[-total % 11]
