"""``make chaos [SEED=… ROUNDS=…]``: a long run of random faults against real processes and servers.

Prints how often each fault took effect, what was skipped and why, and the seed of every round that failed; ends with
status 1 when one did.
"""

import argparse
import asyncio
import logging
import os
import secrets
import sys
import time

import structlog

from demo.embedded_postgres import EmbeddedPostgres
from demo.postgres_programs import Origin
from tests.chaos.faults import WEIGHTS
from tests.chaos.rounds import Report, Size, play
from tests.servers.rabbitmq import RabbitNode, RabbitUnavailable

_ROUNDS_DEFAULT = 20


def _arguments() -> argparse.Namespace:
    said = os.environ  # noqa: TID251 - make hands SEED and ROUNDS on as variables.
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description="Inject faults, from a seed.")
    parser.add_argument("--seed", default=said.get("SEED") or secrets.token_hex(4), help="default: another each time")
    parser.add_argument("--rounds", type=int, default=int(said.get("ROUNDS") or _ROUNDS_DEFAULT))
    parser.add_argument("--round", type=int, help="only this one, as a failure names it")
    return parser.parse_args()


async def _play_all(seed: str, numbers: range, report: Report) -> None:
    with EmbeddedPostgres(prefer=Origin.SYSTEM, durable=True) as postgres, RabbitNode() as broker:
        for number in numbers:
            began = time.monotonic()
            await play(postgres, broker, f"{seed}/{number}", Size(), report)
            outcome = "FAILED" if f"{seed}/{number}" in report.failures else "ok"
            print(f"round {seed}/{number}: {outcome}, {time.monotonic() - began:.1f} s", flush=True)


def _print(report: Report) -> None:
    print(f"\n{report.rounds} rounds, {sum(report.injected.values())} faults took effect:")
    for name in WEIGHTS:
        print(f"  {report.injected[name]:>5}  {name}")
    print(f"  {report.without_effect:>5}  crash points armed and never reached (these prove nothing)")
    print(f"longest way back to health: {report.heal_seconds_max:.1f} s")
    for name, why in report.skipped.items():
        print(f"SKIPPED {name}: {why}")
    for seed, wrong in report.failures.items():
        print(f"FAILED seed {seed}:", *wrong, sep="\n  ")


def main() -> int:
    """Play the rounds; 0 when each came out as it should, 1 when one did not, 2 when there was nothing to play with."""
    arguments = _arguments()
    numbers = range(arguments.rounds) if arguments.round is None else range(arguments.round, arguments.round + 1)
    report = Report()
    # The worker of the pass without faults is in this process; what it does is no news.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    print(f"seed {arguments.seed}", flush=True)
    try:
        asyncio.run(_play_all(arguments.seed, numbers, report))
    except RabbitUnavailable as error:
        print(f"nothing was tested: {error}", file=sys.stderr)
        return 2
    finally:
        _print(report)
    return 1 if report.failures else 0


if __name__ == "__main__":
    sys.exit(main())
