"""Promises of services/store/registrations.py: drafts keep everything, an organisation is registered once (F1-F7)."""

import asyncio
from typing import Any

import asyncpg
import attrs
import pytest

from libsubsidy import REGISTRATION_LIFE, EmployerCard, Mobile, RegistrationEvent, RegistrationState
from services.store import (
    attachments,
    audit,
    employers,
    registration_decisions,
    registration_sessions,
    registrations,
    users,
)
from services.store.attachments import Subject
from services.store.database import Actor, Connection, Role, acting, connect
from services.store.employers import NewEmployer
from services.store.refusals import RefusedError
from services.store.registrations import Registration
from tests.libsubsidy.test_registration import CREDIT_CODE, MOBILE, ORG_CODE, WHOLE
from tests.store.fund import BUREAU, POLICY, attach
from tests.store.waiting import until_somebody_waits

OTHER = Mobile("13900000000")
VISITOR = Actor(role=Role.AUTH, name="registration", origin="192.0.2.9")


async def begun(db: Connection, mobile: Mobile = MOBILE) -> Registration:
    """Begin, as who has proven the telephone."""
    async with acting(db, VISITOR):
        return await registrations.begin(db, mobile)


def who(registration: Registration) -> Actor:
    """The one who registers."""
    return attrs.evolve(VISITOR, name=f"registration/{registration.id}", registration_id=registration.id)


async def submit(
    db: Connection, registration: Registration, typed: EmployerCard = WHOLE, attached: tuple[int, ...] | None = None
) -> Registration:
    """Submit, as who has proven the telephone; with all papers, unless they are given."""
    if attached is None:
        attached = await attach(db, who(registration), "registration")
    async with acting(db, who(registration)):
        return await registrations.submit(
            db, registration.id, registration.mobile, registration.version, typed, attached=attached
        )


async def submitted(db: Connection, mobile: Mobile = MOBILE, typed: EmployerCard = WHOLE) -> Registration:
    """Begin and submit."""
    return await submit(db, await begun(db, mobile), typed)


async def refused(db: Connection, registration: Registration, typed: EmployerCard = WHOLE) -> list[tuple[Any, ...]]:
    """Submit, and give what was refused: code and field."""
    with pytest.raises(RefusedError) as caught:
        await submit(db, registration, typed)
    return [(found.code, found.params.get("field")) for found in caught.value.violations]


async def decided(db: Connection, registration: Registration, what: str, reason: str = "证书不清晰") -> Registration:
    """Let the bureau decide."""
    async with acting(db, BUREAU):
        if what == "approve":
            return (await registration_decisions.approve(db, registration.id, registration.version, policy=POLICY))[0]
        decide = registration_decisions.send_back if what == "return" else registration_decisions.reject
        return await decide(db, registration.id, registration.version, reason)


async def test_a_draft_keeps_what_was_typed_right_or_wrong(db: Connection) -> None:
    """Nothing typed is lost; the telephone stays the proven one, and each save names the version that it saw."""
    draft = await begun(db)
    typed = EmployerCard(name=" 半", credit_code="123", contact_mobile="1")
    async with acting(db, VISITOR):
        saved = await registrations.save(db, draft.id, MOBILE, draft.version, typed)
        assert saved == await registrations.get(db, draft.id, MOBILE)
        assert saved == await registrations.begin(db, MOBILE)
    assert (RegistrationState.DRAFT, 2, attrs.evolve(typed, contact_mobile=str(MOBILE))) == (
        saved.state, saved.version, saved.card,
    )  # fmt: skip
    with pytest.raises(RefusedError) as caught:
        async with acting(db, VISITOR):
            await registrations.save(db, draft.id, MOBILE, draft.version, WHOLE)
    (late,) = caught.value.violations
    assert ("STALE_VERSION", True) == (late.code, f"注册申请 registration-{draft.id}已被他人修改" in late.zh)


async def test_another_telephone_sees_nothing_of_it(db: Connection) -> None:
    """I31, domain §4.2 (phone changed mid-way): what was begun with one number is absent for another."""
    draft = await begun(db)
    async with acting(db, VISITOR):
        assert () == await registrations.of_mobile(db, OTHER)
        for act in (
            registrations.get(db, draft.id, OTHER),
            registrations.save(db, draft.id, OTHER, draft.version, WHOLE),
            registrations.submit(db, draft.id, OTHER, draft.version, WHOLE, attached=()),
        ):
            with pytest.raises(RefusedError) as caught:
                await act
            assert ["ABSENT"] == [found.code for found in caught.value.violations]


async def test_everything_that_is_wrong_is_told_at_once(db: Connection) -> None:
    """A form that is wrong in several places, of an organisation that is registered: all of it in one answer."""
    async with acting(db, BUREAU):
        await employers.register(db, NewEmployer.of_card(attrs.evolve(WHOLE, org_code=str(ORG_CODE))))
    draft = await begun(db)
    assert [("FIELD_MISSING", "name"), ("FIELD_MISSING", "address"), ("REGISTERED_ALREADY", "credit_code")] == (
        await refused(db, draft, attrs.evolve(WHOLE, name="", address=""))
    )
    async with acting(db, VISITOR):
        assert draft == await registrations.get(db, draft.id, MOBILE)


async def test_f6_without_its_papers_nothing_is_submitted(db: Connection) -> None:
    """F6, I32: what is missing is named together with what is wrong; papers of another registration are none."""
    draft, other = await begun(db), await begun(db, OTHER)
    papers = await attach(db, who(draft), "registration")
    for attached, codes in (((), ["ATTACHMENT_MISSING"] * 2), (papers[:1], ["ATTACHMENT_MISSING"])):
        with pytest.raises(RefusedError) as caught:
            await submit(db, draft, attrs.evolve(WHOLE, name=""), attached)
        assert ["FIELD_MISSING", *codes] == [found.code for found in caught.value.violations]
    with pytest.raises(RefusedError) as caught:
        await submit(db, other, attached=papers)
    assert ["ABSENT"] == [found.code for found in caught.value.violations]
    told = await submit(db, draft, attached=papers)
    async with acting(db, BUREAU):
        bound = await attachments.of_subject(db, Subject("registration", told.id))
    assert papers == tuple(each.id for each in bound)


async def test_what_was_submitted_is_kept_as_it_was_read_and_frozen(db: Connection) -> None:
    """F7, I25: codes are completed, blanks are gone; nobody changes it while the bureau looks at it."""
    told = await submitted(db, typed=attrs.evolve(WHOLE, name=" 市第一中学 "))
    assert (RegistrationState.SUBMITTED, "市第一中学", str(ORG_CODE), attrs.evolve(WHOLE, org_code=str(ORG_CODE))) == (
        told.state, told.name, told.org_code, told.card,
    )  # fmt: skip
    assert [("REGISTRATION_STATE", None)] == await refused(db, told)
    async with acting(db, BUREAU):
        events = await audit.history(db, "registration", told.id)
    assert [("", "phone_verified"), ("phone_verified", "draft"), ("draft", "submitted")] == [
        (event.from_state, event.to_state) for event in events
    ]
    with pytest.raises(asyncpg.RestrictViolationError) as caught:
        await db.execute("UPDATE registration SET card = '{}'")
    assert "registration_frozen" == caught.value.constraint_name


async def test_an_approval_makes_the_employer_with_the_next_code(db: Connection) -> None:
    """F7: the card is the employer's, the code is the next one, the employees are still to be checked."""
    told = await submitted(db)
    async with acting(db, BUREAU):
        approved, employer = await registration_decisions.approve(db, told.id, told.version, policy=POLICY)
        assert told.card == await employers.card(db, employer.id)
    assert (RegistrationState.APPROVED, employer.id, "10000", False) == (
        approved.state, approved.employer_id, employer.code, employer.initialised,
    )  # fmt: skip
    async with acting(db, VISITOR):
        known = await users.find(db, ORG_CODE.hyphenated)
    assert known is not None
    assert ("employer", employer.id, "李四", True, MOBILE) == (
        known.user.role, known.user.employer_id, known.user.name, known.user.must_change, known.mobile,
    )  # fmt: skip
    assert ["10000" in text for text in await messages(db)] == [True]


async def messages(db: Connection) -> list[str]:
    """Give what was sent to the telephone of the registration."""
    rows = await db.fetch("SELECT text FROM sms_message WHERE mobile = $1 ORDER BY id", str(MOBILE))
    return [row["text"] for row in rows]


@pytest.mark.parametrize(("what", "words"), [("return", "修改后重新提交"), ("reject", "未通过")])
async def test_f4_who_registered_is_told_why(db: Connection, what: str, words: str) -> None:
    """F4: the administrator gets the result with its reason; the longest name still fits into a message."""
    told = await submitted(db, typed=attrs.evolve(WHOLE, name="单" * 200))
    await decided(db, told, what, "原" * 400)
    (text,) = await messages(db)
    assert words in text
    assert "原" * 400 in text


async def test_a_reason_ends_in_one_full_stop(db: Connection) -> None:
    """The standard reasons of the desk end in one already."""
    await decided(db, await submitted(db), "return", "附件不清晰。")
    (text,) = await messages(db)
    assert "附件不清晰。请用本手机号" in text


async def test_an_approval_that_fails_leaves_nothing(db: Connection) -> None:
    """In one transaction: no employer without its administrator, no message about what did not happen."""
    told = await submitted(db)
    async with acting(db, BUREAU):
        await employers.register(db, NewEmployer.of_card(told.card))
    with pytest.raises(RefusedError) as caught:
        await decided(db, told, "approve")
    assert {"ORG_CODE_TAKEN", "CREDIT_CODE_TAKEN"} & {found.code for found in caught.value.violations}
    assert ([], "submitted") == (await messages(db), await db.fetchval("SELECT state FROM registration"))


async def test_what_was_returned_is_edited_and_submitted_again(db: Connection) -> None:
    """F7: the reason is there to read while the form is mended, and the same registration goes on."""
    returned = await decided(db, await submitted(db), "return", " 证书不清晰 ")
    assert (RegistrationState.RETURNED, "证书不清晰") == (returned.state, returned.remark)
    assert returned == await begun(db)
    again = await submit(db, returned, attrs.evolve(WHOLE, address="迎宾路 2 号"))
    assert (returned.id, RegistrationState.SUBMITTED, "证书不清晰") == (again.id, again.state, again.remark)
    approved = await decided(db, again, "approve")
    assert ("迎宾路 2 号", "") == (approved.card.address, approved.remark)


@pytest.mark.parametrize("event", ["approve", "return", "reject"])
async def test_what_is_decided_is_decided_once(db: Connection, event: str) -> None:
    """A second decision, with the version seen or with the present one, finds it too late."""
    told = await submitted(db)
    now = await decided(db, told, event)
    for seen in (told, now):
        with pytest.raises(RefusedError) as caught:
            await decided(db, seen, "reject")
        assert {found.code for found in caught.value.violations} <= {"STALE_VERSION", "REGISTRATION_STATE"}


async def test_a_reason_is_needed(db: Connection) -> None:
    """Who gets it back needs to know why."""
    told = await submitted(db)
    for what in ("return", "reject"):
        with pytest.raises(RefusedError) as caught:
            await decided(db, told, what, "  ")
        assert ["REASON_MISSING"] == [found.code for found in caught.value.violations]


async def test_registration_org_code_exists_active(db: Connection) -> None:
    """Domain §4.2: an employer that is there logs in instead; found by the organisation code alone, too."""
    await decided(db, await submitted(db), "approve")
    assert [("REGISTERED_ALREADY", "credit_code")] == await refused(db, await begun(db, OTHER))
    alone = attrs.evolve(WHOLE, credit_code="", org_code=ORG_CODE.hyphenated)
    assert [("REGISTERED_ALREADY", "org_code")] == await refused(db, await begun(db, OTHER), alone)


async def test_registration_uscc_contains_an_existing_org_code(db: Connection) -> None:
    """Domain §4.2: the employer was registered by its organisation code; positions 9-17 of the credit code are the same."""
    alone = attrs.evolve(WHOLE, credit_code="", org_code=str(ORG_CODE))
    await decided(db, await submitted(db, typed=alone), "approve")
    assert [("REGISTERED_ALREADY", "credit_code")] == await refused(db, await begun(db, OTHER))


async def test_registration_org_code_exists_closed(db: Connection) -> None:
    """An employer that was closed does not come back by itself."""
    await decided(db, await submitted(db), "approve")
    await db.execute("UPDATE employer SET state = 'closed'")
    assert [("REGISTERED_AND_CLOSED", "credit_code")] == await refused(db, await begun(db, OTHER))


async def test_registration_org_code_exists_pending(db: Connection) -> None:
    """Domain §4.2: while one is examined there is no second, from another telephone or the same one, by either code."""
    told = await submitted(db)
    assert [("REGISTRATION_PENDING", "credit_code")] == await refused(db, await begun(db, OTHER))
    own = await begun(db)
    assert told.id != own.id
    with pytest.raises(RefusedError) as caught:
        await submit(db, own, attrs.evolve(WHOLE, credit_code="", org_code=str(ORG_CODE)))
    assert f"编号 {told.id}" in caught.value.violations[0].zh


async def test_registration_org_code_exists_rejected_or_returned(db: Connection) -> None:
    """Domain §4.2: neither keeps the organisation from registering; the reviewer sees what was before."""
    rejected = await decided(db, await submitted(db), "reject", "不属于本市")
    returned = await decided(db, await submitted(db), "return")
    again = await submitted(db, OTHER)
    async with acting(db, BUREAU):
        assert [returned.id, rejected.id] == [each.id for each in await registration_decisions.earlier(db, again)]
    assert [("REGISTRATION_PENDING", "credit_code")] == await refused(db, returned)


async def test_namesakes_are_shown_to_the_reviewer(db: Connection) -> None:
    """The same name under another code is perhaps the same organisation, and perhaps not: a person decides."""
    async with acting(db, BUREAU):
        namesake = await employers.register(
            db, NewEmployer.of_card(attrs.evolve(WHOLE, credit_code="", org_code="PDY000028"))
        )
    told = await submitted(db)
    async with acting(db, BUREAU):
        assert (namesake,) == await registration_decisions.namesakes(db, told)


async def test_of_two_that_submit_at_once_one_is_told(db: Connection, database_url: str) -> None:
    """The database holds what both have checked before either had committed."""
    one, two = await begun(db), await begun(db, OTHER)
    other = await connect(database_url)
    try:
        papers = await attach(db, who(one), "registration")
        async with acting(db, who(one)):
            await registrations.submit(db, one.id, MOBILE, one.version, WHOLE, attached=papers)
            late = asyncio.create_task(submit(other, two))
            await until_somebody_waits(database_url)
        with pytest.raises(RefusedError) as caught:
            await late
        assert ["REGISTRATION_PENDING"] == [found.code for found in caught.value.violations]
    finally:
        await other.close()


async def test_one_telephone_waits_for_a_limited_number(db: Connection) -> None:
    """A person registers a few employers; a program that wants hundreds is no person."""
    for serial in range(registrations.UNDECIDED_MAX):
        draft = await begun(db)
        await db.execute("UPDATE registration SET state = 'draft' WHERE id = $1", draft.id)
        await db.execute(
            "UPDATE registration SET state = 'submitted', submitted_at = now(), name = 'x', org_code = $2 WHERE id = $1",
            draft.id,
            str(serial),
        )
    with pytest.raises(RefusedError) as caught:
        await begun(db)
    assert ["REGISTRATIONS_TOO_MANY"] == [found.code for found in caught.value.violations]


async def test_the_database_moves_registrations_as_the_library_does(db: Connection) -> None:
    """I21: what the one allows the other allows, and nothing else."""
    library = {(old.value, new.value) for (old, _), new in REGISTRATION_LIFE.table.items() if old is not new}
    allowed, refusals = set(), set()
    for old in RegistrationState:
        for new in RegistrationState:
            if old is new:
                continue
            tried = db.transaction()
            await tried.start()
            try:
                registration_id = await _in_state(db, old)
                await db.execute(
                    """
                    UPDATE registration SET state = $2, submitted_at = now(),
                        employer_id = CASE $2 WHEN 'approved' THEN (SELECT id FROM employer) END WHERE id = $1
                    """,
                    registration_id,
                    new.value,
                )
                allowed.add((old.value, new.value))
            except asyncpg.RestrictViolationError as error:
                refusals.add(error.constraint_name)
            finally:
                await tried.rollback()
    assert (library, {"registration_moves"}) == (allowed, refusals)


async def _in_state(db: Connection, state: RegistrationState) -> int:
    await db.execute("INSERT INTO employer (org_code, name) VALUES ('PDY00009X', 'x') ")
    registration_id: int = await db.fetchval(
        """
        INSERT INTO registration (mobile, state, name, org_code, submitted_at, employer_id)
        SELECT '13800000000', $1, 'x', 'x', now(), CASE $1 WHEN 'approved' THEN (SELECT id FROM employer) END RETURNING id
        """,
        state.value,
    )
    return registration_id


@pytest.mark.parametrize(
    ("sql", "state"),
    [
        ("UPDATE registration SET state = 'approved', employer_id = 1", "submitted"),
        ("UPDATE registration SET state = 'returned'", "submitted"),
        ("UPDATE registration SET card = '{}'", "submitted"),
        ("UPDATE registration SET state = 'draft'", "approved"),
        ("UPDATE registration SET remark = 'x'", "draft"),
        ("UPDATE registration SET mobile = '13900000000'", "draft"),
        ("DELETE FROM registration", "submitted"),
        ("INSERT INTO registration (mobile, state) VALUES ('13800000000', 'submitted')", "draft"),
    ],
)
async def test_who_registers_decides_nothing(db: Connection, sql: str, state: str) -> None:
    """Even somebody who has got hold of the connection: the role may save and submit, and that is all."""
    told = await submitted(db) if state != "draft" else await begun(db)
    if state == "approved":
        await decided(db, told, "approve")
    try:
        async with acting(db, VISITOR):
            assert "UPDATE 0" == (done := await db.execute(sql)) or "DELETE 0" == done
    except asyncpg.PostgresError as error:
        assert isinstance(error, asyncpg.InsufficientPrivilegeError)  # noqa: PT017 -- either is a refusal.


async def test_the_bureau_sees_no_draft(db: Connection) -> None:
    """What is being written is nobody else's business; an employer sees the registration that made it, and changes none."""
    await begun(db)
    told = await submitted(db, OTHER, attrs.evolve(WHOLE, credit_code="", org_code="PDY000028"))
    async with acting(db, BUREAU):
        assert [told.id] == [row["id"] for row in await db.fetch("SELECT id FROM registration")]
    approved = await decided(db, told, "approve")
    for employer_id, seen in ((approved.employer_id, [told.id]), (99, [])):
        clerk = Actor(role=Role.EMPLOYER, name="user/1", origin="test", employer_id=employer_id)
        async with acting(db, clerk):
            assert seen == [row["id"] for row in await db.fetch("SELECT id FROM registration")]
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with acting(db, clerk):
                await db.execute("UPDATE registration SET name = 'x'")


async def test_forgotten_are_drafts_that_nobody_came_back_to(db: Connection) -> None:
    """Names and numbers of people are not kept for ever; what was submitted is."""
    old, told = await begun(db, OTHER), await submitted(db)
    await db.execute("UPDATE registration SET changed_at = now() - interval '91 days'")
    fresh = await begun(db, Mobile("13700000000"))
    async with acting(db, VISITOR):
        token = await registration_sessions.open_session(db, old.id)
        assert 1 == await registrations.forget(db)
        assert await registration_sessions.resolve(db, token) is None
    assert {told.id, fresh.id} == {row["id"] for row in await db.fetch("SELECT id FROM registration")}


async def test_a_session_is_bound_to_its_telephone_and_ends_by_time(db: Connection) -> None:
    """F3: it turns to registrations of the same number only; idle or old it opens nothing."""
    first, stranger = await begun(db), await begun(db, OTHER)
    async with acting(db, VISITOR):
        token = await registration_sessions.open_session(db, first.id)
        await registration_sessions.turn_to(db, token, stranger.id)
        session = await registration_sessions.resolve(db, token)
        assert session is not None
        assert (first.id, MOBILE) == (session.registration_id, session.mobile)
        assert await registration_sessions.resolve(db, f"{token}x") is None
    for column in ("seen_at = now() - interval '61 minutes'", "seen_at = now(), ends_at = now()"):
        await db.execute(f"UPDATE registration_session SET {column}")
        async with acting(db, VISITOR):
            assert await registration_sessions.resolve(db, token) is None
    async with acting(db, VISITOR):
        assert 1 == await registration_sessions.purge(db)


async def test_a_session_that_is_used_stays(db: Connection) -> None:
    """Being seen is noted once a minute; leaving ends it."""
    draft = await begun(db)
    async with acting(db, VISITOR):
        tokens = [await registration_sessions.open_session(db, draft.id) for _ in range(3)]
    await db.execute("UPDATE registration_session SET seen_at = now() - interval '59 minutes'")
    async with acting(db, VISITOR):
        await registration_sessions.seen(db, tokens[0])
        await registration_sessions.end(db, tokens[1])
    await db.execute("UPDATE registration_session SET seen_at = seen_at - interval '2 minutes'")
    async with acting(db, VISITOR):
        alive = [await registration_sessions.resolve(db, token) is not None for token in tokens]
    assert [True, False, False] == alive


async def test_a_registration_has_few_sessions(db: Connection) -> None:
    """Who opens one more loses the oldest."""
    draft = await begun(db)
    tokens = []
    for _ in range(registration_sessions.SESSIONS_MAX + 1):
        async with acting(db, VISITOR):
            tokens.append(await registration_sessions.open_session(db, draft.id))
    async with acting(db, VISITOR):
        alive = [await registration_sessions.resolve(db, token) is not None for token in tokens]
    assert [False, *[True] * registration_sessions.SESSIONS_MAX] == alive


def test_these_identities_are_made_up() -> None:
    """PDY00001 to PDY99999 are reserved for private use."""
    assert ("PDY00001", "PDY00001") == (str(ORG_CODE)[:8], CREDIT_CODE.organization_code[:8])


def test_events_have_words() -> None:
    """Every event and every state can be told."""
    assert set(RegistrationEvent) == set(registrations._EVENTS)
    assert set(RegistrationState) == set(registrations.STATES_ZH)
