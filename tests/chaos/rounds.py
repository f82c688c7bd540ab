"""Rounds of chaos: deliver a few months' files in any order while faults strike, heal, and ask whether all is as it should be.

A seed gives the same files, deliveries and faults again. What the processes make of the moments is theirs, so that a
failure may need several runs of its seed to come again.
"""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Collection, Mapping
from random import Random

import attrs

from demo.embedded_postgres import EmbeddedPostgres
from libsubsidy import Policy
from services.reconciler.worker import Worker
from services.store.database import connect, open_pool
from services.store.migrate import migrate
from tests.chaos.arena import Arena
from tests.chaos.faults import FAULTS, WEIGHTS
from tests.chaos.invariants import broken
from tests.reconciler.subscriber import Told
from tests.reconciler.town import deliver, events_of, settle_down, state_of
from tests.reconciler.year import Year, year
from tests.servers.rabbitmq import RabbitNode

PAUSE_SECONDS_MAX = 0.5


@attrs.define
class Report:
    """What happened.

    Attributes:
        injected: each fault that took effect, and how often.
        without_effect: crash points that were armed and never reached.
        skipped: each fault that was left out, and why.
        failures: the seed of each round that failed, and what was wrong.
    """

    rounds: int = 0
    injected: Counter[str] = attrs.field(factory=Counter)
    without_effect: int = 0
    skipped: dict[str, str] = attrs.field(factory=dict)
    failures: dict[str, list[str]] = attrs.field(factory=dict)
    heal_seconds_max: float = 0.0


@attrs.frozen(kw_only=True)
class Size:
    """How much a round does."""

    files: int = 6
    lines: int = 60
    faults: int = 12


async def play(
    postgres: EmbeddedPostgres,
    broker: RabbitNode,
    seed: str,
    size: Size,
    report: Report,
) -> None:
    """Play one round and write it into the report."""
    rng = Random(seed)  # noqa: S311 - the same faults for the same seed.
    files = year(rng, files=size.files, lines=size.lines)
    name = f"chaos_{hashlib.sha256(seed.encode()).hexdigest()[:12]}"
    steps: list[str | tuple[str, bytes]] = [*files.files, *rng.choices(files.files, k=size.files)]
    steps += rng.choices(*_choices(report.skipped), k=size.faults)
    rng.shuffle(steps)
    wrong: list[str] = []
    injected: Counter[str] = Counter()
    async with Arena(postgres, broker, files, name) as arena:
        for step in steps:
            if isinstance(step, str):
                await FAULTS[step](arena, rng)
                injected[step] += 1
            else:
                await arena.deliver(step)
            # Faults are to meet work, whenever it comes to them.
            await asyncio.sleep(rng.uniform(0, PAUSE_SECONDS_MAX))
        try:
            report.heal_seconds_max = max(report.heal_seconds_max, await arena.heal())
        except TimeoutError:
            wrong.append(
                "it never came to an end: " + repr(await arena.db.fetch("SELECT state, findings FROM statement"))
            )
        wrong += await broken(arena.db)
        expected, events = await _undisturbed(postgres, files, f"{name}_calm")
        wrong += [
            f"{part} differ from one pass"
            for part, rows in (await state_of(arena.db)).items()
            if rows != expected[part]
        ]
        wrong += _wrong_events(arena.subscriber.receive_all(), events)
        injected["crash point"] = arena.died
        report.without_effect += len(arena.armed) - arena.died
    report.injected += injected
    report.rounds += 1
    if wrong:
        report.failures[seed] = wrong


def _choices(skipped: Collection[str]) -> tuple[list[str], list[int]]:
    names = [name for name in WEIGHTS if name not in skipped]
    return names, [WEIGHTS[name] for name in names]


async def _undisturbed(
    postgres: EmbeddedPostgres, files: Year, name: str
) -> tuple[Mapping[str, list[tuple[object, ...]]], list[tuple[object, ...]]]:
    """Bring the same files in, in the bank's order, with one worker and no fault."""
    admin = await connect(postgres.url_of("postgres"))
    await admin.execute(f"CREATE DATABASE {name}")
    await admin.close()
    url = postgres.url_of(name)
    await migrate(url)
    db = await connect(url)
    await settle_down(db, files.dues, accounts=files.accounts)
    async with open_pool(url) as pool:
        worker = Worker(pool, "worker/0", policy=Policy())
        for filename, body in files.files:
            await deliver(pool, body, filename=filename)
            await worker.drain()
    left = await state_of(db), await events_of(db)
    await db.close(timeout=10)
    return left


def _wrong_events(told: list[Told], expected: list[tuple[object, ...]]) -> list[str]:
    """Each fact is told at least once, always under the same id, and nothing else is told."""
    ids: dict[tuple[str, str], set[str]] = {}
    for event in told:
        ids.setdefault((event.type, event.subject), set()).add(event.id)
    wrong = [f"{subject} was told under {len(found)} ids" for subject, found in ids.items() if len(found) > 1]
    facts = {
        event.subject: (event.type, event.body["amount"], event.body.get("reason"))
        for event in told
        if "amount" in event.body
    }
    counted = sorted(((*fact, times) for fact, times in Counter(facts.values()).items()), key=repr)
    return wrong if expected == counted else [*wrong, "the events differ from those of one pass"]
