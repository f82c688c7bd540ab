"""Sentences about an employer's card (单位信息)."""

from collections.abc import Mapping
from typing import Final

from libsubsidy.catalogue.text import Text

TEXTS: Final[Mapping[str, Text]] = {
    "FIELD_MISSING": Text(
        zh="没有填写：这一项必填。",
        en="Nothing is filled in: this field is required.",
    ),
    "FIELD_TOO_LONG": Text(
        zh="最多 {limit} 字，现在是 {characters} 字：请缩短。",
        en="At most {limit} characters fit, there are {characters}: please shorten it.",
    ),
    "FIELD_CHARACTERS": Text(
        zh="含有换行、控制符等看不见的字符，无法保存：请删除后重新输入。",
        en="There are line breaks or invisible characters, which cannot be kept: please type it again.",
    ),
    "EMPLOYER_CODE_NEEDED": Text(
        zh="“统一社会信用代码”和“组织机构代码”至少填写一项：新证照请填 18 位的统一社会信用代码。",
        en="Either the unified social credit code or the organisation code is needed: newer certificates have the former.",
    ),
    "EMPLOYER_CODES_DISAGREE": Text(
        zh="组织机构代码应与统一社会信用代码的第 9 至 17 位相同（{expected}）：请对照证书核对两个代码，"
        "或只填统一社会信用代码。",
        en="The organisation code is characters 9 to 17 of the unified social credit code ({expected}): please compare both "
        "with the certificate, or leave the organisation code empty.",
    ),
    "ORG_CHECK_DIGIT/in_credit_code": Text(
        zh="统一社会信用代码的第 9 至 17 位是组织机构代码（{found}），其校验码不符：请对照证书逐位核对。",
        en="Characters 9 to 17 of the unified social credit code are the organisation code ({found}), whose check character "
        "does not fit: please compare it with the certificate.",
    ),
    "EMPLOYER_KIND_UNKNOWN": Text(
        zh="“单位性质”不在列表中：请从列表中选择一项。",
        en="This kind of employer is not among those listed: please choose one of the list.",
    ),
    "BANK_ACCOUNT_FORMAT": Text(
        zh="银行账号应为 {least} 至 {most} 位数字：请对照开户证明核对。",
        en="A bank account has {least} to {most} digits: please compare it with the bank's certificate.",
    ),
    "REFUND_ACCOUNT_INCOMPLETE": Text(
        zh="退款账户的户名、账号、开户银行要么都填，要么都不填：请补充这一项，或清空另外两项。",
        en="The refund account's holder, number and bank are given together or not at all: please add this one, or empty the "
        "others.",
    ),
}
