"""What a line is by the bank's own conventions: interest, a fee, an own transfer …, or a reversal. The profile has the rules.

A rule looks at what the *bank* writes: the type, the other side's account, its words before the payer's text. What a payer
writes decides nothing about a credit: `75256xA7W5o利息` is a remittance whose memo mentions interest, and so is `利息|` where
the bank says neither that it is interest nor that there is no payer.
"""

from libsubsidy import Direction, OtherKind
from services.reconciler.statements.profile import Profile, Rule


class Kinds:
    """The rules of one profile, with a quick look that tells most lines apart from all of them.

    >>> from services.reconciler.statements.profile import load_profile
    >>> kinds = Kinds(load_profile("demo-bank"))
    >>> kinds.of("INT", Direction.CREDIT, "结息|", "", "", "")
    (<OtherKind.INTEREST: 'interest'>, False)
    >>> kinds.of("CREDIT", Direction.CREDIT, "结息|补贴", "某单位", "6222001", "")
    (None, False)
    """

    def __init__(self, profile: Profile) -> None:
        self._rules = profile.rules
        self._negative_credit = profile.negative_credit_is_reversal
        self._types = frozenset().union(*(rule.types for rule in profile.rules))
        self._starts = tuple(start for rule in profile.rules for start in rule.starts)
        self._equals = frozenset().union(*(rule.equals for rule in profile.rules))
        self._names = frozenset().union(*(rule.names for rule in profile.rules))
        self._accounts = frozenset().union(*(rule.accounts for rule in profile.rules))

    def of(  # noqa: PLR0917 - called for every line, where keywords would cost as much as the rules
        self, trntype: str, direction: Direction, memo: str, name: str, account: str, flag: str
    ) -> tuple[OtherKind | None, bool]:
        """Give the kind, None for what may be a remittance, and whether the line is a reversal."""
        reversal = self._negative_credit and direction is Direction.DEBIT and trntype in {"CREDIT", "DEP"}
        if not (
            flag
            or trntype in self._types
            or memo.startswith(self._starts)
            or memo in self._equals
            or name in self._names
            or account in self._accounts
        ):
            return None, reversal
        kind: OtherKind | None = None
        for rule in self._rules:
            if _fits(rule, trntype, direction, memo, name, account, flag):
                kind = kind or rule.kind
                reversal = reversal or rule.reversal
        return kind, reversal


def _fits(  # noqa: PLR0917 - the arguments of `Kinds.of`
    rule: Rule, trntype: str, direction: Direction, memo: str, name: str, account: str, flag: str
) -> bool:
    return (
        (rule.direction is None or rule.direction is direction)
        and (not rule.types or trntype in rule.types)
        and (not rule.starts or memo.startswith(rule.starts))
        and (not rule.equals or memo in rule.equals)
        and (not rule.names or name in rule.names)
        and (not rule.accounts or account in rule.accounts)
        and (not rule.without_payer or not account)
        and (not rule.flag or flag in rule.flag)
    )
