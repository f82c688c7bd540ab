"""How our processes let Python look for garbage that refers to itself: seldom, and never among what lives for good.

Python looks whenever 700 objects more were made than freed, which a batch of bank lines does some dozen times, and each
look walks what the batch is made of. A quarter of the time of reading went there; and with the modules' own objects among
what is walked, a portal that held an order of 20,000 lines stalled everybody for 0.1 s, again and again.
"""

import gc
from typing import Final

# A look at so many takes some milliseconds; what refers to itself is rare here, and small.
_MADE_BETWEEN_LOOKS: Final = 20_000


def collect_seldom() -> None:
    """Let what exists now, which lives as long as the process, out of every look, and look seldom; called once at the start."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_MADE_BETWEEN_LOOKS, *gc.get_threshold()[1:])
