"""How often passwords may be tried (ASVS 5.0, 6.3.1): slowed down, and nobody locked out by a stranger for long.

The tightest limit is on one login from one address, so that whoever guesses keeps out nobody but the guesser; the one
on a login from everywhere is wider, and does not count where the login has succeeded within a month: strangers cannot
keep its owner out there. The one on an address leaves room for an office behind it. Logins are counted by a digest,
because some are ID numbers.

>>> names = names_of("pdy00001-x", "192.0.2.1")
>>> [name.partition("/")[0] for name in names], list(names.values())
(['login-from', 'login', 'address'], [10, 30, 100])
>>> names == names_of("PDY00001X", "::ffff:192.0.2.1"), names_of("a", "2001:db8::1") == names_of("a", "2001:db8::2")
(True, True)
"""

import hashlib
import math
from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Final, TypeAlias

from services.portal.problems import Problem
from services.store.login_failures import ANYWHERE, FROM_PLACE, TooOften
from services.store.places import place_of
from services.store.users import one_spelling

Names: TypeAlias = Mapping[str, int]

WINDOW: Final = timedelta(minutes=15)
OF_LOGIN_FROM_ADDRESS_MAX: Final = 10
OF_LOGIN_MAX: Final = 30
OF_ADDRESS_MAX: Final = 100


def names_of(login: str, address: str) -> Names:
    """Give under which names a try is counted, the narrowest first, and how many failures each may have."""
    known = hashlib.sha256(one_spelling(login).encode("utf-8", "surrogatepass")).hexdigest()
    place = place_of(address)
    return {
        f"{FROM_PLACE}{known}/{place}": OF_LOGIN_FROM_ADDRESS_MAX,
        f"{ANYWHERE}{known}": OF_LOGIN_MAX,
        f"address/{place}": OF_ADDRESS_MAX,
    }


def too_often(refused: TooOften) -> Problem:
    """Say when to try again."""
    seconds = max(1, math.ceil(refused.wait.total_seconds()))
    found = Problem.of(HTTPStatus.TOO_MANY_REQUESTS, "LOGIN_TOO_OFTEN", seconds=seconds).found
    return Problem(HTTPStatus.TOO_MANY_REQUESTS, found, headers={"Retry-After": str(seconds)})
