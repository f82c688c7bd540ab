"""The page of 员工初始化: the table to work in, what is wrong with it, and what comes next (manual L12-L14, L75-L82)."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

import attrs

from libsubsidy import INITIAL_FIELDS
from services.portal.calls import Call
from services.portal.pages.registry import Facts, Pages
from services.portal.roles import EMPLOYERS, REVIEWERS
from services.portal.shell.paging import Paging, PagingQuery
from services.store import employee_lists, employers, initialisation_rows, initialisations, preferences
from services.store.initialisation_rows import Finding, Row
from services.store.reasons import REASON_CHARACTERS_MAX

pages = Pages()

_PATH: Final = "/employer/initialisation"
_TOLD_MAX: Final = 200
_FIELDS: Final = {field.name: field for field in INITIAL_FIELDS}
# What a cell of the table shows while it is filled in, and how wide it is.
_CELLS: Final = (
    ("mobile", {"inputmode": "tel", "size": 13}),
    ("rank", {"list": "ranks", "size": 12}),
    ("monthly_amount", {"inputmode": "decimal", "size": 10, "class": "end"}),
    ("opening_periods", {"inputmode": "numeric", "size": 5, "class": "end"}),
    ("opening_amount", {"inputmode": "decimal", "size": 11, "class": "end"}),
    ("paid_through", {"placeholder": "2020-08", "size": 8}),
)


@attrs.frozen(kw_only=True)
class TableQuery(PagingQuery):
    """Which part of the table.

    Attributes:
        search: a part of the name, of its pinyin or of the ID number.
        check: everything is verified, and what is wrong is shown.
        only: ``wrong``: only rows with errors.
    """

    search: str = ""
    check: str = ""
    only: str = ""


@pages.page(_PATH, who=EMPLOYERS, title="员工初始化", template="initialisation/templates/table.html")
async def table(call: Call, query: TableQuery) -> Facts:
    """Show a part of the table; once it has been submitted, that it has."""
    employer = await employers.get(call.connection, call.employer_id)
    if employer.initialised:
        people = await initialisation_rows.count(call.connection, call.employer_id)
        return {"closed": True, "people": people, "employer": employer}
    found: tuple[Finding, ...] = ()
    everybody = await initialisation_rows.count(call.connection, call.employer_id)
    checked = query.check == "1"
    if checked:
        _, found = await initialisation_rows.verified(call.connection, call.employer_id, call.today)
    rows, paging = await _part(call, query, found)
    return {
        "closed": False,
        "query": query,
        "people": everybody,
        "rows": rows,
        "paging": paging,
        "cells": [(_FIELDS[name], how) for name, how in _CELLS],
        "ranks": await employee_lists.ranks(call.connection, call.employer_id),
        "wrong": _by_cell(rows, found),
        "checked": checked,
        **_report(found, paging.size),
    }


@attrs.frozen(kw_only=True)
class ProgressQuery(PagingQuery):
    """Which employers: a part of the name, or the beginning of the code."""

    search: str = ""


@pages.page(
    "/bureau/initialisations", who=REVIEWERS, title="员工初始化", template="initialisation/templates/progress.html"
)
async def progress(call: Call, query: ProgressQuery) -> Facts:
    """Show the reviewers how far employers are, with the way to open one again (D-13)."""
    known = query.size in preferences.PAGE_SIZES
    size = query.size if known else await preferences.page_size(call.connection)
    page = max(1, query.page)
    total, found = await initialisations.progress(call.connection, query.search, offset=(page - 1) * size, limit=size)
    if not found and page > 1:
        page = 1
        total, found = await initialisations.progress(call.connection, query.search, offset=0, limit=size)
    return {
        "query": query,
        "employers": found,
        "paging": await Paging.of(call, attrs.evolve(query, page=page, size=size), total),
        "reason_characters_max": REASON_CHARACTERS_MAX,
    }


async def _part(call: Call, query: TableQuery, found: Sequence[Finding]) -> tuple[Sequence[Row], Paging]:
    if query.only == "wrong" and query.check == "1":
        broken = {each.row.person_id: each.row for each in found if not each.cell.is_advice}
        paging = await Paging.of(call, query, len(broken))
        return tuple(broken.values())[paging.offset : paging.offset + paging.size], paging
    total = await initialisation_rows.count(call.connection, call.employer_id, query.search)
    paging = await Paging.of(call, query, total)
    rows = await initialisation_rows.page(
        call.connection,
        call.employer_id,
        call.today,
        text=query.search,
        offset=paging.offset,
        limit=paging.size,
    )
    return rows, paging


def _by_cell(rows: Sequence[Row], found: Sequence[Finding]) -> dict[tuple[int, str], Finding]:
    shown = {row.person_id for row in rows}
    return {(each.row.person_id, each.cell.field): each for each in found if each.row.person_id in shown}


def _report(found: Sequence[Finding], size: int) -> dict[str, Any]:
    """Say what is wrong: how often, and where; each leads to its cell, on whatever page that is."""
    errors = [each for each in found if not each.cell.is_advice]
    advice = [each for each in found if each.cell.is_advice]
    kinds = Counter((_FIELDS[each.cell.field].zh, each.cell.violation.code) for each in errors)
    first = {(_FIELDS[each.cell.field].zh, each.cell.violation.code): each for each in reversed(errors)}
    return {
        "errors": len(errors),
        "advice": len(advice),
        "kinds": [(label, count, first[label, code]) for (label, code), count in kinds.most_common()],
        "told": [(each, _address(each, size)) for each in (*errors, *advice)[:_TOLD_MAX]],
        "told_max": _TOLD_MAX,
    }


def _address(finding: Finding, size: int) -> str:
    page = (finding.row.number - 1) // size + 1
    return f"{_PATH}?check=1&page={page}&size={size}#{cell_id(finding.row.person_id, finding.cell.field)}"


def cell_id(person_id: int, field: str) -> str:
    """Name a cell in the page.

    >>> cell_id(17, "mobile")
    'cell-17-mobile'
    """
    return f"cell-{person_id}-{field}"
