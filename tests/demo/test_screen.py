"""What is shown: nothing hidden, nothing of a payer taken for markup, nothing wider than the screen."""

import io
import re
from pathlib import Path

import attrs
import pytest
from rich.cells import cell_len
from rich.console import Console

from demo.books import DecidedLine, Equation, grouped, prove
from demo.handover import write_list
from demo.screen import line_table, proof_table, reason_words, samples, summary_table, visible
from demo.watching import Place
from demo.wrapping import wrapped
from libsubsidy import Direction, Money
from tests.demo.conftest import Shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("75256xA7W5o", "75256xA7W5o"),
        (" 75256xA7W5o  ", "␣75256xA7W5o␣␣"),
        ("\u200b75256xA7W5o", "<U+200B>75256xA7W5o"),
        ("a\tb\x1b[31m", "a<U+0009>b<U+001B>[31m"),
        ("[bold]x[/bold]", "[bold]x[/bold]"),
        ("陈𠮷祥", "陈𠮷祥"),
        ("", "（空）"),
        ("  ", "␣␣"),
    ],
)
def test_what_cannot_be_seen_is_shown(text: str, shown: str) -> None:
    """Blanks at the edges and characters without a shape become visible; no escape sequence reaches a terminal."""
    assert shown == visible(text)


@pytest.mark.parametrize("width", [8, 13, 28, 60])
def test_wrapping_keeps_every_character_and_the_width(width: int) -> None:
    """Joined again the lines say the same but for blanks at their begin, and none is wider than asked."""
    text = "支付码格式不符。单位交易代码后面应为小写字母 x，现在是“X”：请写成 10160x4F6Wo（以此类推），谢谢！"
    lines = list(wrapped(text, width))
    assert text.replace(" ", "") == "".join(lines).replace(" ", "")
    assert max(cell_len(line) for line in lines) <= width
    assert not [line for line in lines if line[0] in "，。：；！？、）”》"]


@pytest.mark.parametrize("text", ["应缴 1,446.25 元。", "2026年10月份", "是 4 位：", "合计 7,504.25 元"])
def test_a_number_stays_with_its_unit(text: str) -> None:
    """Wherever the line ends, no unit stands alone at the begin of the next one, and no line ends with a blank."""
    for before in range(30):
        lines = list(wrapped("字" * before + text, 30))
        assert not [line for line in lines[1:] if line[0] in "元年月位" or line.startswith(" ")]
        assert not [line for line in lines if line.endswith(" ")]


def test_a_line_of_nothing_but_blanks_is_left_out() -> None:
    """A blank before a word that fills the line makes no empty row."""
    assert ["10160x4F6Wo"] == list(wrapped("  10160x4F6Wo", 11))


@pytest.mark.parametrize("state", ["received", "staged", "held", "proven", "reconciled", "refused"])
def test_a_files_state_is_said_in_both_languages(state: str) -> None:
    """The store's own word never stands alone in a Chinese sentence."""
    words = Place(filename="a.ofx", state=state, matched_lines=0, findings=()).words
    chinese, _, english = words.partition(" ")
    assert not chinese.isascii()
    assert english.isascii()
    assert english


@pytest.mark.parametrize(
    ("fen", "written"), [(0, "0.00"), (-50, "-0.50"), (99_999, "999.99"), (-123_456_789, "-1,234,567.89")]
)
def test_amounts_are_written_for_people(fen: int, written: str) -> None:
    """Thousands are parted, two decimals stay, a sign is kept."""
    assert written == grouped(Money(fen=fen))


@pytest.mark.parametrize("width", [100, 160])
async def test_every_outcome_has_a_sample_that_fits_the_screen(shown: Shown, width: int) -> None:
    """At both widths each outcome and reason shows at least one line, in the library's words, and no row runs over."""
    scenes = shown.month.scenes
    picked = list(samples(shown.lines, scenes))
    assert {line.group for line in shown.lines} == {line.group for line in picked}
    output = io.StringIO()
    console = Console(file=output, width=width)
    console.print(line_table("行", picked, scenes, width), summary_table(shown.lines))
    rows = output.getvalue().splitlines()
    assert max(cell_len(row) for row in rows) <= width
    together = "".join(output.getvalue().split())
    for words in ("␣", "<U+200B>", "</MEMO>", "支付码不在摘要开头", "USD"):
        assert words in together
    assert ("附言里夹带" in together) == (width > 100)
    short = next(line for line in shown.lines if line.reason == "AMOUNT_SHORT")
    assert "应缴" in reason_words(short)


async def test_other_money_has_a_row_of_its_own_and_is_in_no_sum_of_yuan(shown: Shown) -> None:
    """One dollar line beside an equal yuan line of its outcome and reason: two rows, and a total of the yuan alone."""
    dollars = next(line for line in shown.lines if line.currency == "USD")
    yuan = attrs.evolve(dollars, currency="CNY", amount=Money(fen=1_234_567))
    output = io.StringIO()
    Console(file=output, width=140).print(summary_table((dollars, yuan)))
    rows = [row for row in output.getvalue().splitlines() if "币种不符" in row or "合计" in row]
    columns = [re.split(r" {2,}", row.strip()) for row in rows]
    assert ["12,345.67", f"USD {grouped(dollars.amount)}"] == [row[-1] for row in columns[:2]]
    assert ["2", "12,345.67", "0.00"] == columns[2][-3:]
    assert "不含外币" in rows[-1]


async def test_each_currency_proves_by_itself(shown: Shown) -> None:
    """The dollars are in their own equations: what was settled of them is nothing, and the yuan do not hold them."""
    of_credits = [each for each in await prove(shown.pool) if each.en.endswith("= credits")]
    sums = {
        currency: sum(line.amount.fen for line in shown.lines if _is_credit(line, currency))
        for currency in ("CNY", "USD")
    }
    assert list(sums.values()) == [each.right.fen for each in of_credits]
    assert [False, True] == [each.en.startswith("USD: ") for each in of_credits]
    assert of_credits[1].terms.startswith("0.00 + ")


def _is_credit(line: DecidedLine, currency: str) -> bool:
    return line.currency == currency and line.direction is Direction.CREDIT


def test_a_sum_that_does_not_prove_is_marked() -> None:
    """A cross stands where the two sides differ, and only there."""
    output = io.StringIO()
    equations = [
        Equation(zh="相等", en="equal", left=Money(fen=1), right=Money(fen=1)),
        Equation(zh="不等", en="unequal", left=Money(fen=1), right=Money(fen=2)),
    ]
    Console(file=output, width=100).print(proof_table(equations))
    assert (1, 1) == (output.getvalue().count("✓"), output.getvalue().count("✗"))


async def test_the_list_holds_every_line(shown: Shown, tmp_path: Path) -> None:
    """The file that spreadsheets open has a row for each line and a heading."""
    path = tmp_path / "lines.csv"
    write_list(path, shown.lines, shown.month.scenes)
    text = path.read_text("utf-8-sig")
    assert len(shown.lines) + 1 == text.count("\n")
    assert "'6217009" in text
