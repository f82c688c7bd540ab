"""Amounts, days, ids and texts of single lines."""

import datetime as dt

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libsubsidy import Direction
from services.reconciler.statements import limits, load_profile
from services.reconciler.statements.statement import fingerprint
from tests.reconciler.statements.written import GENERIC, LINE_WISE, Transaction, read

SGML = LINE_WISE["sgml"]


@pytest.mark.parametrize(
    ("written", "fen", "direction"),
    [
        ("0.01", 1, Direction.CREDIT),
        ("+0.01", 1, Direction.CREDIT),
        ("-0.01", 1, Direction.DEBIT),
        ("23662.5", 2366250, Direction.CREDIT),
        ("23662,50", 2366250, Direction.CREDIT),
        ("120", 12000, Direction.CREDIT),
        (" 120.00 ", 12000, Direction.CREDIT),
        ("0.00", 0, Direction.CREDIT),
        ("-0.00", 0, Direction.CREDIT),
        ("0000012.30", 1230, Direction.CREDIT),
        ("9999999999999.99", 999999999999999, Direction.CREDIT),
    ],
)
def test_amounts_are_read_exactly(written: str, fen: int, direction: Direction) -> None:
    """The sign gives the direction, the rest the fen; a point and a comma both separate one or two decimals."""
    line = read(SGML.write([Transaction(memo="m", amount=written)])).lines[0]

    assert (fen, direction) == (line.amount.fen, line.direction)


@pytest.mark.parametrize(
    "written",
    [
        *(
            "1,000",
            "1.000",
            "1,000.00",
            "1 000.00",
            "NaN",
            "Infinity",
            "1e3",
            "1_000",
            "12+34",
            "null",
            "",
            "$120",
            "0.005",
        ),
        *("１２", "100000000000000.00", "1.", ".5", "--1", "+-1", "1.2.3", "0x10", "1500.0000", "¥5"),
    ],
)
def test_an_uncertain_amount_refuses_the_file(written: str) -> None:
    """Nothing is guessed and no line is dropped: a file with one such line is refused as a whole."""
    found = read(SGML.write([Transaction(memo="ok", fitid="A0"), Transaction(memo="m", amount=written)]))

    assert ("LINE_AMOUNT_FORMAT", ()) == (found.refused, found.lines)


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("20260105", dt.date(2026, 1, 5)),
        ("20260105000000[+8:CST]", dt.date(2026, 1, 5)),
        ("20260105235959.999[-5:EST]", dt.date(2026, 1, 5)),
        ("202601051120", dt.date(2026, 1, 5)),
        (" 20260105 ", dt.date(2026, 1, 5)),
        ("20240229", dt.date(2024, 2, 29)),
    ],
)
def test_the_bank_s_own_day_is_kept(written: str, day: dt.date) -> None:
    """Midnight in China stays on its day, whatever zone is written behind it."""
    assert day == read(SGML.write([Transaction(memo="m", day=written)])).lines[0].booked


@pytest.mark.parametrize(
    "written", ["", "2026-01-05", "20230229", "20261301", "00000000", "2026010", "５0260105", "99991231"]
)
def test_an_unreadable_day_refuses_the_file(written: str) -> None:
    """A line that belongs to no certain day cannot be filed."""
    assert "LINE_DATE_FORMAT" == read(SGML.write([Transaction(memo="m", day=written)])).refused


def test_blanks_before_a_day_do_not_mix_up_days() -> None:
    """Two days that begin with the same characters after a blank stay two days."""
    lines = [Transaction(memo="m", fitid="1", day="  20260105"), Transaction(memo="m", fitid="2", day="  20260206")]

    assert [1, 2] == [line.booked.month for line in read(SGML.write(lines)).lines]


def test_a_missing_field_refuses_the_file() -> None:
    """A transaction without an amount or a day is not left out."""
    text = SGML.write([Transaction(memo="m")])

    assert "LINE_AMOUNT_FORMAT" == read(text.replace("<TRNAMT>100.00\n", "")).refused
    assert "LINE_DATE_FORMAT" == read(text.replace("<DTPOSTED>20200410\n", "")).refused


def test_a_missing_id_holds_the_file_and_the_contents_tell_the_lines_apart() -> None:
    """Both lines are there, with different fingerprints as far as their contents differ."""
    lines = [Transaction(memo="m", fitid=""), Transaction(memo="n", fitid=""), Transaction(memo="m", fitid="")]

    found = read(SGML.write(lines))

    assert ["LINE_ID_MISSING"] == found.holds
    first, second, third = (line.fingerprint for line in found.lines)
    assert (True, True) == (first != second, first == third)


def test_a_repeated_id_holds_the_file_and_names_both_lines() -> None:
    """With the same contents or with others, two lines of one id need a person."""
    text = SGML.write(
        [Transaction(memo="m", fitid="A"), Transaction(memo="n", fitid="B"), Transaction(memo="o", fitid="A")]
    )
    places = [number for number, line in enumerate(text.split("\n"), 1) if line == "<STMTTRN>"]

    found = read(text)

    assert found.facts is not None
    [hold] = found.facts.holds
    assert ("LINE_ID_REPEATED", "A", f"{places[0]}/{places[2]}") == (
        hold.code,
        hold.params["value"],
        hold.params["lines"],
    )
    assert 3 == len(found.lines)


def test_the_fingerprint_is_of_id_day_amount_and_currency() -> None:
    """It is the same in another file, whatever the payer's text and the position, and differs with each of its fields."""
    base = Transaction(memo="m", fitid="单号1", amount="-5.00")
    others = [
        attrs.evolve(base, fitid="单号2"),
        attrs.evolve(base, amount="5.00"),
        attrs.evolve(base, amount="-5.01"),
        attrs.evolve(base, day="20200411"),
    ]

    found = read(SGML.write([base])).lines[0]

    assert fingerprint("单号1", "2020-04-10", "-500", "CNY") == found.fingerprint
    again = read(LINE_WISE["xml"].write([Transaction(memo="z", fitid="0"), attrs.evolve(base, memo="other")])).lines[1]
    assert found.fingerprint == again.fingerprint
    assert found.fingerprint not in {read(SGML.write([other])).lines[0].fingerprint for other in others}
    assert found.fingerprint != read(SGML.write([base]).replace("<CURDEF>CNY", "<CURDEF>USD")).lines[0].fingerprint


@pytest.mark.parametrize(
    ("field", "limit"),
    [("memo", limits.MEMO_CHARS_MAX), ("name", limits.NAME_CHARS_MAX), ("account", 64), ("bank", 64)],
)
def test_an_overlong_text_holds_the_file_and_its_beginning_is_kept(field: str, limit: int) -> None:
    """At the limit all is well; one character more holds the file, and no more than the limit is kept."""
    texts = ["长" * limit, "长" * (limit + 1)]
    read_as = {"memo": "memo", "name": "payer_name", "account": "payer_account", "bank": "payer_bank"}[field]

    found = [read(SGML.write([Transaction(**{"memo": "m", field: text})])) for text in texts]

    assert [[], ["LINE_TEXT_TOO_LONG"]] == [one.holds for one in found]
    assert ["长" * limit] * 2 == [getattr(one.lines[0], read_as) for one in found]


@pytest.mark.parametrize("text", ["x" * 5_000, "&amp;" * 40_000, "&#49;" * 40_000, "\u3000" * 5_000, "<a>" * 5_000])
@pytest.mark.parametrize("field", ["memo", "name", "account", "bank", "trntype"])
def test_of_a_monstrous_text_only_the_beginning_is_kept(field: str, text: str) -> None:
    """Whatever it is made of, the file is held, and no line carries more than the limits."""
    monster = Transaction(**{"memo": "m", "fitid": "A2", field: f"6222{text}|"})
    found = read(SGML.write([Transaction(memo="m"), monster]))

    assert ("LINE_TOO_LONG" if field == "trntype" else "LINE_TEXT_TOO_LONG") == found.holds[0]
    line = found.lines[1]
    assert limits.MEMO_CHARS_MAX >= len(line.memo)
    assert limits.MEMO_CHARS_MAX + limits.NAME_CHARS_MAX + 64 + 64 >= sum(
        map(len, (line.raw_memo, line.payer_name, line.payer_account, line.payer_bank))
    )


def test_a_long_transaction_of_short_texts_holds_the_file() -> None:
    """The second reader is not asked about it, so it does not pass by itself."""
    text = SGML.write([Transaction(memo="m")])

    found = [read(text.replace("<TRNTYPE>", f"<REFNUM>{'9' * length}\n<TRNTYPE>")) for length in (3_900, 4_100)]

    assert [[], ["LINE_TOO_LONG"]] == [one.holds for one in found]


def test_an_account_that_is_cut_is_no_account_of_ours() -> None:
    """Blanks behind a number, and then more: what is kept must not read as the number."""
    own = "6222000000000000001"

    found = read(SGML.write([Transaction(memo="m", account=own + " " * 5_000 + "9")]), load_profile("demo-bank"))

    assert (None, True) == (found.lines[0].kind, "LINE_TEXT_TOO_LONG" in found.holds)


@pytest.mark.parametrize("length", [limits.MEMO_CHARS_MAX, 5_000])
def test_lines_without_id_that_differ_behind_what_is_kept_are_two(length: int) -> None:
    """Neither is taken for a copy of the other."""
    memos = ["x" * length + end for end in "12"]

    lines = read(SGML.write([Transaction(memo=memo, fitid="") for memo in memos])).lines

    assert lines[0].memo == lines[1].memo
    assert lines[0].fingerprint != lines[1].fingerprint


def test_an_overlong_id_is_refused() -> None:
    """The store keeps ids in an index, so what no bank writes cannot be held for later."""
    refused = [read(SGML.write([Transaction(memo="m", fitid="9" * length)])).refused for length in (255, 256)]

    assert ["", "LINE_ID_TOO_LONG"] == refused


@pytest.mark.parametrize("character", ["\x07", "\x1b", "\r", "\x85", "\u2028", "\u202e", "\x7f"])
def test_control_characters_hold_the_file(character: str) -> None:
    """A text that is stored or shown other than it looks needs a person."""
    found = read(SGML.write([Transaction(memo=f"75256xA7W5o{character}x"), Transaction(memo="n", fitid="A2")]))

    assert ["LINE_TEXT_CONTROL"] == found.holds
    assert 2 == len(found.lines)


@pytest.mark.parametrize(
    "memo", ["　75256xA7W5o", " 75256xA7W5o", "\u200b75256xA7W5o", "𰻞𰻞面", "a\tb", "75256xA7W5o "]
)
def test_odd_but_harmless_characters_are_kept_as_they_are(memo: str) -> None:
    """The library's diagnosis needs the memo exactly as it was written, leading blanks included."""
    found = read(SGML.write([Transaction(memo=memo)]))

    assert ([], memo, memo) == (found.holds, found.lines[0].raw_memo, found.lines[0].memo)


@pytest.mark.parametrize(
    ("memo", "currency"),
    [
        ("m", "CNY"),
        ("m\n<CURRENCY>\n<CURRATE>7\n<CURSYM>usd\n</CURRENCY>", "USD"),
        ("m\n<ORIGCURRENCY>\n<CURRATE>7\n<CURSYM>USD\n</ORIGCURRENCY>", "CNY"),
    ],
)
def test_the_currency_is_that_of_the_amount(memo: str, currency: str) -> None:
    """CURRENCY says what the amount is in; with ORIGCURRENCY it is converted already (OFX 2.3 §5.2)."""
    assert currency == read(SGML.write([Transaction(memo=memo)])).lines[0].currency


def test_a_missing_currency_holds_the_file_unless_the_profile_knows_it() -> None:
    """No line is in no currency."""
    text = SGML.write([Transaction(memo="m")]).replace("<CURDEF>CNY\n", "")

    assert ["STATEMENT_CURRENCY_MISSING"] == read(text).holds
    known = read(text, attrs.evolve(GENERIC, currency_default="CNY"))
    assert ([], "CNY", "CNY") == (known.holds, known.lines[0].currency, known.facts and known.facts.currency)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.builds(
            Transaction,
            memo=st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp"), max_codepoint=0x7F)),
            amount=st.integers(-(10**12), 10**12).map(
                lambda fen: f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02}"
            ),
            day=st.dates(dt.date(1990, 1, 1), dt.date(2100, 1, 1)).map(lambda day: day.strftime("%Y%m%d")),
            name=st.text("某单位<>&ab ", max_size=9),
        ),
        max_size=12,
    ),
    st.sampled_from(sorted(LINE_WISE)),
)
def test_what_is_written_with_escapes_is_read_back(transactions: list[Transaction], layout: str) -> None:
    """Every field of every line comes back as it went in, and the sums are those of the lines."""
    transactions = [attrs.evolve(t, fitid=f"N{n}") for n, t in enumerate(transactions)]

    found = read(attrs.evolve(LINE_WISE[layout], escapes=True).write(transactions))

    assert found.facts is not None
    assert ("", []) == (found.refused, found.holds)
    for written, line in zip(transactions, found.lines, strict=True):
        fen = round(float(written.amount) * 100)
        assert (written.memo.strip(), written.name.strip(), written.fitid, written.day) == (
            line.memo.strip(),
            line.payer_name,
            line.bank_id,
            line.booked.strftime("%Y%m%d"),
        )
        assert fen == (line.amount.fen if line.direction is Direction.CREDIT else -line.amount.fen)
    signed = [line.amount.fen if line.direction is Direction.CREDIT else -line.amount.fen for line in found.lines]
    assert (sum(signed), len(signed)) == (found.facts.credit_fen - found.facts.debit_fen, found.facts.lines)
