"""Text and markup: who could have written what, and therefore what is believed.

The payer writes the memo, and often a name. A bank that escapes `<` (or wraps texts in CDATA) keeps them from being markup.
A bank that does not lets a payer write

    75256xA7W5o</MEMO></STMTTRN><STMTTRN><TRNTYPE>CREDIT<TRNAMT>99999<FITID>forged…<MEMO>75256xB8K2o

and a reader that believes markup wherever it stands makes a second transaction of it. The balance need not betray that: a
forger adds a second forged transaction of the opposite sign, so that the sum is zero. Nor need the form: a careful forgery
copies the bank's own field order, and no rule about repeated fields, order or style can tell it from the bank's hand. Nor do
escapes elsewhere in the file prove that the bank escapes: a payer can write `&amp;` as well. What a payer *cannot* do is
choose where the physical line ends: payment systems carry texts without line breaks. So there are three layouts:

**Element per line** (`line_wise`). In the file's transactions every element begins a physical line of its own. Then markup is
what begins a physical line, and everything after it on that line is text, whatever it looks like, except the element's own
closing tag at the very end. A forger's markup stays inside his own memo. Text that does run over several lines, or a leaf
that is not closed on its line in a file that closes its leaves, means that somebody did get a line break through: hold.

**Vouched for** (`free`, profile says `escapes_markup = true`). The bank is known to escape, so that markup is markup wherever
it stands, and CDATA is honoured. A `<` that is text all the same, a field given twice, a closing tag out of
place contradict the vouching: hold.

**Compact** (`free`, several elements on one line, nobody vouches). Text and markup cannot be told apart, so nothing of such a
file passes by itself: it is always held as LAYOUT_UNPROVEN, and markup that does not fit is pointed out besides.

Which of them a file is in is decided on what no payer has written: the first transaction's own tag and its first element
(or, where that is a payer's, its tag). Later lines that contradict it refuse or hold the file.
"""

import re
from collections.abc import Collection
from typing import Final, NamedTuple, TypeAlias

FIRST: Final = re.compile(r"<STMTTRN>", re.IGNORECASE)
# What may follow the first <STMTTRN> in an element-per-line file: the end of its line, and one element on the next.
_FIRST_TAG: Final = re.compile(r"[ \t\r]*\n\s*<([A-Za-z][A-Za-z0-9._-]*)>")
_FIRST_ELEMENT: Final = re.compile(r"[ \t\r]*\n\s*<([A-Za-z][A-Za-z0-9._-]*)>([^<>\n]*)(</\1>)?[ \t\r]*(?:\n|\Z)")


# (code, field, value) of what does not fit in a transaction; it holds the file.
Fault: TypeAlias = tuple[str, str, str]


class Entry(NamedTuple):
    """One transaction as it stands in the file, before any field is judged.

    Attributes:
        values: by slot (see `shape`), references not yet replaced; "" for a field that is not there.
        line: the physical line of its opening tag, from 1.
        raw: everything between its opening and its closing tag, as the bank wrote it.
        faults: what does not fit in it.
        references: its values may hold references (`&lt;`); CDATA sections are handed on with their contents escaped.
    """

    values: tuple[str, ...]
    line: int
    raw: str
    faults: tuple[Fault, ...]
    references: bool


def is_line_wise(text: str, start: int, end: int, payers: Collection[str]) -> bool:
    r"""Tell whether the first transaction, whose opening tag is text[start:end], keeps one element per line.

    What stands in a payer's field (`payers` names them) decides nothing: there, a tag that begins its line is enough.

    >>> is_line_wise("<STMTTRN>\n<TRNTYPE>CREDIT\n<MEMO>", 0, 9, {"MEMO"})
    True
    >>> is_line_wise("<STMTTRN>\n<TRNTYPE>CREDIT<MEMO>x\n", 0, 9, {"MEMO"})
    False
    >>> is_line_wise("<STMTTRN>\n<MEMO><TRNAMT>9\n", 0, 9, {"MEMO"}), is_line_wise("<STMTTRN><MEMO>x\n", 0, 9, {"MEMO"})
    (True, False)
    """
    alone = not text[text.rfind("\n", 0, start) + 1 : start].strip()
    first = _FIRST_TAG.match(text, end)
    return alone and first is not None and (first[1].upper() in payers or _FIRST_ELEMENT.match(text, end) is not None)
