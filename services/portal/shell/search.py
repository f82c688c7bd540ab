"""功能搜索 (F21): by which texts an entry of the menu is found.

A name is found by any part of it, by the initials of its pinyin, and by its pinyin written out; other names that people
have for the same are names, too. Small spelling differences that the manual itself shows do not matter: 登陆 is 登录,
模版 is 模板, and 账号 may be written 帐号. Both sides are folded the same way: here, and in shell/static/frame.js, which
reads `SAME` from the page.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Final

from pypinyin import Style, lazy_pinyin

# What is written in two ways is looked for in one.
SAME: Final[Mapping[str, str]] = {"登陆": "登录", "模版": "模板", "帐": "账", "员工": "职工", "初始话": "初始化"}
# Between the texts of one entry: nobody types it, so that no search crosses from one to the next.
SEPARATOR: Final = "|"


def plain(text: str) -> str:
    """Take away what does not matter: width, case and blanks.

    >>> plain(" 登陆　Ａ P I ")
    '登陆api'
    """
    return "".join(unicodedata.normalize("NFKC", text).lower().split()).replace(SEPARATOR, "")


def folded(text: str) -> str:
    """Write in one way, too, what is written in two.

    >>> folded("登 陆"), folded("员工初始话")
    ('登录', '职工初始化')
    """
    text = plain(text)
    for one, other in SAME.items():
        text = text.replace(one, other)
    return text


@cache
def search_text(names: tuple[str, ...]) -> str:
    """Give all texts by which something of these names is found.

    >>> search_text(("缴费通知", "汇缴通知"))
    '缴费通知|jftz|jiaofeitongzhi|汇缴通知|hjtz|huijiaotongzhi'
    """
    both = (each for name in names for each in (plain(name), folded(name)))
    return SEPARATOR.join(dict.fromkeys(text for name in both for text in _texts(name)))


def _texts(name: str) -> Iterable[str]:
    letters = "".join(each for each in name if each.isalnum())
    initials = "".join(lazy_pinyin(letters, style=Style.FIRST_LETTER))
    return name, letters, initials, "".join(lazy_pinyin(letters))


def finds(query: str, text: str) -> bool:
    """Say whether what somebody typed finds something by its `search_text`.

    >>> finds("汇缴 通知", search_text(("缴费通知", "汇缴通知"))), finds("zgkh", search_text(("职工开户",)))
    (True, True)
    >>> finds("通知汇", search_text(("缴费通知", "汇缴通知")))
    False
    """
    return plain(query) in text or folded(query) in text
