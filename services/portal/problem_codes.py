"""What the codes of problems mean: all sentences of the library, the store and the portal, by their stable codes.

A code with several sentences is one rule told in several places, some of which know fewer facts.

>>> meaning_of("CURSOR_WRONG").sentences[0].en
'The cursor cannot be read: please begin again with the first page.'
>>> meaning_of("NO_SUCH_CODE") is None
True
"""

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import chain
from string import Formatter

import attrs

from libsubsidy.catalogue import CATALOGUE, Text
from services.portal import sentences
from services.store import refusals


@attrs.frozen(kw_only=True)
class Sentence:
    """What people are told; a name in braces stands for a fact of `params`.

    Attributes:
        facts: the names of the facts.
    """

    zh: str
    en: str
    facts: tuple[str, ...]


@attrs.frozen(kw_only=True)
class CodeMeaning:
    """A stable code, and all that is said under it."""

    code: str
    sentences: tuple[Sentence, ...]


def meaning_of(code: str) -> CodeMeaning | None:
    """Say what a code means; None for one that nothing uses."""
    return _meanings().get(code)


def all_meanings() -> tuple[CodeMeaning, ...]:
    """Give all codes in the order of the alphabet."""
    return tuple(_meanings().values())


@cache
def _meanings() -> Mapping[str, CodeMeaning]:
    by_code: dict[str, dict[Sentence, None]] = {}
    for key, text in _texts():
        by_code.setdefault(key.partition("/")[0], {}).setdefault(_sentence(text))
    return {code: CodeMeaning(code=code, sentences=tuple(told)) for code, told in sorted(by_code.items())}


def _texts() -> Iterator[tuple[str, Text]]:
    return chain(CATALOGUE.items(), refusals.TEXTS.items(), sentences.TEXTS.items())


def _sentence(text: Text) -> Sentence:
    names = {name: None for sentence in (text.zh, text.en) for _, name, _, _ in Formatter().parse(sentence) if name}
    return Sentence(zh=text.zh, en=text.en, facts=tuple(names))
