"""What an application would change, field by field, before and after: what a reviewer compares with the papers (F37, F116).

Each kind of application says for itself what it shows; a kind that is not here shows people or lines instead.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import attrs

from libsubsidy import CARD_FIELDS, Money, Violation
from services.portal.changes.compared import change_advice, compared
from services.portal.masking import masked_numbers
from services.store import applications, withdrawals
from services.store.applications import ApplicationKind
from services.store.database import Connection
from services.store.registrations import Registration

_PUBLIC: Final = frozenset(field.zh for field in CARD_FIELDS if field.name in {"credit_code", "org_code"})


@attrs.frozen(kw_only=True)
class FieldChange:
    """One field.

    Attributes:
        label: what the field is called on forms.
        before: as it was on file when the change was asked for; empty for what is new; what stays is equal on both sides.
        after: as it is to be; empty where it is to be empty.
    """

    label: str
    before: str
    after: str


def masked(change: FieldChange) -> FieldChange:
    """Show a field to who may not know people's numbers; the employer's own codes are public."""
    if change.label in _PUBLIC:
        return change
    return attrs.evolve(change, before=masked_numbers(change.before), after=masked_numbers(change.after))


async def _change(connection: Connection, application_id: int) -> tuple[FieldChange, ...]:
    rows = await compared(connection, application_id)
    return tuple(FieldChange(label=label, before=before, after=after) for label, before, after in rows)


async def _transfer(connection: Connection, application_id: int) -> tuple[FieldChange, ...]:
    asked = await applications.contents_of(connection, application_id)
    amount = str(Money(fen=asked["monthly_fen"]))
    new = (
        ("生效月份", asked["effective_month"]),
        ("级别", asked["rank"]),
        ("每月缴费金额（元）", amount),
        ("汇缴开始月份", asked["start_month"]),
    )
    return (
        FieldChange(label="姓名", before=asked["name"], after=asked["name"]),
        FieldChange(label="身份证号码", before=asked["id_number"], after=asked["id_number"]),
        FieldChange(label="所在单位", before=asked["from_employer"], after=asked["to_employer"]),
        *(FieldChange(label=label, before="", after=text) for label, text in new if text),
    )


async def _withdrawal(connection: Connection, application_id: int) -> tuple[FieldChange, ...]:
    asked = await withdrawals.get(connection, application_id)
    told = (
        ("姓名", asked.person_name),
        ("身份证号码", asked.id_number),
        ("支取原因", asked.reason_zh),
        ("支取金额（元）", str(asked.amount)),
        ("收款人", asked.payee_name),
        ("开户银行", asked.payee_bank),
        ("银行账号", asked.payee_account),
        ("备注", asked.remark),
    )
    return tuple(FieldChange(label=label, before="", after=text) for label, text in told if text)


# By the kind; asked with the application's id, in a transaction of who looks at it.
Shown = Callable[[Connection, int], Awaitable[tuple[FieldChange, ...]]]
SHOWN: Final[Mapping[ApplicationKind, Shown]] = {
    ApplicationKind.EMPLOYER_CHANGE: _change,
    ApplicationKind.INFORMATION_CHANGE: _change,
    ApplicationKind.EMPLOYEE_CHANGE: _change,
    ApplicationKind.EMPLOYEE_TRANSFER: _transfer,
    ApplicationKind.WITHDRAWAL: _withdrawal,
}


async def of_application(connection: Connection, kind: ApplicationKind, application_id: int) -> tuple[FieldChange, ...]:
    """Give what an application would change; nothing for a kind that shows people instead."""
    shown = SHOWN.get(kind)
    return () if shown is None else await shown(connection, application_id)


async def advice(connection: Connection, kind: ApplicationKind, application_id: int) -> tuple[Violation, ...]:
    """Give what is worth a look before deciding; only changes of files and withdrawals have such advice."""
    match kind:
        case ApplicationKind.EMPLOYEE_CHANGE:
            return await change_advice(connection, application_id)
        case ApplicationKind.WITHDRAWAL:
            return await withdrawals.advice(connection, application_id)
        case _:
            return ()


def of_registration(registration: Registration) -> tuple[FieldChange, ...]:
    """Give the card of an employer that would be there; what was left empty is not shown."""
    texts = ((field, getattr(registration.card, field.name)) for field in CARD_FIELDS)
    return tuple(FieldChange(label=field.zh, before="", after=field.shown(text)) for field, text in texts if text)
