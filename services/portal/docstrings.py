r"""What docstrings say, in parts: the API document takes its words from where the code has them.

>>> class Sheet:
...     '''A sheet of lines.
...
...     One for each month.
...
...     Attributes:
...         lines: the lines; at most
...             fifty thousand.
...
...     >>> Sheet()
...     '''
>>> prose(Sheet)
'A sheet of lines.\n\nOne for each month.'
>>> attributes(Sheet)
{'lines': 'The lines; at most fifty thousand.'}
"""

import inspect
import re
from collections.abc import Mapping
from typing import Final

# What comes after the prose: a section of Google's convention, or a doctest.
_SECTION: Final = re.compile(
    r"^(?:(?:Args|Attributes|Raises|Returns|Yields|Note|Example|Examples):$|>>> )", re.MULTILINE
)
_ATTRIBUTES: Final = re.compile(r"^Attributes:\n((?:(?: {4}.*)?\n?)*)", re.MULTILINE)
_ENTRY: Final = re.compile(r"^ {4}(\w+): (.*(?:\n {5,}\S.*)*)", re.MULTILINE)
_RAISES: Final = re.compile(r"^Raises:\n((?:(?: {4}.*)?\n?)*)", re.MULTILINE)


def prose(described: object) -> str:
    """Give the docstring of a class or function up to its first section."""
    text = _text_of(described)
    found = _SECTION.search(text)
    return (text[: found.start()] if found else text).strip()


def attributes(described: type) -> Mapping[str, str]:
    """Give what a class and those that it derives from say of their attributes."""
    said: dict[str, str] = {}
    for each in reversed(described.__mro__):
        for section in _ATTRIBUTES.findall(_own_text_of(each)):
            for name, text in _ENTRY.findall(section):
                said[name] = _sentence(text)
    return said


def raises(described: object) -> Mapping[str, str]:
    """Give the section on errors: what is raised, and when."""
    found = _RAISES.search(_text_of(described))
    return {name: _sentence(text) for name, text in _ENTRY.findall(found[1])} if found else {}


def _sentence(text: str) -> str:
    plain = " ".join(text.split())
    return plain[:1].upper() + plain[1:]


def _text_of(described: object) -> str:
    return (inspect.getdoc(described) or "") + "\n"


def _own_text_of(described: type) -> str:
    return inspect.cleandoc(vars(described).get("__doc__") or "") + "\n"
