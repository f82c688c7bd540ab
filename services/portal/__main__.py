"""The portal's commands: `python -m services.portal run`, and those that manage users and tokens."""

import argparse
import asyncio
import signal
import sys

import asyncpg
import uvloop

from libsubsidy import SubsidyError
from services import settings
from services.portal import commands, log_lines, server
from services.portal.settings import PortalSettings


async def _run(_: argparse.Namespace) -> int:
    log_lines.configure(sys.stdout)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await server.run(settings.load(PortalSettings), stop)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m services.portal", description="The fund's portal.")
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND")
    run = subparsers.add_parser("run", help="serve the API and the pages")
    run.set_defaults(handler=_run)
    commands.add_parsers(subparsers)
    return parser


def main() -> int:
    """Run one command; 1 when it could not be done, with the reason on the standard error."""
    arguments = _parser().parse_args()
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            status: int = runner.run(arguments.handler(arguments))
            return status
    except (SubsidyError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except asyncpg.PostgresError as error:
        sys.stderr.write(
            f"the database refused ({type(error).__name__}: {error}); is it migrated (python -m services.reconciler "
            "migrate), and is the login a member of the roles (docs/operations.md)? / "
            "数据库拒绝了操作：请确认数据库已升级，且登录账号具有所需角色\n"
        )
        return 1


if __name__ == "__main__":
    sys.exit(main())
