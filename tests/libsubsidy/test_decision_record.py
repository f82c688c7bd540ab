"""Stored decisions and their words."""

import json

import pytest
from attrs import evolve

from libsubsidy import (
    CHECKS,
    VERSION,
    BankLine,
    Decision,
    Direction,
    Found,
    FoundNotice,
    Hold,
    HoldReason,
    Money,
    NoticeState,
    Other,
    OtherKind,
    Outcome,
    Policy,
    RecordError,
    Refund,
    RefundReason,
    Settle,
    decide,
    explain_prospect,
    explain_record,
    to_record,
)
from libsubsidy.catalogue.decisions import CHECK_WORDS, FACT_WORDS, VERDICT_WORDS

LINE = BankLine(
    amount=Money(fen=150000),
    direction=Direction.CREDIT,
    currency="CNY",
    memo="75256xA7W5o",
    payer_name="某单位",
    payer_account="6222",
)
NOTICE = FoundNotice(notice_id=17, state=NoticeState.AWAITING, amount=Money(fen=150001))
FOUND = Found(employer_known=True, notice=NOTICE)


def test_a_record_is_compact_json_with_codes_and_facts() -> None:
    """It holds no sentences and no key that says nothing, and survives JSON."""
    record = to_record(decide(LINE, Found(employer_known=True, notice=evolve(NOTICE, amount=LINE.amount)), Policy()))
    assert {
        "library": VERSION,
        "outcome": "settle",
        "notice_id": 17,
        "checks": "pppppppppp-",
        "facts": {"employer_code": "75256", "order_code": "A7W5", "paid_fen": 150000, "due_fen": 150000},
    } == record
    assert record == json.loads(json.dumps(record))


def test_a_near_miss_keeps_its_proposal_and_problems() -> None:
    """What was proposed, and why, can be read back word by word."""
    decision = decide(evolve(LINE, memo="转账75256XA7W5o"), FOUND, Policy())
    explained = explain_record(json.loads(json.dumps(to_record(decision))))
    assert "75256xA7W5o" == explained.proposal
    assert decision.problems == explained.problems
    assert "转账75256XA7W5o" in explained.checks[5].zh


def test_the_words_name_both_amounts_in_yuan() -> None:
    """A person reads yuan, in both languages."""
    explained = explain_record(to_record(decide(LINE, FOUND, Policy())))
    assert "列入退款：到账金额少于通知金额。" == explained.zh
    assert "到账 1500.00 元，应缴 1500.01 元。" == explained.checks[9].zh
    assert "Paid 1500.00 yuan, due 1500.01 yuan." == explained.checks[9].en


@pytest.mark.parametrize("outcome", [Settle(1), *(Refund(reason) for reason in RefundReason)])
def test_what_is_not_sent_yet_is_told_as_what_would_be(outcome: Outcome) -> None:
    """No transfer that is still to be made has been credited or flagged, and every verdict says so in words of its own."""
    told = explain_prospect(Decision(outcome, "-" * len(CHECKS), {}))
    assert any(word in told.zh for word in ("可以", "会"))
    assert "would" in told.en
    assert not any(word in told.zh for word in ("已核销", "列入退款", "到账"))


def test_a_held_refund_says_both_reasons() -> None:
    """Why it waits, and what it would be."""
    explained = explain_record(to_record(decide(evolve(LINE, payer_account=""), FOUND, Policy())))
    assert "Held for a person" in explained.en
    assert "less was paid" in explained.en
    assert "少于" in explained.zh


@pytest.mark.parametrize(
    "outcome",
    [
        Settle(1),
        *(Refund(reason) for reason in RefundReason),
        *(Hold(reason) for reason in HoldReason),
        *(Hold(HoldReason.PAYER_ACCOUNT_MISSING, reason) for reason in RefundReason),
        *(Other(kind) for kind in OtherKind),
    ],
)
def test_every_outcome_has_words(outcome: Outcome) -> None:
    """No outcome can be stored that could not be explained."""
    explained = explain_record(to_record(Decision(outcome, "-" * len(CHECKS), {})))
    assert explained.zh
    assert explained.en
    assert () == explained.checks


def test_every_check_has_words_passed_and_failed() -> None:
    """The table of words has every check twice and nothing else."""
    assert {(name, passed) for name in CHECKS for passed in (True, False)} == set(CHECK_WORDS)
    assert 1 + len(RefundReason) + len(HoldReason) + len(OtherKind) == len(VERDICT_WORDS)


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"outcome": "settle"},
        {"outcome": "settle", "checks": "ppp", "facts": {}},
        {"outcome": "settle", "checks": "p" * 11, "facts": {}},
        {"outcome": "refund", "reason": "NEW_REASON", "checks": "-" * 11, "facts": {}},
        {"outcome": "settle", "checks": "-" * 11, "facts": {}, "problems": [["NEW_CODE", {}]]},
        {"outcome": "settle", "checks": "-" * 11, "facts": {}, "problems": [["MEMO_FORMAT", {}]]},
        {"outcome": "settle", "checks": 11, "facts": {}},
        {"outcome": "settle", "checks": "-" * 11, "facts": {}, "problems": 7},
    ],
)
def test_a_record_of_somebody_else_is_refused(record: dict[str, object]) -> None:
    """Missing parts, and codes of a newer library, are one clear error."""
    with pytest.raises(RecordError) as refusal:
        explain_record(record)
    assert "RECORD_UNREADABLE" == refusal.value.violation.code


def test_every_state_and_kind_has_words():
    """No stored value shows through in a sentence, in either language."""
    expected = {("state", state.value) for state in NoticeState} | {("kind", kind.value) for kind in OtherKind}

    assert expected == set(FACT_WORDS)


def test_a_paid_notice_is_told_in_both_languages():
    """The state of the notice is a word of the sentence's own language."""
    paid = Found(employer_known=True, notice=evolve(NOTICE, state=NoticeState.PAID))
    checks = {check.name: check for check in explain_record(to_record(decide(LINE, paid, Policy()))).checks}

    assert "缴费通知的状态是“已缴款”。" == checks["open"].zh
    assert "The notice is paid." == checks["open"].en
