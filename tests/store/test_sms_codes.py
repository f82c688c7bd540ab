"""Promises of services/store/sms_codes.py: a code proves one mobile for one purpose, once, soon, and is not guessed."""

import asyncio
from datetime import timedelta

import pytest

from libsubsidy import Mobile
from services.store import sms_codes
from services.store.database import Actor, Connection, acting, connect
from services.store.refusals import RefusedError
from services.store.sms_codes import CodePurpose, SmsLimits
from tests.store import fund
from tests.store.test_users import AUTH
from tests.store.waiting import until_somebody_waits

MOBILE, OTHER = Mobile.parse("13800000001"), Mobile.parse("13800000002")
PURPOSE = CodePurpose.REGISTRATION
A_SECOND = timedelta(seconds=1)
# Without the pause between two codes, which has a test of its own.
LIMITS = SmsLimits(again_after=timedelta(0))


async def issue(
    db: Connection,
    mobile: Mobile = MOBILE,
    purpose: CodePurpose = PURPOSE,
    *,
    origin: str = "192.0.2.1",
    **facts: object,
) -> str:
    """Ask for a code."""
    async with acting(db, AUTH):
        return await sms_codes.issue(db, mobile, purpose, origin, **({"limits": LIMITS} | facts))  # type: ignore[arg-type]


async def redeem(db: Connection, code: str, mobile: Mobile = MOBILE, purpose: CodePurpose = PURPOSE) -> bool:
    """Try a code."""
    async with acting(db, AUTH):
        return await sms_codes.redeem(db, mobile, purpose, code)


async def refused(db: Connection, **facts: object) -> list[str]:
    """The codes of the refusal."""
    with pytest.raises(RefusedError) as caught:
        await issue(db, **facts)  # type: ignore[arg-type]
    return [each.code for each in caught.value.violations]


def wrong(code: str, by: int = 1) -> str:
    """Another code than this."""
    return f"{(int(code) + by) % 10**6:06}"


async def test_a_code_is_six_digits_used_once(db: Connection) -> None:
    """F3: the right code fits once, blanks in it or not, in full-width digits or not, and never again."""
    code = await issue(db)
    assert (6, True) == (len(code), code.isascii() and code.isdigit())
    assert [True, False] == [await redeem(db, f" {code[:3]} {code[3:]} "), await redeem(db, code)]
    code = await issue(db)
    assert await redeem(db, "".join(chr(ord(digit) + 0xFEE0) for digit in code))


async def test_a_code_is_bound_to_its_mobile_and_its_purpose(db: Connection) -> None:
    """F3: what opens a registration resets no password, and one mobile's code is not another's."""
    code = await issue(db)
    assert not await redeem(db, code, OTHER)
    assert not await redeem(db, code, purpose=CodePurpose.PASSWORD_RESET)
    assert await redeem(db, code)


async def test_a_code_expires(db: Connection) -> None:
    """F3: five minutes, and not a second more."""
    code = await issue(db)
    await db.execute("UPDATE sms_code SET ends_at = ends_at - $1::interval", sms_codes.LIMITS.lasting - 10 * A_SECOND)
    assert not await redeem(db, wrong(code))
    await db.execute("UPDATE sms_code SET ends_at = clock_timestamp()")
    assert not await redeem(db, code)


async def test_a_newer_code_ends_the_one_before(db: Connection) -> None:
    """Whoever asks again uses what came last."""
    first, second = await issue(db), await issue(db)
    assert [False, True] == [first != second and await redeem(db, first), await redeem(db, second)]


async def test_a_code_endures_few_wrong_tries(db: Connection) -> None:
    """F3: after the fifth wrong try the right one is wrong, too; until then it is not."""
    code = await issue(db)
    assert [False] * 4 == [await redeem(db, wrong(code, by)) for by in range(1, 5)]
    assert await redeem(db, code)
    code = await issue(db)
    assert [False] * 5 == [await redeem(db, wrong(code, by)) for by in range(1, 6)]
    assert not await redeem(db, code)


async def test_a_code_is_not_used_twice_at_once(db: Connection, database_url: str) -> None:
    """Two requests with the right code: one waits for the other, and finds it used."""
    code = await issue(db)
    other = await connect(database_url)
    try:
        async with acting(db, AUTH):
            assert await sms_codes.redeem(db, MOBILE, PURPOSE, code)
            second = asyncio.create_task(redeem(other, code))
            await until_somebody_waits(database_url)
        assert not await second
    finally:
        await other.close()


async def test_the_next_code_comes_a_minute_later(db: Connection) -> None:
    """F3: the wait is told; another purpose and another mobile do not wait."""
    limits = sms_codes.LIMITS
    await issue(db, limits=limits)
    with pytest.raises(RefusedError) as caught:
        await issue(db, limits=limits)
    (told,) = caught.value.violations
    assert "SMS_TOO_SOON" == told.code
    assert 58 <= int(told.params["seconds"]) <= 60
    await issue(db, OTHER, limits=limits)
    await issue(db, purpose=CodePurpose.PASSWORD_RESET, limits=limits)
    await db.execute("UPDATE sms_code SET issued_at = issued_at - $1::interval", limits.again_after)
    await issue(db, limits=limits)


@pytest.mark.parametrize(
    ("limits", "mobiles", "age"),
    [
        (SmsLimits(again_after=timedelta(0), per_mobile_hour=2), [MOBILE], timedelta(hours=1)),
        (SmsLimits(again_after=timedelta(0), per_mobile_day=2), [MOBILE], timedelta(days=1)),
        (SmsLimits(again_after=timedelta(0), per_place_hour=2), [MOBILE, OTHER], timedelta(hours=1)),
        (SmsLimits(again_after=timedelta(0), per_place_day=2), [MOBILE, OTHER], timedelta(days=1)),
    ],
)
async def test_codes_are_limited_by_mobile_and_place_within_an_hour_and_a_day(
    db: Connection, limits: SmsLimits, mobiles: list[Mobile], age: timedelta
) -> None:
    """F3: the code after the last is refused, and possible again a moment after the first counts no more."""
    await issue(db, mobiles[0], limits=limits)
    await issue(db, mobiles[-1], limits=limits)
    assert ["SMS_TOO_OFTEN"] == await refused(db, mobile=mobiles[0], limits=limits)
    await db.execute("UPDATE sms_code SET issued_at = issued_at - $1::interval", age - A_SECOND)
    assert ["SMS_TOO_OFTEN"] == await refused(db, mobile=mobiles[0], limits=limits)
    await db.execute("UPDATE sms_code SET issued_at = issued_at - $1::interval", A_SECOND)
    await issue(db, mobiles[0], limits=limits)


async def test_two_requests_at_once_do_not_slip_under_a_limit(db: Connection, database_url: str) -> None:
    """The second waits until the first is counted."""
    other = await connect(database_url)
    try:
        async with acting(db, AUTH):
            await sms_codes.issue(db, MOBILE, PURPOSE, "192.0.2.1")
            second = asyncio.create_task(refused(other, limits=sms_codes.LIMITS))
            await until_somebody_waits(database_url)
        assert ["SMS_TOO_SOON"] == await second
    finally:
        await other.close()


async def test_the_message_says_what_the_code_is_for(db: Connection) -> None:
    """One message with the code, the time and the purpose; none where nobody may get it, who is counted all the same."""
    code = await issue(db)
    assert [f"您的验证码是 {code}，5 分钟内有效，用于注册新单位。请勿告诉他人。"] == [
        row["text"] for row in await db.fetch("SELECT text FROM sms_message")
    ]
    await issue(db, OTHER, send=False)
    assert (1, 2) == tuple(
        await db.fetchrow("SELECT (SELECT count(*) FROM sms_message), (SELECT count(*) FROM sms_code)") or ()
    )


@pytest.mark.parametrize("actor", [fund.BUREAU, AUTH])
async def test_any_role_may_ask_and_keeps_its_own_rights(db: Connection, actor: Actor) -> None:
    """The table is the login's alone; whoever asks steps in for a moment and is itself again."""
    async with acting(db, actor):
        code = await sms_codes.issue(db, MOBILE, PURPOSE, "192.0.2.1")
        assert actor.role.value == await db.fetchval("SELECT current_setting('role')")
        with pytest.raises(RefusedError):
            await sms_codes.issue(db, MOBILE, PURPOSE, "192.0.2.1")
        assert actor.role.value == await db.fetchval("SELECT current_setting('role')")
        assert await sms_codes.redeem(db, MOBILE, PURPOSE, code)


async def test_no_code_is_kept_in_words(db: Connection) -> None:
    """The table holds a salted hash, another one each time."""
    code = await issue(db)
    row = await db.fetchrow("SELECT * FROM sms_code")
    assert row is not None
    assert code not in str(dict(row))
    assert 16 == len(row["salt"])


async def test_what_counts_no_more_goes(db: Connection) -> None:
    """A day later, and no earlier."""
    await issue(db)
    async with acting(db, AUTH):
        assert 0 == await sms_codes.purge(db)
    await db.execute("UPDATE sms_code SET issued_at = issued_at - interval '1 day'")
    async with acting(db, AUTH):
        assert 1 == await sms_codes.purge(db)
