"""Verdicts and findings in words, as lists show them; one line's whole decision, check by check, is `GET /lines/{id}`."""

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
class VerdictView:
    """What was decided of a line.

    Attributes:
        reason: stable name of why a refund or a hold, or which other kind of money; empty for what settled.
        zh: the verdict in Chinese; empty when a newer version of this program decided.
        en: the verdict in English.
    """

    reason: str
    zh: str
    en: str


def finding_view(found: Mapping[str, Any]) -> FindingView:
    """Give what was stored of a finding."""
    return FindingView(code=found["code"], zh=found["zh"], en=found["en"])


def verdict_view(record: Mapping[str, Any]) -> VerdictView:
    """Give the result of a record; of one that only a newer library understands the reason alone.

    >>> view = verdict_view({"outcome": "refund", "reason": "MEMO_MISSING", "checks": "-" * 11, "facts": {}})
    >>> view.reason, bool(view.zh), bool(view.en)
    ('MEMO_MISSING', True, True)
    >>> verdict_view({"outcome": "pardon", "reason": "GRACE"})
    VerdictView(reason='GRACE', zh='', en='')
    """
    reason = str(record.get("reason", ""))
    try:
        explained = explain_record(record)
    except RecordError:
        return VerdictView(reason=reason, zh="", en="")
    return VerdictView(reason=reason, zh=explained.zh, en=explained.en)
