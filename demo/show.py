"""The demonstration, act by act: set up, open the portal, reconcile, show, prove, and stay for more."""

import asyncio
import contextlib
import shlex
import sys
from collections.abc import AsyncIterator
from datetime import date, datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import attrs
from rich.console import Console
from rich.panel import Panel

from demo import balances, beginnings, books, fund, handover, logins, screen, waiting, watching
from demo.embedded_postgres import EmbeddedPostgres
from demo.employers import Scale
from demo.month import SEED, DemoMonth
from demo.orders import Dues
from demo.portal import portal
from services.store.database import Pool, open_pool
from services.store.migrate import migrate

_LOOK_FOR_MORE_SECONDS: Final = 0.5
_CONNECTIONS_MAX: Final = 8
_LINES_SHOWN_MAX: Final = 40


@attrs.define
class Show:
    """One showing.

    Attributes:
        every_line: show every line instead of a few of each kind.
        staying: everything is shown, and it only waits to be stopped.
    """

    every_line: bool
    staying: bool = attrs.field(default=False, init=False)
    _console: Console = attrs.field(factory=screen.new_console, init=False)
    _folder: Path = attrs.field(factory=handover.folder, init=False)

    async def run(self, stop: asyncio.Event | None) -> int:
        """Show everything; with `stop`, stay until it is set. Return the status of the process."""
        today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
        self._console.print(Panel.fit("住房补贴：缴费通知与银行流水对账 · the demo month", style="bold"))
        async with self._database() as (url, pool):
            dues, month = await self._set_up(pool, today)
            who = await logins.add(pool, dues, today)
            async with portal(url, self._folder / "portal.log") as address:
                await beginnings.act(pool, address, who.password, month=month.month)
                self._console.print(screen.login_table(address, who))
                async with watching.reconciler(url, self._folder / "reconciler.log"):
                    await self._reconcile(pool, month)
                    proven = await self._report(pool, dues, month)
                    if stop is not None:
                        await balances.act(pool, address, who.password, dues)
                        await waiting.submit_next(pool, dues, month.month, today=today)
                        await waiting.draft_following(pool, dues, month.month, today=today)
                        self._console.print(screen.login_table(address, who))
                        self._invite(url, month)
                        self.staying = True
                        await self._stay(pool, stop)
        self._console.print(
            f"已结束：临时数据库已删除，网页 {address} 已关闭。\n"
            f"Ended: the throw-away database is gone, and so is the portal, which was at {address}.",
            highlight=False,
            soft_wrap=True,
        )
        return 0 if proven else 1

    @contextlib.asynccontextmanager
    async def _database(self) -> AsyncIterator[tuple[str, Pool]]:
        async with EmbeddedPostgres(durable=False) as server:
            url = server.url_of()
            await migrate(url)
            self._console.print(
                "临时 PostgreSQL 已启动，结束时删除；不使用环境变量 SUBSIDY_DATABASE_URL。\n"
                "A throw-away PostgreSQL is running; SUBSIDY_DATABASE_URL of the environment is not used.\n"
            )
            async with open_pool(url, application="subsidy demo", connections_max=_CONNECTIONS_MAX) as pool:
                yield url, pool

    async def _set_up(self, pool: Pool, today: date) -> tuple[Dues, DemoMonth]:
        scale = Scale()
        with screen.new_progress(self._console) as progress:
            bar = progress.add_task("申报、审核、发出缴费通知 notices", total=scale.notices)
            dues, month = await fund.set_up(
                pool, today, SEED, scale=scale, noted=lambda more: progress.advance(bar, more)
            )
        size = await books.size(pool)
        self._console.print(
            f"  {month.month}：{size.employers:,} 个单位，{size.people:,} 名职工，"
            f"{size.orders:,} 份订单，{size.notices:,} 张缴费通知\n"
            f"  {size.employers:,} employers, {size.people:,} people, {size.orders:,} orders, {size.notices:,} notices\n"
        )
        return dues, month

    async def _reconcile(self, pool: Pool, month: DemoMonth) -> None:
        with screen.new_progress(self._console) as progress:
            for file in month.files:
                bar = progress.add_task(f"对账 {file.filename}", total=len(file.lines))
                statement_id, _ = await fund.deliver(pool, file)
                async for place in watching.follow(pool, statement_id):
                    progress.update(bar, completed=place.matched_lines)
                self._say_findings(place)

    async def _report(self, pool: Pool, dues: Dues, month: DemoMonth) -> bool:
        """Show lines, sums, proofs and a ledger; say whether everything proves."""
        lines = await books.decided_lines(pool)
        self._show_lines(lines, month)
        self._console.print(screen.summary_table(lines))
        _, new = await fund.deliver(pool, month.main)
        equations = await books.prove(pool)
        self._console.print(screen.proof_table(equations))
        again = "被当成新文件 (!) taken for a new one" if new else "已收过，没有任何变化 known already, nothing changes"
        self._console.print(f"再次送达 delivered again: {month.main.filename}：{again}\n")
        self._console.print(screen.ledger_table(await books.ledger_of(pool, dues.newcomer)))
        complete = len(lines) == sum(len(file.lines) for file in month.files)
        return complete and not new and all(equation.holds for equation in equations)

    def _show_lines(self, lines: tuple[books.DecidedLine, ...], month: DemoMonth) -> None:
        scenes = month.scenes
        shown = lines if self.every_line else tuple(screen.samples(lines, scenes))
        title = f"每种结果举例 {len(shown):,} 行，共 {len(lines):,} 行 examples of every outcome"
        if self.every_line:
            title = f"全部 {len(lines):,} 行 every line"
        self._console.print()
        self._console.print(screen.line_table(title, shown, scenes, self._console.width))
        path = self._folder / "lines.csv"
        handover.write_list(path, lines, scenes)
        self._console.print(f"全部明细 every line: {path}（或 or make run ARGS=--all）\n", soft_wrap=True)

    def _invite(self, url: str, month: DemoMonth) -> None:
        path, source = self._folder / month.following.filename, month.following.account.source
        path.write_bytes(month.following.content)
        settings = f"SUBSIDY_DATABASE_URL={shlex.quote(url)}"
        command = f"{settings} {shlex.quote(sys.executable)} -m services.reconciler"
        self._console.print(
            "对账服务仍在运行。在另一个终端、同一文件夹中，可逐行解释一个文件（不写入），或送入它：\n"
            "The reconciler keeps running. In another terminal, in this folder, have a file explained (nothing is written),\n"
            "or feed it:\n\n"
            f"  {command} explain {shlex.quote(str(path))} --source {source}\n\n"
            f"  {command} feed {shlex.quote(str(path))} --source {source}\n\n"
            "按 Ctrl-C 结束。Ctrl-C ends this.\n",
            soft_wrap=True,
            markup=False,
        )

    async def _stay(self, pool: Pool, stop: asyncio.Event) -> None:
        """Show what becomes of files that somebody feeds."""
        seen = max(await watching.statements_after(pool, 0))
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _LOOK_FOR_MORE_SECONDS)
            for statement_id in await watching.statements_after(pool, seen):
                place = await watching.place_of(pool, statement_id)
                if not place.ended:
                    break
                await self._show_fed(pool, statement_id, place)
                seen = statement_id

    async def _show_fed(self, pool: Pool, statement_id: int, place: watching.Place) -> None:
        self._say_findings(place)
        lines = await books.decided_lines(pool, statement_id)
        if lines:
            title = f"{place.filename}：{len(lines):,} 行 lines"
            if len(lines) > _LINES_SHOWN_MAX:
                title += f"，前 {_LINES_SHOWN_MAX} 行 the first {_LINES_SHOWN_MAX}"
            self._console.print(screen.line_table(title, lines[:_LINES_SHOWN_MAX], {}, self._console.width))
            self._console.print(screen.summary_table(lines))
            self._console.print(screen.proof_table(await books.prove(pool)))

    def _say_findings(self, place: watching.Place) -> None:
        if place.state != "reconciled":
            self._console.print(f"{place.filename}：{place.words}", *place.findings, sep="\n  ", markup=False)
