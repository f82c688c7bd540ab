"""The bank's files: OFX 1.x (SGML), one element on each physical line, as UTF-8 or as GBK.

The bank escapes `&` but leaves a payer's `<` as it is, as some do: a memo that contains markup must stay text.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

import attrs

from demo.payments import Payment
from libsubsidy import Direction, Money

_BANK_CODE: Final = "102"
_HEADER: Final = (
    *("OFXHEADER:100", "DATA:OFXSGML", "VERSION:102", "SECURITY:NONE", "ENCODING:{encoding}", "CHARSET:{charset}"),
    *("COMPRESSION:NONE", "OLDFILEUID:NONE", "NEWFILEUID:NONE", "", "<OFX>", "<SIGNONMSGSRSV1>", "<SONRS>"),
    *("<STATUS>", "<CODE>0", "<SEVERITY>INFO", "</STATUS>", "<DTSERVER>{made}", "<LANGUAGE>CHS", "</SONRS>"),
    *("</SIGNONMSGSRSV1>", "<BANKMSGSRSV1>", "<STMTTRNRS>", "<TRNUID>1", "<STATUS>", "<CODE>0", "<SEVERITY>INFO"),
    *("</STATUS>", "<STMTRS>", "<CURDEF>CNY", "<BANKACCTFROM>", "<BANKID>{bank}", "<ACCTID>{account}"),
    *("<ACCTTYPE>CHECKING", "</BANKACCTFROM>", "<BANKTRANLIST>", "<DTSTART>{first}", "<DTEND>{last}"),
)
_FOOTER: Final = (
    *("</BANKTRANLIST>", "<LEDGERBAL>", "<BALAMT>{closing}", "<DTASOF>{last}", "</LEDGERBAL>", "<BALLIST>", "<BAL>"),
    *("<NAME>OPENING", "<DESC>期初余额", "<BALTYPE>DOLLAR", "<VALUE>{opening}", "</BAL>", "</BALLIST>", "</STMTRS>"),
    *("</STMTTRNRS>", "</BANKMSGSRSV1>", "</OFX>", ""),
)


@attrs.frozen(kw_only=True)
class BankAccount:
    """An account of the bureau, as its bank knows it.

    Attributes:
        source: the bank profile.
        encoding: how this bank writes: utf-8, or gb18030, of which GBK is a part.
        bank_name: the branch that keeps it, as a payer's form asks for it.
    """

    number: str
    name: str
    source: str
    encoding: str
    bank_name: str


@attrs.frozen(kw_only=True)
class BankFile:
    """One file, and what must become of each of its lines.

    Attributes:
        lines: the bank's id of each line, and its payment, in the order of the file.
    """

    filename: str
    account: BankAccount
    opening: Money
    closing: Money
    content: bytes = attrs.field(repr=False)
    lines: tuple[tuple[str, Payment], ...] = attrs.field(repr=False)


def write(
    filename: str, account: BankAccount, opening: Money, payments: Sequence[Payment], days: tuple[date, date]
) -> BankFile:
    """Write the payments of some days, from the first to the last day given, into a file of the account."""
    lines = []
    for number, payment in enumerate(sorted(payments, key=lambda payment: payment.moment), start=1):
        lines.append((f"{payment.moment:%Y%m%d}{number:07d}", payment))
    # A line in another currency moves none of this account's balance.
    closing = sum((payment.signed for payment in payments if not payment.currency), opening)
    first, last = days
    facts = {
        "encoding": "USASCII" if account.encoding == "gb18030" else "UTF-8",
        "charset": "936" if account.encoding == "gb18030" else "NONE",
        "made": f"{last:%Y%m%d}235900[+8:CST]",
        "bank": _BANK_CODE,
        "account": account.number,
        "first": f"{first:%Y%m%d}",
        "last": f"{last:%Y%m%d}",
        "opening": str(opening),
        "closing": str(closing),
    }
    text = [line.format(**facts) for line in _HEADER]
    for bank_id, payment in lines:
        text += _transaction(bank_id, payment)
    text += [line.format(**facts) for line in _FOOTER]
    return BankFile(
        filename=filename,
        account=account,
        opening=opening,
        closing=closing,
        content="\r\n".join(text).encode(account.encoding),
        lines=tuple(lines),
    )


def _transaction(bank_id: str, payment: Payment) -> Iterator[str]:
    yield "<STMTTRN>"
    yield f"<TRNTYPE>{payment.trntype}"
    yield f"<DTPOSTED>{payment.moment:%Y%m%d%H%M%S}[+8:CST]"
    yield f"<TRNAMT>{'-' if payment.direction is Direction.DEBIT else ''}{payment.amount}"
    yield f"<FITID>{bank_id}"
    if payment.payer.name:
        yield f"<NAME>{_escaped(payment.payer.name)}"
    if payment.payer.account:
        yield "<BANKACCTTO>"
        yield f"<BANKID>{payment.payer.bank}"
        yield f"<ACCTID>{payment.payer.account}"
        yield "<ACCTTYPE>CHECKING"
        yield "</BANKACCTTO>"
    yield f"<MEMO>{_escaped(payment.text)}"
    if payment.currency:
        yield "<CURRENCY>"
        yield "<CURRATE>1"
        yield f"<CURSYM>{payment.currency}"
        yield "</CURRENCY>"
    if payment.flag:
        yield f"<RSVFLG>{payment.flag}"
    yield "</STMTTRN>"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;")
