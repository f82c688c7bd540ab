"""Sentences about sealing, unsealing and transfers."""

from collections.abc import Mapping
from typing import Final

from libsubsidy.catalogue.text import Text

TEXTS: Final[Mapping[str, Text]] = {
    "SEAL_EMPTY": Text(
        zh="待变更列表里没有职工：请先点击【添加职工】。",
        en="The list of changes is empty: please add employees first.",
    ),
    "SEAL_TWICE": Text(
        zh="第 {row} 行的{name}与第 {first_row} 行重复：请只保留一行。",
        en="Row {row}: {name} stands in row {first_row} already: please keep one of the rows.",
    ),
    "SEAL_STATE_CHANGED/sealed": Text(
        zh="第 {row} 行的{name}在您选择以后已由“正常”变为“封存”：没有再次变更，请移出这一行，需要时重新添加。",
        en="Row {row}: {name} was active when chosen and is sealed now: nothing was changed; please take the row out, and add "
        "it again if it is still wanted.",
    ),
    "SEAL_STATE_CHANGED/active": Text(
        zh="第 {row} 行的{name}在您选择以后已由“封存”变为“正常”：没有再次变更，请移出这一行，需要时重新添加。",
        en="Row {row}: {name} was sealed when chosen and is active now: nothing was changed; please take the row out, and add "
        "it again if it is still wanted.",
    ),
    "SEAL_NOT_POSSIBLE/pending": Text(
        zh="第 {row} 行的{name}还没有开户，不能封存或启封：请移出这一行，等开户审核通过后再办。",
        en="Row {row}: {name}'s account is not open yet, so it is neither sealed nor unsealed: please take the row out.",
    ),
    "SEAL_NOT_POSSIBLE/ended": Text(
        zh="第 {row} 行的{name}已不在本单位，不能封存或启封：请移出这一行。",
        en="Row {row}: {name} has left this employer and is neither sealed nor unsealed here: please take the row out.",
    ),
    "SEAL_TRANSFERRING": Text(
        zh="第 {row} 行的{name}正在转出，不能封存或启封：请移出这一行，或先在【员工转入/转出】撤回转出。",
        en="Row {row}: {name} is being transferred and can neither be sealed nor unsealed: please take the row out, or "
        "withdraw the transfer first.",
    ),
    "SEAL_MONTH_TOO_FAR": Text(
        zh="第 {row} 行的{name}：生效月份 {month} 超过最晚月份 {latest}，请选择 {latest} 及以前的月份。",
        en="Row {row}, {name}: the effective month {month} is later than {latest}: choose {latest} or earlier.",
    ),
    "UNSEAL_BEFORE_SEAL": Text(
        zh="第 {row} 行的{name}自 {since} 起封存，不能自 {month} 启封：请选择 {since} 及以后的月份。",
        en="Row {row}: {name} is sealed from {since} on and cannot be unsealed from {month}: choose {since} or later.",
    ),
    "SEALED_WITH_PAID_MONTHS": Text(
        zh="{name}的 {month} 已经缴款：封存不影响已缴的月份。",
        en="{name}'s {month} has been paid: sealing does not change months that are paid.",
    ),
    "TRANSFER_EMPTY": Text(
        zh="没有选择要转出的职工：请先选择职工。",
        en="Nobody was chosen for the transfer: please choose employees first.",
    ),
    "TRANSFER_TO_SELF": Text(
        zh="不能转到本单位：请选择另一个单位。",
        en="Nobody is transferred to the employer they are with: please choose another one.",
    ),
    "TRANSFER_TARGET_CLOSED": Text(
        zh="“{employer}”已注销，不能转入职工：请选择另一个单位，或联系住建局。",
        en='"{employer}" is closed and takes no employees: please choose another employer, or ask the bureau.',
    ),
    "TRANSFER_TWICE": Text(
        zh="第 {row} 行的{name}与第 {first_row} 行重复：请只保留一行。",
        en="Row {row}: {name} stands in row {first_row} already: please keep one of the rows.",
    ),
    "TRANSFER_UNDER_WAY": Text(
        zh="第 {row} 行的{name}已经在转出办理中：请移出这一行，或等那次转出办完、撤回后再办。",
        en="Row {row}: {name} is being transferred already: please take the row out, or wait until that transfer is over.",
    ),
    "TRANSFER_NOT_POSSIBLE/pending": Text(
        zh="第 {row} 行的{name}还没有开户，不能转出：请移出这一行，等开户审核通过后再办。",
        en="Row {row}: {name}'s account is not open yet and cannot be transferred: please take the row out.",
    ),
    "TRANSFER_NOT_POSSIBLE/ended": Text(
        zh="第 {row} 行的{name}已不在本单位，不能转出：请移出这一行。",
        en="Row {row}: {name} has left this employer and cannot be transferred: please take the row out.",
    ),
    "TRANSFER_MONTH_TOO_FAR": Text(
        zh="转出的生效月份 {month} 超过最晚月份 {latest}：请选择 {latest} 及以前的月份。",
        en="The effective month {month} of the transfer is later than {latest}: choose {latest} or earlier.",
    ),
    "TRANSFER_START_TOO_EARLY": Text(
        zh="汇缴开始月份 {start} 早于转入的生效月份 {effective}，更早的月份属于原单位：请选择 {effective} 及以后的月份。",
        en="The remittance start month {start} lies before {effective}, from which the transfer counts; earlier months are the "
        "former employer's: choose {effective} or later.",
    ),
    "TRANSFER_START_TOO_FAR": Text(
        zh="汇缴开始月份 {start} 超过最晚月份 {latest}：请选择 {latest} 及以前的月份。",
        en="The remittance start month {start} is later than {latest}: choose {latest} or earlier.",
    ),
    "TRANSFER_AMOUNT_NOT_POSITIVE": Text(
        zh="每月缴费金额必须大于 0，现在是 {amount} 元：请修改。",
        en="The monthly amount must be more than 0, it is {amount} yuan: please change it.",
    ),
    "TRANSFER_RANK_TOO_LONG": Text(
        zh="级别最多 {limit} 字，现在有 {characters} 字：请缩短。",
        en="A rank has at most {limit} characters, this one has {characters}: please shorten it.",
    ),
    "TRANSFER_WITH_OPEN_LINES": Text(
        zh="{name}还有未缴款的订单（{month}）：转出不影响已提交的订单，订单仍需由本单位缴款。",
        en="{name} is on an unpaid order ({month}): the transfer does not change it, it stays payable by this employer.",
    ),
    "TRANSFER_WITH_PAID_MONTHS": Text(
        zh="{name}的 {month} 已由本单位缴款：这些月份不变，新单位不能再缴。",
        en="{name}'s {month} has been paid by this employer: these months stay as they are and are not paid again.",
    ),
}
