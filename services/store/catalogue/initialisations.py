"""Sentences of the store about 员工初始化."""

from collections.abc import Mapping
from typing import Final

from libsubsidy.catalogue import Text

TEXTS: Final[Mapping[str, Text]] = {
    "INITIALISED_ALREADY": Text(
        zh="员工初始化已经提交，不能再修改：以后的变更请办理“职工信息变更”；确需重做请联系住建局重新开放。",
        en="The initialisation has been submitted and is closed: later changes go by 职工信息变更; if it must be done again, "
        "ask the bureau to open it.",
    ),
    "INITIALISATION_OPEN": Text(
        zh="这个单位的员工初始化还没有提交，无需重新开放：请刷新后核对。",
        en="This employer's initialisation has not been submitted, so there is nothing to open: please reload.",
    ),
    "INITIALISATION_ORDERED": Text(
        zh="这个单位已经提交过缴款订单，员工初始化不能重新开放：请由单位办理“职工信息变更”。",
        en="This employer has submitted an order, so its initialisation is not opened again: changes go by 职工信息变更.",
    ),
    "INITIALISATION_ORDERED/backfilled": Text(
        zh="这个单位已经办理过缴款历史补录，员工初始化不能重新开放：请先退回待审核的补录，已通过的请由单位办理“职工信息变更”。",
        en="This employer has recorded payments of the past, so its initialisation is not opened again: return what waits for "
        "a decision first; where it was approved, changes go by 职工信息变更.",
    ),
    "INITIALISATION_PEOPLE": Text(
        zh="页面上有 {shown} 名职工，现在是 {people} 名：请刷新页面，核对后再提交。",
        en="The page showed {shown} employees, now there are {people}: please reload, check, and submit again.",
    ),
    "INITIALISATION_STRANGER": Text(
        zh="这个身份证号码不在本单位的初始化名单中：请核对号码；新职工请办理“职工开户”。",
        en="Nobody with this ID number is on the employer's list: please check it; a new employee's account is opened by "
        "职工开户.",
    ),
    "INITIALISATION_NAME": Text(
        zh="档案中的姓名是“{known}”：姓名不能在初始化中修改，请改回，或以后办理“职工信息变更”。",
        en='The name on file is "{known}": names are not changed here; please write it back, and use 职工信息变更 later.',
    ),
}
