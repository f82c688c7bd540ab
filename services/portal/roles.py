"""Who uses the portal, and as which role of the database each one's requests run (design §4, §7).

Making and checking are two roles, because money moves by two people. The auditor reads what the bureau reads, in
transactions that PostgreSQL itself keeps from writing.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Final

from services.store.database import Role


class PortalRole(Enum):
    """The role of a user; each has exactly one."""

    EMPLOYER = "employer"
    REVIEWER = "reviewer"
    FINANCE_MAKER = "finance_maker"
    FINANCE_CHECKER = "finance_checker"
    AUDITOR = "auditor"
    EMPLOYEE = "employee"


Roles = frozenset[PortalRole]

EMPLOYERS: Final[Roles] = frozenset({PortalRole.EMPLOYER})
REVIEWERS: Final[Roles] = frozenset({PortalRole.REVIEWER})
MAKERS: Final[Roles] = frozenset({PortalRole.FINANCE_MAKER})
CHECKERS: Final[Roles] = frozenset({PortalRole.FINANCE_CHECKER})
AUDITORS: Final[Roles] = frozenset({PortalRole.AUDITOR})
EMPLOYEES: Final[Roles] = frozenset({PortalRole.EMPLOYEE})
FINANCE: Final[Roles] = MAKERS | CHECKERS
BUREAU: Final[Roles] = REVIEWERS | FINANCE | AUDITORS
EVERYBODY: Final[Roles] = frozenset(PortalRole)

DATABASE_ROLES: Final[Mapping[PortalRole, Role]] = {
    PortalRole.EMPLOYER: Role.EMPLOYER,
    PortalRole.REVIEWER: Role.BUREAU,
    PortalRole.FINANCE_MAKER: Role.BUREAU,
    PortalRole.FINANCE_CHECKER: Role.BUREAU,
    PortalRole.AUDITOR: Role.BUREAU,
    PortalRole.EMPLOYEE: Role.PERSON,
}
