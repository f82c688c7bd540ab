"""What a payer does about money that came and did not settle; keyed as the verdicts in `catalogue.decisions`."""

from collections.abc import Mapping
from typing import Final

from libsubsidy.catalogue.text import Text

PAYER_ADVICE: Final[Mapping[str, Text]] = {
    "refund MEMO_MISSING": Text(
        zh="这笔款会原路退回：请复制缴费通知上的摘要重新转账；如有转账凭证，也可以请住建局财务核对后入账。",
        en="It goes back to where it came from: pay again with the notice's memo, or show the bureau your bank's receipt.",
    ),
    "refund MEMO_NOT_AT_START": Text(
        zh="住建局财务核对无误后可以入账，否则原路退回：下次请把摘要放在最前面，前面不要有任何文字或空格。",
        en="The bureau may still book it by hand, or it goes back: next time begin with the memo, with nothing before it.",
    ),
    "refund MEMO_MALFORMED": Text(
        zh="住建局财务核对无误后可以入账，否则原路退回：下次请用“复制”按钮复制摘要，不要手工录入。",
        en="The bureau may still book it by hand, or it goes back: next time copy the memo with its button.",
    ),
    "refund EMPLOYER_UNKNOWN": Text(
        zh="这笔款会原路退回：请核对摘要前五位的单位交易代码后重新转账。",
        en="It goes back to where it came from: look at the five digits of the employer code and pay again.",
    ),
    "refund ORDER_UNKNOWN": Text(
        zh="这笔款会原路退回：请复制待缴款通知上的摘要重新转账。",
        en="It goes back to where it came from: pay again with the memo of a notice that waits to be paid.",
    ),
    "refund ORDER_NOT_OPEN": Text(
        zh="这笔款会原路退回：该通知已取消或已合并，请按合并后的通知或新的通知转账。",
        en="It goes back to where it came from: the notice was cancelled or merged, so pay the one that took its place.",
    ),
    "refund ORDER_ALREADY_PAID": Text(
        zh="该通知已经缴过款，这是重复付款：会原路退回，不需要另外申请。",
        en="The notice had been paid already: this second payment goes back, and nothing needs to be done.",
    ),
    "refund AMOUNT_SHORT": Text(
        zh="这笔款会全额原路退回：请按通知金额一笔重新转账，不要只补差额。",
        en="All of it goes back: pay the notice's whole amount again in one transfer, not the difference.",
    ),
    "refund AMOUNT_OVER": Text(
        zh="这笔款会全额原路退回：请按通知金额一笔重新转账，一分不差。",
        en="All of it goes back: pay exactly the notice's amount again in one transfer.",
    ),
    "refund CURRENCY_WRONG": Text(
        zh="这笔款会原路退回：请用人民币重新转账。",
        en="It goes back to where it came from: please pay again in yuan.",
    ),
    "hold PAYER_ACCOUNT_MISSING": Text(
        zh="银行没有提供付款账号，不能自动退回：请把转账凭证交给住建局财务核对。",
        en="The bank named no account to send it back to: please show the bureau your bank's receipt.",
    ),
    "hold REVERSAL": Text(
        zh="银行冲正了一笔流水：住建局财务正在核实，暂时不需要办理。",
        en="The bank reversed a line: the bureau is looking into it, and nothing needs to be done yet.",
    ),
    "hold READERS_DISAGREE": Text(
        zh="住建局财务正在人工核对：暂时不需要办理。",
        en="The bureau is looking at it by hand, and nothing needs to be done yet.",
    ),
}
# By what has become of the notice that the payer named, whatever the money failed by when it came: by the notice's state.
ADVICE_NOW: Final[Mapping[str, Text]] = {
    "paid": Text(
        zh="这笔款会原路退回：该通知已经缴款，不需要再转账，也不需要另外申请退款。",
        en="It goes back to where it came from: the notice is paid, and nothing needs to be sent or applied for.",
    ),
    "cancelled": Text(
        zh="这笔款会原路退回：该通知已取消，请不要再按它转账；仍需缴款的，请重新提交汇缴申请，按新的通知转账。",
        en="It goes back to where it came from: the notice was cancelled, so send nothing for it; what is still to be "
        "paid needs a new order, and the memo of its notice.",
    ),
    "merged": Text(
        zh="这笔款会原路退回：该通知已合并到另一张通知，请按合并后通知的金额和摘要转账。",
        en="It goes back to where it came from: the notice was joined into another one, so pay that one's amount with "
        "its memo.",
    ),
}
# Of a reason that only a newer reconciler knows.
ASK_BUREAU: Final = Text(zh="请联系住建局财务核对。", en="Please ask the bureau about it.")


def advice_for(kind: str, reason: str) -> Text:
    """Say what to do about a case.

    >>> advice_for("refund", "AMOUNT_SHORT").zh
    '这笔款会全额原路退回：请按通知金额一笔重新转账，不要只补差额。'
    >>> advice_for("refund", "OF_ANOTHER_TIME").zh
    '请联系住建局财务核对。'
    """
    return PAYER_ADVICE.get(f"{kind} {reason}", ASK_BUREAU)
