"""Reading transactions in which markup may stand anywhere: files that the profile vouches for, and compact files.

When it applies, and why a compact file that nobody vouches for is always held, is told in `layout`.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import chain

from services.reconciler.statements.layout import Entry, Fault
from services.reconciler.statements.limits import ENTRY_CHARS_MAX, ENTRY_ELEMENTS_MAX
from services.reconciler.statements.outline import Outline, without_cdata
from services.reconciler.statements.refusals import Holds, refused, shown, too_large
from services.reconciler.statements.shape import SLOTS, Field, Plan, Wanted, element, remember
from services.reconciler.statements.tags import AGGREGATES, STRUCTURE


class Free:
    """Cuts text into entries at STMTTRN tags, wherever they stand; the rest goes to the outline."""

    def __init__(self, wanted: Wanted, outline: Outline, holds: Holds, tag: str) -> None:
        self._wanted = wanted
        self._outline = outline
        self._holds = holds
        self._opening = f"<{tag}>"
        self._closing = f"</{tag}>"
        self._plans: dict[tuple[str, ...], Plan] = {}
        self._closed: bool | None = None

    def entries(self, first: str, texts: Iterator[str], line: int) -> Iterator[Entry]:
        """Give the transactions of `first`, which begins on `line`, and of all further texts.

        Raises:
            StatementRefused: STATEMENT_TRUNCATED, _STRUCTURE, _TOO_LARGE.
        """
        carry = ""
        for text in chain((first,), texts):
            buffer, rest = _whole_cdata(carry + text)
            *parts, last = buffer.split(self._closing)
            for part in parts:
                entry, line = self._entry(part, line)
                yield entry
            at = last.find(self._opening)
            if at < 0:
                at = max(last.rfind("<"), 0)
            self._outline.feed(last[:at], line)
            line += last.count("\n", 0, at)
            carry = last[at:] + rest
            if len(carry) > ENTRY_CHARS_MAX:
                raise self._too_large(line)
        if self._opening in carry:
            raise refused(
                "STATEMENT_TRUNCATED", file=self._holds.file, line=line + carry.count("\n"), missing="<STMTTRN>"
            )
        self._outline.feed(carry, line)
        self._outline.finish(line + carry.count("\n"))

    def _too_large(self, line: int) -> Exception:
        return too_large(self._holds.file, line, "characters", ENTRY_CHARS_MAX)

    def _entry(self, part: str, line: int) -> tuple[Entry, int]:
        outside, opening, block = part.partition(self._opening)
        if outside:
            self._outline.feed(outside, line)
            line += outside.count("\n")
        if not opening or not self._outline.in_list:
            raise refused(
                "STATEMENT_STRUCTURE",
                file=self._holds.file,
                line=line,
                value=self._closing[1:-1] if not opening else self._opening[1:-1],
                field=self._outline.stack[-1] if self._outline.stack else "OFX",
            )
        if len(block) > ENTRY_CHARS_MAX:
            raise self._too_large(line)
        values, faults = self._read(block, line)
        return Entry(values, line, block, faults, "&" in block), line + block.count("\n")

    def _read(self, block: str, line: int) -> tuple[tuple[str, ...], tuple[Fault, ...]]:
        tokens = block.split("<", ENTRY_ELEMENTS_MAX + 1)
        if len(tokens) > ENTRY_ELEMENTS_MAX:
            raise too_large(self._holds.file, line, "elements", ENTRY_ELEMENTS_MAX)
        tags = tuple([token[: token.find(">") + 1] for token in tokens])
        plan = self._plans.get(tags) or self._plan(tags)
        if plan.fatal:
            code, tag = plan.fatal
            raise refused(code, file=self._holds.file, line=line, field="STMTTRN", value=shown(tag))
        values = [""] * len(SLOTS)
        for field in plan.leaves:
            if field.slot >= 0:
                value = "<".join(tokens[field.first : field.end])[field.cut :]
                values[field.slot] = value.strip() if "\n" in value else value
        return tuple(values), plan.faults

    def _plan(self, tags: tuple[str, ...]) -> Plan:
        if self._closed is None:
            self._closed = len(tags) > 2 and tags[2] == f"/{tags[1]}"  # noqa: PLR2004 - the first element and its end
        plan = plan_tags(tags, self._wanted, closed=self._closed)
        remember(self._plans, tags, plan)
        return plan


def _whole_cdata(text: str) -> tuple[str, str]:
    """Write whole CDATA sections as escaped text; give what begins with an unfinished one apart.

    >>> _whole_cdata("<A><![CDATA[<b>]]></A><B><![CDATA[<c")
    ('<A>&lt;b&gt;</A><B>', '<![CDATA[<c')
    """
    text = without_cdata(text)
    at = text.find("<![CDATA[")
    return (text, "") if at < 0 else (text[:at], text[at:])


def plan_tags(tags: tuple[str, ...], wanted: Wanted, *, closed: bool) -> Plan:
    """Judge a sequence of tags that may stand anywhere; the first is no tag, but what stands before the first.

    A tag that OFX does not know is text of the leaf that is open, or an element of the bank's own where none is.

    >>> from services.reconciler.statements.profile import load_profile
    >>> wanted = Wanted(load_profile("ofx-generic"))
    >>> plan = plan_tags(("", "NAME>", "br>", "/NAME>", "MEMO>", "TRNAMT>", "/MEMO>"), wanted, closed=True)
    >>> [(leaf.path, leaf.first, leaf.end) for leaf in plan.leaves], [fault[1] for fault in plan.faults]
    ([('NAME', 1, 3), ('MEMO', 4, 6)], ['NAME', 'MEMO'])
    """
    walk = _Walk(wanted, closed=closed)
    for index, tag in enumerate(tags[1:], 1):
        walk.step(index, tag)
    return walk.plan()


class _Walk:
    """Goes through the tags of one transaction."""

    def __init__(self, wanted: Wanted, *, closed: bool) -> None:
        self._wanted = wanted
        self._closed = closed
        self._leaves: list[tuple[str, int, int, int]] = []
        self._faults: list[Fault] = []
        self._fatal: tuple[str, str] | None = None
        self._stack: list[str] = []
        self._open = ""

    def step(self, index: int, tag: str) -> None:
        name, closing, empty = element(tag) or ("", False, False)
        ends = closing and name == self._open
        if name == "STMTTRN":
            # A transaction inside a transaction: one more is opened than closed.
            self._fatal = self._fatal or ("STATEMENT_STRUCTURE", tag[:-1])
        elif self._open and not ends and (self._closed or not self._wanted.is_known(name)):
            path, first, _, cut = self._leaves[-1]
            self._leaves[-1] = path, first, index + 1, cut
            self._fault(path, f"<{tag}")
        elif name in STRUCTURE:
            self._fatal = self._fatal or ("STATEMENT_STRUCTURE", tag[:-1])
        elif closing:
            self._close(name, tag)
        elif name in AGGREGATES:
            self._stack.append(name)
            self._open = ""
        elif name in self._wanted.leaves:
            self._leaves.append((".".join((*self._stack, name)), index, index + 1, len(tag)))
            self._open = "" if empty else name

    def _close(self, name: str, tag: str) -> None:
        if name in AGGREGATES and self._stack and self._stack[-1] == name:
            self._stack.pop()
        elif self._wanted.is_known(name) and (name != self._open or not self._closed):
            self._fault(name, f"<{tag}")
        self._open = ""

    def _fault(self, field: str, value: str) -> None:
        self._faults.append(("MARKUP_IN_TEXT", field, value))

    def plan(self) -> Plan:
        if self._stack or (self._closed and self._open):
            self._fault(self._stack[-1] if self._stack else self._open, "")
        paths = [leaf[0] for leaf in self._leaves]
        for path, times in Counter(paths).items():
            if times > 1:
                self._fault(path, f"×{times}")
        slots = self._wanted.assign(paths)
        return Plan(
            leaves=tuple(
                Field(path=path, slot=slots[path], first=first, end=end, cut=cut, close="")
                for path, first, end, cut in self._leaves
            ),
            blanks=(),
            angles=-1,
            closed=self._closed,
            faults=tuple(self._faults),
            fatal=self._fatal,
        )
