"""What the three entries of changes have in common: lists, one change, handing in with files, places of what is wrong."""

from typing import Final

import attrs

from libsubsidy import ApplicationState, ChangeKind, Violation
from services.portal.calls import Call
from services.portal.changes.views import ChangeRow, ChangeView, change_row
from services.portal.cursors import Page, PageQuery, page_of
from services.portal.named_people import note_named, refuse_too_many
from services.portal.problems import Found, Problem
from services.portal.wire import Id
from services.store import attachments, changes
from services.store.attachments import Subject
from services.store.changes import AskedChange, ChangeApplication, Wanted
from services.store.refusals import RefusedError, absent

# Beside the fields that change.
_OUTSIDE: Final = frozenset({"effective_month", "remark"})


@attrs.frozen(kw_only=True)
class ChangesQuery(PageQuery):
    """Which changes.

    Attributes:
        state: only those that are so far.
    """

    state: ApplicationState | None = None


async def placed(call: Call, refused: RefusedError) -> None:
    """Say where in the request each field is that is wrong.

    Raises:
        Problem: with the places; 429 when too many numbers of strangers were asked for.
    """
    await note_named(call, refused)
    problem = Problem.from_violations(refused.violations, total=refused.total)
    found = [Found(violation=each.violation, pointer=_pointer(each.violation)) for each in problem.found]
    raise Problem(problem.status, found, total=problem.total)


def _pointer(violation: Violation) -> str:
    field = violation.params.get("field")
    if field is None:
        return "/attachments" if violation.code.startswith("ATTACHMENT") else ""
    return f"/{field}" if field in _OUTSIDE else f"/after/{field}"


async def page(call: Call, kind: ChangeKind, query: ChangesQuery, *, search: str = "") -> Page[ChangeRow]:
    """List an entry's changes, the last one asked for first."""
    found = await changes.of_employer(
        call.connection,
        call.employer_id,
        Wanted(kind=kind, state=query.state, text=search),
        before=query.after_id(),
        limit=query.limit + 1,
    )
    return page_of(found, query, change_row, lambda each: (each.application.id,))


async def one(call: Call, kind: ChangeKind, change_id: int) -> ChangeApplication:
    """Read a change of this entry.

    Raises:
        RefusedError: ABSENT.
    """
    asked = await changes.get(call.connection, change_id)
    if asked.change.kind is not kind:
        raise absent("变更申请", "change", change_id)
    return asked


async def view(call: Call, kind: ChangeKind, change_id: int) -> ChangeView:
    """Show a change with what is worth a look."""
    asked = await one(call, kind, change_id)
    return ChangeView(change=change_row(asked), advice=await changes.advice(call.connection, asked))


async def submit(call: Call, kind: ChangeKind, asked: AskedChange, files: tuple[Id, ...]) -> ChangeRow:
    """Hand a change in with its files; one that is required and missing undoes everything (F39)."""
    await _limit_guessing(call, asked)
    new = await changes.submit(call.connection, call.employer_id, kind, asked, today=call.today)
    return await _bound(call, new, files)


async def submit_again(  # noqa: PLR0917 - the path's facts, and then those of `submit`.
    call: Call, change_id: int, version: int, kind: ChangeKind, asked: AskedChange, files: tuple[Id, ...]
) -> ChangeRow:
    """Hand a change in anew; the files that are named now are its files."""
    await _limit_guessing(call, asked)
    again = await changes.submit_again(call.connection, change_id, version, kind, asked, today=call.today)
    return await _bound(call, again, files)


async def _limit_guessing(call: Call, asked: AskedChange) -> None:
    # An ID number that is refused tells that somebody has it.
    if "id_number" in asked.typed:
        await refuse_too_many(call)


async def _bound(call: Call, asked: ChangeApplication, files: tuple[Id, ...]) -> ChangeRow:
    await attachments.bind(
        call.connection,
        asked.change.kind.value,
        Subject("application", asked.application.id),
        files,
        also_required=asked.change.also_required,
        policy=call.portal.policy,
    )
    return change_row(asked)
