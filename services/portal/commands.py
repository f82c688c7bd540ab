"""The commands that manage who logs in.

    python -m services.portal user add --role ROLE --name NAME [--login LOGIN] [--employer CODE | --person IDNUMBER]
    python -m services.portal user password LOGIN
    python -m services.portal user first-login EMPLOYER [--name NAME] [--mobile MOBILE]
    python -m services.portal user disable LOGIN
    python -m services.portal user enable LOGIN
    python -m services.portal token add LOGIN --name NAME --scope SCOPE … [--days DAYS]
    python -m services.portal token list LOGIN
    python -m services.portal token revoke LOGIN TOKEN

A password is read from the standard input with --password-stdin, otherwise made up and printed once: on a command line
everybody on the machine could read it.
"""

import argparse
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

import attrs

from libsubsidy import IdNumber, Mobile, Policy
from services import settings
from services.portal.app import endpoints
from services.portal.password_rules import CHARACTERS_MAX, weaknesses
from services.portal.passwords import Passwords
from services.portal.roles import EMPLOYERS, PortalRole
from services.portal.scopes import scopes_of
from services.settings import PostgresUrl
from services.store import first_passwords, tokens, users
from services.store.database import Actor, Connection, Role, acting, connect
from services.store.opaque_secrets import new_password
from services.store.refusals import RefusedError, refuse
from services.store.users import Credentials, NewUser, UserState

_ACTOR: Final = Actor(role=Role.AUTH, name="command line", origin="command line")
_ID_DIGITS_MAX: Final = 18


@attrs.frozen(kw_only=True)
class StoreSettings:
    """What the commands need that only touch the database."""

    database_url: PostgresUrl = attrs.field(repr=False)


def add_parsers(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands; each sets `handler`, which takes what was given and returns the exit status."""
    user = commands.add_parser("user", help="manage who logs in").add_subparsers(required=True, metavar="COMMAND")
    add = user.add_parser("add", help="add a user, and print the password unless it was given")
    add.add_argument("--role", required=True, choices=[role.value for role in PortalRole])
    add.add_argument("--name", required=True, type=_words, help="shown in lists and in the audit trail's words")
    add.add_argument("--login", default="", help="default: the employer's organisation code; for employees not needed")
    tenant = add.add_mutually_exclusive_group()
    tenant.add_argument("--employer", metavar="CODE", help="of an employer's user: any of the employer's codes")
    tenant.add_argument("--person", metavar="IDNUMBER", help="of an employee: the ID number")
    _takes_password(add, _add_user)
    _takes_password(_of_login(user, "password", "set a password anew; all sessions and tokens end"), _set_password)
    first = user.add_parser("first-login", help="open an employer's first login, or open it again")
    first.add_argument("employer", help="any of the employer's codes")
    first.add_argument("--name", type=_words, default="单位管理员", help="of the administrator, if there is none yet")
    first.add_argument("--mobile", help="where the code goes; without it an activation code is printed once")
    first.set_defaults(handler=_open_first_login)
    _of_login(user, "disable", "let a user log in no more; all sessions end").set_defaults(handler=_disable)
    _of_login(user, "enable", "let a disabled user log in again").set_defaults(handler=_enable)

    token = commands.add_parser("token", help="manage programs' tokens").add_subparsers(
        required=True, metavar="COMMAND"
    )
    made = _of_login(token, "add", "make a token that acts as a user, and print it once")
    made.add_argument("--name", required=True, type=_words, help="what it is for")
    made.add_argument("--scope", required=True, action="append", dest="scopes", help="such as orders:read; repeatable")
    made.add_argument(
        "--days", type=_days, default=90, help=f"how long, at most {tokens.DAYS_MAX} (default: %(default)s)"
    )
    made.set_defaults(handler=_add_token)
    _of_login(token, "list", "list a user's newest tokens").set_defaults(handler=_list_tokens)
    revoke = _of_login(token, "revoke", "let a token open nothing any more")
    revoke.add_argument("token", type=_token_id, help="its number")
    revoke.set_defaults(handler=_revoke_token)


def _of_login(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, what: str
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=what)
    parser.add_argument("login", help="as it is typed when logging in")
    return parser


def _takes_password(parser: argparse.ArgumentParser, handler: object) -> None:
    parser.add_argument("--password-stdin", action="store_true", help="read the password from the standard input")
    parser.set_defaults(handler=handler)


def _words(text: str) -> str:
    """Read words that can be kept and shown; bytes that are no UTF-8 arrive as lone surrogates."""
    if not text.strip() or not text.isprintable():
        raise argparse.ArgumentTypeError(f"should be words in UTF-8 on one line / 应为一行 UTF-8 文字: {text!r}")
    return text.strip()


def _days(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > len(str(tokens.DAYS_MAX)):
        raise argparse.ArgumentTypeError(f"should be a whole number from 1 to {tokens.DAYS_MAX}")
    return int(text)


def _token_id(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > _ID_DIGITS_MAX:
        raise argparse.ArgumentTypeError("should be the number of a token, as `token list` shows it")
    return int(text)


@asynccontextmanager
async def _managing() -> AsyncIterator[Connection]:
    """Run one transaction of the command line."""
    connection = await connect(settings.load(StoreSettings).database_url)
    try:
        async with acting(connection, _ACTOR):
            yield connection
    finally:
        await connection.close(timeout=10)


async def _add_user(given: argparse.Namespace) -> int:
    role = PortalRole(given.role)
    if (role in EMPLOYERS) != (given.employer is not None) or (role is PortalRole.EMPLOYEE) != (
        given.person is not None
    ):
        raise refuse("USER_TENANT")
    number = None if given.person is None else IdNumber.parse(given.person)
    password, password_hash = await _password(given, [given.login, given.name, str(number or "")])
    async with _managing() as connection:
        employer_id = None if given.employer is None else await users.employer_with(connection, given.employer)
        if given.employer is not None and employer_id is None:
            raise refuse("EMPLOYER_ABSENT")
        person_id = None if number is None else await users.person_with(connection, number)
        if number is not None and person_id is None:
            raise refuse("PERSON_ABSENT")
        user = await users.add(
            connection,
            NewUser(
                role=role.value,
                name=given.name,
                password_hash=password_hash,
                login=given.login,
                employer_id=employer_id,
                person_id=person_id,
            ),
        )
        if given.password_stdin:
            _refuse_weak(password, await users.known_words(connection, user.id))
    _say(f"user {user.id} added / 已添加用户: {user.login}")
    _tell(given, password)
    return 0


async def _set_password(given: argparse.Namespace) -> int:
    password, password_hash = await _password(given, [given.login])
    async with _managing() as connection:
        known = await _find(connection, given.login)
        if given.password_stdin:
            _refuse_weak(password, await users.known_words(connection, known.user.id))
        await users.set_password(connection, known.user.id, password_hash)
        # Whoever knew the old password may have made tokens with it. The user's row is locked by now.
        await tokens.revoke_all(connection, known.user.id)
    _say(
        f"password of user {known.user.id} set, all sessions and tokens ended / "
        f"已重设密码并结束全部会话和令牌: {known.user.login}"
    )
    _tell(given, password)
    return 0


async def _open_first_login(given: argparse.Namespace) -> int:
    mobile = None if given.mobile is None else Mobile.parse(given.mobile)
    policy = Policy()
    async with _managing() as connection:
        employer_id = await users.employer_with(connection, given.employer)
        if employer_id is None:
            raise refuse("EMPLOYER_ABSENT")
        if await users.of_employer_are(connection, employer_id):
            opened = await first_passwords.open_window(connection, employer_id, mobile=mobile, policy=policy)
        else:
            opened = await first_passwords.add_first_user(
                connection, employer_id, name=given.name, mobile=mobile, policy=policy
            )
    _say(f"first login open for {policy.activation_days} days / 首次登录已开通: {opened.user.login}")
    if opened.activation_code:
        _say(f"activation code, shown this once / 激活码（仅显示一次）: {opened.activation_code}")
    return 0


async def _disable(given: argparse.Namespace) -> int:
    return await _set_state(given, UserState.DISABLED, "disabled / 已停用")


async def _enable(given: argparse.Namespace) -> int:
    return await _set_state(given, UserState.ACTIVE, "active / 已启用")


async def _set_state(given: argparse.Namespace, state: UserState, words: str) -> int:
    async with _managing() as connection:
        known = await _find(connection, given.login)
        await users.set_state(connection, known.user.id, state)
    _say(f"user {known.user.id} is {words}: {known.user.login}")
    return 0


async def _add_token(given: argparse.Namespace) -> int:
    async with _managing() as connection:
        known = await _find(connection, given.login)
        allowed = scopes_of(endpoints())[PortalRole(known.user.role)]
        beyond = sorted(set(given.scopes) - allowed)
        if beyond:
            sys.stderr.write(
                f"a {known.user.role} cannot give {', '.join(beyond)}; choose among / 该角色可授予的权限: "
                f"{', '.join(sorted(allowed))}\n"
            )
            return 1
        lasting = timedelta(days=given.days)
        token, secret = await tokens.add(
            connection, known.user.id, name=given.name, scopes=given.scopes, lasting=lasting
        )
    _say(f"token {token.id} made, valid until / 已生成令牌，有效期至: {token.expires_at:%Y-%m-%d}")
    _say(secret)
    return 0


async def _list_tokens(given: argparse.Namespace) -> int:
    async with _managing() as connection:
        known = await _find(connection, given.login)
        found = await tokens.page(connection, known.user.id)
    for token in found:
        ended = "" if token.revoked_at is None else f" revoked / 已撤销 {token.revoked_at:%Y-%m-%d}"
        _say(f"{token.id} {token.name} {','.join(token.scopes)} until / 至 {token.expires_at:%Y-%m-%d}{ended}")
    if not found:
        _say("no tokens / 没有令牌")
    return 0


async def _revoke_token(given: argparse.Namespace) -> int:
    async with _managing() as connection:
        known = await _find(connection, given.login)
        await tokens.revoke(connection, known.user.id, given.token)
    _say(f"token {given.token} revoked / 已撤销令牌")
    return 0


async def _find(connection: Connection, login: str) -> Credentials:
    known = await users.find(connection, login, own_login_first=True)
    if known is None:
        raise refuse("USER_ABSENT")
    return known


async def _password(given: argparse.Namespace, known: list[str]) -> tuple[str, str]:
    """Read or make up a password, and hash it before any transaction is open."""
    password = new_password()
    if given.password_stdin:
        # One more than fits, and the end of the line, so that what is too long is seen to be.
        password = sys.stdin.readline(CHARACTERS_MAX + 2).rstrip("\r\n")
        _refuse_weak(password, known)
    return password, await Passwords().hash(password)


def _refuse_weak(password: str, known: list[str] | tuple[str, ...]) -> None:
    weak = weaknesses(password, known)
    if weak:
        raise RefusedError(*weak)


def _tell(given: argparse.Namespace, password: str) -> None:
    if not given.password_stdin:
        _say(f"password, shown this once / 密码（仅显示一次）: {password}")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
