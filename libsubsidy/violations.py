"""One broken rule, in words that say how to mend it.

A violation is a value, not an exception: checks return all they find. Its code is stable (tools rely on it), its facts
are plain strings and numbers, its sentences come from one catalogue in both languages.

>>> v = Violation.of("BP_RANGE_TOO_LONG", months=13, limit=12)
>>> v.code, v.params["months"]
('BP_RANGE_TOO_LONG', 13)
>>> print(v.en)
A monthly back-payment covers 13 months, the limit is 12 at a time: please split it into several applications.
>>> Violation.of("BP_RANGE_TOO_LONG", months=13)
Traceback (most recent call last):
libsubsidy.errors.CatalogueError: BP_RANGE_TOO_LONG needs the facts limit, months; it was given months
"""

import re
from collections.abc import Mapping
from string import Formatter
from typing import Final, Self

from attrs import field, frozen

from libsubsidy.catalogue import CATALOGUE, Text
from libsubsidy.errors import CatalogueError

__all__ = ["CATALOGUE", "FACT_CHARACTERS_MAX", "Text", "Violation", "excerpt"]

# A fact may be text that a stranger typed; a sentence must stay a sentence.
FACT_CHARACTERS_MAX: Final = 120


@frozen
class Violation:
    """One broken rule.

    Attributes:
        code: stable name of the rule; domain tools branch on it.
        params: the facts, as they appear in the sentences.
        zh: the sentence in Chinese.
        en: the sentence in English.
    """

    code: str
    params: Mapping[str, str | int] = field(hash=False)
    zh: str
    en: str

    @classmethod
    def of(cls, key: str, /, **params: str | int) -> Self:
        """Render the catalogue's sentences for `key`.

        A key is a code, or a code and a variant: "MONTH_ALREADY_LIVE/back_payment" has the code MONTH_ALREADY_LIVE and
        its own sentences.

        Raises:
            CatalogueError: the key is unknown, a fact is missing, or there is one too many.
        """
        text = CATALOGUE.get(key)
        if text is None:
            raise CatalogueError(f"the catalogue has no violation {key!r}")
        return cls.from_text(key, text, params)

    @classmethod
    def from_text(cls, key: str, text: Text, params: Mapping[str, str | int]) -> Self:
        """Render a text of another catalogue: a service may have rules of its own.

        >>> Violation.from_text("LAMP_BROKEN", Text(zh="灯{n}坏了。", en="Lamp {n} is broken."), {"n": 3}).en
        'Lamp 3 is broken.'

        Raises:
            CatalogueError: a fact is missing, or there is one too many.
        """
        needed = _facts_of(text)
        if needed != params.keys():
            names = ", ".join(sorted(needed)) or "none"
            raise CatalogueError(f"{key} needs the facts {names}; it was given {', '.join(sorted(params)) or 'none'}")
        facts = {name: _clipped(value) for name, value in params.items()}
        return cls(code=key.partition("/")[0], params=facts, zh=text.zh.format_map(facts), en=text.en.format_map(facts))


_NEEDED: dict[Text, frozenset[str]] = {}


def _facts_of(text: Text) -> frozenset[str]:
    needed = _NEEDED.get(text)
    if needed is None:
        needed = _NEEDED[text] = frozenset(
            name for sentence in (text.zh, text.en) for _, name, _, _ in Formatter().parse(sentence) if name
        )
    return needed


def _clipped(value: str | int) -> str | int:
    return excerpt(value, FACT_CHARACTERS_MAX) if isinstance(value, str) else value


# No database keeps a NUL in a text, no UTF-8 a lone surrogate; other controls would break a line of a log.
_UNSTORABLE: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def excerpt(text: str, characters_max: int) -> str:
    r"""Give the beginning of a stranger's text in a form that can be stored and shown on one line.

    >>> excerpt("a\x00b", 9), excerpt("摘要摘要摘要", 4)
    ('a�b', '摘要摘…')
    """
    short = text if len(text) <= characters_max else text[: characters_max - 1] + "…"
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", short)
