"""Promises of services/portal/registration: a telephone is proven once and soon, its registrations are its own (F3-F7)."""

from io import BytesIO

import attrs
import pytest

from libsubsidy import SLOTS
from services.portal.roles import PortalRole
from services.store.database import Connection
from tests.portal.conftest import Town, VisitorOf
from tests.portal.papers import PHOTO, jpeg
from tests.portal.registration.applicants import CARD, NUMBER, code_sent, prove, redeem, sent
from tests.portal.visitors import Visitor

OTHER = "13900000000"


async def papers_of(applicant: Visitor) -> list[str]:
    """Upload a photograph for every paper that is asked for."""
    found = []
    for slot in SLOTS["registration"]:
        given = await applicant.ask(
            "POST",
            "/registrations/attachments",
            params={"purpose": "registration", "slot": slot.name, "filename": PHOTO},
            data=BytesIO(jpeg()),
        )
        assert 201 == given.status, given.body
        found.append(given.body["id"])
    return found


async def submitted(applicant: Visitor, **card: str) -> dict[str, object]:
    """Fill in the form of the registration that is open, and submit it."""
    (open_one, *_) = (await applicant.get("/registrations"))["items"]
    body = {"version": open_one["version"], "card": CARD | card, "attachments": await papers_of(applicant)}
    told: dict[str, object] = await applicant.post(f"/registrations/{open_one['id']}/submit", body)
    return told


async def test_f3_a_code_opens_one_session_once(someone: Visitor, db: Connection) -> None:
    """F3: the code works once; a second use, as every wrong one, gets the same answer and no session."""
    await someone.post("/registrations/codes", {"mobile": "+86 138-0000-0000"})
    code = await code_sent(db)
    applicant, proven = await redeem(someone, code)
    assert ("phone_verified", "138****0000", "") == (
        proven["registration"]["state"], proven["registration"]["mobile"], proven["registration"]["employer_code"],
    )  # fmt: skip
    assert [proven["registration"]["id"]] == [each["id"] for each in (await applicant.get("/registrations"))["items"]]
    again = await someone.ask("POST", "/registrations/session", json={"mobile": NUMBER, "code": code})
    assert (422, ["SMS_CODE_WRONG"], "/code") == (again.status, again.codes, again.body["violations"][0]["pointer"])


@pytest.mark.parametrize(
    ("change", "mobile", "purpose"),
    [
        ("UPDATE sms_code SET ends_at = clock_timestamp()", NUMBER, "registration"),
        ("SELECT 1", OTHER, "registration"),
        ("SELECT 1", NUMBER, "registration_status"),
    ],
    ids=["expired", "for another telephone", "for another purpose"],
)
async def test_registration_sms_code_that_does_not_fit(
    someone: Visitor, db: Connection, change: str, mobile: str, purpose: str
) -> None:
    """Domain §4.2: a code that has expired, or was sent to another telephone or for something else, opens nothing."""
    await someone.post("/registrations/codes", {"mobile": NUMBER})
    await db.execute(change)
    given = await someone.ask(
        "POST",
        "/registrations/session",
        json={"mobile": mobile, "code": await code_sent(db), "purpose": purpose},
    )
    assert (422, ["SMS_CODE_WRONG"]) == (given.status, given.codes)
    assert "Set-Cookie" not in given.headers


async def test_registration_sms_code_guessed_too_often(someone: Visitor, db: Connection) -> None:
    """F3: few tries, each of which counts although it is refused; then even the right code is none."""
    await someone.post("/registrations/codes", {"mobile": NUMBER})
    code = await code_sent(db)
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    for _ in range(5):
        await someone.ask("POST", "/registrations/session", json={"mobile": NUMBER, "code": wrong})
    given = await someone.ask("POST", "/registrations/session", json={"mobile": NUMBER, "code": code})
    assert (422, ["SMS_CODE_WRONG"]) == (given.status, given.codes)


async def test_f3_codes_are_not_sent_again_and_again(someone: Visitor, db: Connection) -> None:
    """F3: a second one within the minute is refused with the time to wait; what is no number is told at its field."""
    await someone.post("/registrations/codes", {"mobile": NUMBER})
    again = await someone.ask("POST", "/registrations/codes", json={"mobile": NUMBER})
    assert (429, ["SMS_TOO_SOON"], 1) == (again.status, again.codes, len(await sent(db)))
    wrong = await someone.ask("POST", "/registrations/codes", json={"mobile": "12345"})
    assert (422, "/mobile") == (wrong.status, wrong.body["violations"][0]["pointer"])


async def test_who_has_registered_nothing_learns_nothing_and_is_sent_nothing(someone: Visitor, db: Connection) -> None:
    """A stranger cannot find out whose telephone has a registration, nor have messages sent to it."""
    await someone.post("/registrations/codes", {"mobile": NUMBER, "purpose": "registration_status"})
    assert [] == await sent(db)
    await prove(someone, db, OTHER)
    await someone.post("/registrations/codes", {"mobile": OTHER, "purpose": "registration_status"})
    assert 2 == len(await sent(db, OTHER))


async def test_a_draft_is_saved_as_typed_and_found_again(someone: Visitor, db: Connection) -> None:
    """Nothing typed is lost: another window, later, goes on where this one ended."""
    applicant = await prove(someone, db)
    (draft,) = (await applicant.get("/registrations"))["items"]
    body = {"version": draft["version"], "card": {"name": " 半个名", "credit_code": "12"}}
    saved = await applicant.put(f"/registrations/{draft['id']}", body)
    assert ("draft", " 半个名", 2) == (saved["state"], saved["card"]["name"], saved["version"])
    stale = await applicant.ask("PUT", f"/registrations/{draft['id']}", json=body)
    assert (409, ["STALE_VERSION"]) == (stale.status, stale.codes)
    await applicant.ask("DELETE", "/registrations/session")
    await db.execute("UPDATE sms_code SET issued_at = issued_at - interval '2 minutes'")
    later = await prove(someone, db)
    assert saved == await later.get(f"/registrations/{draft['id']}")


async def test_without_a_session_or_with_an_old_one_nothing_is_shown(someone: Visitor, db: Connection) -> None:
    """401 with what to do; leaving ends the session, and so does time."""
    applicant = await prove(someone, db)
    for stranger in (someone, attrs.evolve(someone, headers={**someone.headers, "Cookie": "registration=" + "A" * 43})):
        given = await stranger.ask("GET", "/registrations")
        assert (401, ["REGISTRATION_SESSION"]) == (given.status, given.codes)
    await db.execute("UPDATE registration_session SET seen_at = now() - interval '61 minutes'")
    assert 401 == (await applicant.ask("GET", "/registrations")).status
    await db.execute("UPDATE registration_session SET seen_at = now()")
    assert 204 == (await applicant.ask("DELETE", "/registrations/session")).status
    assert 401 == (await applicant.ask("GET", "/registrations")).status


async def test_changes_name_the_token_of_our_own_pages(someone: Visitor, db: Connection) -> None:
    """The cookie alone is no permission: another site's page cannot know the token."""
    applicant = await prove(someone, db)
    blind = attrs.evolve(applicant, headers={**applicant.headers, "X-CSRF-Token": "0" * 64})
    for method, path, body in (
        ("POST", "/registrations", None),
        ("PUT", "/registrations/1", {"version": 1, "card": {}}),
        ("DELETE", "/registrations/session", None),
    ):
        given = await blind.ask(method, path, **({} if body is None else {"json": body}))
        assert (403, ["CSRF_TOKEN"]) == (given.status, given.codes)


async def test_a_registration_of_another_telephone_is_as_absent_as_none(someone: Visitor, db: Connection) -> None:
    """I31: whatever is asked of it, and of one that does not exist, gets one answer."""
    theirs = (await (await prove(someone, db)).get("/registrations"))["items"][0]["id"]
    mine = await prove(someone, db, OTHER)
    draft = {"version": 1, "card": {}}
    for number in (theirs, "999999"):
        answers = [
            await mine.ask("GET", f"/registrations/{number}"),
            await mine.ask("PUT", f"/registrations/{number}", json=draft),
            await mine.ask("POST", f"/registrations/{number}/submit", json=draft),
            await mine.ask("POST", f"/registrations/{number}/open"),
        ]
        assert [(404, ["ABSENT"])] * 4 == [(given.status, given.codes) for given in answers]


async def test_everything_that_is_wrong_stands_at_its_field(someone: Visitor, db: Connection) -> None:
    """F5, F6: one answer names all fields and papers; the registration stays as it was."""
    applicant = await prove(someone, db)
    (draft,) = (await applicant.get("/registrations"))["items"]
    body = {"version": draft["version"], "card": CARD | {"name": "", "kind": "x"}}
    given = await applicant.ask("POST", f"/registrations/{draft['id']}/submit", json=body)
    found = [(each["code"], each.get("pointer")) for each in given.body["violations"]]
    assert (422, [("FIELD_MISSING", "/card/name"), ("EMPLOYER_KIND_UNKNOWN", "/card/kind")]) == (
        given.status,
        found[:2],
    )
    assert ["ATTACHMENT_MISSING"] * 2 == [code for code, _ in found[2:]]
    assert draft == await applicant.get(f"/registrations/{draft['id']}")


async def test_f7_registered_returned_edited_approved(
    someone: Visitor, db: Connection, visitor: VisitorOf, town: Town
) -> None:
    """F7: the bureau sees the whole card and the papers; a return is edited; an approval gives code and first login."""
    applicant, reviewer = await prove(someone, db), await visitor(PortalRole.REVIEWER)
    told = await submitted(applicant)
    ref = f"registration-{told['id']}"
    (item,) = (await reviewer.get("/applications"))["items"]
    assert (ref, None, "市第一中学", "registration") == (
        item["id"], item["employer"]["id"], item["employer"]["name"], item["kind"],
    )  # fmt: skip
    seen = await reviewer.get(f"/applications/{ref}")
    assert {"label": "单位名称", "before": "", "after": "市第一中学"} in seen["changes"]
    reason = {"version": item["version"], "reason": "证书不清晰"}
    await reviewer.post(f"/applications/{ref}/return", reason)
    (returned,) = (await applicant.get("/registrations"))["items"]
    assert ("returned", "证书不清晰") == (returned["state"], returned["remark"])
    assert "证书不清晰" in (await sent(db))[-1]
    await submitted(applicant, name="市第一中学（本部）")
    (item,) = (await reviewer.get("/applications", kind="registration"))["items"]
    done = await reviewer.post(f"/applications/{ref}/approve", {"version": item["version"]})
    assert ("approved", "10000", None) == (
        done["application"]["state"], done["application"]["employer"]["code"], done["issued"],
    )  # fmt: skip
    (approved,) = (await applicant.get("/registrations"))["items"]
    assert ("approved", "10000") == (approved["state"], approved["employer_code"])
    assert "10000" in (await sent(db))[-1]
    late = await reviewer.ask("POST", f"/applications/{ref}/reject", json=reason)
    assert (409, ["STALE_VERSION"]) == (late.status, late.codes)
    login = {"login": CARD["credit_code"], "password": "00001X"}
    first = await someone.ask("POST", "/session", json=login)
    assert ["FIRST_LOGIN_SMS_CODE"] == first.codes, "the initial password opens the first login, with a code besides"


async def test_one_telephone_registers_several_employers(someone: Visitor, db: Connection) -> None:
    """While one is examined another is begun; what is not submitted yet goes on instead; each can be opened again."""
    applicant = await prove(someone, db)
    first = await submitted(applicant)
    second = await applicant.post("/registrations")
    assert first["id"] != second["id"] == (await applicant.post("/registrations"))["id"]
    opened = await applicant.post(f"/registrations/{first['id']}/open")
    assert ("submitted", first["id"]) == (opened["state"], opened["id"])
    closed = await applicant.ask("PUT", f"/registrations/{first['id']}", json={"version": first["version"], "card": {}})
    assert (409, ["REGISTRATION_STATE"]) == (closed.status, closed.codes)


async def test_an_employer_reads_nobody_elses_registration(
    someone: Visitor, db: Connection, visitor: VisitorOf
) -> None:
    """I31: to an employer a registration of somebody else is absent, in lists and by its name."""
    told = await submitted(await prove(someone, db))
    clerk = await visitor(PortalRole.EMPLOYER)
    given = await clerk.ask("GET", f"/applications/registration-{told['id']}")
    assert (404, ["ABSENT"]) == (given.status, given.codes)
    assert [] == (await clerk.get("/applications"))["items"]
