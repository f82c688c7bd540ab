"""A short run of the chaos, with each kind of fault that takes no server away; `make chaos` is the long one."""

from demo.embedded_postgres import EmbeddedPostgres
from tests.chaos.rounds import Report, Size, play
from tests.conftest import POSTGRES
from tests.servers.rabbitmq import RabbitNode

SKIPPED = dict.fromkeys(("broker killed", "postgres killed"), "takes seconds, and has tests of its own")


async def test_a_round_of_faults_leaves_the_state_of_one_pass(broker: RabbitNode) -> None:
    """Nothing is lost, doubled or told under two ids, and each promise holds in SQL."""
    report = Report(skipped=dict(SKIPPED))
    with EmbeddedPostgres(prefer=POSTGRES, durable=False) as postgres:
        await play(postgres, broker, "tests/0", Size(files=4, lines=40, faults=6), report)

    assert {} == report.failures
    assert 1 == report.rounds
    assert sum(report.injected.values()) >= 3
