"""统一社会信用代码: domain §2.3, I29."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libsubsidy import CreditCode, IdentityError, OrganizationCode
from libsubsidy.identity.credit_code import ALPHABET

bodies = st.builds(
    lambda department, rest: department + rest,
    st.sampled_from("123456789ANY"),
    st.text(alphabet=ALPHABET, min_size=16, max_size=16),
)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("91110000600037341L", "91110000600037341L"),
        ("11440700MB2D00001H", "11440700MB2D00001H"),
        ("N2440700MF00000013", "N2440700MF00000013"),
        (" 91110000 600037341 l", "91110000600037341L"),
        ("９１１１００００６０００３７３４１Ｌ", "91110000600037341L"),
    ],
)
def test_published_codes_are_read_as_typed(text: str, plain: str) -> None:
    """Government, company and agriculture codes; blanks, full width and lower case do not matter."""
    assert plain == str(CreditCode.parse(text))


@pytest.mark.parametrize("department", "123456789ANY")
def test_every_registering_department_is_known(department: str) -> None:
    """All letters of position 1, N, A and Y included."""
    code = CreditCode.of_body(f"{department}2440700PDY00001X")
    assert code == CreditCode.parse(str(code))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        *(("", "USCC_FORMAT"), ("91110000600037341", "USCC_FORMAT"), ("91110000600037341LL", "USCC_FORMAT")),
        *(("B1110000600037341L", "USCC_FORMAT"), ("01110000600037341L", "USCC_FORMAT")),
        *(("9111000060003734IL", "USCC_FORMAT"), ("9111000O600037341L", "USCC_FORMAT")),
        ("91110000600037341M", "USCC_CHECK_DIGIT"),
    ],
)
def test_what_cannot_be_right_is_refused(text: str, code: str) -> None:
    """Letters outside the alphabet, unknown departments and a wrong check are told apart."""
    with pytest.raises(IdentityError) as refusal:
        CreditCode.parse(text)
    assert code == refusal.value.violation.code


@given(bodies)
def test_i29_every_slip_is_noticed(body: str) -> None:
    """Every single wrong character and every swap of different neighbours, exhaustively over the places."""
    right = str(CreditCode.of_body(body))
    for place in range(18):
        for other in ALPHABET:
            if other != right[place]:
                with pytest.raises(IdentityError):
                    CreditCode(right[:place] + other + right[place + 1 :])
    for place in range(17):
        if right[place] != right[place + 1]:
            with pytest.raises(IdentityError):
                CreditCode(right[:place] + right[place + 1] + right[place] + right[place + 2 :])


def test_the_organisation_code_stands_at_nine_to_seventeen() -> None:
    """A credit code whose positions 9-17 equal an organisation code is the same employer."""
    assert OrganizationCode.parse("60003734-1").text == CreditCode.parse("91110000600037341L").organization_code


def test_only_a_body_can_be_completed() -> None:
    """Eighteen characters, or a wrong department, are no body."""
    for body in ("", "B2440700PDY00001X", "91110000600037341L"):
        with pytest.raises(IdentityError):
            CreditCode.of_body(body)
