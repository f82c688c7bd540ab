"""schema.sql is what a reader trusts, the migrations are what a database runs: they give the same."""

import pytest

from services.store.database import Connection, connect
from services.store.migrate import SCHEMA, migrate
from tests.servers.postgres import TestDatabases
from tests.store.catalogue_dump import describe


async def test_schema_sql_and_all_migrations_give_the_same_database(db: Connection, postgres: TestDatabases) -> None:
    """Tables, columns, constraints, indexes, policies, grants, functions, triggers and sequences are equal."""
    await postgres.command("CREATE DATABASE from_schema")
    try:
        fresh = await connect(postgres.url_of("from_schema"))
        try:
            await fresh.execute(SCHEMA.read_text(encoding="utf-8"))
            assert await describe(db) == await describe(fresh)
        finally:
            await fresh.close()
    finally:
        await postgres.drop("from_schema")


async def test_a_migrated_database_is_left_alone(database_url: str) -> None:
    """A second run finds nothing missing."""
    assert () == await migrate(database_url)


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE employer ADD COLUMN x text",
        "ALTER TABLE employer ALTER COLUMN name DROP NOT NULL",
        "ALTER TABLE employer ALTER COLUMN state SET DEFAULT 'closed'",
        "ALTER TABLE employer DROP CONSTRAINT employer_code_form",
        "DROP INDEX claim_by_order",
        "DROP POLICY claim_bureau ON claim",
        "ALTER TABLE claim NO FORCE ROW LEVEL SECURITY",
        "GRANT SELECT ON bank_line TO subsidy_employer",
        "GRANT SELECT (org_code) ON employer TO subsidy_employer",
        "DROP TRIGGER audit_event_only_added ON audit_event",
        "ALTER TABLE audit_event DISABLE TRIGGER audit_event_only_added",
        "CREATE OR REPLACE FUNCTION current_actor() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE RETURN 'nobody'",
        "ALTER SEQUENCE employer_code_seq CYCLE",
    ],
)
async def test_every_kind_of_difference_is_seen(db: Connection, change: str) -> None:
    """The comparison is not blind: each kind of change gives another description."""
    before = await describe(db)
    await db.execute(change)
    assert before != await describe(db)
