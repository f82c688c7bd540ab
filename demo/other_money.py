"""Money on the fund's account that is no remittance: what the bank, the bureau and its pensioners cause."""

from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Final

from demo.employers import Payer
from demo.payments import Calendar, Payment
from libsubsidy import Direction, Money, Other, OtherKind

_BANK: Final = Payer(name="", account="", bank="")
# The bureau's other account, which the bank profile knows.
_BUREAU: Final = Payer(name="示范市住房补贴资金专户", account="6222000000000000001", bank="102")
_LAST_DAY: Final = 28


def bank_and_bureau(calendar: Calendar, payer: Payer) -> Iterator[Payment]:
    """Give one line of each kind; `payer` is somebody who once was refunded."""
    credit, debit = Direction.CREDIT, Direction.DEBIT
    for kind, scene, text, yuan, other, trntype, direction in (
        (OtherKind.INTEREST, "银行结息", "结息", "8812.37", _BANK, "INT", credit),
        (OtherKind.FEE, "银行手续费", "账户管理费|本月", "10.00", _BANK, "SRVCHG", debit),
        (OtherKind.FEE, "银行手续费", "手续费|跨行汇款", "5.50", _BANK, "FEE", debit),
        (OtherKind.OWN_TRANSFER, "本局账户划入", "资金归集", "500000.00", _BUREAU, "CREDIT", credit),
        (OtherKind.OWN_TRANSFER, "本局账户划出", "资金归集", "300000.00", _BUREAU, "DEBIT", debit),
        (OtherKind.REFUND_DEBIT, "退款支出", "退款|摘要不符", "1046.50", payer, "DEBIT", debit),
        (OtherKind.REFUND_RETURN, "退款被退回", "退汇|账号户名不符", "1046.50", payer, "OTHER", credit),
        (OtherKind.ZERO, "金额为零", "账户信息变更通知", "0.00", _BANK, "OTHER", credit),
    ):
        yield Payment(
            scene=scene,
            moment=calendar.on(_LAST_DAY),
            amount=Money.parse(yuan),
            text=text,
            payer=other,
            outcome=Other(kind),
            direction=direction,
            trntype=trntype,
        )


def withdrawals(calendar: Calendar, count: int, rng: Random) -> Iterator[Payment]:
    """Give the money that the bureau pays out to people, some every working day."""
    for number in range(count):
        yield Payment(
            scene="职工支取",
            moment=calendar.moment() + timedelta(minutes=number % 7),
            amount=Money(fen=rng.randrange(400_00, 30_000_00, 25)),
            text="住房补贴支取",
            payer=Payer(name=f"职工{number + 1:04d}", account=f"62220210{number:011d}", bank="102"),
            outcome=Other(OtherKind.DEBIT),
            direction=Direction.DEBIT,
            trntype="DEBIT",
        )
