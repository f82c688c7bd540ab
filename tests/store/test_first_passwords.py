"""Promises of services/store/first_passwords.py: an employer's first login is opened by the bureau, and ends for good."""

from datetime import timedelta

import pytest

from libsubsidy import Mobile, Policy
from services.store import first_passwords, sessions, users
from services.store.database import Connection, acting
from services.store.employers import Employer
from services.store.first_passwords import Opened
from services.store.opaque_secrets import digest
from services.store.refusals import RefusedError
from services.store.users import Credentials, PasswordKind
from tests.store import fund
from tests.store.test_users import AUTH, CREDIT_CODE, ORG_CODE, add, register

MOBILE = Mobile.parse("13800000001")
POLICY = Policy(activation_days=30)


async def opened(db: Connection, employer: Employer, mobile: Mobile | None = MOBILE) -> Opened:
    """Give an employer its first user, as the bureau does when it approves a registration."""
    async with acting(db, fund.BUREAU):
        made = await first_passwords.add_first_user(db, employer.id, name="王芳", mobile=mobile, policy=POLICY)
        assert fund.BUREAU.role.value == await db.fetchval("SELECT current_setting('role')")
    return made


async def again(db: Connection, employer: Employer, mobile: Mobile | None = None) -> Opened:
    """Open the window anew."""
    async with acting(db, fund.BUREAU):
        return await first_passwords.open_window(db, employer.id, mobile=mobile, policy=POLICY)


async def known(db: Connection, typed: str) -> Credentials | None:
    """What a login is checked against."""
    async with acting(db, AUTH):
        return await users.find(db, typed)


@pytest.mark.parametrize("typed", [str(ORG_CODE), ORG_CODE.hyphenated, str(CREDIT_CODE), str(CREDIT_CODE).lower()])
async def test_the_first_user_is_found_by_either_code(db: Connection, typed: str) -> None:
    """F8, F9: nine characters, with the hyphen or without, or eighteen; until a month from now, with the mobile on file."""
    made = await opened(db, await register(db))
    found = await known(db, typed)
    assert found is not None
    assert (made.user, "", "employer", True) == (
        found.user,
        made.activation_code,
        found.user.role,
        found.user.must_change,
    )
    assert (PasswordKind.INITIAL, "", MOBILE, (str(ORG_CODE), str(CREDIT_CODE)), None) == (
        found.kind,
        found.password_hash,
        found.mobile,
        found.codes,
        found.activation_hash,
    )
    left = await db.fetchval("SELECT password_ends_at - now() FROM portal_user")
    assert timedelta(days=30) - timedelta(minutes=1) < left <= timedelta(days=30)


async def test_without_a_mobile_there_is_an_activation_code(db: Connection) -> None:
    """Told once, kept as a hash; the next one ends it, and a mobile does, too."""
    employer = await register(db)
    first = await opened(db, employer, None)
    second = await again(db, employer)
    found = await known(db, str(ORG_CODE))
    assert found is not None
    assert first.activation_code != second.activation_code
    assert (None, digest(second.activation_code)) == (found.mobile, found.activation_hash)

    assert "" == (await again(db, employer, MOBILE)).activation_code
    found = await known(db, str(ORG_CODE))
    assert found is not None
    assert (MOBILE, None) == (found.mobile, found.activation_hash)


async def test_the_first_change_ends_it_for_good(db: Connection) -> None:
    """I30: the password is the user's own then, and the bureau itself cannot bring the initial one back."""
    employer = await register(db)
    made = await opened(db, employer)
    async with acting(db, AUTH):
        assert await users.set_password(db, made.user.id, "hash of an own one")
    found = await known(db, str(ORG_CODE))
    assert found is not None
    assert (PasswordKind.OWN, "hash of an own one", None, False) == (
        found.kind,
        found.password_hash,
        found.ends_at,
        found.user.must_change,
    )
    with pytest.raises(RefusedError) as caught:
        await again(db, employer)
    assert ["FIRST_LOGIN_DONE"] == [each.code for each in caught.value.violations]


async def test_no_session_is_opened_after_the_window(db: Connection) -> None:
    """Not even for a login that was being checked when it closed."""
    await opened(db, await register(db))
    found = await known(db, str(ORG_CODE))
    assert found is not None
    await db.execute("UPDATE portal_user SET password_ends_at = now()")
    async with acting(db, AUTH):
        assert await sessions.open_session(db, found, timedelta(hours=1)) is None
    await db.execute("UPDATE portal_user SET password_ends_at = now() + interval '1 minute'")
    async with acting(db, AUTH):
        assert await sessions.open_session(db, found, timedelta(hours=1))


async def test_an_employer_with_users_gets_no_first_one(db: Connection) -> None:
    """Otherwise whoever knows its codes would be let in beside them."""
    employer = await register(db)
    await add(db, role="employer_clerk", login="clerk", employer_id=employer.id)
    with pytest.raises(RefusedError) as caught:
        await opened(db, employer)
    assert ["FIRST_USER_THERE"] == [each.code for each in caught.value.violations]
