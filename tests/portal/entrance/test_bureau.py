"""The bureau's side of logging in (F9, F13): it opens the first login, and resets what was lost."""

import pytest

from services.portal.roles import PortalRole
from services.store.database import Connection
from services.store.employers import Employer
from tests.portal.conftest import Town, VisitorOf
from tests.portal.entrance.conftest import INITIAL, MOBILE, code_sent
from tests.portal.visitors import Visitor
from tests.store.test_users import CREDIT_CODE, ORG_CODE


@pytest.fixture
async def reviewer(visitor: VisitorOf) -> Visitor:
    """A reviewer."""
    return await visitor(PortalRole.REVIEWER)


@pytest.mark.parametrize("q", ["南山", str(ORG_CODE), ORG_CODE.hyphenated, str(CREDIT_CODE).lower()])
async def test_an_employer_is_found_by_name_and_code(reviewer: Visitor, newcomer: Employer, q: str) -> None:
    """With its administrator, the mobile on file, and until when the initial password works."""
    (found,) = (await reviewer.get("/employer-logins", q=q))["items"]
    (administrator,) = found["administrators"]
    assert (newcomer.name, "initial", str(MOBILE)) == (
        found["name"],
        administrator["password"],
        administrator["mobile"],
    )
    assert administrator["ends_at"] is not None


async def test_a_migrated_employer_without_users_gets_its_first_login(
    reviewer: Visitor, client: Visitor, db: Connection, newcomer: Employer
) -> None:
    """F1, F9: with an activation code where no mobile is given, and with a message to the mobile where one is."""
    await db.execute("DELETE FROM portal_user WHERE employer_id = $1", newcomer.id)
    opened = await reviewer.post(f"/employer-logins/{newcomer.id}/open", {"name": "王芳"})
    assert (str(ORG_CODE), 30) == (opened["login"], opened["days"])
    body = {"login": str(ORG_CODE), "password": INITIAL[1], "code": opened["activation_code"]}
    assert 200 == (await client.ask("POST", "/session", json=body)).status

    again = await reviewer.post(f"/employer-logins/{newcomer.id}/open", {"mobile": str(MOBILE)})
    assert again["activation_code"] is None
    assert 403 == (await client.ask("POST", "/session", json=body | {"code": ""})).status
    assert 200 == (await client.ask("POST", "/session", json=body | {"code": await code_sent(db)})).status


async def test_only_who_has_a_password_has_it_reset(
    reviewer: Visitor, client: Visitor, db: Connection, newcomer: Employer
) -> None:
    """A first login is opened again, and not reset; after the first change it is the other way round (I30)."""
    given = await reviewer.ask("POST", f"/employer-logins/{newcomer.id}/password")
    assert (409, ["FIRST_LOGIN_WAITS"]) == (given.status, given.codes)
    await db.execute("UPDATE portal_user SET password_kind = 'own', password_ends_at = NULL WHERE role = 'employer'")
    given = await reviewer.ask("POST", f"/employer-logins/{newcomer.id}/open", json={})
    assert (409, ["FIRST_LOGIN_DONE"]) == (given.status, given.codes)
    made = await reviewer.post(f"/employer-logins/{newcomer.id}/password")
    given = await client.ask("POST", "/session", json={"login": made["login"], "password": made["password"]})
    assert (200, True) == (given.status, given.body["must_change"])


async def test_an_employer_that_is_not_there_is_absent(reviewer: Visitor, town: Town) -> None:
    """And one whose only users are no administrators is told so."""
    for act, body in (("open", {}), ("password", None)):
        given = await reviewer.ask("POST", f"/employer-logins/999999/{act}", **({} if body is None else {"json": body}))
        assert (404, ["ABSENT"]) == (given.status, given.codes)
    given = await reviewer.ask("POST", f"/employer-logins/{town.employer.id}/password")
    assert (422, ["NO_ADMINISTRATOR"]) == (given.status, given.codes)
