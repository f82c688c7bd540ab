"""The snapshot of an employment."""

import pytest

from libsubsidy import Employment, EmploymentState, Month


@pytest.mark.parametrize(
    ("state", "month", "expected"),
    [
        (EmploymentState.SEALED, "2020-05", EmploymentState.ACTIVE),
        (EmploymentState.SEALED, "2020-06", EmploymentState.SEALED),
        (EmploymentState.ENDED, "2020-05", EmploymentState.ACTIVE),
        (EmploymentState.ENDED, "2020-06", EmploymentState.ENDED),
        (EmploymentState.PENDING, "2020-05", EmploymentState.PENDING),
        (EmploymentState.ACTIVE, "2020-05", EmploymentState.ACTIVE),
    ],
)
def test_a_state_holds_from_its_effective_month_on(
    state: EmploymentState, month: str, expected: EmploymentState
) -> None:
    """Before it the employment was active; a pending one never was."""
    employment = Employment(
        person_id=1, name="张三", start_month=Month(2020, 1), state=state, state_from=Month(2020, 6)
    )
    assert expected is employment.state_in(Month.parse(month))


def test_opening_periods_are_not_negative() -> None:
    """A snapshot that cannot be is refused."""
    with pytest.raises(ValueError, match="opening_periods"):
        Employment(person_id=1, name="张三", start_month=None, state=EmploymentState.ACTIVE, opening_periods=-1)
