"""The pages of 员工转入/转出: what comes in with 【审阅】, what goes out, and the forms of one and of many (F66-F74)."""

from collections.abc import Mapping
from typing import Final

import attrs

from libsubsidy import SLOTS, Month, TransferState, latest_month
from services.portal.calls import Call
from services.portal.pages.registry import Facts, Pages
from services.portal.pages.words import State, Tone
from services.portal.roles import EMPLOYERS
from services.portal.shell.paging import Paging, PagingQuery
from services.portal.transfers.transfers import Direction, named, transfer_view, whole_view
from services.store import attachments, transfer_targets, transfers
from services.store.attachments import Subject
from services.store.reasons import REASON_CHARACTERS_MAX
from services.store.transfers import STATES_ZH, Wanted

pages = Pages()

_TONES: Final[Mapping[TransferState, Tone]] = {
    TransferState.STARTED: Tone.WAITS,
    TransferState.ACCEPTED: Tone.WAITS,
    TransferState.DONE: Tone.DONE,
    TransferState.REFUSED: Tone.WRONG,
    TransferState.REJECTED: Tone.WRONG,
}
STATES: Final[Mapping[TransferState, State]] = {
    state: State(zh, _TONES.get(state, Tone.PLAIN)) for state, zh in STATES_ZH.items()
}


@attrs.frozen(kw_only=True)
class ListQuery(PagingQuery):
    """Which part of which list.

    Attributes:
        direction: 转入 or 转出.
        q: a part of the name, or the beginning of the ID number.
    """

    direction: Direction = Direction.IN
    q: str = ""


@attrs.frozen(kw_only=True)
class NewQuery:
    """Whether one employee is to go, or many."""

    many: bool = False


@attrs.frozen(kw_only=True)
class TargetsQuery:
    """The employer that is looked for."""

    search: str = ""


@pages.page("/employer/transfers", who=EMPLOYERS, title="员工转入/转出", template="transfers/templates/transfers.html")
async def transfer_list(call: Call, query: ListQuery) -> Facts:
    """Show who comes in, or who goes out."""
    wanted = Wanted(incoming=query.direction is Direction.IN, text=query.q)
    waiting = Wanted(incoming=True, open_only=True)
    paging = await Paging.of(call, query, await transfers.count(call.connection, call.employer_id, wanted, call.today))
    found = await transfers.of_employer(
        call.connection, call.employer_id, wanted, call.today, skip=paging.offset, limit=paging.size
    )
    return {
        "transfers": [transfer_view(each, call.employer_id) for each in found],
        "incoming": wanted.incoming,
        "waiting": await transfers.count(call.connection, call.employer_id, waiting, call.today),
        "states": STATES,
        "paging": paging,
        "q": query.q,
    }


@pages.page(
    "/employer/transfers/new",
    who=EMPLOYERS,
    title="员工转出",
    template="transfers/templates/new.html",
    entry="/employer/transfers",
)
async def new_transfer(call: Call, query: NewQuery) -> Facts:
    """Show the form of 新增职工转出, or of 批量操作员工转出."""
    return {
        "many": query.many,
        "this_month": Month.of(call.today),
        "last_month": latest_month(call.portal.policy, call.today),
        "reason_max": REASON_CHARACTERS_MAX,
        "answer_days": call.portal.policy.transfer_answer_days,
        "slots": SLOTS["transfer"],
    }


@pages.part("/employer/transfers/targets", who=EMPLOYERS, template="transfers/templates/targets.html")
async def targets(call: Call, query: TargetsQuery) -> Facts:
    """Show the employers that a search finds."""
    found = await transfer_targets.search(call.connection, call.employer_id, query.search)
    return {
        "targets": [named(each) for each in found],
        "searched": len(query.search.strip()) >= transfer_targets.SEARCH_CHARACTERS_MIN,
        "most": transfer_targets.TARGETS_PER_PAGE_MAX,
    }


@pages.page(
    "/employer/transfers/{transfer_id}",
    who=EMPLOYERS,
    title="员工转入/转出",
    template="transfers/templates/transfer.html",
    entry="/employer/transfers",
)
async def one_transfer(call: Call, transfer_id: int) -> Facts:
    """Show one transfer: 【审阅】 for who comes in, 【撤回】 for who goes out."""
    transfer = await transfers.get(call.connection, transfer_id, call.today)
    view = whole_view(transfer, call.employer_id)
    return {
        "transfer": view,
        "incoming": view.direction is Direction.IN,
        "answerable": transfer.state is TransferState.STARTED,
        "state": STATES[transfer.state],
        "attachments": await attachments.of_subject(call.connection, Subject("transfer", transfer.batch_id)),
        "reason_max": REASON_CHARACTERS_MAX,
    }
