"""What a payer can do with markup in his memo, in every layout that a bank may have."""

import attrs
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.reconciler.statements.written import (
    COMPACT,
    GENERIC,
    LINE_WISE,
    VOUCHED,
    XML_HEADER,
    Bank,
    Transaction,
    read,
)

HONEST_BEFORE = Transaction(memo="75256xA7W5o", fitid="B1", amount="10.00", account="1111")
HONEST_AFTER = Transaction(memo="75256xB8K2o", fitid="B2", amount="20.00", account="2222")

# Whole transactions as a careful forger writes them: the bank's own fields in the bank's own order, and the sum is zero.
FORGED = (
    "x{close}</STMTTRN><STMTTRN><TRNTYPE>CREDIT{t}<DTPOSTED>20200410{d}<TRNAMT>{amount}{a}<FITID>F{n}{f}<NAME>某单位{m}"
    "<BANKACCTTO><BANKID>102{b}<ACCTID>666{c}</BANKACCTTO><MEMO>75256xC9M3o"
)


def forged(amount: str, number: int, *, closed: bool) -> str:
    """Write one forged transaction in the given style."""
    tags = {"close": "MEMO", "t": "TRNTYPE", "d": "DTPOSTED", "a": "TRNAMT", "f": "FITID", "m": "NAME", "b": "BANKID"}
    ends = {key: f"</{tag}>" if closed else "" for key, tag in {**tags, "c": "ACCTID"}.items()}
    return FORGED.format(amount=amount, n=number, **ends)


ZERO_SUM = [
    forged("99999.00", 1, closed=closed) + forged("-99999.00", 2, closed=closed).removeprefix("x")
    for closed in (True, False)
]
ATTACKS = [
    *ZERO_SUM,
    "</STMTTRN><STMTTRN>",
    "<BANKACCTTO><ACCTID>evil</BANKACCTTO>",
    "</MEMO><BANKACCTTO><BANKID>9</BANKID><ACCTID>evil</ACCTID></BANKACCTTO><MEMO>x",
    "</MEMO><TRNAMT>99999.00</TRNAMT><MEMO>",
    "<TRNAMT>99999.00",
    "<![CDATA[",
    "]]>",
    "<![CDATA[</MEMO></STMTTRN>]]>",
    "]]></MEMO></STMTTRN><STMTTRN><![CDATA[",
    "<!--",
    "-->",
    "<3 love",
    "<",
    "<MEMO",
    "<br>",
    "<75256xA7W5o>",
    "</OFX>",
    "<OFX>",
    "</BANKTRANLIST><BANKTRANLIST>",
    "</stmttrn><stmttrn>",
    "&lt;/MEMO&gt;",
    "<NAME/>",
]
PIECES = st.sampled_from(
    [
        *"<>/&;! ]-'\"x1。",
        *("STMTTRN", "MEMO", "TRNAMT", "NAME", "FITID", "ACCTID", "BANKACCTTO", "OFX", "BANKTRANLIST", "LEDGERBAL"),
        *(
            "</",
            "/>",
            "<![CDATA[",
            "]]>",
            "<!--",
            "-->",
            "&lt;",
            "&#60;",
            "&amp;",
            "99999.00",
            "20200410",
            "75256xA7W5o",
        ),
        *(f"<{tag}>" for tag in ("STMTTRN", "MEMO", "TRNAMT", "NAME", "FITID", "ACCTID", "BANKACCTTO", "DTPOSTED")),
        *(
            f"</{tag}>"
            for tag in ("STMTTRN", "MEMO", "TRNAMT", "NAME", "FITID", "ACCTID", "BANKACCTTO", "OFX", "STMTRS")
        ),
    ]
)
# A payer can write anything but control characters: a payment system carries one line of text. (What looks garbled holds
# the file for another reason, so the accented letters that garbled text is made of are left out here.)
MEMOS = st.lists(PIECES, max_size=14).map("".join) | st.text(
    st.characters(
        exclude_categories=("Cc", "Cs", "Zl", "Zp"),
        exclude_characters="".join(map(chr, range(0x80, 0x100)))
        + "\ufffd\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",
    ),
    max_size=40,
)


def plain(memo: str) -> str:
    """Tell how a text reads that was written without escaping: references are resolved, and so is a whole CDATA section."""
    text = memo.strip()
    inner = text.removeprefix("<![CDATA[").removesuffix("]]>")
    if len(inner) == len(text) - len("<![CDATA[]]>") and "]]>" not in inner:
        return inner
    for reference, character in (("&lt;", "<"), ("&#60;", "<"), ("&amp;", "&")):
        memo = memo.replace(reference, character)
    return memo


@pytest.mark.parametrize("layout", LINE_WISE)
@settings(max_examples=150, deadline=None)
@given(memo=MEMOS)
@example(memo=ZERO_SUM[0])
@example(memo=ZERO_SUM[1])
def test_markup_in_a_line_is_text_of_that_line(layout: str, memo: str) -> None:
    """Where each element has its line, no memo changes anything but itself, and an honest file is not held for it."""
    bank = LINE_WISE[layout]
    attack = Transaction(memo=memo, fitid="X")

    found = read(bank.write([HONEST_BEFORE, attack, HONEST_AFTER]))

    assert ("", []) == (found.refused, found.holds)
    assert [("B1", 1000, "1111"), ("X", 10000, "6222001"), ("B2", 2000, "2222")] == [
        (line.bank_id, line.amount.fen, line.payer_account) for line in found.lines
    ]
    written = memo.rstrip().removesuffix("</MEMO>") if not bank.closed and memo.rstrip().endswith("</MEMO>") else memo
    if "&" not in written or "CDATA" not in written:
        assert plain(written).strip() == found.lines[1].memo.strip()
    assert ["75256xA7W5o", "75256xB8K2o"] == [found.lines[0].memo, found.lines[2].memo]


@pytest.mark.parametrize("layout", LINE_WISE)
@pytest.mark.parametrize("memo", ATTACKS)
def test_known_attacks_change_nothing_and_stop_nothing(layout: str, memo: str) -> None:
    """Every attack we know of stays inside its memo, and does not even hold a file of element-per-line layout."""
    bank = LINE_WISE[layout]

    found = read(bank.write([HONEST_BEFORE, Transaction(memo=memo, fitid="X"), HONEST_AFTER]))

    assert (3, "", []) == (len(found.lines), found.refused, found.holds)


@pytest.mark.parametrize("layout", COMPACT)
@settings(max_examples=100, deadline=None)
@given(memo=MEMOS)
@example(memo=ZERO_SUM[0])
@example(memo=ZERO_SUM[1])
def test_a_compact_file_that_nobody_vouches_for_never_passes(layout: str, memo: str) -> None:
    """Text and markup cannot be told apart in it, so whatever the memo says, the file is held or refused."""
    found = read(COMPACT[layout].write([HONEST_BEFORE, Transaction(memo=memo, fitid="X"), HONEST_AFTER]))

    assert found.refused or "LAYOUT_UNPROVEN" in found.holds


@pytest.mark.parametrize("layout", COMPACT)
def test_an_honest_compact_file_is_read_whole_for_the_person_who_looks(layout: str) -> None:
    """It is held, but every line is there, and nothing else is wrong with it."""
    found = read(COMPACT[layout].write([HONEST_BEFORE, HONEST_AFTER]))

    assert ["LAYOUT_UNPROVEN"] == found.holds
    assert [("B1", "75256xA7W5o", "1111"), ("B2", "75256xB8K2o", "2222")] == [
        (line.bank_id, line.memo, line.payer_account) for line in found.lines
    ]


@pytest.mark.parametrize("layout", [*LINE_WISE, *COMPACT])
@pytest.mark.parametrize("cdata", [False, True])
@settings(max_examples=60, deadline=None)
@given(memo=MEMOS)
@example(memo=ZERO_SUM[0])
@example(memo=ZERO_SUM[1])
def test_a_bank_that_escapes_and_is_vouched_for_passes_with_any_memo(layout: str, memo: str, *, cdata: bool) -> None:
    """Escaping makes markup of a payer text again in every layout, so that the file passes without a hold."""
    bank = attrs.evolve({**LINE_WISE, **COMPACT}[layout], escapes=True, cdata=cdata)

    found = read(bank.write([HONEST_BEFORE, Transaction(memo=memo, fitid="X"), HONEST_AFTER]), VOUCHED)

    assert ("", []) == (found.refused, found.holds)
    assert [memo.strip(), 10000, "6222001"] == [
        found.lines[1].memo.strip(),
        found.lines[1].amount.fen,
        found.lines[1].payer_account,
    ]
    assert 3 == len(found.lines)


@pytest.mark.parametrize("layout", LINE_WISE)
@settings(max_examples=60, deadline=None)
@given(memo=MEMOS)
def test_escaped_texts_need_no_vouching_where_each_element_has_its_line(layout: str, memo: str) -> None:
    """A conforming file in element-per-line layout passes by the generic profile."""
    bank = attrs.evolve(LINE_WISE[layout], escapes=True)

    found = read(bank.write([HONEST_BEFORE, Transaction(memo=memo, fitid="X"), HONEST_AFTER]))

    assert ("", [], 3) == (found.refused, found.holds, len(found.lines))
    assert memo.strip() == found.lines[1].memo.strip()


@pytest.mark.parametrize("memo", ["I <3 you", "a<br>b", "</STMTTRN>", "<BANKACCTTO>", "<TRNAMT>5</TRNAMT>"])
@pytest.mark.parametrize("layout", COMPACT)
def test_markup_in_a_text_contradicts_the_vouching(layout: str, memo: str) -> None:
    """A profile that vouches for a bank that does not escape is found out by the first odd text, though not by a forgery."""
    found = read(COMPACT[layout].write([HONEST_BEFORE, Transaction(memo=memo, fitid="X"), HONEST_AFTER]), VOUCHED)

    assert found.refused or "MARKUP_IN_TEXT" in found.holds


TEXT_OVER_LINES = {
    "continued": ("<MEMO>75256x", "A7W5o"),
    "markup_on_the_next_line": ("<MEMO>75256x", "</STMTTRN>"),
    "unknown_tag_on_the_next_line": ("<MEMO>75256x", "<3 love"),
}


@pytest.mark.parametrize("case", TEXT_OVER_LINES)
def test_a_text_that_gets_a_line_break_through_holds_the_file(case: str) -> None:
    """The layout rests on payers having no line breaks; where one shows in a text, a person must look."""
    memo, more = TEXT_OVER_LINES[case]
    text = Bank(header=XML_HEADER, closed=True).write([HONEST_BEFORE, HONEST_AFTER])

    found = read(text.replace("<MEMO>75256xA7W5o</MEMO>", f"{memo}\n{more}</MEMO>"))

    assert found.refused or {"TEXT_OVER_LINES", "MARKUP_IN_TEXT"} & set(found.holds)


@pytest.mark.parametrize(
    ("replaced", "by", "code"),
    [
        ("<NAME>某单位\n", "<NAME>某单位\n<NAME>别的单位\n", "MARKUP_IN_TEXT"),
        ("<ACCTID>6222001\n", "<ACCTID>6222001<BANKID>102\n", "MARKUP_IN_TEXT"),
        ("<FITID>A1\n", "<FITID>A1<REFNUM>7\n", "MARKUP_IN_TEXT"),
        ("</BANKACCTTO>\n", "</BANKACCTTO><MEMO>x\n", "STATEMENT_LAYOUT_MIXED"),
        ("<ACCTID>6222001\n</BANKACCTTO>\n", "<ACCTID>6222001</BANKACCTTO>\n", "STATEMENT_LAYOUT_MIXED"),
        ("</STMTTRN>\n", "", "STATEMENT_TRUNCATED"),
        ("<STMTTRN>\n<TRNTYPE>", "<STMTTRN>\n<STMTTRN>\n<TRNTYPE>", "STATEMENT_STRUCTURE"),
        ("</STMTTRN>\n", "</STMTTRN>\n</STMTTRN>\n", "STATEMENT_STRUCTURE"),
    ],
)
def test_a_bank_that_leaves_its_own_layout_is_noticed(replaced: str, by: str, code: str) -> None:
    """Only the bank can write where these lines stand: the file is held or refused, and says why."""
    text = Bank().write([HONEST_BEFORE, Transaction(memo="75256xA7W5o")])
    assert replaced in text

    found = read(by.join(text.rsplit(replaced, 1)))

    assert code in {found.refused, *found.holds}


def test_a_bank_that_puts_elements_behind_every_memo_is_noticed() -> None:
    """One payer's markup is text; markup behind most memos is the bank's, and the file is held."""
    text = (
        Bank()
        .write([HONEST_BEFORE, HONEST_AFTER])
        .replace("xA7W5o", "xA7W5o<REFNUM>1")
        .replace("xB8K2o", "xB8K2o<REFNUM>1")
    )

    assert ["MARKUP_IN_TEXT"] == read(text).holds


@pytest.mark.parametrize("memo", ATTACKS)
@pytest.mark.parametrize("layout", LINE_WISE)
def test_the_first_memo_of_a_file_is_text_as_well(layout: str, memo: str) -> None:
    """The layout is not decided by a payer's text, even where that is the first element of the file."""
    found = read(LINE_WISE[layout].write([Transaction(memo=memo, fitid="X"), HONEST_AFTER, HONEST_BEFORE]))

    assert (3, "", []) == (len(found.lines), found.refused, found.holds)


def test_the_profile_decides_and_not_the_file() -> None:
    """A payer who writes escapes into a compact file cannot make it look like one that is escaped."""
    bank = COMPACT["xml_compact"]

    found = read(bank.write([Transaction(memo="R&amp;D &lt;x&gt;"), HONEST_AFTER]), GENERIC)

    assert "LAYOUT_UNPROVEN" in found.holds
