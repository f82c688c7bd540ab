"""What the finance officers and the auditor see: statements with their progress, and the lines as they are decided."""

from libsubsidy import RecordError, explain_record
from services.portal.identity import Identity
from services.portal.pages import words
from services.portal.pages.sections import ROWS_MAX, Facts, Section
from services.portal.roles import AUDITORS, FINANCE
from services.store import latest_lines, statement_lists
from services.store.database import Connection
from services.store.latest_lines import LatestLine

_READERS = FINANCE | AUDITORS
_STATEMENTS_MAX = 8
# Of a memo that is not exact the problems say more than these checks.
_TOLD_BY_PROBLEMS = frozenset({"memo", "direction", "reversal", "kind", "payer_account"})


async def _statements(connection: Connection, _: Identity) -> Facts:
    return {
        "statements": await statement_lists.newest(connection, limit=_STATEMENTS_MAX),
    }


async def _lines(connection: Connection, _: Identity) -> Facts:
    lines = await latest_lines.latest(connection, limit=ROWS_MAX)
    return {"lines": [(line, *_explained(line)) for line in lines]}


def _explained(line: LatestLine) -> tuple[str, list[str]]:
    """Give the verdict without the outcome before its colon, which stands beside it; and what tells more."""
    try:
        explained = explain_record(line.decision)
    except RecordError as error:
        return error.violation.zh, []  # Of a newer library's; the other lines are shown all the same.
    verdict = explained.zh.partition("：")[2] or explained.zh
    if line.disposition not in {"refund", "hold"}:
        return verdict, []
    failed = [check.zh for check in explained.checks if not check.passed and check.name not in _TOLD_BY_PROBLEMS]
    return verdict, [*failed, *(problem.zh for problem in explained.problems)]


SECTIONS = (
    Section(
        name="statements",
        title="银行对账单",
        who=_READERS,
        kinds=("statement",),
        load=_statements,
        words={"states": words.STATEMENT_STATES},
    ),
    Section(
        name="lines",
        title="最新流水",
        who=_READERS,
        kinds=("statement", "case"),
        load=_lines,
        words={"dispositions": words.DISPOSITIONS},
    ),
)
