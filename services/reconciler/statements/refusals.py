"""The words for files that cannot be read, and for files that a person must look at first.

A *refusal* ends the reading: the file is kept, and none of its lines counts. A *hold* lets the reading go on, so that a
person sees every line, but the file as a whole waits. Each text says file, line, field, value and what to do.
"""

from collections.abc import Mapping
from typing import Final

from libsubsidy import SubsidyError, Text, Violation
from services.reconciler.statements.limits import HOLD_KINDS_MAX, PLACES_NAMED_MAX, VALUE_SHOWN_MAX

# code -> words; {names} are the params of the violation.
REFUSALS: Final[Mapping[str, Text]] = {
    "STATEMENT_EMPTY": Text(
        zh="{file}：文件是空的。请从银行重新下载后再送",
        en="{file}: the file is empty. Download it from the bank again and deliver that",
    ),
    "STATEMENT_NOT_A_STATEMENT": Text(
        zh="{file}：不是可识别的对账单（{found}）。请送 OFX 1.x 或 2.x 格式的账户对账单",
        en="{file}: this is no statement that we can read ({found}). Deliver an account statement in OFX 1.x or 2.x",
    ),
    "STATEMENT_TOO_LARGE": Text(
        zh="{file}：{what}超过上限 {limit}（第 {line} 行）。请向银行按更短的期间分次下载",
        en="{file}, line {line}: {what_en} over the limit of {limit}. Ask the bank for shorter periods, one file each",
    ),
    "STATEMENT_TRUNCATED": Text(
        zh="{file}：文件不完整，读到第 {line} 行为止，{missing} 没有结束。一行也没有入账；请重新下载完整的文件",
        en="{file}: the file is cut off at line {line}, {missing} is not closed. No line of it counts; download the "
        "whole file again",
    ),
    "STATEMENT_STRUCTURE": Text(
        zh="{file} 第 {line} 行：标记 <{value}> 不应出现在 <{field}> 内，文件结构已坏。请重新下载，仍如此请联系银行",
        en="{file}, line {line}: the tag <{value}> has no place inside <{field}>, the file is broken. Download it "
        "again; if that does not help, ask the bank",
    ),
    "STATEMENT_LAYOUT_MIXED": Text(
        zh="{file} 第 {line} 行：{field} 与其他标记写在同一行（{value}），而文件中的交易是一行一个标记，"
        "无法分清文字与标记。请联系银行改正，或在该银行的配置中确认其转义（escapes_markup）",
        en="{file}, line {line}: {field} shares its line with other markup ({value}), though the file's "
        "transactions keep one element per line, so text and markup cannot be told apart. Ask the bank to mend "
        "it, or let the bank profile vouch for its escaping (escapes_markup)",
    ),
    "STATEMENT_ENCODING": Text(
        zh="{file} 第 {line} 行：字节 {value} 不是 {encoding} 文字。请确认银行使用的编码，"
        "写入该银行的配置（encoding）后重新送达",
        en="{file}, line {line}: the bytes {value} are no {encoding} text. Find out the bank's encoding, set it in "
        "the bank profile (encoding) and deliver the file again",
    ),
    "LINE_AMOUNT_FORMAT": Text(
        zh="{file} 第 {line} 行：{field} 的金额“{value}”无法确定。金额只能是数字，最多两位小数，不带千位分隔符；"
        "整个文件未入账，请联系银行更正",
        en="{file}, line {line}: {field} says “{value}”, which is no certain amount: digits with at most two "
        "decimals and no thousands separators. The whole file is refused so that no line is lost; ask the bank "
        "to correct it",
    ),
    "LINE_DATE_FORMAT": Text(
        zh="{file} 第 {line} 行：{field} 的日期“{value}”不是有效日期（应以八位年月日开头）。整个文件未入账，"
        "请联系银行更正",
        en="{file}, line {line}: {field} says “{value}”, which does not begin with a calendar day as YYYYMMDD. "
        "The whole file is refused so that no line is lost; ask the bank to correct it",
    ),
    "LINE_ID_TOO_LONG": Text(
        zh="{file} 第 {line} 行：{field} 有 {length} 个字符，上限 {length_max}（“{value}”）。请联系银行更正",
        en="{file}, line {line}: {field} has {length} characters, at most {length_max} are allowed (“{value}”). "
        "Ask the bank to correct it",
    ),
}

HOLDS: Final[Mapping[str, Text]] = {
    "STATEMENT_SEVERAL_ACCOUNTS": Text(
        zh="{file}：文件含 {count} 个账户（{value}），每个文件只能有一个账户。请向银行按账户分别下载",
        en="{file}: the file holds {count} accounts ({value}), and one file may hold one. Download one file per "
        "account",
    ),
    "STATEMENT_ACCOUNT_MISSING": Text(
        zh="{file}：没有写明账号（{field}）。请向银行索取带账号的对账单",
        en="{file}: the account number ({field}) is missing. Ask the bank for a statement that names its account",
    ),
    "STATEMENT_CURRENCY_MISSING": Text(
        zh="{file} 第 {lines} 行：没有写明币种（{field}）。请在该银行的配置中写明 currency_default",
        en="{file}, line {lines}: no currency is given ({field}). Set currency_default in the bank profile",
    ),
    "STATEMENT_FIELD_REPEATED": Text(
        zh="{file} 第 {lines} 行：{field} 出现多次且内容不同（“{value}”）。请核对原文件，并联系银行",
        en="{file}, line {lines}: {field} is given more than once with different values (“{value}”). Compare the "
        "file with the bank's own record and ask the bank",
    ),
    "STATEMENT_BALANCE_FORMAT": Text(
        zh="{file} 第 {lines} 行：余额 {field}“{value}”无法读取，无法据此核对。请对照银行记录后放行",
        en="{file}, line {lines}: the balance {field} says “{value}”, which cannot be read, so nothing can be "
        "proven by it. Compare with the bank's own record before you release the file",
    ),
    "STATEMENT_DATE_FORMAT": Text(
        zh="{file} 第 {lines} 行：{field} 的日期“{value}”无法读取，已忽略。请核对对账单的期间",
        en="{file}, line {lines}: {field} says “{value}”, which is no date, and was left out. Check the "
        "statement's period",
    ),
    "STATEMENT_TRAILING": Text(
        zh="{file} 第 {lines} 行：</OFX> 之后还有内容（“{value}”）。请核对文件是否被拼接或改动",
        en="{file}, line {lines}: something follows </OFX> (“{value}”). Check whether the file was joined or altered",
    ),
    "STATEMENT_ENCODING_DOUBTFUL": Text(
        zh="{file} 第 {lines} 行起：文字像是乱码（“{value}”，按 {encoding} 解读）。"
        "请在该银行的配置中写明 encoding（如 gb18030）后重新送达",
        en="{file}, line {lines}: the text looks garbled (“{value}”, read as {encoding}). Set encoding in the "
        "bank profile (gb18030, say) and deliver the file again",
    ),
    "LAYOUT_UNPROVEN": Text(
        zh="{file} 第 {lines} 行：多个标记写在同一行，而该银行的配置没有确认其转义附言中的标记，"
        "附言可能伪造出整行交易。请逐行对照银行记录后由他人放行；若确知银行会转义，"
        "请在配置中写 escapes_markup = true",
        en="{file}, line {lines}: several elements share a line and the bank profile does not vouch that the bank "
        "escapes markup, so that a memo could forge whole transactions. Compare the lines with the bank's own "
        "record before another person releases the file; if the bank is known to escape, set escapes_markup = "
        "true in its profile",
    ),
    "MARKUP_IN_TEXT": Text(
        zh="{file} 第 {lines} 行（共 {count} 处）：{field} 处的标记与文件其他部分不一致（“{value}”），"
        "可能是附言中夹带的标记。请逐行对照银行记录后再放行",
        en="{file}, line {lines} ({count} in all): the markup at {field} does not fit (“{value}”); it may have "
        "come with a payer's text. Compare these lines with the bank's own record before you release the file",
    ),
    "TEXT_OVER_LINES": Text(
        zh="{file} 第 {lines} 行（共 {count} 处）：{field} 的文字跨越多行（“{value}”）。请逐行对照银行记录后再放行",
        en="{file}, line {lines} ({count} in all): the text of {field} runs over several lines (“{value}”). "
        "Compare these lines with the bank's own record before you release the file",
    ),
    "LINE_ID_MISSING": Text(
        zh="{file} 第 {lines} 行（共 {count} 处）：没有银行流水号（{field}），重复送达时只能按内容识别。请核对后放行",
        en="{file}, line {lines} ({count} in all): the bank's id ({field}) is missing, so that only the contents "
        "tell a repeated line. Check before you release the file",
    ),
    "LINE_ID_REPEATED": Text(
        zh="{file} 第 {lines} 行（共 {count} 处）：银行流水号 {field}“{value}”在文件中重复。请与银行核对是否为同一笔",
        en="{file}, lines {lines} ({count} in all): the bank's id {field} “{value}” comes more than once. Ask the "
        "bank whether it is one transaction or several",
    ),
    "LINE_TOO_LONG": Text(
        zh="{file} 第 {lines} 行（共 {count} 处）：一笔交易（{field}）超过 {length_max} 个字符，过长的文字只保留开头。"
        "请对照原文件核对后再放行",
        en="{file}, line {lines} ({count} in all): a transaction ({field}) has more than {length_max} characters, and of "
        "texts that are too long only the beginning is kept. Compare with the file itself before you release it",
    ),
    "LINE_TEXT_TOO_LONG": Text(
        zh="{file} 第 {lines} 行（共 {count} 处）：{field} 超过 {length_max} 个字符（“{value}”）。请核对后放行",
        en="{file}, line {lines} ({count} in all): {field} is longer than {length_max} characters (“{value}”). "
        "Check before you release the file",
    ),
    "LINE_TEXT_CONTROL": Text(
        zh="{file} 第 {lines} 行（共 {count} 处）：{field} 含控制字符（“{value}”）。请核对后放行",
        en="{file}, line {lines} ({count} in all): {field} holds control characters (“{value}”). Check before you "
        "release the file",
    ),
    "READERS_DISAGREE": Text(
        zh="{file} 第 {lines} 行（共 {count} 处）：两个读取程序对 {field} 的结果不同（“{value}”）。"
        "请对照原文件核对后再放行",
        en="{file}, line {lines} ({count} in all): two readers disagree about {field} (“{value}”). Compare with "
        "the file itself before you release it",
    ),
}


class StatementRefused(SubsidyError):  # noqa: N818 - a refusal, and the name is the contract's.
    """The file cannot be read as a whole; none of its lines counts.

    Attributes:
        violation: file, line, field, value and what to do, in both languages.
    """

    def __init__(self, violation: Violation) -> None:
        super().__init__(violation.en)
        self.violation = violation


def shown(value: str) -> str:
    r"""Give as much of a value as a message repeats, with what cannot be seen made visible.

    >>> shown("a\x00b")
    'a·b'
    >>> len(shown("x" * 100))
    61
    """
    text = value if len(value) <= VALUE_SHOWN_MAX else value[:VALUE_SHOWN_MAX] + "…"
    return "".join(character if character.isprintable() else "·" for character in text)


def refused(code: str, **params: str | int) -> StatementRefused:
    """Build the error from the catalogue; an unknown code or a missing param is a defect and raises KeyError.

    >>> refused("STATEMENT_EMPTY", file="may.ofx").violation.en
    'may.ofx: the file is empty. Download it from the bank again and deliver that'
    """
    text = REFUSALS[code]
    zh, en = text.zh.format_map(params), text.en.format_map(params)
    return StatementRefused(Violation(code=code, params=params, zh=zh, en=en))


# What can be too large: (zh, en).
_TOO_LARGE: Final[Mapping[str, tuple[str, str]]] = {
    "bytes": ("文件字节数", "the bytes of the file are"),
    "lines": ("交易行数", "the number of transactions is"),
    "accounts": ("账户数", "the number of accounts is"),
    "characters": ("一笔交易（或一行）的字符数", "the characters of one transaction, or of one line, are"),
    "elements": ("一笔交易的标记数", "the elements of one transaction are"),
}


def too_large(file: str, line: int, what: str, limit: int) -> StatementRefused:
    """Build the refusal of something over its limit.

    >>> print(too_large("may.ofx", 7, "elements", 1_000).violation.en)
    may.ofx, line 7: the elements of one transaction are over the limit of 1000. Ask the bank for shorter periods, one file each
    """
    zh, en = _TOO_LARGE[what]
    return refused("STATEMENT_TOO_LARGE", file=file, line=line, what=zh, what_en=en, limit=limit)


class Holds:
    """Collects why the file as a whole needs a person: one violation per code and field, places named and counted.

    >>> holds = Holds("may.ofx")
    >>> for line in range(1, 9):
    ...     holds.note("LINE_ID_MISSING", line=line, field="FITID")
    >>> [(hold.code, hold.params["lines"], hold.params["count"]) for hold in holds.violations()]
    [('LINE_ID_MISSING', '1, 2, 3, 4, 5 …', 8)]
    """

    def __init__(self, file: str) -> None:
        self.file = file
        self._lines: dict[tuple[str, str], list[str]] = {}
        self._params: dict[tuple[str, str], dict[str, str | int]] = {}

    def note(self, code: str, *, line: int | str, field: str, value: str = "", **params: str | int) -> None:
        """Note one place; the first value of a code and field is the one that is shown."""
        field = shown(field)
        if (code, field) not in self._params and len(self._params) >= HOLD_KINDS_MAX:
            field = "…"
        key = code, field
        found = self._params.get(key)
        if found is None:
            self._params[key] = {"file": self.file, "field": field, "value": shown(value), "count": 1, **params}
            self._lines[key] = [str(line)]
            return
        found["count"] = int(found["count"]) + 1
        if len(self._lines[key]) < PLACES_NAMED_MAX:
            self._lines[key].append(str(line))

    def violations(self) -> tuple[Violation, ...]:
        """Render what was noted, in the order in which each kind was first met."""
        return tuple(self._render(code, field) for code, field in self._params)

    def _render(self, code: str, field: str) -> Violation:
        params = self._params[code, field]
        lines = self._lines[code, field]
        more = " …" if len(lines) == PLACES_NAMED_MAX and int(params["count"]) > PLACES_NAMED_MAX else ""
        text = HOLDS[code]
        facts = {**params, "lines": ", ".join(lines) + more}
        return Violation(code=code, params=facts, zh=text.zh.format_map(facts), en=text.en.format_map(facts))
