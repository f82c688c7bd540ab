"""What a list of employees is narrowed to and sorted by (F29, F30), as parts of one query.

Nothing that somebody types is a pattern: texts are looked for as they are. What is not asked costs nothing, because
PostgreSQL does not look at the second half of ``$7 IS NULL OR …`` when the first is true.
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from enum import Enum
from typing import Final

import attrs

from libsubsidy import EmploymentState, Money, Month

SEARCH_CHARACTERS_MAX: Final = 100
_INITIALS: Final = re.compile(r"[a-z]{2,8}")
_PART_OF_NUMBER: Final = re.compile(r"[0-9]{1,18}|[0-9]{0,17}X")


@attrs.frozen(kw_only=True)
class Search:
    """What a list is narrowed to.

    Attributes:
        text: a part of the name, or of its pinyin without blanks, its pinyin initials, or a part of the ID number.
        rank: exactly this one.
        start_from: 汇缴开始月份 from here on.
        start_to: and up to here.
        without_start: only those whose file lacks the start month.
        amount_from: 每月缴费金额 of at least so much.
        amount_to: and of at most so much.
    """

    text: str = ""
    state: EmploymentState | None = None
    rank: str | None = None
    start_from: Month | None = None
    start_to: Month | None = None
    without_start: bool = False
    amount_from: Money | None = None
    amount_to: Money | None = None


EVERYBODY: Final = Search()


class SortBy(Enum):
    """What a list is sorted by; equals are sorted by name."""

    NAME = "name"
    ID_NUMBER = "id_number"
    PERIODS = "periods"
    BALANCE = "balance"
    RANK = "rank"
    AMOUNT = "amount"
    START = "start"
    OPENED = "opened"
    STATE = "state"

    @property
    def is_of_ledger(self) -> bool:
        """Whether it is derived from the entries of the ledger, and not a column of the file."""
        return self in {SortBy.PERIODS, SortBy.BALANCE}


@attrs.frozen
class Sorting:
    """What a list is sorted by, and which end comes first."""

    by: SortBy = SortBy.NAME
    descending: bool = False

    @property
    def sql(self) -> str:
        """The ORDER BY of a list of `WHERE`; one that goes by the ledger is sorted elsewhere.

        >>> Sorting(SortBy.RANK, descending=True).sql
        'e.rank DESC NULLS LAST, p.name_pinyin, p.id'
        >>> Sorting(SortBy.NAME, descending=True).sql
        'p.name_pinyin DESC NULLS LAST, p.id'
        """
        first = f"{_COLUMNS[self.by]}{' DESC' if self.descending else ''} NULLS LAST"
        return f"{first}, p.id" if self.by is SortBy.NAME else f"{first}, p.name_pinyin, p.id"


# 每月缴费金额 that is valid in the month $2.
AMOUNT_FEN: Final = """(SELECT f.amount_fen FROM file_amount f WHERE f.employment_id = e.id AND f.effective_month <= $2
     ORDER BY f.effective_month DESC LIMIT 1)"""
_COLUMNS: Final[Mapping[SortBy, str]] = {
    SortBy.NAME: "p.name_pinyin",
    SortBy.ID_NUMBER: "p.id_number",
    SortBy.RANK: "e.rank",
    SortBy.AMOUNT: AMOUNT_FEN,
    SortBy.START: "e.start_month",
    SortBy.OPENED: "e.opened_at",
    SortBy.STATE: "e.state",
}
# Of employment e and person p; its parameters are those of `parameters`.
WHERE: Final = f"""e.employer_id = $1
    AND ($3::text IS NULL OR e.state = $3)
    AND ($4 = '' OR strpos(p.name, $4) > 0 OR strpos(replace(p.name_pinyin, ' ', ''), $5) > 0
         OR ($6::text IS NOT NULL AND p.name_pinyin ~ $6)
         OR ($7::text IS NOT NULL AND (strpos(p.id_number, $7) > 0 OR strpos(p.id_number_given, $7) > 0)))
    AND ($8::text IS NULL OR e.rank = $8)
    AND ($9::date IS NULL OR e.start_month >= $9) AND ($10::date IS NULL OR e.start_month <= $10)
    AND (NOT $11::boolean OR e.start_month IS NULL)
    AND ($12::bigint IS NULL OR {AMOUNT_FEN} >= $12) AND ($13::bigint IS NULL OR {AMOUNT_FEN} <= $13)"""
PARAMETERS: Final = 13


def parameters(employer_id: int, today: date, search: Search) -> tuple[object, ...]:
    """Give the parameters of `WHERE`, from $1 on."""
    text = search.text.strip()[:SEARCH_CHARACTERS_MAX]
    # An input method may write full-width letters and digits; a name is looked for as it is typed.
    plain = unicodedata.normalize("NFKC", text).replace(" ", "")
    letters, digits = plain.lower(), plain.upper()
    return (
        employer_id,
        Month.of(today).first_day,
        None if search.state is None else search.state.value,
        text,
        letters,
        _initials(letters),
        digits if _PART_OF_NUMBER.fullmatch(digits) else None,
        search.rank,
        None if search.start_from is None else search.start_from.first_day,
        None if search.start_to is None else search.start_to.first_day,
        search.without_start,
        None if search.amount_from is None else search.amount_from.fen,
        None if search.amount_to is None else search.amount_to.fen,
    )


def _initials(letters: str) -> str | None:
    """Give the pattern of names whose syllables begin with these letters.

    >>> _initials("zs"), _initials("z"), _initials("张s")
    ('(^| )z[^ ]* s', None, None)
    """
    return "(^| )" + "[^ ]* ".join(letters) if _INITIALS.fullmatch(letters) else None
