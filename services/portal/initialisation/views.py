"""What the calls of 员工初始化 take and give: the table, what is wrong with it, what a file has changed, what was submitted."""

import attrs

from libsubsidy import EmploymentState, Month
from services.portal.cursors import PageQuery
from services.portal.wire import Id
from services.store import initialisation_rows, initialisations
from services.store.initialisation_rows import FIELDS, Finding, Row


@attrs.frozen(kw_only=True)
class InitialisationView:
    """How far the initialisation is.

    Attributes:
        initialised: it has been submitted, and the employer may order.
        people: how many people are on the list.
    """

    initialised: bool
    people: int


@attrs.frozen(kw_only=True)
class CellsView:
    """What is verified of one employee, as typed.

    Attributes:
        monthly_amount: 每月缴费金额.
        opening_periods: 累计缴纳期数.
        opening_amount: 累计缴纳金额.
        paid_through: 缴至月份 of the opening.
    """

    mobile: str
    rank: str
    monthly_amount: str
    opening_periods: str
    opening_amount: str
    paid_through: str


@attrs.frozen(kw_only=True)
class ProblemView:
    """What is wrong with one cell.

    Attributes:
        row: the place in the whole table, from 1.
        id: of the employee.
        field: of the cell, such as ``mobile``.
        is_advice: it is shown to be checked, and keeps nothing from being submitted.
    """

    row: int
    id: Id
    name: str
    field: str
    code: str
    zh: str
    en: str
    is_advice: bool


@attrs.frozen(kw_only=True)
class RowView:
    """One employee of the table.

    Attributes:
        number: the place in the whole table, from 1.
        id: of the employee.
        id_number: with stars instead of the day of birth.
        cells: as typed, or as on file where nothing was typed.
        edited: the fields that are to be changed.
    """

    number: int
    id: Id
    name: str
    id_number: str
    start_month: Month | None
    state: EmploymentState
    cells: CellsView
    edited: tuple[str, ...]


@attrs.frozen(kw_only=True)
class RowsQuery(PageQuery):
    """Which rows.

    Attributes:
        search: a part of the name, of its pinyin or of the ID number.
    """

    search: str = ""


def _text() -> str | None:
    text: str | None = attrs.field(
        default=None,
        validator=attrs.validators.optional(attrs.validators.max_len(initialisation_rows.CELL_CHARACTERS_MAX)),
    )
    return text


@attrs.frozen(kw_only=True)
class SavedCells:
    """What was typed into the row of one employee; what is left out, or null, stays as it is.

    Attributes:
        id: of the employee.
        monthly_amount: 每月缴费金额.
        opening_periods: 累计缴纳期数.
        opening_amount: 累计缴纳金额.
        paid_through: 缴至月份 of the opening.
    """

    id: Id
    mobile: str | None = _text()
    rank: str | None = _text()
    monthly_amount: str | None = _text()
    opening_periods: str | None = _text()
    opening_amount: str | None = _text()
    paid_through: str | None = _text()


@attrs.frozen(kw_only=True)
class SavedRows:
    """Cells to keep as they are typed, wrong or not.

    Attributes:
        rows: at most 200.
    """

    rows: tuple[SavedCells, ...] = attrs.field(validator=attrs.validators.max_len(initialisations.ROWS_PER_SAVE_MAX))


@attrs.frozen(kw_only=True)
class SavedView:
    """What is wrong in the rows that were saved."""

    problems: tuple[ProblemView, ...]


@attrs.frozen(kw_only=True)
class ProblemsView:
    """A page of everything that is wrong, by row.

    Attributes:
        people: how many people are on the list.
        errors: how many cells keep it from being submitted.
        advice: how many are shown to be checked only.
        next: the cursor of the next page; null at the end.
    """

    people: int
    errors: int
    advice: int
    items: tuple[ProblemView, ...]
    next: str | None


@attrs.frozen(kw_only=True)
class ChangeView:
    """One cell that a file has changed."""

    row: int
    id: Id
    name: str
    field: str
    before: str
    after: str


@attrs.frozen(kw_only=True)
class TakenView:
    """What a file came to.

    Attributes:
        people: how many rows of it were found in the table.
        changed_cells: how many cells it has changed; 0 for a file that was not changed.
        changed_people: in how many rows.
        changes: the first 200 of them.
    """

    people: int
    changed_cells: int
    changed_people: int
    changes: tuple[ChangeView, ...]


@attrs.frozen(kw_only=True)
class Submission:
    """What is submitted.

    Attributes:
        people: how many people the submitter saw.
    """

    people: int


@attrs.frozen(kw_only=True)
class SubmittedView:
    """What a submission came to.

    Attributes:
        people: how many people were verified.
        changed: in how many files something has changed.
        openings: how many opening entries the ledger got.
    """

    people: int
    changed: int
    openings: int


@attrs.frozen(kw_only=True)
class Reopening:
    """Why it is opened again; the employer reads it."""

    reason: str


def row_view(row: Row) -> RowView:
    """Show one employee of the table."""
    return RowView(
        number=row.number,
        id=Id(row.person_id),
        name=row.name,
        id_number=row.id_number_masked,
        start_month=row.start_month,
        state=row.state,
        cells=CellsView(**attrs.asdict(row.cells)),
        edited=tuple(name for name in FIELDS if name in row.edited),
    )


def problem_view(finding: Finding) -> ProblemView:
    """Show what is wrong with one cell."""
    violation = finding.cell.violation
    return ProblemView(
        row=finding.row.number,
        id=Id(finding.row.person_id),
        name=finding.row.name,
        field=finding.cell.field,
        code=violation.code,
        zh=violation.zh,
        en=violation.en,
        is_advice=finding.cell.is_advice,
    )
