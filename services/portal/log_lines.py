"""The log of a portal that nobody watches: one JSON object a line, for the programs that collect and search it.

People at a terminal keep structlog's columns. What a line says is the same either way.
"""

from typing import Final, TextIO

import orjson
import structlog
from structlog.typing import EventDict

_KEYS_AS_TEXT: Final = orjson.OPT_NON_STR_KEYS


def configure(output: TextIO) -> None:
    """Write the log of this process there from now on; a terminal gets columns.

    >>> import io
    >>> before, output = structlog.get_config(), io.StringIO()
    >>> configure(output)
    >>> structlog.get_logger().warning("没有连接", seconds=3)
    >>> sorted(orjson.loads(output.getvalue()))
    ['event', 'level', 'seconds', 'timestamp']
    >>> structlog.configure(**before)
    """
    if output.isatty():
        return
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            _as_json,
        ],
        wrapper_class=structlog.make_filtering_bound_logger("info"),
        logger_factory=structlog.WriteLoggerFactory(output),
        # Every answer writes a line, and a logger that is put together anew for each costs more than the line.
        cache_logger_on_first_use=True,
    )


def _as_json(_: object, __: str, event: EventDict) -> str:
    # What JSON does not know, such as an error's fact, is told as its text.
    return orjson.dumps(event, default=str, option=_KEYS_AS_TEXT).decode()
