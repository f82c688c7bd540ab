"""注册新单位: the calls of who registers, open to everybody who proves a telephone by a code (manual L3-L7, F1-F7).

A code opens a session that is bound to the telephone; the form is saved as it is typed, and submitted whole. 查询进度 proves
the telephone in the same way. The bureau's side is `services.portal.applications`.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from enum import Enum
from http import HTTPStatus
from typing import Final

import attrs

from libsubsidy import EmployerCard, Mobile, ParseError, RegistrationState, Violation
from services.portal import csrf
from services.portal.calls import Call
from services.portal.endpoints import Answer, Endpoints
from services.portal.problems import Found, Problem
from services.portal.registration import sessions
from services.portal.registration.sessions import Registering
from services.portal.sms import codes
from services.portal.wire import Id
from services.store import employers, registration_sessions, registrations
from services.store.database import Connection, Role, looking_as, working
from services.store.refusals import RefusedError, refuse, violation
from services.store.registrations import Registration
from services.store.sms_codes import CodePurpose

BODY_BYTES_MAX: Final = 32 * 1024

registering = Endpoints(tag="单位注册 registrations")


class ProofPurpose(Enum):
    """What the telephone is proven for: to register (注册新单位), or to look how far that is (查询进度)."""

    REGISTRATION = "registration"
    STATUS = "registration_status"


@attrs.frozen(kw_only=True)
class NewCode:
    """Where a code is to be sent.

    Attributes:
        mobile: the administrator's number (单位管理员的联系电话).
    """

    mobile: str
    purpose: ProofPurpose = ProofPurpose.REGISTRATION


@attrs.frozen(kw_only=True)
class Proof:
    """The code that was sent.

    Attributes:
        mobile: to which it was sent.
        code: six digits.
        purpose: for which it was sent.
    """

    mobile: str
    code: str = attrs.field(repr=False)
    purpose: ProofPurpose = ProofPurpose.REGISTRATION


@attrs.frozen(kw_only=True)
class CardForm:
    """单位信息 as typed; the administrator's number is the proven one, and not asked for.

    Attributes:
        credit_code: 统一社会信用代码; it holds the organisation code.
        org_code: 组织机构代码, for who has no credit code.
        kind: 单位性质.
        legal_representative: 法定代表人.
        contact_name: 单位管理员.
        refund_account_name: 户名 of the account for refunds.
        refund_account_number: its 账号.
        refund_bank_name: its 开户银行.
        supervising_authority: 主管部门.
    """

    name: str = ""
    credit_code: str = ""
    org_code: str = ""
    kind: str = ""
    address: str = ""
    legal_representative: str = ""
    contact_name: str = ""
    refund_account_name: str = ""
    refund_account_number: str = ""
    refund_bank_name: str = ""
    supervising_authority: str = ""

    @property
    def card(self) -> EmployerCard:
        """The card as typed."""
        return EmployerCard(**attrs.asdict(self))


@attrs.frozen(kw_only=True)
class RegistrationDraft:
    """The form as far as it is filled in; nothing of it is judged.

    Attributes:
        version: the one that was seen.
    """

    version: int
    card: CardForm


@attrs.frozen(kw_only=True)
class RegistrationForm:
    """The form as it is submitted (立即提交).

    Attributes:
        version: the one that was seen.
        attachments: the papers, stored before.
    """

    version: int
    card: CardForm
    attachments: tuple[Id, ...] = ()


@attrs.frozen(kw_only=True)
class RegistrationView:
    """A registration of the proven telephone.

    Attributes:
        version: a change names the one it saw.
        card: as typed; once submitted, as it was read.
        mobile: the proven number, masked.
        remark: why it was returned or rejected.
        employer_code: 单位交易代码, once it is approved; empty before.
    """

    id: Id
    state: RegistrationState
    version: int
    card: CardForm
    mobile: str
    remark: str
    employer_code: str
    submitted_at: datetime | None
    decided_at: datetime | None


@attrs.frozen(kw_only=True)
class Proven:
    """The session that a code has opened.

    Attributes:
        registration: the one that goes on.
        csrf_token: what calls that change something name in X-CSRF-Token.
    """

    registration: RegistrationView
    csrf_token: str


@attrs.frozen(kw_only=True)
class Registrations:
    """The registrations of the proven telephone, the last one first."""

    items: tuple[RegistrationView, ...]


@registering.post("/registrations/codes", who=None, transaction=False, body_bytes_max=BODY_BYTES_MAX)
async def send_code(call: Call, body: NewCode) -> None:
    """Send a code by SMS to a mobile number; what asks for the status of no registration is answered alike, and not sent."""
    mobile = _mobile(body.mobile)
    known = body.purpose is ProofPurpose.REGISTRATION
    if not known:
        async with working(call.portal.pool, sessions.visitor(call.request), reads_only=True) as connection:
            known = bool(await registrations.of_mobile(connection, mobile))
    await codes.send_code(call, mobile, CodePurpose(body.purpose.value), send=known)


@registering.post("/registrations/session", who=None, transaction=False, body_bytes_max=BODY_BYTES_MAX)
async def prove(call: Call, body: Proof) -> Answer[Proven]:
    """Prove the telephone by the code (登录): gives the cookie, and the registration that goes on or begins."""
    mobile = _mobile(body.mobile)
    try:
        await codes.prove_code(call, mobile, CodePurpose(body.purpose.value), body.code)
    except RefusedError as error:
        raise _refused("/code", error.violations[0]) from error
    async with working(call.portal.pool, sessions.visitor(call.request)) as connection:
        registration = await _to_go_on(connection, mobile, body.purpose)
        old = sessions.token_of(call.portal, call.request)
        await registration_sessions.end(connection, old)
        token = await registration_sessions.open_session(connection, registration.id)
        shown = await _view(connection, registration)
    return Answer(
        value=Proven(registration=shown, csrf_token=csrf.token_of(token)),
        cookies=(sessions.session_cookie(call.portal.settings, token),),
    )


@registering.delete("/registrations/session", who=None, transaction=False)
async def leave(call: Call) -> Answer[None]:
    """Leave (退出): the session is ended; what was saved stays."""
    async with _registering(call) as (connection, who):
        await registration_sessions.end(connection, who.token)
    return Answer(value=None, cookies=(sessions.no_cookie(call.portal.settings),))


@registering.get("/registrations", who=None, transaction=False)
async def list_own(call: Call) -> Registrations:
    """List the registrations of the proven telephone, and how far each is (查询进度)."""
    async with _registering(call) as (connection, who):
        found = await registrations.of_mobile(connection, who.session.mobile)
        return Registrations(items=tuple([await _view(connection, each) for each in found]))


@registering.post("/registrations", who=None, transaction=False, status=201, location="/registrations/{id}")
async def begin(call: Call) -> RegistrationView:
    """Begin the registration of another employer, or go on with the one that is not submitted yet."""
    async with _registering(call) as (connection, who):
        registration = await registrations.begin(connection, who.session.mobile)
        await registration_sessions.turn_to(connection, who.token, registration.id)
        return await _view(connection, registration)


@registering.get("/registrations/{registration_id}", who=None, transaction=False)
async def get(call: Call, registration_id: int) -> RegistrationView:
    """Show a registration of the proven telephone."""
    async with _registering(call) as (connection, who):
        return await _view(connection, await registrations.get(connection, registration_id, who.session.mobile))


@registering.post("/registrations/{registration_id}/open", who=None, transaction=False)
async def turn_to(call: Call, registration_id: int) -> RegistrationView:
    """Go on with another registration of the proven telephone, such as one that was returned."""
    async with _registering(call) as (connection, who):
        registration = await registrations.get(connection, registration_id, who.session.mobile)
        await registration_sessions.turn_to(connection, who.token, registration.id)
        return await _view(connection, registration)


@registering.put(
    "/registrations/{registration_id}", who=None, transaction=False, body_bytes_max=BODY_BYTES_MAX, also=(409,)
)
async def save(call: Call, registration_id: int, body: RegistrationDraft) -> RegistrationView:
    """Save the form as it was typed, right or wrong; what was returned is edited so."""
    async with _registering(call, registration_id) as (connection, who):
        saved = await registrations.save(connection, registration_id, who.session.mobile, body.version, body.card.card)
        return await _view(connection, saved)


@registering.post(
    "/registrations/{registration_id}/submit", who=None, transaction=False, body_bytes_max=BODY_BYTES_MAX, also=(409,)
)
async def submit(call: Call, registration_id: int, body: RegistrationForm) -> RegistrationView:
    """Submit the form to the bureau (立即提交); all that is wrong is told at once."""
    try:
        async with _registering(call, registration_id) as (connection, who):
            told = await registrations.submit(
                connection, registration_id, who.session.mobile, body.version, body.card.card, attached=body.attachments
            )
            return await _view(connection, told)
    except RefusedError as error:
        raise _at_fields(error) from error


@asynccontextmanager
async def _registering(call: Call, registration_id: int | None = None) -> AsyncIterator[tuple[Connection, Registering]]:
    """Run one transaction of who has proven a telephone; a registration that is named must be the one that is open."""
    who = await sessions.prove(call.portal, call.request)
    if registration_id not in {None, who.session.registration_id}:
        raise refuse("ABSENT", what_zh="注册申请", what_en="registration", id=registration_id or 0)
    async with working(call.portal.pool, who.actor(call.origin), reads_only=call.request.method == "GET") as connection:
        yield connection, who


async def _to_go_on(connection: Connection, mobile: Mobile, purpose: ProofPurpose) -> Registration:
    """Choose what the session is about: what is not submitted yet; to look at the status, the last one."""
    known = await registrations.of_mobile(connection, mobile)
    if purpose is ProofPurpose.STATUS:
        if not known:
            raise Problem.from_violations([violation("REGISTRATION_ABSENT")])
        return known[0]
    undecided = [each for each in known if each.state not in {RegistrationState.APPROVED, RegistrationState.REJECTED}]
    if undecided and not any(each.state.is_open_to_edit for each in undecided):
        return undecided[0]
    return await registrations.begin(connection, mobile)


async def _view(connection: Connection, registration: Registration) -> RegistrationView:
    code = ""
    if registration.employer_id is not None:
        async with looking_as(connection, Role.BUREAU):
            code = (await employers.get(connection, registration.employer_id)).code
    card = {field.name: getattr(registration.card, field.name) for field in attrs.fields(CardForm)}
    return RegistrationView(
        id=Id(registration.id),
        state=registration.state,
        version=registration.version,
        card=CardForm(**card),
        mobile=registration.mobile.masked,
        remark=registration.remark,
        employer_code=code,
        submitted_at=registration.submitted_at,
        decided_at=registration.decided_at,
    )


def _mobile(text: str) -> Mobile:
    try:
        return Mobile.parse(text)
    except ParseError as error:
        raise _refused("/mobile", error.violation) from error


def _refused(pointer: str, found: Violation) -> Problem:
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, [Found(violation=found, pointer=pointer)])


def _at_fields(error: RefusedError) -> Problem:
    """Say of each violation at which field of the form it stands."""
    whole = Problem.from_violations(error.violations, total=error.total)
    fields = (each.params.get("field") for each in error.violations)
    found = [
        Found(violation=each, pointer=f"/card/{field}" if field else "")
        for each, field in zip(error.violations, fields, strict=True)
    ]
    return Problem(whole.status, found, total=error.total)
