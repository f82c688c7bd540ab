"""F13: a forgotten password is replaced with a code sent to the mobile on file, and nobody learns whose mobile it is."""

import pytest

from libsubsidy import Mobile
from services.portal.portal import Portal
from services.store import users
from services.store.database import Connection, acting
from services.store.employers import Employer
from services.store.users import NewUser, User, UserState
from tests.portal.entrance.conftest import MOBILE, OWN, code_sent
from tests.portal.visitors import Given, Visitor
from tests.store.test_users import AUTH, CREDIT_CODE

OTHER = Mobile.parse("13900005678")
OLD = "the old one of before"


@pytest.fixture
async def clerk(db: Connection, portal: Portal, newcomer: Employer) -> User:
    """The administrator of the newcomer, with a password of the own and a mobile."""
    password_hash = await portal.passwords.hash(OLD)
    async with acting(db, AUTH):
        known = await users.find(db, str(CREDIT_CODE))
        assert known is not None
        await users.set_password(db, known.user.id, password_hash)
    return known.user


async def ask(client: Visitor, login: str = str(CREDIT_CODE), mobile: Mobile = MOBILE) -> Given:
    """Ask for a code."""
    return await client.ask("POST", "/password-reset-codes", json={"login": login, "mobile": str(mobile)})


async def reset(client: Visitor, code: str, new: str = OWN, mobile: Mobile = MOBILE) -> tuple[int, list[str]]:
    """Set a new password."""
    body = {"login": str(CREDIT_CODE), "mobile": str(mobile), "code": code, "new_password": new}
    given = await client.ask("POST", "/password-resets", json=body)
    return given.status, given.codes if given.status >= 400 else []


async def log_in(client: Visitor, password: str) -> int:
    """Try a password."""
    return (await client.ask("POST", "/session", json={"login": str(CREDIT_CODE), "password": password})).status


async def test_the_code_allows_a_new_password(db: Connection, client: Visitor, clerk: User) -> None:
    """Once; the old one is wrong from then on, and the mobile is told that this happened."""
    assert 204 == (await ask(client)).status
    code = await code_sent(db)
    assert (204, []) == await reset(client, code)
    assert (200, 401) == (await log_in(client, OWN), await log_in(client, OLD))
    assert (422, ["SMS_CODE_WRONG"]) == await reset(client, code)
    text = await db.fetchval("SELECT text FROM sms_message ORDER BY id DESC LIMIT 1")
    assert "刚刚已通过短信验证码重设" in text


async def test_nobody_learns_whose_mobile_it_is(db: Connection, client: Visitor, clerk: User) -> None:
    """Another mobile, another login, a disabled user: the same answers, the same counting, and no message."""
    given = [await ask(client, mobile=OTHER), await ask(client, "nobody.at.all")]
    async with acting(db, AUTH):
        await users.set_state(db, clerk.id, UserState.DISABLED)
    await db.execute("UPDATE sms_code SET issued_at = issued_at - interval '1 minute'")
    given.append(await ask(client))
    assert [(204, b"")] * 3 == [(each.status, each.body) for each in given]
    assert (0, 3) == (
        await db.fetchval("SELECT count(*) FROM sms_message"),
        await db.fetchval("SELECT count(*) FROM sms_code"),
    )
    assert (429, ["SMS_TOO_SOON"]) == ((refused := await ask(client)).status, refused.codes)
    assert (422, ["SMS_CODE_WRONG"]) == await reset(client, "123456", mobile=OTHER)


async def test_an_initial_password_has_its_own_way(db: Connection, client: Visitor, newcomer: Employer) -> None:
    """The window of the first login is not gone around by having forgotten it."""
    assert 204 == (await ask(client)).status
    assert 0 == await db.fetchval("SELECT count(*) FROM sms_message")


async def test_the_bureaus_and_the_employees_passwords_are_not_reset_so(
    db: Connection, client: Visitor, clerk: User
) -> None:
    """A mobile is no way into the bureau; an employee's is reset by the employer (F34)."""
    async with acting(db, AUTH):
        await users.add(db, NewUser(role="reviewer", login="shenhe", name="x", password_hash="x", mobile=OTHER))
    assert 204 == (await ask(client, "shenhe", OTHER)).status
    assert 0 == await db.fetchval("SELECT count(*) FROM sms_message")


@pytest.mark.parametrize(
    ("new", "code"),
    [("1234567", "PASSWORD_SHORT"), (str(CREDIT_CODE), "PASSWORD_KNOWN"), ("60003734-1", "PASSWORD_KNOWN")],
)
async def test_a_weak_password_costs_no_code(db: Connection, client: Visitor, clerk: User, new: str, code: str) -> None:
    """It is refused before the code is used up, which then allows a better one."""
    await ask(client)
    sent = await code_sent(db)
    assert (422, [code]) == await reset(client, sent, new)
    assert (204, []) == await reset(client, sent)


async def test_five_wrong_codes_end_the_right_one(db: Connection, client: Visitor, clerk: User) -> None:
    """Each is a try, though the request is refused."""
    await ask(client)
    sent = await code_sent(db)
    for step in range(1, 6):
        assert (422, ["SMS_CODE_WRONG"]) == await reset(client, f"{(int(sent) + step) % 10**6:06}")
    assert (422, ["SMS_CODE_WRONG"]) == await reset(client, sent)
    assert 200 == await log_in(client, OLD)
