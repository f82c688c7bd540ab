"""docs/api_client.py: the example works, so that nobody learns from one that does not."""

import asyncio
import sys
from pathlib import Path
from typing import Final

import pytest

from services.portal.roles import PortalRole
from tests.patience import eventually
from tests.portal.conftest import Town, VisitorOf
from tests.portal.visitors import Visitor

CLIENT: Final = Path(__file__).parents[2] / "docs" / "api_client.py"
SCOPES: Final = ["orders:read", "orders:write", "orders:submit", "notices:read", "events:read"]


async def client(clerk: Visitor, folder: Path, scopes: list[str]) -> asyncio.subprocess.Process:
    """Start the example with a token of its own."""
    made = await clerk.post("/tokens", {"name": "工资系统", "scopes": scopes, "days": 30})
    token = folder / "token.txt"
    token.write_text(made["secret"])
    return await asyncio.create_subprocess_exec(
        sys.executable,
        CLIENT,
        clerk.origin,
        token,
        "2020-04",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def test_a_machine_orders_a_month_and_learns_what_to_transfer(
    visitor: VisitorOf, town: Town, tmp_path: Path
) -> None:
    """From the preview to the memo, with nothing but a token, while a person at the bureau approves."""
    clerk, reviewer = await visitor(PortalRole.EMPLOYER), await visitor(PortalRole.REVIEWER)
    program = await client(clerk, tmp_path, SCOPES)
    await eventually(lambda: applications(reviewer))
    (waiting,) = await applications(reviewer)
    await reviewer.post(f"/applications/{waiting['id']}/approve", {"version": waiting["version"]})
    told, complaints = await asyncio.wait_for(program.communicate(), 60)
    assert (0, b"") == (program.returncode, complaints)
    (notice,) = (await clerk.get("/notices"))["items"]
    assert [notice["memo"], "2500.00"] == told.decode().split()


async def applications(reviewer: Visitor) -> list[dict[str, str]]:
    """What waits for the bureau."""
    items: list[dict[str, str]] = (await reviewer.get("/applications"))["items"]
    return items


async def test_a_machine_is_told_in_words_what_it_may_not(visitor: VisitorOf, tmp_path: Path) -> None:
    """The problem's sentences are all that the example needs to print."""
    program = await client(await visitor(PortalRole.EMPLOYER), tmp_path, ["orders:read"])
    _, complaints = await asyncio.wait_for(program.communicate(), 60)
    assert (1, True) == (program.returncode, complaints.startswith(b"SCOPE_MISSING "))


def test_the_example_stays_short() -> None:
    """About thirty lines of code."""
    code = CLIENT.read_text().rpartition('"""')[2].splitlines()
    assert 40 >= len([line for line in code if line.strip() and not line.startswith(("import", "from"))])


@pytest.mark.parametrize("scope", SCOPES)
def test_the_example_names_its_scopes(scope: str) -> None:
    """Whoever copies it knows what to ask for."""
    assert scope in CLIENT.read_text()
