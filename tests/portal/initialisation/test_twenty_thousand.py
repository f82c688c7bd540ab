"""An employer of twenty thousand people: initialised by a file, then listed, narrowed and taken away (F15-F19, F29-F31)."""

import io
from collections.abc import Sequence
from itertools import islice

import pytest
from python_calamine import CalamineWorkbook

from services.portal.initialisation.workbooks import LAYOUT
from services.portal.roles import PortalRole
from services.spreadsheets.writing import Content, write_workbook
from services.store.database import Connection
from tests.portal.conftest import Town, VisitorOf
from tests.store import fund
from tests.store.fund import id_number, new_employee

PEOPLE = 20_000


def rows_of(workbook: bytes) -> Sequence[Sequence[object]]:
    """The first sheet, with its headings."""
    return CalamineWorkbook.from_filelike(io.BytesIO(workbook)).get_sheet_by_index(0).to_python()


@pytest.mark.timeout(300)  # Half a minute on a machine with nothing else to do.
async def test_twenty_thousand_people_are_initialised_by_a_file_and_listed(
    visitor: VisitorOf, db: Connection, town: Town
) -> None:
    """The whole table goes in at once, is verified and submitted in one transaction, and every page of it is there."""
    await db.execute("UPDATE employer SET initialised_at = NULL WHERE id = $1", town.employer.id)
    await fund.employ(db, town.employer, *(new_employee(serial) for serial in range(100, PEOPLE + 95)))
    clerk = await visitor(PortalRole.EMPLOYER)
    problems = await clerk.get("/initialisation/problems", limit="1")
    assert (PEOPLE, 2 * PEOPLE) == (problems["people"], problems["errors"])
    out = await clerk.ask("GET", "/initialisation/file")
    rows = rows_of(out.body)
    assert PEOPLE + 1 == len(rows)
    filled = (
        (str(row[0]), str(row[1]), str(row[2]), f"138{number:08}", "正科", "612.5", "51", "20250", "2019-12")
        for number, row in enumerate(islice(rows, 1, None))
    )
    body = write_workbook(Content(layout=LAYOUT, rows=filled))
    headers = {"Content-Type": "application/octet-stream"}
    taken = await clerk.ask("POST", "/initialisation/file", data=body, headers=headers)
    assert (PEOPLE, 6 * PEOPLE) == (taken.body["people"], taken.body["changed_cells"])
    again = await clerk.ask("POST", "/initialisation/file", data=body, headers=headers)
    assert 0 == again.body["changed_cells"]
    done = await clerk.post("/initialisation/submit", {"people": PEOPLE})
    assert {"people": PEOPLE, "changed": PEOPLE, "openings": PEOPLE} == done
    assert PEOPLE * 2_025_000 == await db.fetchval("SELECT sum(amount_fen) FROM ledger_entry WHERE kind = 'opening'")

    found = await clerk.get("/employees", search=str(id_number(PEOPLE))[8:], amount_from="612.50")
    assert [str(id_number(PEOPLE))[14:]] == [each["id_number"][14:] for each in found["items"]]
    async with clerk.http.get(
        f"{clerk.origin}/employer/employees?sort=-balance&size=50&page=400", headers=clerk.headers
    ) as response:
        page = await response.text()
    assert (200, True) == (response.status, "共 20,000 人" in page)
    whole = await clerk.ask("GET", "/employees/file", params={"sort": "id_number"})
    _, first, *_, last = rows_of(whole.body)
    assert [str(id_number(1)), 20250, "51"] == [first[place] for place in (0, 7, 6)]
    assert str(id_number(PEOPLE + 94)) == last[0]
