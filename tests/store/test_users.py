"""Promises of services/store/users.py: everybody is found by what they type, and nobody by somebody else's code."""

import asyncio
from datetime import timedelta

import pytest

from libsubsidy import CreditCode, OrganizationCode
from services.store import audit, employers, sessions, users
from services.store.database import Actor, Connection, Role, acting, connect
from services.store.employers import Employer, NewEmployer
from services.store.refusals import RefusedError
from services.store.users import NewUser, User, UserState
from tests.store import fund
from tests.store.waiting import until_somebody_waits

AUTH = Actor(role=Role.AUTH, name="tests", origin="192.0.2.1")
# The manual's own employer: its organisation code is no part of the credit code of anybody else (domain §2.3).
CREDIT_CODE = CreditCode.parse("91110000600037341L")
ORG_CODE = OrganizationCode.parse("60003734-1")


async def add(db: Connection, **facts: object) -> User:
    """Add a user; a reviewer unless said otherwise."""
    known: dict[str, object] = {"role": "reviewer", "name": "张三", "password_hash": "hash"}
    async with acting(db, AUTH):
        return await users.add(db, NewUser(**(known | facts)))  # type: ignore[arg-type]


async def found(db: Connection, text: str) -> int | None:
    """The id of who is meant."""
    async with acting(db, AUTH):
        credentials = await users.find(db, text)
    return None if credentials is None else credentials.user.id


async def register(db: Connection, credit_code: CreditCode | None = CREDIT_CODE) -> Employer:
    """Register the employer of the codes."""
    async with acting(db, fund.BUREAU):
        return await employers.register(db, NewEmployer(name="甲", org_code=ORG_CODE, credit_code=credit_code))


@pytest.mark.parametrize("typed", ["zhang.san", "ZHANG.SAN", " Zhang.San ", "ｚｈａｎｇ.san", "zhang-.san"])
async def test_a_login_is_found_as_people_type_it(db: Connection, typed: str) -> None:
    """Small or capital letters, blanks, hyphens and full-width characters make no difference."""
    user = await add(db, login="zhang.san")
    assert ("ZHANG.SAN", user.id) == (user.login, await found(db, typed))


@pytest.mark.parametrize(
    "typed", ["", "zhang", "zhang.san'--", "zhang.sans", "王", "\ud800", "\x00zhang.san", "x" * 10_000]
)
async def test_nobody_is_found_by_anything_else(db: Connection, typed: str) -> None:
    """What can be no login finds nobody, instead of failing; the NUL is no character that anybody typed."""
    user = await add(db, login="zhang.san")
    assert (user.id if typed == "\x00zhang.san" else None) == await found(db, typed)


@pytest.mark.parametrize("typed", ["600037341", "60003734-1", "91110000600037341L", "91110000600037341l"])
@pytest.mark.parametrize("credit_code", [CREDIT_CODE, None])
async def test_an_employer_logs_in_by_either_code(db: Connection, typed: str, credit_code: CreditCode | None) -> None:
    """By the organisation code or the credit code that contains it, even if only the former was registered (D-1)."""
    employer = await register(db, credit_code)
    user = await add(db, role="employer", login="clerk", employer_id=employer.id)
    assert user.id == await found(db, typed)


async def test_another_credit_code_around_an_organisation_code_is_not_believed(db: Connection) -> None:
    """Where the credit code is known, only that one is it."""
    employer = await register(db)
    await add(db, role="employer", employer_id=employer.id)
    other = str(CreditCode.of_body("92110000600037341"))
    assert (True, None) == (other != str(CREDIT_CODE), await found(db, other))


async def test_the_first_user_of_an_employer_has_its_code_as_login(db: Connection) -> None:
    """The manual knows one login per employer; a second one needs a login of its own."""
    employer = await register(db)
    first = await add(db, role="employer", employer_id=employer.id)
    with pytest.raises(RefusedError, match="in use"):
        await add(db, role="employer", employer_id=employer.id)
    await add(db, role="employer", login="second", employer_id=employer.id)
    assert (str(ORG_CODE), first.id) == (first.login, await found(db, str(CREDIT_CODE)))


async def test_an_employers_codes_pass_over_disabled_users(db: Connection) -> None:
    """When the first user has left, the code means the next one."""
    employer = await register(db)
    first = await add(db, role="employer", login="first", employer_id=employer.id)
    second = await add(db, role="employer", login="second", employer_id=employer.id)
    async with acting(db, AUTH):
        await users.set_state(db, first.id, UserState.DISABLED)
    assert (second.id, first.id) == (await found(db, str(ORG_CODE)), await found(db, "first"))


async def test_the_code_of_a_disabled_users_login_means_the_next_one(db: Connection) -> None:
    """The usual first login is the employer's code, and must not keep the others out; who manages users means it."""
    employer = await register(db)
    first = await add(db, role="employer", employer_id=employer.id)
    second = await add(db, role="employer", login="second", employer_id=employer.id)
    assert first.id == await found(db, str(ORG_CODE))
    async with acting(db, AUTH):
        await users.set_state(db, first.id, UserState.DISABLED)
        meant = await users.find(db, str(ORG_CODE), own_login_first=True)
    assert (str(ORG_CODE), second.id) == (first.login, await found(db, str(ORG_CODE)))
    assert meant is not None
    assert (first.id, UserState.DISABLED) == (meant.user.id, meant.user.state)


@pytest.mark.parametrize("typed", ["11010519491231002X", "11010519491231002x", "110105491231002"])
async def test_an_employee_logs_in_by_the_id_number(db: Connection, typed: str) -> None:
    """Eighteen characters, or the fifteen digits of an old card (D-3); the login itself does not tell the number."""
    employer = await fund.register(db)
    (person_id,) = await fund.employ(db, employer, fund.new_employee(1))
    await db.execute("UPDATE person SET id_number = '11010519491231002X'")
    user = await add(db, role="employee", person_id=person_id)
    assert (f"P.{person_id}", user.id) == (user.login, await found(db, typed))


async def test_no_login_is_somebody_elses_code(db: Connection) -> None:
    """Who took it would keep the other out."""
    employer = await register(db)
    (person_id,) = await fund.employ(db, employer, fund.new_employee(1))
    for login in (str(ORG_CODE), str(CREDIT_CODE), str(fund.id_number(1))):
        with pytest.raises(RefusedError) as caught:
            await add(db, login=login)
        assert ["LOGIN_TAKEN"] == [each.code for each in caught.value.violations]
    own = await add(db, role="employee", login=str(fund.id_number(1)), person_id=person_id)
    assert own.id == await found(db, str(fund.id_number(1)))


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"login": "zh"}, "LOGIN_FORM"),
        ({"login": "x" * 65}, "LOGIN_FORM"),
        ({"login": "张三"}, "LOGIN_FORM"),
        ({"login": ""}, "LOGIN_FORM"),
        ({"login": "taken"}, "LOGIN_TAKEN"),
        ({"name": ""}, "NAME_LENGTH"),
        ({"name": "字" * 101}, "NAME_LENGTH"),
        ({"role": "employer"}, "USER_TENANT"),
        ({"employer_id": 1}, "USER_TENANT"),
        ({"role": "employee"}, "USER_TENANT"),
        ({"role": "employer", "employer_id": 99}, "EMPLOYER_ABSENT"),
        ({"role": "employee", "person_id": 99}, "PERSON_ABSENT"),
        ({"role": "employee", "person_id": 1}, "PERSON_HAS_USER"),
    ],
)
async def test_who_cannot_be_added_is_refused(db: Connection, facts: dict[str, object], code: str) -> None:
    """With what is wrong, and what to do."""
    employer = await fund.register(db)
    (person_id,) = await fund.employ(db, employer, fund.new_employee(1))
    await add(db, login="taken")
    await add(db, role="employee", person_id=person_id)
    with pytest.raises(RefusedError) as caught:
        await add(db, **({"login": "new.one"} | facts))
    assert [code] == [each.code for each in caught.value.violations]


async def test_a_new_password_ends_all_sessions(db: Connection) -> None:
    """Whoever knew the old one is out, and the trail tells it."""
    user = await add(db, login="zhang.san")
    async with acting(db, AUTH):
        known = await users.credentials(db, user.id)
        token = await sessions.open_session(db, known, timedelta(hours=1))
        assert await users.set_password(db, user.id, "another")
        assert await sessions.resolve(db, token or "", timedelta(minutes=30)) is None
        assert "another" == (await users.credentials(db, user.id)).password_hash
    async with acting(db, fund.BUREAU):
        trail = await audit.history(db, "user", user.id)
    assert [
        ("active", "192.0.2.1"),
        ("logged_in", "192.0.2.1"),
        ("password_changed", "192.0.2.1"),
    ] == [(event.to_state, event.origin) for event in trail]


async def test_a_password_is_replaced_only_while_it_is_the_one_that_was_checked(db: Connection) -> None:
    """Two changes at once: the later one has checked a password that is no longer the present one."""
    user = await add(db, login="zhang.san")
    async with acting(db, AUTH):
        known = await users.credentials(db, user.id)
        assert await users.set_password(db, user.id, "first", replacing=known.password_set_at)
        assert not await users.set_password(db, user.id, "second", replacing=known.password_set_at)
        assert "first" == (await users.credentials(db, user.id)).password_hash


async def test_a_hash_is_renewed_only_for_the_same_password(db: Connection) -> None:
    """Hashing anew leaves sessions alone, and a password that was changed meanwhile, too."""
    user = await add(db, login="zhang.san")
    async with acting(db, AUTH):
        known = await users.credentials(db, user.id)
        await users.rehash(db, known, "renewed")
        renewed = await users.credentials(db, user.id)
        assert ("renewed", known.password_set_at) == (renewed.password_hash, renewed.password_set_at)
        await users.set_password(db, user.id, "changed")
        await users.rehash(db, renewed, "renewed again")
        assert "changed" == (await users.credentials(db, user.id)).password_hash


async def test_a_login_beside_a_change_of_password_does_not_outlive_it(db: Connection, database_url: str) -> None:
    """A session that is being opened with the old password ends with the change that waits for it."""
    user = await add(db, login="zhang.san")
    other = await connect(database_url)
    try:
        async with acting(db, AUTH):
            known = await users.credentials(db, user.id)
        opening = db.transaction()
        await opening.start()
        token = await sessions.open_session(db, known, timedelta(hours=1))
        changing = asyncio.create_task(users.set_password(other, user.id, "another"))
        await until_somebody_waits(database_url)
        await opening.commit()
        assert await changing
        assert await sessions.resolve(db, token or "", timedelta(minutes=30)) is None
        assert await sessions.open_session(db, known, timedelta(hours=1)) is None
    finally:
        await other.close()


async def test_disabling_and_enabling(db: Connection) -> None:
    """A disabled user keeps login and trail, and may come back; doing it twice changes nothing."""
    user = await add(db, login="zhang.san")
    async with acting(db, AUTH):
        known = await users.credentials(db, user.id)
        token = await sessions.open_session(db, known, timedelta(hours=1)) or ""
        assert [True, False] == [await users.set_state(db, user.id, UserState.DISABLED) for _ in range(2)]
        assert await sessions.resolve(db, token, timedelta(minutes=30)) is None
        assert await sessions.open_session(db, known, timedelta(hours=1)) is None
        assert UserState.DISABLED is (await users.credentials(db, user.id)).user.state
        assert await users.set_state(db, user.id, UserState.ACTIVE)
        assert await sessions.resolve(db, token, timedelta(minutes=30)) is None
        assert await sessions.open_session(db, known, timedelta(hours=1))


async def test_what_others_know_is_known(db: Connection) -> None:
    """None of it may be the password: login, name, codes and ID number."""
    employer = await register(db)
    (person_id,) = await fund.employ(db, employer, fund.new_employee(1))
    clerk = await add(db, role="employer", login="clerk", employer_id=employer.id)
    employee = await add(db, role="employee", person_id=person_id)
    async with acting(db, AUTH):
        assert {"CLERK", "张三", employer.code, str(ORG_CODE), str(CREDIT_CODE)} == set(
            await users.known_words(db, clerk.id)
        )
        assert {employee.login, "张三", str(fund.id_number(1))} == set(await users.known_words(db, employee.id))


async def test_absent_users_are_absent(db: Connection) -> None:
    """An id that nobody has is refused, or changes nothing."""
    async with acting(db, AUTH):
        assert not await users.set_password(db, 99, "hash")
        assert not await users.set_state(db, 99, UserState.DISABLED)
        assert () == await users.known_words(db, 99)
    with pytest.raises(RefusedError) as caught:
        async with acting(db, AUTH):
            await users.credentials(db, 99)
    assert ["ABSENT"] == [each.code for each in caught.value.violations]


async def test_tenants_are_found_by_their_codes(db: Connection) -> None:
    """The command line names an employer by any code, a person by the ID number."""
    employer = await register(db)
    (person_id,) = await fund.employ(db, employer, fund.new_employee(1))
    async with acting(db, AUTH):
        codes = (employer.code, "60003734-1", "91110000600037341l", "nobody")
        assert [employer.id] * 3 + [None] == [await users.employer_with(db, code) for code in codes]
        assert person_id == await users.person_with(db, fund.id_number(1))
        assert await users.person_with(db, fund.id_number(2)) is None
