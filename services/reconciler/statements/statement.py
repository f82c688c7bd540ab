"""What a reader makes of a statement: its lines, and what it says of itself."""

import hashlib
from datetime import date

import attrs

from libsubsidy import Direction, Money, OtherKind, Violation

FINGERPRINT_BYTES = 16


@attrs.frozen(kw_only=True, slots=True)
class StatementLine:
    """One line (transaction) of a statement, validated.

    Attributes:
        ordinal: position in the file, from 0.
        bank_id: the bank's own id of the transaction (OFX FITID), "" where it gives none.
        booked: the bank's local posting day, as printed; never shifted to another time zone.
        direction: by the sign of the amount; nothing (0.00) counts as a credit.
        amount: without sign.
        currency: of the amount, three capital letters where the bank keeps to ISO 4217.
        memo: the payer's text, after the bank's own prefixes are stripped as the profile says.
        raw_memo: the same field exactly as the bank wrote it, leading and trailing blanks included. Of this and of all other
            texts no more is kept than `limits` allows; one that is longer holds the file.
        payer_name: the other side's name, "" where the bank gives none.
        payer_account: the other side's account.
        payer_bank: the other side's bank code.
        kind: what the bank's own conventions say this money is, None for a possible remittance.
        reversal: the bank takes back or corrects an earlier line.
        readers_disagree: the second reader saw another id, amount or memo.
        fingerprint: 16 bytes that are equal for the same line in another file of the same account.
    """

    ordinal: int
    bank_id: str
    booked: date
    direction: Direction
    amount: Money
    currency: str
    memo: str
    raw_memo: str
    payer_name: str
    payer_account: str
    payer_bank: str
    kind: OtherKind | None
    reversal: bool
    readers_disagree: bool = False
    fingerprint: bytes


@attrs.frozen(kw_only=True, slots=True)
class StatementFacts:
    """What the file says of itself, and why it may have to wait for a person.

    Attributes:
        account: the account it is a statement of, "" where the file gives none.
        bank_code: the bank's code of that account (OFX BANKID, BROKERID).
        currency: of the account.
        first_day: first day covered, as the file says it, else the first day booked.
        last_day: last day covered, as the file says it, else the last day booked.
        first_booked: first posting day of any line.
        last_booked: last posting day of any line.
        opening: signed balance before the first line, where the file gives one.
        closing: signed balance after the last line, where the file gives one.
        closing_day: the day of that balance.
        lines: how many, whatever their currency.
        foreign_lines: how many of them are in another currency than the account's.
        credit_fen: sum of the credits in the account's own currency, in fen; yuan and dollars add up to nothing.
        debit_fen: sum of the debits in the account's own currency, in fen, as a positive number.
        holds: why the file as a whole needs a person; empty for a file that may go on.
    """

    account: str
    bank_code: str
    currency: str
    first_day: date | None
    last_day: date | None
    first_booked: date | None
    last_booked: date | None
    opening: Money | None
    closing: Money | None
    closing_day: date | None
    lines: int
    foreign_lines: int = 0
    credit_fen: int
    debit_fen: int
    holds: tuple[Violation, ...]


def prefixed(field: str) -> str:
    """Give a field with its length in bytes before it, as a fingerprint takes it.

    >>> prefixed("abc"), prefixed("附言")
    ('3:abc', '6:附言')
    """
    return f"{len(field.encode())}:{field}"


def fingerprint(*fields: str) -> bytes:
    """Hash fields so that no two different lists of fields look alike: each is preceded by its length.

    A line with a bank id is known by (id, day, signed fen, currency); one without by all its contents.

    >>> fingerprint("ab", "c") == fingerprint("a", "bc")
    False
    >>> len(fingerprint("附言"))
    16
    """
    return hashlib.sha256("".join(map(prefixed, fields)).encode()).digest()[:FINGERPRINT_BYTES]
