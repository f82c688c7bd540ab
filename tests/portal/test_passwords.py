"""Promises of services/portal/passwords.py and password_rules.py: slow to guess, quick to refuse, off the loop."""

import asyncio
import re

import argon2
import pytest

from services.portal import passwords
from services.portal.password_rules import CHARACTERS_MAX, CHARACTERS_MIN, weaknesses
from services.portal.passwords import WAITING_MAX, Passwords, cores, is_outdated
from services.portal.problems import Problem
from services.store import password_hashes
from services.store.opaque_secrets import new_password


async def test_a_password_fits_its_hash_and_no_other() -> None:
    """However its characters were composed; and two hashes of one password differ."""
    hashing = Passwords()
    first, second = await hashing.hash("密码 pass é"), await hashing.hash("密码 pass é")
    assert first != second
    for typed, expected in (
        ("密码 pass é", True),
        ("密码 ｐａｓｓ e\u0301", True),
        ("密码 pass e", False),
        ("", False),
    ):
        assert (typed, expected) == (typed, await hashing.fits(typed, first))


@pytest.mark.parametrize("password", ["", "\x00", "\ud800", "a" * 100_000])
async def test_any_text_can_be_tried(password: str) -> None:
    """Whatever is sent as a password is wrong, and no fault."""
    hashing = Passwords()
    assert not await hashing.fits(password, None)


async def test_parameters_are_those_of_the_standard() -> None:
    """ASVS 5.0, Appendix C: argon2id with at least 46 MiB, one pass, one lane; read from the hash itself."""
    used = argon2.extract_parameters(await Passwords().hash("password"))
    assert (argon2.Type.ID, True, True) == (used.type, used.memory_cost >= 46 * 1024, used.time_cost >= 1)
    assert (True, True) == (used.salt_len >= 16, used.hash_len >= 32)


async def test_nobodys_hash_costs_as_much() -> None:
    """The hash that is tried for an unknown login has the very parameters of everybody's."""
    real = await Passwords().hash("password")
    assert argon2.extract_parameters(real) == argon2.extract_parameters(passwords._NOBODYS)


async def test_other_parameters_are_outdated() -> None:
    """So that each password gets today's when it is next seen."""
    assert not is_outdated(await Passwords().hash("password"))
    for other in ({"memory_cost": 19 * 1024}, {"time_cost": 2}, {"type": argon2.Type.I}):
        parameters = {"time_cost": 1, "memory_cost": password_hashes.MEMORY_KIB, "parallelism": 1} | other
        assert is_outdated(argon2.PasswordHasher(**parameters).hash("password"))


async def test_the_loop_goes_on_meanwhile() -> None:
    """While more passwords are hashed than there are cores, nobody else waits for them."""
    hashing = Passwords()
    hashed = asyncio.gather(*(hashing.hash("password") for _ in range(3 * cores())))
    turns = 0
    while not hashed.done():
        await asyncio.sleep(0)
        turns += 1
    assert 3 * cores() == len(set(await hashed))
    assert turns > 100


async def test_a_crowd_waits_only_so_long() -> None:
    """Who comes when the line is full is sent away at once, with when to come back; the others get their answer."""
    hashing = Passwords()
    crowd = [asyncio.create_task(hashing.fits("password", None)) for _ in range(WAITING_MAX)]
    await asyncio.sleep(0)
    with pytest.raises(Problem) as caught:
        await hashing.fits("password", None)
    assert (503, True) == (caught.value.status, "Retry-After" in caught.value.headers)
    for each in crowd[cores() :]:
        each.cancel()
    await asyncio.gather(*crowd, return_exceptions=True)
    assert not await hashing.fits("password", None)


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("x1y2z3w", "PASSWORD_SHORT"),
        ("x1y2z3w4", None),
        ("七个字的密码呀", "PASSWORD_SHORT"),
        ("八个字的密码来了", None),
        ("ab" * (CHARACTERS_MAX // 2) + "cd", "PASSWORD_LONG"),
        ("abcd" * (CHARACTERS_MAX // 4), None),
        ("12345678", "PASSWORD_COMMON"),
        ("87654321", "PASSWORD_COMMON"),
        ("abcdefgh", "PASSWORD_COMMON"),
        ("88888888", "PASSWORD_COMMON"),
        ("abababab", "PASSWORD_COMMON"),
        ("PassWord", "PASSWORD_COMMON"),
        ("１２３４５６７８９０", "PASSWORD_COMMON"),
        ("1qaz2wsx", "PASSWORD_COMMON"),
        ("woaini1314", "PASSWORD_COMMON"),
        ("91110000600037341l", "PASSWORD_KNOWN"),
        ("9111-0000-6000-3734-1L", "PASSWORD_KNOWN"),
        ("ZHANG SAN FENG", "PASSWORD_KNOWN"),
        ("zhang san feng 2", None),
    ],
)
def test_a_new_password_is_none_that_others_try_first(password: str, code: str | None) -> None:
    """Long enough, not what is known of the user, not what everybody uses; nothing else is demanded."""
    found = weaknesses(password, ["91110000600037341L", "Zhang.San.Feng", ""])
    assert ([] if code is None else [code]) == [each.code for each in found]


def test_a_made_up_password_is_a_good_one() -> None:
    """It can be read out, differs each time, and breaks no rule."""
    made = {new_password() for _ in range(100)}
    assert 100 == len(made)
    assert all(re.fullmatch(r"([2-9a-hjkmnp-z]{4}-){3}[2-9a-hjkmnp-z]{4}", each) for each in made)
    assert set() == {found for each in made for found in weaknesses(each, ["75256"])}
    assert all(len(each) >= CHARACTERS_MIN for each in made)
