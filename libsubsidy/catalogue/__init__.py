"""The sentences of every violation, by theme; one mapping from code to text.

Every sentence names what is wrong with the facts compared, and then the way out. Codes are stable: a code that has been
released keeps its meaning, its sentences may be improved.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from libsubsidy.catalogue import (
    attachments,
    backfills,
    changes,
    employers,
    first_login,
    identities,
    initialisation,
    memos,
    moves,
    orders,
    payments,
    people,
    spreadsheets,
    statements,
    values,
    withdrawals,
)
from libsubsidy.catalogue.text import Text

__all__ = ["CATALOGUE", "Text"]

CATALOGUE: Final[Mapping[str, Text]] = MappingProxyType(
    {
        **values.TEXTS,
        **attachments.TEXTS,
        **backfills.TEXTS,
        **identities.TEXTS,
        **initialisation.TEXTS,
        **employers.TEXTS,
        **first_login.TEXTS,
        **changes.TEXTS,
        **memos.TEXTS,
        **people.TEXTS,
        **moves.TEXTS,
        **orders.TEXTS,
        **payments.TEXTS,
        **spreadsheets.TEXTS,
        **statements.TEXTS,
        **withdrawals.TEXTS,
    }
)
