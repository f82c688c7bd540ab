"""The bureau's numbers."""

from typing import Any

import pytest
from attrs import fields

from libsubsidy import Policy


def test_the_manuals_numbers_are_the_defaults() -> None:
    """Twelve months (L381), next month at most (D-7), yuan."""
    policy = Policy()
    assert (12, 1, "CNY", 80) == (
        policy.back_pay_months_max,
        policy.remittance_months_ahead,
        policy.currency,
        policy.order_codes_alarm_percent,
    )


@pytest.mark.parametrize("name", [field.name for field in fields(Policy)])
@pytest.mark.parametrize("value", [-1, None, "viele", 1.5])
def test_a_number_that_cannot_be_is_refused(name: str, value: Any) -> None:
    """Every field is validated: no rule runs on nonsense."""
    with pytest.raises((ValueError, TypeError)):
        Policy(**{name: value})
