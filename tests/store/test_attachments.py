"""Promises of services/store/attachments.py: what is handed in is stored, the own, and stays."""

from datetime import timedelta

import attrs
import pytest

from libsubsidy import SLOTS, MediaType, Policy
from services.store import attachments, audit
from services.store.applications import ApplicationKind
from services.store.attachments import UNBOUND_MAX, Attachment, AttachmentState, Stored, Subject
from services.store.database import Actor, Connection, Role, acting
from services.store.employers import Employer
from services.store.refusals import RefusedError
from tests.store.fund import WORKER, attach, clerk_of, register

PURPOSE = "employee_opening"
SUBJECT = Subject("application", 17)
STORED = Stored(size_bytes=1_937_000, sha256=bytes(range(32)), media_type=MediaType.JPEG, pages=1)


@pytest.fixture
async def employer(db: Connection) -> Employer:
    """An employer that hands something in."""
    return await register(db)


async def begun(db: Connection, actor: Actor, filename: str = "证书.jpg", slot: str = "id_card") -> Attachment:
    """Begin an upload."""
    async with acting(db, actor):
        return await attachments.begin(db, PURPOSE, slot, filename)


async def stored(db: Connection, actor: Actor, filename: str = "证书.jpg", slot: str = "id_card") -> Attachment:
    """Upload a file."""
    new = await begun(db, actor, filename, slot)
    async with acting(db, actor):
        return await attachments.finish(db, new.id, STORED)


async def bound(db: Connection, actor: Actor, *ids: int, subject: Subject = SUBJECT) -> list[int]:
    """Hand files in."""
    async with acting(db, actor):
        return [each.id for each in await attachments.bind(db, PURPOSE, subject, ids)]


async def refused(db: Connection, actor: Actor, *ids: int, subject: Subject = SUBJECT) -> list[str]:
    """Try to hand files in; gives the codes of what is wrong."""
    with pytest.raises(RefusedError) as caught:
        await bound(db, actor, *ids, subject=subject)
    return [each.code for each in caught.value.violations]


def test_every_kind_of_application_has_slots() -> None:
    """None can be asked for without saying what proves it."""
    assert {kind.value for kind in ApplicationKind} | {"registration", "transfer"} == set(SLOTS)


async def test_a_file_is_begun_stored_and_bound(db: Connection, employer: Employer) -> None:
    """What was found out while it was stored is kept; who uploaded it is known; each step stands in the trail."""
    clerk = clerk_of(employer)
    new = await begun(db, clerk)
    assert (AttachmentState.UPLOADING, None, "user/1", employer.id) == (
        new.state, new.stored, new.uploaded_by, new.employer_id,
    )  # fmt: skip
    async with acting(db, clerk):
        done = await attachments.finish(db, new.id, STORED)
    assert (AttachmentState.STORED, STORED, None) == (done.state, done.stored, done.subject)
    assert [done.id] == await bound(db, clerk, done.id)
    async with acting(db, clerk):
        found = await attachments.get(db, done.id)
    assert (AttachmentState.BOUND, SUBJECT) == (found.state, found.subject)
    trail = await audit.history(db, "attachment", done.id)
    assert ["uploading", "stored", "bound"] == [event.to_state for event in trail]
    assert "application-17" == trail[-1].reason


async def test_keys_tell_nothing(db: Connection, employer: Employer) -> None:
    """Two files of one name lie under keys that share nothing, with neither the name nor the employer in them (F112)."""
    one, two = await begun(db, clerk_of(employer)), await begun(db, clerk_of(employer))
    assert one.storage_key != two.storage_key
    assert 43 == len(one.storage_key)


async def test_nothing_leaves_draft_without_its_files(db: Connection, employer: Employer) -> None:
    """I32, F109: a required slot that is empty, and a file that is not stored, are refused, both at once; then it goes."""
    clerk = clerk_of(employer)
    assert ["ATTACHMENT_MISSING"] == await refused(db, clerk)
    unstored = await begun(db, clerk, "合同.pdf", "appointment")
    assert ["ATTACHMENT_MISSING", "ATTACHMENT_NOT_STORED"] == await refused(db, clerk, unstored.id)
    card = await stored(db, clerk)
    assert ["ATTACHMENT_NOT_STORED"] == await refused(db, clerk, card.id, unstored.id)
    async with acting(db, clerk):
        await attachments.finish(db, unstored.id, STORED)
    assert [unstored.id, card.id] == await bound(db, clerk, card.id, unstored.id)


async def test_files_of_others_are_as_absent_ones(db: Connection, employer: Employer) -> None:
    """I31: another employer's file, stored or handed in, a registration's, and none at all have one answer."""
    clerk, stranger = clerk_of(employer), clerk_of(await register(db, 2))
    ready, handed_in = await stored(db, stranger), await stored(db, stranger)
    await bound(db, stranger, handed_in.id)
    registering = Actor(role=Role.AUTH, name="registration/1", origin="test", registration_id=1)
    (certificate, *_) = await attach(db, registering, "registration")
    for foreign in (ready.id, handed_in.id, certificate, 999_999):
        assert ["ABSENT"] == await refused(db, clerk, foreign)
        for act in (attachments.get, attachments.delete):
            async with acting(db, clerk):
                with pytest.raises(RefusedError, match=f"no attachment number {foreign}"):
                    await act(db, foreign)
    async with acting(db, clerk):
        assert () == await attachments.of_subject(db, SUBJECT)


async def test_nothing_is_handed_in_twice(db: Connection, employer: Employer) -> None:
    """A file proves one application; for that one it may be named again."""
    clerk = clerk_of(employer)
    card = await stored(db, clerk)
    assert [card.id] == await bound(db, clerk, card.id, card.id)
    assert [card.id] == await bound(db, clerk, card.id)
    assert ["ATTACHMENT_BOUND"] == await refused(db, clerk, card.id, subject=Subject("application", 18))
    assert ["ATTACHMENT_BOUND"] == await refused(db, clerk, card.id, subject=Subject("transfer", 17))


async def test_what_is_handed_in_anew_replaces_and_keeps(db: Connection, employer: Employer) -> None:
    """A returned application gets another file; the one that was judged stays stored, and cannot come back."""
    clerk = clerk_of(employer)
    first, second = await stored(db, clerk), await stored(db, clerk)
    await bound(db, clerk, first.id)
    assert [second.id] == await bound(db, clerk, second.id)
    async with acting(db, clerk):
        assert AttachmentState.REPLACED is (await attachments.get(db, first.id)).state
    assert ["ATTACHMENT_BOUND"] == await refused(db, clerk, first.id, second.id)
    trail = await audit.history(db, "attachment", first.id)
    assert ("bound", "replaced") == (trail[-1].from_state, trail[-1].to_state)


async def test_a_file_serves_what_it_was_uploaded_for(db: Connection, employer: Employer) -> None:
    """The stamped list of an import is no ID card of an opening."""
    clerk = clerk_of(employer)
    (listed,) = await attach(db, clerk, "employee_import")
    assert ["ATTACHMENT_PURPOSE", "ATTACHMENT_MISSING"] == await refused(db, clerk, listed)


async def test_too_many_files_are_refused(db: Connection, employer: Employer) -> None:
    """A slot and an application have their limits, and so has what lies about without being handed in."""
    clerk, few = clerk_of(employer), Policy(attachments_per_slot_max=2, attachments_per_application_max=3)
    cards = [(await stored(db, clerk)).id for _ in range(4)]
    for count, code in ((3, "ATTACHMENT_TOO_MANY"), (4, "ATTACHMENT_TOO_MANY")):
        async with acting(db, clerk):
            with pytest.raises(RefusedError) as caught:
                await attachments.bind(db, PURPOSE, SUBJECT, cards[:count], policy=few)
        assert [code] == [each.code for each in caught.value.violations]
    for _ in range(UNBOUND_MAX - 4):
        await begun(db, clerk)
    with pytest.raises(RefusedError) as full:
        await begun(db, clerk)
    assert "ATTACHMENTS_WAITING" == full.value.violations[0].code
    await begun(db, clerk_of(await register(db, 2)))
    await bound(db, clerk, cards[0])
    await begun(db, clerk)


async def test_an_unknown_slot_is_refused(db: Connection, employer: Employer) -> None:
    """Neither a slot nor a purpose is made up by whoever asks."""
    for purpose, slot in ((PURPOSE, "x"), ("x", "id_card")):
        async with acting(db, clerk_of(employer)):
            with pytest.raises(RefusedError) as caught:
                await attachments.begin(db, purpose, slot, "f")
        assert "ATTACHMENT_SLOT" == caught.value.violations[0].code


async def test_what_is_not_handed_in_can_be_deleted(db: Connection, employer: Employer) -> None:
    """F110: before submitting a file is deleted, whether stored or not; afterwards it is evidence."""
    clerk = clerk_of(employer)
    for each in (await begun(db, clerk), await stored(db, clerk)):
        async with acting(db, clerk):
            await attachments.delete(db, each.id)
            with pytest.raises(RefusedError, match="no attachment"):
                await attachments.get(db, each.id)
        assert ["ABSENT"] == await refused(db, clerk, each.id)
    card = await stored(db, clerk)
    await bound(db, clerk, card.id)
    async with acting(db, clerk):
        with pytest.raises(RefusedError) as caught:
            await attachments.delete(db, card.id)
    assert "ATTACHMENT_BOUND" == caught.value.violations[0].code


async def test_a_file_deleted_under_way_is_never_stored(db: Connection, employer: Employer) -> None:
    """Whoever finishes it later is told, and takes the bytes away."""
    clerk = clerk_of(employer)
    new = await begun(db, clerk)
    async with acting(db, clerk):
        await attachments.delete(db, new.id)
        with pytest.raises(RefusedError, match="no attachment"):
            await attachments.finish(db, new.id, STORED)


async def test_what_nobody_hands_in_is_forgotten(db: Connection, employer: Employer) -> None:
    """After a day the worker gives it up, the bytes first, then the row; what was handed in it does not see."""
    clerk = clerk_of(employer)
    waiting, under_way, card = await stored(db, clerk), await begun(db, clerk), await stored(db, clerk)
    await bound(db, clerk, card.id)
    async with acting(db, WORKER):
        assert () == await attachments.forget(db)
        due = await attachments.forget(db, older_than=timedelta(0))
        assert {(waiting.id, waiting.storage_key), (under_way.id, under_way.storage_key)} == {
            (each.id, each.storage_key) for each in due
        }
        await attachments.erase(db, [waiting.id])
        # What could not be erased comes again.
        assert [under_way.id] == [each.id for each in await attachments.forget(db)]
        await attachments.erase(db, [under_way.id, card.id])
    assert [card.id] == [row["id"] for row in await db.fetch("SELECT id FROM attachment")]
    assert "never handed in" == (await audit.history(db, "attachment", waiting.id))[-1].reason


async def test_a_registration_hands_in_without_an_employer(db: Connection) -> None:
    """F6: before there is an employer the session owns the files; another session does not see them."""
    one = Actor(role=Role.AUTH, name="registration/1", origin="test", registration_id=1)
    files = await attach(db, one, "registration")
    subject = Subject("registration", 1)
    async with acting(db, attrs.evolve(one, registration_id=2)):
        with pytest.raises(RefusedError, match="no attachment"):
            await attachments.bind(db, "registration", subject, files)
    async with acting(db, one):
        found = await attachments.bind(db, "registration", subject, files)
    assert list(files) == [each.id for each in found]
    assert {None} == {each.employer_id for each in found}
