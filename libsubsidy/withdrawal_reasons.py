"""支取原因: the bureau's list of reasons for which money of an account can be asked for (F113, D-17).

The manual's list of reasons is unreadable (OCR L415); the ten of domain §2.1 are what a fund begins with, and the bureau
changes them (D-17). They are vocabulary only: no ground of withdrawal is claimed as local law.

>>> [each.zh for each in offered(WITHDRAWAL_REASONS) if each.payee is PayeeKind.HEIR]
['死亡']
"""

from collections.abc import Sequence
from enum import Enum
from typing import Final

from attrs import frozen


class PayeeKind(Enum):
    """Whose account the money goes to: the employee's own; or an heir's, when the employee has died."""

    OWN = "own"
    HEIR = "heir"


@frozen(kw_only=True)
class WithdrawalReason:
    """支取原因, an entry of the bureau's list.

    Attributes:
        code: stable; two digits.
        zh: its name on pages.
        proof_zh: which papers prove it.
        active: it is offered; what was asked for earlier keeps its reason.
    """

    code: str
    zh: str
    en: str
    payee: PayeeKind = PayeeKind.OWN
    proof_zh: str
    proof_en: str
    active: bool = True

    @property
    def also_required(self) -> tuple[str, ...]:
        """The slots of papers that it needs beyond those that every withdrawal does: heirs prove that they are (F115)."""
        return ("heir_proof",) if self.payee is PayeeKind.HEIR else ()


# The ten of domain §2.1, with which a fund begins.
WITHDRAWAL_REASONS: Final[tuple[WithdrawalReason, ...]] = (
    WithdrawalReason(
        code="01",
        zh="购买住房",
        en="Purchase of a home",
        proof_zh="购房合同、付款发票或不动产权证书",
        proof_en="contract of purchase, and invoice or certificate of ownership",
    ),
    WithdrawalReason(
        code="02",
        zh="建造、翻修、大修住房",
        en="Building or renovating a home",
        proof_zh="规划或建设批准文件、工程费用票据",
        proof_en="permit to build, and bills of the works",
    ),
    WithdrawalReason(
        code="03",
        zh="离休、退休",
        en="Retirement",
        proof_zh="离休、退休证或审批表",
        proof_en="certificate of retirement",
    ),
    WithdrawalReason(
        code="04",
        zh="丧失劳动能力",
        en="Inability to work",
        proof_zh="劳动能力鉴定结论、终止劳动关系证明",
        proof_en="finding on the ability to work, and end of the employment",
    ),
    WithdrawalReason(
        code="05",
        zh="户口迁出或出境定居",
        en="Moving away or abroad for good",
        proof_zh="户口迁移证明或出境定居证明",
        proof_en="proof of the new residence",
    ),
    WithdrawalReason(
        code="06",
        zh="偿还购房贷款",
        en="Repayment of a home loan",
        proof_zh="购房借款合同、还款明细",
        proof_en="contract of the loan, and statement of the repayments",
    ),
    WithdrawalReason(
        code="07",
        zh="房租超过规定比例",
        en="Rent above the limit",
        proof_zh="租赁合同、租金发票、家庭收入证明",
        proof_en="contract and bills of the rent, and proof of income",
    ),
    WithdrawalReason(
        code="08",
        zh="死亡",
        en="Death",
        payee=PayeeKind.HEIR,
        proof_zh="死亡证明",
        proof_en="certificate of death",
    ),
    WithdrawalReason(
        code="09",
        zh="大病医疗",
        en="Serious illness",
        proof_zh="诊断证明、医疗费用票据",
        proof_en="diagnosis, and bills of the treatment",
    ),
    WithdrawalReason(
        code="99",
        zh="其他",
        en="Other",
        proof_zh="情况说明及相关证明",
        proof_en="an account of the circumstances, with papers",
    ),
)


def offered(reasons: Sequence[WithdrawalReason]) -> tuple[WithdrawalReason, ...]:
    """Give the reasons that a form offers, in their order."""
    return tuple(each for each in reasons if each.active)
