"""The lives of things: domain §6.1, I21, I26, I27."""

from enum import Enum

import pytest

from libsubsidy import (
    APPLICATION_LIFE,
    CASE_LIFE,
    NOTICE_LIFE,
    ORDER_LIFE,
    ApplicationEvent,
    ApplicationState,
    CaseEvent,
    CaseState,
    Lifecycle,
    NoticeEvent,
    NoticeState,
    OrderEvent,
    OrderState,
    TransitionRefused,
)

LIVES: list[tuple[Lifecycle[Enum, Enum], type[Enum], type[Enum], str, str]] = [
    (APPLICATION_LIFE, ApplicationState, ApplicationEvent, "draft", "approved rejected"),  # type: ignore[list-item]
    (ORDER_LIFE, OrderState, OrderEvent, "draft", "credited cancelled rejected"),  # type: ignore[list-item]
    (NOTICE_LIFE, NoticeState, NoticeEvent, "awaiting", "paid cancelled merged"),  # type: ignore[list-item]
    (CASE_LIFE, CaseState, CaseEvent, "open", "assigned completed"),  # type: ignore[list-item]
]


@pytest.mark.parametrize(("life", "states", "events", "first", "final"), LIVES)
def test_i21_only_the_tables_transitions_happen(
    life: Lifecycle[Enum, Enum], states: type[Enum], events: type[Enum], first: str, final: str
) -> None:
    """Every pair of state and event is in the table or refused; every state is reached; the final ones are final."""
    reached = {states(first)}
    for state in states:
        allowed = life.events(state)
        assert (state.value in final.split()) == (not allowed)
        for event in events:
            if event in allowed:
                reached.add(life.transition(state, event))
            else:
                with pytest.raises(TransitionRefused) as refusal:
                    life.transition(state, event)
                assert (life.name, state.name, event.name) == (
                    refusal.value.machine,
                    refusal.value.state,
                    refusal.value.event,
                )
    assert set(states) == reached


def test_i27_a_notice_is_paid_at_most_once() -> None:
    """Paid is final: a second payment cannot happen to it."""
    paid = NOTICE_LIFE.transition(NoticeState.AWAITING, NoticeEvent.PAY)
    with pytest.raises(TransitionRefused):
        NOTICE_LIFE.transition(paid, NoticeEvent.PAY)


def test_only_an_open_case_becomes_a_settlement() -> None:
    """Once batched for refund the money may be on its way back; a returned refund is opened again first."""
    assignable = [state for state in CaseState if CaseEvent.ASSIGN in CASE_LIFE.events(state)]
    assert [CaseState.OPEN] == assignable
    assert CaseState.OPEN is CASE_LIFE.transition(CaseState.RETURNED, CaseEvent.REOPEN)


def test_an_order_holds_its_months_from_submission_until_it_is_released() -> None:
    """Return, reject, retract and cancel release; a draft holds nothing."""
    live = {OrderState.SUBMITTED, OrderState.APPROVED, OrderState.PAID, OrderState.CREDITED}
    assert live == {state for state in OrderState if state.is_live}


def test_an_application_taken_by_a_reviewer_is_not_retracted() -> None:
    """Retracting is possible while it waits, not while somebody reads it."""
    taken = APPLICATION_LIFE.transition(ApplicationState.SUBMITTED, ApplicationEvent.TAKE)
    with pytest.raises(TransitionRefused):
        APPLICATION_LIFE.transition(taken, ApplicationEvent.RETRACT)
