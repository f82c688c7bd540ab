"""Everything that a schema is made of, as sorted lines of text: two schemas are equal when their lines are."""

from services.store.database import Connection

# Each query gives one line per thing, its first column the thing's name. What differs between servers of one schema
# (OIDs, the names that PostgreSQL 18 gives to NOT NULL) is left out.
_QUERIES = {
    "column": """
        SELECT concat_ws(' ', c.relname, a.attname, a.attnum, format_type(a.atttypid, a.atttypmod), a.attnotnull,
            a.attidentity, a.attstorage, a.attcollation::regcollation, pg_get_expr(d.adbin, d.adrelid), '|', a.attacl)
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v', 'p', 'm')
          AND a.attnum > 0 AND NOT a.attisdropped""",
    "relation": """
        SELECT concat_ws(' ', relname, relkind, relpersistence, relrowsecurity, relforcerowsecurity, reloptions, '|',
            relowner::regrole, relacl)
        FROM pg_class WHERE relnamespace = 'public'::regnamespace""",
    "constraint": """
        SELECT concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid), condeferrable, convalidated)
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n'""",
    "index": "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "policy": """
        SELECT concat_ws(' ', tablename, policyname, permissive, roles, cmd, qual, '|', with_check)
        FROM pg_policies WHERE schemaname = 'public'""",
    "trigger": """
        SELECT concat_ws(' ', pg_get_triggerdef(t.oid), tgenabled)
        FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid
        WHERE NOT tgisinternal AND c.relnamespace = 'public'::regnamespace""",
    "function": """
        SELECT concat_ws(' ', pg_get_functiondef(oid), proacl) FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace""",
    "sequence": """
        SELECT concat_ws(' ', sequencename, data_type, start_value, min_value, max_value, increment_by, cycle)
        FROM pg_sequences WHERE schemaname = 'public'""",
}


async def describe(connection: Connection) -> list[str]:
    """Return the lines, without those of the migrations' own table."""
    lines = [
        f"{kind}: {row[0]}"
        for kind, query in _QUERIES.items()
        for row in await connection.fetch(query)
        if not row[0].startswith("migration") and "public.migration" not in row[0]
    ]
    return sorted(lines)
