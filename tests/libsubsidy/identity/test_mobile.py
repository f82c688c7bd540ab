"""Mobile numbers: domain §2.3."""

import pytest

from libsubsidy import IdentityError, Mobile


@pytest.mark.parametrize(
    "text",
    [
        "13800000000",
        "138 0000 0000",
        "138-0000-0000",
        "+8613800000000",
        "008613800000000",
        "8613800000000",
        "１３８００００００００",
    ],
)
def test_numbers_are_read_as_people_write_them(text: str) -> None:
    """Blanks, hyphens, the country code and full width do not matter."""
    assert "13800000000" == str(Mobile.parse(text))


@pytest.mark.parametrize("second", "0123456789")
def test_13_to_19_are_mobile(second: str) -> None:
    """No carrier's range is listed: all of 13 to 19 are accepted, 10 to 12 are not."""
    text = f"1{second}800000000"
    if second >= "3":
        assert text == str(Mobile.parse(text))
    else:
        with pytest.raises(IdentityError):
            Mobile.parse(text)


@pytest.mark.parametrize("text", ["", "1380000000", "138000000000", "23800000000", "+8523800000000", "1380000000a"])
def test_other_numbers_are_refused(text: str) -> None:
    """Wrong lengths, landlines and other countries are no mainland mobile."""
    for attempt in (Mobile.parse, Mobile):
        with pytest.raises(IdentityError) as refusal:
            attempt(text)
        assert "PHONE_FORMAT" == refusal.value.violation.code


def test_lists_show_a_masked_number() -> None:
    """The middle is hidden."""
    assert "138****0000" == Mobile.parse("13800000000").masked
