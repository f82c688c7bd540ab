"""Identity codes: organisation, unified social credit, resident, mobile. Each `parse` refuses what cannot be right."""

from libsubsidy.identity.credit_code import CreditCode
from libsubsidy.identity.id_number import IdNumber, Sex
from libsubsidy.identity.mobile import Mobile
from libsubsidy.identity.organization_code import OrganizationCode
from libsubsidy.identity.person_name import plain_name, same_name

__all__ = ["CreditCode", "IdNumber", "Mobile", "OrganizationCode", "Sex", "plain_name", "same_name"]
