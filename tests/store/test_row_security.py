"""What each role of the database sees and may do, tried as that role."""

import asyncio

import asyncpg
import attrs
import pytest

from services.store.database import Actor, Connection, Role, acting, connect
from tests.store.waiting import until_somebody_waits

ROLES = [role.value for role in Role]
# Two employers, each with a person, an order in draft, one submitted, one credited, and one row in every other table.
ONE = 1
OTHER = 2
POPULATE = """
INSERT INTO employer (org_code, credit_code, name, initialised_at)
SELECT 'PDY0000' || n || n, '11440700MB2D0000' || n || n, 'employer ' || n, now() FROM generate_series(1, 2) n;
INSERT INTO person (id_number, id_number_given, name)
SELECT '44010119900101000' || n, '', 'person ' || n FROM generate_series(1, 2) n;
INSERT INTO employment (employer_id, person_id, state, start_month)
SELECT n, n, 'active', '2020-01-01' FROM generate_series(1, 2) n;
INSERT INTO file_amount SELECT n, n, '2020-01-01', 500 FROM generate_series(1, 2) n;
INSERT INTO payment_notice (employer_id, employer_code, order_code, amount_fen)
SELECT id, code, 'A7W5', 500 FROM employer;
INSERT INTO remittance_order (employer_id, kind, first_month, last_month, total_fen, line_count, person_count)
SELECT n, kind, month, month, 500, 1, 1 FROM generate_series(1, 2) n,
    (VALUES ('lump_missed', date '2020-01-01'), ('regular', '2020-02-01'), ('regular', '2020-03-01')) o (kind, month)
ORDER BY n, month;
INSERT INTO order_line SELECT id, employer_id, employer_id, first_month, 500, 'file' FROM remittance_order;
INSERT INTO lump_cover
SELECT id, employer_id, employer_id, first_month FROM remittance_order WHERE kind = 'lump_missed';
INSERT INTO claim SELECT employer_id, first_month, employer_id, id FROM remittance_order;
UPDATE remittance_order SET state = 'submitted' WHERE kind = 'regular';
UPDATE remittance_order SET state = 'approved', notice_id = employer_id WHERE first_month = '2020-03-01';
INSERT INTO bank_account (number, name, source, proven_closing_fen) VALUES ('1', 'fund', 'demo', 0);
INSERT INTO statement (source, sha256, filename, size_bytes, received_from) VALUES ('demo', '\\x00', 'f', 1, 'test');
INSERT INTO bank_line (account_id, fingerprint, occurrence, statement_id, ordinal, booked, bank_ref, direction,
    amount_fen, currency, memo, payer_name, payer_account, payer_bank, disposition, decision)
SELECT 1, '\\x00', n, 1, n, '2020-03-05', '', 'credit', 500, 'CNY', '', '', '1', '', 'refund', '{}'
FROM generate_series(1, 2) n;
INSERT INTO settlement (notice_id, employer_id, amount_fen) SELECT n, n, 500 FROM generate_series(1, 2) n;
INSERT INTO allocation SELECT n, n, 500 FROM generate_series(1, 2) n;
INSERT INTO ledger_entry (person_id, employer_id, month, kind, amount_fen)
SELECT n, n, '2020-03-01', 'opening', 500 FROM generate_series(1, 2) n;
INSERT INTO line_case (line_id, kind, reason, direction, amount_fen, currency, payer_name, payer_account, payer_bank,
    employer_id)
SELECT n, 'refund', 'MEMO_MISSING', 'credit', 500, 'CNY', '', '1', '', n FROM generate_series(1, 2) n;
INSERT INTO application (employer_id, kind, contents, line_count, person_count, total_fen, state, decided_at)
SELECT n, 'employee_opening', '{"employees": [{}]}', 1, 1, 500, state, CASE state WHEN 'returned' THEN now() END
FROM generate_series(1, 2) n, (VALUES ('submitted'), ('in_review'), ('returned')) s (state) ORDER BY n, state;
INSERT INTO application (employer_id, kind, contents, line_count, person_count, total_fen, state, decided_at)
SELECT n, 'backfill', '{"lines": []}', 1, 1, 500, state, CASE state WHEN 'approved' THEN now() END
FROM generate_series(1, 2) n, (VALUES ('submitted'), ('approved')) s (state) ORDER BY n, state DESC;
INSERT INTO claim (person_id, month, employer_id, application_id)
SELECT employer_id, CASE state WHEN 'approved' THEN date '2019-01-01' ELSE '2019-02-01' END, employer_id, id
FROM application WHERE kind = 'backfill';
INSERT INTO registration (mobile, employer_id, state, name, org_code, submitted_at)
SELECT '1380000000' || n, n, 'approved', 'employer ' || n, 'PDY0000' || n || n, now() FROM generate_series(1, 2) n;
INSERT INTO registration (mobile) VALUES ('13800000003');
INSERT INTO seal_batch (employer_id, sealed_count, unsealed_count) SELECT n, 1, 0 FROM generate_series(1, 2) n;
INSERT INTO seal_row SELECT n, n, 1, n, n, 'sealed', '2020-01-01', '' FROM generate_series(1, 2) n;
INSERT INTO audit_event (employer_id, subject_kind, subject_id, to_state)
SELECT n, 'order', n, 'draft' FROM generate_series(1, 2) n;
INSERT INTO attachment (employer_id, purpose, slot, file_name, storage_key, state, size_bytes, sha256, media_type, pages,
    subject_kind, subject_id)
SELECT n, 'employee_opening', 'id_card', 'f', state || n, state, 1, decode(repeat('00', 32), 'hex'), 'image/png', 1,
    CASE state WHEN 'bound' THEN 'application' END, CASE state WHEN 'bound' THEN n * 3 - 1 END
FROM generate_series(1, 2) n, (VALUES ('stored'), ('bound')) s (state);
INSERT INTO attachment (registration_id, purpose, slot, file_name, storage_key)
SELECT n, 'registration', 'credit_code_certificate', 'f', 'registration' || n FROM generate_series(1, 2) n;
INSERT INTO withdrawal (id, employer_id, person_id, reason, reason_zh, to_heir, amount_fen, payee_name, payee_bank,
    payee_account, state)
SELECT n * 3 - 2, n, n, '01', '购买住房', false, 500, 'person', 'bank', '622200000000', 'returned' FROM generate_series(1, 2) n;
INSERT INTO change_record (employer_id, employment_id, field, before, after)
SELECT n, n, 'rank', '', '科员' FROM generate_series(1, 2) n;
INSERT INTO employee_import (employer_id, file_name, state) SELECT n, 'f.xlsx', 'checked' FROM generate_series(1, 2) n;
INSERT INTO employee_import_row (import_id, employer_id, row_number, cells) SELECT n, n, 2, '{}' FROM generate_series(1, 2) n;
INSERT INTO amount_list (employer_id, order_id, month, file_name, row_count, broken_rows, letters, findings)
SELECT employer_id, id, first_month, 'f.xlsx', 1, 0, '{}', '[]' FROM remittance_order WHERE state = 'draft' ORDER BY id;
INSERT INTO amount_list_row (list_id, employer_id, row_number, cells, person_id, amount_fen, source, carry_over)
SELECT n, n, 2, '{}', n, 500, 'file', true FROM generate_series(1, 2) n;
INSERT INTO initialisation_row (employment_id, employer_id, mobile) SELECT n, n, '1' FROM generate_series(1, 2) n;
INSERT INTO portal_user (login, role, employer_id, name, password_hash)
SELECT 'CLERK.' || n, 'employer', n, 'clerk ' || n, '' FROM generate_series(1, 2) n;
INSERT INTO portal_user (login, role, name, password_hash) VALUES ('REVIEWER', 'reviewer', 'reviewer', '');
INSERT INTO saved_answer (actor, key, request_hash, status, body)
SELECT 'user/' || n, 'key', '', 201, '' FROM generate_series(1, 2) n;
INSERT INTO user_preference SELECT 'user/' || n, true, 'green', 'dark', 50 FROM generate_series(1, 2) n;
INSERT INTO note (actor, contents) SELECT 'user/' || n, 'of ' || n FROM generate_series(1, 2) n;
"""
# The tables of one employer's data that the employer's role may read, and the column that says whose a row is.
TENANT_TABLES = {
    "employment": "employer_id",
    "file_amount": "employer_id",
    "remittance_order": "employer_id",
    "order_line": "employer_id",
    "lump_cover": "employer_id",
    "claim": "employer_id",
    "payment_notice": "employer_id",
    "settlement": "employer_id",
    "ledger_entry": "employer_id",
    "line_case": "employer_id",
    "application": "employer_id",
    "attachment": "employer_id",
    "withdrawal": "employer_id",
    "change_record": "employer_id",
    "employee_import": "employer_id",
    "amount_list": "employer_id",
    "amount_list_row": "employer_id",
    "initialisation_row": "employer_id",
    "employee_import_row": "employer_id",
    "seal_batch": "employer_id",
    "seal_row": "employer_id",
    "audit_event": "employer_id",
    "portal_user": "employer_id",
    "registration": "employer_id",
    "person": "id",
}


def employer(employer_id: int | None = ONE) -> Actor:
    """Somebody who works for an employer."""
    return Actor(role=Role.EMPLOYER, name="user/1", origin="test", employer_id=employer_id)


BUREAU = Actor(role=Role.BUREAU, name="user/2", origin="test")
WORKER = Actor(role=Role.WORKER, name="reconciler", origin="test")
AUTH = Actor(role=Role.AUTH, name="login", origin="test")
PERSON = Actor(role=Role.PERSON, name="person/1", origin="test", person_id=ONE)


@pytest.fixture
async def fund(db: Connection) -> Connection:
    """Two employers with one row each wherever there can be one."""
    await db.execute(POPULATE)
    return db


class UndoneError(Exception):
    """Ends a transaction whose statement went through, so that the next one finds what this one found."""


async def outcome(connection: Connection, actor: Actor, sql: str) -> str:
    """Run as the actor, undo it, and say what happened: done, no row, or why it was refused."""
    done = ""
    try:
        async with acting(connection, actor):
            done = "no row" if (await connection.execute(sql)).endswith(" 0") else "done"
            raise UndoneError  # noqa: TRY301 -- only an error rolls `acting` back.
    except UndoneError:
        return done
    except asyncpg.InsufficientPrivilegeError:
        return "not allowed"
    except asyncpg.RestrictViolationError as error:
        return str(error.constraint_name)


async def test_no_role_is_above_the_rows(db: Connection) -> None:
    """No role of the services is a superuser, passes by row security, owns anything or may create anything lasting."""
    rows = await db.fetch(
        """
        SELECT rolname FROM pg_roles r WHERE rolname = ANY ($1) AND NOT (
            rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication OR rolcanlogin
            OR EXISTS (SELECT FROM pg_class WHERE relowner = r.oid)
            OR EXISTS (SELECT FROM pg_proc WHERE proowner = r.oid)
            OR EXISTS (SELECT FROM pg_auth_members WHERE member = r.oid))
        """,
        ROLES,
    )
    assert set(ROLES) == {row["rolname"] for row in rows}


async def test_every_table_of_an_employer_forces_row_security(db: Connection) -> None:
    """A table with an employer_id, and those that hold people, enable and force row security."""
    open_tables = await db.fetchval(
        """
        SELECT array_agg(relname ORDER BY relname) FROM pg_class c
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND NOT (relrowsecurity AND relforcerowsecurity)
          AND (relname IN ('employer', 'person') OR EXISTS (
              SELECT FROM pg_attribute WHERE attrelid = c.oid AND attname = 'employer_id' AND NOT attisdropped))
        """
    )
    assert open_tables is None


async def test_every_table_that_an_employer_reads_is_tried_here(db: Connection) -> None:
    """The tables of the tests below are all those on which the employer's role has any right."""
    tables = await db.fetchval(
        """
        SELECT array_agg(DISTINCT relname::text) FROM pg_class
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
          AND has_any_column_privilege('subsidy_employer', oid, 'SELECT, INSERT, UPDATE')
          AND relname <> 'migration'  -- The version of the schema is no secret: readyz asks for it.
        """
    )
    # A transfer is seen by two employers; tests/store/test_transfers.py has who sees what of it.
    shared = {"transfer_batch", "transfer"}
    # The bureau's list of reasons is everybody's.
    shared |= {"withdrawal_reason"}
    assert shared | {*TENANT_TABLES, "employer", "bank_account", "saved_answer", "user_preference", "note"} == set(
        tables
    )


async def test_an_employer_sees_own_rows_and_no_others(fund: Connection) -> None:
    """With the other's id in hand there is nothing: the same answer as for an id that does not exist (I31)."""
    async with acting(fund, employer()):
        for table, column in TENANT_TABLES.items():
            seen = await fund.fetch(f"SELECT DISTINCT {column} FROM {table}")
            others = await fund.fetch(f"SELECT FROM {table} WHERE {column} = $1", OTHER)
            assert (table, [(ONE,)], []) == (table, [tuple(row) for row in seen], others)


@pytest.mark.parametrize(
    "actor", [employer(), attrs.evolve(BUREAU, name="user/1"), attrs.evolve(PERSON, name="user/1")]
)
async def test_answers_are_the_own_ones(fund: Connection, actor: Actor) -> None:
    """A colleague of the same employer has other keys, even equal ones; and what was answered is never rewritten."""
    async with acting(fund, actor):
        assert [("user/1",)] == [tuple(row) for row in await fund.fetch("SELECT actor FROM saved_answer")]
    for sql in (
        "UPDATE saved_answer SET status = 500",
        "DELETE FROM saved_answer",
        "INSERT INTO saved_answer (actor, key, request_hash, status, body) VALUES ('user/2', 'x', '', 201, '')",
    ):
        assert "not allowed" == await outcome(fund, actor, sql)


@pytest.mark.parametrize(
    "actor", [employer(), attrs.evolve(BUREAU, name="user/1"), attrs.evolve(PERSON, name="user/1")]
)
@pytest.mark.parametrize("table", ["user_preference", "note"])
async def test_what_a_user_sets_and_notes_is_nobody_elses(fund: Connection, actor: Actor, table: str) -> None:
    """F22, F23: a colleague of the same employer neither sees it nor changes it, nor puts anything under another's name."""
    values = {"user_preference": "true, 'green', 'dark', 50", "note": "'x'"}[table]
    columns = {"user_preference": "folded, colour, scheme, page_size", "note": "contents"}[table]
    async with acting(fund, actor):
        assert [("user/1",)] == [tuple(row) for row in await fund.fetch(f"SELECT actor FROM {table}")]
    assert "no row" == await outcome(fund, actor, f"UPDATE {table} SET actor = 'user/1' WHERE actor = 'user/2'")
    assert "not allowed" == await outcome(fund, actor, f"UPDATE {table} SET actor = 'user/3'")
    assert "not allowed" == await outcome(
        fund, actor, f"INSERT INTO {table} (actor, {columns}) VALUES ('user/3', {values})"
    )


async def test_no_role_but_login_reads_what_opens_an_account(fund: Connection) -> None:
    """Password hashes, logins, sessions and tokens are for the role that logs people in."""
    for actor in (employer(), BUREAU, PERSON, WORKER):
        for sql in (
            "SELECT password_hash FROM portal_user",
            "SELECT login FROM portal_user",
            "SELECT FROM portal_session",
            "SELECT FROM api_token",
            "SELECT FROM login_failure",
            "SELECT FROM login_place",
            "SELECT FROM sms_code",
            "SELECT FROM sms_message",
            "SELECT activation_hash FROM portal_user",
            "UPDATE portal_user SET state = 'active'",
        ):
            assert (actor, sql, "not allowed") == (actor, sql, await outcome(fund, actor, sql))


@pytest.mark.parametrize("actor", [employer(None), attrs.evolve(PERSON, role=Role.EMPLOYER)])
async def test_without_a_tenant_there_are_no_rows(fund: Connection, actor: Actor) -> None:
    """A transaction that forgot to set its tenant sees nothing, instead of everything."""
    async with acting(fund, actor):
        seen = {table: await fund.fetchval(f"SELECT count(*) FROM {table}") for table in TENANT_TABLES}
    assert dict.fromkeys(TENANT_TABLES, 0) == seen


async def test_the_tenant_ends_with_the_transaction(fund: Connection) -> None:
    """The next user of a pooled connection inherits neither role nor tenant."""
    async with acting(fund, employer()):
        pass
    row = await fund.fetchrow("SELECT current_user::text, current_employer_id(), current_actor()")
    assert ("subsidy", None, "unknown") == tuple(row or ())


async def test_of_other_employers_only_name_and_code_are_seen(fund: Connection) -> None:
    """A transfer's target can be chosen (F69); codes that open accounts cannot be read."""
    async with acting(fund, employer()):
        assert 2 == len(await fund.fetch("SELECT id, code, name FROM employer"))
    for column in ("org_code", "credit_code", "*"):
        assert "not allowed" == await outcome(fund, employer(), f"SELECT {column} FROM employer")


NEW_ORDER = "remittance_order (employer_id, kind, first_month, last_month)"
BORN_SUBMITTED = "remittance_order (employer_id, kind, first_month, last_month, state, total_fen, line_count)"
NEW_NOTICE = "payment_notice (employer_id, employer_code, order_code, amount_fen)"
NEW_ENTRY = "ledger_entry (person_id, employer_id, month, kind, amount_fen)"
NEW_APPLICATION = "application (employer_id, kind, contents, line_count, person_count, total_fen, state)"
NEW_RECORD = "change_record (employer_id, employment_id, field, before, after)"
NEW_AMOUNTS = "employer_id, order_id, month, file_name, row_count, broken_rows, letters, findings"
NEW_ATTACHMENT = "attachment (employer_id, purpose, slot, file_name, storage_key)"
FORBIDDEN = [
    # An order of the other employer, or one that is born approved.
    f"INSERT INTO {NEW_ORDER} VALUES (2, 'regular', '2020-05-01', '2020-05-01')",
    f"INSERT INTO {BORN_SUBMITTED} VALUES (1, 'regular', '2020-05-01', '2020-05-01', 'submitted', 1, 1)",
    "UPDATE remittance_order SET remark = 'x' WHERE employer_id = 2",
    "UPDATE remittance_order SET employer_id = 2 WHERE state = 'draft'",
    # Approving oneself, in any way.
    "UPDATE remittance_order SET state = 'approved', notice_id = 1 WHERE state = 'submitted'",
    "UPDATE remittance_order SET state = 'credited', notice_id = 1 WHERE state = 'submitted'",
    "UPDATE remittance_order SET state = 'rejected' WHERE state = 'submitted'",
    "UPDATE remittance_order SET state = 'draft' WHERE state = 'submitted'",
    "UPDATE remittance_order SET total_fen = 1 WHERE state = 'submitted'",
    "UPDATE remittance_order SET total_fen = 1 WHERE state = 'approved'",
    # A draft that the bureau has never seen is thrown away; nothing else, and nobody else's.
    "DELETE FROM remittance_order WHERE state <> 'draft'",
    "DELETE FROM remittance_order WHERE submitted_at IS NOT NULL",
    "DELETE FROM remittance_order WHERE employer_id <> current_employer_id()",
    # Lines of what is submitted, of the other employer, or smuggled into the other's draft under the own id.
    "UPDATE order_line SET amount_fen = 1 WHERE month = '2020-02-01'",
    "DELETE FROM order_line WHERE month = '2020-02-01'",
    "INSERT INTO order_line VALUES (3, 1, 1, '2020-06-01', 1, 'file')",
    "UPDATE order_line SET order_id = 3, month = '2020-06-01' WHERE month = '2020-01-01'",
    "INSERT INTO order_line VALUES (4, 2, 1, '2020-06-01', 1, 'file')",
    "INSERT INTO order_line VALUES (4, 1, 1, '2020-06-01', 1, 'file')",
    "DELETE FROM order_line WHERE employer_id = 2",
    "INSERT INTO lump_cover VALUES (4, 1, 1, '2020-06-01')",
    "INSERT INTO lump_cover VALUES (3, 1, 1, '2020-06-01')",
    "TRUNCATE order_line",
    # Somebody else's month, for somebody else's order, or for no order; and letting go what is approved.
    "INSERT INTO claim VALUES (2, '2020-06-01', 1, 1)",
    "INSERT INTO claim VALUES (1, '2020-06-01', 2, 1)",
    "INSERT INTO claim VALUES (1, '2020-06-01', 1, 4)",
    "INSERT INTO claim VALUES (1, '2020-06-01', 1, NULL)",
    "DELETE FROM claim WHERE month = '2020-03-01'",
    # For somebody else's backfill, for an application of another kind, somebody else's month; and what is approved.
    "INSERT INTO claim VALUES (1, '2020-06-01', 1, NULL, 9)",
    "INSERT INTO claim VALUES (1, '2020-06-01', 1, NULL, 3)",
    "INSERT INTO claim VALUES (2, '2020-06-01', 1, NULL, 7)",
    "DELETE FROM claim WHERE application_id = 8",
    "DELETE FROM claim WHERE employer_id = 2",
    "UPDATE claim SET month = '2020-07-01'",
    # The own file, and everybody's money.
    "UPDATE employment SET start_month = '2019-01-01'",
    "UPDATE person SET name = 'x'",
    "UPDATE file_amount SET amount_fen = 1",
    "UPDATE employer SET name = 'x'",
    "UPDATE payment_notice SET amount_fen = 1",
    f"INSERT INTO {NEW_NOTICE} VALUES (1, '10000', 'A7W6', 1)",
    "INSERT INTO settlement (notice_id, employer_id, amount_fen) VALUES (1, 1, 1)",
    f"INSERT INTO {NEW_ENTRY} VALUES (1, 1, '2020-01-01', 'opening', 1)",
    "DELETE FROM ledger_entry",
    "SELECT FROM bank_line",
    "SELECT proven_closing_fen FROM bank_account",
    "SELECT FROM statement",
    "SELECT FROM allocation",
    "SELECT FROM outbox",
    "INSERT INTO outbox (type, subject, body) VALUES ('remittance.settled.v1', 'notice/1', '{}')",
    "UPDATE line_case SET state = 'closed'",
    "SELECT FROM case_assignment",
    # Moving people out, back or away without a transfer, rewriting since when, and other employers' people and history.
    "UPDATE employment SET state = 'ended'",
    "UPDATE employment SET state = 'transferring'",
    "UPDATE employment SET state_from = '2019-01-01'",
    "UPDATE employment SET sealed_months = '{}'",
    "UPDATE employment SET state = 'sealed' WHERE employer_id = 2",
    "INSERT INTO seal_batch (employer_id, sealed_count, unsealed_count) VALUES (2, 1, 0)",
    "INSERT INTO seal_row VALUES (2, 1, 2, 1, 1, 'sealed', '2020-01-01', '')",
    "INSERT INTO seal_row VALUES (1, 1, 2, 2, 2, 'sealed', '2020-01-01', '')",
    "UPDATE seal_row SET reason = 'x'",
    "DELETE FROM seal_batch",
    # An application of the other employer, one that is born approved, and deciding about oneself in any way.
    f"INSERT INTO {NEW_APPLICATION} VALUES (2, 'employee_opening', '{{}}', 1, 1, 1, 'submitted')",
    f"INSERT INTO {NEW_APPLICATION} VALUES (1, 'employee_opening', '{{}}', 1, 1, 1, 'approved')",
    "UPDATE application SET state = 'retracted' WHERE employer_id = 2",
    "UPDATE application SET state = 'approved' WHERE state = 'submitted'",
    "UPDATE application SET state = 'rejected' WHERE state = 'submitted'",
    "UPDATE application SET state = 'retracted' WHERE state = 'in_review'",
    "UPDATE application SET contents = '{}' WHERE state = 'submitted'",
    "DELETE FROM application",
    # Records of what others changed, of somebody else's employee, and the own ones once written.
    f"INSERT INTO {NEW_RECORD} VALUES (2, NULL, 'name', '', 'x')",
    f"INSERT INTO {NEW_RECORD} VALUES (1, 2, 'rank', '', 'x')",
    "UPDATE change_record SET after = 'x'",
    "DELETE FROM change_record",
    # A file of the other employer, under its name, or of a registration; what was handed in, turned into something else.
    f"INSERT INTO {NEW_ATTACHMENT} VALUES (2, 'employee_opening', 'id_card', 'f', 'x')",
    f"INSERT INTO {NEW_ATTACHMENT} VALUES (NULL, 'registration', 'id_card', 'f', 'x')",
    "UPDATE attachment SET employer_id = 2",
    "UPDATE attachment SET state = 'deleted' WHERE employer_id = 2",
    "UPDATE attachment SET state = 'deleted' WHERE state = 'bound'",
    "UPDATE attachment SET subject_id = 1 WHERE state = 'bound'",
    "UPDATE attachment SET sha256 = NULL WHERE state = 'stored'",
    "UPDATE attachment SET storage_key = 'stored2' WHERE state = 'stored'",
    "DELETE FROM attachment",
    # Lists under way of others; and rows put into another's list under the own id.
    "INSERT INTO initialisation_row (employment_id, employer_id) VALUES (2, 2)",
    "INSERT INTO initialisation_row (employment_id, employer_id) VALUES (2, 1)",
    "UPDATE initialisation_row SET mobile = '2' WHERE employer_id = 2",
    "DELETE FROM initialisation_row WHERE employer_id = 2",
    "INSERT INTO employee_import (employer_id, file_name) VALUES (2, 'f')",
    "UPDATE employee_import SET tries = 9 WHERE employer_id = 2",
    "UPDATE employee_import SET employer_id = 2",
    "DELETE FROM employee_import WHERE employer_id = 2",
    "INSERT INTO employee_import_row (import_id, employer_id, row_number, cells) VALUES (2, 1, 9, '{}')",
    "INSERT INTO employee_import_row (import_id, employer_id, row_number, cells) VALUES (2, 2, 9, '{}')",
    # Amounts for another's draft, under the own id too; and what was kept is replaced whole, never changed.
    f"INSERT INTO amount_list ({NEW_AMOUNTS}) VALUES (2, 5, '2020-01-01', 'f', 1, 0, '{{}}', '[]')",
    f"INSERT INTO amount_list ({NEW_AMOUNTS}) VALUES (1, 5, '2020-01-01', 'f', 1, 0, '{{}}', '[]')",
    "UPDATE amount_list SET file_name = 'g'",
    "DELETE FROM amount_list WHERE employer_id = 2",
    "INSERT INTO amount_list_row (list_id, employer_id, row_number, cells, problems) VALUES (2, 1, 9, '{}', '[]')",
    "INSERT INTO amount_list_row (list_id, employer_id, row_number, cells, problems) VALUES (2, 2, 9, '{}', '[]')",
    "UPDATE amount_list_row SET amount_fen = 1",
    # Money asked for past the store, reserved anew, or of more than was asked for; what finance does with it.
    "INSERT INTO withdrawal SELECT 2, 1, 1, reason, '', false, 1, 'x', 'x', payee_account, '', 'submitted' FROM withdrawal",
    "UPDATE withdrawal SET state = 'draft'",
    "UPDATE withdrawal SET state = 'approved'",
    "UPDATE withdrawal SET amount_fen = 1",
    "UPDATE withdrawal SET payee_account = '622200000001'",
    "UPDATE withdrawal_reason SET payee = 'heir'",
    "SELECT FROM withdrawal_payment",
    "SELECT FROM opening_confirmation",
    # A user of its own making: only the login's role and, for employees, the bureau may.
    "INSERT INTO portal_user (login, role, person_id, name, password_hash) VALUES ('X.1', 'employee', 1, 'x', '')",
    # The trail of others, and the own trail once written.
    "INSERT INTO audit_event (employer_id, subject_kind, subject_id, to_state) VALUES (2, 'order', 4, 'approved')",
    "DELETE FROM audit_event",
]


async def test_an_employer_changes_nothing_but_own_drafts(fund: Connection) -> None:
    """Each of these is refused, or finds no row, even when somebody has got hold of the connection."""
    went_through = [sql for sql in FORBIDDEN if await outcome(fund, employer(), sql) == "done"]
    assert [] == went_through


async def test_an_employer_does_work_on_own_drafts(fund: Connection) -> None:
    """The same role may do what its work needs, so that the refusals above are no accident."""
    refused = [
        sql
        for sql in (
            "UPDATE order_line SET amount_fen = 1 WHERE month = '2020-01-01'",
            "DELETE FROM order_line WHERE month = '2020-01-01'",
            "INSERT INTO order_line VALUES (1, 1, 1, '2020-06-01', 1, 'file')",
            "INSERT INTO lump_cover VALUES (1, 1, 1, '2020-06-01')",
            "UPDATE remittance_order SET total_fen = 7 WHERE state = 'draft'",
            "UPDATE remittance_order SET state = 'retracted' WHERE state = 'submitted'",
            "INSERT INTO claim VALUES (1, '2020-06-01', 1, 1)",
            "DELETE FROM claim WHERE month = '2020-02-01'",
            "INSERT INTO claim VALUES (1, '2020-06-01', 1, NULL, 7)",
            "DELETE FROM claim WHERE application_id = 7",
            "INSERT INTO audit_event (employer_id, subject_kind, subject_id, to_state) VALUES (1, 'order', 1, 'draft')",
            f"INSERT INTO {NEW_APPLICATION} VALUES (1, 'employee_opening', '{{}}', 1, 1, 1, 'submitted')",
            "UPDATE application SET state = 'retracted' WHERE state = 'submitted'",
            f"INSERT INTO {NEW_RECORD} VALUES (1, 1, 'state', 'active', 'sealed')",
            "INSERT INTO employee_import (file_name, file) VALUES ('f', '\\x00')",
            "INSERT INTO employee_import_row (import_id, row_number, cells) VALUES (1, 9, '{}')",
            "DELETE FROM employee_import WHERE id = 1",
            "INSERT INTO amount_list_row (list_id, row_number, cells, problems) VALUES (1, 9, '{}', '[]')",
            "DELETE FROM amount_list WHERE id = 1",
        )
        if await outcome(fund, employer(), sql) != "done"
    ]
    assert [] == refused


FROZEN = {
    "UPDATE order_line SET amount_fen = 1 WHERE month = '2020-02-01'": "order_line_changed_in_draft",
    "DELETE FROM order_line WHERE month = '2020-03-01'": "order_line_taken_from_draft",
    "INSERT INTO order_line VALUES (2, 1, 1, '2020-06-01', 1, 'file')": "order_line_added_to_draft",
    "UPDATE order_line SET order_id = 3, month = '2020-06-01' WHERE order_id = 1": "order_line_changed_to_draft",
    "TRUNCATE order_line": "order_line_never_emptied",
    "INSERT INTO lump_cover VALUES (3, 1, 1, '2020-06-01')": "lump_cover_added_to_draft",
    "UPDATE lump_cover SET order_id = 3 WHERE order_id = 1": "lump_cover_changed_to_draft",
    "TRUNCATE lump_cover": "lump_cover_never_emptied",
    "UPDATE remittance_order SET total_fen = 1 WHERE state = 'submitted'": "remittance_order_frozen",
    "UPDATE remittance_order SET first_month = '2019-01-01' WHERE state = 'approved'": "remittance_order_frozen",
    "UPDATE remittance_order SET state = 'draft', notice_id = NULL WHERE state = 'approved'": "remittance_order_moves",
    "UPDATE payment_notice SET amount_fen = 1": "payment_notice_frozen",
    "UPDATE payment_notice SET order_code = 'A7W6'": "payment_notice_frozen",
    "UPDATE application SET contents = '{}' WHERE state = 'submitted'": "application_frozen",
    "UPDATE application SET state = 'retracted' WHERE state = 'in_review'": "application_moves",
    "UPDATE attachment SET state = 'deleted' WHERE state = 'bound'": "attachment_moves",
    "UPDATE attachment SET sha256 = sha256('x'::bytea) WHERE state = 'stored'": "attachment_frozen",
    "UPDATE attachment SET subject_id = 1 WHERE state = 'bound'": "attachment_frozen",
    "UPDATE ledger_entry SET amount_fen = 1": "ledger_entry_only_added",
    "DELETE FROM ledger_entry": "ledger_entry_only_added",
    "TRUNCATE ledger_entry": "ledger_entry_only_added",
    "UPDATE audit_event SET actor = 'x'": "audit_event_only_added",
    "DELETE FROM audit_event": "audit_event_only_added",
    "TRUNCATE audit_event": "audit_event_only_added",
}


async def test_what_is_done_is_done_even_for_the_owner(fund: Connection) -> None:
    """Submitted lines, totals, final states, ledger and trail are refused to the superuser of the database, too."""
    refused = {}
    for sql in FROZEN:
        with pytest.raises(asyncpg.RestrictViolationError) as caught:
            await fund.execute(sql)
        refused[sql] = caught.value.constraint_name
    assert refused == FROZEN


async def test_a_paid_notice_stays_paid(fund: Connection) -> None:
    """What has been decided about a notice is never undone."""
    await fund.execute("UPDATE payment_notice SET state = 'paid', decided_at = now()")
    with pytest.raises(asyncpg.RestrictViolationError) as caught:
        await fund.execute("UPDATE payment_notice SET state = 'awaiting', decided_at = NULL")
    assert caught.value.constraint_name == "payment_notice_moves"


async def test_a_submit_under_way_and_a_new_line_wait_for_each_other(fund: Connection, database_url: str) -> None:
    """A line that slips in beside a submit is refused once the submit has committed: it would never be claimed."""
    other = await connect(database_url)
    try:
        submit = fund.transaction()
        await submit.start()
        await fund.execute("UPDATE remittance_order SET state = 'submitted' WHERE id = 1")
        adding = asyncio.create_task(other.execute("INSERT INTO order_line VALUES (1, 1, 1, '2020-06-01', 1, 'file')"))
        await until_somebody_waits(database_url)
        await submit.commit()
        with pytest.raises(asyncpg.RestrictViolationError):
            await adding
    finally:
        await other.close()


async def test_a_person_sees_the_own_ledger_only(fund: Connection) -> None:
    """An employee sees own entries, own employments and the names of own employers, and of nobody else."""
    async with acting(fund, PERSON):
        for table, column in (
            ("ledger_entry", "person_id"),
            ("employment", "person_id"),
            ("person", "id"),
            ("order_line", "person_id"),
            ("lump_cover", "person_id"),
            ("file_amount", "employment_id"),
        ):
            assert [(ONE,)] == [tuple(row) for row in await fund.fetch(f"SELECT DISTINCT {column} FROM {table}")]
        assert [("employer 1",)] == [tuple(row) for row in await fund.fetch("SELECT name FROM employer")]
    for table in ("remittance_order", "claim", "payment_notice", "bank_line", "settlement", "line_case", "outbox"):
        assert "not allowed" == await outcome(fund, PERSON, f"SELECT FROM {table}")


async def test_nobody_who_forgot_the_person_sees_a_ledger(fund: Connection) -> None:
    """The person's role without a person sees nothing."""
    async with acting(fund, attrs.evolve(PERSON, person_id=None)):
        assert 0 == await fund.fetchval("SELECT count(*) FROM ledger_entry")


async def test_login_finds_who_logs_in_and_nothing_else(fund: Connection) -> None:
    """The role that logs people in reads codes and ID numbers, to find whose login it is; no other name, and no order."""
    async with acting(fund, AUTH):
        assert 2 == len(await fund.fetch("SELECT id, code, org_code, credit_code, state FROM employer"))
        assert 2 == len(await fund.fetch("SELECT id, id_number FROM person"))
        assert 2 == len(await fund.fetch("SELECT actor, key, answered_at FROM saved_answer"))
    for sql in (
        "SELECT name FROM employer",
        "SELECT name FROM person",
        "SELECT body FROM saved_answer",
        "UPDATE portal_user SET role = 'reviewer'",
        "UPDATE api_token SET scopes = '{x}'",
        "DELETE FROM portal_user",
        "DELETE FROM api_token",
    ):
        assert (sql, "not allowed") == (sql, await outcome(fund, AUTH, sql))
    tables = await fund.fetchval(
        """
        SELECT array_agg(relname::text) FROM pg_class
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname NOT IN ('employer', 'audit_event',
              'migration', 'person', 'portal_user', 'portal_session', 'api_token', 'login_failure', 'login_place',
              'saved_answer', 'sms_code', 'sms_message', 'registration', 'registration_session',
              'attachment')  -- Of registrations only: the test below.
          AND has_any_column_privilege('subsidy_auth', oid, 'SELECT, INSERT, UPDATE, REFERENCES')
        """
    )
    assert tables is None


async def test_a_registration_sees_the_own_files_and_no_employers(fund: Connection) -> None:
    """Before there is an employer the registration session is the tenant; without one there is nothing."""
    async with acting(fund, attrs.evolve(AUTH, registration_id=ONE)):
        assert [(ONE, None)] == [
            tuple(row) for row in await fund.fetch("SELECT registration_id, employer_id FROM attachment")
        ]
    async with acting(fund, AUTH):
        assert 0 == await fund.fetchval("SELECT count(*) FROM attachment")


async def test_the_bureau_sees_files_that_were_handed_in(fund: Connection) -> None:
    """Not what lies ready, nor what waits in a draft for a second person; and it changes none."""
    async with acting(fund, BUREAU):
        assert {("bound", ONE), ("bound", OTHER)} == {
            tuple(row) for row in await fund.fetch("SELECT state, employer_id FROM attachment")
        }
    await fund.execute(
        "UPDATE application SET state = 'draft', decided_at = NULL WHERE state = 'returned' AND employer_id = 1"
    )
    async with acting(fund, BUREAU):
        assert {OTHER} == {row[0] for row in await fund.fetch("SELECT employer_id FROM attachment")}
    assert "not allowed" == await outcome(fund, BUREAU, "UPDATE attachment SET state = 'replaced'")


FILES = ("upload", "upload_chunk", "simulation", "simulation_line")
OTHERS_WORK = [
    (
        WORKER,
        f"INSERT INTO {NEW_ORDER} VALUES (1, 'regular', '2020-05-01', '2020-05-01')",
    ),
    (WORKER, "INSERT INTO order_line VALUES (1, 1, 1, '2020-06-01', 1, 'file')"),
    (
        WORKER,
        f"INSERT INTO {NEW_NOTICE} VALUES (1, '10000', 'A7W6', 1)",
    ),
    (WORKER, "INSERT INTO claim VALUES (1, '2020-06-01', 1, 1)"),
    (WORKER, "UPDATE employer SET name = 'x'"),
    (WORKER, "SELECT FROM person"),
    (BUREAU, "INSERT INTO order_line VALUES (1, 1, 1, '2020-06-01', 1, 'file')"),
    (BUREAU, "UPDATE order_line SET amount_fen = 1"),
    (BUREAU, "INSERT INTO bank_line DEFAULT VALUES"),
    (BUREAU, "UPDATE bank_line SET amount_fen = 1"),
    (BUREAU, "UPDATE bank_account SET proven_closing_fen = 1"),
    (BUREAU, "DELETE FROM payment_notice"),
    (BUREAU, "DELETE FROM ledger_entry"),
    (BUREAU, f"INSERT INTO {NEW_APPLICATION} VALUES (1, 'employee_opening', '{{}}', 1, 1, 1, 'submitted')"),
    (WORKER, "SELECT FROM application"),
    (WORKER, "SELECT FROM case_assignment"),
    (PERSON, "SELECT FROM attachment"),
    (WORKER, "INSERT INTO attachment DEFAULT VALUES"),
    # Files on their way in are the bureau's, and what would become of them is the reconciler's to say.
    *((actor, f"SELECT FROM {table}") for actor in (employer(), PERSON, AUTH) for table in FILES),
    (WORKER, "INSERT INTO upload DEFAULT VALUES"),
    (WORKER, "INSERT INTO upload_chunk VALUES (1, 0, '')"),
    (WORKER, "INSERT INTO simulation (upload_id, source, filename) VALUES (1, '', '')"),
    (BUREAU, "UPDATE simulation SET state = 'done'"),
    (BUREAU, "DELETE FROM simulation"),
    (BUREAU, "DELETE FROM simulation_line"),
    (AUTH, "SELECT mobile FROM person"),
    (AUTH, "UPDATE person SET name = 'x'"),
]


async def test_nobody_does_the_work_of_another(fund: Connection) -> None:
    """The reconciler makes no orders, a reviewer writes no lines, and neither rewrites what the bank said."""
    allowed = [(actor.name, sql) for actor, sql in OTHERS_WORK if await outcome(fund, actor, sql) != "not allowed"]
    assert [] == allowed


async def test_copy_into_a_table_under_row_security_is_refused(fund: Connection) -> None:
    """PostgreSQL itself says so, which is why the store's lists travel as arrays."""
    with pytest.raises(asyncpg.FeatureNotSupportedError):
        async with acting(fund, employer()):
            await fund.copy_records_to_table("order_line", records=[(1, 1, 1, None, 1, "file", True)])


async def test_the_bureau_adds_employees_users_and_no_others(fund: Connection) -> None:
    """An approved opening gives its people a user whom no password fits; nobody of the bureau is ever made so."""
    new = "INSERT INTO portal_user (login, role, person_id, name, password_hash) VALUES"
    assert "done" == await outcome(fund, BUREAU, f"{new} ('P.1', 'employee', 1, 'x', '')")
    for values in ("('P.1', 'employee', 1, 'x', 'a hash')", "('R.1', 'reviewer', NULL, 'x', '')"):
        assert "not allowed" == await outcome(fund, BUREAU, f"{new} {values}")


async def test_who_takes_an_import_up_sees_nothing_of_it(fund: Connection) -> None:
    """Whose it is and how far it has come is enough to take it, and to forget it."""
    assert "done" == await outcome(fund, WORKER, "UPDATE employee_import SET tries = tries + 1 WHERE id = 2")
    assert "done" == await outcome(fund, WORKER, "DELETE FROM employee_import WHERE id = 2")
    for sql in (
        "SELECT file FROM employee_import",
        "SELECT findings FROM employee_import",
        "SELECT FROM employee_import_row",
        "UPDATE employee_import SET state = 'refused'",
    ):
        assert "not allowed" == await outcome(fund, WORKER, sql)


async def test_who_forgets_amounts_sees_nothing_of_them(fund: Connection) -> None:
    """How old a list is is enough to forget it, with its rows."""
    assert "done" == await outcome(fund, WORKER, "DELETE FROM amount_list WHERE uploaded_at <= now()")
    for sql in (
        "SELECT file_name FROM amount_list",
        "SELECT FROM amount_list_row",
        "UPDATE amount_list SET month = now()",
    ):
        assert "not allowed" == await outcome(fund, WORKER, sql)
