"""Real OFX files of public projects, read beside ofxparse; each difference is listed with the reason."""

import io
import warnings
from decimal import Decimal
from pathlib import Path

import attrs
import pytest
from bs4 import XMLParsedAsHTMLWarning
from ofxparse import OfxParser

from libsubsidy import Direction
from tests.reconciler.statements.written import read

CORPUS = Path(__file__).parents[4] / "shared" / "statements"
FILES = sorted(path for folder in ("ofx1", "ofx2") for path in (CORPUS / folder).rglob("*") if path.is_file())

if not FILES:
    pytest.skip("the corpus of bank files is not beside this checkout (../shared/statements)", allow_module_level=True)

# Files that we refuse -> (code, why that is right although ofxparse gives something).
NO_STATEMENT = (
    "an OFX file without an account statement: a sign-on, a profile or an account list; ofxparse gives nothing either"
)
UNREADABLE_DAY = "a transaction without a real day; ofxparse leaves such lines out, and nobody notices a missing line"
FOUR_DECIMALS = "amounts of an investment account with four decimals; rounding is not ours to do, and no yuan has them"
REFUSED = {
    "account_listing_aggregation.ofx": ("STATEMENT_NOT_A_STATEMENT", NO_STATEMENT),
    "bank-of-america-profile.ofx": ("STATEMENT_NOT_A_STATEMENT", NO_STATEMENT),
    "bank_small.ofx": ("STATEMENT_NOT_A_STATEMENT", NO_STATEMENT),
    "closing-tags.ofx": ("STATEMENT_NOT_A_STATEMENT", NO_STATEMENT),
    "error_message.ofx": ("STATEMENT_NOT_A_STATEMENT", NO_STATEMENT),
    "fremont-bank-profile.ofx": ("STATEMENT_NOT_A_STATEMENT", NO_STATEMENT),
    "mercantile-brokerage-services-profile.ofx": ("STATEMENT_NOT_A_STATEMENT", NO_STATEMENT),
    "signon_fail.ofx": ("STATEMENT_NOT_A_STATEMENT", NO_STATEMENT),
    "signon_success.ofx": ("STATEMENT_NOT_A_STATEMENT", NO_STATEMENT),
    "signon_success_no_message.ofx": ("STATEMENT_NOT_A_STATEMENT", NO_STATEMENT),
    "simple.ofx": ("STATEMENT_NOT_A_STATEMENT", NO_STATEMENT),
    "wells-fargo-investments-profile.ofx": ("STATEMENT_NOT_A_STATEMENT", NO_STATEMENT),
    "whitespace-example.ofx": ("STATEMENT_NOT_A_STATEMENT", NO_STATEMENT),
    "example-response2.ofx": ("STATEMENT_TRUNCATED", "the file ends before </OFX>; it holds no transaction"),
    "date_missing.ofx": ("LINE_DATE_FORMAT", UNREADABLE_DAY),
    "decimal_error.ofx": ("LINE_DATE_FORMAT", UNREADABLE_DAY),
    "fidelity-savings.ofx": ("LINE_AMOUNT_FORMAT", FOUR_DECIMALS),
    "fidelity.ofx": ("LINE_AMOUNT_FORMAT", FOUR_DECIMALS),
}
# Files whose lines differ -> (what ofxparse gives, why ours is right).
DIFFERENT = {
    "ofx-v102-empty-tags.ofx": (
        0,
        "its one line has an empty FITID and NAME, for which ofxparse drops it; we hold the file",
    ),
}
# Files that a person must look at -> why.
HELD = {
    "bank_medium.ofx": {"LAYOUT_UNPROVEN"},  # several elements on a line, and nobody vouches for this bank
    "ofx-v102-empty-tags.ofx": {"LAYOUT_UNPROVEN", "LINE_ID_MISSING"},  # a compact file; an empty FITID
    "multiple_accounts.ofx": {"STATEMENT_SEVERAL_ACCOUNTS"},
    "multiple_accounts2.ofx": {"STATEMENT_SEVERAL_ACCOUNTS"},
    "pag-seguro.ofx": {"STATEMENT_BALANCE_FORMAT", "STATEMENT_DATE_FORMAT"},
}


@attrs.frozen
class Theirs:
    """One line as ofxparse gives it."""

    bank_id: str
    amount: Decimal
    memo: str
    name: str


def theirs(path: Path) -> list[Theirs]:
    """Read a file with ofxparse, which is asked to go on where it can; buys and sells of securities are no bank lines."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", XMLParsedAsHTMLWarning)
        parsed = OfxParser.parse(io.BytesIO(path.read_bytes()), fail_fast=False)
    return [
        Theirs(t.id, Decimal(t.amount), t.memo, t.payee)
        for account in parsed.accounts
        if account.statement
        for t in account.statement.transactions
        if hasattr(t, "payee")
    ]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_file_is_read_like_ofxparse_where_that_is_right(path: Path) -> None:
    """Id, amount, memo and name of every line agree; what differs stands in the tables above."""
    found = read(path.read_bytes())

    if path.name in REFUSED:
        assert REFUSED[path.name][0] == found.refused
        assert len(theirs(path)) == {"fidelity-savings.ofx": 4, "fidelity.ofx": 3}.get(path.name, 0)
        return
    assert "" == found.refused
    assert HELD.get(path.name, set()) == set(found.holds)
    expected = theirs(path)
    if path.name in DIFFERENT:
        assert (DIFFERENT[path.name][0], 1) == (len(expected), len(found.lines))
        return
    ours = [
        Theirs(
            line.bank_id,
            Decimal(line.amount.fen if line.direction is Direction.CREDIT else -line.amount.fen) / 100,
            line.raw_memo.strip(),
            line.payer_name,
        )
        for line in found.lines
    ]
    assert expected == ours


def test_the_tables_name_only_files_that_are_there() -> None:
    """A file that has gone is taken from the tables too."""
    assert {*REFUSED, *DIFFERENT, *HELD} <= {path.name for path in FILES}
