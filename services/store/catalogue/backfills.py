"""Sentences of the store about 缴款历史补录."""

from collections.abc import Mapping
from typing import Final

from libsubsidy.catalogue import Text

TEXTS: Final[Mapping[str, Text]] = {
    "BACKFILL_STRANGER": Text(
        zh="这个证件号码的职工不在本单位：请核对号码；没有开户的职工请先办理“职工开户”或转入。",
        en="Nobody with this ID number belongs to this employer: please check it; an account is opened by 职工开户 first, or "
        "the person transferred in.",
    ),
    "BACKFILLS_ONLY": Text(
        zh="这不是缴款历史补录的申请：请在它自己的页面修改后重新提交。",
        en="This is no application to record past payments: please hand it in again from its own page.",
    ),
}
