"""What a payer is told to do about money that did not settle."""

import pytest

from libsubsidy import HoldReason, RefundReason
from libsubsidy.catalogue.advice import PAYER_ADVICE, advice_for

REASONS = [("refund", each.value) for each in RefundReason] + [("hold", each.value) for each in HoldReason]


@pytest.mark.parametrize(("kind", "reason"), REASONS)
def test_every_reason_comes_with_what_to_do(kind: str, reason: str) -> None:
    """F104, F105: in both languages, and whether the money goes back or the bureau looks at it."""
    advice = advice_for(kind, reason)
    assert advice is PAYER_ADVICE[f"{kind} {reason}"]
    assert any(word in advice.zh for word in ("退回", "核对", "核实"))
    assert any(word in advice.en for word in ("back", "bureau"))


def test_no_advice_is_for_a_reason_that_does_not_exist() -> None:
    """A reason that is renamed takes its advice along."""
    assert {f"{kind} {reason}" for kind, reason in REASONS} == set(PAYER_ADVICE)
