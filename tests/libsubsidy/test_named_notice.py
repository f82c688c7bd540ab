"""What a payer is told of the notice that a memo names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libsubsidy import (
    BankLine,
    Direction,
    Found,
    FoundNotice,
    Memo,
    Money,
    NamedNotice,
    NoticeState,
    Policy,
    RefundReason,
    Settle,
    decide,
    notice_problems,
    payer_advice,
)
from libsubsidy.catalogue.advice import ADVICE_NOW, advice_for

MEMO, JOINT = Memo.parse("75256xA7W5o"), Memo.parse("75256xB8K2o")
DUE = Money(fen=598368)


def named(state: NoticeState, joint: NoticeState | None = None) -> NamedNotice:
    """Give a notice in a state, and what it was joined into if it was."""
    found = FoundNotice(notice_id=1, state=state, amount=DUE, memo=MEMO)
    if joint is None:
        return NamedNotice.itself(found)
    return NamedNotice(
        found=found, now=FoundNotice(notice_id=2, state=joint, amount=Money(fen=2 * DUE.fen), memo=JOINT)
    )


@pytest.mark.parametrize(
    ("notice", "amount", "codes"),
    [
        (None, None, ["MEMO_UNKNOWN_CODE"]),
        (None, DUE, ["MEMO_UNKNOWN_CODE"]),
        (named(NoticeState.AWAITING), None, []),
        (named(NoticeState.AWAITING), DUE, []),
        (named(NoticeState.AWAITING), Money(fen=DUE.fen - 1), ["MEMO_AMOUNT_OTHER"]),
        (named(NoticeState.AWAITING), Money(fen=DUE.fen + 1), ["MEMO_AMOUNT_OTHER"]),
        (named(NoticeState.PAID), DUE, ["MEMO_NOTICE_PAID"]),
        (named(NoticeState.CANCELLED), DUE, ["MEMO_NOTICE_CANCELLED"]),
        (named(NoticeState.MERGED, NoticeState.AWAITING), None, ["MEMO_NOTICE_MERGED"]),
        (named(NoticeState.MERGED, NoticeState.AWAITING), DUE, ["MEMO_NOTICE_MERGED", "MEMO_AMOUNT_OTHER"]),
        (named(NoticeState.MERGED, NoticeState.AWAITING), Money(fen=2 * DUE.fen), ["MEMO_NOTICE_MERGED"]),
        (named(NoticeState.MERGED, NoticeState.PAID), DUE, ["MEMO_NOTICE_PAID"]),
        (named(NoticeState.MERGED, NoticeState.CANCELLED), DUE, ["MEMO_NOTICE_CANCELLED"]),
    ],
)
def test_what_is_in_the_way_is_said(notice: NamedNotice | None, amount: Money | None, codes: list[str]) -> None:
    """F104: of every state, and of one fen too little or too much."""
    assert codes == [each.code for each in notice_problems(MEMO, notice, amount)]


@given(st.sampled_from([None, *NoticeState]), st.integers(DUE.fen - 1, DUE.fen + 1))
def test_nothing_is_in_the_way_exactly_of_what_settles(state: NoticeState | None, fen: int) -> None:
    """I36: the payer is told the same as the bank's line would be."""
    notice = None if state is None else named(state, NoticeState.AWAITING if state is NoticeState.MERGED else None)
    line = BankLine(
        amount=Money(fen=fen),
        direction=Direction.CREDIT,
        currency="CNY",
        memo=str(MEMO),
        payer_name="某单位",
        payer_account="6222",
    )
    found = Found(employer_known=True, notice=None if notice is None else notice.found)
    settles = isinstance(decide(line, found, Policy()).outcome, Settle)
    assert settles == (not notice_problems(MEMO, notice, line.amount))


FORM = ("MEMO_NOT_AT_START", "MEMO_MALFORMED")


@pytest.mark.parametrize("reason", [*FORM, "AMOUNT_SHORT", "AMOUNT_OVER", "ORDER_NOT_OPEN", "ORDER_ALREADY_PAID"])
@pytest.mark.parametrize(
    ("notice", "state"),
    [
        (named(NoticeState.PAID), "paid"),
        (named(NoticeState.CANCELLED), "cancelled"),
        (named(NoticeState.MERGED, NoticeState.AWAITING), "merged"),
        (named(NoticeState.MERGED, NoticeState.PAID), "paid"),
        (named(NoticeState.MERGED, NoticeState.CANCELLED), "cancelled"),
    ],
)
def test_money_for_what_is_over_goes_back(reason: str, notice: NamedNotice, state: str) -> None:
    """F105: nobody hopes for the bureau, or pays once more, for a notice that takes no money any more."""
    advice = payer_advice("refund", reason, DUE, notice)
    assert advice is ADVICE_NOW[state]
    assert "原路退回" in advice.zh


@pytest.mark.parametrize("reason", FORM)
def test_only_the_exact_amount_may_be_booked_by_hand(reason: str) -> None:
    """I36: other money of a near miss goes back, as it would with the exact memo; and so does that for no notice."""
    waits = named(NoticeState.AWAITING)
    assert payer_advice("refund", reason, DUE, waits) is advice_for("refund", reason)
    for fen, other in ((DUE.fen - 1, "AMOUNT_SHORT"), (DUE.fen + 1, "AMOUNT_OVER")):
        assert payer_advice("refund", reason, Money(fen=fen), waits) is advice_for("refund", other)
    assert payer_advice("refund", reason, DUE, None) is advice_for("refund", "ORDER_UNKNOWN")


def test_what_has_nothing_to_do_with_the_notice_stays() -> None:
    """The wrong currency is wrong whatever became of the notice; what is held is looked at by a person."""
    gone = named(NoticeState.CANCELLED)
    for kind, reason in (
        ("refund", RefundReason.CURRENCY_WRONG.value),
        ("hold", "REVERSAL"),
        ("hold", "OF_ANOTHER_TIME"),
    ):
        assert payer_advice(kind, reason, DUE, gone) is advice_for(kind, reason)
