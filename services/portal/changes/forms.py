"""The form of a change: every field of its entry with what is on file, and with what was asked for where that came back."""

from collections.abc import Mapping

import attrs

from libsubsidy import SLOTS, ChangeKind, EmployerKind, Slot
from libsubsidy.changes import STRICT_FIELDS
from services.store.changes import ChangeApplication


@attrs.frozen(kw_only=True)
class FormField:
    """One field.

    Attributes:
        name: as the request has it.
        now: what is on file, as it is compared; shown beside the field as soon as something else is typed.
        now_zh: the same in words.
        value: what stands in the field to begin with.
        required: it has a red dot; what is empty on file may stay so.
        strict: changing it needs stricter proof.
        control: ``text``, ``tel``, ``month``, ``money`` or ``choice``.
        options: of a choice.
    """

    name: str
    label: str
    now: str
    now_zh: str
    value: str
    required: bool
    strict: bool
    control: str
    characters_max: int
    hint: str
    options: tuple[tuple[str, str], ...]


@attrs.frozen(kw_only=True)
class ChangeForm:
    """The whole form.

    Attributes:
        effective_month: what was asked for before; empty otherwise.
        remark: what was written before.
        slots: for attachments.
        asked: the change that came back; None for a new one.
    """

    kind: ChangeKind
    fields: tuple[FormField, ...]
    effective_month: str
    remark: str
    slots: tuple[Slot, ...]
    asked: ChangeApplication | None


_CONTROLS: Mapping[str, str] = {
    "kind": "choice",
    "mobile": "tel",
    "contact_mobile": "tel",
    "monthly_amount": "money",
    "start_month": "month",
}
_HINTS: Mapping[str, str] = {
    "credit_code": "18 位；与组织机构代码一致",
    "org_code": "9 位，即统一社会信用代码的第 9 至 17 位；登录账号随之变更",
    "contact_mobile": "验证码和办理结果发到这个手机号码",
    "refund_account_name": "退款账户的三项要么都填，要么都不填",
    "monthly_amount": "单位：元；变更金额时请同时填写生效月份",
    "id_number": "18 位；旧证 15 位的会自动升位",
}


def form_of(kind: ChangeKind, now: Mapping[str, str], asked: ChangeApplication | None) -> ChangeForm:
    """Make the form of an entry from what is on file; a change that came back has its own values in it."""
    after = {} if asked is None else asked.change.after
    effective = None if asked is None else asked.change.effective
    return ChangeForm(
        kind=kind,
        fields=tuple(
            FormField(
                name=field.name,
                label=field.zh,
                now=now[field.name],
                now_zh=field.shown(now[field.name]) or "（空）",
                value=after.get(field.name, now[field.name]),
                required=field.required and bool(now[field.name]),
                strict=field.name in STRICT_FIELDS,
                control=_CONTROLS.get(field.name, "text"),
                characters_max=field.characters_max,
                hint=_HINTS.get(field.name, ""),
                options=tuple((each.value, each.zh) for each in EmployerKind) if field.name == "kind" else (),
            )
            for field in kind.fields
        ),
        effective_month="" if effective is None else str(effective),
        remark="" if asked is None else asked.remark,
        slots=SLOTS[kind.value],
        asked=asked,
    )
