"""Golden pairs: one file for each oddity, named after it, beside what comes of it."""

import json
from pathlib import Path

import attrs
import pytest

from libsubsidy import Direction
from services.reconciler.statements import StatementFacts, StatementLine, load_profile
from tests.reconciler.statements.written import read

FOLDER = Path(__file__).parent / "ofx"


def told(data: bytes, profile: str) -> dict[str, object]:
    """What comes of a file, as it is kept beside it."""
    found = read(data, load_profile(profile))
    if found.refusal:
        return {"profile": profile, "refused": found.refusal.code, "en": found.refusal.en, "zh": found.refusal.zh}
    assert found.facts is not None
    holds = [{"code": hold.code, "en": hold.en, "zh": hold.zh} for hold in found.facts.holds]
    return {"profile": profile, "holds": holds, "facts": of_facts(found.facts), "lines": [*map(of_line, found.lines)]}


def of_facts(facts: StatementFacts) -> dict[str, object]:
    """The facts, those that are there."""
    values = attrs.asdict(facts, recurse=False, filter=lambda field, _: field.name != "holds")
    return {
        name: value if isinstance(value, int) else str(value)
        for name, value in values.items()
        if value not in {None, ""}
    }


def of_line(line: StatementLine) -> dict[str, object]:
    """A line, without what is empty."""
    sign = "-" if line.direction is Direction.DEBIT else ""
    values: dict[str, object] = {
        "bank_id": line.bank_id,
        "booked": str(line.booked),
        "amount": f"{sign}{line.amount}",
        "currency": line.currency,
        "memo": line.memo,
        "raw_memo": line.raw_memo if line.raw_memo != line.memo else "",
        "payer": [line.payer_name, line.payer_account, line.payer_bank],
        "kind": line.kind.value if line.kind else "",
        "reversal": line.reversal,
        "readers_disagree": line.readers_disagree,
        "fingerprint": line.fingerprint.hex(),
    }
    return {name: value for name, value in values.items() if value}


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.ofx")), ids=lambda path: path.stem)
def test_each_oddity_is_read_as_agreed(path: Path) -> None:
    """Lines, facts, holds or refusal, word for word."""
    expected = json.loads(path.with_suffix(".json").read_text("utf-8"))

    assert expected == told(path.read_bytes(), expected["profile"])


def test_every_golden_file_has_its_pair() -> None:
    """A file without an expectation, or the other way round, tests nothing."""
    assert {path.stem for path in FOLDER.glob("*.json")} == {path.stem for path in FOLDER.glob("*.ofx")} != set()
