"""What would become of a file as a whole, by the same proof as in production, and nothing written."""

from collections.abc import Mapping
from typing import Final

import attrs

from libsubsidy import Policy, Violation
from libsubsidy.catalogue import Text
from services.reconciler.proving import Claims, Held, Refused, claims_of, examine
from services.reconciler.reading import facts_record
from services.reconciler.statements.statement import StatementFacts
from services.store.accounts import BankAccount
from services.store.staging import Sums

WORDS: Final[Mapping[str, Text]] = {
    "refused": Text(
        zh="整份文件将被拒收，其中任何一笔都不会处理。", en="The file would be refused; none of its lines would count."
    ),
    "held": Text(
        zh="整份文件将等待另一人核对放行，放行前不处理任何一笔。",
        en="The file would wait until another person releases it; until then none of its lines would count.",
    ),
    "waits": Text(
        zh="整份文件将等待缺失的上一份对账单，此前不处理任何一笔。",
        en="The file would wait for the statement before it; until then none of its lines would count.",
    ),
    "matched": Text(zh="文件将予处理，新增 {new_lines} 笔。", en="The file would be matched: {new_lines} new lines."),
    "open": Text(
        zh="文件本身未发现问题；未连接数据库，无法判断账户与余额。",
        en="Nothing in the file itself speaks against it; its account and balance are unknown without a database.",
    ),
}


@attrs.frozen(kw_only=True)
class Fate:
    """What would become of a file.

    Attributes:
        outcome: "refused", "held", "waits" (held until the statement before it has come), "matched", or "open" where
            nothing is known but the file.
        findings: why it would be refused or held.
        new_lines: lines that the account does not have yet, None where that is not known.
    """

    outcome: str
    findings: tuple[Violation, ...] = ()
    new_lines: int | None = None

    @property
    def words(self) -> tuple[str, ...]:
        """What would become of it, then each reason, Chinese then English."""
        text = WORDS[self.outcome]
        said = [f"{text.zh} {text.en}".replace("{new_lines}", str(self.new_lines))]
        return (*said, *(f"{found.code}: {found.zh} {found.en}" for found in self.findings))


def claims_in(facts: StatementFacts) -> Claims:
    """Give the proof what the reader found, by the way it takes through the store."""
    return claims_of(facts_record(facts))


def fate_of(claims: Claims, account: BankAccount | None, sums: Sums, *, source: str) -> Fate:
    """Prove the file as if a machine delivered it now and nobody had released anything."""
    proof = examine(claims, account, sums, source=source, uploaded_by=None, released=(), policy=Policy())
    match proof:
        case Refused(findings=findings):
            return Fate(outcome="refused", findings=findings, new_lines=sums.new_lines)
        case Held(findings=findings, waits_for_gap=waits_for_gap):
            return Fate(
                outcome="waits" if waits_for_gap else "held", findings=tuple(findings), new_lines=sums.new_lines
            )
        case _:
            return Fate(outcome="matched", new_lines=sums.new_lines)


def fate_alone(claims: Claims, *, source: str) -> Fate:
    """Say what can be said without a database: what contradicts itself is refused, whatever the account."""
    proof = fate_of(claims, None, Sums(new_lines=claims.lines, new_fen=0), source=source)
    if proof.outcome == "refused":
        return attrs.evolve(proof, new_lines=None)
    return Fate(outcome="held", findings=claims.holds) if claims.holds else Fate(outcome="open")
