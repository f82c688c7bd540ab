"""OFX 1.x (SGML) and 2.x (XML): from text to transactions.

The layout is decided at the first transaction (see `layout`); before it, only the outline reads.
"""

from collections.abc import Iterator

import attrs

from services.reconciler.statements.free import Free
from services.reconciler.statements.layout import FIRST, Entry, is_line_wise
from services.reconciler.statements.limits import ENTRY_CHARS_MAX, HEAD_BYTES_MAX
from services.reconciler.statements.line_wise import LineWise
from services.reconciler.statements.outline import Outline
from services.reconciler.statements.profile import Profile
from services.reconciler.statements.refusals import Holds, too_large
from services.reconciler.statements.shape import Wanted


def sniff(head: bytes) -> bool:
    r"""Tell whether the first bytes of a file are those of an OFX file.

    >>> sniff(b"OFXHEADER:100\r\nDATA:OFXSGML"), sniff("\ufeff<OFX>".encode("utf-16-le")), sniff(b"%PDF-1.7")
    (True, True, False)
    """
    start = head[:HEAD_BYTES_MAX].replace(b"\0", b"").upper()
    return b"OFXHEADER" in start or b"<OFX>" in start


@attrs.define
class Transactions:
    """The transactions of one OFX file, in order.

    Attributes:
        outline: what stands around them.
        line_wise: the layout, None until the first transaction has been met.
    """

    outline: Outline
    line_wise: bool | None = None

    def entries(self, texts: Iterator[str], profile: Profile, holds: Holds) -> Iterator[Entry]:
        """Read the text to its end.

        Raises:
            StatementRefused: the file is cut off, has a broken structure, or is no account statement.
        """
        line, carry = 1, ""
        for text in texts:
            carry += text
            found = FIRST.search(carry)
            if found:
                tag = found[0][1:-1]
                # The layout shows within the first transaction, so all of it is waited for.
                while f"</{tag}>" not in carry and len(carry) - found.end() < ENTRY_CHARS_MAX:
                    more = next(texts, "")
                    if not more:
                        break
                    carry += more
                wanted = Wanted(profile)
                self.line_wise = not profile.escapes_markup and is_line_wise(carry, *found.span(), wanted.payers)
                # In a line-wise file the first transaction keeps its indentation, like all others.
                start = carry.rfind("\n", 0, found.start()) + 1 if self.line_wise else found.start()
                self.outline.feed(carry[:start], line)
                line += carry.count("\n", 0, start)
                if self.line_wise is False and not profile.escapes_markup:
                    holds.note("LAYOUT_UNPROVEN", line=line, field="STMTTRN")
                reader = (LineWise if self.line_wise else Free)(wanted, self.outline, holds, tag)
                yield from reader.entries(carry[start:], texts, line)
                return
            at = max(carry.rfind("<"), 0)
            self.outline.feed(carry[:at], line)
            line += carry.count("\n", 0, at)
            carry = carry[at:]
            if len(carry) > ENTRY_CHARS_MAX:
                raise too_large(holds.file, line, "characters", ENTRY_CHARS_MAX)
        self.outline.feed(carry, line)
        self.outline.finish(line + carry.count("\n"))
