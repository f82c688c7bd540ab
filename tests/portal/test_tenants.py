"""Two employers in one fund: whatever one of them asks for with the other's ids, it is not there (I31, ASVS 5.0, 8.2.2).

Once with the portal as it is. Once with its own filter out of force: a database that takes each transaction of the one
employer for one of the other, so that the portal asks for what it believes to be its user's own, and only the row
security of PostgreSQL stands between them.
"""

import io
import json
import zipfile
from collections.abc import Iterable
from typing import Any, Final

import attrs
import pytest

from libsubsidy import Money
from services.portal.app import endpoints
from services.portal.endpoints import Endpoint
from services.portal.roles import PortalRole
from services.store.database import Connection
from services.store.employers import Employer
from tests.portal.amounts.files import in_csv as listed_amounts
from tests.portal.conftest import Town, VisitorOf
from tests.portal.importing import lists
from tests.portal.papers import jpeg, upload
from tests.portal.samples import ABSENT_ID, has_id, request_of
from tests.portal.visitors import Given, Visitor
from tests.store.fund import START, approve, attach, clerk_of, draft, line, register, submitted
from tests.store.unsettled import flag

MINE: Final = tuple(call for call in endpoints() if call.who and PortalRole.EMPLOYER in call.who)
WITH_IDS: Final = tuple(call for call in MINE if call.path_types)
# What only tries a list, or advises, answers for strangers as for nobody.
TRIED: Final = {"/seals/preview", "/backfills/preview", "/transfers/advice"}
# What paths name beside ids.
NO_IDS: Final = {"page": "1"}
# Tokens and notes belong to a person, and users are looked after by the role that finds logins: no row of an employer.
OF_PEOPLE: Final = {"colleague_id", "token_id", "note_id"}


def key_of(call: Endpoint) -> str:
    """Name a call."""
    return f"{call.method} {call.path}"


@attrs.frozen(kw_only=True)
class House:
    """An employer's user, and one of everything that the employer has.

    Attributes:
        ids: by the name that paths give them; None of them is another employer's.
        marks: texts that stand in what is the employer's, and nowhere else.
    """

    visitor: Visitor
    ids: dict[str, str]
    marks: tuple[str, ...]


async def furnish(db: Connection, employer: Employer, people: tuple[int, ...], visitor: Visitor) -> House:
    """Let an employer have a draft, an order under review, an approved one, its notice, a case, a token and a file."""
    await submitted(db, employer, line(people[1], START))
    notice = await approve(db, await submitted(db, employer, line(people[2], START)))
    await flag(db, Money(fen=100), f" {notice.memo}", payer_name=employer.name)
    # The newest order: a draft, beside which a list of amounts waits.
    order = await draft(db, employer, line(people[0], START))
    given = await visitor.ask(
        "POST", f"/orders/{order.id}/amounts", data=listed_amounts(), params={"filename": "金额.csv"}
    )
    assert 201 == given.status, given.body
    await ask_for_changes(db, employer, people[0], visitor)
    await visitor.post("/tokens", {"name": f"令牌{employer.id}", "scopes": ["orders:read"], "days": 1})
    await upload(visitor, jpeg())
    await visitor.post("/notes", {"contents": f"便签{employer.id}"})
    await lists.checked(visitor, lists.in_csv(lists.person(people[0] % 999 + 20)), filename=f"{employer.name}.csv")
    await lists.ask_to_open(visitor, people[0] % 999 + 40)
    sealed = {"employee_id": str(people[4]), "expected": "active"}
    await visitor.post("/seals", {"rows": [sealed], "effective": str(START)})
    await send_away(db, employer, people[4], visitor)
    await withdraw(db, employer, people[0], visitor)
    await record_past(db, employer, people[0], visitor)
    ids = dict(NO_IDS)
    for name in sorted({name for call in WITH_IDS for name in call.path_types} - ids.keys()):
        items = (await visitor.get(f"/{name.removesuffix('_id').replace('_', '-')}s"))["items"]
        ids[name] = items[0]["id"]
    return House(visitor=visitor, ids=ids, marks=(employer.name, str(notice.memo), f"{employer.code}x"))


async def send_away(db: Connection, employer: Employer, person: int, visitor: Visitor) -> None:
    """Let an employer transfer somebody to a third one; the two of these tests have none in common."""
    files = await attach(db, clerk_of(employer), "transfer")
    target = await register(db, 90 + employer.id % 10)
    asked = {"to_employer_id": str(target.id), "employees": [str(person)], "effective": str(START)}
    await visitor.post("/transfers", asked | {"attachments": [str(each) for each in files]})


async def record_past(db: Connection, employer: Employer, person: int, visitor: Visitor) -> None:
    """Let an employer record a payment of the past."""
    files = await attach(db, clerk_of(employer), "backfill")
    name = await db.fetchval("SELECT name FROM person WHERE id = $1", person)
    row = {"employee_id": str(person), "name": name, "month": "2019-05", "amount": "1", "voucher": employer.name}
    await visitor.post("/backfills", {"rows": [row], "attachments": [str(each) for each in files]})


async def ask_for_changes(db: Connection, employer: Employer, person: int, visitor: Visitor) -> None:
    """Let an employer ask for a change of each kind."""
    for kind, body in (
        ("employer", {"after": {"address": f"{employer.name}路"}}),
        ("information", {"after": {"contact_name": f"{employer.name}的人"}}),
        ("employee", {"after": {"rank": f"{employer.name}级"}, "employee_id": str(person)}),
    ):
        files = await attach(db, clerk_of(employer), f"{kind}_change")
        await visitor.post(f"/{kind}-changes", body | {"attachments": [str(each) for each in files]})


async def withdraw(db: Connection, employer: Employer, person: int, visitor: Visitor) -> None:
    """Let an employer ask for money of somebody who has some."""
    await db.execute(
        """
        INSERT INTO ledger_entry (person_id, employer_id, month, kind, amount_fen)
        VALUES ($1, $2, '2020-01-01', 'correction', 10000)
        """,
        person,
        employer.id,
    )
    name = await db.fetchval("SELECT name FROM person WHERE id = $1", person)
    files = await attach(db, clerk_of(employer), "withdrawal")
    payee = {"payee_name": name, "payee_bank": "银行", "payee_account": "622200000000"}
    asked = {"employee_id": str(person), "reason": "01", "amount": "1.00", "remark": f"{employer.name}的支取"} | payee
    await visitor.post("/withdrawals", asked | {"attachments": [str(each) for each in files]})


@pytest.fixture
async def distinct_ids(db: Connection) -> None:
    """Let no id be that of two things, nor a number that stands in a text by chance."""
    await db.execute(
        """
        SELECT setval(oid::regclass, 70000000 + 1000 * row_number() OVER (ORDER BY oid)) FROM pg_class
        WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace AND relname <> 'employer_code_seq'
        """
    )


@pytest.fixture
async def town(distinct_ids: None, town: Town) -> Town:
    """The town, after its ids were set apart."""
    return town


@pytest.fixture
async def houses(db: Connection, town: Town, visitor: VisitorOf) -> tuple[House, House]:
    """Both employers, fully furnished."""
    ours = await visitor(PortalRole.EMPLOYER)
    theirs = await visitor(PortalRole.EMPLOYER, employer_id=town.other.id)
    return (
        await furnish(db, town.employer, town.people, ours),
        await furnish(db, town.other, town.strangers, theirs),
    )


@pytest.fixture
async def confused(db: Connection, town: Town, houses: tuple[House, House]) -> House:
    """The other employer's user, whom the database takes for one of the first employer."""
    await db.execute(
        f"""
        CREATE OR REPLACE FUNCTION current_employer_id() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE
            RETURN CASE nullif(current_setting('subsidy.employer_id', true), '')::bigint
                WHEN {town.other.id} THEN {town.employer.id} END
        """
    )
    return houses[1]


def unpacked(body: bytes) -> str:
    """Read a text; of a workbook all its parts, one after the other."""
    if not body.startswith(b"PK"):
        return body.decode(errors="replace")
    with zipfile.ZipFile(io.BytesIO(body)) as workbook:
        return "".join(workbook.read(name).decode() for name in workbook.namelist())


def written(given: Given, number: str) -> tuple[int, str]:
    """Give an answer as it was on the wire, but for the id that it repeats."""
    text = unpacked(given.body) if isinstance(given.body, bytes) else json.dumps(given.body, ensure_ascii=False)
    return given.status, text.replace(number, "ID")


async def ask(house: House, call: Endpoint, ids: dict[str, str], own_id: str = ABSENT_ID) -> Given:
    """Make a well-formed request with these ids."""
    made = request_of(call, ids, own_id=own_id)
    return await house.visitor.ask(call.method, made.pop("path"), **made)


async def told_apart(house: House, calls: Iterable[Endpoint], ids: dict[str, str]) -> list[Any]:
    """Give the calls whose answer tells a foreign id from one that nothing has."""
    found = []
    for call in calls:
        (name,) = call.path_types.keys() - NO_IDS.keys()
        prefix = ids[name].rpartition("-")[0]
        absent = f"{prefix}-{ABSENT_ID}" if prefix else ABSENT_ID
        foreign = written(await ask(house, call, ids), ids[name].rpartition("-")[2])
        nothing = written(await ask(house, call, NO_IDS | {name: absent}), ABSENT_ID)
        if foreign != nothing or 404 != foreign[0] or '"ABSENT"' not in foreign[1]:
            found.append((key_of(call), foreign, nothing))
    return found


async def test_each_finds_what_is_their_own(houses: tuple[House, House]) -> None:
    """The ids of these tests are real: their owners are answered."""
    for house in houses:
        answers = {
            key_of(call): (await ask(house, call, house.ids)).status for call in WITH_IDS if "GET" == call.method
        }
        assert 409 == answers.pop("GET /notices/{notice_id}/receipt.pdf")  # It waits to be paid.
        assert {200} == set(answers.values()), answers
    assert NO_IDS.items() == houses[0].ids.items() & houses[1].ids.items()


async def test_ids_of_another_employer_are_answered_like_ids_of_nothing(houses: tuple[House, House]) -> None:
    """Byte for byte, for every call with an id in its path, whatever it would do."""
    ours, theirs = houses

    assert [] == await told_apart(ours, WITH_IDS, theirs.ids)
    assert [] == await told_apart(theirs, WITH_IDS, ours.ids)


async def test_row_security_alone_hides_what_is_another_employer_s(confused: House) -> None:
    """With the portal's own filter out of force the answers are the same."""
    calls = [call for call in WITH_IDS if not OF_PEOPLE & set(call.path_types)]

    assert [] == await told_apart(confused, calls, confused.ids)
    assert len(calls) >= len(WITH_IDS) - 10


async def told(house: House, calls: Iterable[Endpoint], marks: tuple[str, ...]) -> list[tuple[str, str]]:
    """Give the calls in whose answers one of the marks stands."""
    found: list[tuple[str, str]] = []
    for call in calls:
        text = written(await ask(house, call, house.ids), "-")[1]
        found.extend((key_of(call), mark) for mark in marks if mark in text)
    return found


READS: Final = tuple(call for call in MINE if "GET" == call.method and call.seconds_max is not None)


async def test_nothing_of_another_employer_is_told(houses: tuple[House, House]) -> None:
    """In no list, no page, no detail; the owners find it there."""
    ours, theirs = houses

    assert [] == await told(ours, READS, theirs.marks)
    assert [] == await told(theirs, READS, ours.marks)
    assert set(theirs.marks) == {mark for _, mark in await told(theirs, READS, theirs.marks)}


async def test_row_security_alone_tells_nothing_of_another_employer(confused: House) -> None:
    """Lists are empty, or tell what the database takes for the asker's own, whichever of both the portal asks for."""
    calls = [call for call in READS if call.path != "/me"]  # A user is told their own employer, by the role of logins.

    assert [] == await told(confused, calls, confused.marks)


async def test_ids_of_another_employer_within_a_body_are_ids_of_nothing(
    houses: tuple[House, House], town: Town, db: Connection
) -> None:
    """Whoever names somebody else's employee or order in a body learns nothing by it either."""
    ours, theirs = houses
    calls = [call for call in MINE if call.body is not None and has_id(call.body)]
    draft_id = str((await draft(db, town.employer, line(town.people[3], START))).id)

    assert calls
    for call in calls:
        ids = ours.ids | {"order_id": draft_id}
        for name, number in theirs.ids.items():
            if number.isdigit() and name not in NO_IDS:
                foreign = written(await ask(ours, call, ids, own_id=number), number)
                nothing = written(await ask(ours, call, ids, own_id=ABSENT_ID), ABSENT_ID)
                assert nothing == foreign, key_of(call)
                assert foreign[0] >= 400 or call.path in TRIED, key_of(call)


async def test_a_memo_of_another_employer_tells_no_more_than_the_memo(houses: tuple[House, House]) -> None:
    """The check of a memo is no way to learn what somebody else has to pay, or whether there is anything to pay."""
    ours, theirs = houses
    memo = theirs.marks[1]
    made_up = memo[:6] + ("Z3Z3" if memo[6:10] != "Z3Z3" else "Y4Y4") + memo[10:]
    foreign = await ours.visitor.ask("POST", "/memo/check", json={"text": memo})
    nothing = await ours.visitor.ask("POST", "/memo/check", json={"text": made_up})

    assert written(nothing, made_up[6:10]) == written(foreign, memo[6:10])
