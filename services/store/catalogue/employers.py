"""Sentences of the store about employers."""

from collections.abc import Mapping
from typing import Final

from libsubsidy.catalogue import Text

TEXTS: Final[Mapping[str, Text]] = {
    "EMPLOYER_ABSENT": Text(
        zh="没有这个单位：请刷新列表后重新选择。",
        en="There is no such employer: please reload the list and choose again.",
    ),
    "EMPLOYER_CLOSED": Text(
        zh="单位已注销，不能再办理缴款：如有疑问请联系住建局。",
        en="The employer is closed, so nothing more can be ordered: please ask the bureau.",
    ),
    "EMPLOYER_CODE_FORM": Text(
        zh="单位交易代码应为 5 位半角数字，例如 75256：请核对迁移数据。",
        en="An employer code is 5 plain digits, for example 75256: please check the migrated data.",
    ),
    "EMPLOYER_CODE_TAKEN": Text(
        zh="这个单位交易代码已被使用，代码永不重复使用：请核对。",
        en="This employer code is in use, and codes are never used twice: please check it.",
    ),
    "EMPLOYER_CODES_EXHAUSTED": Text(
        zh="5 位单位交易代码已全部用完：请启用更长的代码。",
        en="All employer codes of 5 digits have been issued: wider codes are needed.",
    ),
    "ORG_CODE_TAKEN": Text(
        zh="这个组织机构代码的单位已经登记：请用该单位登录，或核对代码。",
        en="An employer with this organisation code is registered: log in as that employer, or check the code.",
    ),
    "CREDIT_CODE_TAKEN": Text(
        zh="这个统一社会信用代码的单位已经登记：请用该单位登录，或核对代码。",
        en="An employer with this credit code is registered: log in as that employer, or check the code.",
    ),
    "NAME_LENGTH": Text(
        zh="名称不能为空，单位名称最多 200 字，职工姓名最多 100 字：请修改。",
        en="A name has at least one character; an employer's at most 200, an employee's at most 100: please change it.",
    ),
}
