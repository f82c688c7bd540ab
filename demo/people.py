"""Made-up people: names, ranks, amounts and identity numbers that are valid and cannot be anybody's.

The identity numbers begin with 9999, an area that does not exist, and carry a computed check character.
"""

from datetime import date, timedelta
from random import Random
from typing import Final

import attrs

from libsubsidy import FileAmount, IdNumber, Money, Month
from services.store.employees import NewEmployee

_FAMILY_NAMES: Final = (
    *(("赵", "zhao"), ("钱", "qian"), ("孙", "sun"), ("李", "li"), ("周", "zhou"), ("吴", "wu"), ("郑", "zheng")),
    *(("王", "wang"), ("冯", "feng"), ("陈", "chen"), ("褚", "chu"), ("卫", "wei"), ("蒋", "jiang"), ("沈", "shen")),
    *(("韩", "han"), ("杨", "yang"), ("朱", "zhu"), ("秦", "qin"), ("许", "xu"), ("何", "he"), ("吕", "lü")),
    *(("施", "shi"), ("张", "zhang"), ("孔", "kong"), ("曹", "cao"), ("严", "yan"), ("华", "hua"), ("金", "jin")),
    *(("欧阳", "ouyang"), ("司马", "sima"), ("上官", "shangguan"), ("诸葛", "zhuge")),
)
_GIVEN_NAMES: Final = (
    *(("明", "ming"), ("芳", "fang"), ("伟", "wei"), ("静", "jing"), ("丽", "li"), ("强", "qiang"), ("磊", "lei")),
    *(("军", "jun"), ("洋", "yang"), ("勇", "yong"), ("艳", "yan"), ("杰", "jie"), ("娟", "juan"), ("涛", "tao")),
    *(("超", "chao"), ("霞", "xia"), ("平", "ping"), ("刚", "gang"), ("桂英", "guiying"), ("建国", "jianguo")),
    *(("淑珍", "shuzhen"), ("志强", "zhiqiang"), ("秀兰", "xiulan"), ("海燕", "haiyan"), ("文博", "wenbo")),
    *(("雨桐", "yutong"), ("子涵", "zihan"), ("嘉怡", "jiayi"), ("浩然", "haoran"), ("思远", "siyuan")),
)
# What registers and screens stumble over: a middle dot, a long name, a character beyond the basic plane (CJK Ext B).
_RARE_NAMES: Final = (
    ("买买提·吐尔逊江", "maimaiti·tu'erxunjiang"),
    ("阿卜杜热合曼·阿卜杜拉·穆罕默德江", "abudurehemen·abudula·muhanmodejiang"),
    ("陈𠮷祥", "chen jixiang"),
    ("王㛃", "wang jie"),
)
# Rank and monthly amount in yuan, with half and quarter yuan.
_RANKS: Final = (
    *(("科员", "410.00"), ("副科级", "523.50"), ("正科级", "618.25"), ("副处级", "740.75"), ("正处级", "866.00")),
    *(("初级职称", "432.50"), ("中级职称", "577.25"), ("副高级职称", "705.50"), ("技师", "498.00")),
)
# Who is unlike the others: one in this many.
_RARE_ONE_IN: Final = 97
# Birthdays are this many days, and the step through them shares no factor with it: no two people have the same.
_BIRTHDAYS: Final = 12_000
_BIRTHDAY_STEP: Final = 37
_FIRST_BIRTHDAY: Final = date(1964, 1, 1)
_AREA: Final = "999900"


@attrs.define
class People:
    """Everybody who is ever hired; the same seed gives the same people."""

    _rng: Random
    _hired: int = 0

    def hire(self, *, start_month: Month, paid_through: Month | None, rare: bool = False) -> NewEmployee:
        """Make one person up.

        Args:
            start_month: 汇缴开始月份 of the personnel file, from which the amount counts as well.
            paid_through: 缴至月份 of the opening balance; None for somebody who has never been paid for.
            rare: with one of the names that registers stumble over.
        """
        name, pinyin = self._name(rare=rare)
        rank, amount = self._rng.choice(_RANKS)
        return NewEmployee(
            id_number=self._id_number(),
            name=name,
            name_pinyin=pinyin,
            rank=rank,
            start_month=start_month,
            paid_through=paid_through,
            opening_periods=0 if paid_through is None else paid_through - start_month + 1,
            file_amount=FileAmount(effective=start_month, amount=Money.parse(amount)),
        )

    def _name(self, *, rare: bool) -> tuple[str, str]:
        if rare or self._rng.randrange(_RARE_ONE_IN) == 0:
            return _RARE_NAMES[self._hired % len(_RARE_NAMES)]
        family, given = self._rng.choice(_FAMILY_NAMES), self._rng.choice(_GIVEN_NAMES)
        return family[0] + given[0], f"{family[1]} {given[1]}"

    def _id_number(self) -> IdNumber:
        born = _FIRST_BIRTHDAY + timedelta(days=self._hired * _BIRTHDAY_STEP % _BIRTHDAYS)
        self._hired += 1
        assert self._hired <= _BIRTHDAYS, "more people than birthdays"  # noqa: S101 -- a limit of the demonstration.
        return IdNumber.of_body(f"{_AREA}{born:%Y%m%d}{self._rng.randrange(1, 1000):03d}")
