"""Sentences about a bank statement that does not prove itself (I37); what a reader finds in a file is the reader's."""

from collections.abc import Mapping
from typing import Final

from libsubsidy.catalogue.text import Text

TEXTS: Final[Mapping[str, Text]] = {
    "STATEMENT_DOES_NOT_BALANCE": Text(
        zh="期初 {opening} 元加收入 {credits} 元减支出 {debits} 元"
        "应为 {expected} 元，文件期末余额为 {closing} 元：文件不完整或被改动，请重新向银行下载。",
        en="Opening {opening} plus credits {credits} less debits {debits} should be {expected} yuan, the file closes with "
        "{closing}: it is incomplete or was changed, please download it from the bank again.",
    ),
    "STATEMENT_GAP": Text(
        zh="账户 {account} 已核实余额 {proven} 元（至 {through}），"
        "加本文件新增 {new} 元应为 {expected} 元，文件期末余额为 {closing} 元："
        "可能缺少之前的对账单，补齐后自动继续；如确认无缺，须由另一人放行。",
        en="Account {account} is proven to {proven} yuan (through {through}); with the {new} yuan that are new here it "
        "should be {expected}, the file closes with {closing}: a statement before it may be missing, and once that is "
        "in, this one goes on by itself; if none is missing, another person may release it.",
    ),
}
