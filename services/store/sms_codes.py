"""短信验证码: six digits that prove a mobile is at hand (manual L4, F3; design §12 on D-1).

A code is drawn from the system's randomness, kept as a salted hash, bound to one mobile and one purpose, expires soon, is
used once, and endures few tries; a newer one ends the one before. Codes are counted by mobile and by place, within an
hour and a day, and a mobile that is not known is counted like any other: the caller says only whether the code is really
sent, and nobody can tell.

All of it runs as `Role.AUTH`, and steps in for callers of other roles. `redeem` must be committed when it says no, too,
because that is a try: it returns its answer and does not raise it.
"""

import hashlib
import math
import secrets
import unicodedata
from collections.abc import Mapping
from datetime import timedelta
from enum import Enum
from typing import Final

import attrs

from libsubsidy import Mobile
from services.store import sms_messages
from services.store.database import Connection, Role, stepping_in_as
from services.store.places import place_of
from services.store.refusals import refuse

DIGITS: Final = 6
PURGED_AT_ONCE_MAX: Final = 1_000
_SALT_BYTES: Final = 16
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)


class CodePurpose(Enum):
    """What a code opens, and nothing else."""

    REGISTRATION = "registration"
    REGISTRATION_STATUS = "registration_status"
    ACTIVATION = "activation"
    PASSWORD_RESET = "password_reset"  # noqa: S105 - the name of a purpose.


_PURPOSES_ZH: Final[Mapping[CodePurpose, str]] = {
    CodePurpose.REGISTRATION: "注册新单位",
    CodePurpose.REGISTRATION_STATUS: "查询注册进度",
    CodePurpose.ACTIVATION: "首次登录",
    CodePurpose.PASSWORD_RESET: "重设密码",
}


@attrs.frozen(kw_only=True)
class SmsLimits:
    """How long codes live and how many there are.

    Attributes:
        lasting: how long a code is good; NIST SP 800-63B-4 §3.1.3.2 allows ten minutes at most.
        again_after: the next code to a mobile comes so much later; the Chinese gateways' own usual limits are one a minute,
            five an hour and ten a day to a mobile, and would drop what is beyond them.
        per_mobile_hour: codes to a mobile for one purpose within an hour.
        per_mobile_day: the same within a day.
        per_place_hour: codes asked for from one address, which a whole office may share, within an hour.
        per_place_day: the same within a day.
        tries_max: wrong tries that a code endures; with ten codes a day, fifty guesses among a million.
    """

    lasting: timedelta = timedelta(minutes=5)
    again_after: timedelta = timedelta(minutes=1)
    per_mobile_hour: int = 5
    per_mobile_day: int = 10
    per_place_hour: int = 30
    per_place_day: int = 100
    tries_max: int = 5


LIMITS: Final = SmsLimits()


async def issue(
    connection: Connection,
    mobile: Mobile,
    purpose: CodePurpose,
    origin: str,
    *,
    send: bool = True,
    limits: SmsLimits = LIMITS,
) -> str:
    """Make a code for a mobile and queue the message that brings it.

    Args:
        connection: inside the caller's transaction; the counts are locked until it ends, so it should end soon.
        mobile: where it goes.
        purpose: what it opens.
        origin: the address it was asked for from.
        send: false where nobody may get it, because the mobile belongs to nobody: it counts all the same.
        limits: how many.

    Raises:
        RefusedError: SMS_TOO_SOON or SMS_TOO_OFTEN.
    """
    place = place_of(origin)
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    salt = secrets.token_bytes(_SALT_BYTES)
    async with stepping_in_as(connection, Role.AUTH):
        await _refuse_too_many(connection, mobile, purpose, place, limits)
        await connection.execute(
            """
            INSERT INTO sms_code (mobile, purpose, place, salt, code_hash, ends_at)
            VALUES ($1, $2, $3, $4, $5, clock_timestamp() + $6::interval)
            """,
            str(mobile),
            purpose.value,
            place,
            salt,
            _hash(salt, code),
            limits.lasting,
        )
    if send:
        minutes = int(limits.lasting.total_seconds()) // 60
        text = f"您的验证码是 {code}，{minutes} 分钟内有效，用于{_PURPOSES_ZH[purpose]}。请勿告诉他人。"
        await sms_messages.queue(connection, mobile, text, lasting=limits.lasting)
    return code


async def redeem(
    connection: Connection, mobile: Mobile, purpose: CodePurpose, code: str, *, limits: SmsLimits = LIMITS
) -> bool:
    """Say whether this is the code that was last sent to the mobile for the purpose, and use it up.

    Commit whatever it says: a wrong code is a try, and counts.
    """
    async with stepping_in_as(connection, Role.AUTH):
        row = await connection.fetchrow(
            """
            SELECT id, salt, code_hash, used_at IS NULL AND ends_at > clock_timestamp() AND tries < $3 AS alive
            FROM sms_code WHERE mobile = $1 AND purpose = $2 ORDER BY issued_at DESC, id DESC LIMIT 1 FOR UPDATE
            """,
            str(mobile),
            purpose.value,
            limits.tries_max,
        )
        if row is None or not row["alive"]:
            return False
        fits = secrets.compare_digest(row["code_hash"], _hash(row["salt"], _plain(code)))
        await connection.execute(
            "UPDATE sms_code SET tries = tries + 1, used_at = CASE WHEN $2 THEN clock_timestamp() END WHERE id = $1",
            row["id"],
            fits,
        )
    return fits


async def purge(connection: Connection) -> int:
    """Delete some of the codes that no limit counts any more, and return how many; acting as `Role.AUTH`."""
    purged: int = await connection.fetchval(
        """
        WITH old AS (SELECT id FROM sms_code WHERE issued_at <= clock_timestamp() - $1::interval LIMIT $2),
        gone AS (DELETE FROM sms_code c USING old WHERE c.id = old.id RETURNING 1)
        SELECT count(*)::integer FROM gone
        """,
        _DAY,
        PURGED_AT_ONCE_MAX,
    )
    return purged


def _plain(code: str) -> str:
    """Give the digits of a code as an input method may have written them.

    >>> _plain(" １２３ 456 ")
    '123456'
    """
    return "".join(unicodedata.normalize("NFKC", code).split())


async def _refuse_too_many(
    connection: Connection, mobile: Mobile, purpose: CodePurpose, place: str, limits: SmsLimits
) -> None:
    # In one order for everybody, so that two requests never wait for each other.
    names = sorted((f"sms/{mobile}/{purpose.value}", f"sms-from/{place}"))
    await connection.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended(what, 0)) FROM unnest($1::text[]) what", names
    )
    soon = await _wait(connection, "mobile = $1 AND purpose = $2", (str(mobile), purpose.value), 1, limits.again_after)
    if soon is not None:
        raise refuse("SMS_TOO_SOON", seconds=max(1, math.ceil(soon.total_seconds())))
    of_mobile = ("mobile = $1 AND purpose = $2", (str(mobile), purpose.value))
    of_place = ("place = $1 AND $2 = ''", (place, ""))
    waits = [
        await _wait(connection, *of_mobile, limits.per_mobile_hour, _HOUR),
        await _wait(connection, *of_mobile, limits.per_mobile_day, _DAY),
        await _wait(connection, *of_place, limits.per_place_hour, _HOUR),
        await _wait(connection, *of_place, limits.per_place_day, _DAY),
    ]
    wait = max((each for each in waits if each is not None), default=None)
    if wait is not None:
        raise refuse("SMS_TOO_OFTEN", minutes=max(1, math.ceil(wait.total_seconds() / 60)))


async def _wait(
    connection: Connection, counted: str, of: tuple[str, str], codes_max: int, window: timedelta
) -> timedelta | None:
    """Say how long until one of the codes within the window counts no more; None where there may be another one now."""
    wait: timedelta | None = await connection.fetchval(
        f"""
        SELECT (SELECT issued_at FROM sms_code WHERE {counted} AND issued_at > clock_timestamp() - $4::interval
                ORDER BY issued_at DESC OFFSET $3 - 1 LIMIT 1) + $4::interval - clock_timestamp()
        """,
        *of,
        codes_max,
        window,
    )
    return wait


def _hash(salt: bytes, code: str) -> bytes:
    return hashlib.sha256(salt + code.encode("utf-8", "surrogatepass")).digest()
