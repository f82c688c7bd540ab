"""The shape of a transaction: the sequence of its tags, judged once and then reused.

A bank writes thousands of transactions with the same few sequences of tags. So the question what is markup, what is text and
where each field stands is answered once per sequence, by `line_wise` or `free`, and the answer, a `Plan`, serves every
transaction that has it. That makes reading fast, and it keeps every rule about markup in one place.
"""

import re
from typing import Final

import attrs

from services.reconciler.statements.limits import LONG_ENTRY_CHARS
from services.reconciler.statements.profile import Profile
from services.reconciler.statements.tags import AGGREGATES, LEAVES, STRUCTURE

# How many sequences are remembered. Banks have a handful; a payer's text can make new ones in a compact file.
SHAPES_MAX: Final = 256

_ELEMENT: Final = re.compile(r"/?([A-Za-z][A-Za-z0-9._-]*)\s*(/?)>")

# The fields of a line, in the order in which a reader hands them over.
TYPE, DAY, AMOUNT, BANK_ID, NAME, ACCOUNT, BANK, MEMO, CURRENCY, FLAG = SLOTS = tuple(range(10))
# Fields in which a payer's text stands; in all others only the bank writes.
PAYERS: Final = frozenset({NAME, MEMO})


def element(tag: str) -> tuple[str, bool, bool] | None:
    """Take a tag (without its `<`) apart: name, closing, empty; None if it has not the form of a tag.

    >>> element("MEMO>"), element("/memo>"), element("NAME/>"), element("3 love>")
    (('MEMO', False, False), ('MEMO', True, False), ('NAME', False, True), None)
    """
    match = _ELEMENT.fullmatch(tag)
    return (match[1].upper(), tag.startswith("/"), bool(match[2])) if match else None


@attrs.frozen(kw_only=True, slots=True)
class Field:
    """Where one leaf of a transaction stands.

    Attributes:
        path: its name, with the aggregates it is in: "BANKACCTTO.ACCTID".
        slot: which wanted field it is, -1 for one that nobody wants.
        first: its token.
        end: the token after its last one; text that looks like markup spreads over several.
        cut: where the value begins in the first token.
        close: its closing tag, as this bank writes it.
    """

    path: str
    slot: int
    first: int
    end: int
    cut: int
    close: str


@attrs.frozen(kw_only=True, slots=True)
class Plan:
    """How to read every transaction of one shape.

    Attributes:
        leaves: all leaves.
        blanks: (token, where its rest begins) of aggregates, behind whose tags nothing may stand.
        angles: how many `<` such a transaction has if none is text.
        closed: its leaves are closed (XML, and the SGML of some banks).
        faults: (code, field, value) of markup that does not fit; the file is held.
        fatal: (code, tag) of what makes it unreadable; the file is refused.
    """

    leaves: tuple[Field, ...]
    blanks: tuple[tuple[int, int], ...]
    angles: int
    closed: bool
    faults: tuple[tuple[str, str, str], ...]
    fatal: tuple[str, str] | None


def remember(plans: dict[tuple[str, ...], Plan], tags: tuple[str, ...], plan: Plan) -> None:
    """Keep the plan of a shape for the next transaction of that shape; what is long is not worth its memory."""
    if sum(map(len, tags)) > LONG_ENTRY_CHARS:
        return
    if len(plans) >= SHAPES_MAX:
        plans.clear()
    plans[tags] = plan


class Wanted:
    """Which paths of tags, such as BANKACCTTO.ACCTID, fill which slot; the first that a transaction has counts."""

    def __init__(self, profile: Profile) -> None:
        paths: dict[int, tuple[str, ...]] = {
            TYPE: ("TRNTYPE",),
            DAY: ("DTPOSTED",),
            AMOUNT: ("TRNAMT",),
            BANK_ID: ("FITID",),
            NAME: profile.payer_name_fields,
            ACCOUNT: profile.payer_account_fields,
            BANK: profile.payer_bank_fields,
            MEMO: (profile.memo_field,),
            # The amount of a line with CURRENCY is in that currency. With ORIGCURRENCY it is already converted to the
            # account's own (OFX 2.3 §5.2), so that one says nothing about the amount.
            CURRENCY: ("CURRENCY.CURSYM",),
            FLAG: (profile.reversal_field,) if profile.reversal_field else (),
        }
        self.slots = {path: slot for slot, choice in paths.items() for path in choice}
        self._rank = {path: rank for choice in paths.values() for rank, path in enumerate(choice)}
        own = {part for path in self.slots for part in path.split(".")} - AGGREGATES
        self.leaves: frozenset[str] = LEAVES | profile.own_tags | own
        self.memo = profile.memo_field
        # The last names of the fields in which payers write.
        self.payers = {path.rpartition(".")[2] for path, slot in self.slots.items() if slot in PAYERS}

    def is_known(self, name: str) -> bool:
        """Tell whether a name is one that OFX, or this bank, gives to an element."""
        return name in self.leaves or name in AGGREGATES or name in STRUCTURE

    def assign(self, paths: list[str]) -> dict[str, int]:
        """Give each path its slot, -1 to those that nobody wants or that come after a better one."""
        best: dict[int, str] = {}
        for path in paths:
            slot = self.slots.get(path)
            if slot is not None and (slot not in best or self._rank[path] < self._rank[best[slot]]):
                best[slot] = path
        taken = {path: slot for slot, path in best.items()}
        return {path: taken.get(path, -1) for path in paths}
