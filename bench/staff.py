"""A fund with one large employer in it, as its people and the bureau see it through the portal."""

from datetime import timedelta
from typing import Final

import attrs

from services.portal import authentication, csrf
from services.portal.roles import EMPLOYERS, PortalRole
from services.portal.settings import PortalSettings
from services.settings import Count, PostgresUrl
from services.store import sessions, users
from services.store.database import Actor, Connection, Role, acting
from services.store.users import NewUser

# The service's own login: a member of the roles, with no right of its own, so that row security holds for it.
LOGIN: Final = "subsidy_bench"
EMPLOYER_ID: Final = 1
DRAFT_ID: Final = 1
_FILL_SECONDS_MAX: Final = 600.0
_LIFETIME: Final = timedelta(hours=12)
_AUTH: Final = Actor(role=Role.AUTH, name="bench", origin="bench")
# The form of a hash that no password has; nobody logs in here, because hashing is slow by intention and not what is measured.
_UNKNOWN: Final = "$argon2id$v=19$m=47104,t=1,p=1$" + "A" * 22 + "$" + "A" * 43


@attrs.frozen(kw_only=True)
class Staff:
    """How large it is: people of the large employer, months that are in their ledgers, and notices that wait.

    There is a draft with a line for everybody, too, for the month after the last in the ledgers.
    """

    people: int
    months: int = 0
    notices: int = 0

    def __str__(self) -> str:
        return f"{self.people:,} people, {self.months} months, {self.notices} notices"


async def fill(connection: Connection, staff: Staff) -> None:
    """Fill an empty database; triggers and foreign keys are passed over, as in `bench.fund`."""
    await connection.execute(_LOGIN)
    await connection.execute("SET session_replication_role = replica")
    for statement in _STATEMENTS:
        await connection.execute(
            statement.format(people=staff.people, months=staff.months, notices=staff.notices),
            timeout=_FILL_SECONDS_MAX,
        )
    await connection.execute("RESET session_replication_role")
    await connection.execute("VACUUM ANALYZE", timeout=_FILL_SECONDS_MAX)


def settings_of(url: str, port: int) -> PortalSettings:
    """Give the settings of a portal that serves this database with the service's own login."""
    as_service = url.replace("//subsidy@", f"//{LOGIN}@", 1)
    return PortalSettings(database_url=PostgresUrl(as_service), http_port=Count(port))


async def log_in(connection: Connection, settings: PortalSettings, role: PortalRole) -> dict[str, str]:
    """Add somebody with this role and a session; return the headers that a browser would send."""
    user = NewUser(
        role=role.value,
        login=f"BENCH.{role.value.upper()}",
        name="测",
        password_hash=_UNKNOWN,
        employer_id=EMPLOYER_ID if role in EMPLOYERS else None,
    )
    async with acting(connection, _AUTH):
        added = await users.add(connection, user)
        token = await sessions.open_session(connection, await users.credentials(connection, added.id), _LIFETIME)
    assert token is not None  # noqa: S101 -- nobody else changes this user.
    return {
        "Cookie": f"{authentication.cookie_name(settings)}={token}",
        "X-CSRF-Token": csrf.token_of(token),
        "Origin": settings.origin,
    }


_LOGIN = f"""
    DO $$ BEGIN CREATE ROLE {LOGIN} LOGIN NOINHERIT;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
    GRANT subsidy_employer, subsidy_bureau, subsidy_person, subsidy_auth, subsidy_worker TO {LOGIN};
"""
# Order 1 is the draft; notice n has order n + 1, for one of its employer's people.
_STATEMENTS = (
    """
    INSERT INTO employer (code, org_code, name, initialised_at)
    SELECT 75255 + n, lpad(n::text, 8, '0') || '0', '江门市第' || n || '有限公司', now() FROM generate_series(1, 2) n
    """,
    """
    INSERT INTO person (id_number, id_number_given, name, name_pinyin, mobile)
    SELECT lpad(n::text, 17, '0') || '0', lpad(n::text, 17, '0') || '0', '职工' || n, 'zhigong ' || lpad(n::text, 6, '0'),
           '139' || lpad(n::text, 8, '0')
    FROM generate_series(1, {people} + 1000) n
    """,
    """
    INSERT INTO employment (employer_id, person_id, rank, start_month, state)
    SELECT CASE WHEN id <= {people} THEN 1 ELSE 2 END, id, '科员', '2020-01-01', 'active' FROM person ORDER BY id
    """,
    """
    INSERT INTO file_amount (employment_id, employer_id, effective_month, amount_fen)
    SELECT id, employer_id, '2020-01-01', 50000 + id % 97 FROM employment ORDER BY id
    """,
    """
    INSERT INTO remittance_order (employer_id, kind, first_month, last_month, total_fen, line_count, person_count)
    SELECT 1, 'regular', month, month, (SELECT sum(amount_fen) FROM file_amount WHERE employer_id = 1), {people}, {people}
    FROM (SELECT date '2020-01-01' + make_interval(months => {months}) AS month) m
    """,
    """
    INSERT INTO order_line (order_id, employer_id, person_id, month, amount_fen, source)
    SELECT o.id, 1, e.person_id, o.first_month, f.amount_fen, 'file'
    FROM remittance_order o, employment e JOIN file_amount f ON f.employment_id = e.id
    WHERE e.employer_id = 1 ORDER BY e.person_id
    """,
    """
    INSERT INTO ledger_entry (person_id, employer_id, month, kind, amount_fen)
    SELECT e.person_id, e.employer_id, '2020-01-01'::date + make_interval(months => month), 'opening', f.amount_fen
    FROM employment e JOIN file_amount f ON f.employment_id = e.id, generate_series(0, {months} - 1) month
    ORDER BY month, e.person_id
    """,
    """
    INSERT INTO payment_notice (employer_id, employer_code, order_code, amount_fen)
    SELECT 1, '75256', translate(lpad(n::text, 4, '0'), '01', 'YZ'), 50000 + n FROM generate_series(1, {notices}) n
    """,
    """
    INSERT INTO remittance_order (employer_id, kind, first_month, last_month, state, total_fen, line_count, person_count,
                                  notice_id, submitted_at, decided_at)
    SELECT 1, 'lump_difference', '2020-01-01', '2020-01-01', 'approved', amount_fen, 1, 1, id, now(), now()
    FROM payment_notice ORDER BY id
    """,
    """
    INSERT INTO order_line (order_id, employer_id, person_id, month, amount_fen, source)
    SELECT id, 1, id, first_month, total_fen, 'designated' FROM remittance_order WHERE notice_id IS NOT NULL ORDER BY id
    """,
)
