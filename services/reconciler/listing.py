"""What statements there are, how far each is and what was found, in words that say what to do next."""

from collections.abc import Mapping
from typing import Any, Final

import asyncpg
import attrs

from services.store.database import Connection

STATES: Final = ("received", "staged", "held", "proven", "reconciled", "refused")

_SELECT = """
    SELECT s.id, s.filename, s.source, s.state, coalesce(a.number, s.facts ->> 'account', '') AS account, s.findings,
           s.waits_for_gap, s.new_lines, s.matched_lines
    FROM statement s LEFT JOIN bank_account a ON a.id = s.account_id
    """


@attrs.frozen(kw_only=True)
class ListedStatement:
    """A statement as it is now.

    Attributes:
        account: as registered, or as the file says it; "" where neither is known yet.
        findings: code and both texts, as the worker stored them.
        waits_for_gap: held only until the statement before it has come.
    """

    id: int
    filename: str
    source: str
    state: str
    account: str
    findings: tuple[Mapping[str, Any], ...]
    waits_for_gap: bool
    new_lines: int
    matched_lines: int

    @property
    def what_next(self) -> str:
        """Say what becomes of it, or what a person must do."""
        command = "python -m services.reconciler"
        who = "--by WHO --note WHY"
        match self.state:
            case "held" if self.waits_for_gap:
                return (
                    f"等待缺失的上一份对账单；如无缺失，核对后放行 / waits for the statement before it; if none is missing: "
                    f"{command} release {self.id} {who}"
                )
            case "held":
                return f"核对后由另一人放行 / another person looks, and then: {command} release {self.id} {who}"
            case "refused":
                return (
                    f"请重新下载文件；如已修正配置或程序，可重新处理 / download the file again, or, if the profile or the "
                    f"program was mended: {command} retry {self.id} {who}"
                )
            case "reconciled":
                return (
                    f"已处理完毕，新增 {self.new_lines} 笔，共 {self.matched_lines} 笔 / done: {self.new_lines} new lines "
                    f"of {self.matched_lines}"
                )
            case _:
                return "处理中，无需操作 / being worked on, nothing to do"

    def __str__(self) -> str:
        """One line of what it is, one for each finding, one for what is next."""
        head = f"{self.id:>6}  {self.state:<10}  {_shown(self.filename)}  {self.source}  {_shown(self.account) or '-'}"
        findings = [f"{found['code']}: {found['zh']} {found['en']}" for found in self.findings]
        return "\n        ".join([head, *findings, self.what_next])


def _shown(text: str) -> str:
    """A name may hold anything, even what moves the cursor of a terminal."""
    return text if text.isprintable() else repr(text)


async def list_statements(connection: Connection, state: str | None, limit: int) -> list[ListedStatement]:
    """Return the newest statements, of one state or of all."""
    rows = await connection.fetch(
        _SELECT + "WHERE $1::text IS NULL OR s.state = $1 ORDER BY s.id DESC LIMIT $2", state, limit
    )
    return [_listed(row) for row in rows]


async def find_statement(connection: Connection, source: str, digest: bytes) -> ListedStatement | None:
    """Return the statement that has these bytes, None when they never came from this source."""
    row = await connection.fetchrow(_SELECT + "WHERE s.source = $1 AND s.sha256 = $2", source, digest)
    return None if row is None else _listed(row)


def _listed(row: "asyncpg.Record") -> ListedStatement:
    return ListedStatement(**{**dict(row), "findings": tuple(row["findings"])})
