"""The transfer memo (摘要) that tells for whom and for what a payment is.

    摘要的格式：单位交易代码x订单号o，例如 … 75256xA7W5o，一共11位字符，并且必须在摘要开头填写。
    在这个支付码之后，单位可任意添加文字                                                    manual L393

So: five digits, a lower-case x, four digits or capital letters, a lower-case o, at position 0; then anything. The x and
the o are not part of any code's alphabet at their place, which is why any text may follow directly (I28, F101-F103).
Only this exact form ever settles money; what merely resembles it is diagnosed by `libsubsidy.memo_diagnosis`.

>>> Memo.parse("75256xA7W5o，2020年4月份雇员汇缴款")
Memo(employer_code='75256', order_code='A7W5')
>>> str(Memo(employer_code="75256", order_code="A7W5"))
'75256xA7W5o'
>>> memo_key("75256xA7W5o4月"), memo_key(" 75256xA7W5o")
(('75256', 'A7W5'), None)
>>> Memo.parse("75256XA7W5O")
Traceback (most recent call last):
libsubsidy.errors.MemoError: "75256XA7W5O" does not begin with a memo: 5 digits, a lower-case x, ...
"""

import re
from typing import Final, Self, cast

from attrs import frozen

from libsubsidy.errors import MemoError
from libsubsidy.policy import EMPLOYER_CODE_DIGITS, ORDER_CODE_CHARACTERS
from libsubsidy.violations import Violation

SEPARATOR: Final = "x"
TERMINATOR: Final = "o"
MEMO_CHARACTERS: Final = EMPLOYER_CODE_DIGITS + len(SEPARATOR) + ORDER_CODE_CHARACTERS + len(TERMINATOR)

_EMPLOYER_CODE: Final = re.compile(f"[0-9]{{{EMPLOYER_CODE_DIGITS}}}")
_ORDER_CODE: Final = re.compile(f"[0-9A-Z]{{{ORDER_CODE_CHARACTERS}}}")
_match_memo: Final = re.compile(f"({_EMPLOYER_CODE.pattern}){SEPARATOR}({_ORDER_CODE.pattern}){TERMINATOR}").match


@frozen(kw_only=True)
class Memo:
    """The two codes of a memo.

    Attributes:
        employer_code: 单位交易代码, five digits, unique for ever.
        order_code: 订单号, also called 支付代码, unique for ever within the employer; older codes may use
            all of 0-9A-Z.

    Raises:
        MemoError: a code does not have its form.
    """

    employer_code: str
    order_code: str

    def __attrs_post_init__(self) -> None:
        if not _EMPLOYER_CODE.fullmatch(self.employer_code):
            raise MemoError(Violation.of("MEMO_EMPLOYER_CODE_FORMAT", text=self.employer_code))
        if not _ORDER_CODE.fullmatch(self.order_code):
            raise MemoError(Violation.of("MEMO_ORDER_CODE_FORMAT", text=self.order_code))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the memo at the beginning of a text; whatever follows is the payer's own.

        Raises:
            MemoError: the text does not begin with a memo.
        """
        key = memo_key(text)
        if key is None:
            raise MemoError(Violation.of("MEMO_FORMAT", text=text[: 2 * MEMO_CHARACTERS]))
        return cls(employer_code=key[0], order_code=key[1])

    def __str__(self) -> str:
        return f"{self.employer_code}{SEPARATOR}{self.order_code}{TERMINATOR}"


def memo_key(text: str) -> tuple[str, str] | None:
    """Give employer code and order code of a text that begins with an exact memo, or None.

    This is the fast path of a statement with millions of lines: one anchored match over eleven characters, whatever
    the length of the text.
    """
    match = _match_memo(text)
    return cast("tuple[str, str]", match.groups()) if match else None
