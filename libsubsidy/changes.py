"""Changes that the bureau approves: 单位信息变更, 单位管理-信息变更 and 职工信息变更, one engine with three entries (D-12).

    新增变更信息 … 提交后等待批复，审核通过后，变更即可生效。                                            manual L87-L92

A change names fields with what was before and what is to be after; at least one differs (F38). Nothing changes until it is
approved; then, if what is on file still is what was before, it becomes exactly what was to be after (F40, I25). So going
through all changes from the opening on leads to the present. What is on file and was not touched is not judged: a migrated
employer without an address may still change its telephone (D-2).

>>> card = EmployerCard(name="市第一中学", contact_name="李四", contact_mobile="13800000000")
>>> typed = {"contact_name": " 王五 ", "contact_mobile": "138 0000 0000"}
>>> change, broken = read_card_change(ChangeKind.INFORMATION, card, typed)
>>> change.fields, broken
((FieldChange(field='contact_name', before='李四', after='王五'),), ())
>>> change.applied_to_card(card).contact_name
'王五'
>>> _, (refusal,) = read_card_change(ChangeKind.INFORMATION, card, {"contact_name": "李四"})
>>> refusal.code
'NOTHING_CHANGED'

An amount of an employee's file counts from the month that the change names, which is free (D-5, F60):

>>> from libsubsidy.employment import FileAmount
>>> file = PersonnelFile(name="张三", amounts=(FileAmount(effective=Month(2020, 1), amount=Money.parse("500")),))
>>> raised, _ = read_file_change(file, {"monthly_amount": "600"}, effective_month="2020-07", today=date(2020, 9, 15))
>>> raised.fields[0].before, raised.fields[0].after, str(raised.effective)
('500.00', '600.00', '2020-07')
>>> [(str(each.effective), str(each.amount)) for each in raised.applied_to_file(file).amounts]
[('2020-01', '500.00'), ('2020-07', '600.00')]
"""

from collections.abc import Iterator, Mapping
from datetime import date
from enum import Enum
from typing import Final

import attrs
from attrs import frozen

from libsubsidy.catalogue.text import Text
from libsubsidy.employer_card import CARD_FIELDS, CardField, EmployerCard, labelled, read_card, read_field
from libsubsidy.errors import MonthError
from libsubsidy.money import Money
from libsubsidy.months import Month
from libsubsidy.personnel_file import AMOUNT, FILE_FIELDS, PersonnelFile, file_fields
from libsubsidy.violations import Violation

Facts = Mapping[str, str]
EFFECTIVE_MONTH: Final = CardField(name="effective_month", zh="生效月份", en="Effective month")


class ChangeKind(Enum):
    """The entries of the engine."""

    EMPLOYER = "employer_change"
    INFORMATION = "information_change"
    EMPLOYEE = "employee_change"

    @property
    def zh(self) -> str:
        """The manual's name (L83, L464, L111)."""
        return _NAMES_ZH[self]

    @property
    def fields(self) -> tuple[CardField, ...]:
        """What it may change, in the order of its form."""
        return _FIELDS[self]

    @property
    def strict_proof(self) -> Text | None:
        """What to hand in where one of the `STRICT_FIELDS` changes; None where the entry has none of them."""
        return _STRICT_PROOF.get(self)

    @property
    def strict_slot(self) -> str | None:
        """The slot of attachments that is required then, beyond those that every change of the kind needs (F58)."""
        return _STRICT_SLOTS.get(self)


_NAMES_ZH: Final = {
    ChangeKind.EMPLOYER: "单位信息变更",
    ChangeKind.INFORMATION: "信息变更",
    ChangeKind.EMPLOYEE: "职工信息变更",
}
# Who is asked and where money goes is 单位管理-信息变更, everything else on the card 单位信息变更 (F36, F41).
_INFORMATION: Final = frozenset(
    {"contact_name", "contact_mobile", "refund_account_name", "refund_account_number", "refund_bank_name"}
)
_FIELDS: Final = {
    ChangeKind.EMPLOYER: tuple(each for each in CARD_FIELDS if each.name not in _INFORMATION),
    ChangeKind.INFORMATION: tuple(each for each in CARD_FIELDS if each.name in _INFORMATION),
    ChangeKind.EMPLOYEE: FILE_FIELDS,
}
# Who somebody is: a wrong one of these lets one person's or employer's money go to another (F57).
STRICT_FIELDS: Final = frozenset({"name", "credit_code", "org_code", "id_number"})
# OCR L141, L158 show one instruction beside each attachment; its words are lost, its kind is not (F58).
_STRICT_PROOF: Final = {
    ChangeKind.EMPLOYER: Text(
        zh="变更单位名称或代码：请上传变更后的证书（统一社会信用代码证书或批文），加盖单位公章；登录账号随组织机构代码变更，"
        "单位交易代码不变。",
        en="Name or codes change: please upload the new certificate with the employer's seal. The login follows the "
        "organisation code, the employer code stays.",
    ),
    ChangeKind.EMPLOYEE: Text(
        zh="变更姓名或身份证号码：请上传职工现在的身份证正反面和加盖单位公章的证明，证明须写明变更前后的内容。",
        en="Name or ID number changes: please upload both sides of the present card and a sealed statement that tells what was "
        "before and what is after.",
    ),
}
_STRICT_SLOTS: Final = {ChangeKind.EMPLOYER: "proof", ChangeKind.EMPLOYEE: "id_card"}
# Fields that are judged together: one of them changed, and what is wrong with the others matters.
_TOGETHER: Final = (
    frozenset({"credit_code", "org_code"}),
    frozenset({"refund_account_name", "refund_account_number", "refund_bank_name"}),
)


@frozen(kw_only=True)
class FieldChange:
    """One field, before and after, as texts; an empty one is nothing."""

    field: str
    before: str
    after: str


@frozen(kw_only=True)
class Change:
    """What is to change, at least one field.

    Attributes:
        effective: the month from which a new monthly amount counts; None without one.
    """

    kind: ChangeKind
    fields: tuple[FieldChange, ...]
    effective: Month | None = None

    @property
    def after(self) -> dict[str, str]:
        """What is to be, field by field."""
        return {each.field: each.after for each in self.fields}

    @property
    def needs_strict_proof(self) -> bool:
        """Whether it changes who somebody is."""
        return not STRICT_FIELDS.isdisjoint(self.after)

    @property
    def also_required(self) -> tuple[str, ...]:
        """The slots of attachments that this one needs beyond those that every change of its kind does."""
        slot = self.kind.strict_slot
        return (slot,) if slot is not None and self.needs_strict_proof else ()

    def check_fresh(self, now: Facts) -> tuple[Violation, ...]:
        """Say which fields are no longer what they are to be changed from.

        >>> change = Change(kind=ChangeKind.EMPLOYEE, fields=(FieldChange(field="rank", before="科员", after="副科"),))
        >>> change.check_fresh({"rank": "科员"})
        ()
        >>> print(change.check_fresh({"rank": "正科"})[0].zh)
        “级别”现在的内容与申请中的“变更前”不一致：请退回申请，由单位按现有内容重新提交。
        """
        before = {each.field: each.before for each in self.fields}
        return tuple(_differing("STALE_VERSION/before", self.kind, before, now))

    def facts_of(self, file: PersonnelFile) -> Facts:
        """Give a file as texts, with the amount of the month from which a new one is to count."""
        return file.texts if self.effective is None else file.facts(self.effective)

    def applied_to_card(self, card: EmployerCard) -> EmployerCard:
        """Give the card as it is after the change."""
        return attrs.evolve(card, **self.after)

    def applied_to_file(self, file: PersonnelFile) -> PersonnelFile:
        """Give the file as it is after the change."""
        texts = self.after
        amount = texts.pop(AMOUNT, "")
        if self.effective is not None:
            file = file.with_amount(self.effective, Money.parse(amount))
        return attrs.evolve(file, **texts)  # type: ignore[arg-type] # All but the amounts are texts.


def check_seen(kind: ChangeKind, seen: Facts, now: Facts) -> tuple[Violation, ...]:
    """Say which fields have changed since somebody looked at them: who submits must know what is being changed."""
    return tuple(_differing("STALE_VERSION/field", kind, seen, now))


def _differing(key: str, kind: ChangeKind, believed: Facts, now: Facts) -> Iterator[Violation]:
    for field in kind.fields:
        if field.name in believed and believed[field.name] != now[field.name]:
            yield field.refused(labelled(field, Violation.of(key)))


def read_card_change(kind: ChangeKind, card: EmployerCard, typed: Facts) -> tuple[Change | None, tuple[Violation, ...]]:
    """Read a change of an employer's card as typed; there is a change only where nothing is broken.

    Args:
        kind: EMPLOYER or INFORMATION.
        card: what is on file.
        typed: what is to be, by the names of the kind's fields; what is not named stays.
    """
    now = attrs.asdict(card)
    typed = {field.name: typed[field.name] for field in kind.fields if field.name in typed}
    after, found = read_card(attrs.evolve(card, **typed))
    touched = {name for name, text in typed.items() if text.strip() != now[name]}
    judged = touched.union(*(group for group in _TOGETHER if group & touched))
    broken = tuple(each for each in found if each.params["field"] in judged)
    # The organisation code follows from a new credit code where it was left empty.
    texts = {name: getattr(after, name) for name in now if name in judged}
    return _change(kind, now, texts, broken)


def read_file_change(
    file: PersonnelFile, typed: Facts, *, effective_month: str, today: date
) -> tuple[Change | None, tuple[Violation, ...]]:
    """Read a change of an employee's file as typed; there is a change only where nothing is broken.

    Args:
        file: what is on file.
        typed: what is to be, by the names of the fields; what is not named stays.
        effective_month: from when a new monthly amount counts; empty without one.
        today: the day of the bureau.
    """
    now = file.facts(Month.of(today))
    broken: list[Violation] = []
    texts: dict[str, str] = {}
    for field in file_fields(today):
        if field.name not in typed or typed[field.name].strip() == now[field.name]:
            continue
        text, violation = read_field(field, typed[field.name])
        texts[field.name] = text
        if violation is not None:
            broken.append(field.refused(violation))
    effective, refused = _effective(file, typed, texts, effective_month.strip(), now)
    if refused is not None:
        broken.append(EFFECTIVE_MONTH.refused(refused))
    if effective is not None:
        now = file.facts(effective)
        texts[AMOUNT] = texts.get(AMOUNT) or typed[AMOUNT].strip()
    return _change(ChangeKind.EMPLOYEE, now, texts, tuple(broken), effective)


def _effective(
    file: PersonnelFile, typed: Facts, texts: Mapping[str, str], month_text: str, now: Facts
) -> tuple[Month | None, Violation | None]:
    """Read the month from which the amount counts, and judge the two together."""
    amount = texts.get(AMOUNT, now[AMOUNT] if AMOUNT in typed else "")
    if not month_text:
        changes = AMOUNT in texts and amount != now[AMOUNT]
        return None, Violation.of("EFFECTIVE_MONTH_MISSING") if changes and amount else None
    try:
        month = Month.parse(month_text)
    except MonthError as error:
        return None, error.violation
    if not amount:
        return None, Violation.of("EFFECTIVE_MONTH_ALONE")
    if amount == file.facts(month)[AMOUNT]:
        return None, Violation.of("AMOUNT_ON_FILE_ALREADY", month=str(month), amount=amount)
    return month, None


def _change(
    kind: ChangeKind, now: Facts, texts: Facts, broken: tuple[Violation, ...], effective: Month | None = None
) -> tuple[Change | None, tuple[Violation, ...]]:
    if broken:
        return None, broken
    fields = tuple(
        FieldChange(field=field.name, before=now[field.name], after=texts[field.name])
        for field in kind.fields
        if field.name in texts and texts[field.name] != now[field.name]
    )
    if not fields:
        return None, (Violation.of("NOTHING_CHANGED"),)
    return Change(kind=kind, fields=fields, effective=effective), ()
