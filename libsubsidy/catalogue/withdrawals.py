"""Sentences about withdrawals."""

from collections.abc import Mapping
from typing import Final

from libsubsidy.catalogue.text import Text

TEXTS: Final[Mapping[str, Text]] = {
    "WITHDRAWAL_REASON_UNKNOWN": Text(
        zh="支取原因不在可选的列表中：请重新选择支取原因。",
        en="The reason is not on the list: please choose another one.",
    ),
    "WITHDRAWAL_AMOUNT_NOT_POSITIVE": Text(
        zh="支取金额必须大于 0：请修改。",
        en="The amount must be more than 0: please change it.",
    ),
    "WITHDRAWAL_NOT_OPEN": Text(
        zh="{name}还没有开户，不能支取：请等开户审核通过后再办。",
        en="{name}'s account is not open yet, so nothing is withdrawn: please wait until its opening is approved.",
    ),
    "WITHDRAWAL_TRANSFERRING": Text(
        zh="{name}正在转出，余额随人转移，现在不能申请支取：请等转移办完后由新单位申请，或先在【员工转入/转出】撤回转出。",
        en="{name} is being transferred, and the balance goes along: please let the new employer ask once that is over, or "
        "withdraw the transfer first.",
    ),
    "WITHDRAWAL_ELSEWHERE": Text(
        zh="{name}已转到其他单位，余额随人转移，不能由本单位申请支取：请职工联系现在的单位。",
        en="{name} has gone to another employer, and the balance has gone along: that employer asks for withdrawals.",
    ),
    "WITHDRAWAL_PAYEE_NOT_OWN": Text(
        zh="收款人“{payee}”不是职工本人：这项支取原因只能转入{name}本人的银行账户，请改为本人账户。",
        en='The payee "{payee}" is not the employee: with this reason money goes to {name}\'s own account only.',
    ),
    "WITHDRAWAL_PAYEE_NO_HEIR": Text(
        zh="收款人不能是已故的{name}：请填写继承人（受益人）的姓名和银行账户。",
        en="{name} has died and cannot be the payee: please give the heir's name and account.",
    ),
    "WITHDRAWAL_AFTER_DEATH": Text(
        zh="{name}已按“死亡”申请过支取，不能再按其他原因支取：请选择原因“死亡”，由继承人收款；如有误，请先联系住建局退回那份申请。",
        en="Money of {name} was asked for because of death, so no other reason fits: please choose that one, with an heir as "
        "payee; if it was a mistake, ask the bureau to return that application.",
    ),
    "WITHDRAWAL_EXCEEDS": Text(
        zh="{name}现在可支取 {available} 元，申请的 {amount} 元超出：请改为不超过 {available} 元。",
        en="{name} can withdraw {available} yuan, and {amount} are asked for: please ask for {available} or less.",
    ),
    "WITHDRAWAL_EXCEEDS/reserved": Text(
        zh="{name}现在可支取 {available} 元（另有 {reserved} 元正在支取办理中），申请的 {amount} 元超出："
        "请改为不超过 {available} 元。",
        en="{name} can withdraw {available} yuan (another {reserved} are being withdrawn already), and {amount} are asked "
        "for: please ask for {available} or less.",
    ),
    "WITHDRAWAL_NOTHING": Text(
        zh="{name}现在没有可支取的金额：只有已入账的缴款和经住建局确认的期初余额可以支取，请等缴款入账后再办。",
        en="{name} has nothing to withdraw: only remittances that were credited, and openings that the bureau has confirmed, "
        "can be withdrawn; please wait until a remittance is credited.",
    ),
    "WITHDRAWAL_NOTHING/reserved": Text(
        zh="{name}现在没有可支取的金额，{reserved} 元正在支取办理中：请等那份申请办完，或先撤回它。",
        en="{name} has nothing left to withdraw, {reserved} yuan are being withdrawn already: please wait until that is over, "
        "or take that application back.",
    ),
    "WITHDRAWAL_BOOKED_EARLY": Text(
        zh="支付日期 {booked} 早于审核通过的日期 {approved}：请按银行回单填写支付日期。",
        en="The day of payment {booked} lies before the approval on {approved}: please take it from the bank's receipt.",
    ),
    "WITHDRAWAL_BOOKED_LATE": Text(
        zh="支付日期 {booked} 晚于今天 {today}：请按银行回单填写支付日期。",
        en="The day of payment {booked} is later than today, {today}: please take it from the bank's receipt.",
    ),
    "WITHDRAWAL_WHOLE": Text(
        zh="支取 {amount} 元后，{name}没有可支取的余额。",
        en="After these {amount} yuan {name} has nothing left to withdraw.",
    ),
    "WITHDRAWAL_TO_HEIR": Text(
        zh="收款人“{payee}”不是{name}本人：请核对死亡证明和继承关系证明。",
        en='The payee "{payee}" is not {name}: please compare the certificate of death and the proof of inheritance.',
    ),
    "WITHDRAWAL_OF_LEAVER": Text(
        zh="{name}正在转出或已转到其他单位：请核对这份申请是否仍然有效。",
        en="{name} is being transferred or has gone to another employer: please check that this is still wanted.",
    ),
}
