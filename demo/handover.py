"""Files that the demonstration leaves for whoever watches it: the whole list of decisions, and a bank file to feed."""

import csv
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from demo.books import DecidedLine
from demo.screen import Scenes, reason_words

_WANTED: Final = Path(__file__).resolve().parent.parent / ".run" / "demo"
_HEADINGS: Final = (
    *("文件", "流水号", "日期", "方向", "金额", "币种", "付款人", "付款账号", "附言"),
    *("结论", "代码", "原因", "explanation", "情形"),
)


def folder() -> Path:
    """Return a folder to write to: .run/demo in the checkout, else a temporary one."""
    try:
        _WANTED.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=_WANTED):
            return _WANTED
    except OSError:
        return Path(tempfile.mkdtemp(prefix="subsidy-demo-"))


def write_list(path: Path, lines: Sequence[DecidedLine], scenes: Scenes) -> None:
    """Write every line with its decision; with the mark that tells spreadsheets that it is UTF-8."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_HEADINGS)
        for line in lines:
            writer.writerow(
                map(
                    _cell,
                    (
                        line.filename,
                        line.bank_id,
                        line.booked.isoformat(),
                        line.direction.value,
                        str(line.amount),
                        line.currency,
                        line.payer_name,
                        line.payer_account,
                        line.text,
                        line.disposition,
                        line.reason,
                        reason_words(line),
                        line.explanation.en,
                        scenes.get((line.filename, line.bank_id), ""),
                    ),
                )
            )


def _cell(text: str) -> str:
    """Keep a spreadsheet from taking a payer's text for a formula, and long digits for a number.

    >>> _cell("=1+1"), _cell("6217009900000075256"), _cell("75256xA7W5o")
    ("'=1+1", "'6217009900000075256", '75256xA7W5o')
    """
    return (
        f"'{text}"
        if text.startswith(("=", "+", "-", "@", "\t")) or (len(text) > _SAFE_DIGITS and text.isdigit())
        else text
    )


# A spreadsheet keeps fifteen digits of a number.
_SAFE_DIGITS: Final = 15
