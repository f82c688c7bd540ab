"""Promises of libsubsidy/withdrawal.py: what can be asked for, by whom, to whose account (F113-F115, I6, D-17)."""

from datetime import date

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from libsubsidy import (
    WITHDRAWAL_LIFE,
    WITHDRAWAL_REASONS,
    ApplicationEvent,
    ApplicationState,
    EmploymentState,
    Funds,
    Holder,
    Money,
    PayeeKind,
    TypedWithdrawal,
    Withdrawal,
    WithdrawalEvent,
    WithdrawalState,
    advise_withdrawal,
    check_withdrawal,
    check_withdrawal_approval,
    check_withdrawal_booked,
    read_withdrawal,
    state_of_application,
)
from libsubsidy.applications import APPLICATION_LIFE
from libsubsidy.withdrawal_reasons import offered

ZHANG = Holder(name="张三", state=EmploymentState.ACTIVE)
PURCHASE, DEATH = WITHDRAWAL_REASONS[0], WITHDRAWAL_REASONS[7]
ACCOUNT = "622200000000123"
FUNDS = Funds(credited=Money(fen=1000), confirmed=Money(fen=200), withdrawn=Money(fen=50), reserved=Money(fen=150))
TYPED = TypedWithdrawal(reason="01", amount="10", payee_name="张三", payee_bank="某银行", payee_account=ACCOUNT)


def asked(fen: int = 1000, *, reason: int = 0, payee: str = "张三") -> Withdrawal:
    """A withdrawal for one of the reasons."""
    return Withdrawal(
        reason=WITHDRAWAL_REASONS[reason],
        amount=Money(fen=fen),
        payee_name=payee,
        payee_bank="某银行",
        payee_account=ACCOUNT,
    )


def codes(what: Withdrawal, holder: Holder = ZHANG, funds: Funds = FUNDS) -> list[tuple[str, object]]:
    """Give code and field of everything that is wrong."""
    return [(each.code, each.params.get("field")) for each in check_withdrawal(what, holder, funds)]


@pytest.mark.parametrize(
    ("fen", "funds", "broken"),
    [
        (1000, FUNDS, []),
        (1001, FUNDS, ["WITHDRAWAL_EXCEEDS"]),
        # Two at once: what the first one reserves is not there for the second.
        (1000, evolve(FUNDS, reserved=Money(fen=151)), ["WITHDRAWAL_EXCEEDS"]),
        (1, evolve(FUNDS, reserved=Money(fen=1150)), ["WITHDRAWAL_NOTHING"]),
        (1, Funds(), ["WITHDRAWAL_NOTHING"]),
        # A correction has taken more than there was.
        (1, Funds(credited=Money(fen=-5)), ["WITHDRAWAL_NOTHING"]),
    ],
)
def test_exceeds_balance(fen: int, funds: Funds, broken: list[str]) -> None:
    """F114: credited cash and confirmed openings, less what was paid out and what is on its way; to the fen."""
    assert [(code, "amount") for code in broken] == codes(asked(fen), funds=funds)


def test_what_is_told_names_what_there_is() -> None:
    """The message has the amount asked for, what there is, and what other withdrawals keep."""
    (found,) = check_withdrawal(asked(1001), ZHANG, FUNDS)
    assert "可支取 10.00 元（另有 1.50 元正在支取办理中），申请的 10.01 元" in found.zh
    (found,) = check_withdrawal(asked(1), ZHANG, Funds(credited=Money(fen=7), reserved=Money(fen=7)))
    assert "0.07 元正在支取办理中" in found.zh


@pytest.mark.parametrize(
    ("state", "elsewhere", "broken"),
    [
        (EmploymentState.ACTIVE, False, []),
        (EmploymentState.SEALED, False, []),
        (EmploymentState.PENDING, False, ["WITHDRAWAL_NOT_OPEN"]),
        (EmploymentState.TRANSFERRING, False, ["WITHDRAWAL_TRANSFERRING"]),
        # Retired, or dead: nobody else could ask.
        (EmploymentState.ENDED, False, []),
        (EmploymentState.ENDED, True, ["WITHDRAWAL_ELSEWHERE"]),
    ],
)
def test_who_may_ask(state: EmploymentState, broken: list[str], *, elsewhere: bool) -> None:
    """F113, F75: the employer that has the employee; while a transfer is in process nobody, afterwards the new one."""
    holder = Holder(name="张三", state=state, employed_elsewhere=elsewhere)
    assert [(code, None) for code in broken] == codes(asked(), holder)


def test_what_was_asked_for_goes_on_while_a_transfer_is_in_process() -> None:
    """The money is the person's, wherever they work by then: it may still be approved and paid, and the reviewer is told."""
    for holder in (
        evolve(ZHANG, state=EmploymentState.TRANSFERRING),
        evolve(ZHANG, state=EmploymentState.ENDED, employed_elsewhere=True),
    ):
        assert () == check_withdrawal_approval(asked(), holder, FUNDS)
        told = [each.code for each in advise_withdrawal(asked(), holder, FUNDS)]
        assert ["WITHDRAWAL_WHOLE", "WITHDRAWAL_OF_LEAVER"] == told
    assert () == advise_withdrawal(asked(999), ZHANG, FUNDS)


@pytest.mark.parametrize(
    ("reason", "payee", "broken"),
    [
        (0, "张三", []),
        (0, "张 三", []),
        (0, "李四", ["WITHDRAWAL_PAYEE_NOT_OWN"]),
        (7, "李四", []),
        (7, "张三", ["WITHDRAWAL_PAYEE_NO_HEIR"]),
    ],
)
def test_whose_account_it_goes_to(reason: int, payee: str, broken: list[str]) -> None:
    """F114: the employee's own; an heir's when the employee has died, who cannot be the dead."""
    assert [(code, "payee_name") for code in broken] == codes(asked(reason=reason, payee=payee))


def test_dots_of_names_are_many() -> None:
    """Domain §4.2 Data: 买买提·艾力 is one name, whichever dot a bank prints."""
    holder = evolve(ZHANG, name="买买提·艾力")
    assert [] == codes(asked(payee="买买提•艾力"), holder)


def test_death() -> None:
    """Once money was asked for because of death nothing else is asked for or approved; further heirs are."""
    dead = evolve(ZHANG, deceased=True)
    assert [("WITHDRAWAL_AFTER_DEATH", "reason")] == codes(asked(), dead)
    assert ["WITHDRAWAL_AFTER_DEATH"] == [each.code for each in check_withdrawal_approval(asked(), dead, FUNDS)]
    assert [] == codes(asked(reason=7, payee="李四"), dead)
    assert ("heir_proof",) == asked(reason=7).reason.also_required
    assert () == asked().reason.also_required
    assert ["WITHDRAWAL_TO_HEIR"] == [
        each.code for each in advise_withdrawal(asked(5, reason=7, payee="李四"), ZHANG, FUNDS)
    ]


@pytest.mark.parametrize(
    ("wrong", "broken"),
    [
        ({}, []),
        ({"amount": " 10.00 "}, []),
        ({"amount": "0"}, [("WITHDRAWAL_AMOUNT_NOT_POSITIVE", "amount")]),
        ({"amount": "-1"}, [("AMOUNT_FORMAT", "amount")]),
        ({"amount": "1,000"}, [("AMOUNT_FORMAT", "amount")]),
        ({"amount": "1.005"}, [("AMOUNT_FORMAT", "amount")]),
        ({"reason": "10"}, [("WITHDRAWAL_REASON_UNKNOWN", "reason")]),
        ({"reason": ""}, [("FIELD_MISSING", "reason")]),
        ({"payee_account": "6222 0000 0000 123"}, []),
        ({"payee_account": "62220000000"}, [("BANK_ACCOUNT_FORMAT", "payee_account")]),
        ({"payee_name": "张" * 101, "payee_bank": ""}, [("FIELD_TOO_LONG", "payee_name"), ("FIELD_MISSING", "payee_bank")]),
        ({"remark": "长" * 201}, [("FIELD_TOO_LONG", "remark")]),
        ({"remark": "a\u202eb"}, [("FIELD_CHARACTERS", "remark")]),
    ],
)  # fmt: skip
def test_every_wrong_field_is_named(wrong: dict[str, str], broken: list[tuple[str, str]]) -> None:
    """F114: everything at once, each at its field; what is right is kept as it counts."""
    found, violations = read_withdrawal(evolve(TYPED, **wrong), WITHDRAWAL_REASONS)
    assert broken == [(each.code, each.params["field"]) for each in violations]
    if not broken:
        assert asked() == found


def test_the_list_of_reasons_is_the_bureaus() -> None:
    """D-17: ten to begin with, one of them for heirs; what is no longer offered cannot be chosen."""
    assert ["01", "02", "03", "04", "05", "06", "07", "08", "09", "99"] == [each.code for each in WITHDRAWAL_REASONS]
    assert [DEATH] == [each for each in WITHDRAWAL_REASONS if each.payee is PayeeKind.HEIR]
    fewer = (evolve(PURCHASE, active=False), DEATH)
    assert (DEATH,) == offered(fewer)
    assert ["WITHDRAWAL_REASON_UNKNOWN"] == [each.code for each in read_withdrawal(TYPED, fewer)[1]]


def test_a_payment_is_booked_between_approval_and_today() -> None:
    """The boundaries of the bank's day, both inclusive."""
    first, last = date(2020, 9, 10), date(2020, 9, 15)
    table = {
        date(2020, 9, 9): ["WITHDRAWAL_BOOKED_EARLY"],
        first: [],
        last: [],
        date(2020, 9, 16): ["WITHDRAWAL_BOOKED_LATE"],
    }
    for booked, broken in table.items():
        assert broken == [each.code for each in check_withdrawal_booked(booked, first, last)]


def test_a_withdrawal_follows_its_application() -> None:
    """Every move of an application is one of the withdrawal, or none where a reviewer only looks."""
    names = {event.value for event in WithdrawalEvent}
    for (before, event), after in APPLICATION_LIFE.table.items():
        here, there = state_of_application(before), state_of_application(after)
        if event is ApplicationEvent.TAKE:
            assert here is there
        else:
            assert event.value in names
            assert there is WITHDRAWAL_LIFE.transition(here, WithdrawalEvent(event.value))
    assert {state_of_application(each) for each in ApplicationState} <= set(WithdrawalState)


def test_what_is_over_is_over() -> None:
    """Rejected and given back are final; what was paid can only come back."""
    assert frozenset() == WITHDRAWAL_LIFE.events(WithdrawalState.REJECTED)
    assert frozenset() == WITHDRAWAL_LIFE.events(WithdrawalState.GIVEN_BACK)
    assert {WithdrawalEvent.BOUNCE} == WITHDRAWAL_LIFE.events(WithdrawalState.PAID)


@given(st.integers(0, 2000), st.integers(0, 2000), st.integers(0, 2000), st.integers(0, 2000), st.integers(1, 3000))
def test_accepted_exactly_when_it_is_there(
    credited: int, confirmed: int, withdrawn: int, reserved: int, fen: int
) -> None:
    """I6: for all amounts: accepted if and only if nothing would be negative afterwards."""
    funds = Funds(
        credited=Money(fen=credited),
        confirmed=Money(fen=confirmed),
        withdrawn=Money(fen=withdrawn),
        reserved=Money(fen=reserved),
    )
    after = evolve(funds, reserved=funds.reserved + Money(fen=fen))
    assert (not codes(asked(fen), funds=funds)) == (after.available.fen >= 0)


class Account(RuleBasedStateMachine):
    """One person's account with withdrawals in every state, moved at random along their life."""

    def __init__(self) -> None:
        super().__init__()
        self.credited = 0
        self.known: list[tuple[int, WithdrawalState]] = []

    @property
    def funds(self) -> Funds:
        """What the account has."""
        paid = sum(fen for fen, state in self.known if state is WithdrawalState.PAID)
        reserved = sum(fen for fen, state in self.known if state.reserves)
        return Funds(credited=Money(fen=self.credited), withdrawn=Money(fen=paid), reserved=Money(fen=reserved))

    @rule(fen=st.integers(1, 1000))
    def credit(self, fen: int) -> None:
        """A remittance arrives."""
        self.credited += fen

    @rule(fen=st.integers(1, 1500))
    def ask(self, fen: int) -> None:
        """Somebody asks, and is refused if it is too much."""
        if not codes(asked(fen), funds=self.funds):
            self.known.append((fen, WithdrawalState.SUBMITTED))

    @rule(which=st.integers(0, 50), event=st.sampled_from(WithdrawalEvent))
    def move(self, which: int, event: WithdrawalEvent) -> None:
        """Something happens to one; what reserves anew is judged anew."""
        if not self.known:
            return
        place = which % len(self.known)
        fen, state = self.known[place]
        if event not in WITHDRAWAL_LIFE.events(state):
            return
        after = WITHDRAWAL_LIFE.transition(state, event)
        if (
            after.reserves
            and not state.reserves
            and state is not WithdrawalState.PAID
            and codes(asked(fen), funds=self.funds)
        ):
            return
        self.known[place] = (fen, after)

    @invariant()
    def never_negative(self) -> None:
        """I6: neither what is there nor what can be asked for ever is."""
        assert self.funds.available.fen >= 0


TestAccount = Account.TestCase
