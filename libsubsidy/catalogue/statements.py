"""Sentences about a statement file as a whole: file, line, field, value, and what to do."""

from collections.abc import Mapping
from typing import Final

from libsubsidy.catalogue.text import Text

TEXTS: Final[Mapping[str, Text]] = {
    "STATEMENT_DOES_NOT_BALANCE": Text(
        zh="{file}：期初 {opening} 元加发生额 {movement} 元不等于期末 {closing} 元：文件可能不完整，请重新下载。",
        en="{file}: opening {opening} plus movements {movement} is not closing {closing} yuan: the file may be "
        "incomplete, please download it again.",
    ),
    "STATEMENT_GAP": Text(
        zh="{file}：期初 {opening} 元与上一份对账单的期末 {previous} 元不衔接：中间可能缺一份，请先导入缺少的那份。",
        en="{file}: opening {opening} yuan does not follow the previous closing {previous} yuan: a statement between "
        "them may be missing, please import it first.",
    ),
    "STATEMENT_FORMAT_UNKNOWN": Text(
        zh="{file} 不是可以识别的对账单：请从网银下载支持的格式。",
        en="{file} is not a statement of a known format: please download a supported format from the bank.",
    ),
    "STATEMENT_TRUNCATED": Text(
        zh="{file} 在第 {line} 行中断，文件不完整：请重新下载。",
        en="{file} ends in the middle, at line {line}: please download it again.",
    ),
    "STATEMENT_TOO_LARGE": Text(
        zh="{file} 超过上限 {limit}：请分成几份导入。",
        en="{file} is larger than the limit of {limit}: please import it in parts.",
    ),
    "STATEMENT_ENCODING": Text(
        zh="{file} 第 {line} 行不是 {encoding} 编码：请检查银行来源设置，或重新下载。",
        en="{file}, line {line}: the bytes are not {encoding}: please check the bank source's settings or download "
        "the file again.",
    ),
    "STATEMENT_FIELD_MISSING": Text(
        zh="{file} 第 {line} 行缺少 {field}：请向银行核实并重新下载。",
        en="{file}, line {line}: {field} is missing: please ask the bank and download the file again.",
    ),
    "STATEMENT_FIELD_WRONG": Text(
        zh="{file} 第 {line} 行的 {field} 为“{value}”，无法识别：请向银行核实并重新下载。",
        en='{file}, line {line}: {field} is "{value}" and cannot be read: please ask the bank and download the file '
        "again.",
    ),
    "STATEMENT_ACCOUNT_UNKNOWN": Text(
        zh="{file} 的账号 {account} 不是本局登记的账户：请核对文件，或先登记该账户。",
        en="{file} is of the account {account}, which is not registered: please check the file or register the "
        "account first.",
    ),
    "STATEMENT_ID_REPEATED": Text(
        zh="{file} 第 {line} 行的流水号 {value} 已在第 {first_line} 行出现：请向银行核实。",
        en="{file}, line {line}: the bank's id {value} appeared in line {first_line} already: please ask the bank.",
    ),
    "STATEMENT_READERS_DISAGREE": Text(
        zh="{file} 第 {line} 行的 {field}，两个解析程序读出的内容不同：请人工核对后再放行。",
        en="{file}, line {line}: two readers disagree about {field}: a person must look at it before release.",
    ),
    "STATEMENT_ALREADY_COVERED": Text(
        zh="{file} 的期间 {first} 至 {last} 已由其他文件导入：本文件不再核销，请核对。",
        en="{file} covers {first} to {last}, which another file has covered: it is not matched again, please check.",
    ),
}
