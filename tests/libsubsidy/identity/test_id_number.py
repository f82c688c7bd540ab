"""居民身份证号码: domain §2.3, §4.2 "Data", I29."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libsubsidy import IdentityError, IdNumber, Sex

bodies = st.builds(
    lambda area, born, serial: f"{area:06}{born:%Y%m%d}{serial:03}",
    st.integers(110_000, 659_999),
    st.dates(date(1900, 1, 1), date(2030, 12, 31)),
    st.integers(0, 999),
)


@pytest.mark.parametrize(
    ("text", "born", "sex"),
    [
        ("440524188001010014", date(1880, 1, 1), Sex.MALE),
        ("34052419800101001X", date(1980, 1, 1), Sex.MALE),
        ("11010519491231002X", date(1949, 12, 31), Sex.FEMALE),
    ],
)
def test_the_standards_own_examples_are_read(text: str, born: date, sex: Sex) -> None:
    """The examples of GB 11643 are valid, whatever an area table says about them."""
    number = IdNumber.parse(text)
    assert (text, born, sex) == (str(number), number.born, number.sex)


@pytest.mark.parametrize(
    "text",
    [
        "11010519491231002x",
        " 110105 19491231 002X",
        "１１０１０５１９４９１２３１００２Ｘ",
        "'11010519491231002X",
        "110105\u200b19491231002X",
        "11010519491231002X\n",
    ],
)
def test_what_people_and_spreadsheets_do_is_undone(text: str) -> None:
    """Lower-case x, blanks, full width, apostrophes and invisible characters do not matter."""
    assert "11010519491231002X" == str(IdNumber.parse(text))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("4.40782E+17", "ID_SCIENTIFIC"),
        ("4.40782e17", "ID_SCIENTIFIC"),
        ("４.40782Ｅ+17", "ID_SCIENTIFIC"),
        ("4E+17", "ID_SCIENTIFIC"),
        ("", "ID_LENGTH"),
        ("1101051949123100", "ID_LENGTH"),
        ("11010519491231002", "ID_LENGTH"),
        ("11010519491231002XX", "ID_LENGTH"),
        ("1" * 100_000, "ID_LENGTH"),
        ("1101051949123100AX", "ID_CHARACTERS"),
        ("X1010519491231002X", "ID_CHARACTERS"),
        ("11010549123100X", "ID_CHARACTERS"),
        ("11010519491231٠02X", "ID_CHARACTERS"),
        ("11010519491331002X", "ID_DATE"),
        ("11010519490229002X", "ID_DATE"),
        ("110105490229002", "ID_DATE"),
        ("110105194912310021", "ID_CHECK_DIGIT"),
        ("440782198001010000", "ID_CHECK_DIGIT"),
    ],
)
def test_what_cannot_be_right_is_refused(text: str, code: str) -> None:
    """Each kind of mistake has its own code and says what to do."""
    with pytest.raises(IdentityError) as refusal:
        IdNumber.parse(text)
    assert code == refusal.value.violation.code


def test_scientific_notation_says_that_digits_were_lost() -> None:
    """Typing the shown digits again would not help, so the message says what does."""
    with pytest.raises(IdentityError) as refusal:
        IdNumber.parse("4.40782E+17")
    assert "丢失" in refusal.value.violation.zh
    assert "lost" in refusal.value.violation.en


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("110105491231002", "11010519491231002X"),
        ("110105491231996", str(IdNumber.of_body("11010518491231996"))),
        ("110105491231995", str(IdNumber.of_body("11010519491231995"))),
    ],
)
def test_fifteen_digits_are_upgraded_and_kept(old: str, new: str) -> None:
    """Old numbers get their century (18 for centenarians' serials) and a check; the card's digits are kept."""
    number = IdNumber.parse(old)
    assert (new, old) == (str(number), number.original)
    assert IdNumber.parse(new) == number


@pytest.mark.parametrize(("today", "allowed"), [(date(2020, 3, 1), False), (date(2020, 3, 2), True)])
def test_nobody_is_born_after_today(today: date, *, allowed: bool) -> None:
    """Born today is possible, born tomorrow is not; without a day it is not judged."""
    text = str(IdNumber.of_body("44078220200302001"))
    assert text == str(IdNumber.parse(text))
    if allowed:
        assert text == str(IdNumber.parse(text, today))
        return
    with pytest.raises(IdentityError) as refusal:
        IdNumber.parse(text, today)
    assert "ID_DATE_FUTURE" == refusal.value.violation.code


@given(bodies)
def test_i29_every_slip_is_noticed(body: str) -> None:
    """Every single wrong character and every swap of different neighbours, exhaustively over the places."""
    right = str(IdNumber.of_body(body))
    for place in range(18):
        for other in "0123456789X" if place == 17 else "0123456789":
            if other != right[place]:
                with pytest.raises(IdentityError):
                    IdNumber(right[:place] + other + right[place + 1 :])
    for place in range(17):
        if right[place] != right[place + 1]:
            with pytest.raises(IdentityError):
                IdNumber(right[:place] + right[place + 1] + right[place] + right[place + 2 :])


@given(bodies.filter(lambda body: body[6:8] == "19" and body[14:] < "996").map(lambda body: body[:6] + body[8:]))
def test_i29_the_upgrade_is_a_function_and_validates(old: str) -> None:
    """The same old number always gives the same new one, and that is valid by itself."""
    number = IdNumber.parse(old)
    assert number == IdNumber.parse(old) == IdNumber.parse(str(number))
    assert old == str(number)[:6] + str(number)[8:17]


def test_numbers_of_made_up_people_need_a_whole_body() -> None:
    """A body of another length or with letters is refused."""
    for body in ("", "440782198001010", "4407821980010100A"):
        with pytest.raises(IdentityError):
            IdNumber.of_body(body)


def test_lists_show_a_masked_number() -> None:
    """Area and birth are hidden, the last four stay to tell people apart."""
    assert "1101**********002X" == IdNumber.parse("11010519491231002X").masked
