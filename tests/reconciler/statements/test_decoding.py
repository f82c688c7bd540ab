"""The encoding of a file: by evidence first, by what the file and the profile say second."""

import attrs
import pytest

from services.reconciler.statements import load_profile
from tests.reconciler.statements.written import GENERIC, LINE_WISE, SGML_HEADER, Transaction, cut, read

GBK = attrs.evolve(GENERIC, name="gbk", encoding="gb18030")
HEADER_936 = SGML_HEADER.replace("CHARSET:1252", "CHARSET:936")


def text_of(memo: str, header: str = SGML_HEADER, name: str = "n") -> str:
    """A statement of one line."""
    return attrs.evolve(LINE_WISE["sgml"], header=header).write([Transaction(memo=memo, name=name)])


@pytest.mark.parametrize(
    ("header", "encoding"),
    [
        (SGML_HEADER, "utf-8"),
        (SGML_HEADER, "utf-8-sig"),
        (SGML_HEADER, "utf-16"),
        (HEADER_936, "gb18030"),
        (HEADER_936, "gbk"),
        (HEADER_936, "utf-8"),
        (SGML_HEADER.replace("ENCODING:USASCII", "ENCODING:GBK"), "gbk"),
        (SGML_HEADER.replace("CHARSET:1252", "CHARSET:NONE"), "utf-8"),
        (SGML_HEADER.replace("ENCODING:USASCII", "ENCODING:UTF-8"), "utf-8"),
        (SGML_HEADER.replace("\n", ""), "utf-8"),
        ('<?xml version="1.0" encoding="GB2312"?>\n', "gbk"),
        ('<?xml version="1.0" encoding="us-ascii"?>\n', "utf-8"),
        ('<?xml version="1.0" encoding="utf-16"?>\n', "utf-8"),
        ("", "utf-8"),
    ],
)
def test_what_the_file_says_is_believed_unless_its_bytes_say_otherwise(header: str, encoding: str) -> None:
    """Every usual and unusual way to say what a file is in gives the same text."""
    found = read(text_of("75256xA7W5o，某单位四月份汇缴", header).encode(encoding))

    assert ("", [], "75256xA7W5o，某单位四月份汇缴") == (found.refused, found.holds, found.lines[0].memo)


def test_the_profile_says_what_the_file_does_not() -> None:
    """GBK under a header that says 1252 is read by the profile."""
    data = text_of("某单位四月份汇缴").encode("gbk")

    assert ([], "某单位四月份汇缴") == (read(data, GBK).holds, read(data, GBK).lines[0].memo)


def test_gbk_that_is_valid_utf8_by_accident_is_still_gbk() -> None:
    """Two hanzi can look like two Latin letters in UTF-8; where the file says GBK they are hanzi."""
    accidental = next(
        text
        for row in range(0xC4, 0xD8)
        for cell in range(0xA1, 0xC0)
        if len(text := bytes([row, cell]).decode("gbk")) == 1
    )

    assert accidental.encode("gbk").decode("utf-8")
    assert accidental == read(text_of(accidental, HEADER_936).encode("gbk")).lines[0].memo
    assert accidental == read(text_of(accidental).encode("gbk"), GBK).lines[0].memo


def test_gbk_under_a_western_header_is_held_as_doubtful() -> None:
    """Nobody can be certain, so the lines are shown and the file waits for somebody who sets the encoding."""
    found = read(text_of("某单位四月份汇缴").encode("gbk"))

    assert ["STATEMENT_ENCODING_DOUBTFUL"] == found.holds


def test_western_letters_pass() -> None:
    """A real cp1252 text with single accents is not doubtful."""
    found = read(text_of("CRÉDITO à conta").encode("cp1252"))

    assert ([], "CRÉDITO à conta") == (found.holds, found.lines[0].memo)


@pytest.mark.parametrize("memo", ["锟斤拷锟斤拷", "a\ufffdb", "ä¸\xadæ–‡"])
def test_text_that_was_garbled_before_it_came_is_held(memo: str) -> None:
    """Replacement characters and text encoded twice show that the bank, or a tool between, has spoiled it."""
    assert "STATEMENT_ENCODING_DOUBTFUL" in read(text_of(memo).encode()).holds


@pytest.mark.parametrize(
    ("data", "profile"),
    [
        (text_of("汇缴").encode().replace("缴".encode(), b"\xff"), attrs.evolve(GENERIC, encoding="utf-8")),
        (text_of("汇缴", HEADER_936).encode("gbk").replace("缴".encode("gbk"), b"\xff\xff"), GENERIC),
        (text_of("x\x81y").encode("latin-1"), GENERIC),
        (text_of("汇缴").encode("utf-16")[:-1], GENERIC),
    ],
)
def test_bytes_that_are_no_text_refuse_the_file(data: bytes, profile: object) -> None:
    """The refusal names the bytes, and nothing is replaced in silence."""
    found = read(data, profile)  # type: ignore[arg-type]

    assert "STATEMENT_ENCODING" == found.refused


def test_a_contradiction_late_in_the_file_refuses_it_with_its_line() -> None:
    """The first text was UTF-8, so lines have been read as that; bytes of another encoding cannot be guessed anew."""
    text = LINE_WISE["sgml"].write([Transaction(memo="汇缴" * 30, fitid=str(n)) for n in range(4_000)])
    data = text.encode()
    late = data.rindex("汇".encode())

    found = read(cut(data[:late] + b"\xbb\xe3" + data[late + 3 :], 65_536))

    assert found.refusal is not None
    assert ("STATEMENT_ENCODING", data[:late].count(b"\n") + 1) == (
        found.refused,
        found.refusal.params["line"],
    )


def test_hanzi_first_met_late_are_read_as_well() -> None:
    """As long as everything is ASCII nothing is decided."""
    plain = [Transaction(memo="m" * 300, name="n", fitid=str(n)) for n in range(3_000)]
    text = attrs.evolve(LINE_WISE["sgml"], header=HEADER_936).write(
        [*plain, Transaction(memo="汇缴", name="n", fitid="z")]
    )

    assert "汇缴" == read(text.encode("gbk")).lines[-1].memo


def test_a_bank_that_cuts_characters_is_held_and_read() -> None:
    """Half a hanzi at the end of a text takes nothing of what follows."""
    profile = attrs.evolve(GBK, cuts_characters=True)
    data = text_of("75256xA7W5o汇缴", HEADER_936).encode("gbk").replace("缴".encode("gbk"), "缴".encode("gbk")[:1])

    assert "STATEMENT_ENCODING" == read(data, GBK).refused
    found = read(data, profile)
    assert (["STATEMENT_ENCODING_DOUBTFUL"], "75256xA7W5o汇\ufffd") == (found.holds, found.lines[0].memo)


def test_the_demo_bank_s_older_system_is_read_by_its_profile() -> None:
    """CHARSET:936 and the bank's prefixes together."""
    data = text_of("转账汇入|75256xA7W5o", HEADER_936).encode("gbk")

    line = read(data, load_profile("demo-bank-gbk")).lines[0]

    assert ("75256xA7W5o", "转账汇入|75256xA7W5o") == (line.memo, line.raw_memo)
