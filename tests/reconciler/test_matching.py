"""Promises of services/reconciler/matching.py: pure, in canonical order, and the library decides."""

from collections.abc import Mapping
from datetime import date
from typing import cast

import attrs
import pytest
from asyncpg import Record

from libsubsidy import FoundNotice, Money, NoticeState, Policy
from services.reconciler.matching import Batch, Knowledge, Matched, Seen, foresee, keys_of, match
from services.store.bank_lines import MemoKey
from services.store.staging import MARK_READERS_DISAGREE, MARK_REVERSAL, Cursor

KEY = ("75256", "A7W5")
NOTICE = FoundNotice(notice_id=17, state=NoticeState.AWAITING, amount=Money(fen=100))
DAY = date(2026, 1, 5)


def line(mark: int = 0, **changes: object) -> Record:
    """One staged line that settles, but for what the test changes; `mark` tells contents apart."""
    usual = {
        "statement_id": 1,
        "booked": DAY,
        "bank_ref": "",
        "fingerprint": bytes([mark]) * 16,
        "ordinal": 0,
        "direction": "credit",
        "amount_fen": 100,
        "currency": "CNY",
        "memo": "75256xA7W5o",
        "raw_memo": None,
        "payer_name": "某单位",
        "payer_account": "6228",
        "payer_bank": "103",
        "kind": None,
        "marks": 0,
    }
    return cast("Record", usual | changes)


NOTHING_SEEN = Seen(notices={}, employers=frozenset())


def batch_of(*lines: Record, after: Cursor | None = None, seen: Seen = NOTHING_SEEN) -> Batch:
    """Number and foresee lines, of which nothing was seen but for what the test says."""
    return foresee(lines, keys_of(lines), after, seen, Policy())


def matched(
    *lines: Record,
    notices: Mapping[MemoKey, FoundNotice] | None = None,
    known: frozenset[tuple[bytes, int]] = frozenset(),
    after: Cursor | None = None,
) -> Matched:
    """Match lines against one notice that waits, but for what the test changes."""
    knowledge = Knowledge(
        known=known, notices={KEY: NOTICE} if notices is None else notices, employers=frozenset({"75256"})
    )
    ids = range(1, len(lines) + 1)
    after_nothing, after_all = (
        match(batch_of(*lines, after=after, seen=seen), knowledge, ids, account_id=1, statement_id=1, policy=Policy())
        for seen in (NOTHING_SEEN, knowledge)
    )
    assert after_nothing == after_all, "what was foreseen changes nothing but the time it takes"
    return after_all


def test_of_two_payers_with_one_memo_the_first_settles() -> None:
    """The second one, in the same batch, finds the notice paid."""
    found = matched(line(1), line(2))

    assert [(1, 17)] == found.pairs
    assert [(2, "ORDER_ALREADY_PAID")] == [(case.line_id, case.reason) for case in found.cases]
    assert ["settled", "refund"] == [row[-2] for row in found.lines]


@pytest.mark.parametrize(
    ("seen", "locked", "disposition"),
    [
        (NoticeState.AWAITING, NoticeState.PAID, "refund"),
        (NoticeState.AWAITING, NoticeState.CANCELLED, "refund"),
        (None, NoticeState.AWAITING, "settled"),
        (NoticeState.AWAITING, None, "refund"),
    ],
)
def test_what_changed_since_it_was_foreseen_is_decided_anew(
    seen: NoticeState | None, locked: NoticeState | None, disposition: str
) -> None:
    """Only what was found under lock counts, whatever was seen before."""

    def notices(state: NoticeState | None) -> dict[MemoKey, FoundNotice]:
        return {} if state is None else {KEY: attrs.evolve(NOTICE, state=state)}

    batch = batch_of(line(1), seen=Seen(notices=notices(seen), employers=frozenset({"75256"})))
    knowledge = Knowledge(known=frozenset(), notices=notices(locked), employers=frozenset({"75256"}))
    found = match(batch, knowledge, [1], account_id=1, statement_id=1, policy=Policy())
    assert [disposition] == [row[-2] for row in found.lines]
    assert (disposition == "settled") == bool(found.pairs)


def test_a_line_that_does_not_settle_leaves_the_notice_to_the_next() -> None:
    """One fen short is flagged; the exact payment behind it settles."""
    assert [(2, 17)] == matched(line(1, amount_fen=99), line(2)).pairs


def test_equal_lines_are_numbered_and_the_count_goes_on_over_batches() -> None:
    """The third of three equal lines is number 2, whether the batch ends before it or not."""
    first = batch_of(line(1), line(1))
    assert [0, 1] == list(first.occurrences)

    second = batch_of(line(1), line(2), line(2), after=first.last)
    assert [2, 0, 1] == list(second.occurrences)


def test_an_equal_line_of_another_fingerprint_begins_anew() -> None:
    """A cursor behind another line says nothing about this one."""
    after = Cursor(booked=DAY, bank_ref="", fingerprint=b"\xff" * 16, ordinal=9, occurrence=5)
    assert [0] == list(batch_of(line(1), after=after).occurrences)


def test_the_last_place_of_a_batch_is_that_of_its_last_line() -> None:
    """Where the next batch goes on."""
    batch: Batch = batch_of(line(1), line(2, ordinal=7, bank_ref="N7"))
    assert Cursor(booked=DAY, bank_ref="N7", fingerprint=b"\x02" * 16, ordinal=7, occurrence=0) == batch.last


def test_known_lines_are_passed_over() -> None:
    """Of three equal lines the account has two: only the third is decided, and it gets the first free id."""
    found = matched(line(1), line(1), line(1), known=frozenset({(b"\x01" * 16, 0), (b"\x01" * 16, 1)}))

    assert [(1, 2)] == [(row[0], row[3]) for row in found.lines]
    assert [(1, 17)] == found.pairs


@pytest.mark.parametrize(
    ("changes", "disposition", "reason", "employer_code", "proposed"),
    [
        ({}, "settled", None, None, None),
        ({"memo": "75256xA7W50"}, "refund", "MEMO_MALFORMED", "75256", "75256xA7W5o"),
        ({"memo": "75256xB2B2o"}, "refund", "ORDER_UNKNOWN", "75256", None),
        ({"memo": "99999xA7W5o"}, "refund", "EMPLOYER_UNKNOWN", "99999", None),
        ({"memo": ""}, "refund", "MEMO_MISSING", None, None),
        ({"amount_fen": 101}, "refund", "AMOUNT_OVER", "75256", None),
        ({"currency": "USD"}, "refund", "CURRENCY_WRONG", "75256", None),
        ({"payer_account": "", "amount_fen": 101}, "hold", "PAYER_ACCOUNT_MISSING", "75256", None),
        ({"payer_account": ""}, "settled", None, None, None),
        ({"marks": MARK_REVERSAL}, "hold", "REVERSAL", "75256", None),
        ({"marks": MARK_READERS_DISAGREE}, "hold", "READERS_DISAGREE", "75256", None),
        ({"direction": "debit"}, "other", None, None, None),
        ({"kind": "interest"}, "other", None, None, None),
        ({"amount_fen": 0}, "other", None, None, None),
    ],
)
def test_a_case_says_why_and_whom_the_memo_names(
    changes: dict[str, object], disposition: str, reason: str | None, employer_code: str | None, proposed: str | None
) -> None:
    """An exact memo names its employer, a near miss the one it probably meant, and it is proposed, never settled."""
    found = matched(line(1, **changes))

    assert [disposition] == [row[-2] for row in found.lines]
    expected = [] if reason is None else [(disposition, reason, employer_code, proposed)]
    assert expected == [(case.kind, case.reason, case.employer_code, case.proposed_memo) for case in found.cases]
