"""组织机构代码: domain §2.3, I29."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libsubsidy import IdentityError, OrganizationCode


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("D2143569-X", "D2143569X"),
        ("60003734-1", "600037341"),
        ("600037341", "600037341"),
        ("d2143569-x", "D2143569X"),
        (" D214 3569 X", "D2143569X"),
        ("Ｄ２１４３５６９－Ｘ", "D2143569X"),
        ("'600037341", "600037341"),
        ("PDY00001-X", "PDY00001X"),
    ],
)
def test_published_codes_are_read_as_typed(text: str, plain: str) -> None:
    """Hyphens, blanks, full width, lower case and a spreadsheet's apostrophe do not matter."""
    assert plain == str(OrganizationCode.parse(text))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        *(("", "ORG_FORMAT"), ("D2143569", "ORG_FORMAT"), ("D2143569XX", "ORG_FORMAT"), ("D21435-69X", "ORG_FORMAT")),
        *(("D2143569A", "ORG_FORMAT"), ("统2143569X", "ORG_FORMAT"), ("6" * 10_000, "ORG_FORMAT")),
        *(("D2143569-1", "ORG_CHECK_DIGIT"), ("600037342", "ORG_CHECK_DIGIT")),
    ],
)
def test_what_cannot_be_right_is_refused(text: str, code: str) -> None:
    """The form and the check character are errors of their own."""
    with pytest.raises(IdentityError) as refusal:
        OrganizationCode.parse(text)
    assert code == refusal.value.violation.code


@pytest.mark.parametrize("text", ["d2143569X", "D2143569-1", "X"])
def test_the_value_itself_cannot_be_wrong(text: str) -> None:
    """The constructor takes the plain form only."""
    with pytest.raises(IdentityError):
        OrganizationCode(text)


@given(st.from_regex(r"\A[0-9]{8}\Z"))
def test_i29_a_digit_body_notices_every_slip(body: str) -> None:
    """For all-digit bodies: every single wrong character and every swap of different neighbours, exhaustively."""
    right = str(OrganizationCode.of_body(body))
    for place in range(9):
        for other in "0123456789X" if place == 8 else "0123456789":
            if other != right[place]:
                with pytest.raises(IdentityError):
                    OrganizationCode(right[:place] + other + right[place + 1 :])
    for place in range(7):
        if right[place] != right[place + 1]:
            with pytest.raises(IdentityError):
                OrganizationCode(right[:place] + right[place + 1] + right[place] + right[place + 2 :])


@given(st.from_regex(r"\A[0-9A-Z]{8}\Z"))
def test_completed_codes_are_valid(body: str) -> None:
    """A completed body is read back, with its hyphen too."""
    code = OrganizationCode.of_body(body)
    assert code == OrganizationCode.parse(code.hyphenated)


def test_only_a_body_can_be_completed() -> None:
    """Nine characters, or small ones, are no body."""
    for body in ("", "PDY000010", "pdy00001"):
        with pytest.raises(IdentityError):
            OrganizationCode.of_body(body)
