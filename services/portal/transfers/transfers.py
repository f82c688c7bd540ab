"""The calls of 员工转入/转出: start, look at, accept, refuse, withdraw; find the employer to transfer to (F66-F74).

Both employers see a transfer. The new one is told name, ID number and attachments of who is on the way, and nothing else of
the person; what it sets on accepting is its own.
"""

import enum
from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

import attrs

from libsubsidy import Money, Month, Terms, TransferState
from services.portal.calls import Call
from services.portal.cursors import Page, PageQuery, page_of
from services.portal.endpoints import Endpoints
from services.portal.problems import Problem
from services.portal.roles import EMPLOYERS
from services.portal.wire import Id
from services.store import transfer_answers, transfer_starts, transfer_targets
from services.store import transfers as store
from services.store.refusals import RefusedError
from services.store.transfer_starts import NewTransfers
from services.store.transfer_targets import TransferTarget
from services.store.transfers import STATES_ZH, Seen, Transfer, Wanted

transfers = Endpoints(tag="转入转出 transfers")

# Fifty thousand ids.
_START_BYTES_MAX: Final = 2 * 1024 * 1024
_SECONDS_MAX: Final = 60.0
# Where what is wrong with the terms was typed.
_FIELDS: Final[Mapping[str, str]] = {
    "TRANSFER_RANK_TOO_LONG": "/rank",
    "TRANSFER_AMOUNT_NOT_POSITIVE": "/amount",
    "TRANSFER_START_TOO_EARLY": "/start_month",
    "TRANSFER_START_TOO_FAR": "/start_month",
}


class Direction(enum.Enum):
    """Seen from the asker: people coming in, or going out."""

    IN = "in"
    OUT = "out"


@attrs.frozen(kw_only=True)
class EmployerNamed:
    """An employer as others know it.

    Attributes:
        code: 单位交易代码.
    """

    id: Id
    code: str
    name: str


@attrs.frozen(kw_only=True)
class TransferView:
    """One person on the way from one employer to another.

    Attributes:
        employee_id: of the person; null for the new employer until the person is there.
        id_number: whole for whoever employs the person and while the transfer waits for the new employer; with stars in lists
            and otherwise.
        effective: the month from which the old employer is blocked.
        answer_until: the last day on which the new employer can answer; then it goes back by itself.
        reason: why the old employer started it.
        remark: why it was refused.
        rank: what the new employer has set; null before, and for the old employer.
        amount: 每月缴费金额 from the start month on, likewise.
        start_month: 汇缴开始月份, likewise.
        batch_id: the same for all who were started together.
        version: to be named on accepting, refusing and withdrawing.
    """

    id: Id
    direction: Direction
    employee_id: Id | None
    name: str
    id_number: str
    from_employer: EmployerNamed
    to_employer: EmployerNamed
    effective: Month
    state: TransferState
    state_zh: str
    answer_until: date
    reason: str
    remark: str
    rank: str | None
    amount: Money | None
    start_month: Month | None
    batch_id: Id
    version: int
    started_at: datetime
    decided_at: datetime | None


@attrs.frozen(kw_only=True)
class NewTransfer:
    """People who are to go to another employer, one or at most 50,000.

    Attributes:
        employees: of the persons.
        effective: 生效月份: the month from which the old employer is blocked.
        reason: at most 500 characters.
        attachments: files uploaded for ``transfer``; they prove all of them together.
    """

    to_employer_id: Id
    employees: tuple[Id, ...]
    effective: Month
    reason: str = ""
    attachments: tuple[Id, ...] = ()


@attrs.frozen(kw_only=True)
class StartedTransfers:
    """What was started in one go.

    Attributes:
        batch_id: lists them all: GET /transfers?direction=out&batch=…
        people: how many.
        first: the first 200 of them.
    """

    batch_id: Id
    people: int
    first: tuple[TransferView, ...]


@attrs.frozen(kw_only=True)
class TransferAdviceAsked:
    """People who might go, and from when."""

    employees: tuple[Id, ...]
    effective: Month


@attrs.frozen(kw_only=True)
class TransferAdvice:
    """What to know before: it keeps nothing back.

    Attributes:
        total: about how many months of orders there is something to say.
        zh: the first 100 sentences in Chinese.
        en: the same in English.
    """

    total: int
    zh: tuple[str, ...]
    en: tuple[str, ...]


@attrs.frozen(kw_only=True)
class TransfersQuery(PageQuery):
    """Which transfers.

    Attributes:
        direction: those coming in, or going out.
        open: only those that are not over.
        search: a part of the name, or the beginning of the ID number.
        batch: only those that were started together.
    """

    direction: Direction = Direction.OUT
    open: bool = False
    search: str = ""
    batch: Id | None = None

    @property
    def wanted(self) -> Wanted:
        """Which ones the store looks for."""
        return Wanted(
            incoming=self.direction is Direction.IN, open_only=self.open, text=self.search, batch_id=self.batch
        )


@attrs.frozen(kw_only=True)
class TransferAcceptance:
    """What the new employer sets.

    Attributes:
        version: of the transfer as it was seen.
        rank: 级别; may be empty.
        amount: 每月缴费金额, from the start month on.
        start_month: 汇缴开始月份; not before the effective month.
    """

    version: int
    rank: str = ""
    amount: Money
    start_month: Month


@attrs.frozen(kw_only=True)
class TransferRefusal:
    """Why somebody is not taken in; the old employer reads it."""

    version: int
    reason: str


@attrs.frozen(kw_only=True)
class TransferWithdrawal:
    """The transfer as it was seen."""

    version: int


@attrs.frozen(kw_only=True)
class TargetsQuery(PageQuery):
    """Whom to look for.

    Attributes:
        search: at least two characters of the name, or of the beginning of the code; with fewer nobody is found.
    """

    search: str = ""


@transfers.post(
    "/transfers",
    who=EMPLOYERS,
    scope="transfers:write",
    status=201,
    creates=True,
    body_bytes_max=_START_BYTES_MAX,
    seconds_max=_SECONDS_MAX,
)
async def start(call: Call, body: NewTransfer) -> StartedTransfers:
    """Put people on the way to another employer, all of them or nobody; every row that cannot go is named."""
    asked = NewTransfers(
        to_employer_id=body.to_employer_id,
        person_ids=body.employees,
        effective=body.effective,
        reason=body.reason,
        attachment_ids=body.attachments,
    )
    first = await transfer_starts.start(
        call.connection, call.employer_id, asked, policy=call.portal.policy, today=call.today
    )
    views = tuple(transfer_view(each, call.employer_id) for each in first)
    return StartedTransfers(batch_id=Id(first[0].batch_id), people=len(body.employees), first=views)


@transfers.post(
    "/transfers/advice",
    who=EMPLOYERS,
    scope="transfers:write",
    body_bytes_max=_START_BYTES_MAX,
    seconds_max=_SECONDS_MAX,
)
async def advise(call: Call, body: TransferAdviceAsked) -> TransferAdvice:
    """Say which months of these people are held by orders and stay with the old employer. Nothing is changed."""
    told = await transfer_starts.advise(call.connection, call.employer_id, body.employees, body.effective)
    shown = told[:100]
    return TransferAdvice(total=len(told), zh=tuple(each.zh for each in shown), en=tuple(each.en for each in shown))


@transfers.get("/transfers", who=EMPLOYERS, scope="transfers:read")
async def list_transfers(call: Call, query: TransfersQuery) -> Page[TransferView]:
    """List the employer's transfers in one direction, the newest first; ID numbers are masked."""
    found = await store.of_employer(
        call.connection,
        call.employer_id,
        query.wanted,
        call.today,
        before=query.after_id(),
        limit=query.limit + 1,
    )
    return page_of(found, query, lambda each: transfer_view(each, call.employer_id), lambda each: (each.id,))


@transfers.get("/transfers/{transfer_id}", who=EMPLOYERS, scope="transfers:read")
async def get_transfer(call: Call, transfer_id: int) -> TransferView:
    """Show one transfer to either employer."""
    return whole_view(await store.get(call.connection, transfer_id, call.today), call.employer_id)


@transfers.post("/transfers/{transfer_id}/accept", who=EMPLOYERS, scope="transfers:write")
async def accept(call: Call, transfer_id: int, body: TransferAcceptance) -> TransferView:
    """Take somebody in, as the new employer, with rank, amount and start month."""
    terms = Terms(rank=body.rank.strip(), amount=body.amount, start_month=body.start_month)
    try:
        done = await transfer_answers.accept(
            call.connection,
            call.employer_id,
            Seen(transfer_id, body.version),
            terms,
            policy=call.portal.policy,
            today=call.today,
        )
    except RefusedError as error:
        problem = Problem.from_violations(error.violations, total=error.total)
        found = [attrs.evolve(each, pointer=_FIELDS.get(each.violation.code, "")) for each in problem.found]
        raise Problem(problem.status, found) from error
    return whole_view(done, call.employer_id)


@transfers.post("/transfers/{transfer_id}/refuse", who=EMPLOYERS, scope="transfers:write")
async def refuse(call: Call, transfer_id: int, body: TransferRefusal) -> TransferView:
    """Refuse to take somebody in, as the new employer; the person stays with the old one."""
    seen = Seen(transfer_id, body.version)
    over = await transfer_answers.turn_down(call.connection, call.employer_id, seen, body.reason, today=call.today)
    return whole_view(over, call.employer_id)


@transfers.post("/transfers/{transfer_id}/withdraw", who=EMPLOYERS, scope="transfers:write")
async def withdraw(call: Call, transfer_id: int, body: TransferWithdrawal) -> TransferView:
    """Take a transfer back before it is answered, as the old employer."""
    seen = Seen(transfer_id, body.version)
    over = await transfer_answers.withdraw(call.connection, call.employer_id, seen, today=call.today)
    return whole_view(over, call.employer_id)


@transfers.get("/employers", who=EMPLOYERS, scope="transfers:read")
async def find_employers(call: Call, query: TargetsQuery) -> Page[EmployerNamed]:
    """Find the employer to transfer somebody to: active ones but the own, by name or code."""
    after = query.after(str, int)
    found = await transfer_targets.search(
        call.connection,
        call.employer_id,
        query.search,
        after=None if after is None else (str(after[0]), int(after[1])),
        limit=query.limit + 1,
    )
    return page_of(found, query, named, lambda each: (each.name, each.id))


def named(target: TransferTarget) -> EmployerNamed:
    """Show an employer as others know it."""
    return EmployerNamed(id=Id(target.id), code=target.code, name=target.name)


def transfer_view(transfer: Transfer, employer_id: int) -> TransferView:
    """Show a transfer in a list of one of its employers."""
    incoming = transfer.to_employer_id == employer_id
    terms = transfer.terms if incoming else None
    knows = not incoming or transfer.state is TransferState.DONE
    return TransferView(
        id=Id(transfer.id),
        direction=Direction.IN if incoming else Direction.OUT,
        employee_id=Id(transfer.person_id) if knows else None,
        name=transfer.name,
        id_number=f"{transfer.id_number[:4]}{'*' * 10}{transfer.id_number[14:]}",
        from_employer=EmployerNamed(
            id=Id(transfer.employer_id), code=transfer.employer_code, name=transfer.employer_name
        ),
        to_employer=EmployerNamed(
            id=Id(transfer.to_employer_id), code=transfer.to_employer_code, name=transfer.to_employer_name
        ),
        effective=transfer.effective,
        state=transfer.state,
        state_zh=STATES_ZH[transfer.state],
        answer_until=transfer.answer_until,
        reason=transfer.reason,
        remark=transfer.remark,
        rank=None if terms is None else terms.rank,
        amount=None if terms is None else terms.amount,
        start_month=None if terms is None else terms.start_month,
        batch_id=Id(transfer.batch_id),
        version=transfer.version,
        started_at=transfer.started_at,
        decided_at=transfer.decided_at,
    )


def whole_view(transfer: Transfer, employer_id: int) -> TransferView:
    """Show a transfer by itself: whoever has to know the person reads the whole ID number."""
    view = transfer_view(transfer, employer_id)
    whole = view.employee_id is not None or transfer.state.is_open
    return attrs.evolve(view, id_number=transfer.id_number) if whole else view
