"""What is wrong with the rows of an uploaded list, field by field: pure, and so fit for a thread.

A cell that the spreadsheet has turned into something else (`services.spreadsheets`) is judged there; what was left as it was
typed is read by the rules of an opening.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import attrs

from libsubsidy import Money, SubsidyError, Violation
from services.portal.importing.layout import FIELDS
from services.spreadsheets.reading import Sheet
from services.store.database import EncodedJson, encode_json
from services.store.employees import NewEmployee
from services.store.import_checks import Judgement, UnjudgedRow
from services.store.kept_violations import written
from services.store.opening_rows import OpeningRow, read_row, to_contents

ReadRows = list[tuple[int, EncodedJson, EncodedJson | None]]


def rows_of(sheet: Sheet) -> ReadRows:
    """Give the rows of a sheet as they are kept: number, texts, and the cells that are not certain, both as JSON."""
    broken: dict[int, list[dict[str, object]]] = {}
    for cell in sheet.broken:
        broken.setdefault(cell.row, []).append(_problem(cell.key, cell.violation))
    return [(row.number, encode_json(row.cells), _encoded(broken.get(row.number, ()))) for row in sheet.rows]


@attrs.define
class Judging:
    """The judging of one list, part by part.

    Attributes:
        people: whose rows are right so far, with their rows' numbers.
        total_fen: of every amount that could be read.
        rows: how many have been judged.
    """

    today: date
    numbers: list[int] = attrs.field(factory=list)
    people: list[NewEmployee] = attrs.field(factory=list)
    total_fen: int = 0
    rows: int = 0

    def part(self, rows: Sequence[UnjudgedRow]) -> list[Judgement]:
        """Judge the next rows; takes some hundred microseconds each."""
        self.rows += len(rows)
        return [self._row(row) for row in rows]

    def _row(self, row: UnjudgedRow) -> Judgement:
        texts = OpeningRow(**{field: row.cells.get(field, "") for field in FIELDS})
        self.total_fen += _fen(texts.monthly_amount)
        person, found = read_row(texts, self.today)
        uncertain = {str(each["field"]) for each in row.cell_problems}
        problems = [*row.cell_problems]
        problems += [_problem(each.field, each.violation) for each in found if each.field not in uncertain]
        problems.sort(key=lambda each: FIELDS.index(str(each["field"])))
        if problems or person is None:
            return Judgement(row.number, None, _encoded(problems))
        self.numbers.append(row.number)
        self.people.append(person)
        return Judgement(row.number, encode_json(to_contents([person])[0]), None)


def of_obstacles(found: Iterable[Violation]) -> list[Judgement]:
    """Write down who cannot be given an account, as `openings.obstacles` tells it."""
    return [
        Judgement(int(each.params["row"]), None, _encoded([_problem(str(each.params["field"]), each)]))
        for each in found
    ]


def _encoded(problems: Sequence[Mapping[str, object]]) -> EncodedJson | None:
    return encode_json(list(problems)) if problems else None


def _problem(field: str, found: Violation) -> dict[str, Any]:
    return {"field": field, **written(found)}


def _fen(text: str) -> int:
    try:
        return Money.typed(text).fen
    except SubsidyError:
        return 0
