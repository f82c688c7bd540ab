"""Promises of services/store/tokens.py: a secret lets a program act until it expires, is revoked, or its user goes."""

import asyncio
from datetime import timedelta

import pytest

from services.store import tokens, users
from services.store.database import Connection, acting, connect
from services.store.refusals import RefusedError
from services.store.tokens import ApiToken
from services.store.users import User, UserState
from tests.store.test_users import AUTH, add
from tests.store.waiting import until_somebody_waits

DAY = timedelta(days=1)


@pytest.fixture
async def user(db: Connection) -> User:
    """Somebody who makes tokens."""
    return await add(db, login="zhang.san")


async def make(db: Connection, user_id: int, **facts: object) -> tuple[ApiToken, str]:
    """Make a token."""
    known: dict[str, object] = {"name": "payroll", "scopes": ["orders:read"], "lasting": DAY}
    async with acting(db, AUTH):
        return await tokens.add(db, user_id, **(known | facts))  # type: ignore[arg-type]


async def opens(db: Connection, secret: str) -> bool:
    """Whether the secret lets anybody act."""
    async with acting(db, AUTH):
        return await tokens.resolve(db, secret) is not None


async def test_a_token_acts_as_its_user_within_its_scopes(db: Connection, user: User) -> None:
    """Whoever finds the secret in a log knows what it is; the table does not hold it."""
    made, secret = await make(db, user.id, scopes=["orders:write", "orders:read", "orders:read"])
    async with acting(db, AUTH):
        bearer = await tokens.resolve(db, secret)
        listed = await tokens.page(db, user.id)
    assert bearer is not None
    assert (user, made.id, frozenset({"orders:read", "orders:write"})) == (bearer.user, bearer.token_id, bearer.scopes)
    assert ((made,), ("orders:read", "orders:write")) == (listed, made.scopes)
    assert (DAY, True) == (made.expires_at - made.created_at, secret.startswith("subsidy_"))
    assert secret not in str(await db.fetch("SELECT * FROM api_token"))


@pytest.mark.parametrize("secret", ["", "subsidy_", "subsidy_" + "A" * 43, "王", "A" * 100_000])
async def test_what_is_no_secret_opens_nothing(db: Connection, user: User, secret: str) -> None:
    """Whatever is sent."""
    await make(db, user.id)
    assert not await opens(db, secret)


async def test_an_expired_token_opens_nothing(db: Connection, user: User) -> None:
    """It ends by itself."""
    _, secret = await make(db, user.id)
    assert await opens(db, secret)
    await db.execute("UPDATE api_token SET created_at = now() - interval '2 days', expires_at = now()")
    assert not await opens(db, secret)


async def test_a_token_of_a_disabled_user_opens_nothing(db: Connection, user: User) -> None:
    """Who may not log in lets no program act either."""
    _, secret = await make(db, user.id)
    async with acting(db, AUTH):
        await users.set_state(db, user.id, UserState.DISABLED)
    assert not await opens(db, secret)
    with pytest.raises(RefusedError) as caught:
        await make(db, user.id)
    assert ["ABSENT"] == [each.code for each in caught.value.violations]


async def test_a_token_is_revoked_by_its_user_alone(db: Connection, user: User) -> None:
    """Another user's token is answered like one that does not exist, and goes on."""
    other = await add(db, login="li.si")
    made, secret = await make(db, user.id)
    for user_id, token_id in ((other.id, made.id), (user.id, made.id + 1)):
        for call in (tokens.revoke, tokens.get):
            with pytest.raises(RefusedError) as caught:
                async with acting(db, AUTH):
                    await call(db, user_id, token_id)
            assert ["ABSENT"] == [each.code for each in caught.value.violations]
    assert await opens(db, secret)
    async with acting(db, AUTH):
        await tokens.revoke(db, user.id, made.id)
        first = await tokens.get(db, user.id, made.id)
        await tokens.revoke(db, user.id, made.id)
        assert (first, True) == (await tokens.get(db, user.id, made.id), first.revoked_at is not None)
    assert not await opens(db, secret)
    trail = await db.fetch("SELECT to_state FROM audit_event WHERE subject_kind = 'token' ORDER BY id")
    assert ["made", "revoked"] == [row[0] for row in trail]


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"lasting": timedelta(0)}, "TOKEN_LASTING"),
        ({"lasting": -DAY}, "TOKEN_LASTING"),
        ({"lasting": DAY * 365 + timedelta(microseconds=1)}, "TOKEN_LASTING"),
        ({"name": ""}, "TOKEN_NAME"),
        ({"name": "x" * 101}, "TOKEN_NAME"),
        ({"name": "a\x00b"}, "TOKEN_NAME"),
        ({"name": "a\nb"}, "TOKEN_NAME"),
        ({"scopes": []}, "TOKEN_SCOPES"),
        ({"scopes": [f"s{number}" for number in range(51)]}, "TOKEN_SCOPES"),
    ],
)
async def test_a_token_has_its_limits(db: Connection, user: User, facts: dict[str, object], code: str) -> None:
    """A year at most, a name that can be read, some scopes."""
    with pytest.raises(RefusedError) as caught:
        await make(db, user.id, **facts)
    assert [code] == [each.code for each in caught.value.violations]


@pytest.mark.parametrize("lasting", [timedelta(microseconds=1), DAY * 365])
async def test_the_limits_themselves_are_allowed(db: Connection, user: User, lasting: timedelta) -> None:
    """From a moment to a year."""
    made, _ = await make(db, user.id, lasting=lasting, name="字" * 100)
    assert lasting == made.expires_at - made.created_at


async def test_a_user_has_so_many_living_tokens(db: Connection, user: User, database_url: str) -> None:
    """One that ended makes room, and of two made at the same moment the one too many is refused."""
    made = [await make(db, user.id) for _ in range(tokens.TOKENS_PER_USER_MAX)]
    with pytest.raises(RefusedError) as caught:
        await make(db, user.id)
    assert ["TOKENS_TOO_MANY"] == [each.code for each in caught.value.violations]
    async with acting(db, AUTH):
        await tokens.revoke(db, user.id, made[0][0].id)
    other = await connect(database_url)
    try:
        first = db.transaction()
        await first.start()
        await tokens.add(db, user.id, name="first", scopes=["orders:read"], lasting=DAY)
        second = asyncio.create_task(make(other, user.id))
        await until_somebody_waits(database_url)
        await first.commit()
        with pytest.raises(RefusedError):
            await second
    finally:
        await other.close()


async def test_tokens_are_listed_in_pages(db: Connection, user: User) -> None:
    """The newest first, those of the user only."""
    made = [(await make(db, user.id))[0] for _ in range(3)]
    await make(db, (await add(db, login="li.si")).id)
    async with acting(db, AUTH):
        first = await tokens.page(db, user.id, limit=2)
        assert (made[2], made[1]) == first
        assert (made[0],) == await tokens.page(db, user.id, before=first[-1].id, limit=2)
