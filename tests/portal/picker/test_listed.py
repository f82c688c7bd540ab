"""Promises of services/portal/picker/listed.py."""

import pytest

from libsubsidy import EmploymentState, IdNumber
from services.portal.picker.listed import Found, find, names_of, numbers_of, read_list
from services.store.candidates import Candidate

PICKABLE = frozenset({EmploymentState.ACTIVE, EmploymentState.SEALED})
ZHANG = Candidate(person_id=1, name="张三", id_number="11010519491231002X", state=EmploymentState.ACTIVE)
LEE = Candidate(
    person_id=2, name="李·四", id_number=str(IdNumber.of_body("44010119800101001")), state=EmploymentState.SEALED
)
SAME = Candidate(
    person_id=3, name="张三", id_number=str(IdNumber.of_body("44010119800101003")), state=EmploymentState.ACTIVE
)
GONE = Candidate(
    person_id=4, name="王五", id_number=str(IdNumber.of_body("44010119800101005")), state=EmploymentState.ENDED
)
# An old system left a number whose check digit is wrong (D-2).
MIGRATED = Candidate(person_id=5, name="赵六", id_number="440101198001010070", state=EmploymentState.ACTIVE)
RARE = Candidate(
    person_id=6, name="𠮷田", id_number=str(IdNumber.of_body("44010119800101008")), state=EmploymentState.ACTIVE
)
PEOPLE = (ZHANG, LEE, SAME, GONE, MIGRATED, RARE)


def found(*texts: str) -> Found:
    """Find the people of a list among those above."""
    lines = read_list(texts)
    by_name: dict[str, list[Candidate]] = {}
    for person in PEOPLE:
        by_name.setdefault(person.name, []).append(person)
    return find(lines, {person.id_number: person for person in PEOPLE}, by_name, PICKABLE)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("11010519491231002X", ZHANG),
        ("11010519491231002x", ZHANG),
        ("'11010519491231002X", ZHANG),
        ('="11010519491231002X"', ZHANG),
        (" 110105 19491231 002X ", ZHANG),
        ("１１０１０５１９４９１２３１００２Ｘ", ZHANG),
        ("110105491231002", ZHANG),
        ("张三\t11010519491231002X\t财务部", ZHANG),
        ("11010519491231002X，张三，财务部", ZHANG),
        ("张三 11010519491231002X", ZHANG),
        ("17\t张三\t11010519491231002X", ZHANG),
        (LEE.id_number + ";李·四", LEE),
        ("李·四", LEE),
        ("𠮷田", RARE),
        ("440101198001010070", MIGRATED),
    ],
)
def test_a_line_is_understood_as_people_and_spreadsheets_write_it(text: str, meant: Candidate) -> None:
    """F63, F72: apostrophes, blanks, full-width digits, old numbers, a name beside the number or alone."""
    assert ((meant,), ()) == (found(text).people, found(text).refused)


@pytest.mark.parametrize(
    ("text", "code", "told"),
    [
        ("4.40782E+17", "ID_SCIENTIFIC", "第 2 行"),
        ("张三", "LISTED_AMBIGUOUS", "2 人同名"),
        ("钱七", "LISTED_ABSENT", "第 2 行“钱七”"),
        (str(IdNumber.of_body("44010119800101009")), "LISTED_ABSENT", "第 2 行"),
        ("110105194912310021", "ID_CHECK_DIGIT", "第 2 行"),
        ("4401011980010100", "ID_LENGTH", "现在是 16 位"),
        ("李四 11010519491231002X", "LISTED_NAME_DIFFERS", "李四"),
        (GONE.id_number, "LISTED_STATE", "已销户"),
    ],
)
def test_a_line_that_names_nobody_is_told_by_its_row_with_the_reason(text: str, code: str, told: str) -> None:
    """Digits that were lost, equal names, absent people, wrong names and states are each a reason of their own."""
    (refused,) = found("身份证号码", text).refused
    assert (2, code, True) == (refused.row, refused.violation.code, told in refused.violation.zh), refused.violation.zh


def test_everybody_is_found_once_and_in_order() -> None:
    """Headings and empty lines count as rows and name nobody; a repetition is counted and not added."""
    result = found("证件号码,姓名", "", LEE.id_number, ZHANG.id_number, "110105491231002", "钱七")
    assert ((LEE, ZHANG), 1, [6]) == (result.people, result.repeated, [each.row for each in result.refused])


def test_the_store_is_asked_for_what_could_be_meant() -> None:
    """Old numbers in both forms, each number once; names only where no number stands."""
    lines = read_list(["110105491231002", "110105491231002 张三", "李·四"])
    assert ["11010519491231002X", "110105491231002"] == numbers_of(lines)
    assert ["李·四"] == names_of(lines)
