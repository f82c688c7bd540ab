"""What has begun and is not finished: so that every desk of the demonstration has something on it.

A new employer registers and waits for the reviewer; a change was returned with its reason, another waits; the administrator
of the school has written notes. Everything goes through the portal, by the rules that everybody has.
"""

import re
from typing import Final

from demo.employers import SCHOOL_CODE
from demo.guest import Guest, guest
from libsubsidy import CreditCode, Month, OrganizationCode
from services.store.database import Actor, Connection, Pool, Role, working

_BOX: Final = Actor(role=Role.AUTH, name="demo", origin="demo")
_MOBILE: Final = "13900000001"
_CODE: Final = re.compile(r"[0-9]{6}")
_NOTES: Final = (
    "月底前完成本月汇缴申请；金额有变的先办“职工信息变更”。",
    "缴费时摘要照抄 11 个字符，例如 75256xA7W5o，后面可以写“九月补贴”。",
)
_CARD: Final = {
    "name": "示范市青少年活动中心",
    "credit_code": str(CreditCode.of_body(f"12999900{OrganizationCode.of_body('PDY09002')}")),
    "kind": "institution",
    "address": "示范市光明路 12 号",
    "legal_representative": "何文博",
    "contact_name": "许嘉怡",
    "refund_account_name": "示范市青少年活动中心",
    "refund_account_number": "62170099900000090021",
    "refund_bank_name": "示范市商业银行光明路支行",
    "supervising_authority": "示范市教育局",
}


async def act(pool: Pool, address: str, password: str, *, month: Month) -> None:
    """Let everybody begin what they begin; `password` is everybody's."""
    async with guest(address) as newcomer:
        await _register(newcomer, pool)
    async with guest(address) as school, guest(address) as reviewer:
        await school.log_in(SCHOOL_CODE, password)
        await reviewer.log_in("SHENHE", password)
        for contents in _NOTES:
            await school.ask("POST", "/notes", json={"contents": contents})
        await _be_returned(school, reviewer, month)
        await _ask_for_a_change(school)


async def _register(newcomer: Guest, pool: Pool) -> None:
    """注册新单位, up to 立即提交."""
    await newcomer.ask("POST", "/registrations/codes", json={"mobile": _MOBILE, "purpose": "registration"})
    async with working(pool, _BOX) as connection:
        code = await _code_of(connection)
    proof = {"mobile": _MOBILE, "purpose": "registration", "code": code}
    begun = (await newcomer.ask("POST", "/registrations/session", json=proof))["registration"]
    files = await newcomer.hand_in("registration", "/registrations/attachments")
    form = {"version": begun["version"], "card": _CARD, "attachments": files}
    await newcomer.ask("POST", f"/registrations/{begun['id']}/submit", json=form)


async def _code_of(connection: Connection) -> str:
    """Read the message as its receiver would; here it waits in the development box."""
    text = await connection.fetchval("SELECT text FROM sms_message WHERE mobile = $1 ORDER BY id DESC LIMIT 1", _MOBILE)
    found = _CODE.search(text or "")
    assert found is not None, "no code has come"  # noqa: S101 -- the call before has sent one.
    return found[0]


async def _be_returned(school: Guest, reviewer: Guest, month: Month) -> None:
    """职工信息变更, returned with a reason."""
    employees = await school.ask("GET", "/employees", params={"limit": "1"})
    asked = {
        "employee_id": employees["items"][0]["id"],
        "after": {"monthly_amount": "655.50"},
        "effective_month": str(month + 1),
        "remark": "职级晋升",
        "attachments": await school.hand_in("employee_change"),
    }
    change = await school.ask("POST", "/employee-changes", json=asked)
    reason = {"version": change["version"], "reason": "任职文件看不清公章，请重新拍照上传。"}
    await reviewer.ask("POST", f"/applications/application-{change['id']}/return", json=reason)


async def _ask_for_a_change(school: Guest) -> None:
    """单位信息变更, which waits for the reviewer."""
    asked = {
        "after": {"address": "示范市学府路 1 号", "legal_representative": "诸葛浩然"},
        "remark": "校址搬迁",
        "attachments": await school.hand_in("employer_change"),
    }
    await school.ask("POST", "/employer-changes", json=asked)
