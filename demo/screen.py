"""What `make run` shows: a table of lines with their decisions, the sums, a ledger; for a terminal and for a plain log.

Texts of payers are never taken for markup of the screen, and what cannot be seen in them is made visible.
"""

import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from demo.books import DecidedLine, Equation, PersonalLedger, groups
from libsubsidy import Direction, Money

_VERDICTS: Final[Mapping[str, tuple[str, str]]] = {
    "settled": ("核销", "bold green"),
    "refund": ("退款", "bold red"),
    "hold": ("待人工", "bold yellow"),
    "other": ("非缴款", "cyan"),
}
_KINDS: Final[Mapping[str, str]] = {
    "regular": "汇缴",
    "monthly": "按月补缴",
    "lump_difference": "补缴差额",
    "lump_missed": "补缴漏缴",
}
# From this width on there is room for the payer and for what the line shows.
_WIDE: Final = 130
_PLAIN_WIDTH: Final = 100
# How many lines of one outcome and reason the table shows, each of another kind.
_SAMPLES: Final[Mapping[str, int]] = {"settled": 6, "MEMO_NOT_AT_START": 5, "MEMO_MALFORMED": 6}
_SAMPLES_ELSE: Final = 2


def new_console() -> Console:
    """Make the console; without a terminal the lines are as wide as COLUMNS says, else 100."""
    if sys.stdout.isatty():
        return Console(highlight=False)
    return Console(highlight=False, width=shutil.get_terminal_size((_PLAIN_WIDTH, 40)).columns)


def new_progress(console: Console) -> Progress:
    """Make a bar that counts."""
    return Progress(
        TextColumn("  {task.description}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
    )


def visible(text: str) -> str:
    r"""Show what a reader could not see: blanks at the edges and characters without a shape.

    >>> visible(" 75256xA7W5o"), visible("\u200b75256xA7W5o"), visible("")
    ('␣75256xA7W5o', '<U+200B>75256xA7W5o', '（空）')
    """
    if not text:
        return "（空）"
    bare = text.strip(" ")
    begin = len(text) - len(text.lstrip(" "))
    text = "␣" * begin + bare + "␣" * (len(text) - begin - len(bare))
    return "".join(each if each.isprintable() else f"<U+{ord(each):04X}>" for each in text)


def grouped(money: Money) -> str:
    """Write an amount for people.

    >>> grouped(Money(fen=-123456789))
    '-1,234,567.89'
    """
    yuan, _, fen = str(money).partition(".")
    return f"{int(yuan):,}.{fen}" if int(yuan) else str(money)


def reason_words(line: DecidedLine) -> str:
    """Say why, in the library's words: the verdict, then the facts that decided, then how to mend the memo."""
    explained = line.explanation
    verdict = explained.zh.partition("：")[2] or explained.zh
    if line.disposition in {"settled", "other"}:
        return verdict
    # Of a memo that is not exact the problems say more than the check.
    told = {"memo", "direction", "reversal", "kind"}
    facts = [check.zh for check in explained.checks if not check.passed and check.name not in told]
    return "".join((verdict, *facts, *(problem.zh for problem in explained.problems[:2])))


def line_table(title: str, lines: Sequence[DecidedLine], scenes: Mapping[tuple[str, str], str], width: int) -> Table:
    """Show lines with decision and reason."""
    wide = width >= _WIDE
    table = Table(
        title=title, box=box.SIMPLE_HEAD, title_justify="left", title_style="bold", expand=True, pad_edge=False
    )
    table.add_column("日期", no_wrap=True)
    table.add_column("金额", justify="right", no_wrap=True)
    if wide:
        table.add_column("付款人", ratio=3, overflow="fold")
    table.add_column("附言（银行原文）", ratio=5, overflow="fold")
    table.add_column("结论", no_wrap=True)
    table.add_column("原因", ratio=8, overflow="fold")
    if wide:
        table.add_column("情形", ratio=3, overflow="fold")
    for line in lines:
        verdict, style = _VERDICTS[line.disposition]
        currency = "" if line.currency == "CNY" else f"{line.currency} "
        cells = [Text(f"{line.booked:%m-%d}"), Text(currency + grouped(line.signed))]
        if wide:
            cells.append(Text(line.payer_name or "—"))
        cells += [Text(visible(line.text)), Text(verdict, style), Text(reason_words(line))]
        if wide:
            cells.append(Text(scenes.get((line.filename, line.bank_id), ""), "dim"))
        table.add_row(*cells)
    return table


def samples(lines: tuple[DecidedLine, ...], scenes: Mapping[tuple[str, str], str]) -> Iterator[DecidedLine]:
    """Pick lines of every outcome and reason, each showing something else."""
    for (disposition, reason), members in groups(lines):
        shown: set[str] = set()
        for line in members:
            scene = scenes.get((line.filename, line.bank_id), "")
            if scene not in shown and len(shown) < _SAMPLES.get(reason or disposition, _SAMPLES_ELSE):
                shown.add(scene)
                yield line


def summary_table(lines: tuple[DecidedLine, ...]) -> Table:
    """Count and sum the lines by outcome and reason."""
    table = Table(
        title="汇总 summary",
        box=box.SIMPLE_HEAD,
        title_justify="left",
        title_style="bold",
        pad_edge=False,
        show_footer=True,
    )
    credits_, debits = _sum(lines, Direction.CREDIT), _sum(lines, Direction.DEBIT)
    table.add_column("结论", footer="合计", no_wrap=True)
    table.add_column("原因")
    table.add_column("代码", style="dim", no_wrap=True)
    table.add_column("笔数", f"{len(lines):,}", justify="right", no_wrap=True)
    table.add_column("收入（元）", grouped(credits_), justify="right", no_wrap=True)
    table.add_column("支出（元）", grouped(debits), justify="right", no_wrap=True)
    for (disposition, reason), members in groups(lines):
        verdict, style = _VERDICTS[disposition]
        words = members[0].explanation.zh.partition("：")[2] if disposition != "hold" else _held_words(members)
        money = (_sum(members, direction) for direction in (Direction.CREDIT, Direction.DEBIT))
        table.add_row(
            Text(verdict, style),
            words.split("：")[0].rstrip("。"),
            reason or "settled",
            f"{len(members):,}",
            *(grouped(each) if each.fen else "" for each in money),
        )
    return table


def _held_words(members: Sequence[DecidedLine]) -> str:
    """Say why lines are held, without what they would be if nothing held them."""
    return members[0].explanation.zh.partition("：")[2].partition("。")[0]


def _sum(lines: Sequence[DecidedLine], direction: Direction) -> Money:
    return sum((line.amount for line in lines if line.direction is direction), Money(fen=0))


def proof_table(equations: Sequence[Equation]) -> Table:
    """Show each sum beside the one that it must equal."""
    table = Table(
        title="核对 the sums that prove", box=box.SIMPLE_HEAD, title_justify="left", title_style="bold", pad_edge=False
    )
    table.add_column("", no_wrap=True)
    table.add_column("等式", overflow="fold")
    table.add_column("左边", justify="right", no_wrap=True)
    table.add_column("右边", justify="right", no_wrap=True)
    for equation in equations:
        mark = Text("✓", "bold green") if equation.holds else Text("✗", "bold red")
        table.add_row(mark, Text(f"{equation.zh}\n{equation.terms}"), grouped(equation.left), grouped(equation.right))
    return table


def ledger_table(ledger: PersonalLedger) -> Table:
    """Show one person's ledger."""
    title = f"职工台账 ledger of {ledger.name}：{ledger.totals.periods} 期，合计 {grouped(ledger.totals.balance)} 元"
    table = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left", title_style="bold", pad_edge=False)
    table.add_column("月份", no_wrap=True)
    table.add_column("类别", no_wrap=True)
    table.add_column("金额（元）", justify="right", no_wrap=True)
    table.add_column("缴存单位")
    for entry in ledger.entries:
        kind = _KINDS.get(entry.kind, entry.kind)
        table.add_row(str(entry.month), kind, grouped(entry.amount), Text(entry.employer_name))
    return table
