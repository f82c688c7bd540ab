"""A person's name, as it is kept and as it is compared.

Lists pad names of two characters with blanks, so that they line up with those of three; of the dot within a name there are
many.

Whoever is on file as 张　三 is not found as 张三, and is taken for somebody else where names are compared (F46).

>>> plain_name(" 张　三 "), plain_name("欧阳 ·  𠮷"), plain_name("Anna  Li"), plain_name("王 Anna")
('张三', '欧阳·𠮷', 'Anna Li', '王 Anna')
>>> same_name("张　三 ", "张三"), same_name("阿依古丽•买买提", "阿依古丽·买买提"), same_name("张三", "张四")
(True, True, False)
"""

import re
from typing import Final
from unicodedata import normalize

# Unified and compatibility ideographs of every plane, the zero of 〇, and the dot of names such as 买买提·吐尔逊.
_HAN: Final = "[〇·\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
_PADDING: Final = re.compile(rf"(?<={_HAN})[ \u00a0\u3000]+(?={_HAN})")
_BLANKS: Final = re.compile(r"[ \u00a0\u3000]+")
_ANY_BLANKS: Final = re.compile(r"\s+")
_DOTS: Final = str.maketrans(dict.fromkeys("·•・‧∙⋅."))


def plain_name(text: str) -> str:
    """Give the name without the blanks that only pad it."""
    return _BLANKS.sub(" ", _PADDING.sub("", text.strip()))


def same_name(one: str, other: str) -> bool:
    """Say whether two names are the same but for blanks, widths and dots (domain §4.2 Data)."""
    return _compared(one) == _compared(other)


def _compared(text: str) -> str:
    return _ANY_BLANKS.sub("", normalize("NFKC", text)).translate(_DOTS)
