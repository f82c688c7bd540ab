"""A bank for the tests: it keeps one account's balance and writes its statements as OFX, one element per line."""

from collections.abc import Iterable, Sequence
from datetime import date

import attrs

ACCOUNT = "440010000000000001"


@attrs.frozen(kw_only=True)
class Payment:
    """One booking as the bank knows it; negative fen is a debit."""

    fen: int
    memo: str
    day: date = date(2026, 1, 5)
    fitid: str = ""
    payer_name: str = "江门市某某局"
    payer_account: str = "6228480000000000001"
    kind: str = "CREDIT"
    currency: str = ""
    flag: str = ""

    @property
    def moves_fen(self) -> int:
        """By how much it moves the account's balance: a line in another currency by nothing."""
        return 0 if self.currency else self.fen


@attrs.define
class Bank:
    """An account with a balance and a numbering of its own."""

    account: str = ACCOUNT
    balance_fen: int = 0
    booked: int = 0

    def book(self, payments: Iterable[Payment]) -> list[Payment]:
        """Book payments: each gets the bank's next number, and the balance follows."""
        numbered = []
        for payment in payments:
            self.booked += 1
            self.balance_fen += payment.moves_fen
            numbered.append(attrs.evolve(payment, fitid=payment.fitid or f"N{self.booked:08d}"))
        return numbered

    def statement(self, payments: Sequence[Payment]) -> bytes:
        """Book payments and write the statement that closes with the balance after them."""
        return self.write(self.book(payments))

    def write(
        self, payments: Sequence[Payment], *, closing_fen: int | None = None, opening_fen: int | None = None
    ) -> bytes:
        """Write booked payments, in the order given."""
        opening = "" if opening_fen is None else _OPENING.format(_yuan(opening_fen))
        closing_fen = self.balance_fen if closing_fen is None else closing_fen
        days = [payment.day for payment in payments] or [date(2026, 1, 5)]
        parts = [
            (
                "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nENCODING:UTF-8\nCHARSET:NONE\n\n<OFX>\n<BANKMSGSRSV1>\n"
                "<STMTTRNRS>\n<STMTRS>\n<CURDEF>CNY\n<BANKACCTFROM>\n<BANKID>102\n"
                f"<ACCTID>{self.account}\n<ACCTTYPE>CHECKING\n</BANKACCTFROM>\n<BANKTRANLIST>\n"
                f"<DTSTART>{min(days):%Y%m%d}\n<DTEND>{max(days):%Y%m%d}\n"
            ),
            *map(_transaction, payments),
            (
                f"</BANKTRANLIST>\n<LEDGERBAL>\n<BALAMT>{_yuan(closing_fen)}\n<DTASOF>{max(days):%Y%m%d}\n</LEDGERBAL>\n{opening}"
                "</STMTRS>\n</STMTTRNRS>\n</BANKMSGSRSV1>\n</OFX>\n"
            ),
        ]
        return "".join(parts).encode()


_OPENING = "<BALLIST>\n<BAL>\n<NAME>OPENING\n<DESC>opening\n<BALTYPE>DOLLAR\n<VALUE>{}\n</BAL>\n</BALLIST>\n"


def _transaction(payment: Payment) -> str:
    to = f"<BANKACCTTO>\n<BANKID>103\n<ACCTID>{payment.payer_account}\n<ACCTTYPE>CHECKING\n</BANKACCTTO>\n"
    currency = f"<CURRENCY>\n<CURRATE>1\n<CURSYM>{payment.currency}\n</CURRENCY>\n" if payment.currency else ""
    flag = f"<RSVFLG>{payment.flag}\n" if payment.flag else ""
    return (
        f"<STMTTRN>\n<TRNTYPE>{payment.kind}\n<DTPOSTED>{payment.day:%Y%m%d}120000[+8:CST]\n"
        f"<TRNAMT>{_yuan(payment.fen)}\n<FITID>{payment.fitid}\n<NAME>{payment.payer_name}\n"
        f"{to if payment.payer_account else ''}<MEMO>{payment.memo}\n"
        f"{currency}{flag}</STMTTRN>\n"
    )


def _yuan(fen: int) -> str:
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d}"
