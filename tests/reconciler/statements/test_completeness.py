"""A file is whole or refused: nothing of it is ever lost in silence."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.reconciler.statements import load_profile, open_statement
from services.reconciler.statements.layout import Entry
from services.reconciler.statements.ofx import Transactions
from services.reconciler.statements.outline import Outline
from services.reconciler.statements.refusals import Holds
from tests.reconciler.statements.written import COMPACT, GENERIC, LINE_WISE, Transaction, cut, read

FIVE = [Transaction(memo=f"75256xA7W{n}o，附言", fitid=f"A{n}", amount=f"{n}.00") for n in range(1, 6)]


@pytest.mark.parametrize("layout", [*LINE_WISE, *COMPACT])
def test_a_file_cut_off_at_any_byte_is_refused(layout: str) -> None:
    """Each of the several hundred places to cut a file of five lines refuses it; none gives fewer lines."""
    data = {**LINE_WISE, **COMPACT}[layout].write(FIVE).encode()

    silent = [size for size in range(len(data)) if not read(data[:size]).refused]

    assert [] == silent
    assert 5 == len(read(data).lines)


@pytest.mark.parametrize("layout", [*LINE_WISE, *COMPACT])
def test_a_hole_in_the_middle_is_refused_or_shows_in_the_count(layout: str) -> None:
    """What a hole can take without breaking the structure is whole lines only; the balance tells those."""
    data = {**LINE_WISE, **COMPACT}[layout].write(FIVE).encode()
    start, end = data.index(b"<STMTTRN>"), data.rindex(b"</STMTTRN>")

    for hole in range(start, end, 7):
        found = read(data[:hole] + data[hole + 90 :])
        assert found.refused or found.holds or len(found.lines) in {4, 5}


@settings(max_examples=60, deadline=None)
@given(size=st.integers(1, 400), layout=st.sampled_from([*LINE_WISE, *COMPACT]), batch_lines=st.integers(1, 7))
def test_the_size_of_chunks_and_batches_changes_nothing(size: int, layout: str, batch_lines: int) -> None:
    """However the bytes arrive and the lines leave, the lines and the facts are the same."""
    data = {**LINE_WISE, **COMPACT}[layout].write(FIVE).encode()

    whole, pieces = read(data), read(cut(data, size), batch_lines=batch_lines)

    assert whole == pieces


def entries(text: str, size: int) -> list[Entry]:
    """Read transactions from text that comes in pieces of one size."""
    holds = Holds("f")
    reading = Transactions(Outline(GENERIC, holds)).entries(
        (text[start : start + size] for start in range(0, len(text), size)), GENERIC, holds
    )
    return [Entry(entry.values, entry.line, "", entry.faults, references=False) for entry in reading]


@pytest.mark.parametrize("layout", [*LINE_WISE, *COMPACT])
@pytest.mark.parametrize("size", [1, 2, 3, 5, 17, 64, 333])
def test_transactions_that_straddle_the_pieces_are_read_whole(layout: str, size: int) -> None:
    """With pieces of a few characters every element straddles some of them, and nothing changes, line numbers included."""
    text = {**LINE_WISE, **COMPACT}[layout].write(FIVE)

    assert entries(text, len(text)) == entries(text, size)


@pytest.mark.parametrize(
    ("after", "refused", "holds"),
    [
        ("", "", []),
        ("\r\n \t\n", "", []),
        ("\nOK", "", ["STATEMENT_TRAILING"]),
        ("\n<OFX></OFX>", "STATEMENT_STRUCTURE", []),
        ("</OFX>", "STATEMENT_STRUCTURE", []),
    ],
)
@pytest.mark.parametrize("layout", ["sgml", "xml_compact"])
def test_what_follows_the_end_is_noticed(layout: str, after: str, refused: str, holds: list[str]) -> None:
    """Blanks may follow; text holds the file, and more markup refuses it."""
    found = read({**LINE_WISE, **COMPACT}[layout].write(FIVE) + after)

    assert refused == found.refused
    assert holds == [hold for hold in found.holds if hold != "LAYOUT_UNPROVEN"]


@pytest.mark.parametrize(
    ("replaced", "by", "code"),
    [
        ("</BANKTRANLIST>", "", "STATEMENT_STRUCTURE"),
        ("</STMTRS>", "", "STATEMENT_STRUCTURE"),
        ("<BANKTRANLIST>", "<BANKTRANLIST><BANKTRANLIST>", "STATEMENT_STRUCTURE"),
        ("</OFX>", "", "STATEMENT_TRUNCATED"),
        ("</LEDGERBAL>", "</AVAILBAL>", "STATEMENT_STRUCTURE"),
        ("<STMTRS>", "", "STATEMENT_STRUCTURE"),
    ],
)
@pytest.mark.parametrize("layout", ["sgml", "xml", "sgml_compact", "xml_compact"])
def test_a_broken_structure_is_refused_with_its_line(layout: str, replaced: str, by: str, code: str) -> None:
    """The aggregates that carry a statement must nest; the refusal names the line and the tag."""
    text = {**LINE_WISE, **COMPACT}[layout].write(FIVE)
    assert 1 == text.count(replaced)

    found = read(text.replace(replaced, by))

    assert code == found.refused
    assert found.refusal is not None
    assert int(found.refusal.params["line"]) > 0


def test_a_refusal_names_file_line_field_and_value() -> None:
    """The person who gets it can find the place in the file without a search."""
    text = LINE_WISE["sgml"].write([FIVE[0], Transaction(memo="x", fitid="A2", amount="1,000")])
    line = text[: text.index("<STMTTRN>\n<TRNTYPE>CREDIT\n<DTPOSTED>20200410\n<TRNAMT>1,000")].count("\n") + 1

    found = read(text)

    assert found.refusal is not None
    violation = found.refusal
    assert ("LINE_AMOUNT_FORMAT", "file.ofx", line, "TRNAMT", "1,000") == (
        violation.code,
        *(violation.params[name] for name in ("file", "line", "field", "value")),
    )
    assert all(
        "1,000" in words and "file.ofx" in words and str(line) in words for words in (violation.zh, violation.en)
    )


def test_the_facts_are_known_at_the_end_only() -> None:
    """Before all batches are taken nobody knows whether the file is whole."""
    reading = open_statement([LINE_WISE["sgml"].write(FIVE).encode()], load_profile("ofx-generic"), "f", batch_lines=2)

    assert 2 == len(next(reading))
    with pytest.raises(RuntimeError, match="known when all its batches have been taken"):
        _ = reading.facts
    assert [2, 1] == [len(batch) for batch in reading]
    assert 5 == reading.facts.lines
