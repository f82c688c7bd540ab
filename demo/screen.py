"""What `make run` shows: a table of lines with their decisions, the sums, a ledger; for a terminal and for a plain log.

Texts of payers are never taken for markup of the screen, and what cannot be seen in them is made visible.
"""

import contextlib
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, TypeAlias

from rich import box
from rich.console import Console, Group
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from demo.books import CURRENCY, DecidedLine, Equation, PersonalLedger, grouped, groups
from demo.logins import DemoLogins
from demo.payments import TWO_EQUAL
from demo.wrapping import Wrapped
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
_SAMPLES: Final[Mapping[str, int]] = {"settled": 14, "MEMO_NOT_AT_START": 5, "MEMO_MALFORMED": 6, "MEMO_MISSING": 4}
_SAMPLES_ELSE: Final = 2

# What each line shows, by file name and the bank's id.
Scenes: TypeAlias = Mapping[tuple[str, str], str]


class Screen(Console):
    """A console whose reader may go away (`| head`): that ends the demonstration like any other error."""

    def on_broken_pipe(self) -> None:
        """Raise what can be caught, after rich has seen to it that nothing more is written."""
        with contextlib.suppress(SystemExit):
            super().on_broken_pipe()
        raise BrokenPipeError


def new_console() -> Console:
    """Make the console; without a terminal the lines are as wide as COLUMNS says, else 100."""
    if sys.stdout.isatty():
        return Screen(highlight=False)
    return Screen(highlight=False, width=shutil.get_terminal_size((_PLAIN_WIDTH, 40)).columns)


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


def reason_words(line: DecidedLine) -> str:
    """Say why, in the library's words: the verdict, then the facts that decided, then how to mend the memo."""
    explained, verdict = line.explanation, _verdict(line)
    if line.disposition in {"settled", "other"}:
        return verdict
    # Of a memo that is not exact the problems say more than the check.
    told = {"memo", "direction", "reversal", "kind", "payer_account"}
    facts = [check.zh for check in explained.checks if not check.passed and check.name not in told]
    return "".join((verdict, *facts, *(problem.zh for problem in explained.problems[:2])))


def login_table(address: str, who: DemoLogins) -> Group:
    """Say where the portal is, and who can log in."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("账号 login", "密码 password", "姓名", "看到 sees"):
        table.add_column(heading, no_wrap=heading.startswith(("账号", "密码")))
    for each in who.people:
        table.add_row(Text(each.login, "bold"), who.password, Wrapped(each.name), Wrapped(each.what))
    places = (
        ("网页 the portal: ", address),
        ("注册新单位 register: ", f"{address}/register"),
        ("开发短信箱 messages: ", f"{address}/development/sms"),
    )
    return Group(*(Text.assemble((what, "bold"), (where, "bold underline")) for what, where in places), table)


def line_table(title: str, lines: Sequence[DecidedLine], scenes: Scenes, width: int) -> Group:
    """Show lines with decision and reason; on a wide screen with the payer, too, and with what the line shows."""
    wide = width >= _WIDE
    table = Table(box=box.SIMPLE_HEAD, expand=True, pad_edge=False)
    table.add_column("日期", no_wrap=True)
    table.add_column("金额", justify="right", no_wrap=True)
    if wide:
        table.add_column("付款人", ratio=4)
    table.add_column("附言（银行原文）", ratio=6)
    table.add_column("结论", no_wrap=True)
    table.add_column("原因", ratio=10)
    if wide:
        table.add_column("情形", ratio=4)
    for line in lines:
        cells: list[Text | Wrapped] = [Text(f"{line.booked:%m-%d}"), Text(_amount(line.signed, line.currency))]
        if wide:
            cells.append(Wrapped(line.payer_name or "—"))
        cells += [Wrapped(visible(line.text)), Text(*_VERDICTS[line.disposition]), Wrapped(reason_words(line))]
        if wide:
            cells.append(Wrapped(scenes.get((line.filename, line.bank_id), ""), "dim"))
        table.add_row(*cells)
    return _titled(title, table)


def _titled(title: str, table: Table) -> Group:
    return Group(Text(title, "bold", no_wrap=True), table)


def samples(lines: tuple[DecidedLine, ...], scenes: Scenes) -> Iterator[DecidedLine]:
    """Pick lines of every outcome and reason, each showing something else."""
    for (disposition, reason), members in groups(lines):
        shown: set[str] = set()
        for line in members:
            scene = scenes.get((line.filename, line.bank_id), "")
            # Two equal lines show something only beside each other.
            scene += line.bank_id if scene.startswith(TWO_EQUAL) else ""
            if scene not in shown and len(shown) < _SAMPLES.get(reason or disposition, _SAMPLES_ELSE):
                shown.add(scene)
                yield line


def summary_table(lines: tuple[DecidedLine, ...]) -> Group:
    """Count and sum the lines by outcome and reason; another currency has a row of its own and is in no sum of yuan."""
    own = [line for line in lines if line.currency == CURRENCY]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_footer=True)
    table.add_column("结论", footer="合计", no_wrap=True)
    table.add_column("原因", "" if len(own) == len(lines) else "金额不含外币 amounts in yuan only")
    table.add_column("代码", style="dim", no_wrap=True)
    table.add_column("笔数", f"{len(lines):,}", justify="right", no_wrap=True)
    for heading, direction in (("收入（元）", Direction.CREDIT), ("支出（元）", Direction.DEBIT)):
        table.add_column(heading, grouped(_sum(own, direction)), justify="right", no_wrap=True)
    for (disposition, reason), currency, members in _by_currency(lines):
        sums = (_sum(members, direction) for direction in (Direction.CREDIT, Direction.DEBIT))
        table.add_row(
            Text(*_VERDICTS[disposition]),
            # Of a held line the first sentence: the second says what it would be if nothing held it.
            Wrapped(_verdict(members[0]).partition("。")[0]),
            reason or "settled",
            f"{len(members):,}",
            *(_amount(each, currency) if each.fen else "" for each in sums),
        )
    return _titled("汇总 summary", table)


def _by_currency(lines: tuple[DecidedLine, ...]) -> Iterator[tuple[tuple[str, str], str, list[DecidedLine]]]:
    for group, members in groups(lines):
        for currency in sorted({line.currency for line in members}, key=lambda each: (each != CURRENCY, each)):
            yield group, currency, [line for line in members if line.currency == currency]


def _amount(money: Money, currency: str) -> str:
    """Write an amount, with its currency where that is not the fund's.

    >>> _amount(Money(fen=123456), "CNY"), _amount(Money(fen=123456), "USD")
    ('1,234.56', 'USD 1,234.56')
    """
    return grouped(money) if currency == CURRENCY else f"{currency} {grouped(money)}"


def _verdict(line: DecidedLine) -> str:
    """Give the library's sentence without the outcome before its colon, which has a column of its own."""
    return line.explanation.zh.partition("：")[2] or line.explanation.zh


def _sum(lines: Sequence[DecidedLine], direction: Direction) -> Money:
    return sum((line.amount for line in lines if line.direction is direction), Money(fen=0))


def proof_table(equations: Sequence[Equation]) -> Group:
    """Show each sum beside the one that it must equal."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("", no_wrap=True)
    table.add_column("等式")
    table.add_column("左边", justify="right", no_wrap=True)
    table.add_column("右边", justify="right", no_wrap=True)
    for equation in equations:
        mark = Text("✓", "bold green") if equation.holds else Text("✗", "bold red")
        below = (Wrapped(words, "dim") for words in (equation.en, equation.terms) if words)
        words = Group(Wrapped(equation.zh), *below)
        table.add_row(mark, words, grouped(equation.left), grouped(equation.right))
    return _titled("核对 the sums that prove", table)


def ledger_table(ledger: PersonalLedger) -> Group:
    """Show one person's ledger."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_footer=True)
    table.add_column("月份", "合计", no_wrap=True)
    table.add_column("类别", f"{ledger.totals.periods} 期", no_wrap=True)
    table.add_column("金额（元）", grouped(ledger.totals.balance), justify="right", no_wrap=True)
    table.add_column("缴存单位")
    for entry in ledger.entries:
        kind = _KINDS.get(entry.kind, entry.kind)
        table.add_row(str(entry.month), kind, grouped(entry.amount), Text(entry.employer_name))
    return _titled(f"职工台账 the ledger of {ledger.name}", table)
