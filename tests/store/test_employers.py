"""Employers get codes that are never used twice."""

import pytest

from libsubsidy import CreditCode
from services.store import audit, employers
from services.store.database import Connection, acting
from services.store.employers import NewEmployer
from services.store.refusals import RefusedError
from tests.store.fund import BUREAU, org_code, register


async def test_codes_are_issued_from_10000(db: Connection) -> None:
    """A spreadsheet would drop the zeros of lower ones."""
    assert ["10000", "10001"] == [(await register(db, serial)).code for serial in (1, 2)]


async def test_a_migrated_employer_keeps_its_code(db: Connection) -> None:
    """The manual's 75256 stays 75256, and is found by it."""
    migrated = await register(db, code="75256")
    async with acting(db, BUREAU):
        assert ("75256", migrated) == (migrated.code, await employers.find(db, "75256"))
        assert await employers.find(db, "75257") is None


async def test_the_sequence_passes_over_codes_that_were_brought(db: Connection) -> None:
    """Codes that migrated employers use already are not issued again."""
    for serial, code in enumerate(("10000", "10001", "10003")):
        await register(db, serial, code)
    assert ["10002", "10004"] == [(await register(db, serial)).code for serial in (11, 12)]


@pytest.mark.parametrize(
    ("code", "serial", "refusal"),
    [
        ("75256", 2, "EMPLOYER_CODE_TAKEN"),
        ("75257", 1, "ORG_CODE_TAKEN"),
        ("7525", 2, "EMPLOYER_CODE_FORM"),
        ("７５２５６", 2, "EMPLOYER_CODE_FORM"),
        ("75256x", 2, "EMPLOYER_CODE_FORM"),
    ],
)
async def test_codes_that_cannot_be_are_refused(db: Connection, code: str, serial: int, refusal: str) -> None:
    """A code in use, or one that no memo could carry, is refused with what to do."""
    await register(db, 1, "75256")
    with pytest.raises(RefusedError) as caught:
        await register(db, serial, code)
    assert [refusal] == [found.code for found in caught.value.violations]


async def test_a_credit_code_is_of_one_employer(db: Connection) -> None:
    """The same credit code a second time names an employer that is there already."""
    credit_code = CreditCode.parse("91110000600037341L")
    async with acting(db, BUREAU):
        await employers.register(db, NewEmployer(name="甲", org_code=org_code(1), credit_code=credit_code))
    with pytest.raises(RefusedError) as caught:
        async with acting(db, BUREAU):
            await employers.register(db, NewEmployer(name="乙", org_code=org_code(2), credit_code=credit_code))
    assert ["CREDIT_CODE_TAKEN"] == [found.code for found in caught.value.violations]


@pytest.mark.parametrize("name", ["", "字" * 201])
async def test_a_name_has_a_sane_length(db: Connection, name: str) -> None:
    """No name, and a novel, are refused."""
    with pytest.raises(RefusedError) as caught:
        async with acting(db, BUREAU):
            await employers.register(db, NewEmployer(name=name, org_code=org_code(1)))
    assert ["NAME_LENGTH"] == [found.code for found in caught.value.violations]


async def test_the_last_code_is_issued_and_then_none(db: Connection) -> None:
    """When five digits have run out, that is what the refusal says."""
    await db.execute("ALTER SEQUENCE employer_code_seq RESTART WITH 99999")
    assert "99999" == (await register(db)).code
    with pytest.raises(RefusedError) as caught:
        await register(db, 2)
    assert ["EMPLOYER_CODES_EXHAUSTED"] == [found.code for found in caught.value.violations]


async def test_initialisation_is_noted_once(db: Connection) -> None:
    """The second time says that it was done, and leaves no second line in the trail."""
    async with acting(db, BUREAU):
        employer = await employers.register(db, NewEmployer(name="甲", org_code=org_code(1)))
        assert [True, False] == [await employers.initialise(db, employer.id) for _ in range(2)]
        assert (await employers.get(db, employer.id)).initialised
        trail = await audit.history(db, "employer", employer.id)
    assert [("", "active", "user/2"), ("", "initialised", "user/2")] == [
        (event.from_state, event.to_state, event.actor) for event in trail
    ]


async def test_an_unknown_employer_is_absent(db: Connection) -> None:
    """An id that nobody has is refused as absent."""
    with pytest.raises(RefusedError) as caught:
        await employers.get(db, 4711)
    assert ["ABSENT"] == [found.code for found in caught.value.violations]
