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
from libsubsidy.catalogue.decisions import CHECK_WORDS, FACT_WORDS, FORESEEN_SETTLE, VERDICT_WORDS
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


def explain_record(record: Mapping[str, Any], *, foreseen: bool = False) -> Explanation:
    """Render a record in both languages.

    Args:
        record: as `to_record` wrote it.
        foreseen: the money has not come yet, so that nothing is settled.

    Raises:
        RecordError: it was not written by `to_record`, or by a newer library.
    """
    try:
        key = _verdict_key(record)
        verdict = FORESEEN_SETTLE if foreseen and key == "settle" else VERDICT_WORDS[key]
        held = VERDICT_WORDS.get(f"refund {record.get('refund_reason')}", _NOTHING)
        return Explanation(
            zh=verdict.zh + held.zh,
            en=f"{verdict.en} {held.en}".rstrip(),
            checks=tuple(_explained(check) for check in checks_of(record["checks"], record["facts"])),
            problems=tuple(_problem(code, params) for code, params in record.get("problems", ())),
            proposal=record.get("proposal"),
        )
    except (KeyError, TypeError, ValueError, AttributeError, CatalogueError) as error:
        detail = f"{type(error).__name__}: {error}"
        raise RecordError(Violation.of("RECORD_UNREADABLE", detail=detail)) from error


_NOTHING: Final = Text(zh="", en="")


def _verdict_key(record: Mapping[str, Any]) -> str:
    return "settle" if record["outcome"] == "settle" else f"{record['outcome']} {record['reason']}"


def _explained(check: Check) -> ExplainedCheck:
    words = CHECK_WORDS[check.name, check.passed]
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
