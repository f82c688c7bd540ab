"""What people and spreadsheets do to a code before it arrives, undone where that cannot change its meaning.

Full-width characters become plain ones, blanks and invisible characters go, a spreadsheet's leading apostrophe goes,
letters become capitals. The check digit then judges what is left (domain §4.2 "Data").

>>> typed(" '４４０７８２ 19800101 001x ")
'44078219800101001X'
"""

from typing import Final
from unicodedata import category, normalize

# Longer than any code with all the blanks people put in; the rest is not looked at and makes the length wrong.
CHARACTERS_LOOKED_AT: Final = 64

_DROPPED: Final = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf"})


def typed(text: str) -> str:
    """Give the code that was meant, in capitals and without blanks."""
    plain = normalize("NFKC", text[:CHARACTERS_LOOKED_AT])
    kept = "".join(character for character in plain if category(character) not in _DROPPED)
    return kept.removeprefix("'").removeprefix("’").upper()
