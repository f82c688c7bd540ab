"""The reason of a decision: an employer that gets an order back needs to know why."""

from typing import Final

from services.store.refusals import refuse

REASON_CHARACTERS_MAX: Final = 500


def written_reason(text: str) -> str:
    """Return the reason without blanks around it.

    >>> written_reason(" 金额与档案不符 ")
    '金额与档案不符'

    Raises:
        RefusedError: there is none, or it is longer than REASON_CHARACTERS_MAX.
    """
    reason = text.strip()
    if not reason:
        raise refuse("REASON_MISSING")
    if len(reason) > REASON_CHARACTERS_MAX:
        raise refuse("REASON_TOO_LONG", limit=REASON_CHARACTERS_MAX, characters=len(reason))
    return reason


def ended(reason: str) -> str:
    """Give a reason as a sentence that another one may follow; most end in a full stop already.

    >>> ended("附件不清晰。"), ended("附件不清晰")
    ('附件不清晰。', '附件不清晰。')
    """
    return reason if reason.endswith(("。", "！", "？", ".", "!", "?")) else f"{reason}。"
