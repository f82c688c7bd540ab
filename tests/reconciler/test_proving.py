"""Promises of services/reconciler/proving.py."""

from datetime import date

import attrs
import pytest

from libsubsidy import Policy, Violation
from libsubsidy.catalogue import Text
from services.reconciler.proving import Claims, Held, Proven, Refused, claims_of, examine
from services.reconciler.reading import facts_record
from services.reconciler.statements.statement import StatementFacts
from services.store.accounts import BankAccount
from services.store.staging import Sums

ACCOUNT = BankAccount(
    id=1,
    number="44001",
    name="住房补贴专户",
    currency="CNY",
    source="demo-bank",
    proven_closing_fen=100_00,
    proven_through=date(2026, 1, 4),
)
CLAIMS = Claims(
    account="44001",
    currency="CNY",
    first_booked=date(2026, 1, 5),
    last_day=date(2026, 1, 5),
    opening_fen=None,
    closing_fen=150_00,
    closing_day=date(2026, 1, 5),
    lines=2,
    credit_fen=60_00,
    debit_fen=10_00,
    holds=(),
)
NEW = Sums(new_lines=2, new_fen=50_00)
HOLD = Violation.from_text("READERS_DISAGREE", Text(zh="第1行", en="line 1"), {})


def proof_of(claims=CLAIMS, account=ACCOUNT, sums=NEW, **conditions):
    """Examine the usual statement, but for what the test changes."""
    usual = {"source": "demo-bank", "uploaded_by": None, "released": (), "policy": Policy()}
    return examine(claims, account, sums, **{**usual, **conditions})


def seen_in(proof, *codes):
    """What a person lets through who releases what was found here, or of that only these codes."""
    return [(each.code, dict(each.params)) for each in proof.findings if not codes or each.code in codes]


def codes_of(proof):
    """The codes of what was found."""
    return [finding.code for finding in proof.findings]


def test_a_statement_that_chains_is_proven() -> None:
    """The last proven closing and the new lines give this closing: the account goes on from there."""
    assert Proven(closing_fen=150_00, through=date(2026, 1, 5)) == proof_of()


@pytest.mark.parametrize("off_by_fen", [-1, 1, 10_000])
def test_a_balance_that_does_not_chain_waits_for_the_statement_before_it(off_by_fen) -> None:
    """One fen too much or too little is a gap."""
    proof = proof_of(attrs.evolve(CLAIMS, closing_fen=150_00 + off_by_fen))

    assert ["STATEMENT_GAP"] == codes_of(proof)
    assert proof.waits_for_gap


def test_a_gap_names_both_balances() -> None:
    """The finding says what was expected and what the file says, in both languages."""
    proof = proof_of(attrs.evolve(CLAIMS, closing_fen=150_01))

    assert "150.00" in proof.findings[0].zh
    assert "150.01" in proof.findings[0].en


@pytest.mark.parametrize(("opening_fen", "kept"), [(99_99, False), (100_00, True), (100_01, False)])
def test_a_file_that_contradicts_itself_is_refused(opening_fen, kept) -> None:
    """Opening + credits - debits = closing, to the fen."""
    proof = proof_of(attrs.evolve(CLAIMS, opening_fen=opening_fen))

    assert kept == isinstance(proof, Proven)
    if not kept:
        assert isinstance(proof, Refused)
        assert ["STATEMENT_DOES_NOT_BALANCE"] == codes_of(proof)


def test_a_release_lets_no_contradiction_through() -> None:
    """What is wrong in itself stays refused whoever releases it."""
    claims = attrs.evolve(CLAIMS, opening_fen=1)
    assert isinstance(proof_of(claims, released=seen_in(proof_of(claims))), Refused)


def test_an_unknown_account_is_held_even_when_released() -> None:
    """Money of an account that is not ours would belong nowhere."""
    proof = proof_of(account=None, released=seen_in(proof_of(account=None)))

    assert ["ACCOUNT_UNKNOWN"] == codes_of(proof)
    assert not proof.waits_for_gap


@pytest.mark.parametrize(
    ("change", "conditions", "code"),
    [
        ({"holds": (HOLD,)}, {}, "READERS_DISAGREE"),
        ({}, {"source": "other-bank"}, "SOURCE_NOT_AUTHORITATIVE"),
        ({"currency": "USD"}, {}, "STATEMENT_CURRENCY"),
        ({}, {"uploaded_by": "user/7"}, "UPLOADED_BY_PERSON"),
        ({"closing_fen": None}, {}, "STATEMENT_WITHOUT_BALANCE"),
    ],
)
def test_what_cannot_be_proven_waits_for_another_person(change, conditions, code) -> None:
    """It is held with the reason, and goes on once it is released."""
    claims = attrs.evolve(CLAIMS, **change)

    held = proof_of(claims, **conditions)

    assert [code] == codes_of(held)
    assert not held.waits_for_gap
    assert isinstance(proof_of(claims, **conditions, released=seen_in(held)), Proven)


def test_a_gap_beside_another_reason_does_not_go_on_by_itself() -> None:
    """Only a statement that misses nothing but the one before it is examined again without a person."""
    proof = proof_of(attrs.evolve(CLAIMS, closing_fen=1, holds=(HOLD,)))

    assert isinstance(proof, Held)
    assert ["READERS_DISAGREE", "STATEMENT_GAP"] == codes_of(proof)
    assert not proof.waits_for_gap


def test_a_person_may_release_a_gap_and_the_chain_goes_on_from_the_file() -> None:
    """The bank's own closing balance is the new anchor."""
    claims = attrs.evolve(CLAIMS, closing_fen=999_00)
    proof = proof_of(claims, released=seen_in(proof_of(claims)))

    assert Proven(closing_fen=999_00, through=date(2026, 1, 5)) == proof


def test_a_release_covers_only_what_the_person_saw() -> None:
    """A gap that showed after the upload was released holds the file anew, and names both reasons."""
    claims = attrs.evolve(CLAIMS, closing_fen=999_00)

    released = seen_in(proof_of(claims, uploaded_by="user/7"), "UPLOADED_BY_PERSON")
    held = proof_of(claims, uploaded_by="user/7", released=released)

    assert ["UPLOADED_BY_PERSON", "STATEMENT_GAP"] == codes_of(held)
    assert held.waits_for_gap


def test_a_gap_of_another_size_was_seen_by_nobody() -> None:
    """Another statement came in between the release and the proof: what is missing now is not what was looked at."""
    claims = attrs.evolve(CLAIMS, closing_fen=999_00)
    released = seen_in(proof_of(claims))

    held = proof_of(claims, attrs.evolve(ACCOUNT, proven_closing_fen=ACCOUNT.proven_closing_fen + 1), released=released)

    assert ["STATEMENT_GAP"] == codes_of(held)


def test_uploads_need_no_release_where_the_bureau_says_so() -> None:
    """The policy may switch the second person off."""
    policy = Policy(upload_needs_release=False)

    assert isinstance(proof_of(uploaded_by="user/7", policy=policy), Proven)


def test_a_file_without_new_lines_moves_nothing() -> None:
    """An old file delivered again neither chains nor sets the balance back."""
    proof = proof_of(attrs.evolve(CLAIMS, closing_fen=1), sums=Sums(new_lines=0, new_fen=0))

    assert 100_00 == proof.closing_fen


def test_facts_survive_the_store() -> None:
    """What the reader found is what the proof sees, a stage and perhaps a crash later."""
    facts = StatementFacts(
        account="44001",
        bank_code="",
        currency="CNY",
        first_day=date(2026, 1, 5),
        last_day=date(2026, 1, 5),
        first_booked=date(2026, 1, 5),
        last_booked=date(2026, 1, 5),
        opening=None,
        closing=None,
        closing_day=None,
        lines=2,
        credit_fen=60_00,
        debit_fen=10_00,
        holds=(HOLD,),
    )

    expected = attrs.evolve(CLAIMS, closing_fen=None, closing_day=None, holds=(HOLD,))
    assert expected == claims_of(facts_record(facts))


@pytest.mark.parametrize(
    ("last_day", "closing_fen"), [(date(2026, 1, 3), 100_00), (date(2026, 1, 4), 999_00), (date(2026, 1, 5), 999_00)]
)
def test_a_release_never_sets_the_balance_back(last_day, closing_fen):
    """A released file that ends before the proven day leaves the balance, which has its lines in it already."""
    claims = attrs.evolve(CLAIMS, closing_fen=999_00, closing_day=last_day, last_day=last_day)

    released = seen_in(proof_of(claims))
    assert closing_fen == proof_of(claims, released=released).closing_fen
