"""A proposal for a text whose memo cannot be repaired by itself: the one open notice it is a single slip away from.

Domain §4.3, L3: edit distance 1 to exactly one open notice of equal amount. The caller gives the memos of those
notices; two that are equally near are none. It stays a proposal for a person, as every level but L0 (I36).

>>> open_memos = [Memo.parse("75256xA7W5o"), Memo.parse("75256xB8K2o")]
>>> str(propose_memo("7525xA7W5o 四月", open_memos))
'75256xA7W5o'
>>> propose_memo("7525xA7W2o", open_memos), propose_memo("货款", open_memos)
(None, None)
"""

from collections.abc import Iterable

from libsubsidy.memo import MEMO_CHARACTERS, Memo


def propose_memo(text: str, open_memos: Iterable[Memo]) -> Memo | None:
    """Give the only memo that the beginning of a text is one slip away from.

    A slip is one character too many, too few, or wrong. Blanks before the memo and around it do not count.
    """
    beginning = text.strip()[: MEMO_CHARACTERS + 1]
    near = {memo for memo in open_memos if _one_slip(beginning, str(memo))}
    return near.pop() if len(near) == 1 else None


def _one_slip(beginning: str, memo: str) -> bool:
    """Compare what is left behind the common beginning: a wrong, a missing or a surplus character."""
    same = 0
    while same < min(len(beginning), len(memo)) and beginning[same] == memo[same]:
        same += 1
    tail, rest = beginning[same:], memo[same:]
    return tail[1:].startswith(rest[1:]) or tail.startswith(rest[1:]) or tail[1:].startswith(rest)
