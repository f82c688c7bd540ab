"""Promises of services/portal/commands.py: users and tokens from the command line, and no secret on it."""

import asyncio
import io
import os
import re
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import TypeAlias

import attrs
import pytest

from libsubsidy import Mobile, OrganizationCode
from services.portal import __main__
from services.portal.passwords import Passwords
from services.store import employers, sessions, tokens, users
from services.store.database import Connection, acting
from services.store.employers import Employer, NewEmployer
from services.store.opaque_secrets import digest
from services.store.users import Credentials, PasswordKind, UserState
from tests.patience import PATIENCE_SECONDS
from tests.store import fund
from tests.store.test_users import AUTH

_ROOT = Path(__file__).parents[2]


@attrs.frozen
class Ended:
    """A command that has ended."""

    status: int
    said: str
    complained: str


Command: TypeAlias = Callable[..., Awaitable[Ended]]


@pytest.fixture
def command(database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run one command of the portal to its end, in a thread with a loop of its own, as in a process of its own."""

    def main() -> int:
        try:
            return __main__.main()
        except SystemExit as error:
            return int(error.code or 0)

    async def run(*arguments: str, typed: str = "") -> Ended:
        monkeypatch.setenv("SUBSIDY_DATABASE_URL", database_url)
        monkeypatch.setattr(sys, "argv", ["portal", *arguments])
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        status = await asyncio.wait_for(asyncio.to_thread(main), PATIENCE_SECONDS)
        return Ended(status, *capsys.readouterr())

    return run


async def found(db: Connection, login: str) -> Credentials:
    """Who logs in with this."""
    async with acting(db, AUTH):
        known = await users.find(db, login)
    assert known is not None
    return known


async def fits(db: Connection, login: str, password: str) -> bool:
    """Whether this is the password."""
    return await Passwords().fits(password, (await found(db, login)).password_hash)


async def register(db: Connection) -> Employer:
    """Register an employer."""
    async with acting(db, fund.BUREAU):
        return await employers.register(db, NewEmployer(name="甲", org_code=OrganizationCode.parse("60003734-1")))


REVIEWER = ("user", "add", "--role", "reviewer", "--name", "张三", "--login", "zhang.san")


async def test_a_user_is_added_with_a_made_up_password(command: Command, db: Connection) -> None:
    """It is printed once, and it is the password."""
    ended = await command(*REVIEWER)
    assert (0, "") == (ended.status, ended.complained)
    password = re.search(r": (\S{4}-\S{4}-\S{4}-\S{4})$", ended.said, re.MULTILINE)
    assert password is not None
    assert await fits(db, "zhang.san", password[1])
    assert "reviewer" == (await found(db, "zhang.san")).user.role
    assert "command line" == await db.fetchval("SELECT actor FROM audit_event WHERE subject_kind = 'user'")


async def test_a_password_may_be_given_but_not_as_an_argument(command: Command, db: Connection) -> None:
    """It comes on the standard input, without the end of its line, and is not printed."""
    ended = await command(*REVIEWER, "--password-stdin", typed="correct horse battery\n")
    assert (0, False) == (ended.status, "correct" in ended.said)
    assert await fits(db, "zhang.san", "correct horse battery")


@pytest.mark.parametrize("typed", ["", "short\n", "zhang.san.\n", "password123\n", "x" * 1000])
async def test_a_weak_password_adds_nobody(command: Command, db: Connection, typed: str) -> None:
    """The same rules hold as in the portal."""
    ended = await command(*REVIEWER, "--password-stdin", typed=typed)
    assert (1, True) == (ended.status, "password" in ended.complained.lower())
    assert 0 == await db.fetchval("SELECT count(*) FROM portal_user")


async def test_an_employers_code_is_no_password(command: Command, db: Connection) -> None:
    """What is known only to the database is looked at, too; nothing is left behind."""
    await register(db)
    arguments = ("user", "add", "--role", "employer", "--name", "乙", "--employer", "60003734-1", "--login", "clerk")
    ended = await command(*arguments, "--password-stdin", typed="600037341\n")
    assert (1, 0) == (ended.status, await db.fetchval("SELECT count(*) FROM portal_user"))


async def test_users_of_employers_and_employees_are_added(command: Command, db: Connection) -> None:
    """By the codes that people have at hand."""
    employer = await register(db)
    (person_id,) = await fund.employ(db, employer, fund.new_employee(1))
    for code, login in ((employer.code, ()), ("600037341", ("--login", "second"))):
        given = ("--role", "employer", "--name", "李四", "--employer", code, *login)
        assert 0 == (await command("user", "add", *given)).status
    number = str(fund.id_number(1))
    ended = await command("user", "add", "--role", "employee", "--name", "王五", "--person", number)
    assert (0, False) == (ended.status, number in ended.said)
    assert (
        employer.id == (await found(db, "60003734-1")).user.employer_id == (await found(db, "second")).user.employer_id
    )
    assert person_id == (await found(db, number)).user.person_id


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--role", "employer", "--name", "x"), "employer's user has an employer"),
        (
            ("--role", "reviewer", "--name", "x", "--login", "abc", "--employer", "10000"),
            "employer's user has an employer",
        ),
        (("--role", "employer", "--name", "x", "--employer", "99999"), "no such employer"),
        (("--role", "employee", "--name", "x", "--person", "1"), "ID number"),
        (("--role", "employee", "--name", "x", "--person", str(fund.id_number(9))), "no such employee"),
        (("--role", "reviewer", "--name", "x", "--login", "张三"), "3 to 64"),
        (("--role", "reviewer", "--name", "x"), "3 to 64"),
        (("--role", "king", "--name", "x"), "invalid choice"),
        (("--role", "reviewer", "--name", " ", "--login", "abc"), "UTF-8"),
        (("--role", "reviewer", "--name", "a\nb", "--login", "abc"), "UTF-8"),
        (("--role", "reviewer", "--name", "\udcff", "--login", "abc"), "UTF-8"),
        (("--role", "reviewer", "--name", "字" * 101, "--login", "abc"), "at most 100"),
        (("--role", "reviewer", "--name", "x", "--login", "\udcff"), "3 to 64"),
    ],
)
async def test_who_cannot_be_added_is_refused(command: Command, arguments: tuple[str, ...], words: str) -> None:
    """In one message that says what to do, and no traceback."""
    ended = await command("user", "add", *arguments)
    assert (True, True) == (ended.status in {1, 2}, words in ended.complained), ended
    assert "Traceback" not in ended.complained


async def test_a_password_is_set_anew(command: Command, db: Connection) -> None:
    """All sessions and tokens end; the old password is nothing any more."""
    await command(*REVIEWER, "--password-stdin", typed="correct horse battery\n")
    async with acting(db, AUTH):
        _, secret = await tokens.add(db, 1, name="m", scopes=["me:read"], lasting=timedelta(days=1))
        assert await sessions.open_session(db, await users.credentials(db, 1), timedelta(hours=1))
    assert 0 == (await command("user", "password", "ZHANG-.SAN", "--password-stdin", typed="another one\n")).status
    assert [True, False] == [await fits(db, "zhang.san", each) for each in ("another one", "correct horse battery")]
    assert 0 == await db.fetchval("SELECT count(*) FROM portal_session")
    async with acting(db, AUTH):
        assert await tokens.resolve(db, secret) is None


async def test_the_commands_mean_the_own_login(command: Command, db: Connection) -> None:
    """A disabled first user is enabled again by the employer's code, though that logs the second one in."""
    employer = await register(db)
    await command("user", "add", "--role", "employer", "--name", "甲", "--employer", employer.code)
    await command("user", "add", "--role", "employer", "--name", "乙", "--employer", employer.code, "--login", "second")
    await command("user", "disable", "600037341")
    assert "SECOND" == (await found(db, "600037341")).user.login
    await command("user", "enable", "600037341")
    assert ("600037341", UserState.ACTIVE) == (
        (await found(db, "600037341")).user.login,
        (await found(db, "600037341")).user.state,
    )


async def test_a_user_is_disabled_and_enabled(command: Command, db: Connection) -> None:
    """And told so."""
    await command(*REVIEWER)
    for name, state in (("disable", UserState.DISABLED), ("enable", UserState.ACTIVE)):
        assert 0 == (await command("user", name, "zhang.san")).status
        assert state is (await found(db, "zhang.san")).user.state


async def test_a_token_is_made_listed_and_revoked(command: Command, db: Connection) -> None:
    """Its secret is printed once, on a line of its own, and acts until it is revoked."""
    await command(*REVIEWER)
    made = await command("token", "add", "zhang.san", "--name", "payroll", "--scope", "me:read", "--days", "7")
    assert 0 == made.status, made
    secret = made.said.splitlines()[-1]
    async with acting(db, AUTH):
        bearer = await tokens.resolve(db, secret)
    assert bearer is not None
    assert frozenset({"me:read"}) == bearer.scopes
    listed = await command("token", "list", "zhang.san")
    assert (True, False) == ("payroll" in listed.said, secret in listed.said)
    assert 0 == (await command("token", "revoke", "zhang.san", str(bearer.token_id))).status
    async with acting(db, AUTH):
        assert await tokens.resolve(db, secret) is None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("add", "nobody", "--name", "x", "--scope", "me:read"), "Nobody logs in"),
        (("add", "zhang.san", "--name", "x", "--scope", "everything"), "me:read"),
        (("add", "zhang.san", "--name", "x"), "--scope"),
        (("add", "zhang.san", "--name", "x", "--scope", "me:read", "--days", "366"), "365"),
        (("add", "zhang.san", "--name", "x", "--scope", "me:read", "--days", "0"), "365"),
        (("add", "zhang.san", "--name", "x", "--scope", "me:read", "--days", "x"), "whole number"),
        (("revoke", "zhang.san", "1"), "no token number 1"),
        (("revoke", "zhang.san", "9" * 30), "number of a token"),
        (("list", "nobody"), "Nobody logs in"),
    ],
)
async def test_what_is_no_token_is_refused(command: Command, arguments: tuple[str, ...], words: str) -> None:
    """In one message that says what to do."""
    await command(*REVIEWER)
    ended = await command("token", *arguments)
    assert (True, True) == (ended.status in {1, 2}, words in ended.complained), ended
    assert "Traceback" not in ended.complained


async def test_the_database_is_named_when_it_is_missing() -> None:
    """A command in a process of its own, without settings, says which one it needs."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.portal", "user", "disable", "x"),
        cwd=_ROOT,
        env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
        stderr=asyncio.subprocess.PIPE,
    )
    _, complained = await asyncio.wait_for(process.communicate(), PATIENCE_SECONDS)
    assert (1, True) == (process.returncode, b"SUBSIDY_DATABASE_URL" in complained)


async def test_a_first_login_is_opened_and_opened_again(command: Command, db: Connection) -> None:
    """F9: with an activation code that is printed once, or with the mobile on file; and for nobody that is not there."""
    await register(db)
    ended = await command("user", "first-login", "600037341", "--name", "王芳")
    assert (0, True) == (ended.status, "激活码" in ended.said)
    known = await found(db, "60003734-1")
    code = ended.said.rpartition(": ")[2].strip()
    assert (PasswordKind.INITIAL, digest(code), "王芳") == (known.kind, known.activation_hash, known.user.name)
    ended = await command("user", "first-login", "60003734-1", "--mobile", "138 0000 1234")
    assert (0, False) == (ended.status, "激活码" in ended.said)
    assert Mobile("13800001234") == (await found(db, "60003734-1")).mobile
    assert 1 == (await command("user", "first-login", "99999")).status
