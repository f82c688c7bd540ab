"""The reconciler's command line.

    python -m services.reconciler run
    python -m services.reconciler feed FILE [--source NAME]
    python -m services.reconciler explain FILE [--source NAME] [--json]
    python -m services.reconciler migrate
    python -m services.reconciler account NUMBER --name NAME --source NAME [--balance YUAN]
    python -m services.reconciler statements [--state STATE] [--limit N]
    python -m services.reconciler release STATEMENT --by WHO --note WHY
    python -m services.reconciler retry STATEMENT --by WHO --note WHY

Settings come from `SUBSIDY_*` variables; see `docs/operations.md`.
"""

import argparse
import asyncio
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import attrs
import uvloop

from libsubsidy import SubsidyError, Violation
from services.reconciler import app, arguments, explaining, feeding, listing, output
from services.reconciler.output import OutputClosedError, say
from services.reconciler.settings import ExplainSettings, Settings
from services.reconciler.statements.profile import load_profile
from services.settings import PostgresUrl, load
from services.store import accounts, releases
from services.store.crashpoint import CrashPointError
from services.store.database import Actor, Role, acting, connect
from services.store.migrate import migrate

_SOURCE_HELP = "bank profile (default: the one of the file's account, if a database is set; else ofx-generic)"
_BUREAU = Actor(role=Role.BUREAU, name="command line", origin="command line")


@attrs.frozen(kw_only=True)
class StoreSettings:
    """What the commands need that only touch the database."""

    database_url: PostgresUrl


async def _run(_: argparse.Namespace) -> None:
    settings = load(Settings)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await app.run(settings, stop)


async def _feed(given: argparse.Namespace) -> None:
    say(await feeding.feed(given.file, given.source, load(ExplainSettings)))


async def _explain(given: argparse.Namespace) -> None:
    await explaining.explain(
        given.file, given.source, load(ExplainSettings).database_url, as_json=given.json, out=sys.stdout
    )


async def _migrate(_: argparse.Namespace) -> None:
    applied = await migrate(load(StoreSettings).database_url)
    say("\n".join(f"applied {name}" for name in applied) or "nothing to do: the schema is today's")


async def _account(given: argparse.Namespace) -> None:
    # A slip of the pen here would hold every statement of the account.
    load_profile(given.source)
    balance_fen = arguments.balance_fen(given.balance)
    connection = await connect(load(StoreSettings).database_url)
    try:
        async with acting(connection, _BUREAU):
            account_id = await accounts.register_account(
                connection,
                number=given.number,
                name=given.name,
                source=given.source,
                balance_fen=balance_fen,
            )
        say(f"account {account_id} registered: {given.number}, balance {given.balance}")
    finally:
        await connection.close(timeout=10)


async def _statements(given: argparse.Namespace) -> None:
    connection = await connect(load(StoreSettings).database_url)
    try:
        async with acting(connection, _BUREAU):
            found = await listing.list_statements(connection, given.state, given.limit)
    finally:
        await connection.close(timeout=10)
    for statement in found:
        say(str(statement))
    if not found:
        say("no statements / 没有对账单")
    elif len(found) == given.limit:
        say(f"the newest {given.limit}; --limit shows more / 仅列出最新 {given.limit} 份")


async def _release(given: argparse.Namespace) -> None:
    connection = await connect(load(StoreSettings).database_url)
    try:
        async with acting(connection, attrs.evolve(_BUREAU, name=given.by)):
            await releases.release(connection, given.statement, by=given.by, note=given.note)
        say(f"statement {given.statement} released by {given.by}")
    finally:
        await connection.close(timeout=10)


async def _retry(given: argparse.Namespace) -> None:
    connection = await connect(load(StoreSettings).database_url)
    try:
        async with acting(connection, attrs.evolve(_BUREAU, name=given.by)):
            await releases.retry(connection, given.statement, by=given.by, note=given.note)
        say(f"statement {given.statement} is read again from the start / 对账单 {given.statement} 将重新处理")
    finally:
        await connection.close(timeout=10)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m services.reconciler", description="Reconcile bank statements with payment notices."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    run = commands.add_parser("run", help="work until stopped")
    run.set_defaults(call=_run)

    feed = commands.add_parser("feed", help="give a statement file to the reconciler")
    feed.add_argument("file", type=Path)
    feed.add_argument("--source", help=_SOURCE_HELP)
    feed.set_defaults(call=_feed)

    explain = commands.add_parser("explain", help="decide a file line by line without writing anything")
    explain.add_argument("file", type=Path)
    explain.add_argument("--source", help=_SOURCE_HELP)
    explain.add_argument("--json", action="store_true", help="one JSON document per line of the statement")
    explain.set_defaults(call=_explain)

    migrating = commands.add_parser("migrate", help="bring the database to today's schema")
    migrating.set_defaults(call=_migrate)

    account = commands.add_parser("account", help="register a bank account of the bureau")
    account.add_argument("number", type=arguments.words)
    account.add_argument("--name", type=arguments.words, required=True)
    account.add_argument("--source", required=True, help="the bank profile believed for this account")
    account.add_argument(
        "--balance", default="0.00", help="yuan before the first statement, may be negative (default: %(default)s)"
    )
    account.set_defaults(call=_account)

    statements = commands.add_parser("statements", help="list the newest statements, and what was found")
    statements.add_argument("--state", choices=listing.STATES, help="only those in this state")
    statements.add_argument("--limit", type=arguments.limit, default=20, help="how many (default: %(default)s)")
    statements.set_defaults(call=_statements)

    release = commands.add_parser("release", help="let a held statement through")
    release.add_argument("statement", type=arguments.statement_id)
    release.add_argument("--by", type=arguments.words, required=True, help="who releases it; not who uploaded it")
    release.add_argument("--note", type=arguments.words, required=True, help="why")
    release.set_defaults(call=_release)

    retry = commands.add_parser("retry", help="read a refused statement again, after what refused it was mended")
    retry.add_argument("statement", type=arguments.statement_id)
    retry.add_argument("--by", type=arguments.words, required=True, help="who wants it")
    retry.add_argument("--note", type=arguments.words, required=True, help="what was mended")
    retry.set_defaults(call=_retry)
    return parser


# What a person can mend; anything else is a defect and shows its traceback.
_MENDABLE = (SubsidyError, OSError, asyncpg.PostgresError, CrashPointError)
_NOT_MIGRATED = (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError, asyncpg.UndefinedFunctionError)
# As a shell says of a program that SIGPIPE ended.
_STATUS_OUTPUT_CLOSED = 141


def _told(error: BaseException) -> str:
    violation = getattr(error, "violation", None)
    if isinstance(violation, Violation):
        return f"{violation.code}: {violation.zh}\n{violation.en}"
    # A role that is not there, which `migrate` makes, is the wrong value of a parameter.
    if isinstance(error, _NOT_MIGRATED) or (
        isinstance(error, asyncpg.InvalidParameterValueError) and '"role"' in str(error)
    ):
        return (
            f"{error}: 数据库尚未升级，请先运行 python -m services.reconciler migrate / "
            "the database is not migrated: run it first"
        )
    if isinstance(error, CrashPointError):
        return f"SUBSIDY_CRASH_POINT: {error} / 格式应为 名称[:次数]，正式运行时不应设置"
    if isinstance(error, ConnectionError | TimeoutError):
        return f"{error}: 数据库或消息服务器无法连接，请检查 SUBSIDY_DATABASE_URL 与 SUBSIDY_AMQP_URL / is it running there?"
    return f"{type(error).__name__}: {error}"


def _leaves(group: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error


def main() -> int:
    """Run one command; an error that a person can mend ends in one message and status 1."""
    output.prepare()
    given = _parser().parse_args()
    failures: list[str] = []
    closed = False
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(given.call(given))
        output.finish()
    except* OutputClosedError:
        closed = True
    except* _MENDABLE as group:
        failures = list(dict.fromkeys(_told(error) for error in _leaves(group)))
    if closed:
        output.leave()
        return _STATUS_OUTPUT_CLOSED
    for failure in failures:
        print(failure, file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
