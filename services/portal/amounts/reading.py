"""From a file to a list of amounts beside a draft: read in a process of its own, judged in a thread, kept at once."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final
from unicodedata import normalize

from asyncpg import Record

from libsubsidy import (
    AmountRow,
    AmountsAsked,
    IdentityError,
    IdNumber,
    Month,
    OrderKind,
    Policy,
    ReadAmount,
    Roster,
    Violation,
    read_amounts,
)
from services.portal.amounts.layout import FIELDS
from services.spreadsheets.reading import Sheet
from services.store import amount_lists, candidates, rosters
from services.store.amount_lists import AmountList, ReceivedList
from services.store.database import Connection
from services.store.long_work import off_loop
from services.store.orders import Order
from services.store.rosters import RosterScope

_NUMBER: Final = "id_number"


async def receive(  # noqa: PLR0917 - a file, and what it is read for.
    connection: Connection, order: Order, month: Month, file_name: str, sheet: Sheet, policy: Policy, today: date
) -> AmountList:
    """Judge a file that was read, and keep it beside the draft.

    Raises:
        RefusedError: as `amount_lists.receive`.
    """
    amount_lists.refuse_unfit(order, month)
    numbers = await off_loop(len(sheet.rows), _numbers, sheet)
    known = await candidates.by_numbers(connection, order.employer_id, numbers)
    roster: Roster = {}
    if known:
        scope = RosterScope.around(
            order.employer_id,
            [month],
            person_ids=[row["id"] for row in known],
            history=order.kind is not OrderKind.REGULAR,
        )
        roster = await rosters.load(connection, scope)
    asked = AmountsAsked(month=month, kind=order.kind, roster=roster, numbers=_ids(known), policy=policy, today=today)
    received = await off_loop(len(sheet.rows), _received, file_name, sheet, asked)
    return await amount_lists.receive(connection, order, month, received)


def _numbers(sheet: Sheet) -> list[str]:
    """Give every number by which somebody may be known: as it was typed, and an old one as the card shows it today."""
    found: dict[str, None] = {}
    for row in sheet.rows:
        plain = "".join(normalize("NFKC", row.cells[_NUMBER]).split()).upper()
        found[plain] = None
        try:
            found[str(IdNumber.parse(plain))] = None
        except IdentityError:
            continue  # The reading of the row says what is wrong.
    return [number for number in found if number]


def _ids(known: Sequence[Record]) -> Mapping[str, int]:
    ids = {row["id_number_given"]: row["id"] for row in known if row["id_number_given"]}
    return ids | {row["id_number"]: row["id"] for row in known}


def _received(file_name: str, sheet: Sheet, asked: AmountsAsked) -> ReceivedList:
    uncertain: dict[int, dict[str, Violation]] = {}
    for cell in sheet.broken:
        uncertain.setdefault(cell.row, {})[cell.key] = cell.violation
    rows = [
        AmountRow(
            number=row.number, **{name: row.cells[name] for name in FIELDS}, uncertain=uncertain.get(row.number, {})
        )
        for row in sheet.rows
    ]
    read: tuple[ReadAmount, ...] = read_amounts(rows, asked)
    return ReceivedList(
        file_name=file_name,
        rows=list(zip(read, (row.cells for row in sheet.rows), strict=True)),
        letters=sheet.letters,
        findings=sheet.advice,
    )
