"""Decisions in words: the records of the reconciler as the API gives them, rendered by the library when somebody looks."""

from collections.abc import Mapping
from typing import Any

import attrs

from libsubsidy import RecordError, explain_record


@attrs.frozen(kw_only=True)
class FindingView:
    """What was found, in both languages.

    Attributes:
        code: stable, for programs.
    """

    code: str
    zh: str
    en: str


@attrs.frozen(kw_only=True)
class CheckView:
    """One check that was run.

    Attributes:
        name: stable, for programs; the checks come in the order in which they were run.
        zh: what was compared, in Chinese.
        en: what was compared, in English.
    """

    name: str
    passed: bool
    zh: str
    en: str


@attrs.frozen(kw_only=True)
class VerdictView:
    """What was decided of a line.

    Attributes:
        reason: stable name of why a refund or a hold, or which other kind of money; "" of what settled.
        zh: the verdict in Chinese; "" when a newer version of this program made it.
        en: the verdict in English.
    """

    reason: str
    zh: str
    en: str


@attrs.frozen(kw_only=True)
class DecisionView:
    """What was decided of a line, check by check.

    Attributes:
        verdict: the result.
        checks: every check that was run, in order.
        problems: what is wrong with the memo, each with the way to mend it.
        proposal: the memo that a near miss probably meant; null when there is none.
    """

    verdict: VerdictView
    checks: tuple[CheckView, ...]
    problems: tuple[FindingView, ...]
    proposal: str | None


def finding_view(found: Mapping[str, Any]) -> FindingView:
    """Give what was stored of a finding."""
    return FindingView(code=found["code"], zh=found["zh"], en=found["en"])


def verdict_view(record: Mapping[str, Any]) -> VerdictView:
    """Give the result of a record.

    >>> view = verdict_view({"outcome": "refund", "reason": "MEMO_MISSING", "checks": "-" * 11, "facts": {}})
    >>> view.reason, bool(view.zh), bool(view.en)
    ('MEMO_MISSING', True, True)
    """
    return decision_view(record).verdict


def decision_view(record: Mapping[str, Any]) -> DecisionView:
    """Give a record check by check; of one that only a newer library understands the reason alone.

    >>> decision_view({"outcome": "pardon", "reason": "GRACE"}).verdict
    VerdictView(reason='GRACE', zh='', en='')
    """
    reason = str(record.get("reason", ""))
    try:
        explained = explain_record(record)
    except RecordError:
        return DecisionView(verdict=VerdictView(reason=reason, zh="", en=""), checks=(), problems=(), proposal=None)
    return DecisionView(
        verdict=VerdictView(reason=reason, zh=explained.zh, en=explained.en),
        checks=tuple(
            CheckView(name=each.name, passed=each.passed, zh=each.zh, en=each.en) for each in explained.checks
        ),
        problems=tuple(FindingView(code=each.code, zh=each.zh, en=each.en) for each in explained.problems),
        proposal=explained.proposal,
    )
