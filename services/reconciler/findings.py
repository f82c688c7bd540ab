"""What can be wrong with a statement as a whole, in words; the findings of a single file's reader are the reader's own.

>>> print(finding("UPLOADED_BY_PERSON", person="user/7").en)
The file was uploaded by user/7: another person must look at it and release it.
"""

from collections.abc import Mapping
from typing import Final

from libsubsidy import Violation
from libsubsidy.catalogue import Text

FINDINGS: Final[Mapping[str, Text]] = {
    "SOURCE_UNKNOWN": Text(
        zh="没有名为“{source}”的银行来源：请更正来源名称（现有：{known}），然后重新处理该文件。",
        en='There is no bank source "{source}": please correct the name (there are: {known}) and process the file again.',
    ),
    "WORK_FAILED": Text(
        zh="文件处理 {tries} 次均未成功：文件已保留，请联系系统维护人员查看日志，修复后放行重试。",
        en="The file could not be processed in {tries} tries; it is kept. Please let those who run the system look at the "
        "log, and release it to try again.",
    ),
    "SIMULATION_FAILED": Text(
        zh="试算 {tries} 次均未成功：请联系系统维护人员查看日志，修复后重新试算。",
        en="The simulation did not succeed in {tries} tries: please let those who run the system look at the log, and ask "
        "again.",
    ),
    "ACCOUNT_UNKNOWN": Text(
        zh="账号“{account}”不是本局登记的账户：请核对文件；确属本局账户的，请先登记该账户，再放行。",
        en='The account "{account}" is not registered: please check the file; if the account is the bureau\'s own, '
        "register it and then release the file.",
    ),
    "SOURCE_NOT_AUTHORITATIVE": Text(
        zh="账户 {account} 的对账单以来源“{expected}”为准，本文件来自“{source}”：为防重复入账，须由另一人核对后放行。",
        en='Statements of account {account} are believed from the source "{expected}", this file is from "{source}": '
        "another person must check that its lines are not there yet, and release it.",
    ),
    "STATEMENT_CURRENCY": Text(
        zh="账户 {account} 的币种为 {expected}，文件币种为 {found}：请核对是否选错文件，再由另一人放行。",
        en="Account {account} is in {expected}, the file is in {found}: please check that it is the right file; another "
        "person may then release it.",
    ),
    "UPLOADED_BY_PERSON": Text(
        zh="文件由 {person} 上传：须由另一人核对后放行。",
        en="The file was uploaded by {person}: another person must look at it and release it.",
    ),
    "STATEMENT_WITHOUT_BALANCE": Text(
        zh="账户 {account} 的文件没有期末余额，无法证明完整：请与网银余额核对，再由另一人放行。",
        en="The file of account {account} says no closing balance, so nothing proves that it is complete: please compare "
        "it with the bank; another person may then release it.",
    ),
}


def finding(code: str, **params: str | int) -> Violation:
    """Render one finding."""
    return Violation.from_text(code, FINDINGS[code], params)
