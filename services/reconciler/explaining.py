"""Explain a statement without writing anything: every line's decision, check by check, in words.

With a database each line is decided against the notices as they are now, lines that the account has already keep what was
decided of them, and the file as a whole is proven as it would be in production. Without one, every memo is read and
diagnosed, and whether it would pay anything is left open.

The lines are decided in canonical order, as the reconciler would, and told in the file's, and so the whole file is held in
memory: this is a tool for a person's question. `simulating.py` answers the same one to the portal, in bounded memory.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

import attrs

from libsubsidy import (
    Direction,
    Exact,
    Money,
    NearMiss,
    Policy,
    RecordError,
    Violation,
    explain_record,
    read_memo,
)
from services.reconciler.canonical import CanonicalFile
from services.reconciler.fate import Fate, claims_in, fate_alone, fate_of
from services.reconciler.listing import ListedStatement, find_statement
from services.reconciler.output import say
from services.reconciler.rehearsing import Rehearsal, Rehearsed
from services.reconciler.sources import Source, choose_source
from services.reconciler.statements.profile import Profile, load_profile
from services.reconciler.statements.statement import StatementFacts, StatementLine
from services.store.accounts import find_account
from services.store.database import Actor, Role, acting, connect

_PIECE_BYTES = 256 * 1024
_READER = Actor(role=Role.WORKER, name="explain", origin="command line")


@attrs.frozen(kw_only=True)
class Explanation:
    """One line and what would become of it.

    Attributes:
        record: of the decision (`libsubsidy.to_record`), None without a database.
        known_from: the statement that brought this line before; it keeps the decision that was made then.
        words: the failed checks and the problems of the memo, one sentence each, Chinese then English.
    """

    line: StatementLine
    record: Mapping[str, Any] | None = None
    known_from: int | None = None
    verdict: str
    words: tuple[str, ...] = ()


async def explain(
    path: Path, given_source: str | None, database_url: str | None, *, as_json: bool, out: TextIO
) -> None:
    """Explain one file on `out`.

    Raises:
        StatementRefused: the file is wrong as a whole; the message says where and what to do.
        ProfileError: there is no such source.
        OutputClosedError: nobody reads `out` any more.
    """
    source = await choose_source(path, given_source, database_url)
    file = await asyncio.to_thread(_read, path, load_profile(source.name))
    try:
        if database_url is None:
            explained = _explain_alone(file, source.name)
        else:
            explained = await _explain_known(database_url, file, source.name)
    finally:
        file.close()
    for explanation in sorted(explained.lines, key=lambda each: each.line.ordinal):
        say(_as_json(explanation) if as_json else _as_text(explanation), out)
    summary = _Summary(
        source=source,
        facts=file.facts,
        fate=explained.fate,
        statement=explained.statement,
        decided=database_url is not None,
    )
    say(_summary_json(summary) if as_json else _summary_text(summary), out)


def _read(path: Path, profile: Profile) -> CanonicalFile:
    with path.open("rb") as opened:
        file = CanonicalFile(iter(lambda: opened.read(_PIECE_BYTES), b""), profile, path.name)
        try:
            while file.step():
                pass
        except BaseException:
            file.close()
            raise
    return file


@attrs.frozen(kw_only=True)
class _Explained:
    """What is said of a file.

    Attributes:
        statement: the file itself, if it came before from this source.
    """

    lines: Sequence[Explanation]
    fate: Fate
    statement: ListedStatement | None = None


async def _explain_known(database_url: str, file: CanonicalFile, source: str) -> _Explained:
    connection = await connect(database_url, application="subsidy explain")
    try:
        async with acting(connection, _READER):
            rehearsal = Rehearsal(await find_account(connection, file.facts.account), Policy())
            lines = [
                _in_words(line)
                for batch in file.batches()
                for line in rehearsal.decide(batch, await rehearsal.look_up(connection, batch))
            ]
            return _Explained(
                lines=lines,
                fate=fate_of(claims_in(file.facts), rehearsal.account, rehearsal.sums(file.facts), source=source),
                statement=await find_statement(connection, source, file.sha256),
            )
    finally:
        await connection.close(timeout=10)


def _explain_alone(file: CanonicalFile, source: str) -> _Explained:
    lines = [_diagnose(line) for batch in file.batches() for line, _ in batch]
    return _Explained(lines=lines, fate=fate_alone(claims_in(file.facts), source=source))


def _in_words(rehearsed: Rehearsed) -> Explanation:
    line, record = rehearsed.line, rehearsed.record
    if rehearsed.known_from is not None:
        return _known_already(line, rehearsed.known_from, record)
    verdict, words = _record_in_words(record)
    return Explanation(line=line, record=record, verdict=verdict, words=words)


def _known_already(line: StatementLine, statement_id: int, record: Mapping[str, Any]) -> Explanation:
    try:
        verdict, words = _record_in_words(record)
    except RecordError as error:
        # The line is there all the same; only a newer library can say what it decided.
        verdict, words = f"{error}", ()
    said = f"已入账（对账单 {statement_id}），不再处理 known already from statement {statement_id}: {verdict}"
    return Explanation(line=line, record=record, known_from=statement_id, verdict=said, words=words)


def _record_in_words(record: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    explained = explain_record(record)
    failed = [f"{check.zh} {check.en}" for check in explained.checks if not check.passed]
    problems = [f"{problem.zh} {problem.en}" for problem in explained.problems]
    return f"{explained.zh} {explained.en}", (*failed, *problems)


def _diagnose(line: StatementLine) -> Explanation:
    if line.kind is not None or line.direction is not Direction.CREDIT:
        kind = "debit" if line.kind is None else line.kind.value
        return Explanation(line=line, verdict=f"不是汇缴款 no remittance: {kind}")
    match reading := read_memo(line.memo):
        case Exact(memo=memo):
            return Explanation(line=line, verdict=f"摘要正确 exact memo {memo}")
        case NearMiss(memo=memo):
            verdict = f"摘要近似 near miss of {memo}"
        case _:
            verdict = "没有支付码 no memo"
    words = tuple(f"{problem.zh} {problem.en}" for problem in reading.problems)
    return Explanation(line=line, verdict=verdict, words=words)


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
        "known_from": explanation.known_from,
        "decision": explanation.record,
    }
    return json.dumps(document, ensure_ascii=False, default=dict)


@attrs.frozen(kw_only=True)
class _Summary:
    source: Source
    facts: StatementFacts
    fate: Fate
    statement: ListedStatement | None
    decided: bool


def _summary_text(summary: _Summary) -> str:
    facts = summary.facts
    parts = [
        summary.source.words,
        f"account {facts.account or '-'}, {facts.currency or '-'}, {facts.first_day or '-'} to {facts.last_day or '-'}",
        f"{facts.lines} lines, credits {Money(fen=facts.credit_fen)}, debits {Money(fen=facts.debit_fen)}",
        f"closing {'-' if facts.closing is None else facts.closing}",
        *summary.fate.words,
    ]
    if summary.statement is not None:
        parts.append(
            "this very file is here already, feeding it again changes nothing / 该文件此前已接收，再次提交不起作用："
        )
        parts.append(str(summary.statement))
    if not summary.decided:
        parts.append("no database (SUBSIDY_DATABASE_URL): the memos were only read / 未连接数据库，仅解析摘要")
    return "\n".join(parts)


def _summary_json(summary: _Summary) -> str:
    facts, fate, statement = summary.facts, summary.fate, summary.statement
    return json.dumps(
        {
            "source": summary.source.name,
            "account": facts.account,
            "currency": facts.currency,
            "lines": facts.lines,
            "credit_fen": facts.credit_fen,
            "debit_fen": facts.debit_fen,
            "closing": None if facts.closing is None else str(facts.closing),
            "holds": _documents(facts.holds),
            "fate": fate.outcome,
            "findings": _documents(fate.findings),
            "new_lines": fate.new_lines,
            "statement": None if statement is None else {"id": statement.id, "state": statement.state},
        },
        ensure_ascii=False,
    )


def _documents(findings: Sequence[Violation]) -> list[dict[str, str]]:
    return [{"code": each.code, "zh": each.zh, "en": each.en} for each in findings]
