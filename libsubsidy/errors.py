"""Every error of this library, in one tree.

SubsidyError
├── ParseError (also a ValueError)     a text or a value that is refused; `.violation` says why and how to mend it
│   ├── MoneyError
│   ├── MonthError
│   ├── DayError
│   ├── MemoError
│   ├── IdentityError
│   └── RecordError                    a stored decision that cannot be read back
├── TransitionRefused                  an event that the state does not allow
├── OrderCodesExhausted                an employer has used every order code
├── NoticeMixedUp                      a notice that was found for another memo: a mistake of the caller
└── CatalogueError (also a LookupError) a violation with an unknown code or without its facts: a mistake of the caller
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # The catalogue raises errors of this module, so it cannot be imported while this one loads.
    from libsubsidy.violations import Violation


class SubsidyError(Exception):
    """The root: whoever catches it has caught everything this library raises on purpose."""


class ParseError(SubsidyError, ValueError):
    """A text or value is refused; nothing is lost, and the violation says what to do."""

    def __init__(self, violation: "Violation") -> None:
        self.violation = violation
        super().__init__(f"{violation.en} / {violation.zh}")


class MoneyError(ParseError):
    """An amount that is not an exact number of fen within the bounds."""


class MonthError(ParseError):
    """A month, or a range of months, that does not exist."""


class DayError(ParseError):
    """A day that does not exist, or is written in another way."""


class MemoError(ParseError):
    """A transfer memo, or one of its codes, that does not follow the grammar."""


class IdentityError(ParseError):
    """An identity code (organisation, credit, resident, mobile) that cannot be right."""


class RecordError(ParseError):
    """A stored decision that this library did not write."""


class TransitionRefused(SubsidyError):  # noqa: N818 - a refusal, and the name is part of the public API.
    """An event came to something whose state does not allow it.

    Attributes:
        machine: what kind of thing it is, such as "order".
        state: the state it is in.
        event: the event that was refused.
    """

    def __init__(self, machine: str, state: str, event: str) -> None:
        self.machine = machine
        self.state = state
        self.event = event
        super().__init__(f"{machine}: the event {event!r} is not allowed in the state {state!r}")


class OrderCodesExhausted(SubsidyError):  # noqa: N818 - the name is part of the public API.
    """Every order code of one employer has been used; codes are never used again."""

    def __init__(self, employer_code: str, codes_max: int) -> None:
        self.employer_code = employer_code
        self.codes_max = codes_max
        super().__init__(f"employer {employer_code}: all {codes_max} order codes have been used")


class NoticeMixedUp(SubsidyError):  # noqa: N818 - what happened, as the names beside it.
    """A line came to its decision with the notice of another memo.

    Attributes:
        line_memo: the exact memo of the line.
        notice_memo: the memo that the notice was found by.
    """

    def __init__(self, line_memo: str, notice_memo: str) -> None:
        self.line_memo = line_memo
        self.notice_memo = notice_memo
        super().__init__(f"the line names {line_memo}, but the notice given was found for {notice_memo}")


class CatalogueError(SubsidyError, LookupError):
    """A violation was asked for by an unknown code, or without (or with too many) facts."""
