"""Changes of an employer's card and of an employee's file: F36-F42, F53-F60, I25, D-5, D-12."""

from datetime import date

import attrs
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from libsubsidy import (
    SLOTS,
    STRICT_FIELDS,
    Change,
    ChangeKind,
    CreditCode,
    DesignatedAmount,
    EmployerCard,
    Employment,
    EmploymentState,
    FieldChange,
    FileAmount,
    IdNumber,
    LiveMonth,
    Member,
    Money,
    Month,
    OrganizationCode,
    PersonnelFile,
    Violation,
    advise_change,
    check_seen,
    read_card_change,
    read_file_change,
)

TODAY = date(2020, 9, 15)
CODES = [OrganizationCode.of_body(f"PDY0000{serial}") for serial in range(1, 4)]
CREDIT = CreditCode.of_body(f"12440700{CODES[0]}")
CREDIT_2 = CreditCode.of_body(f"12440700{CODES[1]}")
CARD = EmployerCard(
    name="市第一中学",
    credit_code=str(CREDIT),
    org_code=str(CODES[0]),
    kind="institution",
    address="迎宾路 1 号",
    legal_representative="张三",
    contact_name="李四",
    contact_mobile="13800000000",
)
OLD_NUMBER, NEW_NUMBER = "11010519491231002X", "110105194912310046"


def _amount(month: str, yuan: str) -> FileAmount:
    return FileAmount(effective=Month.parse(month), amount=Money.parse(yuan))


FILE = PersonnelFile(
    name="张三",
    id_number=OLD_NUMBER,
    mobile="13800000000",
    rank="科员",
    start_month="2020-01",
    amounts=(_amount("2020-01", "500"), _amount("2020-11", "700")),
)


def _told(broken: tuple[Violation, ...]) -> list[tuple[str, object]]:
    return [(each.code, each.params.get("field")) for each in broken]


def _pairs(change: Change | None) -> list[tuple[str, str, str]]:
    assert change is not None
    return [(each.field, each.before, each.after) for each in change.fields]


def _card_errors(kind: ChangeKind, typed: dict[str, str], card: EmployerCard = CARD) -> list[tuple[str, object]]:
    change, broken = read_card_change(kind, card, typed)
    assert (change is None) == bool(broken)
    return _told(broken)


def _file_errors(typed: dict[str, str], month: str = "", file: PersonnelFile = FILE) -> list[tuple[str, object]]:
    change, broken = read_file_change(file, typed, effective_month=month, today=TODAY)
    assert (change is None) == bool(broken)
    return _told(broken)


def test_every_field_of_the_card_has_one_entry() -> None:
    """F36, F41: the two entries share the card between them, no field is in both and none in neither (D-12)."""
    employer, information = (
        {each.name for each in kind.fields} for kind in (ChangeKind.EMPLOYER, ChangeKind.INFORMATION)
    )
    assert {each.name for each in attrs.fields(EmployerCard)} == employer | information
    assert set() == employer & information
    assert {"contact_name", "contact_mobile"} <= information
    assert {"name", "org_code", "credit_code"} <= employer


class TestCard:
    """Changes of the card of an employer."""

    def test_a_change_holds_what_differs_and_nothing_else(self) -> None:
        """F38: the form is sent whole; blanks around and other spellings of the same value are no change."""
        typed = attrs.asdict(evolve(CARD, name=" 市第二中学 ", org_code=CODES[0].hyphenated, address="迎宾路 1 号 "))
        change, _ = read_card_change(ChangeKind.EMPLOYER, CARD, typed)
        assert [("name", "市第一中学", "市第二中学")] == _pairs(change)

    def test_nothing_changed_is_refused(self) -> None:
        """F38: at least one field changes."""
        assert [("NOTHING_CHANGED", None)] == _card_errors(ChangeKind.EMPLOYER, attrs.asdict(CARD))
        assert [("NOTHING_CHANGED", None)] == _card_errors(ChangeKind.EMPLOYER, {})

    def test_fields_of_the_other_entry_are_not_touched(self) -> None:
        """F41: what is not the entry's own stays, whatever is sent."""
        assert [("NOTHING_CHANGED", None)] == _card_errors(ChangeKind.EMPLOYER, {"contact_name": "王五"})
        change, _ = read_card_change(ChangeKind.INFORMATION, CARD, {"contact_name": "王五", "name": "别的"})
        assert [("contact_name", "李四", "王五")] == _pairs(change)

    @pytest.mark.parametrize(
        ("typed", "expected"),
        [
            ({"name": "  "}, [("FIELD_MISSING", "name")]),
            ({"name": "名" * 201}, [("FIELD_TOO_LONG", "name")]),
            ({"name": "名\n称"}, [("FIELD_CHARACTERS", "name")]),
            ({"kind": "bank"}, [("EMPLOYER_KIND_UNKNOWN", "kind")]),
            ({"org_code": "PDY000011"}, [("ORG_CHECK_DIGIT", "org_code")]),
            ({"credit_code": "x"}, [("USCC_FORMAT", "credit_code")]),
            # The two codes are one certificate's: one of them alone changes only together with the other.
            ({"org_code": str(CODES[1])}, [("EMPLOYER_CODES_DISAGREE", "org_code")]),
            ({"credit_code": str(CREDIT_2)}, [("EMPLOYER_CODES_DISAGREE", "org_code")]),
            ({"credit_code": "", "org_code": ""}, [("EMPLOYER_CODE_NEEDED", "credit_code")]),
            # Every error at once.
            (
                {"name": "", "kind": "", "address": "", "credit_code": "1"},
                [("FIELD_MISSING", "name"), ("USCC_FORMAT", "credit_code"), ("FIELD_MISSING", "kind"),
                 ("FIELD_MISSING", "address")],
            ),
        ],
    )  # fmt: skip
    def test_what_is_wrong_is_named_by_its_field(
        self, typed: dict[str, str], expected: list[tuple[str, object]]
    ) -> None:
        """Each typed value is read by the type of its field."""
        assert expected == _card_errors(ChangeKind.EMPLOYER, typed)

    @pytest.mark.parametrize(
        "typed",
        [
            {"credit_code": str(CREDIT_2), "org_code": CODES[1].hyphenated},
            {"credit_code": str(CREDIT_2).lower(), "org_code": ""},
        ],
    )
    def test_codes_change_together(self, typed: dict[str, str]) -> None:
        """F42: the organisation code follows from a new credit code where it is left empty."""
        change, _ = read_card_change(ChangeKind.EMPLOYER, CARD, typed)
        assert [
            ("credit_code", str(CREDIT), str(CREDIT_2)),
            ("org_code", str(CODES[0]), str(CODES[1])),
        ] == _pairs(change)

    @pytest.mark.parametrize(
        ("typed", "expected"),
        [
            ({"refund_account_number": "440501000000001"}, ["refund_account_name", "refund_bank_name"]),
            ({"refund_account_number": "1"}, ["refund_account_number"]),
            ({"contact_mobile": "12800000000"}, ["contact_mobile"]),
            ({"contact_mobile": "", "contact_name": ""}, ["contact_name", "contact_mobile"]),
        ],
    )
    def test_a_refund_account_is_whole(self, typed: dict[str, str], expected: list[str]) -> None:
        """F41: holder, number and bank together; mobile by its form."""
        assert expected == [field for _, field in _card_errors(ChangeKind.INFORMATION, typed)]

    def test_what_was_not_touched_is_not_judged(self) -> None:
        """D-2: a migrated card with holes and an old code still changes elsewhere; a hole that is touched is filled in."""
        migrated = EmployerCard(name="老单位", org_code="PDY000019")
        change, _ = read_card_change(ChangeKind.EMPLOYER, migrated, attrs.asdict(migrated) | {"address": "新路 2 号"})
        assert [("address", "", "新路 2 号")] == _pairs(change)
        assert [("FIELD_MISSING", "address")] == _card_errors(ChangeKind.EMPLOYER, {"address": ""}, CARD)


class TestFile:
    """Changes of the file of an employee."""

    @pytest.mark.parametrize(
        ("typed", "month", "expected"),
        [
            ({"name": "张叁"}, "", [("name", "张三", "张叁")]),
            ({"id_number": NEW_NUMBER}, "", [("id_number", OLD_NUMBER, NEW_NUMBER)]),
            ({"mobile": "+86 139-0000-0000"}, "", [("mobile", "13800000000", "13900000000")]),
            ({"rank": ""}, "", [("rank", "科员", "")]),
            ({"start_month": "2020-04"}, "", [("start_month", "2020-01", "2020-04")]),
            ({"name": "欧阳·买买提", "rank": "𠮷级"}, "", [("name", "张三", "欧阳·买买提"), ("rank", "科员", "𠮷级")]),
            # The amount "before" is the one that is valid in the month from which the new one counts.
            ({"monthly_amount": "600"}, "2020-07", [("monthly_amount", "500.00", "600.00")]),
            ({"monthly_amount": "600"}, "2020-01", [("monthly_amount", "500.00", "600.00")]),
            ({"monthly_amount": "600"}, "2019-12", [("monthly_amount", "", "600.00")]),
            ({"monthly_amount": "600"}, "2020-11", [("monthly_amount", "700.00", "600.00")]),
            ({"monthly_amount": "500"}, "2020-11", [("monthly_amount", "700.00", "500.00")]),
            ({"monthly_amount": "500.00", "rank": "副科"}, "", [("rank", "科员", "副科")]),
        ],
    )  # fmt: skip
    def test_a_change_holds_before_and_after(
        self, typed: dict[str, str], month: str, expected: list[tuple[str, str, str]]
    ) -> None:
        """F57: 变更前, 变更后 of each field that differs, as texts."""
        change, broken = read_file_change(FILE, typed, effective_month=month, today=TODAY)
        assert () == broken
        assert expected == _pairs(change)

    @pytest.mark.parametrize(
        ("typed", "month", "expected"),
        [
            ({}, "", [("NOTHING_CHANGED", None)]),
            ({"rank": "科员 "}, "", [("NOTHING_CHANGED", None)]),
            # Fifteen digits of the same number are the same number.
            ({"id_number": "110105491231002"}, "", [("NOTHING_CHANGED", None)]),
            ({"name": ""}, "", [("FIELD_MISSING", "name")]),
            ({"name": "张" * 101}, "", [("FIELD_TOO_LONG", "name")]),
            ({"id_number": "4.40782E+17"}, "", [("ID_SCIENTIFIC", "id_number")]),
            ({"id_number": "110105194912310021"}, "", [("ID_CHECK_DIGIT", "id_number")]),
            ({"mobile": "12"}, "", [("PHONE_FORMAT", "mobile")]),
            ({"rank": "级" * 51}, "", [("FIELD_TOO_LONG", "rank")]),
            ({"start_month": "2020-4"}, "", [("MONTH_FORMAT", "start_month")]),
            ({"start_month": ""}, "", [("FIELD_MISSING", "start_month")]),
            ({"monthly_amount": "0"}, "2020-07", [("AMOUNT_NOT_POSITIVE", "monthly_amount")]),
            ({"monthly_amount": "1,00"}, "2020-07", [("AMOUNT_FORMAT", "monthly_amount")]),
            ({"monthly_amount": "600"}, "", [("EFFECTIVE_MONTH_MISSING", "effective_month")]),
            ({"monthly_amount": "600"}, "2020-13", [("MONTH_OUT_OF_RANGE", "effective_month")]),
            ({"monthly_amount": "500"}, "2020-07", [("AMOUNT_ON_FILE_ALREADY", "effective_month")]),
            ({"monthly_amount": "700"}, "2020-12", [("AMOUNT_ON_FILE_ALREADY", "effective_month")]),
            ({"rank": "副科"}, "2020-07", [("EFFECTIVE_MONTH_ALONE", "effective_month")]),
            (
                {"name": "", "mobile": "1", "monthly_amount": "x", "start_month": "?"},
                "",
                [("FIELD_MISSING", "name"), ("PHONE_FORMAT", "mobile"), ("AMOUNT_FORMAT", "monthly_amount"),
                 ("MONTH_FORMAT", "start_month"), ("EFFECTIVE_MONTH_MISSING", "effective_month")],
            ),
        ],
    )  # fmt: skip
    def test_what_is_wrong_is_named_by_its_field(
        self, typed: dict[str, str], month: str, expected: list[tuple[str, object]]
    ) -> None:
        """Every error at once, each with the field that is to be mended."""
        assert expected == _file_errors(typed, month)

    def test_nobody_is_born_after_today(self) -> None:
        """The check digit fits, and yet."""
        assert [("ID_DATE_FUTURE", "id_number")] == _file_errors(
            {"id_number": str(IdNumber.of_body("11010520200916000"))}
        )

    def test_a_file_without_amount_or_start_gets_them(self) -> None:
        """What migration left empty is filled in by a change (START_MONTH_MISSING leads here), or left alone."""
        empty = PersonnelFile(name="张三")
        typed = {"name": "张三", "mobile": "", "monthly_amount": "", "start_month": "2020-04"}
        change, _ = read_file_change(empty, typed, effective_month="", today=TODAY)
        assert [("start_month", "", "2020-04")] == _pairs(change)
        change, _ = read_file_change(empty, typed | {"monthly_amount": "5"}, effective_month="2020-04", today=TODAY)
        assert ("monthly_amount", "", "5.00") in _pairs(change)
        assert [("EFFECTIVE_MONTH_ALONE", "effective_month")] == _file_errors(typed, "2020-04", empty)


@pytest.mark.parametrize("kind", ChangeKind)
def test_who_somebody_is_needs_stricter_proof(kind: ChangeKind) -> None:
    """F57, F58: name, ID number and codes; the entry that has such a field has words for its proof."""
    for field in kind.fields:
        change = Change(kind=kind, fields=(FieldChange(field=field.name, before="", after="x"),))
        assert (field.name in STRICT_FIELDS) == change.needs_strict_proof == bool(change.also_required)
        # A slot that a kind's applications do not have could not be filled.
        assert set(change.also_required) <= {slot.name for slot in SLOTS[kind.value]}
    assert (kind.strict_proof is not None) == any(each.name in STRICT_FIELDS for each in kind.fields)


def test_what_was_seen_is_what_is_changed() -> None:
    """Somebody who looked at an old page is told which field has changed since, and that reloading helps."""
    now = attrs.asdict(CARD)
    assert () == check_seen(ChangeKind.INFORMATION, {"contact_name": "李四"}, now)
    (stale,) = check_seen(ChangeKind.INFORMATION, {"contact_name": "李", "contact_mobile": "13800000000"}, now)
    assert ("STALE_VERSION", "contact_name") == (stale.code, stale.params["field"])
    assert stale.zh.startswith("“单位管理员姓名”")


FACTS = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["张三", "李四", "王五·买买提"]),
        "id_number": st.sampled_from([OLD_NUMBER, NEW_NUMBER]),
        "mobile": st.sampled_from(["13800000000", "13900000000"]),
        "rank": st.sampled_from(["", "科员", "副科"]),
        "start_month": st.sampled_from(["2020-01", "2020-04"]),
        "monthly_amount": st.sampled_from(["500", "600.5", "700"]),
    },
)
MONTHS = st.sampled_from(["", "2019-12", "2020-01", "2020-07", "2020-11", "2021-01"])


@given(st.lists(st.tuples(FACTS, MONTHS), max_size=8))
def test_replaying_all_changes_from_the_opening_yields_the_present(asked: list[tuple[dict[str, str], str]]) -> None:
    """I25: the chain has no gap, each "before" is the "after" that was valid, and no approval does anything else."""
    file, approved = FILE, []
    for typed, month in asked:
        change, broken = read_file_change(file, typed, effective_month=month, today=TODAY)
        if change is None:
            assert broken
            continue
        at = change.effective or Month.of(TODAY)
        assert () == change.check_fresh(file.facts(at))
        assert [each.before for each in change.fields] == [file.facts(at)[each.field] for each in change.fields]
        changed = change.applied_to_file(file)
        assert file.facts(at) | change.after == changed.facts(at)
        # Approved a second time it would change what is already changed.
        assert len(change.fields) == len(change.check_fresh(changed.facts(at)))
        approved.append(change)
        file = changed
    replayed = FILE
    for change in approved:
        replayed = change.applied_to_file(replayed)
    assert file == replayed


@given(FACTS, MONTHS)
def test_an_amount_changes_no_month_before_its_own_and_none_after_the_next(typed: dict[str, str], month: str) -> None:
    """D-5, F60: it counts from its effective month until the next amount of the file."""
    change, _ = read_file_change(FILE, typed, effective_month=month, today=TODAY)
    if change is None or change.effective is None:
        return
    changed = change.applied_to_file(FILE)
    later = min((each.effective for each in FILE.amounts if each.effective > change.effective), default=Month(9999, 12))
    for at in (Month(2019, 11) + step for step in range(20)):
        valid = change.after["monthly_amount"] if change.effective <= at < later else FILE.facts(at)["monthly_amount"]
        assert valid == changed.facts(at)["monthly_amount"]


@given(st.dictionaries(st.sampled_from([each.name for each in ChangeKind.EMPLOYER.fields]), st.text(max_size=30)))
def test_a_card_changes_to_what_it_says_or_not_at_all(typed: dict[str, str]) -> None:
    """I25: after approval the card equals its "after" image, whatever was typed; everything else stays."""
    change, broken = read_card_change(ChangeKind.EMPLOYER, CARD, typed)
    assert (change is None) == bool(broken)
    if change is not None:
        assert attrs.asdict(CARD) | change.after == attrs.asdict(change.applied_to_card(CARD))
        assert all(each.before != each.after for each in change.fields)


class TestAdvice:
    """What is worth a look: nothing of it forbids anything, because no rule of the manual does."""

    MEMBER = Member(
        Employment(
            person_id=1,
            name="张三",
            start_month=Month(2020, 4),
            state=EmploymentState.ACTIVE,
            regular_months=frozenset({Month(2020, 4), Month(2020, 5)}),
            file_amounts=FILE.amounts,
            designated=(DesignatedAmount(month=Month(2020, 5), amount=Money.parse("550")),),
        ),
        {Month(2020, 3): LiveMonth(employer_name="单位1", order_ref="order-1")},
    )

    def _advice(self, typed: dict[str, str], month: str = "") -> list[str]:
        file = evolve(FILE, start_month="2020-04")
        change, broken = read_file_change(file, typed, effective_month=month, today=TODAY)
        assert change is not None, broken
        return [each.code for each in advise_change(change, self.MEMBER)]

    @pytest.mark.parametrize(
        ("month", "expected"),
        [
            ("2020-12", []),
            ("2020-06", ["ADVICE_AMOUNT_LATER_STAYS"]),
            # On a tie the file wins over what was designated (D-5).
            ("2020-05", ["ADVICE_AMOUNT_MONTHS_LIVE", "ADVICE_AMOUNT_LATER_STAYS"]),
            ("2020-04", ["ADVICE_AMOUNT_MONTHS_LIVE", "ADVICE_AMOUNT_LATER_STAYS", "ADVICE_AMOUNT_DESIGNATED"]),
        ],
    )
    def test_an_amount_for_months_that_are_paid(self, month: str, expected: list[str]) -> None:
        """The month is free; a live month keeps its amount, and so does what was designated later."""
        assert expected == self._advice({"monthly_amount": "650"}, month)

    @pytest.mark.parametrize(
        ("start", "expected"),
        [
            ("2020-02", ["ADVICE_START_MONTHS_LIVE"]),
            ("2019-12", ["ADVICE_START_MONTHS_LIVE", "ADVICE_START_WITHOUT_AMOUNT"]),
            ("2020-05", ["ADVICE_START_AFTER_LIVE"]),
        ],
    )
    def test_a_start_month_changed_after_back_payment(self, start: str, expected: list[str]) -> None:
        """March was back-paid because the start was April: from February on it counts as paid, and is said to be."""
        assert expected == self._advice({"start_month": start})

    def test_other_fields_need_none(self) -> None:
        """A name, a rank or a mobile moves no money."""
        assert [] == self._advice({"name": "张叁", "rank": "副科", "mobile": "13900000000"})
