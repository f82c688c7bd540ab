"""The short way (one match) and the long way (element by element) read the same."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.reconciler.statements import line_shape, line_wise
from tests.reconciler.statements.test_layout import ATTACKS, MEMOS
from tests.reconciler.statements.written import LINE_WISE, Transaction, read

AMOUNTS = st.sampled_from(["1.00", "-1.00", "1", "0.00", " 2.50 "])
TRANSACTIONS = st.builds(
    Transaction, memo=MEMOS | st.sampled_from(ATTACKS), amount=AMOUNTS, name=MEMOS, fitid=st.just("1")
)


@pytest.mark.parametrize("layout", LINE_WISE)
@settings(max_examples=100)
@given(transactions=st.lists(TRANSACTIONS, min_size=1, max_size=6))
def test_both_ways_read_the_same(layout: str, transactions: list[Transaction]) -> None:
    """Lines, facts, holds and line numbers are equal when no transaction may take the short way."""
    text = LINE_WISE[layout].write(transactions)
    short = read(text)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("services.reconciler.statements.line_wise.SHORTS_MADE_MAX", 0)
        long = read(text)

    assert long == short


def test_the_short_way_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plain file of one shape is read the long way once, however it is indented and ends its lines."""
    seen: list[str] = []
    right = line_shape.normalised

    def counted(text: str) -> str:
        seen.append(text)
        return right(text)

    monkeypatch.setattr(line_wise, "normalised", counted)
    for bank in LINE_WISE.values():
        seen.clear()
        read(bank.write([Transaction(memo=f"m{n}", fitid=str(n)) for n in range(9)]))

        assert 1 == len(seen)
