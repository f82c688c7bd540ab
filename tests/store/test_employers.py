"""Employers get codes that are never used twice."""

import asyncpg
import attrs
import pytest

from libsubsidy import CreditCode, EmployerCard, read_card
from services.store import audit, employers
from services.store.database import Connection, acting
from services.store.employers import NewEmployer
from services.store.refusals import RefusedError
from tests.store.fund import BUREAU, clerk_of, org_code, register


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


def the_card(serial: int, **facts: str) -> EmployerCard:
    """Make up what an employer tells about itself."""
    typed = EmployerCard(
        name=f"单位{serial}",
        org_code=str(org_code(serial)),
        kind="institution",
        address="迎宾路 1 号",
        legal_representative="张三",
        contact_name="李四",
        contact_mobile="13800000000",
        refund_account_name=f"单位{serial}",
        refund_account_number="440501000000000001",
        refund_bank_name="某银行",
        supervising_authority="市教育局",
    )
    card, broken = read_card(attrs.evolve(typed, **facts))
    assert () == broken
    return card


async def test_the_card_is_kept_as_it_was_registered_and_replaced_whole(db: Connection) -> None:
    """F5, F26: each column holds its own field, before and after a change."""
    card = the_card(1)
    async with acting(db, BUREAU):
        added = await employers.register(db, NewEmployer.of_card(card))
        assert card == await employers.card(db, added.id)
        new = attrs.evolve(card, name="第二单位", address="", credit_code=str(CreditCode.of_body("12440700PDY00001X")))
        await employers.change_card(db, added.id, new)
        assert new == await employers.card(db, added.id)
        events = await audit.history(db, "employer", added.id)
    assert ["active", "card_changed"] == [event.to_state for event in events]


async def test_an_employer_reads_its_own_card_and_no_other(db: Connection) -> None:
    """I31: another employer's card is as absent as one that does not exist, and its columns are not open to the role."""
    async with acting(db, BUREAU):
        own, other = [await employers.register(db, NewEmployer.of_card(the_card(serial))) for serial in (1, 2)]
    async with acting(db, clerk_of(own)):
        assert the_card(1) == await employers.card(db, own.id)
        with pytest.raises(RefusedError) as caught:
            await employers.card(db, other.id)
    assert ["ABSENT"] == [found.code for found in caught.value.violations]
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with acting(db, clerk_of(own)):
            await db.fetch("SELECT contact_mobile FROM employer")
