"""A made-up fund to reconcile against: employers, employees, and approved orders that wait for their money."""

import attrs

from services.store.accounts import register_account
from services.store.database import Connection

ACCOUNT = "6222020000000000001"
SOURCE = "demo-bank"
# Employers remit every month, so that in the end each has many orders; people are as many as order lines, within reason.
EMPLOYERS_MAX = 5_000
PEOPLE_MAX = 200_000
_FILL_SECONDS_MAX = 600.0


@attrs.frozen(kw_only=True)
class Fund:
    """How large it is: open orders, each with a notice of its own, and employees in each order."""

    orders: int
    employees: int

    @property
    def employers(self) -> int:
        """How many employers the orders belong to."""
        return min(self.orders, EMPLOYERS_MAX)

    @property
    def people(self) -> int:
        """How many people the orders' lines name."""
        return min(max(self.orders * self.employees, 1), max(PEOPLE_MAX, self.employees))

    def __str__(self) -> str:
        each = "employee" if self.employees == 1 else "employees"
        return f"{self.orders:,} open orders of {self.employees:,} {each}"


async def fill(connection: Connection, fund: Fund) -> int:
    """Fill an empty database and return the id of the bureau's account.

    The orders are put where a month of work would have brought them; how they got there is not what is measured, so
    triggers and foreign keys are passed over.
    """
    await connection.execute("SET session_replication_role = replica")
    for statement in _STATEMENTS:
        await connection.execute(
            statement.format(
                employers=fund.employers, people=fund.people, orders=fund.orders, employees=fund.employees
            ),
            timeout=_FILL_SECONDS_MAX,
        )
    await connection.execute("RESET session_replication_role")
    account_id = await register_account(connection, number=ACCOUNT, name="住房补贴专户", source=SOURCE)
    await connection.execute("VACUUM ANALYZE", timeout=_FILL_SECONDS_MAX)
    return account_id


# Order n is the (n-1)/employers-th of its employer; its code counts in the 31 letters and digits of order codes.
_STATEMENTS = (
    """
    INSERT INTO employer (code, org_code, name)
    SELECT 10000 + n - 1, lpad(n::text, 8, '0') || '0', '江门市第' || n || '有限公司' FROM generate_series(1, {employers}) n
    """,
    """
    INSERT INTO person (id_number, id_number_given, name)
    SELECT lpad(n::text, 17, '0') || '0', lpad(n::text, 17, '0') || '0', '职工' || n FROM generate_series(1, {people}) n
    """,
    """
    INSERT INTO payment_notice (employer_id, employer_code, order_code, amount_fen)
    SELECT (n - 1) % {employers} + 1, 10000 + (n - 1) % {employers},
           (SELECT string_agg(substr('ABCDEFGHJKLMNPQRSTUVWYZ23456789', ((n - 1) / {employers} / power % 31 + 1)::int, 1), ''
                              ORDER BY k DESC)
            FROM (SELECT k, (31 ^ k)::bigint AS power FROM generate_series(0, 3) k) digit),
           50000 * {employees} + n % 97
    FROM generate_series(1, {orders}) n
    """,
    """
    INSERT INTO remittance_order (employer_id, kind, first_month, last_month, state, total_fen, line_count, person_count,
                                  notice_id)
    SELECT employer_id, 'regular', '2026-01-01', '2026-01-01', 'approved', amount_fen, {employees}, {employees}, id
    FROM payment_notice ORDER BY id
    """,
    """
    INSERT INTO order_line (order_id, employer_id, person_id, month, amount_fen, source)
    SELECT o.id, o.employer_id, ((o.id - 1) * {employees} + k) % {people} + 1, o.first_month,
           50000 + CASE k WHEN 0 THEN o.id % 97 ELSE 0 END, 'file'
    FROM remittance_order o, generate_series(0, {employees} - 1) k ORDER BY o.id, k
    """,
)
