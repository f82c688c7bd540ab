"""Promises of services/store/changes.py and change_effects.py: nothing changes until it is approved, and then exactly that."""

import asyncio
from typing import Any

import attrs
import pytest

from libsubsidy import (
    ApplicationState,
    ChangeKind,
    EmployerCard,
    EmploymentState,
    FileAmount,
    Money,
    Month,
    OrderKind,
    OrganizationCode,
)
from services.store import (
    application_decisions,
    applications,
    change_records,
    changes,
    employee_lists,
    employees,
    employers,
    users,
)
from services.store.applications import Application
from services.store.changes import AskedChange, ChangeApplication, Wanted
from services.store.database import Actor, Connection, Role, acting, connect
from services.store.employee_lists import Employee
from services.store.employers import Employer
from services.store.refusals import RefusedError
from services.store.users import NewUser
from tests.store.fund import (
    AMOUNT,
    BUREAU,
    START,
    TODAY,
    clerk_of,
    employ,
    id_number,
    line,
    new_employee,
    register,
    submitted,
)
from tests.store.fund import (
    approve as approve_order,
)
from tests.store.waiting import until_somebody_waits

AUTH = Actor(role=Role.AUTH, name="tests", origin="tests")
NEW_CODE = OrganizationCode.of_body("PDY00077")


@pytest.fixture
async def employer(db: Connection) -> Employer:
    """An employer that asks."""
    return await register(db)


@pytest.fixture
async def person_id(db: Connection, employer: Employer) -> int:
    """An employee of it."""
    (person_id,) = await employ(db, employer, new_employee(1, rank="科员", mobile="13800000000"))
    return person_id


async def ask(
    db: Connection, employer: Employer, typed: dict[str, str], *, person_id: int | None = None, **how: Any
) -> ChangeApplication:
    """Ask as the employer's clerk: of a person's file, or of the card."""
    kind = how.pop("kind", ChangeKind.EMPLOYER if person_id is None else ChangeKind.EMPLOYEE)
    asked = AskedChange(typed=typed, person_id=person_id, **how)
    async with acting(db, clerk_of(employer)):
        return await changes.submit(db, employer.id, kind, asked, today=TODAY)


async def approve(db: Connection, asked: ChangeApplication | Application) -> Application:
    """Approve as the bureau."""
    application = asked.application if isinstance(asked, ChangeApplication) else asked
    async with acting(db, BUREAU):
        return await application_decisions.approve(db, application.id, application.version)


async def codes(refused: Any) -> list[tuple[str, object]]:
    """Await what is refused, and give code and field of each rule."""
    with pytest.raises(RefusedError) as caught:
        await refused
    return [(each.code, each.params.get("field")) for each in caught.value.violations]


async def employee(db: Connection, employer: Employer, person_id: int) -> Employee:
    """Read the file as its employer does."""
    async with acting(db, clerk_of(employer)):
        return await employee_lists.get(db, employer.id, person_id, TODAY)


async def card_of(db: Connection, employer: Employer) -> EmployerCard:
    """Read the card as its employer does."""
    async with acting(db, clerk_of(employer)):
        return await employers.card(db, employer.id)


async def test_the_card_changes_when_it_is_approved(db: Connection, employer: Employer) -> None:
    """F36, F38, F40: unchanged until then; afterwards it is the "after" image, and the record tells before and after."""
    before = await card_of(db, employer)
    asked = await ask(db, employer, {"name": " 新单位 ", "address": "迎宾路 1 号"}, remark="更名批复〔2020〕1 号")
    assert before == await card_of(db, employer)
    decided = await approve(db, asked)
    assert ApplicationState.APPROVED is decided.state
    assert attrs.evolve(before, name="新单位", address="迎宾路 1 号") == await card_of(db, employer)
    async with acting(db, clerk_of(employer)):
        records = await change_records.of_employer(db, employer.id)
    assert [("单位地址", "", "迎宾路 1 号"), ("单位名称", "单位1", "新单位")] == [
        (each.label_zh, each.before, each.after) for each in records
    ]
    assert {(asked.application.id, "更名批复〔2020〕1 号")} == {(each.application_id, each.reason) for each in records}


async def test_the_second_entry_changes_whom_to_ask_and_where_money_goes(db: Connection, employer: Employer) -> None:
    """F41: 单位管理-信息变更 is the same engine for other fields; a name asked for there is no change."""
    typed = {
        "contact_name": "王五",
        "contact_mobile": "139 0000 0000",
        "refund_account_name": "单位1",
        "refund_account_number": "4405 0100 0000 0001",
        "refund_bank_name": "某银行",
    }
    asked = await ask(db, employer, typed | {"name": "别的"}, kind=ChangeKind.INFORMATION)
    await approve(db, asked)
    card = await card_of(db, employer)
    assert ("单位1", "王五", "13900000000", "4405010000000001") == (
        card.name, card.contact_name, card.contact_mobile, card.refund_account_number,
    )  # fmt: skip


async def test_codes_go_to_the_administrators_new_mobile(db: Connection, employer: Employer) -> None:
    """F41, manual L4: who had the old 联系电话 has the new one; a colleague keeps the own."""
    typed = {"contact_name": "王五", "contact_mobile": "13900000000"}
    await approve(db, await ask(db, employer, typed, kind=ChangeKind.INFORMATION))
    await db.execute(
        """
        INSERT INTO portal_user (login, role, employer_id, name, password_hash, mobile)
        VALUES ('FIRST', 'employer', $1, '王五', '-', '13900000000'),
               ('SECOND', 'employer_clerk', $1, '李四', '-', '13700000000')
        """,
        employer.id,
    )
    typed = {"contact_mobile": "13600000000"}
    await approve(db, await ask(db, employer, typed, kind=ChangeKind.INFORMATION))
    rows = await db.fetch("SELECT login, mobile FROM portal_user ORDER BY login")
    assert [("FIRST", "13600000000"), ("SECOND", "13700000000")] == [tuple(row) for row in rows]


async def test_the_login_follows_the_organisation_code_and_the_employer_code_stays(
    db: Connection, employer: Employer
) -> None:
    """F42: who logged in by the old code logs in by the new one; a colleague's own login, and 75256, stay."""
    old = (await card_of(db, employer)).org_code
    async with acting(db, AUTH):
        first = await users.add(db, NewUser(role="employer", name="王芳", password_hash="-", employer_id=employer.id))
        await users.add(
            db, NewUser(role="employer", name="李四", password_hash="-", employer_id=employer.id, login="LISI.1")
        )
    assert first.login == old
    await approve(db, await ask(db, employer, {"org_code": NEW_CODE.hyphenated}))
    async with acting(db, AUTH):
        found = await users.find(db, NEW_CODE.hyphenated)
        assert await users.find(db, old) is None
        assert await users.find(db, "LISI.1") is not None
    assert found is not None
    assert (first.id, str(NEW_CODE)) == (found.user.id, found.user.login)
    async with acting(db, BUREAU):
        assert employer.code == (await employers.get(db, employer.id)).code
    assert "user/2" == await db.fetchval("SELECT actor FROM audit_event WHERE to_state = 'login_changed'")


async def test_a_file_changes_when_it_is_approved(db: Connection, employer: Employer, person_id: int) -> None:
    """F55, F57, F60: every field; the amount from its month on, the name's spelling with the name."""
    typed = {
        "name": "单雄信",
        "mobile": "139-0000-0000",
        "rank": "",
        "monthly_amount": "600.5",
        "start_month": "2020-02",
    }
    async with acting(db, AUTH):
        await users.add(db, NewUser(role="employee", name="员工1", password_hash="-", person_id=person_id))
    asked = await ask(db, employer, typed, person_id=person_id, effective_month="2020-10", remark="晋级")
    unchanged = await employee(db, employer, person_id)
    assert ("员工1", "科员", START) == (unchanged.name, unchanged.rank, unchanged.start_month)
    await approve(db, asked)
    changed = await employee(db, employer, person_id)
    assert "单雄信" == await db.fetchval("SELECT name FROM portal_user WHERE person_id = $1", person_id)
    assert ("单雄信", "shan xiong xin", "13900000000", "", Month(2020, 2)) == (
        changed.name, changed.name_pinyin, changed.mobile, changed.rank, changed.start_month,
    )  # fmt: skip
    async with acting(db, clerk_of(employer)):
        amounts = await employee_lists.file_amounts(db, changed.employment_id)
        records = await change_records.of_employment(db, changed.employment_id)
    assert [("2020-10", "600.50"), ("2020-01", "500.00")] == [
        (str(each.effective), str(each.amount)) for each in amounts
    ]
    assert {
        "name": ("员工1", "单雄信", None),
        "mobile": ("13800000000", "13900000000", None),
        "rank": ("科员", "", None),
        "monthly_amount": ("500.00", "600.50", Month(2020, 10)),
        "start_month": ("2020-01", "2020-02", None),
    } == {each.field: (each.before, each.after, each.effective_month) for each in records}


async def test_the_records_lead_from_the_opening_to_the_present(
    db: Connection, employer: Employer, person_id: int
) -> None:
    """I25: approved one after the other, each field's records chain without a gap and end with what is on file."""
    for typed, month in (
        ({"rank": "副科"}, ""),
        ({"rank": "正科", "monthly_amount": "600"}, "2020-03"),
        ({"rank": "", "monthly_amount": "700"}, "2020-03"),
        ({"monthly_amount": "550"}, "2020-02"),
    ):
        await approve(db, await ask(db, employer, typed, person_id=person_id, effective_month=month))
    now = await employee(db, employer, person_id)
    async with acting(db, clerk_of(employer)):
        records = (await change_records.of_employment(db, now.employment_id))[::-1]
        amounts = {each.effective: each.amount for each in await employee_lists.file_amounts(db, now.employment_id)}
    ranks = [(each.before, each.after) for each in records if each.field == "rank"]
    assert [("科员", "副科"), ("副科", "正科"), ("正科", "")] == ranks
    assert ranks[-1][1] == now.rank
    replayed = {START: AMOUNT}
    for each in records:
        if each.field == "monthly_amount" and each.effective_month is not None:
            valid = max(month for month in replayed if month <= each.effective_month)
            assert str(replayed[valid]) == each.before
            replayed[each.effective_month] = Money.parse(each.after)
    assert amounts == replayed


async def test_an_id_number_is_corrected_and_the_first_one_kept(db: Connection, employer: Employer) -> None:
    """D-3, F57: fifteen digits of the old card stay on file; the login of the employee is found by the new number."""
    given = "110105491231002"
    (person_id,) = await employ(db, employer, new_employee(5, id_number=id_number(5), id_number_given=given))
    asked = await ask(db, employer, {"id_number": str(id_number(6))}, person_id=person_id)
    await approve(db, asked)
    changed = await employee(db, employer, person_id)
    assert (str(id_number(6)), given) == (changed.id_number, changed.id_number_given)
    async with acting(db, AUTH):
        assert person_id == await users.person_with(db, id_number(6))
        assert await users.person_with(db, id_number(5)) is None


async def test_a_number_of_somebody_else_is_refused_without_telling_whose(
    db: Connection, employer: Employer, person_id: int
) -> None:
    """I31: of this employer or of another, the answer is the same; also when it is taken between asking and approval."""
    await employ(db, employer, new_employee(2))
    await employ(db, await register(db, 2), new_employee(3))
    words = []
    for serial in (2, 3):
        with pytest.raises(RefusedError) as caught:
            await ask(db, employer, {"id_number": str(id_number(serial))}, person_id=person_id)
        (found,) = caught.value.violations
        assert ("ID_NUMBER_TAKEN", {"field": "id_number"}) == (found.code, found.params)
        words.append(found.zh)
    assert 1 == len(set(words))
    asked = await ask(db, employer, {"id_number": str(id_number(4))}, person_id=person_id)
    await employ(db, employer, new_employee(4))
    assert [("ID_NUMBER_TAKEN", None)] == await codes(approve(db, asked))
    assert str(id_number(1)) == (await employee(db, employer, person_id)).id_number


async def test_codes_of_another_employer_are_refused(db: Connection, employer: Employer) -> None:
    """F42: at once, at the field; and when somebody logs in by it already, at the approval."""
    other = await register(db, 2)
    taken = (await card_of(db, other)).org_code
    assert [("ORG_CODE_TAKEN", "org_code")] == await codes(ask(db, employer, {"org_code": taken}))
    async with acting(db, AUTH):
        await users.add(db, NewUser(role="employer", name="王芳", password_hash="-", employer_id=employer.id))
        await users.add(db, NewUser(role="reviewer", name="李四", password_hash="-", login=str(NEW_CODE)))
    asked = await ask(db, employer, {"org_code": str(NEW_CODE)})
    assert [("LOGIN_TAKEN", None)] == await codes(approve(db, asked))


async def test_everything_wrong_is_told_at_once(db: Connection, employer: Employer, person_id: int) -> None:
    """Each with its field, the remark's too; and nothing is kept."""
    typed = {"name": "", "id_number": "1", "mobile": "1", "monthly_amount": "0", "start_month": "x"}
    assert [
        ("FIELD_MISSING", "name"),
        ("ID_LENGTH", "id_number"),
        ("PHONE_FORMAT", "mobile"),
        ("AMOUNT_NOT_POSITIVE", "monthly_amount"),
        ("MONTH_FORMAT", "start_month"),
        ("EFFECTIVE_MONTH_MISSING", "effective_month"),
        ("FIELD_TOO_LONG", "remark"),
    ] == await codes(ask(db, employer, typed, person_id=person_id, remark="注" * 501))
    assert [("NOTHING_CHANGED", None)] == await codes(ask(db, employer, {"rank": "科员"}, person_id=person_id))
    assert 0 == await db.fetchval("SELECT count(*) FROM application")


async def test_one_field_waits_in_one_application(db: Connection, employer: Employer, person_id: int) -> None:
    """F40: the second is told which one it waits for; other fields, and other people, do not wait."""
    (other_id,) = await employ(db, employer, new_employee(2, rank="科员"))
    first = await ask(db, employer, {"rank": "副科"}, person_id=person_id)
    assert [("CHANGE_ASKED", "rank")] == await codes(
        ask(db, employer, {"rank": "正科", "name": "张三"}, person_id=person_id)
    )
    await ask(db, employer, {"name": "张三"}, person_id=person_id)
    await ask(db, employer, {"rank": "副科"}, person_id=other_id)
    await approve(db, first)
    assert "rank" in (await ask(db, employer, {"rank": "正科"}, person_id=person_id)).change.after


async def test_two_clerks_at_the_same_moment_do_not_both_get_through(
    db: Connection, database_url: str, employer: Employer
) -> None:
    """F40: the one that comes second sees the first."""
    other = await connect(database_url)
    try:
        async with acting(db, clerk_of(employer)):
            asked = AskedChange(typed={"name": "甲"})
            await changes.submit(db, employer.id, ChangeKind.EMPLOYER, asked, today=TODAY)
            second = asyncio.create_task(codes(ask(other, employer, {"name": "乙"})))
            await until_somebody_waits(database_url)
        assert [("CHANGE_ASKED", "name")] == await second
    finally:
        await other.close()


async def test_who_looked_at_an_old_page_is_told_what_has_changed(
    db: Connection, employer: Employer, person_id: int
) -> None:
    """F40: the name was seen as it is no longer, so it is not changed back by a form that was sent whole."""
    await approve(db, await ask(db, employer, {"name": "张三"}, person_id=person_id))
    seen = {"name": "员工1", "rank": "科员"}
    form = {"name": "员工1", "rank": "副科"}
    assert [("STALE_VERSION", "name")] == await codes(ask(db, employer, form, person_id=person_id, seen=seen))


async def test_what_is_stale_is_not_approved(db: Connection, employer: Employer, person_id: int) -> None:
    """F40: data changed otherwise meanwhile: the reviewer is told the field, returns it, and it is handed in anew."""
    asked = await ask(db, employer, {"rank": "副科", "mobile": "13900000000"}, person_id=person_id)
    await db.execute("UPDATE employment SET rank = '正科' WHERE person_id = $1", person_id)
    assert [("STALE_VERSION", "rank")] == await codes(approve(db, asked))
    assert "13800000000" == (await employee(db, employer, person_id)).mobile
    async with acting(db, BUREAU):
        returned = await application_decisions.send_back(db, asked.application.id, 1, "资料已变")
    async with acting(db, clerk_of(employer)):
        again = await changes.submit_again(
            db, returned.id, returned.version, ChangeKind.EMPLOYEE, AskedChange(typed={"rank": "副科"}), today=TODAY
        )
    assert (asked.application.id, "正科") == (again.application.id, again.change.fields[0].before)
    await approve(db, again)
    assert "副科" == (await employee(db, employer, person_id)).rank


async def test_a_stale_amount_is_seen_in_its_own_month(db: Connection, employer: Employer, person_id: int) -> None:
    """An amount that changed for another month is no obstacle; one of this month is."""
    first = await ask(db, employer, {"monthly_amount": "700"}, person_id=person_id, effective_month="2020-10")
    async with acting(db, BUREAU):
        amount = FileAmount(effective=Month(2020, 11), amount=Money.parse("900"))
        await employees.set_file_amounts(db, employer.id, {person_id: amount})
    await approve(db, first)
    second = await ask(db, employer, {"monthly_amount": "800"}, person_id=person_id, effective_month="2020-10")
    async with acting(db, BUREAU):
        amount = attrs.evolve(amount, effective=Month(2020, 10))
        await employees.set_file_amounts(db, employer.id, {person_id: amount})
    assert [("STALE_VERSION", "monthly_amount")] == await codes(approve(db, second))


async def test_a_rejected_change_leaves_everything_and_the_way_free(db: Connection, employer: Employer) -> None:
    """Rejected, then asked for again: by an application of its own."""
    asked = await ask(db, employer, {"name": "甲"})
    async with acting(db, BUREAU):
        await application_decisions.reject(db, asked.application.id, 1, "证明不清晰")
    assert "单位1" == (await card_of(db, employer)).name
    again = await ask(db, employer, {"name": "甲"})
    assert asked.application.id != again.application.id
    await approve(db, again)
    assert "甲" == (await card_of(db, employer)).name


async def test_a_retracted_change_may_meet_its_successor(db: Connection, employer: Employer) -> None:
    """Handing in anew is judged like handing in: what waits meanwhile is in its way, itself is not."""
    first = await ask(db, employer, {"name": "甲"})
    async with acting(db, clerk_of(employer)):
        retracted = await applications.retract(db, first.application.id, 1)
    second = await ask(db, employer, {"name": "乙"})

    async def again(version: int) -> ChangeApplication:
        async with acting(db, clerk_of(employer)):
            asked = AskedChange(typed={"name": "丙"})
            return await changes.submit_again(db, retracted.id, version, ChangeKind.EMPLOYER, asked, today=TODAY)

    assert [("CHANGE_ASKED", "name")] == await codes(again(retracted.version))
    async with acting(db, clerk_of(employer)):
        await applications.retract(db, second.application.id, 1)
    assert [("STALE_VERSION", None)] == await codes(again(1))
    assert "丙" == (await again(retracted.version)).change.after["name"]


async def test_a_leaver_belongs_to_somebody_else(db: Connection, employer: Employer) -> None:
    """I24: a former employer changes nothing of the person any more, not even by an application that waited."""
    (person_id,) = await employ(db, employer, new_employee(1))
    asked = await ask(db, employer, {"name": "张三"}, person_id=person_id)
    await db.execute("UPDATE employment SET state = 'ended', state_from = '2020-09-01'")
    assert [("CHANGE_OF_LEAVER", None)] == await codes(approve(db, asked))
    assert [("CHANGE_OF_LEAVER", None)] == await codes(
        ask(db, employer, {"mobile": "13900000000"}, person_id=person_id)
    )


@pytest.mark.parametrize("state", [EmploymentState.SEALED, EmploymentState.TRANSFERRING])
async def test_a_sealed_persons_file_is_kept_up(db: Connection, employer: Employer, state: EmploymentState) -> None:
    """No rule forbids it, and whoever comes back needs the right number."""
    (person_id,) = await employ(db, employer, new_employee(1, state=state))
    await approve(db, await ask(db, employer, {"mobile": "13900000000"}, person_id=person_id))
    assert "13900000000" == (await employee(db, employer, person_id)).mobile


async def test_another_employers_changes_and_people_do_not_exist(
    db: Connection, employer: Employer, person_id: int
) -> None:
    """I31: reading, asking and handing in anew answer as for an absent id."""
    asked = await ask(db, employer, {"rank": "副科"}, person_id=person_id)
    async with acting(db, clerk_of(employer)):
        retracted = await applications.retract(db, asked.application.id, 1)
    stranger = await register(db, 2)
    assert [("ABSENT", None)] == await codes(ask(db, stranger, {"rank": "x"}, person_id=person_id))
    async with acting(db, clerk_of(stranger)):
        assert () == await changes.of_employer(db, employer.id, Wanted())
        assert [("ABSENT", None)] == await codes(changes.get(db, asked.application.id))
        again = changes.submit_again(
            db, retracted.id, 2, ChangeKind.EMPLOYEE, AskedChange(typed={"rank": "x"}), today=TODAY
        )
        assert [("ABSENT", None)] == await codes(again)


async def test_what_is_no_change_of_the_kind_is_none(db: Connection, employer: Employer) -> None:
    """An application of another kind cannot be handed in as this one."""
    asked = await ask(db, employer, {"name": "甲"})
    async with acting(db, clerk_of(employer)):
        retracted = await applications.retract(db, asked.application.id, 1)
        typed = AskedChange(typed={"contact_name": "x"})
        again = changes.submit_again(db, retracted.id, 2, ChangeKind.INFORMATION, typed, today=TODAY)
        assert [("ABSENT", None)] == await codes(again)


async def test_changes_are_listed_and_found(db: Connection, employer: Employer) -> None:
    """F36, F53: the last one first; by a part of the name, its pinyin, or the beginning of the ID number, the old name too."""
    people = [
        new_employee(1, name="张三", name_pinyin="zhang san"),
        new_employee(2, name="欧阳·买买提", name_pinyin="ou yang mai mai ti"),
    ]
    zhang, ouyang = await employ(db, employer, *people)
    first = await ask(db, employer, {"name": "张叁"}, person_id=zhang)
    second = await ask(db, employer, {"rank": "副科"}, person_id=ouyang)
    card = await ask(db, employer, {"name": "甲"})
    await approve(db, first)

    async def found(text: str = "", **wanted: Any) -> list[int]:
        async with acting(db, clerk_of(employer)):
            filter_ = Wanted(text=text, **wanted)
            listed = await changes.of_employer(db, employer.id, filter_)
            assert len(listed) == await changes.count(db, employer.id, filter_)
            return [each.application.id for each in listed]

    one, two, three = first.application.id, second.application.id, card.application.id
    assert [three, two, one] == await found()
    assert [two, one] == await found(kind=ChangeKind.EMPLOYEE)
    assert [one] == await found(state=ApplicationState.APPROVED)
    for text, expected in {
        "张三": [one],
        "张叁": [one],
        "zhangs": [one],
        "OuYang": [two],
        "买买提": [two],
        str(id_number(2)): [two],
        str(id_number(2))[:8]: [two, one],
        "%": [],
    }.items():
        assert (text, expected) == (text, await found(f" {text} "))
    async with acting(db, clerk_of(employer)):
        assert [two] == [
            each.application.id for each in await changes.of_employer(db, employer.id, Wanted(), offset=1, limit=1)
        ]
        assert [one] == [
            each.application.id for each in await changes.of_employer(db, employer.id, Wanted(), before=two)
        ]


class TestStartMonthAfterBackPayment:
    """Domain §4.2: the start month is changed by 职工信息变更 after months before it were back-paid."""

    async def _back_paid(self, db: Connection, employer: Employer) -> tuple[int, Any]:
        (person_id,) = await employ(db, employer, new_employee(1, start_month=Month(2020, 4)))
        order = await submitted(db, employer, line(person_id, Month(2020, 3)), kind=OrderKind.MONTHLY)
        return person_id, order

    async def test_a_month_that_is_paid_is_told_and_not_paid_twice(self, db: Connection, employer: Employer) -> None:
        """The reviewer hears of it; the month stays claimed, so that a regular remittance of it is refused (I9)."""
        person_id, order = await self._back_paid(db, employer)
        await approve_order(db, order)
        asked = await ask(db, employer, {"start_month": "2020-02"}, person_id=person_id)
        async with acting(db, BUREAU):
            advice = await changes.advice(db, asked)
        assert ["ADVICE_START_MONTHS_LIVE"] == [each.code for each in advice]
        await approve(db, asked)
        with pytest.raises(RefusedError) as caught:
            await submitted(db, employer, line(person_id, Month(2020, 3)))
        assert ["MONTH_ALREADY_LIVE"] == [each.code for each in caught.value.violations]
        await submitted(db, employer, line(person_id, Month(2020, 2)))

    async def test_a_back_payment_that_waits_is_judged_by_the_new_month(
        self, db: Connection, employer: Employer
    ) -> None:
        """F92 is checked again at approval: a month that lies behind the start by now is not back-paid."""
        person_id, order = await self._back_paid(db, employer)
        await approve(db, await ask(db, employer, {"start_month": "2020-02"}, person_id=person_id))
        with pytest.raises(RefusedError) as caught:
            await approve_order(db, order)
        assert ["BP_NOT_BEFORE_START"] == [each.code for each in caught.value.violations]


async def test_a_new_amount_says_which_months_it_leaves_alone(
    db: Connection, employer: Employer, person_id: int
) -> None:
    """D-5, F60: months that are paid, and a designated amount of a later month, are told; a decided change needs no advice."""
    await submitted(db, employer, line(person_id, START + 2, Money.parse("550")))
    asked = await ask(db, employer, {"monthly_amount": "600"}, person_id=person_id, effective_month="2020-01")
    async with acting(db, clerk_of(employer)):
        advice = [each.code for each in await changes.advice(db, asked)]
    assert ["ADVICE_AMOUNT_MONTHS_LIVE", "ADVICE_AMOUNT_DESIGNATED"] == advice
    decided = await approve(db, asked)
    async with acting(db, clerk_of(employer)):
        assert () == await changes.advice(db, attrs.evolve(asked, application=decided))
        assert [AMOUNT] != [each.amount for each in await employee_lists.file_amounts(db, 1)]


async def test_no_change_moves_money(db: Connection, employer: Employer, person_id: int) -> None:
    """I5: a change of data touches no order, no claim and no ledger."""
    await submitted(db, employer, line(person_id, START))
    tables = ("remittance_order", "order_line", "claim", "ledger_entry", "payment_notice")
    before = [await db.fetch(f"SELECT * FROM {table}") for table in tables]
    typed = {"monthly_amount": "1", "start_month": "2020-05", "name": "张三"}
    await approve(db, await ask(db, employer, typed, person_id=person_id, effective_month="2020-01"))
    assert before == [await db.fetch(f"SELECT * FROM {table}") for table in tables]
