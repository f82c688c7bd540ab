"""Statements as banks of different habits write them, for the tests to read back.

A `Bank` renders transactions in one layout, with or without escaping. Everything is made up.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final
from xml.sax.saxutils import escape

import attrs

from libsubsidy import Violation
from services.reconciler.statements import (
    Profile,
    StatementFacts,
    StatementLine,
    StatementRefused,
    load_profile,
    open_statement,
)

GENERIC: Final = load_profile("ofx-generic")
VOUCHED: Final = attrs.evolve(GENERIC, name="vouched", escapes_markup=True)

SGML_HEADER: Final = (
    "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nSECURITY:NONE\nENCODING:USASCII\nCHARSET:1252\n"
    "COMPRESSION:NONE\nOLDFILEUID:NONE\nNEWFILEUID:NONE\n\n"
)
XML_HEADER: Final = (
    '<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n'
    '<?OFX OFXHEADER="200" VERSION="211" SECURITY="NONE" OLDFILEUID="NONE" NEWFILEUID="NONE"?>\n'
)


@attrs.frozen(kw_only=True)
class Transaction:
    """One transaction before it is written."""

    memo: str
    fitid: str = "A1"
    amount: str = "100.00"
    day: str = "20200410"
    trntype: str = "CREDIT"
    name: str = "某单位"
    account: str = "6222001"
    bank: str = "102"


@attrs.frozen(kw_only=True)
class Bank:
    """How a bank writes.

    Attributes:
        header: SGML_HEADER or XML_HEADER.
        closed: leaves have closing tags.
        line_break: between elements; "" makes a compact file.
        indent: per level.
        memo_first: the memo stands before all other fields.
        escapes: texts are escaped.
        cdata: texts are CDATA sections (split where they hold `]]>`).
    """

    header: str = SGML_HEADER
    closed: bool = False
    line_break: str = "\n"
    between: str | None = None
    indent: str = ""
    memo_first: bool = False
    escapes: bool = False
    cdata: bool = False

    def _text(self, text: str) -> str:
        if self.cdata:
            return "<![CDATA[" + text.replace("]]>", "]]]]><![CDATA[>") + "]]>"
        return escape(text) if self.escapes else text

    def _leaf(self, tag: str, text: str, level: int) -> str:
        return f"{self.indent * level}<{tag}>{self._text(text)}{f'</{tag}>' if self.closed else ''}"

    def _transaction(self, t: Transaction) -> list[str]:
        memo = self._leaf("MEMO", t.memo, 5)
        return [
            f"{self.indent * 4}<STMTTRN>",
            *([memo] if self.memo_first else []),
            self._leaf("TRNTYPE", t.trntype, 5),
            self._leaf("DTPOSTED", t.day, 5),
            self._leaf("TRNAMT", t.amount, 5),
            self._leaf("FITID", t.fitid, 5),
            self._leaf("NAME", t.name, 5),
            f"{self.indent * 5}<BANKACCTTO>",
            self._leaf("BANKID", t.bank, 6),
            self._leaf("ACCTID", t.account, 6),
            f"{self.indent * 5}</BANKACCTTO>",
            *([] if self.memo_first else [memo]),
            f"{self.indent * 4}</STMTTRN>",
        ]

    def write(self, transactions: Sequence[Transaction], closing: str = "0.00") -> str:
        """Write a whole statement."""
        before = [
            "<OFX>",
            "<BANKMSGSRSV1>",
            "<STMTTRNRS>",
            "<STMTRS>",
            self._leaf("CURDEF", "CNY", 0),
            "<BANKACCTFROM>",
        ]
        before += [self._leaf("BANKID", "102", 0), self._leaf("ACCTID", "6222000", 0), "</BANKACCTFROM>"]
        before += ["<BANKTRANLIST>", self._leaf("DTSTART", "20200401", 0), self._leaf("DTEND", "20200430", 0)]
        after = [
            "</BANKTRANLIST>",
            "<LEDGERBAL>",
            self._leaf("BALAMT", closing, 0),
            self._leaf("DTASOF", "20200430", 0),
        ]
        after += ["</LEDGERBAL>", "</STMTRS>", "</STMTTRNRS>", "</BANKMSGSRSV1>", "</OFX>"]
        written = [self.line_break.join(self._transaction(t)) for t in transactions]
        between = self.line_break if self.between is None else self.between
        return self.header + between.join([self.line_break.join(before), *written, self.line_break.join(after)])


LINE_WISE: Final[dict[str, Bank]] = {
    "sgml": Bank(),
    "sgml_crlf": Bank(line_break="\r\n"),
    "sgml_indented": Bank(indent="  "),
    "sgml_closed": Bank(closed=True),
    "sgml_memo_first": Bank(memo_first=True),
    "xml": Bank(header=XML_HEADER, closed=True),
    "xml_indented_crlf": Bank(header=XML_HEADER, closed=True, indent="\t", line_break="\r\n"),
    "xml_memo_first": Bank(header=XML_HEADER, closed=True, memo_first=True),
}
COMPACT: Final[dict[str, Bank]] = {
    "sgml_compact": Bank(line_break=""),
    "sgml_transaction_per_line": Bank(line_break="", between="\n"),
    "sgml_compact_memo_first": Bank(line_break="", memo_first=True),
    "xml_compact": Bank(header=XML_HEADER, closed=True, line_break=""),
    "xml_transaction_per_line": Bank(header=XML_HEADER, closed=True, line_break="", between="\n"),
    "xml_compact_memo_first": Bank(header=XML_HEADER, closed=True, line_break="", memo_first=True),
}


@attrs.frozen(kw_only=True)
class Read:
    """What came of a file: its lines and facts, or the refusal."""

    lines: tuple[StatementLine, ...] = ()
    facts: StatementFacts | None = None
    refusal: Violation | None = None

    @property
    def holds(self) -> list[str]:
        """The codes of the holds, each once."""
        return list(dict.fromkeys(hold.code for hold in self.facts.holds)) if self.facts else []

    @property
    def refused(self) -> str:
        """The code of the refusal, "" without one."""
        return self.refusal.code if self.refusal else ""


def cut(data: bytes, size: int) -> Iterator[bytes]:
    """Cut data into chunks of one size."""
    return (data[start : start + size] for start in range(0, len(data), size))


def read(data: str | bytes | Iterable[bytes], profile: Profile = GENERIC, *, batch_lines: int = 1_000) -> Read:
    """Read a whole file."""
    if isinstance(data, str):
        data = data.encode()
    chunks = [data] if isinstance(data, bytes) else data
    try:
        reading = open_statement(chunks, profile, "file.ofx", batch_lines=batch_lines)
        lines = tuple(line for batch in reading for line in batch)
    except StatementRefused as refused:
        return Read(refusal=refused.violation)
    return Read(lines=lines, facts=reading.facts)
