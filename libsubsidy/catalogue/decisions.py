"""Words for a stored decision: the verdict, and every check passed or failed."""

from collections.abc import Mapping
from typing import Final

from libsubsidy.catalogue.text import Text

VERDICT_WORDS: Final[Mapping[str, Text]] = {
    "settle": Text(
        zh="已核销：支付码、金额与待缴款的通知完全一致。", en="Settled: memo, amount and open notice agree."
    ),
    "refund MEMO_MISSING": Text(
        zh="列入退款：摘要中没有支付码。", en="Flagged for refund: the text holds no payment memo."
    ),
    "refund MEMO_NOT_AT_START": Text(
        zh="列入退款：支付码不在摘要开头。", en="Flagged for refund: the memo is not at the very beginning."
    ),
    "refund MEMO_MALFORMED": Text(
        zh="列入退款：支付码格式不符。", en="Flagged for refund: the memo does not have the exact form."
    ),
    "refund EMPLOYER_UNKNOWN": Text(
        zh="列入退款：单位交易代码不存在。", en="Flagged for refund: no employer has this code."
    ),
    "refund ORDER_UNKNOWN": Text(
        zh="列入退款：该单位没有这个订单号。", en="Flagged for refund: the employer has no order with this code."
    ),
    "refund ORDER_NOT_OPEN": Text(
        zh="列入退款：该缴费通知已取消或已合并。", en="Flagged for refund: the notice was cancelled or merged."
    ),
    "refund ORDER_ALREADY_PAID": Text(
        zh="列入退款：该缴费通知已经缴款。", en="Flagged for refund: the notice has been paid already."
    ),
    "refund AMOUNT_SHORT": Text(
        zh="列入退款：到账金额少于通知金额。", en="Flagged for refund: less was paid than the notice asks for."
    ),
    "refund AMOUNT_OVER": Text(
        zh="列入退款：到账金额多于通知金额。", en="Flagged for refund: more was paid than the notice asks for."
    ),
    "refund CURRENCY_WRONG": Text(zh="列入退款：币种不符。", en="Flagged for refund: the currency is wrong."),
    "hold PAYER_ACCOUNT_MISSING": Text(
        zh="待人工处理：应退款，但没有付款账号。", en="Held for a person: it must go back, but no account is known."
    ),
    "hold REVERSAL": Text(
        zh="待人工处理：银行冲正了一笔流水。", en="Held for a person: the bank has reversed an earlier line."
    ),
    "hold READERS_DISAGREE": Text(
        zh="待人工处理：两个解析程序读出的内容不同。", en="Held for a person: two readers of the file disagree."
    ),
    "other interest": Text(zh="不是缴款：银行利息。", en="No remittance: bank interest."),
    "other fee": Text(zh="不是缴款：银行手续费。", en="No remittance: a bank fee."),
    "other own_transfer": Text(zh="不是缴款：本局账户间划转。", en="No remittance: a transfer between own accounts."),
    "other refund_debit": Text(zh="不是缴款：退款支出。", en="No remittance: a refund going out."),
    "other refund_return": Text(zh="不是缴款：退款被退回。", en="No remittance: a refund that came back."),
    "other withdrawal": Text(zh="不是缴款：职工支取。", en="No remittance: an employee's withdrawal."),
    "other debit": Text(zh="不是缴款：支出流水。", en="No remittance: money going out."),
    "other zero": Text(zh="不是缴款：金额为零。", en="No remittance: an amount of zero."),
}

# Of a transfer that its payer has not sent yet: what would become of it, and only as far as the payer may know. Where
# nothing is said here, the words of a line that came say it as well.
PROSPECT_WORDS: Final[Mapping[str, Text]] = {
    "settle": Text(
        zh="可以自动入账。支付码、金额与待缴款的通知完全一致。",
        en="It would be credited at once: memo, amount and open notice agree.",
    ),
    "refund MEMO_MISSING": Text(
        zh="会被原路退回：摘要中没有支付码。", en="It would go back: the text holds no payment memo."
    ),
    "refund MEMO_NOT_AT_START": Text(
        zh="会被原路退回：支付码不在摘要开头。", en="It would go back: the memo is not at the very beginning."
    ),
    "refund MEMO_MALFORMED": Text(
        zh="会被原路退回：支付码格式不符。", en="It would go back: the memo does not have the exact form."
    ),
    "refund EMPLOYER_UNKNOWN": Text(
        zh="不会为本单位入账：不是本单位的支付码。", en="It would pay nothing of yours: the memo is not your own."
    ),
    "refund ORDER_UNKNOWN": Text(
        zh="会被原路退回：本单位没有这个订单号。", en="It would go back: you have no order with this code."
    ),
    "refund ORDER_NOT_OPEN": Text(
        zh="会被原路退回：该缴费通知已取消或已合并。", en="It would go back: the notice was cancelled or merged."
    ),
    "refund ORDER_ALREADY_PAID": Text(
        zh="会被原路退回：该缴费通知已经缴款。", en="It would go back: the notice has been paid already."
    ),
    "refund AMOUNT_SHORT": Text(
        zh="会被原路退回：转账金额少于通知金额。", en="It would go back: it is less than the notice asks for."
    ),
    "refund AMOUNT_OVER": Text(
        zh="会被原路退回：转账金额多于通知金额。", en="It would go back: it is more than the notice asks for."
    ),
    "refund CURRENCY_WRONG": Text(zh="会被原路退回：币种不符。", en="It would go back: the currency is wrong."),
}

CHECK_WORDS: Final[Mapping[tuple[str, bool], Text]] = {
    ("direction", True): Text(zh="收入流水。", en="Money coming in."),
    ("direction", False): Text(zh="支出流水。", en="Money going out."),
    ("kind", True): Text(zh="普通流水。", en="An ordinary line."),
    ("kind", False): Text(zh="已识别为其他类型：{kind}。", en="Recognised as {kind}."),
    ("reversal", True): Text(zh="不是冲正。", en="Not a reversal."),
    ("reversal", False): Text(zh="是冲正，可能撤销已核销的流水。", en="A reversal; it may undo a settled line."),
    ("readers", True): Text(zh="解析结果没有分歧。", en="The readers of the file do not disagree."),
    ("readers", False): Text(zh="两个解析程序的结果不同。", en="Two readers of the file disagree."),
    ("currency", True): Text(zh="币种相符。", en="The currency is right."),
    ("currency", False): Text(
        zh="币种为 {currency}，应为 {expected}。", en="The currency is {currency}, not {expected}."
    ),
    ("memo", True): Text(zh="摘要以支付码开头。", en="The text begins with an exact memo."),
    ("memo", False): Text(
        zh="摘要“{memo}”不是以支付码开头。", en='The text "{memo}" does not begin with an exact memo.'
    ),
    ("employer", True): Text(zh="单位交易代码 {employer_code} 存在。", en="Employer code {employer_code} exists."),
    ("employer", False): Text(
        zh="单位交易代码 {employer_code} 不存在。", en="No employer has the code {employer_code}."
    ),
    ("order", True): Text(zh="订单号 {order_code} 存在。", en="Order code {order_code} exists."),
    ("order", False): Text(zh="没有订单号 {order_code}。", en="There is no order code {order_code}."),
    ("open", True): Text(zh="缴费通知等待缴款。", en="The notice awaits payment."),
    ("open", False): Text(zh="缴费通知的状态是“{state}”。", en="The notice is {state}."),
    ("amount", True): Text(
        zh="到账 {paid_fen} 元，应缴 {due_fen} 元，相符。", en="Paid {paid_fen} yuan, due {due_fen} yuan: equal."
    ),
    ("amount", False): Text(
        zh="到账 {paid_fen} 元，应缴 {due_fen} 元。", en="Paid {paid_fen} yuan, due {due_fen} yuan."
    ),
    ("payer_account", True): Text(zh="有付款账号，可原路退回。", en="The payer's account is known."),
    ("payer_account", False): Text(zh="没有付款账号。", en="The payer's account is not known."),
}

PROSPECT_CHECK_WORDS: Final[Mapping[tuple[str, bool], Text]] = {
    ("employer", True): Text(
        zh="单位交易代码 {employer_code} 是本单位的。", en="Employer code {employer_code} is yours."
    ),
    ("employer", False): Text(
        zh="单位交易代码 {employer_code} 不是本单位的。", en="Employer code {employer_code} is not yours."
    ),
    ("amount", True): Text(
        zh="转账 {paid_fen} 元，应缴 {due_fen} 元，相符。", en="To send {paid_fen} yuan, due {due_fen} yuan: equal."
    ),
    ("amount", False): Text(
        zh="转账 {paid_fen} 元，应缴 {due_fen} 元。", en="To send {paid_fen} yuan, due {due_fen} yuan."
    ),
}

# What a fact is called, where it is one of a few values; every other fact is shown as it is.
FACT_WORDS: Final[Mapping[tuple[str, str], Text]] = {
    ("state", "awaiting"): Text(zh="待缴款", en="awaiting payment"),
    ("state", "paid"): Text(zh="已缴款", en="paid"),
    ("state", "cancelled"): Text(zh="已取消", en="cancelled"),
    ("state", "merged"): Text(zh="已合并到另一张通知", en="merged into another notice"),
    ("kind", "interest"): Text(zh="利息", en="interest"),
    ("kind", "fee"): Text(zh="手续费", en="a fee"),
    ("kind", "own_transfer"): Text(zh="本局账户间划转", en="a transfer between the bureau's own accounts"),
    ("kind", "refund_debit"): Text(zh="退款支出", en="a refund going out"),
    ("kind", "refund_return"): Text(zh="退款被退回", en="a refund coming back"),
    ("kind", "withdrawal"): Text(zh="支取", en="a withdrawal"),
    ("kind", "debit"): Text(zh="支出", en="a debit"),
    ("kind", "zero"): Text(zh="金额为零", en="an amount of zero"),
}
