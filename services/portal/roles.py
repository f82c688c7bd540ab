"""Who uses the portal, and as which role of the database each one's requests run (design §4, §7).

Making and checking are two roles, because money moves by two people. The auditor reads what the bureau reads, in
transactions that PostgreSQL itself keeps from writing. An employer's users see and do the same, but for the users themselves
(administrators only), and for handing in what a clerk has prepared where the employer wants it checked (复核).
"""

from collections.abc import Mapping
from enum import Enum
from typing import Final

from services.store.database import Role


class PortalRole(Enum):
    """The role of a user; each has exactly one.

    Attributes:
        EMPLOYER: 单位管理员, who alone manages the employer's users.
        EMPLOYER_CLERK: 经办人, whose submissions wait for a colleague where the employer wants that.
        EMPLOYER_CHECKER: 复核人, who hands in what a clerk has prepared.
    """

    EMPLOYER = "employer"
    EMPLOYER_CLERK = "employer_clerk"
    EMPLOYER_CHECKER = "employer_checker"
    REVIEWER = "reviewer"
    FINANCE_MAKER = "finance_maker"
    FINANCE_CHECKER = "finance_checker"
    AUDITOR = "auditor"
    EMPLOYEE = "employee"


Roles = frozenset[PortalRole]

EMPLOYER_ADMINS: Final[Roles] = frozenset({PortalRole.EMPLOYER})
# Who may hand in what another has prepared.
EMPLOYER_CHECKERS: Final[Roles] = EMPLOYER_ADMINS | {PortalRole.EMPLOYER_CHECKER}
EMPLOYERS: Final[Roles] = EMPLOYER_CHECKERS | {PortalRole.EMPLOYER_CLERK}
REVIEWERS: Final[Roles] = frozenset({PortalRole.REVIEWER})
MAKERS: Final[Roles] = frozenset({PortalRole.FINANCE_MAKER})
CHECKERS: Final[Roles] = frozenset({PortalRole.FINANCE_CHECKER})
AUDITORS: Final[Roles] = frozenset({PortalRole.AUDITOR})
EMPLOYEES: Final[Roles] = frozenset({PortalRole.EMPLOYEE})
FINANCE: Final[Roles] = MAKERS | CHECKERS
BUREAU: Final[Roles] = REVIEWERS | FINANCE | AUDITORS
EVERYBODY: Final[Roles] = frozenset(PortalRole)

DATABASE_ROLES: Final[Mapping[PortalRole, Role]] = {
    **dict.fromkeys(EMPLOYERS, Role.EMPLOYER),
    PortalRole.REVIEWER: Role.BUREAU,
    PortalRole.FINANCE_MAKER: Role.BUREAU,
    PortalRole.FINANCE_CHECKER: Role.BUREAU,
    PortalRole.AUDITOR: Role.BUREAU,
    PortalRole.EMPLOYEE: Role.PERSON,
}
