"""Every constraint of the live schema has a meaning, or a reason why no input can break it."""

import attrs
import pytest
from asyncpg import IntegrityConstraintViolationError, RestrictViolationError, UniqueViolationError

from libsubsidy import Violation
from services.store.catalogue import NOUNS
from services.store.database import Connection
from services.store.refusals import TEXTS, RefusedError, refuse, violation
from services.store.violations import TRANSLATIONS, UNREACHABLE, translate, translated

# What works like a constraint: constraints, triggers of ours, and unique indexes that are no constraint.
LIVE = """
    SELECT conname FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
    UNION
    SELECT tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    WHERE NOT tgisinternal AND c.relnamespace = 'public'::regnamespace
    UNION
    SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE i.indisunique AND c.relnamespace = 'public'::regnamespace
"""


async def test_every_constraint_is_translated_or_unreachable(db: Connection) -> None:
    """No constraint of the schema is forgotten, and no name here is one that the schema has lost."""
    live = {row[0] for row in await db.fetch(LIVE)} - {"migration_pkey"}
    assert live == TRANSLATIONS.keys() | UNREACHABLE.keys()


def test_nothing_is_both() -> None:
    """A constraint cannot be translated and unreachable."""
    assert set() == TRANSLATIONS.keys() & UNREACHABLE.keys()


@pytest.mark.parametrize("key", sorted(set(TRANSLATIONS.values())))
def test_a_translation_needs_no_facts(key: str) -> None:
    """A constraint knows none, so its sentence must do without."""
    assert violation(key).zh


@pytest.mark.parametrize("key", TEXTS)
def test_both_languages_need_the_same_facts_or_their_own_words(key: str) -> None:
    """Sentences are not empty, and end as sentences do."""
    text = TEXTS[key]
    assert (text.zh[-1], text.en[-1]) == ("。", ".")


async def test_the_drivers_error_is_the_cause(db: Connection) -> None:
    """Whoever looks into a refusal finds what the database said."""
    with pytest.raises(RefusedError) as caught, translated():
        await db.execute("INSERT INTO employer (code, org_code, name) VALUES ('1', 'PDY00001X', 'x')")
    assert ["EMPLOYER_CODE_FORM"] == [found.code for found in caught.value.violations]
    assert isinstance(caught.value.__cause__, IntegrityConstraintViolationError)


async def test_a_defect_stays_a_drivers_error(db: Connection) -> None:
    """A constraint that input cannot break is not dressed up as the user's mistake."""
    await db.execute("INSERT INTO audit_event (subject_kind, subject_id, to_state) VALUES ('order', 1, 'draft')")
    with pytest.raises(RestrictViolationError), translated():
        await db.execute("DELETE FROM audit_event")


def test_an_unknown_constraint_means_nothing() -> None:
    """An error without a constraint's name has no translation."""
    assert translate(UniqueViolationError("no name")) is None


def test_a_sentence_has_one_place() -> None:
    """No key stands in two modules of the catalogue, where one would silently win."""
    assert len(TEXTS) == sum(len(noun.TEXTS) for noun in NOUNS)


def test_a_long_refusal_tells_the_first_few() -> None:
    """Twenty thousand broken lines do not make a log entry of a megabyte."""
    broken = Violation.of("EMPTY_ORDER")
    error = RefusedError(*[broken] * 20_000)
    assert (20_000, True) == (len(error.violations), str(error).endswith("and 19995 more"))
    assert attrs.astuple(broken)[3] in str(refuse("NOTHING_CHOSEN")) + str(RefusedError(broken))
