"""What is read from the wire, and what is written to it."""

import json
from contextlib import suppress
from datetime import UTC, date, datetime
from enum import Enum
from http import HTTPStatus

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from libsubsidy import Memo, Money, Month, MonthRange
from services.portal.problems import Problem
from services.portal.wire import INTEGER_MAX, JSON_DEPTH_MAX, Id, read_json, read_query, write_json


class Colour(Enum):
    """An enum of the wire."""

    RED = "red"


@attrs.frozen(kw_only=True)
class Line:
    """A part of a body."""

    person_id: Id
    amount: Money


@attrs.frozen(kw_only=True)
class Body:
    """A body with a field of each kind."""

    version: int
    colour: Colour
    month: Month
    lines: tuple[Line, ...] = ()
    note: str = ""
    replace: bool = False
    range: MonthRange | None = None


GOOD = '{"version": 3, "colour": "red", "month": "2020-04"}'


def refused(body: str | bytes) -> Problem:
    """Read a body that is refused."""
    with pytest.raises(Problem) as caught:
        read_json(body if isinstance(body, bytes) else body.encode(), Body)
    return caught.value


def places(problem: Problem) -> list[tuple[str, str]]:
    """Give what is wrong, and where."""
    return [(found.violation.code, found.pointer) for found in problem.found]


def test_a_body_becomes_the_values_of_the_library() -> None:
    """Ids are texts, money has its fen, months are months."""
    body = b'{"version": 3, "colour": "red", "month": "2020-04", "lines": [{"person_id": "17", "amount": "23662.5"}]}'
    expected = Body(
        version=3,
        colour=Colour.RED,
        month=Month(2020, 4),
        lines=(Line(person_id=Id(17), amount=Money(fen=2366250)),),
    )
    assert expected == read_json(body, Body)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('{"colour": "red", "month": "2020-04"}', ("FIELD_MISSING", "/version")),
        ('{"version": "3", "colour": "red", "month": "2020-04"}', ("FIELD_WRONG", "/version")),
        ('{"version": true, "colour": "red", "month": "2020-04"}', ("FIELD_WRONG", "/version")),
        (f'{{"version": {INTEGER_MAX + 1}, "colour": "red", "month": "2020-04"}}', ("FIELD_WRONG", "/version")),
        ('{"version": 3, "colour": "blue", "month": "2020-04"}', ("FIELD_WRONG", "/colour")),
        ('{"version": 3, "colour": "red", "month": "2020-13"}', ("MONTH_OUT_OF_RANGE", "/month")),
        ('{"version": 3, "colour": "red", "month": 202004}', ("TEXT_EXPECTED", "/month")),
        ('{"version": 3, "colour": "red", "month": "2020-04", "note": 5}', ("FIELD_WRONG", "/note")),
        ('{"version": 3, "colour": "red", "month": "2020-04", "replace": 1}', ("FIELD_WRONG", "/replace")),
    ],
)
def test_each_wrong_value_is_named_with_its_place(body: str, expected: tuple[str, str]) -> None:
    """A pointer leads to the field; the words say what was expected there."""
    problem = refused(body)
    assert (HTTPStatus.UNPROCESSABLE_ENTITY, [expected]) == (problem.status, places(problem))


@attrs.frozen(kw_only=True)
class Loose:
    """A body of kinds that Python reads more generously than the document says."""

    names: tuple[str, ...] = ()
    kinds: frozenset[str] = frozenset()
    pages: tuple[tuple[str, ...], ...] = ()
    day: date | None = None
    at: datetime | None = None


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('{"names": "abc"}', "/names"),
        ('{"names": {"a": 1}}', "/names"),
        ('{"kinds": "abc"}', "/kinds"),
        ('{"pages": ["abc"]}', "/pages/0"),
        (r'{"names": ["a\u0000"]}', "/names/0"),
        (r'{"names": ["\ud800"]}', "/names/0"),
        (r'{"\ud800": 1}', "/\N{REPLACEMENT CHARACTER}"),
        ('{"day": "20200401"}', "/day"),
        ('{"day": "2020-W14-3"}', "/day"),
        ('{"day": "2020-04-31"}', "/day"),
        ('{"day": 5}', "/day"),
        ('{"at": "2020-04-01"}', "/at"),
        ('{"at": "2020-04-01T09:00:00"}', "/at"),
    ],
)
def test_nothing_is_read_more_generously_than_the_document_says(body: str, expected: str) -> None:
    """A text is no list of characters, what PostgreSQL cannot keep is no text, a date has one form."""
    with pytest.raises(Problem) as caught:
        read_json(body.encode(), Loose)
    assert [expected] == [found.pointer for found in caught.value.found]
    assert caught.value.response().body


def test_lists_dates_and_times_are_read() -> None:
    """What has its form is taken, lists of lists and times of any zone as well."""
    body = b'{"names": ["a"], "kinds": ["b"], "pages": [["c"], []], "day": "2020-04-01", "at": "2020-04-01T01:00:00Z"}'
    expected = Loose(
        names=("a",),
        kinds=frozenset({"b"}),
        pages=(("c",), ()),
        day=date(2020, 4, 1),
        at=datetime(2020, 4, 1, 1, tzinfo=UTC),
    )
    assert expected == read_json(body, Loose)


def test_all_that_is_wrong_is_said_at_once() -> None:
    """Of a list each element has its own place."""
    lines = '[{"person_id": "0", "amount": "1"}, {"person_id": "2", "amount": "1.234"}, {"person_id": 3}]'
    problem = refused(f'{{"version": 3, "colour": "red", "month": "2020-04", "lines": {lines}}}')
    assert ["/lines/0/person_id", "/lines/1/amount", "/lines/2/person_id", "/lines/2/amount"] == [
        found.pointer for found in problem.found
    ]


def test_an_unknown_field_is_no_typing_error_to_pass_over() -> None:
    """Who writes `amuont` wants to know."""
    problem = refused('{"version": 3, "colour": "red", "month": "2020-04", "amuont": "5"}')
    assert (HTTPStatus.BAD_REQUEST, [("UNKNOWN_FIELD", "/amuont")]) == (problem.status, places(problem))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"{",
        b"nothing",
        GOOD.replace("3", "NaN").encode(),
        GOOD.replace("3", "3.0").encode(),
        GOOD.replace("3", "9" * 5000).encode(),
        GOOD.replace('"version"', '"version": 1, "version"').encode(),
        b"[" * (JSON_DEPTH_MAX + 1) + b"]" * (JSON_DEPTH_MAX + 1),
        b"[" * 100_000,
    ],
    ids=["empty", "not UTF-8", "cut", "no JSON", "NaN", "decimals", "huge", "key twice", "deep", "very deep"],
)
def test_what_is_no_strict_json_is_refused(body: bytes) -> None:
    """Whatever two parsers might read differently, we do not read."""
    problem = refused(body)
    assert (HTTPStatus.BAD_REQUEST, [("JSON_WRONG", "")]) == (problem.status, places(problem))


def test_brackets_in_texts_are_no_nesting() -> None:
    """A note may hold as many as it likes."""
    note = "[" * (JSON_DEPTH_MAX + 1) + '\\"{'
    assert read_json(f'{GOOD[:-1]}, "note": "{note}"}}'.encode(), Body).note.startswith("[[[")


@pytest.mark.parametrize("text", ['"' + '\\\\"' * 500_000, '"' * 1_000_001, '"' + "\\\\" * 1_000_001])
def test_a_text_that_does_not_end_is_read_once(text: str) -> None:
    """However often it could begin or end: whatever is tried again for each place of a megabyte never comes back."""
    problem = refused("[]" * (JSON_DEPTH_MAX + 1) + text)
    assert [("JSON_WRONG", "")] == places(problem)


@given(st.binary(max_size=200))
def test_no_bytes_make_it_fail_otherwise(body: bytes) -> None:
    """Whatever comes is a body or a problem."""
    with suppress(Problem):
        read_json(body, Body)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["version", "lines", "x"]), inner),
)


@given(json_values)
def test_no_value_makes_it_fail_otherwise(value: object) -> None:
    """Nor does any JSON value in any place."""
    with suppress(Problem):
        read_json(json.dumps(value).encode(), Body)


@attrs.frozen(kw_only=True)
class Query:
    """Query parameters."""

    limit: int = 50
    employer: Id | None = None
    all: bool = False
    colour: Colour | None = None


def test_query_parameters_are_texts_with_a_meaning() -> None:
    """Numbers, ids, flags and words are read from texts; what does not fit is named."""
    expected = Query(limit=7, employer=Id(5), all=True, colour=Colour.RED)
    assert expected == read_query({"limit": "7", "employer": "5", "all": "true", "colour": "red"}, Query)
    with pytest.raises(Problem) as caught:
        read_query({"limit": "x", "all": "yes"}, Query)
    assert [("FIELD_WRONG", "/limit"), ("FIELD_WRONG", "/all")] == places(caught.value)


@attrs.frozen(kw_only=True)
class View:
    """An answer."""

    id: Id
    at: datetime
    amount: Money
    memo: Memo | None
    colour: Colour


def test_answers_are_written_as_they_are_read() -> None:
    """Ids as texts, times with their zone, memos and money as people write them."""
    view = View(
        id=Id(9_007_199_254_740_993),
        at=datetime(2020, 4, 1, 8, tzinfo=UTC),
        amount=Money(fen=-5),
        memo=Memo(employer_code="75256", order_code="A7W5"),
        colour=Colour.RED,
    )
    expected = {
        "id": "9007199254740993",
        "at": "2020-04-01T08:00:00+00:00",
        "amount": "-0.05",
        "memo": "75256xA7W5o",
        "colour": "red",
    }
    assert expected == json.loads(write_json(view, View))
