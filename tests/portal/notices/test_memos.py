"""Promises of services/portal/notices/memos.py: the reconciler's own diagnosis, and nothing about others."""

from typing import Any

import pytest

from services.portal.roles import PortalRole
from services.store import notices
from services.store.database import Connection, acting
from services.store.notices import Notice
from tests.portal.conftest import Town, VisitorOf
from tests.portal.visitors import Visitor
from tests.store.fund import BUREAU, START, approve, line, pay, submitted


@pytest.fixture
async def clerk(visitor: VisitorOf) -> Visitor:
    """Somebody of the employer."""
    return await visitor(PortalRole.EMPLOYER)


@pytest.fixture
async def notice(db: Connection, town: Town) -> Notice:
    """A notice of 500 yuan that waits for its money."""
    return await approve(db, await submitted(db, town.employer, line(town.people[0], START)))


async def checked(clerk: Visitor, text: str, amount: str | None = None) -> Any:
    """Ask what would become of a transfer."""
    return await clerk.post("/memo/check", {"text": text, **({} if amount is None else {"amount": amount})})


@pytest.mark.parametrize("suffix", ["", "，2020年1月份雇员汇缴款", "o"])
async def test_the_right_memo_settles(clerk: Visitor, notice: Notice, suffix: str) -> None:
    """With the right amount, or the right one assumed; any text may follow."""
    for amount in (None, "500.00", "500"):
        diagnosis = await checked(clerk, f"{notice.memo}{suffix}", amount)
        assert (True, str(notice.id), "500.00", amount is None, []) == (
            diagnosis["settles"],
            diagnosis["notice_id"],
            diagnosis["due"],
            diagnosis["amount_assumed"],
            diagnosis["problems"],
        )
        assert {True} == {check["passed"] for check in diagnosis["checks"]}
        # Nothing has come yet.
        assert "可以自动入账。支付码、金额与待缴款的通知完全一致。" == diagnosis["verdict_zh"]


@pytest.mark.parametrize(
    ("text", "amount", "decided"),
    [
        (" {memo}", None, ("memo", "会被原路退回：支付码不在摘要开头。")),
        ("转账{memo}", None, ("memo", "会被原路退回：支付码不在摘要开头。")),
        ("75256X{order}o", None, ("memo", "会被原路退回：支付码格式不符。")),
        ("房款", None, ("memo", "会被原路退回：摘要中没有支付码。")),
        ("{memo}", "499.99", ("amount", "会被原路退回：转账金额少于通知金额。")),
        ("{memo}", "500.01", ("amount", "会被原路退回：转账金额多于通知金额。")),
        ("75256xZZZZo", None, ("order", "会被原路退回：本单位没有这个订单号。")),
    ],
)
async def test_the_first_failure_decides(
    clerk: Visitor, notice: Notice, text: str, amount: str | None, decided: tuple[str, str]
) -> None:
    """The same verdict and the same check that the bank's line would get."""
    diagnosis = await checked(clerk, text.format(memo=notice.memo, order=notice.memo.order_code), amount)
    (failed,) = (check["name"] for check in diagnosis["checks"] if not check["passed"])
    assert (False, decided) == (diagnosis["settles"], (failed, diagnosis["verdict_zh"]))


@pytest.mark.parametrize("text", [" {memo}", "{lower}", "7525x{order}o", "75256x{order}"])
async def test_what_was_meant_is_suggested(clerk: Visitor, notice: Notice, text: str) -> None:
    """Repaired by the library, or one slip away from an own notice that waits."""
    written = text.format(memo=notice.memo, lower=str(notice.memo).lower(), order=notice.memo.order_code)
    assert str(notice.memo) == (await checked(clerk, written))["suggestion"]


async def test_a_paid_notice_takes_nothing_more(clerk: Visitor, db: Connection, notice: Notice) -> None:
    """The second payment would be flagged for refund."""
    assert "可以自动入账。" in (await checked(clerk, str(notice.memo)))["verdict_zh"]
    await pay(db, notice)
    diagnosis = await checked(clerk, str(notice.memo))
    assert "会被原路退回：该缴费通知已经缴款。" == diagnosis["verdict_zh"]


NEAR = (" {memo}", "{lower}", "75256X{order}O", "75256x{order}", "{memo}")


@pytest.mark.parametrize(
    ("end", "problem"),
    [("pay", "MEMO_NOTICE_PAID"), ("cancel", "MEMO_NOTICE_CANCELLED"), ("merge", "MEMO_NOTICE_MERGED")],
)
async def test_no_dead_memo_is_offered(
    clerk: Visitor, db: Connection, town: Town, notice: Notice, *, end: str, problem: str
) -> None:
    """A near miss is looked up like an exact memo: its notice's state is said with what to do, and nobody copies it."""
    offered = None
    if end == "pay":
        await pay(db, notice)
    elif end == "cancel":
        async with acting(db, BUREAU):
            await notices.cancel(db, notice.id, "单位要求取消")
    else:
        other = await approve(db, await submitted(db, town.employer, line(town.people[1], START)), seed=7)
        joint = await clerk.post("/notices/merge", {"notice_ids": [str(notice.id), str(other.id)]})
        offered = joint["notice"]["memo"]
    for text in NEAR:
        written = text.format(memo=notice.memo, lower=str(notice.memo).lower(), order=notice.memo.order_code)
        diagnosis = await checked(clerk, written)
        assert (False, offered) == (diagnosis["settles"], diagnosis["suggestion"]), written
        assert [problem] == [each["code"] for each in diagnosis["problems"]], written


async def test_another_amount_is_told_beside_another_memo(clerk: Visitor, notice: Notice) -> None:
    """Whoever copies what was meant is told in the same round that the amount is not the one due."""
    for text in NEAR:
        written = text.format(memo=notice.memo, lower=str(notice.memo).lower(), order=notice.memo.order_code)
        diagnosis = await checked(clerk, written, "600")
        last = diagnosis["problems"][-1]
        assert ("MEMO_AMOUNT_OTHER", "600.00", "500.00") == (
            last["code"], last["params"]["amount"], last["params"]["due"],
        )  # fmt: skip
        right = await checked(clerk, written, "500")
        assert "MEMO_AMOUNT_OTHER" not in {each["code"] for each in right["problems"]}
    slip = await checked(clerk, f"7525x{notice.memo.order_code}o", "600")
    assert ["MEMO_EMPLOYER_DIGITS", "MEMO_AMOUNT_OTHER"] == [each["code"] for each in slip["problems"]]


async def test_a_near_miss_of_no_notice_is_not_offered(clerk: Visitor, notice: Notice) -> None:
    """Unless it is one slip more away from one that waits."""
    diagnosis = await checked(clerk, "75256XZ3Z3O")
    assert (None, ["MEMO_UNKNOWN_CODE"]) == (
        diagnosis["suggestion"], [each["code"] for each in diagnosis["problems"]],
    )  # fmt: skip
    code = notice.memo.order_code
    other = code[:3] + ("3" if code[3] != "3" else "4")
    diagnosis = await checked(clerk, f"75256X{other}O", "1")
    assert (str(notice.memo), ["MEMO_UNKNOWN_CODE", "MEMO_AMOUNT_OTHER"]) == (
        diagnosis["suggestion"], [each["code"] for each in diagnosis["problems"]],
    )  # fmt: skip


async def test_a_memo_that_was_joined_leads_to_the_one_of_now(clerk: Visitor, db: Connection, town: Town) -> None:
    """Also where it was joined twice; once that one is paid, there is nothing to suggest."""
    made = [
        await approve(db, await submitted(db, town.employer, line(town.people[0], START + step)), seed=step)
        for step in range(3)
    ]
    ids = [str(each.id) for each in made]
    first = await clerk.post("/notices/merge", {"notice_ids": ids[:2]})
    last = await clerk.post("/notices/merge", {"notice_ids": [first["id"], ids[2]]})
    for memo in (str(made[0].memo), first["notice"]["memo"]):
        diagnosis = await checked(clerk, memo)
        assert (False, last["notice"]["memo"]) == (diagnosis["settles"], diagnosis["suggestion"])
    await pay(db, await notices.get(db, int(last["id"])))
    over = await checked(clerk, str(made[0].memo))
    assert (None, ["MEMO_NOTICE_PAID"]) == (over["suggestion"], [each["code"] for each in over["problems"]])


async def test_memos_of_others_reveal_nothing(visitor: VisitorOf, notice: Notice, town: Town) -> None:
    """Another employer's notice, paid or not, another code of it, and a code nobody has: one and the same answer."""
    stranger = await visitor(PortalRole.EMPLOYER, employer_id=town.other.id)
    texts = (str(notice.memo), "75256xZZZZo", "99999xA7W5o", f"99999x{notice.memo.order_code}o")
    for amount in (None, "500.00", "499.99"):
        answers = [await checked(stranger, text, amount) for text in texts]
        assert {"10160"} == {code for answer in answers for code in (answer["problems"][0]["params"]["code"],)}
        # What was typed is repeated; beyond it nothing may differ.
        assert 1 == len(
            {str({**answer, "checks": [(c["name"], c["passed"]) for c in answer["checks"]]}) for answer in answers}
        )
        assert "75256" not in "".join(check["zh"] for check in answers[2]["checks"])
        # Said once, each time by what is new in it.
        assert 3 == len({answers[0]["verdict_zh"], answers[0]["problems"][0]["zh"], answers[0]["checks"][-2]["zh"]})
    near = [await checked(stranger, text.replace("x", "X"), "500") for text in texts]
    assert {(None, None, "MEMO_NOT_OWN")} == {
        (each["suggestion"], each["due"], problem["code"]) for each in near for problem in each["problems"]
    }


async def test_no_text_is_too_strange(clerk: Visitor, notice: Notice) -> None:
    """Empty, very long, of other scripts: always a diagnosis."""
    for text in ("", "x" * 1_000, "\N{ZERO WIDTH SPACE}" * 100, "７５２５６ｘＡ７Ｗ５ｏ", "🧾"):
        assert False is (await checked(clerk, text))["settles"]


async def test_a_text_that_no_bank_takes_is_refused(clerk: Visitor, notice: Notice) -> None:
    """1,000 characters as documented, and not one more: what is cut off could not be judged."""
    text = str(notice.memo).ljust(1_000, "款")
    assert (await checked(clerk, text))["settles"]
    given = await clerk.ask("POST", "/memo/check", json={"text": text + "款"})
    assert (422, [("FIELD_TOO_LONG", "/text")]) == (
        given.status,
        [(each["code"], each["pointer"]) for each in given.body["violations"]],
    )
