"""A decision as it is stored by the million, and the words for a person who asks why.

The record holds codes and facts, never sentences: the library renders those when somebody looks. Keys that say nothing
are left out. Its shape is stable:

    library       version that decided
    outcome       "settle" | "refund" | "hold" | "other"
    notice_id     settle: the notice
    reason        refund, hold: the reason's name;  other: the kind
    refund_reason hold: what it would be if nothing held it
    checks        one character per check of `decisions.CHECKS`: p passed, f failed, - not run
    facts         what was compared; amounts in fen
    proposal      the memo a near miss probably meant
    problems      what is wrong with the memo: [code, facts] each

>>> from libsubsidy.decisions import Refund, RefundReason
>>> facts = {"employer_code": "75256", "order_code": "A7W5", "paid_fen": 150000, "due_fen": 150001}
>>> short = Decision(Refund(RefundReason.AMOUNT_SHORT), "pppppppppfp", facts)
>>> record = to_record(short)
>>> record["reason"], record["checks"]
('AMOUNT_SHORT', 'pppppppppfp')
>>> explained = explain_record(record)
>>> print(explained.en)
Flagged for refund: less was paid than the notice asks for.
>>> print(explained.checks[9].name, "|", explained.checks[9].en)
amount | Paid 1500.00 yuan, due 1500.01 yuan.
"""

from collections.abc import Mapping
from typing import Any, Final

from attrs import frozen

from libsubsidy.catalogue import Text
from libsubsidy.catalogue.decisions import (
    CHECK_WORDS,
    FACT_WORDS,
    PROSPECT_CHECK_WORDS,
    PROSPECT_WORDS,
    VERDICT_WORDS,
)
from libsubsidy.decisions import Check, Decision, Hold, Other, Refund, Settle, checks_of
from libsubsidy.errors import CatalogueError, RecordError
from libsubsidy.money import Money
from libsubsidy.version import VERSION
from libsubsidy.violations import Violation


def to_record(decision: Decision) -> dict[str, Any]:
    """Give the JSON-able record of a decision."""
    record: dict[str, Any] = {"library": VERSION}
    match decision.outcome:
        case Settle(notice_id):
            record["outcome"] = "settle"
            record["notice_id"] = notice_id
        case Refund(reason):
            record["outcome"] = "refund"
            record["reason"] = reason.value
        case Hold(held_for, refund_reason):
            record["outcome"] = "hold"
            record["reason"] = held_for.value
            if refund_reason is not None:
                record["refund_reason"] = refund_reason.value
        case Other(kind):
            record["outcome"] = "other"
            record["reason"] = kind.value
    record["checks"] = decision.marks
    record["facts"] = decision.facts
    if decision.proposal is not None:
        record["proposal"] = str(decision.proposal)
    if decision.problems:
        record["problems"] = [[problem.code, problem.params] for problem in decision.problems]
    return record


@frozen
class ExplainedCheck:
    """One check in words."""

    name: str
    passed: bool
    zh: str
    en: str


@frozen(kw_only=True)
class Explanation:
    """A stored decision in words.

    Attributes:
        zh: the verdict in Chinese.
        en: the verdict in English.
        checks: every check that was run, in order.
        problems: what is wrong with the memo, each with the way to mend it.
        proposal: the memo that was probably meant, or None.
    """

    zh: str
    en: str
    checks: tuple[ExplainedCheck, ...]
    problems: tuple[Violation, ...]
    proposal: str | None


def explain_record(record: Mapping[str, Any]) -> Explanation:
    """Render a record in both languages.

    Raises:
        RecordError: it was not written by `to_record`, or by a newer library.
    """
    try:
        return _explained(record, VERDICT_WORDS, CHECK_WORDS)
    except (KeyError, TypeError, ValueError, AttributeError, CatalogueError) as error:
        detail = f"{type(error).__name__}: {error}"
        raise RecordError(Violation.of("RECORD_UNREADABLE", detail=detail)) from error


def explain_prospect(decision: Decision) -> Explanation:
    """Say to its payer what would become of a transfer that is not sent yet.

    Whoever asks is an employer that asks of its own: `found.employer_known` said whether the memo is the asker's.

    >>> from libsubsidy.decisions import Refund, RefundReason
    >>> facts = {"employer_code": "75256", "order_code": "A7W5", "paid_fen": 150000, "due_fen": 150001}
    >>> prospect = explain_prospect(Decision(Refund(RefundReason.AMOUNT_SHORT), "pppppppppfp", facts))
    >>> prospect.zh, prospect.checks[9].zh
    ('会被原路退回：转账金额少于通知金额。', '转账 1500.00 元，应缴 1500.01 元。')
    """
    return _explained(to_record(decision), _PROSPECTS, _PROSPECT_CHECKS)


_NOTHING: Final = Text(zh="", en="")
_PROSPECTS: Final = {**VERDICT_WORDS, **PROSPECT_WORDS}
_PROSPECT_CHECKS: Final = {**CHECK_WORDS, **PROSPECT_CHECK_WORDS}


def _explained(
    record: Mapping[str, Any], verdicts: Mapping[str, Text], check_words: Mapping[tuple[str, bool], Text]
) -> Explanation:
    verdict = verdicts[_verdict_key(record)]
    held = verdicts.get(f"refund {record.get('refund_reason')}", _NOTHING)
    return Explanation(
        zh=verdict.zh + held.zh,
        en=f"{verdict.en} {held.en}".rstrip(),
        checks=tuple(_explained_check(check, check_words) for check in checks_of(record["checks"], record["facts"])),
        problems=tuple(_problem(code, params) for code, params in record.get("problems", ())),
        proposal=record.get("proposal"),
    )


def _verdict_key(record: Mapping[str, Any]) -> str:
    return "settle" if record["outcome"] == "settle" else f"{record['outcome']} {record['reason']}"


def _explained_check(check: Check, check_words: Mapping[tuple[str, bool], Text]) -> ExplainedCheck:
    words = check_words[check.name, check.passed]
    shown = {name: _shown(name, value) for name, value in check.facts.items()}
    return ExplainedCheck(
        check.name,
        check.passed,
        words.zh.format_map({name: text.zh for name, text in shown.items()}),
        words.en.format_map({name: text.en for name, text in shown.items()}),
    )


def _shown(name: str, value: str | int) -> Text:
    text = str(Money(fen=int(value))) if name.endswith("_fen") else str(value)
    return FACT_WORDS.get((name, text)) or Text(zh=text, en=text)


def _problem(code: str, params: Mapping[str, str | int]) -> Violation:
    return Violation.of(code, **params)
