"""Sentences of the store about bank accounts, statements and simulations."""

from collections.abc import Mapping
from typing import Final

from libsubsidy.catalogue import Text

TEXTS: Final[Mapping[str, Text]] = {
    "ACCOUNT_TAKEN": Text(
        zh="账户 {account} 已登记，其余额随对账单变动，不能重新设定：请核对账号。",
        en="The account {account} is registered, and its balance follows its statements: please check the number.",
    ),
    "STATEMENT_NOT_HELD": Text(
        zh="对账单 {statement} 当前状态为“{state}”，无需放行：请刷新后查看。",
        en="Statement {statement} is {state}, so there is nothing to release: please reload.",
    ),
    "STATEMENT_NOT_REFUSED": Text(
        zh="对账单 {statement} 当前状态为“{state}”，只有被拒收的文件可以重新处理：请刷新后查看。",
        en="Statement {statement} is {state}; only a refused one can be tried again: please reload.",
    ),
    "SECOND_PERSON_NEEDED": Text(
        zh="文件由 {person} 上传，不能由本人放行：请由另一人核对后放行。",
        en="The file was uploaded by {person}, who cannot release it: another person must.",
    ),
    "WHO_AND_WHY": Text(
        zh="放行或重新处理须写明经办人和理由：请补充。",
        en="Who does this, and why, must be said: please add both.",
    ),
    "UPLOADS_UNDER_WAY": Text(
        zh="您已有 {limit} 个文件正在上传：请等其中一个完成后再上传。",
        en="{limit} files of yours are being uploaded: please wait until one of them is done.",
    ),
    "SIMULATIONS_WAITING": Text(
        zh="您已有 {limit} 个试算尚未完成：请等其中一个完成后再提交。",
        en="{limit} simulations of yours are waiting: please wait until one of them is done.",
    ),
    "FILE_EMPTY": Text(
        zh="文件是空的：请确认下载完整后重新上传。",
        en="The file is empty: please make sure that it was downloaded whole, and upload it again.",
    ),
    "STATEMENT_TOO_LARGE": Text(
        zh="文件有 {size_bytes} 字节或更多，超过上限：请按日拆分后重新提交。",
        en="The file has {size_bytes} bytes or more, which is more than is allowed: please split it by day and send it "
        "again.",
    ),
    "MESSAGE_ID_REUSED": Text(
        zh="来源 {source} 的消息编号 {message_id} 曾用于内容不同的文件：请更换消息编号后重新发送。",
        en="The message id {message_id} of source {source} was used before for a file of other content: please send the "
        "file again under an id of its own.",
    ),
}
