"""支取申请 as calls: asking, handing in anew, lists, and what can be withdrawn (F113-F115).

To approve, return, reject, retract, and hand in what a colleague has prepared are the calls of every application
(``/applications/application-17/…``); to pay is finance's (`payments`).
"""

from http import HTTPStatus

import attrs

from libsubsidy import TypedWithdrawal, WithdrawalState
from libsubsidy.withdrawal_reasons import offered
from services.portal.calls import Call
from services.portal.cursors import Page, PageQuery, page_of
from services.portal.endpoints import Endpoints
from services.portal.problems import Found, Problem
from services.portal.roles import AUDITORS, EMPLOYEES, EMPLOYERS, FINANCE, REVIEWERS
from services.portal.wire import Id
from services.portal.withdrawals.views import (
    FundsView,
    PaymentView,
    ReasonView,
    WithdrawalView,
    funds_view,
    payment_view,
    reason_view,
    withdrawal_view,
)
from services.store import withdrawal_funds, withdrawal_payments, withdrawal_requests
from services.store import withdrawals as store
from services.store.refusals import RefusedError
from services.store.withdrawals import Wanted, WithdrawalApplication

withdrawals = Endpoints(tag="支取申请 withdrawals")

READERS = EMPLOYERS | REVIEWERS | FINANCE | AUDITORS


@attrs.frozen(kw_only=True)
class WithdrawalsQuery(PageQuery):
    """Which withdrawals.

    Attributes:
        state: only those that are so far.
        search: a part of the employee's name, or the beginning of the ID number.
    """

    state: WithdrawalState | None = None
    search: str = ""


@attrs.frozen(kw_only=True)
class NewWithdrawal:
    """What is asked for: texts as typed, so that every one that is wrong is told at once.

    Attributes:
        reason: code of a 支取原因, of ``GET /withdrawal-reasons``.
        amount: 支取金额 in yuan.
        payee_name: 收款人: the employee; with the reason 死亡 an heir.
        payee_bank: 开户银行.
        payee_account: 银行账号, 12 to 32 digits.
        remark: 备注.
        attachments: files uploaded for ``withdrawal``; each slot that is required needs one (F115).
    """

    employee_id: Id
    reason: str
    amount: str
    payee_name: str
    payee_bank: str
    payee_account: str
    remark: str = ""
    attachments: tuple[Id, ...] = ()


@attrs.frozen(kw_only=True)
class WithdrawalAgain:
    """What is handed in anew, for the same employee.

    Attributes:
        version: of the withdrawal, as it was seen.
        attachments: all of its files, those that stay included.
    """

    version: int
    reason: str
    amount: str
    payee_name: str
    payee_bank: str
    payee_account: str
    remark: str = ""
    attachments: tuple[Id, ...] = ()


@attrs.frozen(kw_only=True)
class WithdrawalDetail:
    """A withdrawal with everything about it.

    Attributes:
        payments: every try to pay it, for the bureau.
    """

    withdrawal: WithdrawalView
    payments: tuple[PaymentView, ...]


@attrs.frozen(kw_only=True)
class Reasons:
    """支取原因, those that can be chosen."""

    items: tuple[ReasonView, ...]


@attrs.frozen(kw_only=True)
class OwnWithdrawals:
    """What an employee's own account has, and what was asked for of it, the newest first."""

    funds: FundsView
    items: tuple[WithdrawalView, ...]


async def placed(call: Call, refused: RefusedError) -> None:
    """Say where in the request each field is that is wrong.

    Raises:
        Problem: always: the refusal itself, with the places.
    """
    del call
    problem = Problem.from_violations(refused.violations, total=refused.total)
    found = [Found(violation=each.violation, pointer=_pointer(each)) for each in problem.found]
    raise Problem(problem.status, found, total=problem.total) from refused


def _pointer(found: Found) -> str:
    field = found.violation.params.get("field")
    if field is None:
        return "/attachments" if found.violation.code.startswith("ATTACHMENT") else ""
    return f"/{field}"


@withdrawals.get("/withdrawals", who=READERS, scope="withdrawals:read")
async def list_withdrawals(call: Call, query: WithdrawalsQuery) -> Page[WithdrawalView]:
    """List withdrawals, the last one asked for first: an employer's own ones, for the bureau everybody's."""
    wanted = Wanted(employer_id=call.identity.employer_id, state=query.state, text=query.search)
    found = await store.matching(call.connection, wanted, before=query.after_id(), limit=query.limit + 1)
    return page_of(found, query, withdrawal_view, lambda each: (each.id,))


@withdrawals.get("/withdrawals/{withdrawal_id}", who=READERS, scope="withdrawals:read")
async def get_withdrawal(call: Call, withdrawal_id: int) -> WithdrawalDetail:
    """Show a withdrawal; its payee's account whole, but for the auditor."""
    found = await store.get(call.connection, withdrawal_id)
    tries: tuple[PaymentView, ...] = ()
    if call.identity.employer_id is None:
        tries = tuple(map(payment_view, await withdrawal_payments.payments_of(call.connection, withdrawal_id)))
    return WithdrawalDetail(withdrawal=_whole(call, found), payments=tries)


@withdrawals.post(
    "/withdrawals",
    who=EMPLOYERS,
    scope="withdrawals:write",
    status=HTTPStatus.CREATED,
    location="/withdrawals/{id}",
    creates=True,
    refused=placed,
)
async def ask(call: Call, body: NewWithdrawal) -> WithdrawalView:
    """Ask for money of an employee's account; it is reserved from now on, until it is paid, refused or taken back."""
    found = await withdrawal_requests.ask(
        call.connection,
        call.employer_id,
        body.employee_id,
        _typed(body),
        attachments=body.attachments,
        today=call.today,
        policy=call.portal.policy,
    )
    return withdrawal_view(found, whole=True)


@withdrawals.put("/withdrawals/{withdrawal_id}", who=EMPLOYERS, scope="withdrawals:write", refused=placed)
async def ask_again(call: Call, withdrawal_id: int, body: WithdrawalAgain) -> WithdrawalView:
    """Hand in anew what was returned or retracted, or mend what waits for a colleague."""
    found = await withdrawal_requests.ask_again(
        call.connection,
        withdrawal_id,
        body.version,
        _typed(body),
        attachments=body.attachments,
        today=call.today,
        policy=call.portal.policy,
    )
    return withdrawal_view(found, whole=True)


@withdrawals.get("/withdrawal-reasons", who=READERS, scope="withdrawals:read")
async def list_reasons(call: Call) -> Reasons:
    """List the reasons that can be chosen, with the papers that each one needs."""
    return Reasons(items=tuple(map(reason_view, offered(await store.reasons(call.connection)))))


@withdrawals.get("/employees/{employee_id}/withdrawable", who=EMPLOYERS, scope="withdrawals:read")
async def get_withdrawable(call: Call, employee_id: int) -> FundsView:
    """Show what can be withdrawn of an employee's account, and what it is made of."""
    return funds_view(await withdrawal_funds.funds_of(call.connection, call.employer_id, employee_id, today=call.today))


@withdrawals.get("/me/withdrawals", who=EMPLOYEES, scope="ledger:read")
async def get_own_withdrawals(call: Call) -> OwnWithdrawals:
    """Show what was asked for of the employee's own account, by whichever employer, and what can be withdrawn."""
    person_id = call.identity.person_id
    assert person_id is not None  # noqa: S101 -- an employee has one; the table of users enforces it.
    return OwnWithdrawals(
        funds=funds_view(await withdrawal_funds.own_funds(call.connection, person_id)),
        items=tuple(map(withdrawal_view, await store.of_person(call.connection, person_id))),
    )


def _whole(call: Call, found: WithdrawalApplication) -> WithdrawalView:
    return withdrawal_view(found, whole=call.identity.role not in AUDITORS)


def _typed(body: NewWithdrawal | WithdrawalAgain) -> TypedWithdrawal:
    return TypedWithdrawal(
        reason=body.reason,
        amount=body.amount,
        payee_name=body.payee_name,
        payee_bank=body.payee_bank,
        payee_account=body.payee_account,
        remark=body.remark,
    )
