"""Payment notices that end before they are paid: cancelled by the bureau, or joined into one, also by the employer itself."""

from datetime import datetime
from functools import partial
from typing import Final

import attrs

from libsubsidy import Memo, Money, NoticeState, Violation
from services.portal.calls import Call
from services.portal.endpoints import Endpoints
from services.portal.roles import EMPLOYERS, REVIEWERS
from services.portal.wire import Id
from services.store import notices
from services.store.notices import Issued, Notice
from services.store.refusals import refuse

NOTICES_MERGED_MIN: Final = 2

decided_notices = Endpoints(tag="缴费通知 notices")


@attrs.frozen(kw_only=True)
class DecidedNotice:
    """A payment notice as a reviewer made or ended it.

    Attributes:
        memo: what the payer must write at the very beginning of the transfer's text.
        merged_into: the notice that asks for this one's money now.
    """

    id: Id
    employer_id: Id
    memo: Memo
    amount: Money
    state: NoticeState
    merged_into: Id | None
    created_at: datetime


@attrs.frozen(kw_only=True)
class IssuedNotice:
    """A new notice.

    Attributes:
        id: the notice's.
        alarm: says that the employer's order codes run out; null for almost everybody.
    """

    id: Id
    notice: DecidedNotice
    alarm: Violation | None


@attrs.frozen(kw_only=True)
class NoticesToMerge:
    """Which awaiting notices of one employer become one; two at least."""

    notice_ids: tuple[Id, ...]


@attrs.frozen(kw_only=True)
class Cancellation:
    """Why a notice ends; the employer reads it."""

    reason: str


@decided_notices.post(
    "/notices/merge",
    who=REVIEWERS | EMPLOYERS,
    scope="notices:decide",
    status=201,
    location="/notices/{id}",
    creates=True,
)
async def merge(call: Call, body: NoticesToMerge) -> IssuedNotice:
    """Let one new notice ask for what several awaiting ones of one employer asked for (合并缴款); the old memos end.

    An employer joins its own.
    """
    if len(set(body.notice_ids)) < NOTICES_MERGED_MIN:
        raise refuse("NOTHING_TO_MERGE")
    own = call.identity.employer_id
    merge_them = notices.merge if own is None else partial(notices.merge_own, employer_id=own)
    issued = await merge_them(
        call.connection, notice_ids=body.notice_ids, policy=call.portal.policy, rng=call.portal.rng
    )
    return issued_notice(issued)


@decided_notices.post("/notices/{notice_id}/cancel", who=REVIEWERS, scope="notices:decide")
async def cancel(call: Call, notice_id: int, body: Cancellation) -> DecidedNotice:
    """Withdraw a notice that nobody has paid, with its orders; their months are free again (D-16)."""
    return decided_notice(await notices.cancel(call.connection, notice_id, body.reason))


def decided_notice(notice: Notice) -> DecidedNotice:
    """Show a notice."""
    return DecidedNotice(
        id=Id(notice.id),
        employer_id=Id(notice.employer_id),
        memo=notice.memo,
        amount=notice.amount,
        state=notice.state,
        merged_into=None if notice.merged_into is None else Id(notice.merged_into),
        created_at=notice.created_at,
    )


def issued_notice(issued: Issued) -> IssuedNotice:
    """Show a new notice."""
    return IssuedNotice(id=Id(issued.notice.id), notice=decided_notice(issued.notice), alarm=issued.alarm)
