"""Sentences about identity codes. None of them repeats the number itself: sentences end up in logs."""

from collections.abc import Mapping
from typing import Final

from libsubsidy.catalogue.text import Text

TEXTS: Final[Mapping[str, Text]] = {
    "ID_LENGTH": Text(
        zh="身份证号码应为 18 位（旧证 15 位），现在是 {length} 位：请对照证件核对是否漏输或多输。",
        en="A resident ID number has 18 characters (15 on old cards), this one has {length}: please compare it with "
        "the card.",
    ),
    "ID_CHARACTERS": Text(
        zh="身份证号码只能由数字组成，18 位号码的最后一位可以是 X：请检查第 {position} 位。",
        en="A resident ID number consists of digits, only the 18th may be X: please check character {position}.",
    ),
    "ID_SCIENTIFIC": Text(
        zh="身份证号码被电子表格转成了科学计数法（{text}），后面的数字已经丢失，无法还原："
        "请把该列设为“文本”格式，再重新输入号码。",
        en="The spreadsheet turned the ID number into scientific notation ({text}); digits were lost and cannot be "
        'restored: set the column to "text" and type the number again.',
    ),
    "ID_DATE": Text(
        zh="身份证号码中的出生日期 {digits} 不存在：请对照证件核对第 7 位起的数字。",
        en="The date of birth {digits} inside the ID number does not exist: please check the digits from the 7th on.",
    ),
    "ID_DATE_FUTURE": Text(
        zh="身份证号码中的出生日期 {born} 晚于今天 {today}：请对照证件核对第 7 位起的数字。",
        en="The date of birth {born} inside the ID number is later than today, {today}: please check the digits from "
        "the 7th on.",
    ),
    "ID_CHECK_DIGIT": Text(
        zh="身份证号码的最后一位校验码不符，号码中至少有一位输错：请对照证件逐位核对；"
        "若末三位是 000，可能是电子表格丢失了数字。",
        en="The last character of the ID number does not fit the others, so at least one is wrong: please compare it "
        "with the card; if it ends with 000, a spreadsheet may have lost digits.",
    ),
    "ORG_FORMAT": Text(
        zh="组织机构代码应为 8 位数字或大写字母加 1 位校验码，例如 D2143569-X：现在的内容不符合，请对照证书核对。",
        en="An organisation code has 8 digits or capital letters and one check character, for example D2143569-X: "
        "please compare it with the certificate.",
    ),
    "ORG_CHECK_DIGIT": Text(
        zh="组织机构代码的校验码不符，至少有一位输错：请对照证书逐位核对。",
        en="The check character of the organisation code does not fit, so at least one character is wrong: please "
        "compare it with the certificate.",
    ),
    "USCC_FORMAT": Text(
        zh="统一社会信用代码应为 18 位数字或大写字母（不含 I O S V Z），第 1 位为 1-9、A、N 或 Y：请对照证书核对。",
        en="A unified social credit code has 18 digits or capital letters (no I O S V Z) and begins with 1-9, A, N "
        "or Y: please compare it with the certificate.",
    ),
    "USCC_CHECK_DIGIT": Text(
        zh="统一社会信用代码的校验码不符，至少有一位输错：请对照证书逐位核对。",
        en="The check character of the unified social credit code does not fit, so at least one character is wrong: "
        "please compare it with the certificate.",
    ),
    "PHONE_FORMAT": Text(
        zh="手机号码应为 11 位数字，以 13 至 19 开头，例如 13800000000：请核对。",
        en="A mobile number has 11 digits and begins with 13 to 19, for example 13800000000: please check it.",
    ),
}
