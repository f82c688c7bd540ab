"""What ledgers have beside this month's money: openings that finance confirms, a past that is itemised, withdrawals.

Openings come with the data of the old system. Everything else goes through the portal, by the rules that everybody has: one
backfill is approved; of two withdrawals one waits for the reviewer, and one for finance.
"""

from typing import Any, Final

from demo.employers import SCHOOL_CODE
from demo.guest import Guest, guest
from demo.orders import BUREAU, Dues
from libsubsidy import Money, Month
from services.store import employers, posting
from services.store.database import Connection, Pool, working
from services.store.posting import OpeningBalance

_ITEMISED: Final = 2


async def act(pool: Pool, address: str, password: str, dues: Dues) -> None:
    """Let everybody do what they do; `password` is everybody's."""
    async with working(pool, BUREAU) as connection:
        await _open(connection, SCHOOL_CODE)
        # One employer's wait for finance.
        await _open(connection, dues.small[0].memo.employer_code)
    async with guest(address) as school, guest(address) as reviewer, guest(address) as checker:
        for somebody, login in ((school, SCHOOL_CODE), (reviewer, "SHENHE"), (checker, "CAIWU2")):
            await somebody.log_in(login, password)
        await _confirm(checker)
        one, two = (await school.ask("GET", "/employees", params={"limit": "2"}))["items"]
        await _approve(reviewer, await _itemise(school, one["id"]))
        await _withdraw(school, one["id"], reason="01", amount="6000")
        asked = await _withdraw(school, two["id"], reason="07", amount="2500.50")
        await _approve(reviewer, asked)


async def _open(connection: Connection, code: str) -> None:
    """Bring the balances of an employer's people along, as many months as they were paid for."""
    employer = await employers.find(connection, code)
    assert employer is not None  # noqa: S101 -- the fund has been set up.
    rows = await connection.fetch(
        """
        SELECT DISTINCT ON (e.person_id) e.person_id, e.paid_through, e.opening_periods * f.amount_fen AS fen
        FROM employment e JOIN file_amount f ON f.employment_id = e.id
        WHERE e.employer_id = $1 AND e.opening_periods > 0 ORDER BY e.person_id, f.effective_month
        """,
        employer.id,
    )
    balances = {
        row["person_id"]: OpeningBalance(month=Month.of(row["paid_through"]), amount=Money(fen=row["fen"]))
        for row in rows
    }
    await posting.open_balances(connection, employer.id, balances)


async def _confirm(checker: Guest) -> None:
    """期初余额确认 of the school's."""
    waiting = (await checker.ask("GET", "/opening-confirmations"))["items"]
    (school,) = (each for each in waiting if each["code"] == SCHOOL_CODE)
    await checker.ask("POST", "/opening-confirmations", json={"employer_id": school["id"], "amount": school["amount"]})


async def _itemise(school: Guest, employee_id: str) -> str:
    """缴款历史补录 of the last months of an opening; gives the application."""
    employee = await school.ask("GET", f"/employees/{employee_id}")
    last = Month.parse(employee["paid_through"])
    rows = [
        {
            "id_number": employee["id_number"],
            "name": employee["name"],
            "month": str(last - behind),
            "amount": employee["monthly_amount"],
            "voucher": f"记-{_ITEMISED - behind}",
        }
        for behind in reversed(range(_ITEMISED))
    ]
    asked = {"rows": rows, "attachments": await school.hand_in("backfill")}
    made: dict[str, Any] = await school.ask("POST", "/backfills", json=asked)
    return str(made["id"])


async def _withdraw(school: Guest, employee_id: str, *, reason: str, amount: str) -> str:
    """支取申请 to the employee's own account; gives the application."""
    employee = await school.ask("GET", f"/employees/{employee_id}")
    asked = {
        "employee_id": employee_id,
        "reason": reason,
        "amount": amount,
        "payee_name": employee["name"],
        "payee_bank": "示范市商业银行学府路支行",
        "payee_account": f"62170099900001{employee_id:0>5}",
        "attachments": await school.hand_in("withdrawal"),
    }
    made: dict[str, Any] = await school.ask("POST", "/withdrawals", json=asked)
    return str(made["application"])


async def _approve(reviewer: Guest, application: str) -> None:
    version = (await reviewer.ask("GET", f"/applications/{application}"))["application"]["version"]
    await reviewer.ask("POST", f"/applications/{application}/approve", json={"version": version})
