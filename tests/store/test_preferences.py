from typing import Any

import pytest

from services.store import page_frames, preferences
from services.store.database import Actor, Connection, Role, acting
from services.store.preferences import COLOURS, DEFAULTS, PAGE_SIZES, SCHEMES, Preferences
from services.store.refusals import RefusedError
from tests.store import fund

WHO = Actor(role=Role.PERSON, name="user/1", origin="test", person_id=1)


async def test_who_has_set_nothing_gets_the_defaults(db: Connection) -> None:
    """There is no row until something is set; what is set leaves the rest as it was."""
    async with acting(db, WHO):
        assert DEFAULTS == await preferences.own(db)
        await preferences.change(db, colour="green")
        await preferences.change(db, folded=True, page_size=50)

        assert Preferences(folded=True, colour="green", page_size=50) == await preferences.own(db)
        assert (await preferences.own(db), "", "", 0) == (
            (frame := await page_frames.read(db, None)).preferences,
            frame.employer_name,
            frame.employer_code,
            frame.notices,
        )


@pytest.mark.parametrize(
    "wish",
    [{"colour": each} for each in COLOURS]
    + [{"scheme": each} for each in SCHEMES]
    + [{"page_size": n} for n in PAGE_SIZES],
)
async def test_the_database_knows_every_choice(db: Connection, wish: dict[str, Any]) -> None:
    """F22: whatever the pages offer can be kept."""
    async with acting(db, WHO):
        kept = await preferences.change(db, **wish)
    assert wish.items() <= {name: getattr(kept, name) for name in ("colour", "scheme", "page_size")}.items()


@pytest.mark.parametrize("wish", [{"colour": "pink"}, {"scheme": "dim"}, {"page_size": 7}])
async def test_what_is_no_choice_is_refused(db: Connection, wish: dict[str, Any]) -> None:
    """In words that say where the choices are."""
    with pytest.raises(RefusedError) as refused:
        async with acting(db, WHO):
            await preferences.change(db, **wish)
    assert ["PREFERENCE_UNKNOWN"] == [each.code for each in refused.value.violations]


async def test_the_frame_counts_the_notices_to_pay(db: Connection) -> None:
    """F25: those of the own employer that wait for money."""
    employer, other = await fund.register(db, 1, "75256"), await fund.register(db, 2, "10160")
    (person,) = await fund.employ(db, employer, fund.new_employee(1))
    (stranger,) = await fund.employ(db, other, fund.new_employee(2))
    await fund.approve(db, await fund.submitted(db, employer, fund.line(person, fund.START)))
    await fund.approve(db, await fund.submitted(db, other, fund.line(stranger, fund.START)), seed=3)
    async with acting(db, fund.clerk_of(employer)):
        frame = await page_frames.read(db, employer.id)
    assert (employer.name, employer.code, 1) == (frame.employer_name, frame.employer_code, frame.notices)
