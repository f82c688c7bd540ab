"""Paying withdrawals as calls, for the bureau's finance: by another person than the approver, and never by a token (F114).

And 期初余额确认: which openings are money on the fund's account, so that they can be withdrawn (design §12).
"""

from datetime import date

import attrs

from libsubsidy import Money
from services.portal.calls import Call
from services.portal.cursors import Page, PageQuery, page_of
from services.portal.endpoints import Endpoints
from services.portal.roles import AUDITORS, CHECKERS, FINANCE
from services.portal.wire import Id
from services.portal.withdrawals.views import WithdrawalView, withdrawal_view
from services.portal.withdrawals.withdrawals import placed
from services.store import opening_confirmations, withdrawal_payments
from services.store.opening_confirmations import Unconfirmed
from services.store.withdrawal_payments import Seen
from services.store.withdrawals import WithdrawalApplication

withdrawal_desk = Endpoints(tag="支取支付 payments of withdrawals")


@attrs.frozen(kw_only=True)
class SeenWithdrawal:
    """The withdrawal as it was seen."""

    version: int


@attrs.frozen(kw_only=True)
class BookedWithdrawal:
    """What the bank says.

    Attributes:
        version: of the withdrawal, as it was seen.
        booked: the day on which the bank has booked it.
        bank_reference: 银行流水号; may be empty.
    """

    version: int
    booked: date
    bank_reference: str = ""


@attrs.frozen(kw_only=True)
class WithdrawalNote:
    """Why; the employer reads it."""

    version: int
    reason: str


@attrs.frozen(kw_only=True)
class UnconfirmedOpenings:
    """The openings of an employer that finance has not confirmed.

    Attributes:
        id: of the employer.
        people: how many there are.
        amount: what they come to.
    """

    id: Id
    code: str
    name: str
    people: int
    amount: Money


@attrs.frozen(kw_only=True)
class OpeningsConfirmation:
    """Openings whose money is on the fund's account.

    Attributes:
        amount: what they came to when they were seen.
    """

    employer_id: Id
    amount: Money


@attrs.frozen(kw_only=True)
class ConfirmedOpenings:
    """How many people's openings can be withdrawn now."""

    people: int


@withdrawal_desk.post("/withdrawals/{withdrawal_id}/pay", who=FINANCE)
async def pay(call: Call, withdrawal_id: int, body: SeenWithdrawal) -> WithdrawalView:
    """Tell that the bank has been asked to pay; who has approved it is refused."""
    return _view(await withdrawal_payments.pay(call.connection, Seen(withdrawal_id, body.version)))


@withdrawal_desk.post("/withdrawals/{withdrawal_id}/paid", who=FINANCE, refused=placed)
async def note_paid(call: Call, withdrawal_id: int, body: BookedWithdrawal) -> WithdrawalView:
    """Note that the bank has booked the payment: it leaves the employee's ledger at once."""
    seen = Seen(withdrawal_id, body.version)
    return _view(
        await withdrawal_payments.succeed(call.connection, seen, body.booked, body.bank_reference, today=call.today)
    )


@withdrawal_desk.post("/withdrawals/{withdrawal_id}/failed", who=FINANCE)
async def note_failed(call: Call, withdrawal_id: int, body: WithdrawalNote) -> WithdrawalView:
    """Note that the bank has refused the payment; the money stays reserved until it is paid again or given back."""
    return _view(await withdrawal_payments.fail(call.connection, Seen(withdrawal_id, body.version), body.reason))


@withdrawal_desk.post("/withdrawals/{withdrawal_id}/bounced", who=FINANCE)
async def note_bounced(call: Call, withdrawal_id: int, body: WithdrawalNote) -> WithdrawalView:
    """Note that the bank has sent a payment back that it had booked (退票): the money is on the ledger again, and reserved."""
    return _view(await withdrawal_payments.bounce(call.connection, Seen(withdrawal_id, body.version), body.reason))


@withdrawal_desk.post("/withdrawals/{withdrawal_id}/retry", who=FINANCE)
async def retry(call: Call, withdrawal_id: int, body: SeenWithdrawal) -> WithdrawalView:
    """Let what has failed be paid again."""
    return _view(await withdrawal_payments.retry(call.connection, Seen(withdrawal_id, body.version)))


@withdrawal_desk.post("/withdrawals/{withdrawal_id}/give-back", who=FINANCE)
async def give_back(call: Call, withdrawal_id: int, body: WithdrawalNote) -> WithdrawalView:
    """Give the money back to the balance, with the reason; the employer may ask anew."""
    return _view(await withdrawal_payments.give_back(call.connection, Seen(withdrawal_id, body.version), body.reason))


@withdrawal_desk.get("/opening-confirmations", who=FINANCE | AUDITORS, scope="withdrawals:read")
async def list_unconfirmed(call: Call, query: PageQuery) -> Page[UnconfirmedOpenings]:
    """List the employers whose openings wait for finance, with what they come to."""
    found = await opening_confirmations.waiting(call.connection, after=query.after_id() or 0, limit=query.limit + 1)
    return page_of(found, query, _unconfirmed, lambda each: (each.employer_id,))


@withdrawal_desk.post("/opening-confirmations", who=CHECKERS)
async def confirm_openings(call: Call, body: OpeningsConfirmation) -> ConfirmedOpenings:
    """Confirm that the money of an employer's openings is on the fund's account, so that it can be withdrawn."""
    people = await opening_confirmations.confirm(call.connection, body.employer_id, body.amount)
    return ConfirmedOpenings(people=people)


def _view(found: WithdrawalApplication) -> WithdrawalView:
    return withdrawal_view(found, whole=True)


def _unconfirmed(found: Unconfirmed) -> UnconfirmedOpenings:
    return UnconfirmedOpenings(
        id=Id(found.employer_id),
        code=found.employer_code,
        name=found.employer_name,
        people=found.people,
        amount=found.amount,
    )
