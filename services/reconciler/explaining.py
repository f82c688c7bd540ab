"""Explain a statement without writing anything: every line's decision, check by check, in words.

With a database each line is decided against the notices as they are now, lines that the account has already keep what was
decided of them, and the file as a whole is proven as it would be in production. Without one, every memo is read and
diagnosed, and whether it would pay anything is left open.

The lines are decided in canonical order, as the reconciler would, and so the whole file is held in memory: this is a
tool for a person's question, not for production.
"""

import asyncio
import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, TextIO

import attrs

from libsubsidy import (
    NOTHING_FOUND,
    BankLine,
    Direction,
    Exact,
    Found,
    FoundNotice,
    Money,
    NearMiss,
    NoticeState,
    Policy,
    RecordError,
    Settle,
    Violation,
    decide,
    explain_record,
    memo_key,
    read_memo,
    to_record,
)
from services.reconciler.fate import Fate, claims_in, fate_alone, fate_of
from services.reconciler.listing import ListedStatement, find_statement
from services.reconciler.output import say
from services.reconciler.sources import Source, choose_source
from services.reconciler.statements import open_statement
from services.reconciler.statements.profile import Profile, load_profile
from services.reconciler.statements.statement import StatementFacts, StatementLine
from services.store import bank_lines
from services.store.accounts import BankAccount, find_account
from services.store.bank_lines import MemoKey
from services.store.database import Actor, Connection, Role, acting, connect
from services.store.staging import Sums

_PIECE_BYTES = 256 * 1024
_LINES_MAX = 5_000
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
    if database_url is None:
        known = None
        fate = fate_alone(claims_in(file.facts), source=source.name)
    else:
        known = await _look_up(database_url, file, source.name)
        fate = fate_of(claims_in(file.facts), known.account, _sums(file, known), source=source.name)
    explanations = sorted(_decide_all(file, known), key=lambda each: each.line.ordinal)
    for explanation in explanations:
        say(_as_json(explanation) if as_json else _as_text(explanation), out)
    statement = None if known is None else known.statement
    summary = _Summary(source=source, facts=file.facts, fate=fate, statement=statement, decided=known is not None)
    say(_summary_json(summary) if as_json else _summary_text(summary), out)


@attrs.frozen
class _File:
    """A file that was read; its lines in canonical order, each with how many equal ones stand before it."""

    lines: list[tuple[StatementLine, int]]
    facts: StatementFacts
    digest: bytes


def _read(path: Path, profile: Profile) -> _File:
    digest = hashlib.sha256()

    def pieces(file: BinaryIO) -> Iterator[bytes]:
        while piece := file.read(_PIECE_BYTES):
            digest.update(piece)
            yield piece

    with path.open("rb") as file:
        reading = open_statement(pieces(file), profile, path.name, batch_lines=_LINES_MAX)
        lines = [line for batch in reading for line in batch]
    lines.sort(key=lambda each: (each.booked, each.bank_id, each.fingerprint, each.ordinal))
    seen: Counter[bytes] = Counter()
    numbered = []
    for line in lines:
        numbered.append((line, seen[line.fingerprint]))
        seen[line.fingerprint] += 1
    return _File(numbered, reading.facts, digest.digest())


@attrs.frozen(kw_only=True)
class _Known:
    """What the store knows of a file.

    Attributes:
        statement: the file itself, if it came before from this source.
        lines: those that the account has already, each with its statement and the record of its decision.
    """

    account: BankAccount | None
    statement: ListedStatement | None
    lines: Mapping[tuple[bytes, int], tuple[int, Mapping[str, Any]]]
    notices: dict[MemoKey, FoundNotice]
    employers: frozenset[str]


async def _look_up(database_url: str, file: _File, source: str) -> _Known:
    keys = list({key for line, _ in file.lines if (key := memo_key(line.memo)) is not None})
    connection = await connect(database_url, application="subsidy explain")
    try:
        async with acting(connection, _READER):
            account = await find_account(connection, file.facts.account)
            return _Known(
                account=account,
                statement=await find_statement(connection, source, file.digest),
                lines={} if account is None else await _known_lines(connection, account.id, file),
                notices=await bank_lines.find_notices(connection, keys),
                employers=await bank_lines.employers_among(connection, list({key[0] for key in keys})),
            )
    finally:
        await connection.close(timeout=10)


async def _known_lines(
    connection: Connection, account_id: int, file: _File
) -> dict[tuple[bytes, int], tuple[int, Mapping[str, Any]]]:
    fingerprints = list(dict.fromkeys(line.fingerprint for line, _ in file.lines))
    known = {}
    for start in range(0, len(fingerprints), _LINES_MAX):
        rows = await connection.fetch(
            """
            SELECT fingerprint, occurrence, statement_id, decision FROM bank_line
            WHERE account_id = $1 AND fingerprint = ANY($2::bytea[])
            """,
            account_id,
            fingerprints[start : start + _LINES_MAX],
        )
        known.update({(row["fingerprint"], row["occurrence"]): (row["statement_id"], row["decision"]) for row in rows})
    return known


def _sums(file: _File, known: _Known) -> Sums:
    """Sum what is new as `staging.sum_new` does: a line in another currency moves no balance of this account."""
    facts = file.facts
    if known.account is None or not known.lines:
        return Sums(new_lines=facts.lines, new_fen=facts.credit_fen - facts.debit_fen)
    new = [line for line, occurrence in file.lines if (line.fingerprint, occurrence) not in known.lines]
    own = (line for line in new if line.currency == known.account.currency)
    signed = (line.amount.fen if line.direction is Direction.CREDIT else -line.amount.fen for line in own)
    return Sums(new_lines=len(new), new_fen=sum(signed))


def _decide_all(file: _File, known: _Known | None) -> Iterator[Explanation]:
    policy = Policy()
    for line, occurrence in file.lines:
        if known is None:
            yield _diagnose(line)
            continue
        if (before := known.lines.get((line.fingerprint, occurrence))) is not None:
            yield _known_already(line, *before)
            continue
        found = NOTHING_FOUND
        if (key := memo_key(line.memo)) is not None:
            notice = known.notices.get(key)
            found = Found(employer_known=notice is not None or key[0] in known.employers, notice=notice)
        decision = decide(bank_line_of(line), found, policy)
        if isinstance(decision.outcome, Settle) and key is not None:
            known.notices[key] = attrs.evolve(known.notices[key], state=NoticeState.PAID)
        record = to_record(decision)
        verdict, words = _in_words(record)
        yield Explanation(line=line, record=record, verdict=verdict, words=words)


def _known_already(line: StatementLine, statement_id: int, record: Mapping[str, Any]) -> Explanation:
    try:
        verdict, words = _in_words(record)
    except RecordError as error:
        # The line is there all the same; only a newer library can say what it decided.
        verdict, words = f"{error}", ()
    said = f"已入账（对账单 {statement_id}），不再处理 known already from statement {statement_id}: {verdict}"
    return Explanation(line=line, record=record, known_from=statement_id, verdict=said, words=words)


def _in_words(record: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
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
