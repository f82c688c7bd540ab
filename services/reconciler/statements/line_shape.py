"""The shape of a transaction that keeps one element per line, and the short way to read it.

The short way is a pattern made from a transaction that was read the long way without any oddity: its very line ends, its very
indentation, and `.*`, which never leaves its line, for each value. What it matches, with no more `<` in it than the shape has,
can differ from that transaction in its values only. A test reads the same files both ways.
"""

import re
from collections import Counter
from typing import Final

import attrs

from services.reconciler.statements.shape import SLOTS, Field, Plan, Wanted, element
from services.reconciler.statements.tags import AGGREGATES, STRUCTURE

_INDENT: Final = re.compile("\n[ \t]+")
# How many shapes are tried by their patterns before a transaction is read the long way.
SHORTS_MAX: Final = 6
# How many patterns are made for one file; each takes a millisecond, and a file of a thousand shapes is not made quicker so.
SHORTS_MADE_MAX: Final = 64


def normalised(text: str) -> str:
    r"""Make line ends plain and take indentation away; no line is added or lost.

    >>> normalised("\r\n  <MEMO>a b \r\n\t<NAME>\r")
    '\n<MEMO>a b \n<NAME>'
    """
    if "\r" in text:
        text = text.replace("\r\r\n", "\n").replace("\r\n", "\n").rstrip("\r")
    return _INDENT.sub("\n", text)


def plan_lines(tags: tuple[str, ...], wanted: Wanted, *, closed: bool) -> Plan:
    """Judge a sequence of tags, each of which begins a line; the first is no tag, but what stands before the first.

    >>> from services.reconciler.statements.profile import load_profile
    >>> plan = plan_lines(("", "TRNAMT>", "MEMO>"), Wanted(load_profile("ofx-generic")), closed=True)
    >>> [leaf.path for leaf in plan.leaves], plan.angles, plan.fatal
    (['TRNAMT', 'MEMO'], 4, None)
    """
    leaves: list[tuple[str, int, int, int, str]] = []
    blanks: list[tuple[int, int]] = []
    fatal: tuple[str, str] | None = None
    stack: list[str] = []
    angles = len(tags) - 1
    for index, tag in enumerate(tags[1:], 1):
        found = element(tag)
        if found is None:
            # A line that begins with `<` but with no tag is text that goes on, if there was any.
            if leaves:
                path, first, _, cut, close = leaves[-1]
                leaves[-1] = path, first, index + 1, cut, close
            continue
        name, closing, empty = found
        if name in STRUCTURE:
            fatal = fatal or ("STATEMENT_STRUCTURE", tag[:-1])
        elif closing:
            if not stack or stack.pop() != name:
                fatal = fatal or ("STATEMENT_LAYOUT_MIXED", tag[:-1])
            blanks.append((index, len(tag)))
        elif name in AGGREGATES:
            stack.append(name)
            blanks.append((index, len(tag)))
        else:
            leaves.append((".".join((*stack, name)), index, index + 1, len(tag), "" if empty else f"</{tag}"))
            angles += closed and not empty
    if stack:
        fatal = fatal or ("STATEMENT_LAYOUT_MIXED", stack[-1])
    paths = [leaf[0] for leaf in leaves]
    slots = wanted.assign(paths)
    return Plan(
        leaves=tuple(
            Field(path=path, slot=slots[path], first=first, end=end, cut=cut, close=close)
            for path, first, end, cut, close in leaves
        ),
        blanks=tuple(blanks),
        angles=angles,
        closed=closed,
        faults=tuple(("MARKUP_IN_TEXT", path, f"×{times}") for path, times in Counter(paths).items() if times > 1),
        fatal=fatal,
    )


@attrs.frozen(kw_only=True, slots=True)
class Short:
    """The short way for one shape.

    Attributes:
        pattern: matches a transaction from the line end before its opening tag to the end of its closing tag.
        groups: of the pattern, one for each slot; group 1 is empty and stands for all fields that are not there.
        before: characters of a match up to the end of its opening tag.
        after: characters from the line end before its closing tag.
        angles: how many `<` stand between.
        breaks: how many line breaks a match has.
    """

    pattern: re.Pattern[str]
    groups: tuple[int, ...]
    before: int
    after: int
    angles: int
    breaks: int


def short_way(whole: str, tags: tuple[str, ...], plan: Plan) -> Short | None:
    r"""Make the short way from a transaction as it stands in the file; None if it is not plain enough for that.

    >>> from services.reconciler.statements.profile import load_profile
    >>> tags = "", "TRNAMT>", "MEMO>"
    >>> plan = plan_lines(tags, Wanted(load_profile("ofx-generic")), closed=False)
    >>> short = short_way("\n<STMTTRN>\n<TRNAMT>1\n<MEMO>x\n</STMTTRN>", tags, plan)
    >>> short.pattern.fullmatch("\n<STMTTRN>\n<TRNAMT>2.00\n<MEMO>y z\n</STMTTRN>").group(*short.groups)
    ('', '', '2.00', '', '', '', '', 'y z', '', '')
    """
    _, *lines = whole.split("\n")
    if len(lines) != len(tags) + 1:
        return None
    end = "\r" if lines[0].endswith("\r") else ""
    leaves = {field.first: field for field in plan.leaves}
    groups, group = [1] * len(SLOTS), 1
    # Before the opening tag stands the end of the line before, which is the end of any line of this file.
    written = [re.escape(f"{end}\n{lines[0]}"), "()"]
    for index, (tag, line) in enumerate(zip(tags[1:], lines[1:], strict=False), 1):
        indent = line[: len(line) - len(line.lstrip(" \t"))]
        field = leaves.get(index)
        written.append(re.escape(f"\n{indent}<{tag}"))
        if field is not None and field.close:
            if field.slot >= 0:
                group += 1
                groups[field.slot] = group
            written.append("(.*)" if field.slot >= 0 else ".*")
            if plan.closed:
                written.append(re.escape(field.close))
        written.append(re.escape(end))
    last = f"\n{lines[-1]}"
    pattern = re.compile("".join((*written, re.escape(last))))
    if not pattern.fullmatch(end + whole):
        return None
    return Short(
        pattern=pattern,
        groups=tuple(groups),
        before=len(end) + 1 + len(lines[0].rstrip("\r")),
        after=len(last),
        angles=plan.angles,
        breaks=len(lines),
    )
