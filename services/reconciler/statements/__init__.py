"""Statements: from the bytes of a bank's file to validated lines. Pure and synchronous: no clock, no database, no network.

A reading is an iterator of batches; memory stays bounded whatever the size of the file. `layout` says what is believed.
"""

from collections.abc import Iterable

from services.reconciler.statements.profile import PROFILES, Profile, ProfileError, load_profile
from services.reconciler.statements.reading import BATCH_LINES, FORMATS, StatementReading
from services.reconciler.statements.refusals import StatementRefused
from services.reconciler.statements.statement import StatementFacts, StatementLine

__all__ = [
    "FORMATS",
    "PROFILES",
    "Profile",
    "ProfileError",
    "StatementFacts",
    "StatementLine",
    "StatementReading",
    "StatementRefused",
    "load_profile",
    "open_statement",
]


def open_statement(
    chunks: Iterable[bytes], profile: Profile, filename: str, *, batch_lines: int = BATCH_LINES
) -> StatementReading:
    r"""Open a statement; reading happens as its batches are taken.

    >>> text = b'''OFXHEADER:100
    ...
    ... <OFX>
    ... <BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>CNY
    ... <BANKACCTFROM><BANKID>102<ACCTID>6222<ACCTTYPE>CHECKING</BANKACCTFROM>
    ... <BANKTRANLIST>
    ... <STMTTRN>
    ... <TRNTYPE>CREDIT
    ... <DTPOSTED>20200410
    ... <TRNAMT>23662.50
    ... <FITID>A1
    ... <MEMO>75256xA7W5o</STMTTRN><STMTTRN>
    ... </STMTTRN>
    ... </BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1>
    ... </OFX>'''
    >>> reading = open_statement([text], load_profile("ofx-generic"), "april.ofx")
    >>> [(str(line.amount), line.memo) for batch in reading for line in batch]
    [('23662.50', '75256xA7W5o</STMTTRN><STMTTRN>')]
    >>> reading.facts.account, reading.facts.lines
    ('6222', 1)

    Raises (from the iteration):
        StatementRefused: the file cannot be read as a whole; none of its lines counts.
    """
    return StatementReading(chunks, profile, filename, batch_lines=batch_lines)
