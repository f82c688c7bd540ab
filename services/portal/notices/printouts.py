"""What can be taken away of a notice: the memo as a QR code, the slip to pay by, and the receipt of what was paid."""

from collections.abc import Sequence
from typing import Final

from aiohttp import web

from libsubsidy import NoticeState, uppercase_amount
from services.portal.calls import Call
from services.portal.downloads import file_answer
from services.portal.endpoints import Endpoints
from services.portal.notices.codes import memo_svg
from services.portal.notices.notices import own_notice
from services.portal.notices.printing import Data
from services.portal.pages import words
from services.portal.roles import BUREAU, EMPLOYERS
from services.store import accounts, employers, notice_lists, notices
from services.store.database import Connection
from services.store.notice_lists import Purpose
from services.store.notices import Notice
from services.store.refusals import refuse

printouts = Endpoints(tag="缴费通知 notices")

SVG: Final = "image/svg+xml"
PDF: Final = "application/pdf"
# The slip is one sheet, however many orders were joined.
USES_MAX: Final = 8
_NOBODY: Final = "（住建局还没有登记收款账户）"


@printouts.get("/notices/{notice_id}/memo.svg", who=EMPLOYERS | BUREAU, scope="notices:read", media=SVG)
async def memo_code(call: Call, notice_id: int) -> web.Response:
    """Draw the memo as a QR code (SVG): scanning it gives exactly the eleven characters."""
    notice = await own_notice(call, notice_id)
    return web.Response(body=memo_svg(notice.memo), content_type=SVG)


@printouts.get(
    "/notices/{notice_id}/slip.pdf",
    who=EMPLOYERS | BUREAU,
    scope="notices:read",
    transaction=False,
    media=PDF,
    also=(409,),
)
async def slip(call: Call, notice_id: int) -> web.Response:
    """Print a notice that waits to be paid on one sheet (PDF): payee, account, amount, memo and its QR code."""
    async with call.working(reads_only=True) as connection:
        notice = await own_notice(call, notice_id, connection)
        if notice.state is not NoticeState.AWAITING:
            raise refuse("NOTICE_NOTHING_DUE", memo=str(notice.memo), state_zh=notices.STATES_ZH[notice.state])
        data = {**await _around(call, connection, notice), **await _slip(connection, notice)}
    pdf = await call.portal.printer.pdf("slip", data, call.now)
    return file_answer(pdf, f"缴款单 {notice.memo}", ".pdf", PDF)


@printouts.get(
    "/notices/{notice_id}/receipt.pdf",
    who=EMPLOYERS | BUREAU,
    scope="notices:read",
    transaction=False,
    media=PDF,
    also=(409,),
)
async def receipt(call: Call, notice_id: int) -> web.Response:
    """Print the receipt of a notice that was paid and credited (PDF)."""
    async with call.working(reads_only=True) as connection:
        notice = await own_notice(call, notice_id, connection)
        payment = await notices.payment(connection, notice_id)
        if payment is None:
            raise refuse("NOTICE_NOT_CREDITED", memo=str(notice.memo), state_zh=notices.STATES_ZH[notice.state])
        uses = (await notice_lists.purposes(connection, [notice_id])).get(notice_id, ())
        data = {
            **await _around(call, connection, notice),
            "paid_on": "—" if payment.paid_on is None else words.day(payment.paid_on),
            "settled_at": words.moment(payment.settled_at),
            "orders": [_row(use) for use in uses],
            "people": f"{sum(use.people for use in uses):,}",
        }
    pdf = await call.portal.printer.pdf("receipt", data, call.now)
    return file_answer(pdf, f"缴款回单 {notice.memo}", ".pdf", PDF)


async def _around(call: Call, connection: Connection, notice: Notice) -> dict[str, str]:
    employer = await employers.get(connection, notice.employer_id)
    payee = await accounts.payee(connection, notice.currency)
    return {
        "employer": employer.name,
        "employer_code": employer.code,
        "memo": str(notice.memo),
        "amount": words.grouped(notice.amount),
        "uppercase": uppercase_amount(notice.amount),
        "payee_name": _NOBODY if payee is None else payee.name,
        "payee_account": "" if payee is None else payee.number,
        "payee_bank": "" if payee is None else payee.bank_name,
        "printed_at": words.moment(call.now),
    }


async def _slip(connection: Connection, notice: Notice) -> Data:
    uses = (await notice_lists.purposes(connection, [notice.id])).get(notice.id, ())
    return {
        "code": memo_svg(notice.memo).decode(),
        "uses": [*map(_use, uses[:USES_MAX]), *([f"等 {len(uses)} 笔"] if len(uses) > USES_MAX else [])],
        "issued_at": words.moment(notice.created_at),
    }


def _use(use: Purpose) -> str:
    return f"{words.months(use.months)} {words.ORDER_KINDS[use.kind]}，{use.people:,} 人，{words.grouped(use.total)} 元"


def _row(use: Purpose) -> Sequence[str]:
    kind = words.ORDER_KINDS[use.kind]
    return str(use.order_id), words.months(use.months), kind, f"{use.people:,}", words.grouped(use.total)
