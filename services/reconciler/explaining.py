"""Explain a statement without writing anything: every line's decision, check by check, in words.

With a database each line is decided against the notices as they are now. Without one, every memo is read and diagnosed,
and whether it would pay anything is left open.

The lines are decided in canonical order, as the reconciler would, and so the whole file is held in memory: this is a
tool for a person's question, not for production.
"""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import attrs

from libsubsidy import (
    NOTHING_FOUND,
    BankLine,
    Decision,
    Direction,
    Exact,
    Found,
    FoundNotice,
    Money,
    NearMiss,
    NoticeState,
    Policy,
    Settle,
    decide,
    explain_record,
    memo_key,
    read_memo,
    to_record,
)
from services.reconciler.output import say
from services.reconciler.statements import open_statement
from services.reconciler.statements.profile import Profile, load_profile
from services.reconciler.statements.statement import StatementFacts, StatementLine
from services.store import bank_lines
from services.store.bank_lines import MemoKey
from services.store.database import Actor, Role, acting, connect

_PIECE_BYTES = 256 * 1024
_LINES_MAX = 5_000
_READER = Actor(role=Role.WORKER, name="explain", origin="command line")


@attrs.frozen(kw_only=True)
class Explanation:
    """One line and what would become of it.

    Attributes:
        decision: None without a database.
        words: the reason and the failed checks, one sentence each, Chinese then English.
    """

    line: StatementLine
    decision: Decision | None
    verdict: str
    words: tuple[str, ...]


async def explain(path: Path, source: str, database_url: str | None, *, as_json: bool, out: TextIO) -> None:
    """Explain one file on `out`.

    Raises:
        StatementRefused: the file is wrong as a whole; the message says where and what to do.
        ProfileError: there is no such source.
    """
    lines, facts = await asyncio.to_thread(_read, path, load_profile(source))
    known = None if database_url is None else await _look_up(database_url, lines)
    explanations = sorted(_decide_all(lines, known), key=lambda each: each.line.ordinal)
    for explanation in explanations:
        say(_as_json(explanation) if as_json else _as_text(explanation), out)
    say(_summary_json(facts) if as_json else _summary_text(facts, decided=known is not None), out)


def _read(path: Path, profile: Profile) -> tuple[list[StatementLine], StatementFacts]:
    with path.open("rb") as file:
        reading = open_statement(iter(lambda: file.read(_PIECE_BYTES), b""), profile, path.name, batch_lines=_LINES_MAX)
        lines = [line for batch in reading for line in batch]
    return lines, reading.facts


@attrs.frozen
class _Known:
    notices: dict[MemoKey, FoundNotice]
    employers: frozenset[str]


async def _look_up(database_url: str, lines: list[StatementLine]) -> _Known:
    keys = list({key for line in lines if (key := memo_key(line.memo)) is not None})
    connection = await connect(database_url, application="subsidy explain")
    try:
        async with acting(connection, _READER):
            notices = await bank_lines.find_notices(connection, keys)
            employers = await bank_lines.employers_among(connection, list({key[0] for key in keys}))
    finally:
        await connection.close(timeout=10)
    return _Known(notices, employers)


def _decide_all(lines: list[StatementLine], known: _Known | None) -> Iterator[Explanation]:
    policy = Policy()
    for line in sorted(lines, key=lambda each: (each.booked, each.bank_id, each.fingerprint, each.ordinal)):
        if known is None:
            yield _diagnose(line)
            continue
        found = NOTHING_FOUND
        if (key := memo_key(line.memo)) is not None:
            notice = known.notices.get(key)
            found = Found(employer_known=notice is not None or key[0] in known.employers, notice=notice)
        decision = decide(bank_line_of(line), found, policy)
        if isinstance(decision.outcome, Settle) and key is not None:
            known.notices[key] = attrs.evolve(known.notices[key], state=NoticeState.PAID)
        explained = explain_record(to_record(decision))
        failed = [f"{check.zh} {check.en}" for check in explained.checks if not check.passed]
        problems = [f"{problem.zh} {problem.en}" for problem in decision.problems]
        yield Explanation(
            line=line,
            decision=decision,
            verdict=f"{explained.zh} {explained.en}",
            words=(*failed, *problems),
        )


def _diagnose(line: StatementLine) -> Explanation:
    if line.kind is not None or line.direction is not Direction.CREDIT:
        kind = "debit" if line.kind is None else line.kind.value
        return Explanation(line=line, decision=None, verdict=f"不是汇缴款 no remittance: {kind}", words=())
    match reading := read_memo(line.memo):
        case Exact(memo=memo):
            return Explanation(line=line, decision=None, verdict=f"摘要正确 exact memo {memo}", words=())
        case NearMiss(memo=memo):
            verdict = f"摘要近似 near miss of {memo}"
        case _:
            verdict = "没有支付码 no memo"
    words = tuple(f"{problem.zh} {problem.en}" for problem in reading.problems)
    return Explanation(line=line, decision=None, verdict=verdict, words=words)


def bank_line_of(line: StatementLine) -> BankLine:
    """Give the library what it needs of a line that was just read."""
    return BankLine(
        amount=line.amount,
        direction=line.direction,
        currency=line.currency,
        memo=line.memo,
        payer_name=line.payer_name,
        payer_account=line.payer_account,
        kind=line.kind,
        reversal=line.reversal,
        readers_disagree=line.readers_disagree,
    )


def _as_text(explanation: Explanation) -> str:
    line = explanation.line
    sign = "+" if line.direction is Direction.CREDIT else "-"
    head = f"{line.ordinal + 1:>7}  {line.booked}  {sign}{line.amount} {line.currency}  {line.memo!r}"
    return "\n".join([head, f"         {explanation.verdict}", *(f"           {words}" for words in explanation.words)])


def _as_json(explanation: Explanation) -> str:
    line = explanation.line
    document = {
        "line": line.ordinal + 1,
        "bank_id": line.bank_id,
        "booked": line.booked.isoformat(),
        "direction": line.direction.value,
        "amount": str(line.amount),
        "currency": line.currency,
        "memo": line.memo,
        "raw_memo": line.raw_memo,
        "payer_name": line.payer_name,
        "payer_account": line.payer_account,
        "kind": None if line.kind is None else line.kind.value,
        "reversal": line.reversal,
        "readers_disagree": line.readers_disagree,
        "verdict": explanation.verdict,
        "words": list(explanation.words),
        "decision": None if explanation.decision is None else to_record(explanation.decision),
    }
    return json.dumps(document, ensure_ascii=False, default=dict)


def _summary_text(facts: StatementFacts, *, decided: bool) -> str:
    parts = [
        f"account {facts.account or '-'}, {facts.currency or '-'}, {facts.first_day or '-'} to {facts.last_day or '-'}",
        f"{facts.lines} lines, credits {Money(fen=facts.credit_fen)}, debits {Money(fen=facts.debit_fen)}",
        f"closing {'-' if facts.closing is None else facts.closing}",
        *(f"would wait for a person: {hold.zh} {hold.en}" for hold in facts.holds),
    ]
    if not decided:
        parts.append("no database (SUBSIDY_DATABASE_URL): the memos were only read / 未连接数据库，仅解析摘要")
    return "\n".join(parts)


def _summary_json(facts: StatementFacts) -> str:
    return json.dumps(
        {
            "account": facts.account,
            "currency": facts.currency,
            "lines": facts.lines,
            "credit_fen": facts.credit_fen,
            "debit_fen": facts.debit_fen,
            "closing": None if facts.closing is None else str(facts.closing),
            "holds": [{"code": hold.code, "zh": hold.zh, "en": hold.en} for hold in facts.holds],
        },
        ensure_ascii=False,
    )
