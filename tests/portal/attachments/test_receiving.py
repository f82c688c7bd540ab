"""Promises of services/portal/attachments/receiving.py and storage.py: nothing half stored ever counts, and nothing is lost."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import aiohttp
import obstore
import pytest
from obstore.store import LocalStore

from libsubsidy import MediaType
from services.portal import forgetting
from services.portal.attachments.storage import Storage, StorageError
from services.portal.portal import Portal
from services.store.database import Connection
from tests.patience import eventually
from tests.portal.attachments.test_files import send
from tests.portal.papers import hand_in, jpeg, kept_files, png, upload
from tests.portal.test_employees import NEWCOMER
from tests.portal.visitors import Visitor


@contextmanager
def away(portal: Portal) -> Iterator[None]:
    """Take the store's folder away, and put a file where it was, so that no other is made."""
    folder = Path(portal.settings.attachments)
    elsewhere = folder.rename(folder.with_name("away"))
    folder.write_bytes(b"")
    try:
        yield
    finally:
        folder.unlink()
        elsewhere.rename(folder)


async def test_a_decoder_that_dies_or_stalls_takes_nobody_along(
    clerk: Visitor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A file made against a decoder ends a process of its own; the file is refused, and the portal goes on."""
    for script, seconds in (("import os; os.kill(os.getpid(), 11)", 30.0), ("import time; time.sleep(60)", 0.5)):
        (tmp_path / "drawing.py").write_text(script)
        with monkeypatch.context() as patched:
            patched.setattr("services.portal.attachments.decoding._SCRIPT", str(tmp_path / "drawing.py"))
            patched.setattr("services.portal.attachments.decoding.SECONDS_MAX", seconds)
            given = await send(clerk, jpeg())
        assert (422, ["ATTACHMENT_DAMAGED"]) == (given.status, given.codes)
    assert 201 == (await send(clerk, jpeg())).status


async def test_a_client_that_vanishes_leaves_nothing(clerk: Visitor, portal: Portal, db: Connection) -> None:
    """While it sends, no transaction is open; when it is gone, nothing of it is stored, nor ever will be."""
    under_way = "SELECT id FROM attachment WHERE state = 'uploading'"
    sent, gone = asyncio.Event(), asyncio.Event()

    async def pieces() -> AsyncIterator[bytes]:
        yield jpeg()
        sent.set()
        await gone.wait()

    sending = asyncio.create_task(send(clerk, pieces()))
    await sent.wait()
    await eventually(partial(db.fetchval, under_way))
    open_now = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'"
    assert 0 == await db.fetchval(open_now)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    await eventually(partial(db.fetchval, f"SELECT NOT EXISTS ({under_way})"))
    assert 0 == await db.fetchval("SELECT count(*) FROM attachment WHERE state = 'stored'")
    assert [] == kept_files(portal)


async def test_a_store_that_is_away_loses_nothing(clerk: Visitor, portal: Portal, db: Connection) -> None:
    """503 with words and nothing stored while it is away; what lay there before is there when it comes back."""
    photo = jpeg()
    kept = await upload(clerk, photo)
    with away(portal):
        given = await send(clerk, png())
        assert (503, "UNAVAILABLE") == (given.status, given.body["code"])
        for rest in ("content", "pages/1"):
            given = await clerk.ask("GET", f"/attachments/{kept['id']}/{rest}")
            assert (503, "UNAVAILABLE") == (given.status, given.body["code"])
    assert 1 == await db.fetchval("SELECT count(*) FROM attachment WHERE state = 'stored'")
    assert photo == (await clerk.ask("GET", f"/attachments/{kept['id']}/content")).body
    assert 201 == (await send(clerk, png())).status


async def test_bytes_that_the_store_garbles_never_count_as_stored(
    clerk: Visitor, portal: Portal, db: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """I32: what was stored is read back and compared; a disk that lies is an outage, not an attachment."""
    put_async = obstore.put_async

    async def put(store: LocalStore, path: str, _: Path, **_how: object) -> None:
        await put_async(store, path, jpeg()[:-1] + b"?")

    monkeypatch.setattr("obstore.put_async", put)
    given = await send(clerk, jpeg())
    assert (503, "UNAVAILABLE") == (given.status, given.body["code"])
    assert 0 == await db.fetchval("SELECT count(*) FROM attachment WHERE state = 'stored'")
    assert [] == kept_files(portal)


async def test_a_download_that_breaks_off_is_no_file(clerk: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that goes away in the middle breaks the connection: no problem's words end up inside somebody's file."""
    kept = await upload(clerk, jpeg())

    async def read(_: Storage, __: str) -> AsyncIterator[bytes]:
        yield jpeg()[:1000]
        raise StorageError("away")

    monkeypatch.setattr(Storage, "read", read)
    with pytest.raises(aiohttp.ClientError):
        await clerk.ask("GET", f"/attachments/{kept['id']}/content")


async def test_nobodys_many_files_keep_others_waiting(portal: Portal, tmp_path: Path) -> None:
    """One address waits with two of its files at a time; who comes later is third, not hundredth."""
    (tmp_path / "file").write_bytes(jpeg())
    ended: list[str] = []

    async def examine(whose: str) -> None:
        await portal.decoders.examine(tmp_path / "file", MediaType.JPEG, portal.policy, whose=whose)
        ended.append(whose)

    hogs = [asyncio.create_task(examine("192.0.2.1")) for _ in range(8)]
    await asyncio.sleep(0)
    await examine("192.0.2.2")
    assert ended.index("192.0.2.2") < 5
    await asyncio.gather(*hogs)


async def test_what_nobody_hands_in_is_forgotten_with_its_bytes(clerk: Visitor, portal: Portal, db: Connection) -> None:
    """After a day; what was handed in stays, and so does what the store cannot erase now."""
    papers = await hand_in(clerk, "employee_opening")
    await clerk.post("/employees", {"employees": [NEWCOMER], "attachments": papers})
    await upload(clerk, png())
    assert 2 == len(kept_files(portal))
    await db.execute("ALTER TABLE attachment DISABLE TRIGGER attachment_frozen")
    await db.execute("UPDATE attachment SET begun_at = now() - interval '25 hours'")
    with away(portal):
        await forgetting.forget(portal)
    assert 2 == len(kept_files(portal))
    await forgetting.forget(portal)
    assert 1 == len(kept_files(portal))
    assert papers == [str(row["id"]) for row in await db.fetch("SELECT id FROM attachment")]
