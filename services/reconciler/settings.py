"""The reconciler's settings; see `services/settings.py` for how they are read."""

import attrs

from services.reconciler.settling import BATCH_LINES_MAX
from services.settings import AmqpUrl, Count, PostgresUrl

_ONE = Count(1)
_BATCH_LINES = Count(BATCH_LINES_MAX)


@attrs.frozen(kw_only=True)
class Settings:
    """What a reconciler process is told.

    Attributes:
        database_url: ``SUBSIDY_DATABASE_URL``; there is no default, so that a typo never sends real money into a
            throw-away database.
        amqp_url: ``SUBSIDY_AMQP_URL``; without it statements come by upload and command line only, and events wait.
        workers: ``SUBSIDY_WORKERS``, statements worked on at once in this process.
        batch_lines: ``SUBSIDY_BATCH_LINES``, lines of a statement settled in one transaction: more cost less per line, and
            more memory and a longer wait for whoever wants the same notices.
        crash_point: ``SUBSIDY_CRASH_POINT``, for tests of crashes alone (`services/store/crashpoint.py`).
    """

    database_url: PostgresUrl
    amqp_url: AmqpUrl | None = None
    workers: Count = _ONE
    batch_lines: Count = _BATCH_LINES
    crash_point: str = ""


@attrs.frozen(kw_only=True)
class ExplainSettings:
    """What `explain` and `feed` may use: without a database memos are only read, without a broker files go to it."""

    database_url: PostgresUrl | None = None
    amqp_url: AmqpUrl | None = None
