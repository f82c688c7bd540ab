"""缴费通知: what an employer has to pay, and what to write in the bank's form so that it is recognised (F97-F103)."""

from datetime import date, datetime
from functools import partial

import attrs

from libsubsidy import Memo, Money, NoticeState, uppercase_amount
from services.portal.calls import Call
from services.portal.cursors import Page, PageQuery, page_of
from services.portal.endpoints import Endpoints
from services.portal.notices import progress as progresses
from services.portal.orders.views import OrderView, order_view
from services.portal.roles import BUREAU, EMPLOYERS
from services.portal.timelines import Timeline, timeline
from services.portal.wire import Id
from services.store import accounts, notice_lists, timelines
from services.store import notices as stored
from services.store import orders as stored_orders
from services.store.accounts import Payee
from services.store.database import Connection
from services.store.notices import STATES_ZH, Notice
from services.store.refusals import absent

notices = Endpoints(tag="缴费通知 notices")


@attrs.frozen(kw_only=True)
class NoticesQuery(PageQuery):
    """Which notices.

    Attributes:
        state: only those in this state.
        employer_id: whose; an employer sees its own in any case.
    """

    state: NoticeState | None = None
    employer_id: Id | None = None


@attrs.frozen(kw_only=True)
class NoticeRow:
    """A notice in a list.

    Attributes:
        memo: what the transfer's memo must begin with.
        amount: what is to be paid, exactly and in one transfer.
        merged_into: the notice that asks for this money now; this memo settles nothing any more.
        decided_at: when it was paid, cancelled or merged.
    """

    id: Id
    employer_id: Id
    memo: Memo
    amount: Money
    currency: str
    state: NoticeState
    state_zh: str
    merged_into: Id | None
    created_at: datetime
    decided_at: datetime | None


@attrs.frozen(kw_only=True)
class PayeeView:
    """The bureau's account.

    Attributes:
        name: 收款人户名.
        account: 收款账号.
        bank: 收款人开户行; empty when it was not registered.
    """

    name: str
    account: str
    bank: str


@attrs.frozen(kw_only=True)
class FormField:
    """One field of a bank's transfer form."""

    label_zh: str
    label_en: str
    value: str
    hint_zh: str
    hint_en: str


@attrs.frozen(kw_only=True)
class NoticeView:
    """A notice with everything that paying it needs.

    Attributes:
        memo: what the transfer's memo must begin with.
        amount: what is to be paid, exactly and in one transfer.
        amount_zh: the same in capital characters (大写), without 人民币 before it.
        payee: where to; null while the bureau has registered no account.
        bank_form: what to write where, field by field; empty once nothing is to be paid any more.
        orders: what the money is for; of one that was joined, what it was for until then.
        merged_into: the notice that asks for this money now; this memo settles nothing any more.
        paid_on: the day on which the bank booked the money; null while none came.
        settled_at: when it was credited to the employees' ledgers.
        decided_at: when it was paid, cancelled or merged.
    """

    id: Id
    memo: Memo
    amount: Money
    amount_zh: str
    currency: str
    state: NoticeState
    state_zh: str
    payee: PayeeView | None
    bank_form: tuple[FormField, ...]
    orders: tuple[OrderView, ...]
    merged_into: Id | None
    paid_on: date | None
    settled_at: datetime | None
    created_at: datetime
    decided_at: datetime | None


@notices.get("/notices", who=EMPLOYERS | BUREAU, scope="notices:read")
async def list_notices(call: Call, query: NoticesQuery) -> Page[NoticeRow]:
    """List the employer's notices, the newest first; the bureau lists those of all employers, or of one."""
    own = call.identity.employer_id
    whose = query.employer_id if own is None else own
    of = notice_lists.newest if whose is None else partial(stored.of_employer, employer_id=whose)
    found = await of(call.connection, state=query.state, before=query.after_id(), limit=query.limit + 1)
    return page_of(found, query, _row, lambda notice: (notice.id,))


@notices.get("/notices/{notice_id}", who=EMPLOYERS | BUREAU, scope="notices:read")
async def get_notice(call: Call, notice_id: int) -> NoticeView:
    """Show a notice: what to pay, where to, and with which memo."""
    notice = await own_notice(call, notice_id)
    payee = await accounts.payee(call.connection, notice.currency)
    paid = await stored.payment(call.connection, notice_id)
    found = await stored_orders.of_notice(call.connection, notice_id)
    return NoticeView(
        id=Id(notice.id),
        memo=notice.memo,
        amount=notice.amount,
        amount_zh=uppercase_amount(notice.amount),
        currency=notice.currency,
        state=notice.state,
        state_zh=STATES_ZH[notice.state],
        payee=None if payee is None else PayeeView(name=payee.name, account=payee.number, bank=payee.bank_name),
        bank_form=() if payee is None or notice.state is not NoticeState.AWAITING else _bank_form(notice, payee),
        orders=tuple(order_view(order) for order in found),
        merged_into=None if notice.merged_into is None else Id(notice.merged_into),
        paid_on=None if paid is None else paid.paid_on,
        settled_at=None if paid is None else paid.settled_at,
        created_at=notice.created_at,
        decided_at=notice.decided_at,
    )


@notices.get("/notices/{notice_id}/timeline", who=EMPLOYERS | BUREAU, scope="notices:read")
async def get_timeline(call: Call, notice_id: int) -> Timeline:
    """Tell what happened to a notice and its orders: when, by whom, why."""
    notice = await own_notice(call, notice_id)
    progress = await progresses.of_notice(call.connection, notice)
    return timeline(await timelines.of_notice(call.connection, notice_id), progress)


async def own_notice(call: Call, notice_id: int, connection: "Connection | None" = None) -> Notice:
    """Return the notice if it is the asker's: beside row security, so that neither alone is trusted.

    A call without a transaction of its own gives the connection.

    Raises:
        RefusedError: ABSENT.
    """
    notice = await stored.get(connection or call.connection, notice_id)
    if call.identity.employer_id not in {None, notice.employer_id}:
        raise absent("缴费通知", "payment notice", notice_id)
    return notice


def _row(notice: Notice) -> NoticeRow:
    return NoticeRow(
        id=Id(notice.id),
        employer_id=Id(notice.employer_id),
        memo=notice.memo,
        amount=notice.amount,
        currency=notice.currency,
        state=notice.state,
        state_zh=STATES_ZH[notice.state],
        merged_into=None if notice.merged_into is None else Id(notice.merged_into),
        created_at=notice.created_at,
        decided_at=notice.decided_at,
    )


def _bank_form(notice: Notice, payee: Payee) -> tuple[FormField, ...]:
    bank = FormField(label_zh="收款人开户行", label_en="payee's bank", value=payee.bank_name, hint_zh="", hint_en="")
    return (
        FormField(label_zh="收款人户名", label_en="payee", value=payee.name, hint_zh="", hint_en=""),
        FormField(label_zh="收款账号", label_en="payee's account", value=payee.number, hint_zh="", hint_en=""),
        *((bank,) if payee.bank_name else ()),
        FormField(
            label_zh="金额",
            label_en="amount",
            value=str(notice.amount),
            hint_zh="一笔付清，一分不差：多付、少付或分开付都会被原路退回。",
            hint_en="Exactly this, in one transfer: more, less or parts of it are refunded.",
        ),
        FormField(
            label_zh="摘要（附言）",
            label_en="memo",
            value=str(notice.memo),
            hint_zh="必须写在摘要的最前面，前面不能有任何文字或空格；后面可以任意添加文字。",
            hint_en="At the very beginning, with nothing and no blank before it; any text may follow.",
        ),
    )
