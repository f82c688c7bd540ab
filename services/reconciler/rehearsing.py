"""Decide a file's lines as the reconciler would now, and write nothing of it.

The lines come in batches in canonical order. Each is decided against the notices as they are now, and against what the
lines before it would have paid; lines that the account has already keep what was decided of them.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs

from libsubsidy import (
    NOTHING_FOUND,
    BankLine,
    Direction,
    Found,
    FoundNotice,
    NoticeState,
    Policy,
    Settle,
    decide,
    memo_key,
    to_record,
)
from services.reconciler.canonical import Placed
from services.reconciler.statements.statement import StatementFacts, StatementLine
from services.store import bank_lines
from services.store.accounts import BankAccount
from services.store.bank_lines import DecidedBefore, MemoKey
from services.store.database import Connection
from services.store.staging import Sums

KNOWN: Final = "known"
_DISPOSITIONS: Final = {"settle": "settled", "refund": "refund", "hold": "hold", "other": "other"}


@attrs.frozen(kw_only=True)
class Rehearsed:
    """One line and what would become of it.

    Attributes:
        disposition: as of a bank line, or `KNOWN`.
        record: of the decision (`libsubsidy.to_record`).
        known_from: the statement that brought this line before; it keeps the decision that was made then.
    """

    line: StatementLine
    disposition: str
    record: Mapping[str, Any]
    known_from: int | None = None


@attrs.frozen(kw_only=True)
class LookedUp:
    """What the store knows of a batch."""

    known: Mapping[tuple[bytes, int], DecidedBefore]
    notices: Mapping[MemoKey, FoundNotice]
    employers: frozenset[str]


@attrs.define
class Rehearsal:
    """One file, batch by batch.

    Attributes:
        account: the file's, None where it is none of ours.
    """

    account: BankAccount | None
    policy: Policy
    _paid: set[int] = attrs.field(factory=set, init=False)
    _known_lines: int = attrs.field(default=0, init=False)
    _new_lines: int = attrs.field(default=0, init=False)
    _new_fen: int = attrs.field(default=0, init=False)

    async def look_up(self, connection: Connection, batch: Sequence[Placed]) -> LookedUp:
        """Ask the store what it knows of a batch."""
        keys = list({key for line, _ in batch if (key := memo_key(line.memo)) is not None})
        fingerprints = list(dict.fromkeys(line.fingerprint for line, _ in batch))
        return LookedUp(
            known={}
            if self.account is None
            else await bank_lines.decided_before(connection, self.account.id, fingerprints),
            notices=await bank_lines.find_notices(connection, keys),
            employers=await bank_lines.employers_among(connection, list({key[0] for key in keys})),
        )

    def decide(self, batch: Sequence[Placed], looked_up: LookedUp) -> list[Rehearsed]:
        """Decide a batch; those before it have been decided."""
        return [self._decide(line, occurrence, looked_up) for line, occurrence in batch]

    def _decide(self, line: StatementLine, occurrence: int, looked_up: LookedUp) -> Rehearsed:
        before = looked_up.known.get((line.fingerprint, occurrence))
        if before is not None:
            self._known_lines += 1
            return Rehearsed(line=line, disposition=KNOWN, record=before.decision, known_from=before.statement_id)
        self._count(line)
        found = NOTHING_FOUND
        if (key := memo_key(line.memo)) is not None:
            notice = looked_up.notices.get(key)
            if notice is not None and notice.notice_id in self._paid:
                notice = attrs.evolve(notice, state=NoticeState.PAID)
            found = Found(employer_known=notice is not None or key[0] in looked_up.employers, notice=notice)
        decision = decide(bank_line_of(line), found, self.policy)
        if isinstance(decision.outcome, Settle):
            self._paid.add(decision.outcome.notice_id)
        record = to_record(decision)
        return Rehearsed(line=line, disposition=_DISPOSITIONS[record["outcome"]], record=record)

    def _count(self, line: StatementLine) -> None:
        self._new_lines += 1
        if self.account is not None and line.currency == self.account.currency:
            self._new_fen += line.amount.fen if line.direction is Direction.CREDIT else -line.amount.fen

    def sums(self, facts: StatementFacts) -> Sums:
        """Sum what is new as `staging.sum_new` does: a line in another currency moves no balance of this account."""
        if self._known_lines == 0:
            return Sums(new_lines=facts.lines, new_fen=facts.credit_fen - facts.debit_fen)
        return Sums(new_lines=self._new_lines, new_fen=self._new_fen)


def bank_line_of(line: StatementLine) -> BankLine:
    """Give the library what it needs of a line that was just read."""
    return BankLine(
        amount=line.amount,
        direction=line.direction,
        currency=line.currency,
        memo=line.memo,
        payer_name=line.payer_name,
        payer_account=line.payer_account,
        kind=line.kind,
        reversal=line.reversal,
        readers_disagree=line.readers_disagree,
    )
