"""Reading transactions that keep one element per physical line: only what begins a line is markup.

Why that is so, and when it applies, is told in `layout`. A transaction is read the short way where one match suffices (see
`line_shape`), else the long way, which cuts it at lines that begin with `<` and looks at each value.
"""

import re
from collections.abc import Generator, Iterator
from itertools import chain, islice
from typing import Final

from services.reconciler.statements.fields import escaped
from services.reconciler.statements.layout import Entry, Fault
from services.reconciler.statements.limits import ENTRY_CHARS_MAX, ENTRY_ELEMENTS_MAX, LONG_ENTRY_CHARS
from services.reconciler.statements.line_shape import (
    SHORTS_MADE_MAX,
    SHORTS_MAX,
    Short,
    normalised,
    plan_lines,
    short_way,
)
from services.reconciler.statements.outline import Outline
from services.reconciler.statements.refusals import Holds, StatementRefused, refused, shown, too_large
from services.reconciler.statements.shape import MEMO, PAYERS, SLOTS, Field, Plan, Wanted, element, remember

_TAG: Final = re.compile(r"</?([A-Za-z][A-Za-z0-9._-]*)/?>")
_CDATA: Final = ("<![CDATA[", "]]>")
# What Entry(…) calls in the end, without a function of Python in between: this runs a million times.
_new: Final = tuple.__new__


class LineWise:
    """Cuts line-wise text into entries; what stands between the transactions goes to the outline."""

    def __init__(self, wanted: Wanted, outline: Outline, holds: Holds, tag: str) -> None:
        self._wanted = wanted
        self._outline = outline
        self._holds = holds
        # A tag counts only where it begins a line; the match begins with the line break, which ends the line before.
        self._opening = re.compile(rf"\n[ \t]*<{tag}>")
        self._closing = re.compile(rf"\n[ \t]*</{tag}>")
        self._plans: dict[tuple[str, ...], Plan] = {}
        self._shorts: list[Short] = []
        self._tried: set[tuple[str, ...]] = set()
        self._closed: bool | None = None
        # The physical line on which the text that is next begins.
        self._line = 0
        self._count = 0
        self._marked = 0

    def entries(self, first: str, texts: Iterator[str], line: int) -> Iterator[Entry]:
        """Give the transactions of `first`, which begins with the first opening tag on `line`, and of all further texts.

        Raises:
            StatementRefused: STATEMENT_TRUNCATED, _STRUCTURE, _LAYOUT_MIXED, _TOO_LARGE.
        """
        self._line, carry = line - 1, "\n"
        for text in chain((first,), texts):
            carry += text
            at = yield from self._entries(carry)
            carry = self._outside(carry[at:])
            if len(carry) > ENTRY_CHARS_MAX:
                raise self._too_large(self._line)
        end = self._line + carry.count("\n")
        if self._opening.search(carry):
            raise refused("STATEMENT_TRUNCATED", file=self._holds.file, line=end, missing="<STMTTRN>")
        self._outline.feed(carry, self._line)
        self._outline.finish(end)
        if self._marked * 2 > self._count:
            # A payer's markup is rare. Where most texts hold some, it is the bank that puts elements behind the memo.
            self._holds.note("MARKUP_IN_TEXT", line=end, field=self._wanted.memo, value=f"{self._marked}/{self._count}")

    def _entries(self, body: str) -> Generator[Entry, None, int]:
        """Give the transactions that end in `body`; return where the last of them ends."""
        at, outline = 0, self._outline
        while True:
            # Nearly every transaction has the shape of one just before it, and nothing odd: one match reads it.
            short = self._short(body, at)
            while short and (match := short.pattern.match(body, at)):
                end = match.end()
                raw = body[at + short.before : end - short.after]
                # A `<` more than the shape has is text, or markup in it: a case for the long way.
                if raw.count("<") != short.angles or not outline.in_list:
                    break
                self._count += 1
                yield _new(Entry, (match.group(*short.groups), self._line + 1, raw, (), "&" in raw))
                self._line += short.breaks
                at = end
            closing = self._closing.search(body, at)
            if closing is None:
                return at
            yield self._entry(body[at : closing.start()], body[at : closing.end()])
            at = closing.end()

    def _short(self, body: str, at: int) -> Short | None:
        """Give the short way that fits what comes next, the latest first."""
        for index, short in enumerate(self._shorts):
            if short.pattern.match(body, at):
                if index:
                    self._shorts.insert(0, self._shorts.pop(index))
                return short
        return None

    def _outside(self, last: str) -> str:
        """Feed the outline with what stands before the next transaction; give what must wait for more text."""
        opening = self._opening.search(last)
        # Without one, the last element may go on in the text to come: its line waits.
        at = opening.start() if opening else max(last.rfind("\n", 0, max(last.rfind("<"), 0)), 0)
        self._feed(last[:at])
        return last[at:]

    def _feed(self, outside: str) -> None:
        self._outline.feed(outside, self._line)
        self._line += outside.count("\n")

    def _too_large(self, line: int) -> StatementRefused:
        return too_large(self._holds.file, line, "characters", ENTRY_CHARS_MAX)

    def _entry(self, part: str, whole: str) -> Entry:
        """Read one transaction the long way; `part` ends where its closing tag's line begins, `whole` behind that tag."""
        opening = self._opening.search(part)
        if opening is None:
            raise refused(
                "STATEMENT_STRUCTURE",
                file=self._holds.file,
                line=self._line + whole.count("\n"),
                value="/STMTTRN",
                field=self._outline.stack[-1] if self._outline.stack else "OFX",
            )
        start = opening.start()
        if start:
            self._feed(part[:start])
        line = self._line + 1
        if not self._outline.in_list:
            raise refused("STATEMENT_STRUCTURE", file=self._holds.file, line=line, value="STMTTRN", field="OFX")
        if len(part) - start > ENTRY_CHARS_MAX:
            raise self._too_large(line)
        block = normalised(part[opening.end() :])
        tokens = block.split("\n<", ENTRY_ELEMENTS_MAX + 1)
        if len(tokens) > ENTRY_ELEMENTS_MAX:
            raise too_large(self._holds.file, line, "elements", ENTRY_ELEMENTS_MAX)
        tags = tuple([token[: token.find(">") + 1] for token in tokens])
        plan = self._plans.get(tags) or self._plan(tags, tokens)
        if plan.fatal:
            code, tag = plan.fatal
            raise refused(code, file=self._holds.file, line=line, field="STMTTRN", value=shown(tag))
        values, faults = self._read(tokens, plan, line)
        # What is long is no pattern for what follows, and would take long to make one of.
        plain = not faults and len(block) <= LONG_ENTRY_CHARS
        if plain and tags not in self._tried and len(self._tried) < SHORTS_MADE_MAX:
            self._tried.add(tags)
            short = short_way(whole[start:], tags, plan)
            if short:
                self._shorts = [short, *self._shorts[: SHORTS_MAX - 1]]
        self._count += 1
        self._line += whole.count("\n", start)
        return Entry(values, line, block, faults, references=True)

    def _read(self, tokens: list[str], plan: Plan, line: int) -> tuple[tuple[str, ...], tuple[Fault, ...]]:
        for index, cut in ((0, 0), *plan.blanks):
            if "<" in tokens[index][cut:]:
                raise refused(
                    "STATEMENT_LAYOUT_MIXED",
                    file=self._holds.file,
                    line=line,
                    field=tokens[index][: max(cut - 1, 0)] or "STMTTRN",
                    value=shown(tokens[index][cut:]),
                )
        values = [""] * len(SLOTS)
        faults = list(plan.faults)
        marked = False
        for field in plan.leaves:
            value = "\n<".join(tokens[field.first : field.end])[field.cut :]
            if "\n" in value:
                head, _, more = value.partition("\n")
                if more.strip():
                    faults.append(("TEXT_OVER_LINES", field.path, value.strip()))
                else:
                    value = head
            value, closed = _unclosed(value, field)
            if plan.closed and not closed:
                faults.append(("MARKUP_IN_TEXT", field.path, value))
            if "<" in value:
                value, markup = self._markup(value)
                if markup and field.slot not in PAYERS:
                    faults.append(("MARKUP_IN_TEXT", field.path, value))
                marked |= markup and field.slot == MEMO
            if field.slot >= 0:
                values[field.slot] = value
        self._marked += marked
        return tuple(values), tuple(faults)

    def _markup(self, value: str) -> tuple[str, bool]:
        """Resolve a CDATA section that is the whole value; else tell whether the text holds tags of OFX."""
        text = value.strip()
        if text.startswith(_CDATA[0]) and text.endswith(_CDATA[1]) and text.count(_CDATA[1]) == 1:
            return escaped(text[len(_CDATA[0]) : -len(_CDATA[1])]), False
        # A value that long holds the file anyway, so nothing is looked for behind its beginning.
        tags = _TAG.finditer(value, 0, LONG_ENTRY_CHARS)
        return value, any(self._wanted.is_known(tag[1].upper()) for tag in tags)

    def _plan(self, tags: tuple[str, ...], tokens: list[str]) -> Plan:
        if self._closed is None:
            # How this bank closes its leaves shows in the first element that no payer writes.
            mine = ((tag, token) for tag, token in zip(tags, tokens, strict=True) if _is_leaf(tag, self._wanted))
            self._closed = any(token.rstrip().endswith(f"</{tag}") for tag, token in islice(mine, 1))
        plan = plan_lines(tags, self._wanted, closed=self._closed)
        remember(self._plans, tags, plan)
        return plan


def _is_leaf(tag: str, wanted: Wanted) -> bool:
    name, closing, empty = element(tag) or ("", False, True)
    return name in wanted.leaves and name not in wanted.payers and not closing and not empty


def _unclosed(value: str, field: Field) -> tuple[str, bool]:
    """Take the element's own closing tag from the end of its line; tell whether it was there."""
    if value.endswith(field.close):
        return value[: len(value) - len(field.close)] if field.close else "", True
    stripped = value.rstrip()
    if stripped.endswith(field.close):
        return stripped[: -len(field.close)], True
    return value, False
