"""The portal beside the demonstration is the demonstration's own, and no other program at its port."""

import asyncio
import socket
from pathlib import Path

import aiohttp
import pytest

from demo import portal


async def test_a_port_that_somebody_took_meanwhile_is_left_to_them(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two demonstrations that start at once find the same port free; the second takes another, and talks to its own portal."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ports = [taken.getsockname()[1]]
        free_port = portal._free_port
        monkeypatch.setattr(portal, "_free_port", lambda wanted: ports.pop() if ports else free_port(wanted))
        async with portal.portal(database_url, tmp_path / "portal.log") as origin, aiohttp.ClientSession() as http:
            assert not origin.endswith(f":{taken.getsockname()[1]}")
            async with http.get(f"{origin}/readyz") as answer:
                assert 200 == answer.status


async def test_what_does_not_start_says_why(tmp_path: Path) -> None:
    """A portal without its database ends; whoever waits is told with the end of its log, and nothing of it is left."""
    with pytest.raises(portal.PortalNotStartedError, match="portal did not start"):
        async with asyncio.timeout(60), portal.portal("postgresql://127.0.0.1:1/nowhere", tmp_path / "portal.log"):
            pytest.fail("it cannot have started")
