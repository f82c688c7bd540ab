"""Pages of lists."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.portal.cursors import CursorKey, PageQuery, page_of, write_cursor
from services.portal.problems import Problem
from services.portal.wire import Limit, read_query


@pytest.mark.parametrize("text", ["1", "200"])
def test_a_page_is_as_long_as_it_is_wanted(text: str) -> None:
    """From one item to the longest page; 50 where nothing is said."""
    assert (int(text), 50) == (read_query({"limit": text}, PageQuery).limit, read_query({}, PageQuery).limit)


@pytest.mark.parametrize("text", ["-1", "0", "201", "99999", "9" * 40, "ten", ""])
def test_a_page_has_its_bounds(text: str) -> None:
    """Nobody asks for everything at once, nor for nothing, and nobody gets another number than was asked for."""
    with pytest.raises(Problem) as caught:
        read_query({"limit": text}, PageQuery)
    assert ("FIELD_WRONG", "/limit") == (caught.value.found[0].violation.code, caught.value.found[0].pointer)
    assert "1 至 200 的整数" in caught.value.found[0].violation.zh


@pytest.mark.parametrize(("rows", "items", "more"), [(0, 0, False), (2, 2, False), (3, 3, False), (4, 3, True)])
def test_the_last_page_has_no_next(rows: int, items: int, more: bool) -> None:  # noqa: FBT001 - a table.
    """One row more than the limit says that there is a next page."""
    page = page_of(list(range(rows)), PageQuery(limit=Limit(3)), str, lambda row: (row,))
    assert (items, more) == (len(page.items), page.next is not None)


@given(
    st.tuples(
        st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30),
        st.integers(-(2**63) + 1, 2**63 - 1),
    )
)
def test_a_cursor_gives_back_its_key(key: CursorKey) -> None:
    """Whatever a list is sorted by."""
    assert key == PageQuery(cursor=write_cursor(key)).after(str, int)


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "AAAA",
        "é",
        write_cursor(("1",)),
        write_cursor((1, 2)),
        write_cursor((2**63,)),
        write_cursor(("\0",)),
        "W" * 10_000,
    ],
)
def test_a_made_up_cursor_is_refused(cursor: str) -> None:
    """It is nobody's to write, and no reason to fail."""
    with pytest.raises(Problem) as caught:
        PageQuery(cursor=cursor).after_id()
    assert "CURSOR_WRONG" == caught.value.found[0].violation.code


@given(st.text(max_size=60))
def test_no_cursor_makes_it_fail_otherwise(cursor: str) -> None:
    """Whatever comes is a key or a problem."""
    with suppress(Problem):
        PageQuery(cursor=cursor).after_id()
