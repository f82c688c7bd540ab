"""Which source a file comes from, where nobody said it: the one that is believed for the file's account."""

import asyncio
from pathlib import Path
from typing import Final

import attrs

from services.reconciler.statements import StatementRefused, open_statement
from services.reconciler.statements.profile import PROFILES, ProfileError, load_profile
from services.store.accounts import find_account
from services.store.database import Actor, Role, acting, connect

GENERIC: Final = "ofx-generic"
_READER: Final = Actor(role=Role.WORKER, name="sources", origin="command line")
_PIECE_BYTES: Final = 256 * 1024


@attrs.frozen
class Source:
    """A source, and why it was taken; "" where it was given."""

    name: str
    why: str = ""

    @property
    def words(self) -> str:
        """Say which source it is, and why."""
        return f"source / 来源: {self.name}" + (f" ({self.why})" if self.why else "")


async def choose_source(path: Path, given: str | None, database_url: str | None) -> Source:
    """Take the source that was given, or the one of the file's account, or the generic one.

    Raises:
        ProfileError: there is no source of the given name, or the account's is not there any more.
    """
    if given is not None:
        load_profile(given)
        return Source(given)
    if database_url is None:
        return Source(GENERIC, "no --source and no database / 未指定来源，未连接数据库")
    # A pipe could be read once only, and the statement itself is still to be read.
    number = await asyncio.to_thread(_account_of, path) if await asyncio.to_thread(path.is_file) else None
    if not number:
        return Source(GENERIC, "the file names no account that can be read / 无法读出文件中的账号")
    connection = await connect(database_url, application="subsidy sources")
    try:
        async with acting(connection, _READER):
            account = await find_account(connection, number)
    finally:
        await connection.close(timeout=10)
    if account is None:
        return Source(GENERIC, f"account {number} is not registered / 账号未登记")
    load_profile(account.source)
    return Source(account.source, f"of account {number} / 按登记账户")


def _account_of(path: Path) -> str | None:
    """Read the account's number with the first profile that can read the file: not each reads every bank's texts."""
    for name in (GENERIC, *(name for name in PROFILES if name != GENERIC)):
        try:
            with path.open("rb") as file:
                reading = open_statement(iter(lambda: file.read(_PIECE_BYTES), b""), load_profile(name), path.name)
                for _ in reading:
                    pass
        except (StatementRefused, ProfileError):
            continue
        return reading.facts.account
    return None
