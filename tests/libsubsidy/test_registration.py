"""注册新单位 (F1-F7): the form of a registration, every field at its boundary, and its life."""

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from libsubsidy import (
    CARD_FIELDS,
    REGISTRATION_LIFE,
    CreditCode,
    EmployerCard,
    EmployerKind,
    Mobile,
    OrganizationCode,
    RegistrationEvent,
    RegistrationState,
    TransitionRefused,
    read_card,
    read_registration,
)

ORG_CODE = OrganizationCode.of_body("PDY00001")
CREDIT_CODE = CreditCode.of_body(f"12440700{ORG_CODE}")
MOBILE = Mobile("13800000000")
WHOLE = EmployerCard(
    name="市第一中学",
    credit_code=str(CREDIT_CODE),
    kind="institution",
    address="迎宾路 1 号",
    legal_representative="张三",
    contact_name="李四",
    contact_mobile=str(MOBILE),
)


def refused(**typed: str) -> list[tuple[str, object]]:
    """Give what is wrong with a whole card of which some fields are typed otherwise: code and field of each."""
    return [(each.code, each.params["field"]) for each in read_card(attrs.evolve(WHOLE, **typed))[1]]


def test_f5_an_empty_form_names_every_field_with_a_red_dot_at_once() -> None:
    """F5 (L5 带红点必填): all that is missing is told together; of the two codes one is asked for."""
    _, broken = read_card(EmployerCard())
    required = [each.name for each in CARD_FIELDS if each.required]
    assert [*[("FIELD_MISSING", name) for name in required], ("EMPLOYER_CODE_NEEDED", "credit_code")] == [
        (each.code, each.params["field"]) for each in broken
    ]
    assert all(each.zh.startswith("“") for each in broken)


def test_f5_every_attribute_of_the_card_has_its_field() -> None:
    """A field that forms do not show could never be filled in."""
    assert [each.name for each in attrs.fields(EmployerCard)] == [each.name for each in CARD_FIELDS]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ({"name": "  市第一中学 "}, {"name": "市第一中学"}),
        ({"name": "𠮷田·买买提"}, {"name": "𠮷田·买买提"}),
        ({"credit_code": f" {str(CREDIT_CODE).lower()} "}, {"org_code": str(ORG_CODE)}),
        ({"credit_code": "", "org_code": ORG_CODE.hyphenated}, {"org_code": str(ORG_CODE), "credit_code": ""}),
        ({"org_code": str(ORG_CODE)}, {"org_code": str(ORG_CODE), "credit_code": str(CREDIT_CODE)}),
        ({"contact_mobile": "+86 138-0000-0000"}, {"contact_mobile": "13800000000"}),
        (
            {"refund_account_name": "a", "refund_bank_name": "b", "refund_account_number": "4405 0100-0000 0000 01"},
            {"refund_account_number": "440501000000000001"},
        ),
        *[({"kind": kind.value}, {"kind": kind.value}) for kind in EmployerKind],
    ],
)
def test_what_people_type_is_kept_as_it_was_meant(typed: dict[str, str], kept: dict[str, str]) -> None:
    """Blanks, hyphens and small letters change nothing; the organisation code is taken out of the credit code."""
    card, broken = read_card(attrs.evolve(WHOLE, **typed))
    assert ((), kept) == (broken, {name: getattr(card, name) for name in kept})


@pytest.mark.parametrize(
    ("typed", "broken"),
    [
        ({"name": "单" * 201}, [("FIELD_TOO_LONG", "name")]),
        ({"name": "单\n位"}, [("FIELD_CHARACTERS", "name")]),
        ({"name": "单\u202e位"}, [("FIELD_CHARACTERS", "name")]),
        ({"legal_representative": "王" * 101}, [("FIELD_TOO_LONG", "legal_representative")]),
        ({"kind": "banana"}, [("EMPLOYER_KIND_UNKNOWN", "kind")]),
        ({"contact_mobile": "12800000000"}, [("PHONE_FORMAT", "contact_mobile")]),
        ({"credit_code": str(CREDIT_CODE)[:-1]}, [("USCC_FORMAT", "credit_code")]),
        ({"credit_code": "", "org_code": f"{str(ORG_CODE)[:8]}0"}, [("ORG_CHECK_DIGIT", "org_code")]),
        ({"org_code": str(OrganizationCode.of_body("PDY00002"))}, [("EMPLOYER_CODES_DISAGREE", "org_code")]),
        ({"credit_code": str(CreditCode.of_body("12440700PDY000010"))}, [("ORG_CHECK_DIGIT", "credit_code")]),
        (
            {"refund_account_number": "1" * 11, "refund_bank_name": "b", "refund_account_name": "a"},
            [("BANK_ACCOUNT_FORMAT", "refund_account_number")],
        ),
        (
            {"refund_account_number": "1" * 12},
            [("REFUND_ACCOUNT_INCOMPLETE", "refund_account_name"), ("REFUND_ACCOUNT_INCOMPLETE", "refund_bank_name")],
        ),
        (
            {"name": "", "kind": "", "contact_mobile": "1"},
            [("FIELD_MISSING", "name"), ("FIELD_MISSING", "kind"), ("PHONE_FORMAT", "contact_mobile")],
        ),
    ],
)
def test_every_field_at_its_boundary(typed: dict[str, str], broken: list[tuple[str, object]]) -> None:
    """What is one beyond is refused, by its own code, at its own field; one wrong field hides no other."""
    assert broken == refused(**typed)


@pytest.mark.parametrize(("digits", "fits"), [(11, False), (12, True), (32, True), (33, False)])
def test_accounts_have_twelve_to_thirty_two_digits(digits: int, fits: bool) -> None:  # noqa: FBT001 -- a table.
    """Domain §2.3: corporate accounts have no check digit, so their length is all there is to see."""
    found = refused(refund_account_number="1" * digits, refund_account_name="a", refund_bank_name="b")
    assert fits == (not found)


@given(
    st.fixed_dictionaries(
        {name: st.text(max_size=40) for name in ("name", "address", "contact_name", "supervising_authority")}
    )
)
def test_what_was_read_reads_the_same_again(typed: dict[str, str]) -> None:
    """Any text gives an answer; and a card on file passes as it is, so that a change of one field breaks no other."""
    card, broken = read_card(attrs.evolve(WHOLE, **typed))
    if not broken:
        assert (card, ()) == read_card(card)
    assert {each.params["field"] for each in broken} <= typed.keys()


def test_a_number_that_was_not_proven_does_not_count() -> None:
    """Domain §4.2, phone changed mid-way: the card has the telephone that the code went to, whatever was typed."""
    card, broken = read_registration(attrs.evolve(WHOLE, contact_mobile="13900000000"), MOBILE)
    assert ((), str(MOBILE)) == (broken, card.contact_mobile)


def test_f7_the_life_of_a_registration() -> None:
    """F7, domain §6.1: phone_verified → draft → submitted → approved, returned or rejected; returned → edited again."""
    reached = {RegistrationState.PHONE_VERIFIED}
    for state in RegistrationState:
        allowed = REGISTRATION_LIFE.events(state)
        assert (state.value in {"approved", "rejected"}) == (not allowed)
        for event in RegistrationEvent:
            if event in allowed:
                reached.add(REGISTRATION_LIFE.transition(state, event))
            else:
                with pytest.raises(TransitionRefused):
                    REGISTRATION_LIFE.transition(state, event)
    assert set(RegistrationState) == reached
    assert ["phone_verified", "draft", "returned"] == [each.value for each in RegistrationState if each.is_open_to_edit]
