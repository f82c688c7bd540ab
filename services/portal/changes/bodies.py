"""What is sent to ask for a change: texts as typed, so that every one that is wrong is told at once.

A field that is left out, or null, stays as it is; an empty text empties it. What `seen` names was on file when the form was
opened: if it is no longer, nothing is changed and the field is named.
"""

from collections.abc import Mapping

import attrs

from services.portal.wire import Id


@attrs.frozen(kw_only=True)
class EmployerFields:
    """What 单位信息变更 changes.

    Attributes:
        credit_code: 统一社会信用代码; the two codes agree.
        org_code: 组织机构代码; left empty it follows from the credit code.
        kind: 单位性质: government, institution, state_enterprise, enterprise, association or other.
    """

    name: str | None = None
    credit_code: str | None = None
    org_code: str | None = None
    kind: str | None = None
    address: str | None = None
    legal_representative: str | None = None
    supervising_authority: str | None = None


@attrs.frozen(kw_only=True)
class InformationFields:
    """What 单位管理-信息变更 changes; the three of the refund account are given together or not at all.

    Attributes:
        contact_name: 单位管理员姓名.
        contact_mobile: 联系电话, where codes and results go by SMS.
        refund_account_name: 户名.
        refund_account_number: 账号.
        refund_bank_name: 开户银行.
    """

    contact_name: str | None = None
    contact_mobile: str | None = None
    refund_account_name: str | None = None
    refund_account_number: str | None = None
    refund_bank_name: str | None = None


@attrs.frozen(kw_only=True)
class EmployeeFields:
    """What 职工信息变更 changes.

    Attributes:
        id_number: of 18 characters, or of 15 digits on an old card.
        monthly_amount: 每月缴费金额 in yuan; a new one needs an effective month.
        start_month: 汇缴开始月份, such as 2020-04.
    """

    name: str | None = None
    id_number: str | None = None
    mobile: str | None = None
    rank: str | None = None
    monthly_amount: str | None = None
    start_month: str | None = None


@attrs.frozen(kw_only=True)
class NewEmployerChange:
    """A change of the employer's card.

    Attributes:
        after: what is to be.
        seen: what was on file when it was looked at.
        remark: 备注, for the reviewer.
        attachments: ids of stored files.
    """

    after: EmployerFields
    seen: EmployerFields = EmployerFields()
    remark: str = ""
    attachments: tuple[Id, ...] = ()


@attrs.frozen(kw_only=True)
class EmployerChangeAgain(NewEmployerChange):
    """A change that was returned or retracted, to be handed in anew.

    Attributes:
        version: the one that was seen.
    """

    version: int


@attrs.frozen(kw_only=True)
class NewInformationChange:
    """A change of whom to ask and where money goes.

    Attributes:
        after: what is to be.
        seen: what was on file when it was looked at.
        remark: 备注, for the reviewer.
        attachments: ids of stored files.
    """

    after: InformationFields
    seen: InformationFields = InformationFields()
    remark: str = ""
    attachments: tuple[Id, ...] = ()


@attrs.frozen(kw_only=True)
class InformationChangeAgain(NewInformationChange):
    """A change that was returned or retracted, to be handed in anew.

    Attributes:
        version: the one that was seen.
    """

    version: int


@attrs.frozen(kw_only=True)
class EmployeeChangeAgain:
    """A change of an employee's file that was returned or retracted, to be handed in anew; it stays the same employee's.

    Attributes:
        version: the one that was seen.
        after: what is to be.
        seen: what was on file when it was looked at.
        effective_month: from when a new monthly amount counts, such as 2020-07; any month.
        remark: 备注, for the reviewer.
        attachments: ids of stored files.
    """

    version: int
    after: EmployeeFields
    seen: EmployeeFields = EmployeeFields()
    effective_month: str = ""
    remark: str = ""
    attachments: tuple[Id, ...] = ()


@attrs.frozen(kw_only=True)
class NewEmployeeChange:
    """A change of an employee's file.

    Attributes:
        employee_id: whose.
        after: what is to be.
        seen: what was on file when it was looked at.
        effective_month: from when a new monthly amount counts, such as 2020-07; any month.
        remark: 备注, for the reviewer.
        attachments: ids of stored files.
    """

    employee_id: Id
    after: EmployeeFields
    seen: EmployeeFields = EmployeeFields()
    effective_month: str = ""
    remark: str = ""
    attachments: tuple[Id, ...] = ()


def given(fields: EmployerFields | InformationFields | EmployeeFields) -> Mapping[str, str]:
    """Give the fields that are named.

    >>> given(EmployeeFields(rank="", name=None))
    {'rank': ''}
    """
    return {name: text for name, text in attrs.asdict(fields).items() if text is not None}
