"""A made-up bank's statement of any length, written as such a bank writes it.

Nine lines of ten pay a notice exactly, as long as there are notices left, in the order in which payers happen to pay; the
other lines carry words that name none, so that their money must go back.
"""

import random
from collections.abc import Iterator, Sequence
from typing import BinaryIO

import attrs

from bench.fund import ACCOUNT

_SEED = 75_256
_PAYING = 0.9
_DAYS = 28
_BEFORE = """OFXHEADER:100
DATA:OFXSGML
VERSION:102
SECURITY:NONE
ENCODING:UTF-8
CHARSET:NONE
COMPRESSION:NONE
OLDFILEUID:NONE
NEWFILEUID:{made}

<OFX>
<SIGNONMSGSRSV1>
<SONRS>
<STATUS>
<CODE>0
<SEVERITY>INFO
</STATUS>
<DTSERVER>20260201080000
<LANGUAGE>CHI
</SONRS>
</SIGNONMSGSRSV1>
<BANKMSGSRSV1>
<STMTTRNRS>
<TRNUID>1
<STATUS>
<CODE>0
<SEVERITY>INFO
</STATUS>
<STMTRS>
<CURDEF>CNY
<BANKACCTFROM>
<BANKID>102100099996
<ACCTID>{account}
<ACCTTYPE>CHECKING
</BANKACCTFROM>
<BANKTRANLIST>
<DTSTART>20260101
<DTEND>20260131
"""
_LINE = """<STMTTRN>
<TRNTYPE>CREDIT
<DTPOSTED>202601{day:02d}
<TRNAMT>{yuan}.{fen:02d}
<FITID>2026{number:012d}
<NAME>江门市第{payer}有限公司
<BANKACCTTO>
<BANKID>102100099996
<ACCTID>44{number:014d}
<ACCTTYPE>CHECKING
</BANKACCTTO>
<MEMO>转账汇入|{memo}
</STMTTRN>
"""
_AFTER = """</BANKTRANLIST>
<LEDGERBAL>
<BALAMT>{yuan}.{fen:02d}
<DTASOF>20260131
</LEDGERBAL>
</STMTRS>
</STMTTRNRS>
</BANKMSGSRSV1>
</OFX>
"""


@attrs.frozen
class Due:
    """What a payer should write and pay: the memo of a notice and its amount."""

    memo: str
    amount_fen: int


def payments(dues: Sequence[Due], lines: int) -> Iterator[tuple[str, int]]:
    """Give memo and amount in fen of each line; the same arguments give the same lines.

    >>> list(payments([Due("10000xABCDo", 5), Due("10000xABCEo", 6)], 3))
    [('10000xABCEo，2026年1月份雇员汇缴款', 6), ('10000xABCDo，2026年1月份雇员汇缴款', 5), ('房补 2', 5002)]
    """
    chance = random.Random(_SEED)  # noqa: S311 -- the same lines on every run.
    order = list(range(len(dues)))
    chance.shuffle(order)
    unpaid = iter(order)
    for number in range(lines):
        place = next(unpaid, None) if chance.random() < _PAYING else None
        if place is None:
            yield f"房补 {number}", 5_000 + number
        else:
            yield f"{dues[place].memo}，2026年1月份雇员汇缴款", dues[place].amount_fen


def write_statement(file: BinaryIO, dues: Sequence[Due], lines: int, *, made: int = 1) -> None:
    """Write a statement of this many lines; `made` is the file's own number and changes nothing that is in it."""
    file.write(_BEFORE.format(account=ACCOUNT, made=made).encode())
    total_fen = 0
    for number, (memo, amount_fen) in enumerate(payments(dues, lines)):
        yuan, fen = divmod(amount_fen, 100)
        day = number * _DAYS // lines + 1
        file.write(_LINE.format(day=day, yuan=yuan, fen=fen, number=number, payer=number % 5_000, memo=memo).encode())
        total_fen += amount_fen
    yuan, fen = divmod(total_fen, 100)
    file.write(_AFTER.format(yuan=yuan, fen=fen).encode())
