import attrs
import pytest

from services.store import notes
from services.store.database import Actor, Connection, Role, acting
from services.store.refusals import RefusedError

WHO = Actor(role=Role.BUREAU, name="user/1", origin="test")
OTHER = attrs.evolve(WHO, name="user/2")


async def test_a_note_is_written_changed_and_thrown_away(db: Connection) -> None:
    """F23: each change names the version that it was made from."""
    async with acting(db, WHO):
        first = await notes.add(db, "一")
        second = await notes.add(db, "二")
        changed = await notes.change(db, first.id, first.version, "一一")

        assert (second, changed) == await notes.own(db)
        with pytest.raises(RefusedError) as refused:
            await notes.change(db, first.id, first.version, "旧的")
        assert ["STALE_VERSION"] == [each.code for each in refused.value.violations]
        await notes.remove(db, first.id)
        assert (second,) == await notes.own(db)


async def test_a_note_of_another_user_does_not_exist(db: Connection) -> None:
    """F23: changing and deleting it are answered like those of none."""
    async with acting(db, WHO):
        note = await notes.add(db, "我的")
    async with acting(db, OTHER):
        assert () == await notes.own(db)
        for attempt in (notes.change(db, note.id, 1, "x"), notes.remove(db, note.id)):
            with pytest.raises(RefusedError) as refused:
                await attempt
            assert ["ABSENT"] == [each.code for each in refused.value.violations]


async def test_notes_have_limits(db: Connection) -> None:
    """F23: so many notes, and so long; one character, and one note, more is refused with the limit."""
    async with acting(db, WHO):
        for _ in range(notes.NOTES_PER_USER_MAX - 1):
            await notes.add(db, "")
        await notes.add(db, "字" * notes.NOTE_CHARACTERS_MAX)
        with pytest.raises(RefusedError) as refused:
            await notes.add(db, "")
        assert ["NOTES_TOO_MANY"] == [each.code for each in refused.value.violations]
    with pytest.raises(RefusedError) as refused:
        async with acting(db, OTHER):
            await notes.add(db, "字" * (notes.NOTE_CHARACTERS_MAX + 1))
    assert ["NOTE_TOO_LONG"] == [each.code for each in refused.value.violations]
