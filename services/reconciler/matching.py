"""Match a batch of lines against what was found in the store: pure, and the library decides every line.

A batch is decided twice: beforehand, by what the store was seen to know while the batch before was still being written, and
again under lock, where most of what was foreseen is found unchanged and need not be decided anew.

The lines come in canonical order, so that of two payers with one memo it is the same one that settles, whatever the order
of the lines in the file (I34).
"""

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import TypeAlias

import attrs
from asyncpg import Record

from libsubsidy import (
    NOTHING_FOUND,
    BankLine,
    Decision,
    Direction,
    Found,
    FoundNotice,
    Hold,
    HoldReason,
    Memo,
    Money,
    NoticeState,
    OtherKind,
    Policy,
    Refund,
    RefundReason,
    Settle,
    decide,
    memo_key,
    to_record,
)
from services.store.bank_lines import BankLineRow, MemoKey
from services.store.database import EncodedJson, encode_json
from services.store.posting import Case
from services.store.staging import MARK_READERS_DISAGREE, MARK_REVERSAL, Cursor

Occurrence: TypeAlias = tuple[bytes, int]

_DIRECTIONS = {direction.value: direction for direction in Direction}
# What a bank line takes over from the staged one, in the order of its columns.
_UNCHANGED = itemgetter(
    "ordinal",
    "booked",
    "bank_ref",
    "direction",
    "amount_fen",
    "currency",
    "memo",
    "raw_memo",
    "payer_name",
    "payer_account",
    "payer_bank",
)
_KINDS: dict[str | None, OtherKind | None] = {None: None, **{kind.value: kind for kind in OtherKind}}


@attrs.frozen
class Decided:
    """A decision, by what was found, with the record of it as it is stored."""

    found: Found
    decision: Decision
    record: EncodedJson


@attrs.frozen(kw_only=True)
class Seen:
    """What the store knows of the memos of a batch.

    Attributes:
        notices: the notices that memos name.
        employers: codes that memos name and employers have.
    """

    notices: Mapping[MemoKey, FoundNotice]
    employers: frozenset[str]


@attrs.frozen(kw_only=True)
class Batch:
    """Staged lines in canonical order.

    Attributes:
        occurrences: for each line, which one it is among equal lines of its account.
        keys: for each line, the notice that its memo names exactly, if it does.
        foreseen: for each line, what would be decided of it by what was seen beforehand.
    """

    lines: "Sequence[Record]"
    occurrences: Sequence[int]
    keys: Sequence[MemoKey | None]
    foreseen: Sequence[Decided]

    @property
    def last(self) -> Cursor:
        """The canonical place of the last line."""
        line = self.lines[-1]
        return Cursor(
            booked=line["booked"],
            bank_ref=line["bank_ref"],
            fingerprint=line["fingerprint"],
            ordinal=line["ordinal"],
            occurrence=self.occurrences[-1],
        )

    @property
    def named(self) -> list[MemoKey]:
        """Every notice that a memo names exactly, once."""
        return named(self.keys)


def keys_of(lines: "Sequence[Record]") -> list[MemoKey | None]:
    """Give for each line the notice that its memo names exactly, if it does."""
    return [memo_key(line["memo"]) for line in lines]


def named(keys: Sequence[MemoKey | None]) -> list[MemoKey]:
    """Give every notice once."""
    return list({key: None for key in keys if key is not None})


def foresee(
    lines: "Sequence[Record]", keys: Sequence[MemoKey | None], after: Cursor | None, seen: Seen, policy: Policy
) -> Batch:
    """Number equal lines, which stand next to each other in canonical order, and decide each by what was seen."""
    fingerprint, occurrence = (after.fingerprint, after.occurrence) if after is not None else (b"", -1)
    occurrences: list[int] = []
    foreseen: list[Decided] = []
    notices = dict(seen.notices)
    for line, key in zip(lines, keys, strict=True):
        occurrence = occurrence + 1 if line["fingerprint"] == fingerprint else 0
        fingerprint = line["fingerprint"]
        occurrences.append(occurrence)
        decided = _decided(line, _found(key, notices, seen), policy)
        foreseen.append(decided)
        _note(key, decided.decision, notices)
    return Batch(lines=lines, occurrences=occurrences, keys=keys, foreseen=foreseen)


def _found(key: MemoKey | None, notices: Mapping[MemoKey, FoundNotice], seen: Seen) -> Found:
    if key is None:
        return NOTHING_FOUND
    notice = notices.get(key)
    return Found(employer_known=notice is not None or key[0] in seen.employers, notice=notice)


def _note(key: MemoKey | None, decision: Decision, notices: dict[MemoKey, FoundNotice]) -> None:
    """Note that a line has paid its notice, for the lines behind it."""
    if isinstance(decision.outcome, Settle):
        assert key is not None  # noqa: S101 -- only an exact memo settles (I36).
        notices[key] = attrs.evolve(notices[key], state=NoticeState.PAID)


def _decided(line: "Record", found: Found, policy: Policy) -> Decided:
    decision = decide(bank_line_of(line), found, policy)
    return Decided(found, decision, encode_json(to_record(decision)))


@attrs.frozen(kw_only=True)
class Knowledge(Seen):
    """What the store knows of a batch, under lock.

    Attributes:
        known: lines that the account has already; they are not decided again.
    """

    known: frozenset[Occurrence]


@attrs.define
class Matched:
    """What a batch writes: its lines with their decisions, the pairs that settle, the cases that open."""

    lines: list[BankLineRow] = attrs.field(factory=list)
    pairs: list[tuple[int, int]] = attrs.field(factory=list)
    cases: list[Case] = attrs.field(factory=list)


def bank_line_of(line: "Record") -> BankLine:
    """Give the library what it needs of a staged line."""
    marks = line["marks"]
    return BankLine(
        amount=Money(fen=line["amount_fen"]),
        direction=_DIRECTIONS[line["direction"]],
        currency=line["currency"],
        memo=line["memo"],
        payer_name=line["payer_name"],
        payer_account=line["payer_account"],
        kind=_KINDS[line["kind"]],
        reversal=bool(marks & MARK_REVERSAL),
        readers_disagree=bool(marks & MARK_READERS_DISAGREE),
    )


def match(
    batch: Batch, knowledge: Knowledge, ids: Sequence[int], *, account_id: int, statement_id: int, policy: Policy
) -> Matched:
    """Decide every new line of the batch that was not decided before."""
    matched = Matched()
    notices = dict(knowledge.notices)
    next_id = iter(ids)
    for line, occurrence, key, foreseen in zip(batch.lines, batch.occurrences, batch.keys, batch.foreseen, strict=True):
        if (line["fingerprint"], occurrence) in knowledge.known:
            continue
        line_id = next(next_id)
        found = _found(key, notices, knowledge)
        decided = foreseen if found == foreseen.found else _decided(line, found, policy)
        decision = decided.decision
        match decision.outcome:
            case Settle(notice_id=notice_id):
                disposition = "settled"
                matched.pairs.append((line_id, notice_id))
                _note(key, decision, notices)
            case Refund(reason=reason):
                disposition = "refund"
                matched.cases.append(_case(line_id, reason, decision.proposal, key))
            case Hold(reason=hold_reason):
                disposition = "hold"
                matched.cases.append(_case(line_id, hold_reason, decision.proposal, key))
            case _:
                disposition = "other"
        matched.lines.append(
            (
                line_id,
                account_id,
                line["fingerprint"],
                occurrence,
                statement_id,
                *_UNCHANGED(line),
                disposition,
                decided.record,
            )
        )
    return matched


def _case(line_id: int, reason: RefundReason | HoldReason, proposal: Memo | None, key: MemoKey | None) -> Case:
    """Make the case of a line: what a near miss probably meant, or what an exact memo names, says whose it is."""
    return Case(
        line_id=line_id,
        kind="refund" if isinstance(reason, RefundReason) else "hold",
        reason=reason.value,
        employer_code=proposal.employer_code if proposal is not None else key and key[0],
        proposed_memo=None if proposal is None else str(proposal),
    )
