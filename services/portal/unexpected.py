"""Log a defect once, with its stack and without what people sent.

The messages of errors repeat values: PostgreSQL's name the key that exists already, Python's the key that is missing, and
rich tracebacks print local variables. So only the kinds of the errors and the places in the code are logged, and what
PostgreSQL says of its own names.
"""

import traceback
from typing import Final

import asyncpg
import structlog
from structlog.contextvars import get_contextvars

from services.portal import http_metrics

_FRAMES_MAX: Final = 40
_CAUSES_MAX: Final = 5

log = structlog.get_logger()


def log_unexpected(error: BaseException | None, *, route: str) -> str:
    """Log an error that nothing in the portal expects; give the id of the request, for whoever asked."""
    http_metrics.UNEXPECTED.inc()
    log.error("unexpected error", route=route, stack=stack_of(error))
    return str(get_contextvars().get("request_id", "-"))


def stack_of(error: BaseException | None) -> str:
    """Describe an error and its causes, innermost last, without any value.

    >>> try:
    ...     {}["440101199001010018"]
    ... except KeyError as error:
    ...     stack_of(error).splitlines()[0]
    'KeyError'
    """
    told: list[str] = []
    while error is not None and len(told) < _CAUSES_MAX:
        frames = traceback.extract_tb(error.__traceback__)[-_FRAMES_MAX:]
        places = [f"  {frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
        told.append("\n".join([_named(error), *places]))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\nafter ".join(told)


def _named(error: BaseException) -> str:
    name = type(error).__name__
    if isinstance(error, asyncpg.PostgresError):
        facts = (error.sqlstate, error.table_name, error.column_name, error.constraint_name)
        return " ".join([name, *(str(fact) for fact in facts if fact)])
    return name
