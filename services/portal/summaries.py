"""What each call does, in Chinese; the English words are the handlers' docstrings."""

from collections.abc import Mapping
from typing import Final

SUMMARIES: Final[Mapping[str, str]] = {}
