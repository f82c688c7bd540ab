"""From the fields of a transaction to a validated line.

What makes a line uncertain as money (its amount, its day) refuses the whole file, because a file short of one line is worse
than no file. What a person can judge (a missing id, an overlong text, a control character) holds it, and the line is there.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

from libsubsidy import Direction, Money
from services.reconciler.statements.fields import day_of, fen_of, is_control, unescaped
from services.reconciler.statements.kinds import Kinds
from services.reconciler.statements.layout import Entry
from services.reconciler.statements.limits import (
    ACCOUNT_CHARS_MAX,
    BANK_CHARS_MAX,
    BANK_ID_CHARS_MAX,
    CURRENCY_CHARS_MAX,
    FILE_LINES_MAX,
    LONG_ENTRY_CHARS,
    MEMO_CHARS_MAX,
    NAME_CHARS_MAX,
)
from services.reconciler.statements.outline import Outline
from services.reconciler.statements.profile import Profile
from services.reconciler.statements.refusals import Holds, StatementRefused, refused, shown, too_large
from services.reconciler.statements.repeats import Repeats
from services.reconciler.statements.shape import ACCOUNT, BANK, BANK_ID, CURRENCY, MEMO, NAME
from services.reconciler.statements.statement import FINGERPRINT_BYTES, StatementLine, fingerprint, prefixed

# How many different days, and currencies, are remembered; a statement has a few dozen.
_REMEMBERED_MAX: Final = 4_096
# The usual way to write an amount; every other way is left to `fen_of`.
_PLAIN_AMOUNT: Final = re.compile(r"[0-9]{1,13}\.[0-9]{2}")
_CREDIT, _DEBIT = Direction.CREDIT, Direction.DEBIT
_LIMITS: Final = {
    "MEMO": MEMO_CHARS_MAX,
    "NAME": NAME_CHARS_MAX,
    "ACCTID": ACCOUNT_CHARS_MAX,
    "BANKID": BANK_CHARS_MAX,
    "CURSYM": CURRENCY_CHARS_MAX,
}
_SLOT_LIMITS: Final = {
    MEMO: MEMO_CHARS_MAX,
    NAME: NAME_CHARS_MAX,
    ACCOUNT: ACCOUNT_CHARS_MAX,
    BANK: BANK_CHARS_MAX,
    CURRENCY: CURRENCY_CHARS_MAX,
}
# The longest reference, `&#1114111;`, which stands for one character.
_REFERENCE_CHARS: Final = 10


def _contents(entry: Entry) -> tuple[str, ...]:
    """Give all that tells a line without a bank id from another, uncut."""
    # Of a long transaction as written: its references may be hundreds of thousands.
    values = entry.values if len(entry.raw) > LONG_ENTRY_CHARS else map(unescaped, entry.values)
    trntype, _, _, _, name, payer, bank, memo, _, flag = values
    return memo, name.strip(), payer.strip(), bank.strip(), trntype.strip(), flag.strip()


class Lines:
    """Makes the lines of one file, and keeps their sums, in the account's own currency alone.

    Attributes:
        count: lines made so far.
        credit_fen: sum of the credits.
        debit_fen: sum of the debits, positive.
        foreign: lines in another currency than the account's; they move none of its balance.
        first_booked: the first posting day so far.
        last_booked: the last posting day so far.
    """

    def __init__(self, profile: Profile, holds: Holds, outline: Outline) -> None:
        self.count = 0
        self.credit_fen = 0
        self.debit_fen = 0
        self.foreign = 0
        self.first_booked: date | None = None
        self.last_booked: date | None = None
        self._profile = profile
        self._holds = holds
        self._outline = outline
        self._kinds = Kinds(profile)
        self._seen = Repeats()
        # Days and currencies repeat all the time: each is read, and prepared for the fingerprint, once.
        self._days: dict[str, tuple[date, str]] = {}
        self._currencies: dict[str, tuple[str, str]] = {}

    def of(self, entries: Iterable[Entry]) -> Iterator[tuple[StatementLine, Entry]]:
        """Make the lines of the entries, each when it is asked for.

        Raises:
            StatementRefused: LINE_AMOUNT_FORMAT, LINE_DATE_FORMAT, LINE_ID_TOO_LONG, STATEMENT_TOO_LARGE.
        """
        # This loop runs a million times for the month of a big bureau, so what it needs each time is at hand.
        outline, days, currencies = self._outline, self._days, self._currencies
        kind_of, place_of, plain = self._kinds.of, self._seen.place_of, _PLAIN_AMOUNT.fullmatch
        prefixes = self._profile.memo_prefixes
        for entry in entries:
            values, place, raw, faults, references = entry
            if faults or len(raw) > LONG_ENTRY_CHARS:
                values = self._doubted(entry)
            if references:
                values = tuple([unescaped(value) for value in values])
            trntype, posted, trnamt, bank_id, name, payer, bank, memo, cursym, flag = values
            trntype, bank_id, name = trntype.strip(), bank_id.strip(), name.strip()
            payer, bank, flag = payer.strip(), bank.strip(), flag.strip()

            day, day_field = days.get(posted[:8]) or self._day(posted, place)
            fen = int(trnamt.replace(".", "")) if plain(trnamt) else self._fen(trnamt, place)
            written = cursym or outline.currency
            currency, currency_field = currencies.get(written) or self._currency(written, place)
            own = outline.currency if cursym else currency
            if (
                len(bank_id) > BANK_ID_CHARS_MAX
                or len(memo) > MEMO_CHARS_MAX
                or len(name) > NAME_CHARS_MAX
                or len(payer) > ACCOUNT_CHARS_MAX
                or len(bank) > BANK_CHARS_MAX
            ):
                self._note_lengths(place, bank_id, MEMO=memo, NAME=name, ACCTID=payer, BANKID=bank)
                memo, name = memo[:MEMO_CHARS_MAX], name[:NAME_CHARS_MAX]
                payer, bank = payer[:ACCOUNT_CHARS_MAX], bank[:BANK_CHARS_MAX]
            if not f"{memo}{name}{payer}{bank}{bank_id}{trntype}".isprintable():
                self._note_controls(
                    place, MEMO=memo, NAME=name, ACCTID=payer, BANKID=bank, FITID=bank_id, TRNTYPE=trntype
                )

            signed = str(fen)
            if fen < 0:
                fen, direction = -fen, _DEBIT
                self.debit_fen += fen if currency == own else 0
            else:
                direction = _CREDIT
                self.credit_fen += fen if currency == own else 0
            self.foreign += currency != own
            if bank_id:
                # Ids are unique within an account (OFX 2.3 §3.2.1), so those of a second account are told apart.
                account = len(outline.accounts)
                first = place_of(bank_id if account == 1 else f"{account}/{bank_id}", place)
                if first:
                    self._holds.note("LINE_ID_REPEATED", line=f"{first}/{place}", field="FITID", value=bank_id)
                id_bytes = len(bank_id) if bank_id.isascii() else len(bank_id.encode())
                # The same as fingerprint(bank_id, day, signed, currency), with the repeating parts prepared.
                key = f"{id_bytes}:{bank_id}{day_field}{len(signed)}:{signed}{currency_field}"
                known_by = hashlib.sha256(key.encode()).digest()[:FINGERPRINT_BYTES]
            else:
                self._holds.note("LINE_ID_MISSING", line=place, field="FITID")
                # By the whole texts: two that differ behind what is kept of them are still told apart.
                known_by = fingerprint("", day.isoformat(), signed, currency, *_contents(entry))
            kind, reversal = kind_of(trntype, direction, memo, name, payer, flag)
            line = StatementLine(
                ordinal=self.count,
                bank_id=bank_id,
                booked=day,
                direction=direction,
                amount=Money(fen=fen),
                currency=currency,
                memo=self._stripped(memo) if memo.startswith(prefixes) else memo,
                raw_memo=memo,
                payer_name=name,
                payer_account=payer,
                payer_bank=bank,
                kind=kind,
                reversal=reversal,
                fingerprint=known_by,
            )
            self.count += 1
            if self.count > FILE_LINES_MAX:
                raise self._too_many(place)
            yield line, entry

    def _stripped(self, memo: str) -> str:
        for prefix in self._profile.memo_prefixes:
            memo = memo.removeprefix(prefix)
        return memo

    def _refused(self, code: str, line: int, field: str, value: str) -> StatementRefused:
        return refused(code, file=self._holds.file, line=line, field=field, value=shown(value))

    def _too_many(self, line: int) -> StatementRefused:
        return too_large(self._holds.file, line, "lines", FILE_LINES_MAX)

    def _fen(self, trnamt: str, line: int) -> int:
        fen = fen_of(trnamt.strip())
        if fen is None:
            raise self._refused("LINE_AMOUNT_FORMAT", line, "TRNAMT", trnamt)
        return fen

    def _day(self, posted: str, line: int) -> tuple[date, str]:
        day = day_of(posted.strip())
        if day is None:
            raise self._refused("LINE_DATE_FORMAT", line, "DTPOSTED", posted)
        if self.first_booked is None or day < self.first_booked:
            self.first_booked = day
        if self.last_booked is None or day > self.last_booked:
            self.last_booked = day
        found = day, prefixed(day.isoformat())
        # Only what is a whole day by itself may be remembered: eight characters that begin with a blank are less.
        if posted[:8].isdigit() and len(self._days) < _REMEMBERED_MAX:
            self._days[posted[:8]] = found
        return found

    def _currency(self, written: str, line: int) -> tuple[str, str]:
        text = written.strip()
        code = self._profile.currency_names.get(text, text.upper())
        if not code:
            self._holds.note("STATEMENT_CURRENCY_MISSING", line=line, field="CURDEF")
        elif len(code) > CURRENCY_CHARS_MAX or not code.isprintable():
            self._note_lengths(line, "", CURSYM=code)
            code = code[:CURRENCY_CHARS_MAX]
            self._note_controls(line, CURSYM=code)
        elif len(self._currencies) < _REMEMBERED_MAX:
            self._currencies[written] = code, prefixed(code)
        return code, prefixed(code)

    def _doubted(self, entry: Entry) -> tuple[str, ...]:
        """Note what does not fit, and cut the values of a long transaction to what is still over the limit of each.

        Whatever looks at them afterwards, character by character, has little to look at.
        """
        for code, field, value in entry.faults:
            self._holds.note(code, line=entry.line, field=field, value=value)
        if len(entry.raw) <= LONG_ENTRY_CHARS:
            return entry.values
        values: list[str] = []
        told = False
        for slot, written in enumerate(entry.values):
            value = written if slot == MEMO else written.strip()
            kept = _REFERENCE_CHARS * (_SLOT_LIMITS.get(slot, BANK_ID_CHARS_MAX) + 1)
            if slot == BANK_ID and len(value) > kept:
                self._note_lengths(entry.line, value)
            # The mark stands for what is cut off: without it, `1234` and blanks and more would become `1234`.
            values.append(value if len(value) <= kept else f"{value[:kept]}…")
            text = unescaped(values[-1])
            told |= slot in _SLOT_LIMITS and len(text if slot == MEMO else text.strip()) > _SLOT_LIMITS[slot]
        if not told:
            # Otherwise the text that makes it so long holds the file by its own name.
            self._holds.note("LINE_TOO_LONG", line=entry.line, field="STMTTRN", length_max=LONG_ENTRY_CHARS)
        return tuple(values)

    def _note_controls(self, place: int, **texts: str) -> None:
        for field, text in texts.items():
            if any(is_control(character) for character in text):
                self._holds.note("LINE_TEXT_CONTROL", line=place, field=field, value=text)

    def _note_lengths(self, place: int, bank_id: str, **texts: str) -> None:
        if len(bank_id) > BANK_ID_CHARS_MAX:
            raise refused(
                "LINE_ID_TOO_LONG",
                file=self._holds.file,
                line=place,
                field="FITID",
                value=shown(bank_id),
                length=len(bank_id),
                length_max=BANK_ID_CHARS_MAX,
            )
        for field, text in texts.items():
            if len(text) > _LIMITS[field]:
                self._holds.note("LINE_TEXT_TOO_LONG", line=place, field=field, value=text, length_max=_LIMITS[field])
