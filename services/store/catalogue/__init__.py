"""The sentences of what the store itself refuses, by noun; one mapping from key to text.

The rules of the business are libsubsidy's, and so are their sentences. A key with a slash is a variant of a code, here or of
libsubsidy's own catalogue, for a place that knows fewer facts. A key stands in one module alone: tests prove it.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from libsubsidy.catalogue import Text
from services.store.catalogue import (
    applications,
    backfills,
    cases,
    employees,
    employers,
    initialisations,
    lists,
    notices,
    orders,
    registrations,
    statements,
    transfers,
    users,
    withdrawals,
)

NOUNS: Final = (
    applications,
    backfills,
    cases,
    employees,
    employers,
    initialisations,
    lists,
    notices,
    orders,
    registrations,
    statements,
    transfers,
    users,
    withdrawals,
)
TEXTS: Final[Mapping[str, Text]] = MappingProxyType({key: text for noun in NOUNS for key, text in noun.TEXTS.items()})
