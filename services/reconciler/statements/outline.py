"""What stands around the transactions: whose statement it is, for which days, with which balances, and whether it is whole.

Only the bank writes here; no payer's text reaches this module. Nesting is checked for the aggregates that carry a
statement, so that a file with its end or its middle missing is refused; other elements are passed over.
"""

from collections.abc import Callable
from datetime import date
from typing import Final, TypeVar

import attrs

from libsubsidy import Money
from services.reconciler.statements.fields import day_of, escaped, fen_of, unescaped
from services.reconciler.statements.limits import FILE_ACCOUNTS_MAX
from services.reconciler.statements.profile import Profile
from services.reconciler.statements.refusals import Holds, refused, shown, too_large
from services.reconciler.statements.tags import OUTLINE, STATEMENTS

_CDATA_START, _CDATA_END = "<![CDATA[", "]]>"
# Where the leaves of interest stand: (innermost checked aggregate, leaf).
_LEAVES: Final = frozenset(
    {"CURDEF", "ACCTID", "BANKID", "BROKERID", "DTSTART", "DTEND", "BALAMT", "DTASOF", "NAME", "VALUE"}
)
_ACCOUNTS_FROM: Final = frozenset({"BANKACCTFROM", "CCACCTFROM", "INVACCTFROM"})
T = TypeVar("T")
_BALANCES: Final = frozenset({"LEDGERBAL", "BAL"})
_LISTS: Final = frozenset({"BANKTRANLIST", "INVTRANLIST"})


def without_cdata(text: str) -> str:
    """Write CDATA sections as escaped text, which says the same.

    >>> without_cdata("<MEMO><![CDATA[a<b & c]]></MEMO>")
    '<MEMO>a&lt;b &amp; c</MEMO>'
    """
    at = text.find(_CDATA_START)
    if at < 0:
        return text
    written: list[str] = []
    done = 0
    # Found by hand: a pattern would look for the end of each of a million unfinished sections anew.
    while at >= 0 and (end := text.find(_CDATA_END, at)) >= 0:
        inner = text[at + len(_CDATA_START) : end]
        written += (text[done:at], escaped(inner))
        done = end + len(_CDATA_END)
        at = text.find(_CDATA_START, done)
    return "".join((*written, text[done:]))


@attrs.define
class Account:
    """One statement of the file: what it says, as text."""

    account: str = ""
    bank_code: str = ""
    currency: str = ""
    first_day: date | None = None
    last_day: date | None = None
    opening: Money | None = None
    closing: Money | None = None
    closing_day: date | None = None
    told: dict[str, str] = attrs.Factory(dict)


class Outline:
    """Follows the markup outside the transactions.

    Attributes:
        accounts: the statements met so far.
        currency: of the statement that is open, as an ISO code; "" if it names none.
        in_list: a statement is open, so that a transaction may stand here.
        complete: `</OFX>` has been read.
    """

    def __init__(self, profile: Profile, holds: Holds) -> None:
        self.accounts: list[Account] = []
        self.currency = ""
        self.in_list = False
        self.complete = False
        self.stack: list[str] = []
        self._profile = profile
        self._holds = holds
        self._balance_name = ""

    def feed(self, text: str, line: int) -> None:
        """Follow a piece of the file that is no part of a transaction; its first character stands on `line`.

        Raises:
            StatementRefused: STATEMENT_STRUCTURE.
        """
        text = without_cdata(text)
        before, *tokens = text.split("<")
        if self.complete and before.strip():
            self._trailing(before, line)
        line += before.count("\n")
        for token in tokens:
            if self.complete:
                raise self._misplaced(token.partition(">")[0], line)
            cut = token.find(">")
            name = token[:cut].rstrip().upper() if cut > 0 else ""
            if name in _LEAVES:
                self._leaf(name, token[cut + 1 :], line)
            elif name in OUTLINE:
                self._open(name, line)
            elif name.startswith("/") and name[1:] in OUTLINE:
                self._close(name[1:], line)
                if self.complete and token[cut + 1 :].strip():
                    self._trailing(token[cut + 1 :], line)
            elif name in {"STMTTRN", "/STMTTRN"}:
                raise self._misplaced(name, line)
            line += token.count("\n")

    def finish(self, line: int) -> None:
        """Make sure that the file is whole.

        Raises:
            StatementRefused: STATEMENT_TRUNCATED, or STATEMENT_NOT_A_STATEMENT for an OFX file without a statement.
        """
        if not self.complete:
            missing = self.stack[-1] if self.stack else "OFX"
            raise refused("STATEMENT_TRUNCATED", file=self._holds.file, line=line, missing=f"<{missing}>")
        if not self.accounts:
            raise refused(
                "STATEMENT_NOT_A_STATEMENT", file=self._holds.file, found="OFX 文件中没有账户对账单 / no STMTRS"
            )
        if len(self.accounts) > 1:
            numbers = ", ".join(account.account or "?" for account in self.accounts)
            self._holds.note(
                "STATEMENT_SEVERAL_ACCOUNTS", line=line, field="ACCTID", value=numbers, count=len(self.accounts)
            )
        if not self.accounts[0].account:
            self._holds.note("STATEMENT_ACCOUNT_MISSING", line=line, field="ACCTID")

    def _misplaced(self, name: str, line: int) -> Exception:
        return refused(
            "STATEMENT_STRUCTURE",
            file=self._holds.file,
            line=line,
            value=shown(name),
            field=self.stack[-1] if self.stack else "OFX",
        )

    def _trailing(self, text: str, line: int) -> None:
        self._holds.note("STATEMENT_TRAILING", line=line, field="OFX", value=text.strip())

    def _open(self, name: str, line: int) -> None:
        if name in self.stack or (name == "OFX") is not (not self.stack):
            raise self._misplaced(name, line)
        if name in STATEMENTS:
            if len(self.accounts) >= FILE_ACCOUNTS_MAX:
                raise too_large(self._holds.file, line, "accounts", FILE_ACCOUNTS_MAX)
            self.accounts.append(Account())
            self.currency = self._profile.currency_default
        if name == "BAL":
            self._balance_name = ""
        self.stack.append(name)
        self.in_list = not STATEMENTS.isdisjoint(self.stack)

    def _close(self, name: str, line: int) -> None:
        if not self.stack or self.stack.pop() != name:
            raise self._misplaced(f"/{name}", line)
        self.complete = not self.stack
        self.in_list = not STATEMENTS.isdisjoint(self.stack)

    def _leaf(self, name: str, value: str, line: int) -> None:
        text = unescaped(value).strip()
        if not self.in_list or not text:
            return
        place, account = self.stack[-1], self.accounts[-1]
        if place in _BALANCES:
            self._balance_leaf(name, text, line)
        elif place in _ACCOUNTS_FROM and name == "ACCTID":
            account.account = self._once(name, text, line)
        elif place in _ACCOUNTS_FROM and name in {"BANKID", "BROKERID"}:
            account.bank_code = self._once(name, text, line)
        elif place in STATEMENTS and name == "CURDEF":
            written = self._once(name, text, line)
            account.currency = self.currency = self._profile.currency_names.get(written, written.upper())
        elif place in _LISTS and name == "DTSTART":
            account.first_day = self._read(day_of, "DATE", name, text, line)
        elif place in _LISTS and name == "DTEND":
            account.last_day = self._read(day_of, "DATE", name, text, line)

    def _balance_leaf(self, name: str, text: str, line: int) -> None:
        account = self.accounts[-1]
        match self.stack[-1], name:
            case "LEDGERBAL", "BALAMT":
                account.closing = self._balance("LEDGERBAL", text, line)
            case "LEDGERBAL", "DTASOF":
                account.closing_day = self._read(day_of, "DATE", name, text, line)
            case "BAL", "NAME":
                self._balance_name = text
            case "BAL", "VALUE" if self._balance_name == self._profile.opening_balance_name:
                account.opening = self._balance("BAL", text, line)

    def _balance(self, field: str, text: str, line: int) -> Money | None:
        fen = self._read(fen_of, "BALANCE", field, text, line)
        return None if fen is None else Money(fen=fen)

    def _once(self, field: str, text: str, line: int) -> str:
        """Note a field that says two things within one statement; the first counts."""
        first = self.accounts[-1].told.setdefault(field, text)
        if first != text:
            self._holds.note("STATEMENT_FIELD_REPEATED", line=line, field=field, value=text)
        return first

    def _read(self, read: Callable[[str], T | None], what: str, field: str, text: str, line: int) -> T | None:
        text = self._once(field, text, line)
        value = read(text)
        if value is None:
            self._holds.note(f"STATEMENT_{what}_FORMAT", line=line, field=field, value=text)
        return value
