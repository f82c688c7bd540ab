"""Promises of services/portal/attachments/storage.py: the same against a folder and against something that speaks S3."""

import hashlib
import os
import re
from collections.abc import AsyncIterator
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from services.portal.attachments.storage import AttachmentPlace, Storage, StorageError
from services.portal.settings import PortalSettings
from services.settings import PostgresUrl

KEY = "q1w2e3-_" * 5
# Longer than a part of an upload in parts.
LONG = os.urandom(11 * 1024**2)


class Bucket:
    """A few calls of S3, as a store of the bureau's own would answer them."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.parts: dict[str, dict[int, bytes]] = {}
        self.signed = True

    async def answer(self, request: web.Request) -> web.Response:
        """Answer one request."""
        self.signed &= request.headers.get("Authorization", "").startswith("AWS4-HMAC-SHA256")
        return await (self._in_parts if {"uploads", "uploadId"} & set(request.query) else self._at_once)(request)

    async def _in_parts(self, request: web.Request) -> web.Response:
        name, query = request.path, request.query
        if "uploads" in query:
            self.parts[name] = {}
            return _xml(
                f"<InitiateMultipartUploadResult><UploadId>1</UploadId><Key>{escape(name)}</Key>"
                "</InitiateMultipartUploadResult>"
            )
        if request.method == "PUT":
            self.parts[name][int(query["partNumber"])] = await request.read()
            return web.Response(headers={"ETag": f'"{query["partNumber"]}"'})
        self.objects[name] = b"".join(part for _, part in sorted(self.parts.pop(name).items()))
        return _xml('<CompleteMultipartUploadResult><ETag>"1"</ETag></CompleteMultipartUploadResult>')

    async def _at_once(self, request: web.Request) -> web.Response:
        name = request.path
        if "delete" in request.query:
            keys = re.findall(r"<Key>(.*?)</Key>", await request.text())
            for key in keys:
                self.objects.pop(f"{name.rstrip('/')}/{key}", None)
            deleted = "".join(f"<Deleted><Key>{key}</Key></Deleted>" for key in keys)
            return _xml(f"<DeleteResult>{deleted}</DeleteResult>")
        if request.method == "PUT":
            self.objects[name] = await request.read()
            return web.Response(headers={"ETag": '"1"'})
        if name not in self.objects:
            return web.Response(status=404, body=b"<Error><Code>NoSuchKey</Code></Error>")
        return web.Response(
            body=self.objects[name], headers={"ETag": '"1"', "Last-Modified": "Tue, 01 Sep 2020 00:00:00 GMT"}
        )


def _xml(text: str) -> web.Response:
    return web.Response(text=text, content_type="application/xml")


@pytest.fixture
async def bucket(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bucket]:
    """A store that speaks S3, named by obstore's own settings."""
    kept = Bucket()
    app = web.Application(client_max_size=64 * 1024**2)
    app.router.add_route("*", "/{name:.*}", kept.answer)
    async with TestServer(app) as server:
        for name, value in {
            "AWS_ENDPOINT": str(server.make_url("")).rstrip("/"),
            "AWS_REGION": "local",
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
        }.items():
            monkeypatch.setenv(name, value)
        yield kept


@pytest.fixture(params=["folder", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    """Each kind of store."""
    if request.param == "folder":
        return Storage(AttachmentPlace(str(tmp_path / "a" / "b")))
    request.getfixturevalue("bucket")
    return Storage(AttachmentPlace("s3://papers/of/the/fund"))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file on its way into the store."""
    written = tmp_path / "file"
    written.write_bytes(LONG)
    return written


async def everything(storage: Storage, key: str = KEY) -> bytes:
    """Read an object whole."""
    return b"".join([piece async for piece in storage.read(key)])


async def test_what_was_put_is_read_and_deleted(storage: Storage, file: Path, tmp_path: Path) -> None:
    """Whole, in pieces, to a file; deleting what is not there is as good."""
    await storage.put(KEY, file, hashlib.sha256(LONG).digest())
    assert LONG == await everything(storage)
    await storage.fetch(KEY, tmp_path / "copy")
    assert LONG == (tmp_path / "copy").read_bytes()
    await storage.delete(KEY)
    await storage.delete(KEY)
    with pytest.raises(StorageError):
        await everything(storage)


async def test_what_is_read_back_otherwise_is_an_outage(storage: Storage, file: Path) -> None:
    """The digest of what lies there is compared with what was sent."""
    with pytest.raises(StorageError, match="not what was sent"):
        await storage.put(KEY, file, hashlib.sha256(b"other").digest())


async def test_a_bucket_has_a_prefix_and_signed_requests(bucket: Bucket, file: Path) -> None:
    """Several systems share a bucket; who asks is proven."""
    await Storage(AttachmentPlace("s3://papers/of/the/fund")).put(KEY, file, hashlib.sha256(LONG).digest())
    assert [f"/papers/of/the/fund/{KEY[:2]}/{KEY}"] == list(bucket.objects)
    assert bucket.signed


async def test_a_store_that_is_not_there_is_an_outage(monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
    """Nobody listens: told within the time limits, as whatever may come back."""
    for name, value in {
        "AWS_ENDPOINT": "http://127.0.0.1:9",
        "AWS_ALLOW_HTTP": "true",
        "AWS_SKIP_SIGNATURE": "true",
    }.items():
        monkeypatch.setenv(name, value)
    storage = Storage(AttachmentPlace("s3://papers"))
    with pytest.raises(StorageError):
        await storage.put(KEY, file, bytes(32))
    with pytest.raises(StorageError):
        await storage.delete(KEY)


async def test_a_folder_is_for_the_portal_alone(tmp_path: Path, file: Path) -> None:
    """Papers of people are not for other accounts of the machine."""
    folder = tmp_path / "attachments"
    await Storage(AttachmentPlace(str(folder))).put(KEY, file, hashlib.sha256(LONG).digest())
    assert 0o700 == folder.stat().st_mode & 0o777


def test_a_portal_that_takes_no_file_makes_no_folder(tmp_path: Path) -> None:
    """A store is opened when it is first used."""
    Storage(AttachmentPlace(str(tmp_path / "attachments")))
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("text", ["", " ", "https://x/y", "s3://", "s3:///x", "a\0b"])
def test_what_is_no_place_is_refused(text: str) -> None:
    """A typo of the setting is named before the portal starts."""
    with pytest.raises(ValueError, match="s3://bucket/prefix"):
        AttachmentPlace(text)


def test_the_place_is_a_setting() -> None:
    """Without one it is a folder below where the portal was started."""
    assert "var/attachments" == PortalSettings(database_url=PostgresUrl("postgresql://x/y")).attachments
