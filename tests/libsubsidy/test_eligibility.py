"""Who may be paid for which month: F80, F92, I9, I13, I15, I16, D-4 to D-9; domain §4.2 "Start month"."""

from datetime import date

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from libsubsidy import (
    Employment,
    EmploymentState,
    LiveMonth,
    Member,
    Month,
    OrderKind,
    OrderState,
    Policy,
    eligible,
    why_absent,
)

POLICY = Policy()
TODAY = date(2020, 9, 15)
ZHANG = Employment(person_id=1, name="张三", start_month=Month(2020, 4), state=EmploymentState.ACTIVE)
HERE = LiveMonth(employer_name="本单位", order_ref="汇缴单 A7W5")
BACK = (OrderKind.MONTHLY, OrderKind.LUMP_MISSED, OrderKind.LUMP_DIFFERENCE)

months = st.builds(Month, st.integers(2018, 2022), st.integers(1, 12))


def _codes(
    employment: Employment, month: str, kind: OrderKind, live: dict[Month, LiveMonth] | None = None
) -> list[str]:
    return [v.code for v in eligible(employment, Month.parse(month), kind, live or {}, POLICY, TODAY)]


@pytest.mark.parametrize(
    ("month", "codes"),
    [
        ("2020-03", ["START_MONTH_AFTER"]),
        ("2020-04", []),
        ("2020-09", []),
        ("2020-10", []),
        ("2020-11", ["MONTH_TOO_FAR"]),
    ],
)
def test_i13_a_regular_month_lies_from_the_start_to_one_month_ahead(month: str, codes: list[str]) -> None:
    """The start month itself and next month are the boundaries; past months may be remitted."""
    assert codes == _codes(ZHANG, month, OrderKind.REGULAR)


@pytest.mark.parametrize("kind", BACK)
@pytest.mark.parametrize(
    ("month", "codes"), [("2020-03", []), ("2020-04", ["BP_NOT_BEFORE_START"]), ("2020-05", ["BP_NOT_BEFORE_START"])]
)
def test_i15_start_month_never_remitted_is_strictly_before(kind: OrderKind, month: str, codes: list[str]) -> None:
    """Start 2020-04, never remitted: 2020-03 may be back-paid, 2020-04 may not, whatever the kind."""
    assert codes == _codes(ZHANG, month, kind)


def test_i15_the_message_names_employee_start_limit_and_the_way_out() -> None:
    """A clerk can act on it without the manual."""
    (refusal,) = eligible(ZHANG, Month(2020, 4), OrderKind.MONTHLY, {}, POLICY, TODAY)
    assert {"name": "张三", "month": "2020-04", "start": "2020-04", "latest": "2020-03"} == dict(refusal.params)
    assert "该月起请选择“汇缴”；汇缴可选以前的月份" in refusal.zh


@pytest.mark.parametrize(
    "remitted",
    [
        evolve(ZHANG, regular_months=frozenset({Month(2020, 4)})),
        evolve(ZHANG, backfilled_months=frozenset({Month(2020, 4)})),
        evolve(ZHANG, opening_periods=1),
    ],
)
def test_remitted_once_lifts_the_start_month_rule(remitted: Employment) -> None:
    """A live regular line (submitted counts), an approved backfill or an opening: gap months may be back-paid."""
    assert [] == _codes(remitted, "2020-02", OrderKind.MONTHLY)
    assert [] == _codes(remitted, "2020-05", OrderKind.MONTHLY)


def test_first_remittance_rejected_later_is_never_again() -> None:
    """A rejected order leaves no live month, so the rule holds as on the first day."""
    remitted = evolve(ZHANG, regular_months=frozenset({Month(2020, 4)}))
    rejected = evolve(remitted, regular_months=frozenset())
    assert [[], ["BP_NOT_BEFORE_START"]] == [_codes(e, "2020-05", OrderKind.MONTHLY) for e in (remitted, rejected)]


def test_remittance_fully_corrected_is_never_again() -> None:
    """A correction releases the month (D-14), and what was corrected in full was never remitted (D-8)."""
    corrected = evolve(ZHANG, regular_months=frozenset())
    assert not corrected.has_remitted
    assert ["BP_NOT_BEFORE_START"] == _codes(corrected, "2020-04", OrderKind.MONTHLY)


@pytest.mark.parametrize("name", ["𠮷田𬀩", "买买提·阿卜杜拉", "{name}", "张 三"])
def test_rare_characters_and_dots_in_names_are_shown_as_they_are(name: str) -> None:
    """Names beyond the basic plane, with a middle dot or with braces are text and nothing more."""
    (refusal,) = eligible(evolve(ZHANG, name=name), Month(2020, 3), OrderKind.REGULAR, {}, POLICY, TODAY)
    assert name == refusal.params["name"]
    assert refusal.zh.startswith(name)


def test_start_month_changed_after_a_back_payment_is_judged_by_the_new_one() -> None:
    """Approval checks again with the file as it is then."""
    earlier = evolve(ZHANG, start_month=Month(2020, 2))
    assert [[], ["BP_NOT_BEFORE_START"]] == [_codes(e, "2020-03", OrderKind.MONTHLY) for e in (ZHANG, earlier)]


@pytest.mark.parametrize("kind", OrderKind)
def test_start_month_missing_must_be_set_first(kind: OrderKind) -> None:
    """Without a start month nothing is paid, and the message says where to add it."""
    nameless = evolve(ZHANG, start_month=None)
    (refusal,) = eligible(nameless, Month(2020, 3), kind, {}, POLICY, TODAY)
    assert "START_MONTH_MISSING" == refusal.code
    assert "职工信息变更" in refusal.zh


@pytest.mark.parametrize("kind", BACK)
@pytest.mark.parametrize(("month", "codes"), [("2020-09", []), ("2020-10", ["BP_FUTURE_MONTH"])])
def test_i16_a_back_payment_is_never_for_the_future(kind: OrderKind, month: str, codes: list[str]) -> None:
    """The current month is the last; a lump sum is no exception (D-7)."""
    assert codes == _codes(evolve(ZHANG, opening_periods=1), month, kind)


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (EmploymentState.SEALED, "SEALED"),
        (EmploymentState.TRANSFERRING, "TRANSFER_IN_PROCESS"),
        (EmploymentState.ENDED, "ENDED"),
    ],
)
@pytest.mark.parametrize("kind", [OrderKind.REGULAR, *BACK])
def test_a_state_blocks_from_its_effective_month_on(state: EmploymentState, code: str, kind: OrderKind) -> None:
    """Months before a seal, a transfer or an end stay payable (D-9, I23)."""
    employment = evolve(ZHANG, state=state, state_from=Month(2020, 7), opening_periods=1)
    assert [[], [code], [code]] == [_codes(employment, month, kind) for month in ("2020-06", "2020-07", "2020-08")]
    assert [code] == _codes(evolve(employment, state_from=None), "2020-06", kind)


def test_a_pending_account_is_paid_for_no_month() -> None:
    """Before the opening is approved nothing is payable, not even an earlier month."""
    pending = evolve(ZHANG, state=EmploymentState.PENDING, state_from=Month(2020, 7))
    assert [["NOT_ACTIVE"]] * 2 == [_codes(pending, month, OrderKind.REGULAR) for month in ("2020-06", "2020-07")]


@pytest.mark.parametrize(("month", "codes"), [("2020-06", ["ALREADY_PAID_THROUGH"]), ("2020-07", [])])
def test_regular_months_come_after_the_opening(month: str, codes: list[str]) -> None:
    """缴至月份 2020-06 is paid: the next regular month is 2020-07; a back-payment asks the reviewer instead."""
    opened = evolve(ZHANG, paid_through=Month(2020, 6), opening_periods=3)
    assert codes == _codes(opened, month, OrderKind.REGULAR)
    assert [] == _codes(opened, month, OrderKind.MONTHLY)


def test_i9_a_live_month_is_paid_once() -> None:
    """The refusal names who holds it; on a back-payment it says how a difference is paid."""
    live = {Month(2020, 5): HERE}
    remitted = evolve(ZHANG, opening_periods=1)
    (regular,) = eligible(remitted, Month(2020, 5), OrderKind.REGULAR, live, POLICY, TODAY)
    (monthly,) = eligible(remitted, Month(2020, 5), OrderKind.MONTHLY, live, POLICY, TODAY)
    (missed,) = eligible(remitted, Month(2020, 5), OrderKind.LUMP_MISSED, live, POLICY, TODAY)
    assert "MONTH_ALREADY_LIVE" == regular.code == monthly.code == missed.code
    assert ("本单位", "汇缴单 A7W5") == (regular.params["employer"], regular.params["order"])
    assert "差额请用一次性补缴" not in regular.zh
    assert "差额请用一次性补缴" in monthly.zh


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (None, "#7 申请或缴款："),
        (OrderState.SUBMITTED, "#7 申请（待审核）："),
        (OrderState.APPROVED, "#7 申请（待缴款）："),
        (OrderState.CREDITED, "#7 缴款："),
    ],
)
def test_a_held_month_is_called_paid_only_when_it_is(state: OrderState | None, words: str) -> None:
    """I9: what waits for its review has not been paid yet; whoever has no line is not told to remove one."""
    live = {Month(2020, 5): LiveMonth(employer_name="本单位", order_ref="#7", state=state)}
    for kind in (OrderKind.REGULAR, OrderKind.MONTHLY):
        found = eligible(evolve(ZHANG, opening_periods=1), Month(2020, 5), kind, live, POLICY, TODAY)
        assert ["MONTH_ALREADY_LIVE"] == [each.code for each in found]
        assert words in found[0].zh
        (absent,) = why_absent(Member(evolve(ZHANG, opening_periods=1), live), Month(2020, 5), kind, POLICY, TODAY)
        assert ("MONTH_ALREADY_LIVE", True, False) == (absent.code, words in absent.zh, "去掉" in absent.zh)


def test_i10_a_difference_occupies_no_month() -> None:
    """A lump sum for a difference may carry a month that has a regular line."""
    assert [] == _codes(evolve(ZHANG, opening_periods=1), "2020-05", OrderKind.LUMP_DIFFERENCE, {Month(2020, 5): HERE})


@pytest.mark.parametrize(
    "employment",
    [
        evolve(ZHANG, regular_months=frozenset({Month(2020, 5)})),
        evolve(ZHANG, backfilled_months=frozenset({Month(2020, 5)})),
    ],
)
def test_a_month_of_the_own_history_is_never_paid_twice(employment: Employment) -> None:
    """Even if the claim were missing, the employer's own history refuses."""
    assert ["MONTH_ALREADY_REMITTED"] == _codes(employment, "2020-05", OrderKind.MONTHLY)
    assert ["MONTH_ALREADY_REMITTED"] == _codes(employment, "2020-05", OrderKind.REGULAR)


def test_other_employer_former_months_block_and_its_gaps_do_not() -> None:
    """At B never remitted, start 2020-07: A's live 2020-05 is refused by I9 alone, A's gap 2020-03 is allowed (D-4)."""
    at_b = evolve(ZHANG, start_month=Month(2020, 7), transferred_in=True)
    live = {Month(2020, 5): LiveMonth(employer_name="甲单位", order_ref="汇缴单 B8K2")}
    assert not at_b.has_remitted
    assert ["MONTH_ALREADY_LIVE"] == _codes(at_b, "2020-05", OrderKind.MONTHLY, live)
    assert [] == _codes(at_b, "2020-03", OrderKind.MONTHLY, live)


def test_everything_wrong_is_said_at_once() -> None:
    """A clerk mends all of it in one go."""
    sealed = evolve(ZHANG, state=EmploymentState.SEALED, state_from=Month(2020, 1))
    expected = ["SEALED", "BP_FUTURE_MONTH", "BP_NOT_BEFORE_START", "MONTH_ALREADY_LIVE"]
    assert expected == _codes(sealed, "2020-12", OrderKind.MONTHLY, {Month(2020, 12): HERE})


@given(months, months, st.sampled_from(BACK))
def test_i15_is_monotone(start: Month, month: Month, kind: OrderKind) -> None:
    """If the start-month rule accepts a month, it accepts every earlier one."""
    newcomer = evolve(ZHANG, start_month=start)

    def accepts(asked: Month) -> bool:
        found = eligible(newcomer, asked, kind, {}, POLICY, date(2022, 12, 31))
        return "BP_NOT_BEFORE_START" not in {violation.code for violation in found}

    assert (month < start) == accepts(month)
    assert not accepts(month) or all(accepts(month - back) for back in range(1, 13))


@given(months, st.dates(date(2018, 1, 1), date(2022, 12, 31)))
def test_i16_holds_on_every_day(month: Month, today: date) -> None:
    """Back-payment months are never later than the month of today."""
    remitted = evolve(ZHANG, opening_periods=1)
    refused = bool(eligible(remitted, month, OrderKind.MONTHLY, {}, POLICY, today))
    assert refused == (month > Month.of(today))


@given(months, months, st.integers(0, 3), st.dates(date(2018, 1, 1), date(2022, 12, 31)))
def test_i13_holds_for_every_policy(start: Month, month: Month, ahead: int, today: date) -> None:
    """A regular month is eligible exactly from the start month to the policy's horizon."""
    employment = evolve(ZHANG, start_month=start)
    policy = Policy(remittance_months_ahead=ahead)
    allowed = not eligible(employment, month, OrderKind.REGULAR, {}, policy, today)
    assert allowed == (start <= month <= Month.of(today) + ahead)
