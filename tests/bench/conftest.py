"""What the tests of the figures share."""

from collections.abc import Iterator

import pytest

from bench.server import BenchServer
from demo.embedded_postgres import EmbeddedPostgres
from tests.conftest import POSTGRES


@pytest.fixture(scope="module")
def server() -> Iterator[BenchServer]:
    """A server that forgets, because no time is measured here."""
    with EmbeddedPostgres(prefer=POSTGRES, durable=False) as started:
        yield BenchServer(started)
