"""The initial password of an employer, and what it opens (F9, I30; manual L10; design §12 on D-1).

"初始密码为组织机构代码后6位": the last six of the organisation code, or of the credit code, because the manual's own example
of a login has eighteen characters. Both can be looked up by anybody, so that the initial password alone opens nothing. It
works until it is first changed, within a window that the bureau opens, and only together with a code sent to the mobile on
file; where none is on file, with an activation code that the bureau gives out.

>>> initial_passwords("600037341", "91110000600037341L"), initial_passwords("PDY00001X", None)
(('037341', '37341L'), ('00001X',))
>>> is_initial(" 37341l", "600037341", "91110000600037341L"), is_initial("037341", "600037341", None)
(True, True)
>>> is_initial("37341L", "600037341", None), is_initial("", "600037341", None)
(False, False)

The window ends with its last moment:

>>> from datetime import UTC, datetime, timedelta
>>> ends_at, mobile = datetime(2026, 11, 23, tzinfo=UTC), Mobile("13800000001")
>>> proof_needed(ends_at, mobile, ends_at - timedelta(microseconds=1)), proof_needed(ends_at, None, ends_at - timedelta(1))
(<FirstProof.SMS_CODE: 'sms_code'>, <FirstProof.ACTIVATION_CODE: 'activation_code'>)
>>> proof_needed(ends_at, mobile, ends_at).code
'FIRST_LOGIN_ENDED'
"""

from datetime import datetime
from enum import Enum
from typing import Final

from libsubsidy.identity.mobile import Mobile
from libsubsidy.identity.typed_text import typed
from libsubsidy.violations import Violation

CHARACTERS: Final = 6
_MOBILE_ENDING: Final = 4


class FirstProof(Enum):
    """What an initial password needs besides itself."""

    SMS_CODE = "sms_code"
    ACTIVATION_CODE = "activation_code"


def initial_passwords(org_code: str, credit_code: str | None) -> tuple[str, ...]:
    """Give what an employer's initial password may be, by its codes as they are on file."""
    return tuple(code[-CHARACTERS:] for code in (org_code, credit_code) if code)


def is_initial(password: str, org_code: str, credit_code: str | None) -> bool:
    """Say whether what was typed is an initial password of the employer; capitals and blanks make no difference."""
    return typed(password) in initial_passwords(org_code, credit_code)


def proof_needed(ends_at: datetime, mobile: Mobile | None, now: datetime) -> FirstProof | Violation:
    """Say what the first login needs besides the initial password, or why it opens nothing any more.

    Args:
        ends_at: when the window that the bureau opened ends.
        mobile: the one on file.
        now: the time of the login.
    """
    if now >= ends_at:
        return Violation.of("FIRST_LOGIN_ENDED")
    return FirstProof.ACTIVATION_CODE if mobile is None else FirstProof.SMS_CODE


def ask_for(proof: FirstProof, mobile: Mobile | None) -> Violation:
    """Ask for the proof; of the mobile only its ending is told, because whoever knows the codes may be a stranger.

    >>> ask_for(FirstProof.SMS_CODE, Mobile("13800001234")).params["ending"]
    '1234'
    """
    if proof is FirstProof.SMS_CODE and mobile is not None:
        return Violation.of("FIRST_LOGIN_SMS_CODE", ending=str(mobile)[-_MOBILE_ENDING:])
    return Violation.of("FIRST_LOGIN_ACTIVATION_CODE")
