"""The calls of changes: asked for with their files, looked at, decided, handed in anew, and recorded (F36-F42, F53-F60)."""

from typing import Any

import pytest

from libsubsidy import SLOTS, MediaType
from services.portal.roles import PortalRole
from services.store import attachments
from services.store.attachments import Stored
from services.store.database import Connection, acting
from tests.portal.conftest import Town, VisitorOf
from tests.portal.visitors import Visitor
from tests.store.fund import BUREAU, attach, clerk_of, employ, id_number, new_employee


@pytest.fixture
async def clerk(visitor: VisitorOf) -> Visitor:
    """Somebody of the employer."""
    return await visitor(PortalRole.EMPLOYER)


@pytest.fixture
async def reviewer(visitor: VisitorOf) -> Visitor:
    """Somebody who decides."""
    return await visitor(PortalRole.REVIEWER)


async def files(db: Connection, town: Town, kind: str, *more: str) -> list[str]:
    """Upload what a kind of change requires, and files for further slots."""
    clerk = clerk_of(town.employer)
    found = list(await attach(db, clerk, kind))
    async with acting(db, clerk):
        for slot in SLOTS[kind]:
            if slot.name in more:
                begun = await attachments.begin(db, kind, slot.name, "证件.jpg")
                stored = Stored(size_bytes=1, sha256=bytes(32), media_type=MediaType.JPEG, pages=1)
                found.append((await attachments.finish(db, begun.id, stored)).id)
    return [str(each) for each in found]


def places(given: Any) -> list[tuple[str, str]]:
    """Code and place of everything that is wrong."""
    return [(each["code"], each.get("pointer", "")) for each in given.body["violations"]]


async def test_a_change_of_the_card_from_asking_to_the_record(
    db: Connection, town: Town, clerk: Visitor, reviewer: Visitor
) -> None:
    """F36-F40: asked for, listed, shown with before and after, approved, recorded with who asked."""
    body = {
        "after": {"name": "新单位", "kind": "institution"},
        "seen": {"name": "单位1"},
        "remark": "更名批复",
        "attachments": await files(db, town, "employer_change", "proof"),
    }
    given = await clerk.ask("POST", "/employer-changes", json=body)
    assert (201, f"/api/v1/employer-changes/{given.body['id']}") == (given.status, given.headers["Location"])
    assert [("单位名称", "单位1", "新单位"), ("单位性质", "", "事业单位")] == [
        (each["label"], each["before"], each["after"]) for each in given.body["changes"]
    ]
    listed = (await clerk.get("/employer-changes"))["items"]
    shown = await clerk.get(f"/employer-changes/{given.body['id']}")
    assert [given.body] == listed
    assert {"change": given.body, "advice": []} == shown
    assert [] == (await clerk.get("/information-changes"))["items"]
    assert 404 == (await clerk.ask("GET", f"/information-changes/{given.body['id']}")).status

    name = f"application-{given.body['id']}"
    seen = await reviewer.get(f"/applications/{name}")
    assert [("单位名称", "单位1", "新单位"), ("单位性质", "", "事业单位"), ("备注", "", "更名批复")] == [
        (each["label"], each["before"], each["after"]) for each in seen["changes"]
    ]
    assert [] == (await clerk.get("/employer/change-records"))["items"]
    await reviewer.post(f"/applications/{name}/approve", {"version": 1})
    (kind, card_name) = (await clerk.get("/employer/change-records"))["items"]
    assert ("单位性质", "", "事业单位") == (kind["label"], kind["before"], kind["after"])
    assert clerk.user is not None
    assert ("单位1", "新单位", name, "更名批复", clerk.user.name) == (
        card_name["before"], card_name["after"], card_name["application_id"], card_name["reason"], card_name["who"],
    )  # fmt: skip


async def test_a_change_of_a_file_with_its_month_and_advice(
    db: Connection, town: Town, clerk: Visitor, reviewer: Visitor
) -> None:
    """F53-F60: the reviewer sees whose file it is and from when the amount counts; the record is the employee's."""
    person = str(town.people[0])
    body = {
        "employee_id": person,
        "after": {"monthly_amount": "600", "start_month": "2020-02"},
        "effective_month": "2019-12",
        "attachments": await files(db, town, "employee_change"),
    }
    asked = await clerk.post("/employee-changes", body)
    assert (person, "员工1", "2019-12") == (asked["employee_id"], asked["employee_name"], asked["effective_month"])
    shown = await clerk.get(f"/employee-changes/{asked['id']}")
    assert ["ADVICE_AMOUNT_LATER_STAYS"] == [each["code"] for each in shown["advice"]]
    seen = await reviewer.get(f"/applications/application-{asked['id']}")
    assert [
        ("职工", f"员工1（{id_number(1)}）"),
        ("每月缴费金额", "600.00"),
        ("汇缴开始月份", "2020-02"),
        ("生效月份", "2019-12"),
    ] == [(each["label"], each["after"]) for each in seen["changes"]]
    assert ["ADVICE_AMOUNT_LATER_STAYS"] == [each["code"] for each in seen["advice"]]
    await reviewer.post(f"/applications/application-{asked['id']}/approve", {"version": 1})
    assert "2020-02" == (await clerk.get(f"/employees/{person}"))["start_month"]
    records = (await clerk.get(f"/employees/{person}/change-records"))["items"]
    assert [("start_month", None), ("monthly_amount", "2019-12")] == [
        (each["field"], each["effective_month"]) for each in records
    ]
    assert [] == (await clerk.get(f"/employees/{town.people[1]}/change-records"))["items"]
    assert 404 == (await clerk.ask("GET", f"/employees/{town.strangers[0]}/change-records")).status


async def test_changes_of_employees_are_found_by_name_and_id_number(db: Connection, town: Town, clerk: Visitor) -> None:
    """F53: 可以通过姓名或身份证号码搜索员工."""
    for person in town.people[:2]:
        papers = await files(db, town, "employee_change")
        body = {"employee_id": str(person), "after": {"rank": "副科"}, "attachments": papers}
        await clerk.post("/employee-changes", body)
    for search, expected in (
        ("员工2", ["员工2"]),
        (str(id_number(1)), ["员工1"]),
        ("", ["员工2", "员工1"]),
        ("张", []),
    ):
        found = await clerk.get("/employee-changes", search=search)
        assert expected == [each["employee_name"] for each in found["items"]]
    assert 2 == len((await clerk.get("/employee-changes", state="submitted"))["items"])
    assert [] == (await clerk.get("/employee-changes", state="approved"))["items"]


async def test_everything_wrong_is_told_where_it_was_typed(town: Town, clerk: Visitor) -> None:
    """All at once, each with the place in the request; the form shows it there."""
    body = {
        "employee_id": str(town.people[0]),
        "after": {"name": "", "mobile": "1", "monthly_amount": "600"},
        "remark": "注" * 501,
    }
    given = await clerk.ask("POST", "/employee-changes", json=body)
    assert 422 == given.status
    assert [
        ("FIELD_MISSING", "/after/name"),
        ("PHONE_FORMAT", "/after/mobile"),
        ("EFFECTIVE_MONTH_MISSING", "/effective_month"),
        ("FIELD_TOO_LONG", "/remark"),
    ] == places(given)


@pytest.mark.parametrize(
    ("after", "slots", "expected"),
    [
        ({"rank": "副科"}, ["proof"], []),
        ({"rank": "副科"}, [], ["变更证明"]),
        ({"name": "张三"}, ["proof"], ["职工身份证"]),
        ({"id_number": str(id_number(90))}, ["proof"], ["职工身份证"]),
        ({"name": "张三"}, ["proof", "id_card"], []),
    ],
)
async def test_nothing_is_handed_in_without_its_proof(
    db: Connection, town: Town, clerk: Visitor, *, after: dict[str, str], slots: list[str], expected: list[str]
) -> None:
    """F39, F57-F59: the server asks for every required file, a name and an ID number for the card, too."""
    papers = await files(db, town, "employee_change", *slots) if slots else []
    body = {"employee_id": str(town.people[0]), "after": after, "attachments": papers}
    given = await clerk.ask("POST", "/employee-changes", json=body)
    if not expected:
        assert 201 == given.status
        return
    assert [("ATTACHMENT_MISSING", "/attachments")] * len(expected) == places(given)
    assert expected == [each["params"]["slot"] for each in given.body["violations"]]
    assert [] == (await clerk.get("/employee-changes"))["items"]


async def test_a_name_of_the_employer_needs_its_proof(db: Connection, town: Town, clerk: Visitor) -> None:
    """F57: name and codes ask for 变更证明材料, an address does not."""
    papers = await files(db, town, "employer_change")
    refused = await clerk.ask("POST", "/employer-changes", json={"after": {"name": "新"}, "attachments": papers})
    assert ["变更证明材料"] == [each["params"]["slot"] for each in refused.body["violations"]]
    await clerk.post("/employer-changes", {"after": {"address": "新路"}, "attachments": papers})


async def test_a_returned_change_is_handed_in_anew(
    db: Connection, town: Town, clerk: Visitor, reviewer: Visitor
) -> None:
    """F38, F40: with the reason read, other contents and the same application; a stale version is told."""
    papers = await files(db, town, "information_change")
    asked = await clerk.post("/information-changes", {"after": {"contact_name": "王"}, "attachments": papers})
    path = f"/applications/application-{asked['id']}"
    await reviewer.post(f"{path}/return", {"version": 1, "reason": "请写全名"})
    returned = (await clerk.get(f"/information-changes/{asked['id']}"))["change"]
    assert ("returned", "请写全名") == (returned["state"], returned["reason"])
    body = {"version": returned["version"], "after": {"contact_name": "王芳"}, "attachments": papers}
    again = await clerk.put(f"/information-changes/{asked['id']}", body)
    assert (asked["id"], "submitted", "王芳") == (again["id"], again["state"], again["changes"][0]["after"])
    stale = await clerk.ask("PUT", f"/information-changes/{asked['id']}", json=body)
    assert (409, ["STALE_VERSION"]) == (stale.status, stale.codes)
    await reviewer.post(f"{path}/approve", {"version": again["version"]})
    (record,) = (await clerk.get("/employer/change-records"))["items"]
    assert ("单位管理员姓名", "", "王芳") == (record["label"], record["before"], record["after"])


async def test_a_clerks_change_waits_for_a_colleague_where_the_employer_wants_that(
    db: Connection, town: Town, visitor: VisitorOf, reviewer: Visitor
) -> None:
    """复核: the bureau does not see it, the field is taken all the same, and somebody else of the employer hands it in."""
    await db.execute("UPDATE employer SET checker_needed = true WHERE id = $1", town.employer.id)
    clerk, admin = await visitor(PortalRole.EMPLOYER_CLERK), await visitor(PortalRole.EMPLOYER)
    papers = await files(db, town, "employer_change")
    asked = await clerk.post("/employer-changes", {"after": {"address": "甲路"}, "attachments": papers})
    assert "draft" == asked["state"]
    name = f"application-{asked['id']}"
    assert 404 == (await reviewer.ask("GET", f"/applications/{name}")).status
    waits = await admin.ask("POST", "/employer-changes", json={"after": {"address": "乙路"}})
    assert ["CHANGE_ASKED"] == waits.codes
    body = {"version": asked["version"], "after": {"address": "丙路"}, "attachments": papers}
    mended = await clerk.put(f"/employer-changes/{asked['id']}", body)
    assert ("draft", "丙路") == (mended["state"], mended["changes"][0]["after"])
    page = f"{clerk.origin}/employer/employer-changes/{asked['id']}"
    for someone, may in ((clerk, False), (admin, True)):
        async with someone.http.get(page, headers=someone.headers) as answer:
            assert may == ("复核通过，立即提交" in await answer.text())
    await admin.post(f"/applications/{name}/submit", {"version": mended["version"]})
    assert "submitted" == (await reviewer.get(f"/applications/{name}"))["application"]["state"]


async def test_a_change_is_taken_back(db: Connection, town: Town, clerk: Visitor) -> None:
    """By the call of every application; afterwards the field is free."""
    for _ in range(2):
        papers = await files(db, town, "employer_change")
        asked = await clerk.post("/employer-changes", {"after": {"address": "新路"}, "attachments": papers})
        taken = await clerk.post(f"/applications/application-{asked['id']}/retract", {"version": 1})
        assert "retracted" == taken["state"]


async def test_a_field_that_waits_and_one_that_changed_are_conflicts(
    db: Connection, town: Town, clerk: Visitor, reviewer: Visitor
) -> None:
    """409: nothing is wrong with what was typed, somebody else was faster."""
    papers = await files(db, town, "employer_change")
    asked = await clerk.post("/employer-changes", {"after": {"address": "甲路"}, "attachments": papers})
    waits = await clerk.ask("POST", "/employer-changes", json={"after": {"address": "乙路"}})
    assert (409, [("CHANGE_ASKED", "/after/address")]) == (waits.status, places(waits))
    await reviewer.post(f"/applications/application-{asked['id']}/approve", {"version": 1})
    changed = await clerk.ask("POST", "/employer-changes", json={"after": {"address": "丙路"}, "seen": {"address": ""}})
    assert (409, [("STALE_VERSION", "/after/address")]) == (changed.status, places(changed))


async def test_guessing_strangers_numbers_ends(db: Connection, town: Town, clerk: Visitor) -> None:
    """I31: the answer names nobody, and after fifty of them in a day there is none any more; other fields go on."""
    async with acting(db, BUREAU):
        await db.execute(
            "INSERT INTO audit_event (employer_id, subject_kind, subject_id, to_state, reason) "
            "VALUES ($1, 'employer', $1, 'persons_named', '49')",
            town.employer.id,
        )
    await employ(db, town.other, new_employee(80))
    body = {"employee_id": str(town.people[0]), "after": {"id_number": str(id_number(80))}}
    first = await clerk.ask("POST", "/employee-changes", json=body)
    assert (422, [("ID_NUMBER_TAKEN", "/after/id_number")]) == (first.status, places(first))
    assert "员工80" not in str(first.body)
    second = await clerk.ask("POST", "/employee-changes", json=body)
    assert (429, ["PERSONS_NAMED_TOO_MANY"]) == (second.status, second.codes)
    third = await clerk.ask("POST", "/employee-changes", json=body | {"after": {"rank": "科员"}})
    assert ["ATTACHMENT_MISSING"] == third.codes
