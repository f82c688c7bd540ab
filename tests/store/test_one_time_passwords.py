"""Promises of services/store/one_time_passwords.py: a lost password is replaced by one that must be changed."""

from datetime import timedelta

import pytest

from libsubsidy import Policy
from services.store import one_time_passwords, sessions, tokens, users
from services.store.database import Connection, acting
from services.store.employers import Employer
from services.store.password_hashes import HASHER, plain_password
from services.store.refusals import RefusedError
from services.store.users import PasswordKind
from tests.store import fund
from tests.store.test_users import AUTH, add

POLICY = Policy(one_time_password_days=7)
HOUR = timedelta(hours=1)


@pytest.fixture
async def employer(db: Connection) -> Employer:
    """One with an employee, whose person is the first."""
    registered = await fund.register(db, 1, "75256")
    await fund.employ(db, registered, fund.new_employee(1))
    return registered


async def reset(db: Connection, employer: Employer, **whose: int) -> str:
    """Reset a password as somebody of the employer."""
    async with acting(db, fund.clerk_of(employer)):
        return await one_time_passwords.reset_with_one_time_password(db, policy=POLICY, **whose)


async def test_an_employee_who_never_logged_in_gets_a_user(db: Connection, employer: Employer) -> None:
    """F34: found by the ID number, with a password that works for a week and must be changed; made once only."""
    row = await db.fetchrow("SELECT id, id_number, name FROM person")
    assert row is not None
    person_id, number, name = row
    first = await reset(db, employer, person_id=person_id)
    second = await reset(db, employer, person_id=person_id)
    async with acting(db, AUTH):
        found = await users.find(db, number)
    assert found is not None
    assert ("employee", name, True, PasswordKind.ONE_TIME) == (
        found.user.role,
        found.user.name,
        found.user.must_change,
        found.kind,
    )
    assert first != second
    assert HASHER.verify(found.password_hash, plain_password(second))
    assert 7 == await db.fetchval("SELECT round(extract(epoch FROM password_ends_at - now()) / 86400) FROM portal_user")


async def test_whoever_knew_the_old_password_is_out(db: Connection, employer: Employer) -> None:
    """Sessions and tokens end with it; the audit trail says who did that."""
    user = await add(db, role="employer_clerk", login="clerk", employer_id=employer.id)
    async with acting(db, AUTH):
        session = await sessions.open_session(db, await users.credentials(db, user.id), HOUR)
        _, token = await tokens.add(db, user.id, name="x", scopes=["orders:read"], lasting=HOUR)
    await reset(db, employer, user_id=user.id)
    async with acting(db, AUTH):
        assert (None, None) == (await sessions.resolve(db, session or "", HOUR), await tokens.resolve(db, token))
    assert (fund.clerk_of(employer).name, employer.id) == tuple(
        await db.fetchrow("SELECT actor, employer_id FROM audit_event WHERE to_state = 'password_reset'") or ()
    )


async def test_nobody_is_made_for_people_of_others(db: Connection, employer: Employer) -> None:
    """I31: a person whom the employer does not see is absent, like one that does not exist."""
    stranger = await fund.register(db, 2, "10160")
    (theirs,) = await fund.employ(db, stranger, fund.new_employee(2))
    for person_id in (theirs, 10**9):
        with pytest.raises(RefusedError) as caught:
            await reset(db, employer, person_id=person_id)
        assert ["ABSENT"] == [each.code for each in caught.value.violations]
    assert 0 == await db.fetchval("SELECT count(*) FROM portal_user")


async def test_a_user_who_is_not_there_is_absent(db: Connection, employer: Employer) -> None:
    """Nothing is made of an id."""
    with pytest.raises(RefusedError) as caught:
        await reset(db, employer, user_id=10**9)
    assert ["ABSENT"] == [each.code for each in caught.value.violations]
