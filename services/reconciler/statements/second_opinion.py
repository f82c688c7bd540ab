"""A second opinion from ofxparse on a bounded sample of each file's lines.

ofxparse gets the transactions *as the bank wrote them*: the raw block of each, on which this module works with means of its
own (it knows neither shapes nor slots), only escaped where our rules say text. Fed with fields that we had read, it could not
notice a field read from the wrong place. Its ids, amounts and memos must then be ours. Dates are not compared, because it
shifts them to UTC, and what it gives up on is no opinion.

The sample is known before a batch leaves: the first lines of the file, then fewer and fewer of the later ones, picked by the
lines' own fingerprints, so that a file gives the same sample each time and no payer can tell whether his line is in it;
and, as far as the sample goes, first of all the lines whose raw text looks odd.
"""

import io
import math
import random
import re
import threading
import warnings
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

import attrs
from ofxparse import OfxParser

from services.reconciler.statements.layout import Entry
from services.reconciler.statements.limits import LONG_ENTRY_CHARS, MEMO_CHARS_MAX
from services.reconciler.statements.statement import StatementLine

# At most this many lines of a file are read twice; 0.4 ms each …
LINES_MAX: Final = 200
# … and so many characters of it: a long text takes ofxparse as long as many lines. A long transaction is no part of the
# sample; it holds the file anyway.
CHARS_MAX: Final = 200 * 1024
FIRST_LINES: Final = 40
# Odd lines beyond the first ones may take this much of the sample.
ODD_LINES_MAX: Final = 40
# Later lines are picked at a rate of this number / ordinal: about 30 of 10,000 lines, 60 of 1,000,000 …
RATE: Final = 6
# … and so many at a time, because each parse has a price of its own.
GROUP: Final = 5

_HEADER: Final = "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nSECURITY:NONE\nENCODING:UTF-8\nCHARSET:NONE\n\n"
_BEFORE: Final = f"{_HEADER}<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><BANKTRANLIST>\n"
_AFTER: Final = "</BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>\n"
_LEADING_TAG: Final = re.compile(r"\s*(</?([A-Za-z][A-Za-z0-9._-]*)/?>)(.*)", re.DOTALL)
_BARE_AMPERSAND: Final = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|nbsp|#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6});)")
_CDATA: Final = re.compile(r"\s*<!\[CDATA\[(.*)\]\]>\s*", re.DOTALL)
_NO_TAG: Final = re.compile(r"<(?!/?[A-Z][A-Z0-9.]*>)")

# ofxparse keeps the settings of a parse on its class, so two parses at once get each other's.
_ONE_AT_A_TIME: Final = threading.Lock()


@attrs.frozen(kw_only=True)
class Opinion:
    """What ofxparse made of one line; None where it does not speak."""

    bank_id: str
    amount: Decimal
    memo: str
    name: str


def escaped_line_wise(raw: str) -> str:
    r"""Escape a block of one element per line: on each line, all behind the leading tag is text, but its closing tag.

    >>> escaped_line_wise("\n<MEMO>a</MEMO><TRNAMT>1</MEMO>\n<NAME>R&D &amp; Co")
    '<MEMO>a&lt;/MEMO&gt;&lt;TRNAMT&gt;1</MEMO>\n<NAME>R&amp;D &amp; Co'
    """
    lines: list[str] = []
    for line in raw.split("\n"):
        match = _LEADING_TAG.fullmatch(line)
        if match is None:
            if lines and line.strip():
                lines[-1] += "\n" + _text(line)
            continue
        tag, name, text = match.groups()
        close = f"</{name}>"
        stripped = text.rstrip()
        if stripped.endswith(close):
            lines.append(f"{tag}{_text(stripped[: -len(close)])}{close}")
        else:
            lines.append(f"{tag}{_text(text)}")
    return "\n".join(lines)


def escaped_free(raw: str) -> str:
    """Escape a block in which markup may stand anywhere: only what has not the form of a tag is text.

    >>> escaped_free("<MEMO>I <3 R&D</MEMO>")
    '<MEMO>I &lt;3 R&amp;D</MEMO>'
    """
    return _BARE_AMPERSAND.sub("&amp;", _NO_TAG.sub("&lt;", raw))


def _text(text: str) -> str:
    cdata = _CDATA.fullmatch(text)
    text = cdata[1].replace("&", "&amp;") if cdata and "]]>" not in cdata[1] else _BARE_AMPERSAND.sub("&amp;", text)
    return text.replace("<", "&lt;").replace(">", "&gt;")


def opinions(blocks: Sequence[str]) -> list[Opinion | None]:
    """Ask ofxparse about escaped blocks; None for each it gives up on.

    >>> [opinion] = opinions(["<TRNTYPE>CREDIT<DTPOSTED>20260105<TRNAMT>1.50<FITID>A1<NAME>n<MEMO>m"])
    >>> opinion.bank_id, opinion.amount, opinion.memo
    ('A1', Decimal('1.50'), 'm')
    """
    found = _parse(blocks)
    if found is None or len(found) != len(blocks):
        # It gave up on some: ask about each alone, so that the others' opinion is not lost.
        each = [_parse([block]) for block in blocks]
        return [one[0] if one and len(one) == 1 else None for one in each]
    return list(found)


def _parse(blocks: Sequence[str]) -> list[Opinion] | None:
    body = "".join(f"<STMTTRN>\n{block}\n</STMTTRN>\n" for block in blocks)
    with _ONE_AT_A_TIME, warnings.catch_warnings():
        # bs4 warns of old names that ofxparse calls it by; the project's own warnings stay errors.
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            parsed = OfxParser.parse(io.BytesIO(f"{_BEFORE}{body}{_AFTER}".encode()), fail_fast=False)
            statement = parsed.account.statement
        except Exception:  # noqa: BLE001 - it raises all kinds of errors, and each only means that it has no opinion
            return None
    if statement is None or statement.discarded_entries:
        return None
    return [Opinion(bank_id=t.id, amount=Decimal(t.amount), memo=t.memo, name=t.payee) for t in statement.transactions]


def _due(lines: int) -> int:
    """How many of the later lines are to be picked among the first `lines` lines of a file."""
    return GROUP * math.floor(RATE / GROUP * math.log(lines / FIRST_LINES))


def kept(entry: Entry) -> Entry:
    """Give of an entry what the second opinion needs until its batch is full: of a long one, where it stands."""
    return entry if len(entry.raw) <= LONG_ENTRY_CHARS else Entry((), entry.line, "", (), references=False)


class SecondOpinion:
    """Picks the sample of one file, and compares."""

    def __init__(self, *, line_wise: bool, memo_field: str) -> None:
        self._escaped = escaped_line_wise if line_wise else escaped_free
        self._memo_field = memo_field
        self._asked = 0
        self._asked_chars = 0
        self._odd = 0

    def disagreements(self, lines: Sequence[StatementLine], entries: Sequence[Entry]) -> list[tuple[int, str, str]]:
        """Give (index in the batch, field, what ofxparse read) of each line on which the readers disagree.

        Args:
            lines: a batch.
            entries: what each was made of, as `kept`.
        """
        blocks = self._blocks(self._pick(lines, entries), entries)
        if not blocks:
            return []
        found: list[tuple[int, str, str]] = []
        for index, opinion in zip(blocks, opinions([*blocks.values()]), strict=True):
            if opinion is not None and (difference := self._difference(lines[index], opinion)):
                found.append((index, *difference))
        return found

    def _pick(self, lines: Sequence[StatementLine], entries: Sequence[Entry]) -> list[int]:
        if not lines or self._asked >= LINES_MAX:
            return []
        start, end = lines[0].ordinal, lines[-1].ordinal + 1
        picked = set(range(max(0, FIRST_LINES - start)) if start < FIRST_LINES else ())
        picked &= set(range(len(lines)))
        if self._odd < ODD_LINES_MAX:
            odd = [index for index, entry in enumerate(entries) if entry.faults or "&" in entry.raw]
            more = [index for index in odd if index not in picked][: ODD_LINES_MAX - self._odd]
            picked.update(more)
            self._odd += len(more)
        low, high = max(start, FIRST_LINES), max(end, FIRST_LINES)
        if high > low:
            # The picks due up to `high` less those due up to `low`, so that rounding loses none over the batches.
            wanted = _due(high) - _due(low)
            seed = b"".join([line.fingerprint for line in lines])
            among = range(low - start, high - start)
            picked.update(random.Random(seed).sample(among, min(wanted, len(among))))  # noqa: S311 - no secret
        return sorted(picked)

    def _blocks(self, sample: Sequence[int], entries: Sequence[Entry]) -> dict[int, str]:
        """Escape the blocks of the sample, as many as may still be asked about."""
        blocks: dict[int, str] = {}
        for index in sample:
            raw = kept(entries[index]).raw
            if raw and self._asked < LINES_MAX and self._asked_chars + len(raw) <= CHARS_MAX:
                block = self._escaped(raw)
                # Escaping makes a text longer, five times at most.
                if self._asked_chars + len(block) <= CHARS_MAX:
                    blocks[index] = block
                    self._asked += 1
                    self._asked_chars += len(block)
        return blocks

    def _difference(self, line: StatementLine, opinion: Opinion) -> tuple[str, str] | None:
        fen = -line.amount.fen if line.direction.value == "debit" else line.amount.fen
        if opinion.amount * 100 != fen:
            return "TRNAMT", str(opinion.amount)
        if line.bank_id and opinion.bank_id != line.bank_id:
            return "FITID", opinion.bank_id
        text = {"MEMO": opinion.memo, "NAME": opinion.name}.get(self._memo_field)
        if text is None:
            return None
        # Of an overlong memo, which holds the file, only the beginning is kept.
        cut = len(line.raw_memo) >= MEMO_CHARS_MAX
        same = text.startswith(line.raw_memo.strip()) if cut else text == line.raw_memo.strip()
        return None if same else (self._memo_field, text)
