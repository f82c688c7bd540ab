"""The portal in a process of its own, its users made by its own commands, and people who log in with a password."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import Any

import aiohttp
import attrs

from tests.patience import PATIENCE_SECONDS, eventually
from tests.portal.visitors import Visitor

_ROOT = Path(__file__).parents[2]
PASSWORD = "Kapok-and-Litchi-1949"


@attrs.frozen(kw_only=True)
class PortalProcess:
    """One process of ``python -m services.portal run``."""

    origin: str
    settings: dict[str, str]
    http: aiohttp.ClientSession

    async def add_user(self, *arguments: str) -> None:
        """Add a user by the command that operators use."""
        await self._manage("add", *arguments)

    async def set_password(self, login: str) -> None:
        """Let a user in whom no password fits yet, by the command that operators use."""
        await self._manage("password", login)

    async def _manage(self, *arguments: str) -> None:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "services.portal", "user", *arguments, "--password-stdin"),
            cwd=_ROOT,
            env=_environment(self.settings),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await asyncio.wait_for(process.communicate(PASSWORD.encode()), PATIENCE_SECONDS)
        assert 0 == process.returncode, said.decode()

    async def log_in(self, login: str) -> Visitor:
        """Log in as a person does, and keep the cookie and the CSRF token as a page does."""
        nobody = Visitor(http=self.http, origin=self.origin, user=None, headers={"Origin": self.origin})
        given = await nobody.ask("POST", "/session", json={"login": login, "password": PASSWORD})
        assert 200 == given.status, given.body
        cookie = given.headers["Set-Cookie"].partition(";")[0]
        headers = {"Cookie": cookie, "X-CSRF-Token": given.body["csrf_token"], "Origin": self.origin}
        return attrs.evolve(nobody, headers=headers)


@asynccontextmanager
async def portal_process(database_url: str, **more: str) -> AsyncIterator[PortalProcess]:
    """Run a portal beside the test until the end of the block, where it must end well; `more` are further settings."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    origin = f"http://127.0.0.1:{port}"
    with TemporaryFile() as output, TemporaryDirectory() as folder:
        settings = {
            "SUBSIDY_DATABASE_URL": database_url,
            "SUBSIDY_HTTP_PORT": str(port),
            "SUBSIDY_ATTACHMENTS": folder,
            **more,
        }
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "services.portal", "run"),
            cwd=_ROOT,
            env=_environment(settings),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
        try:
            async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:

                async def ready() -> bool:
                    try:
                        async with http.get(f"{origin}/readyz") as response:
                            return response.status == 200
                    except aiohttp.ClientConnectionError:
                        return False

                await eventually(ready)
                yield PortalProcess(origin=origin, settings=settings, http=http)
            process.terminate()
            output.seek(0)
            assert 0 == await asyncio.wait_for(process.wait(), PATIENCE_SECONDS), output.read().decode()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()


def _environment(settings: dict[str, str]) -> dict[str, str]:
    return {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "NO_COLOR": "1"} | settings


def texts(found: dict[str, Any], *names: str) -> tuple[Any, ...]:
    """Give some fields of an answer."""
    return tuple(found[name] for name in names)
