"""Violations and their catalogue: domain §6.5."""

import re
from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libsubsidy import CatalogueError, SubsidyError, Text, Violation
from libsubsidy.violations import CATALOGUE, FACT_CHARACTERS_MAX

SEEDED = [
    "BP_RANGE_TOO_LONG",
    "BP_RANGE_REVERSED",
    "BP_NOT_BEFORE_START",
    "BP_FUTURE_MONTH",
    "MONTH_ALREADY_LIVE",
    "NOT_ACTIVE",
    "SEALED",
    "TRANSFER_IN_PROCESS",
    "START_MONTH_AFTER",
    "START_MONTH_MISSING",
    "AMOUNT_FORMAT",
    "AMOUNT_NOT_POSITIVE",
    "DUPLICATE_IN_FILE",
    "ID_LENGTH",
    "ID_CHECK_DIGIT",
    "ID_DATE",
    "ID_SCIENTIFIC",
    "ORG_CHECK_DIGIT",
    "USCC_FORMAT",
    "PHONE_FORMAT",
    "ATTACHMENT_NOT_STORED",
    "ATTACHMENT_MISSING",
    "EMPTY_ORDER",
    "STALE_VERSION",
    "MEMO_NOT_AT_START",
    "MEMO_UNKNOWN_UNIT",
    "MEMO_UNKNOWN_CODE",
    "PAID_AMOUNT_DIFFERS",
    "PAID_DUPLICATE",
    "NOTICE_NOT_OPEN",
    "STATEMENT_DOES_NOT_BALANCE",
    "STATEMENT_GAP",
]


def _facts(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


def test_the_seeded_codes_exist() -> None:
    """Codes are stable: none of the specification's is missing."""
    assert set() == set(SEEDED) - set(CATALOGUE)


@pytest.mark.parametrize("key", CATALOGUE)
def test_every_text_is_whole_in_both_languages(key: str) -> None:
    """Both sentences end, say the same facts, and the Chinese one is Chinese."""
    text = CATALOGUE[key]
    assert _facts(text.zh) == _facts(text.en)
    assert text.zh.endswith("。") or text.zh[-1] in "5o。"
    assert re.search("[\u4e00-\u9fff]", text.zh)
    assert re.fullmatch(r"[A-Z][A-Z_0-9]*(/[a-z_]+)?", key)


@pytest.mark.parametrize("key", CATALOGUE)
def test_every_text_renders(key: str) -> None:
    """With its facts it gives sentences without braces; the code is the key without its variant."""
    facts = {name: f"<{name}>" for name in _facts(CATALOGUE[key].zh)}
    violation = Violation.of(key, **facts)
    assert key.partition("/")[0] == violation.code
    assert facts == violation.params
    assert "{" not in violation.zh + violation.en
    for fact in facts.values():
        assert fact in violation.zh
        assert fact in violation.en


@pytest.mark.parametrize("facts", [{}, {"months": 13}, {"months": 13, "limit": 12, "more": 1}])
def test_missing_and_surplus_facts_raise(facts: dict[str, int]) -> None:
    """A sentence with a hole, or a fact nobody would see, is a mistake of the caller."""
    with pytest.raises(CatalogueError):
        Violation.of("BP_RANGE_TOO_LONG", **facts)


def test_an_unknown_code_raises() -> None:
    """It is found by every except for the library's errors, and by LookupError."""
    with pytest.raises(CatalogueError) as refusal:
        Violation.of("NO_SUCH_RULE")
    assert isinstance(refusal.value, SubsidyError)
    assert isinstance(refusal.value, LookupError)


@given(st.text(max_size=400))
def test_facts_are_clipped_and_never_formatted_again(text: str) -> None:
    """What a stranger typed stays text: braces are harmless, a long text is cut with a mark."""
    violation = Violation.of("AMOUNT_FORMAT", text=text)
    shown = violation.params["text"]
    assert isinstance(shown, str)
    assert min(len(text), FACT_CHARACTERS_MAX) == len(shown)
    assert (len(text) > FACT_CHARACTERS_MAX) == (shown[-1:] == "…" and shown != text)
    assert shown in violation.zh


@pytest.mark.parametrize("character", ["\x00", "\n", "\x7f", "\x85", "\u2028", "\ud800"])
def test_facts_can_be_stored(character: str) -> None:
    """NUL, lone surrogates and line breaks of a stranger's text are marked, so that any database keeps the fact."""
    assert "a�b" == Violation.of("AMOUNT_FORMAT", text=f"a{character}b").params["text"]


def test_a_service_renders_its_own_texts() -> None:
    """Rules outside the library keep their own catalogue and the same type."""
    violation = Violation.from_text("LAMP_BROKEN", Text(zh="灯{n}坏了。", en="Lamp {n} is broken."), {"n": 3})
    assert ("LAMP_BROKEN", "灯3坏了。") == (violation.code, violation.zh)


def test_violations_are_values() -> None:
    """Equal facts are equal violations, usable in sets."""
    assert 1 == len({Violation.of("EMPTY_ORDER"), Violation.of("EMPTY_ORDER")})
    assert Violation.of("ID_LENGTH", length=17) != Violation.of("ID_LENGTH", length=16)
