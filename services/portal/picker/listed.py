r"""A list of people as somebody pastes it: an ID number to a line, perhaps with the name beside it, or a name alone.

A heading is passed over, and so are empty lines. Of spreadsheets' habits the apostrophe and blanks inside a number are
understood; `4.40782E+17` has lost digits and is refused by its row (domain §4.2 "Data").

>>> [(each.row, each.number, each.name) for each in read_list(["证件号码\t姓名", "", "'440782 19800101 001x，张三", "李四"])]
[(3, '44078219800101001X', '张三'), (4, '', '李四')]
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final
from unicodedata import normalize

import attrs

from libsubsidy import EmploymentState, IdentityError, IdNumber, Violation
from services.store.candidates import Candidate
from services.store.employee_lists import STATES_ZH
from services.store.refusals import violation

LINE_CHARACTERS_MAX: Final = 200
_HEADINGS: Final = ("身份证", "证件号", "姓名", "ID NUMBER")
_SCIENTIFIC: Final = re.compile(r"[0-9](?:\.[0-9]{0,17})?[Ee]\+?[0-9]{1,3}")
# Blanks stand inside numbers; what divides cells does not.
_NUMBER: Final = re.compile(r"[0-9](?:[0-9 \u200b\ufeff]*[0-9])?(?: ?[Xx](?![A-Za-z]))?")
_BLANKS: Final = re.compile(r"[ \u200b\ufeff]")
# What has fewer digits is a part of a name, or counts rows.
_DIGITS_MIN: Final = 6
_CELLS: Final = re.compile(r"[\t,、;；|]")
_AROUND: Final = " \t,，、;；|:：'’\"“”=()（）"
_OLD_LENGTH: Final = 15


@attrs.frozen
class Line:
    """One line: a number, a name, or both.

    Attributes:
        row: counted from 1, empty lines and headings, too, so that it is the row of the file.
        number: in capitals without blanks; empty when the line has none.
        name: empty when the line has none.
    """

    row: int
    text: str
    number: str
    name: str


@attrs.frozen(kw_only=True)
class Refused:
    """A line that names nobody who can be picked, and why."""

    row: int
    text: str
    violation: Violation


@attrs.frozen(kw_only=True)
class Found:
    """What a list comes to.

    Attributes:
        people: whom it names, each once, in the order of the list.
        refused: the lines that name nobody who can be picked.
        repeated: how many lines named somebody again.
    """

    people: tuple[Candidate, ...]
    refused: tuple[Refused, ...]
    repeated: int


def read_list(texts: Sequence[str]) -> tuple[Line, ...]:
    """Read the lines of a list; for thousands call it in a thread."""
    lines = (_read(row, text) for row, text in enumerate(texts, start=1))
    return tuple(line for line in lines if line is not None)


def _read(row: int, text: str) -> Line | None:
    plain = normalize("NFKC", text[:LINE_CHARACTERS_MAX])
    found = _SCIENTIFIC.search(plain) or max(_NUMBER.finditer(plain), key=lambda each: len(each[0]), default=None)
    number = "" if found is None else _BLANKS.sub("", found[0]).upper()
    if found is None or len(number) < _DIGITS_MIN:
        name = _name_of(plain)
        return Line(row, plain.strip(), "", name) if name and not _is_heading(name) else None
    return Line(row, plain.strip(), number, _name_of(f"{plain[: found.start()]},{plain[found.end() :]}"))


def _name_of(text: str) -> str:
    """Give the first cell that is no number: a list may count its rows, and name departments behind the people."""
    cells = (cell.strip(_AROUND) for cell in _CELLS.split(text))
    return next((cell for cell in cells if cell and not cell.isdecimal()), "")


def _is_heading(text: str) -> bool:
    return any(each in text.upper() for each in _HEADINGS)


def numbers_of(lines: Sequence[Line]) -> list[str]:
    """Give the numbers by which to look for people, as they are written and in 18 characters."""
    numbers = set()
    for line in lines:
        if line.number:
            numbers.add(line.number)
            if len(line.number) == _OLD_LENGTH and not isinstance(upgraded := _parsed(line.number), Violation):
                numbers.add(upgraded)
    return sorted(numbers)


def names_of(lines: Sequence[Line]) -> list[str]:
    """Give the names that stand alone."""
    return sorted({line.name for line in lines if not line.number})


def find(
    lines: Sequence[Line],
    by_number: Mapping[str, Candidate],
    by_name: Mapping[str, Sequence[Candidate]],
    states: frozenset[EmploymentState],
) -> Found:
    """Say whom each line means; for thousands call it in a thread."""
    people: dict[int, Candidate] = {}
    refused: list[Refused] = []
    repeated = 0
    for line in lines:
        meant = _meant(line, by_number, by_name, states)
        if isinstance(meant, Violation):
            refused.append(Refused(row=line.row, text=line.text, violation=meant))
        elif meant.person_id in people:
            repeated += 1
        else:
            people[meant.person_id] = meant
    return Found(people=tuple(people.values()), refused=tuple(refused), repeated=repeated)


def _meant(
    line: Line,
    by_number: Mapping[str, Candidate],
    by_name: Mapping[str, Sequence[Candidate]],
    states: frozenset[EmploymentState],
) -> Candidate | Violation:
    if line.number:
        known = by_number.get(line.number) or by_number.get(_upgraded(line.number))
        if known is None:
            # A number that some old system left here is found as it stands (D-2); only then its own faults are told.
            fault = _parsed(line.number)
            return _in_row(line, fault) if isinstance(fault, Violation) else _refusal("LISTED_ABSENT", line)
        if line.name and line.name != known.name:
            return _refusal("LISTED_NAME_DIFFERS", line, name=line.name)
    else:
        same = by_name.get(line.name, ())
        if not same:
            return _refusal("LISTED_ABSENT/name", line, name=line.name)
        if len(same) > 1:
            return _refusal("LISTED_AMBIGUOUS", line, name=line.name, people=len(same))
        (known,) = same
    if known.state not in states:
        return _refusal(
            "LISTED_STATE", line, name=known.name, state_zh=STATES_ZH[known.state], state_en=known.state.value
        )
    return known


def _parsed(number: str) -> str | Violation:
    try:
        return str(IdNumber.parse(number))
    except IdentityError as error:
        return error.violation


def _upgraded(number: str) -> str:
    parsed = _parsed(number) if len(number) == _OLD_LENGTH else ""
    return parsed if isinstance(parsed, str) else ""


def _refusal(key: str, line: Line, **facts: Any) -> Violation:  # noqa: ANN401 - facts are texts and numbers.
    return violation(key, row=line.row, **facts)


def _in_row(line: Line, fault: Violation) -> Violation:
    return attrs.evolve(
        fault,
        params={**fault.params, "row": line.row},
        zh=f"第 {line.row} 行：{fault.zh}",
        en=f"Row {line.row}: {fault.en}",
    )
