"""A PostgreSQL server of our own, for the demonstration and the tests.

It listens on a Unix socket, in a folder that only its owner may enter, and on no TCP port: servers never contend for
a port, and no other user of the machine gets in. Its folders are held (`demo.held_folder`): a server that outlived a
killed process is ended by whoever starts the next one.
"""

import asyncio
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from demo.held_folder import FolderHeld, HeldFolder, clear_abandoned, kill_in, processes_in
from demo.postgres_programs import Identity, Origin, PostgresUnavailable, find_programs, identity_for

SUPERUSER = "subsidy"
DATABASE = "subsidy"
START_SECONDS = 60
STOP_SECONDS = 30
_PORT = 5432  # It only names the socket's file.
_LONGEST_SOCKET_BYTES = 107  # sockaddr_un.sun_path holds 108, the last of them a NUL.
_LOG_TAIL_CHARACTERS = 2_000
_SCRATCH = "subsidy-postgres-"
# Shared memory in the data folder: a container has little of the machine's own, and a killed server would leave it there.
_ALWAYS = {"max_connections": "200", "dynamic_shared_memory_type": "mmap"}
_FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class EmbeddedPostgres:
    """One server: a context manager, and an asynchronous one.

    Attributes:
        identity: the programs it runs from and who it runs as, once it has started.
        process: the main process of the server, once it has started.
    """

    identity: Identity
    process: subprocess.Popen[bytes]

    def __init__(
        self,
        folder: Path | None = None,
        *,
        prefer: Origin = Origin.WHEEL,
        durable: bool = True,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        """Describe a server; nothing is started yet.

        Args:
            folder: where its data stay from one start to the next; None for a folder that goes when the server stops.
            prefer: whose programs to run, where there is a choice.
            durable: False for tests, whose data need not outlive a power cut.
            settings: more of PostgreSQL's own settings.
        """
        self._folder = folder
        self._prefer = prefer
        self._durable = durable
        self._settings = _ALWAYS | ({} if durable else _FORGETFUL) | dict(settings or {})
        self._held: list[HeldFolder] = []  # The scratch folder, then the one of the data if that is another.

    @property
    def home(self) -> Path:
        """The folder of the server's data and log, once it has started."""
        return self._held[-1].path

    @property
    def _sockets(self) -> Path:
        return self._held[0].path / "sockets"

    def url_of(self, database: str = DATABASE) -> str:
        """Return the URL that connects to `database` as the server's superuser."""
        return f"postgresql://{SUPERUSER}@/{quote(database)}?host={quote(str(self._sockets))}&port={_PORT}"

    def start(self) -> None:
        """Start the server and wait until it answers; the first start makes its data folder (about a second).

        Raises:
            PostgresUnavailable: there are no programs, nobody to run them as, or the server does not come up.
        """
        clear_abandoned(_SCRATCH, "postgres")
        try:
            self._hold_folders()
            self._run(self._initialized())
        except BaseException:
            self.stop()
            raise

    def kill(self) -> None:
        """End every process of the server at once, as a power cut would; `stop` still clears up."""
        self.process.kill()
        self.process.wait()
        kill_in(self.home / "data", "postgres")  # The others notice by themselves, but not at once.

    def restart(self) -> None:
        """Start the server again on the same data and the same URL, after `kill`."""
        self._run(self.home / "data")

    def stop(self) -> None:
        """Stop the server, which rolls back what is still open, and remove what should not stay."""
        if hasattr(self, "process"):
            self.process.send_signal(signal.SIGINT)  # PostgreSQL's "fast" shutdown.
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill()
        for held in self._held[1:]:
            held.release()
        for held in self._held[:1]:
            held.remove()
        self._held.clear()

    def _hold_folders(self) -> None:
        try:
            self._held.append(HeldFolder.scratch(_SCRATCH))
            if self._folder:
                self._held.append(HeldFolder.take(self._folder))
        except FolderHeld as error:
            raise PostgresUnavailable(f"{error} End that process, or choose another folder.") from error
        except OSError as error:
            raise PostgresUnavailable(f"{error}. Choose a folder that you may write to.") from error
        if len(f"{self._sockets}/.s.PGSQL.{_PORT}".encode()) > _LONGEST_SOCKET_BYTES:
            raise PostgresUnavailable(f"{self._sockets} is too long a path for a socket: set TMPDIR to a shorter one.")

    def _initialized(self) -> Path:
        """Return the data folder, made if it is missing, and find out who the server runs as."""
        data = self.home / "data"
        _end_survivor(data)
        version = data / "PG_VERSION"
        is_new = not version.exists()
        work = _empty(self.home / "data.new") if is_new else data
        programs = find_programs(self._prefer, None if is_new else int(version.read_text()))
        self.identity = identity_for(programs, work, self._held[0].path / "programs")
        self.identity.take(_empty(self._sockets))
        if is_new:
            options = ["--auth=trust", f"--username={SUPERUSER}", "--encoding=UTF8", "--locale=C.UTF-8"]
            options += ["--no-instructions"]
            if not (self._durable and self._folder):  # A folder that goes with the server need not survive a power cut.
                options += ["--no-sync"]
            self.identity.run("initdb", *options, str(work), home=self.home)
            create = f"CREATE DATABASE {DATABASE}\n"
            self.identity.run("postgres", "--single", "-D", str(work), "postgres", home=self.home, said=create)
            work.rename(data)  # A start that is broken off leaves no half-made data folder behind.
        return data

    def _run(self, data: Path) -> None:
        settings = {"listen_addresses": "", "unix_socket_directories": self._sockets, "port": _PORT} | self._settings
        arguments = [f"--{name}={value}" for name, value in settings.items()]
        log = self.home / "log"
        with log.open("wb") as output:
            self.process = self.identity.start("postgres", "-D", str(data), *arguments, home=self.home, output=output)
        # As pg_ctl does: the server writes its state into the eighth line of this file.
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            lines = _lines(data / "postmaster.pid")
            if lines[:1] == [str(self.process.pid)] and lines[7:8] == ["ready"]:
                return
            time.sleep(0.01)
        tail = log.read_text(errors="replace")[-_LOG_TAIL_CHARACTERS:]
        raise PostgresUnavailable(f"PostgreSQL did not come up on {data}. The end of its log:\n{tail}")

    def __enter__(self) -> Self:
        """Start the server."""
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Stop the server."""
        self.stop()

    async def __aenter__(self) -> Self:
        """Start the server without holding up the event loop."""
        await asyncio.to_thread(self.start)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        """Stop the server without holding up the event loop."""
        await asyncio.to_thread(self.stop)


def _empty(folder: Path) -> Path:
    """Make an empty folder for its owner alone, in place of what an earlier attempt left."""
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(mode=0o700)
    return folder


def _lines(path: Path) -> list[str]:
    try:
        return [line.strip() for line in path.read_text().splitlines()]
    except FileNotFoundError:
        return []


def _end_survivor(data: Path) -> None:
    """End a server on `data` whose starter is gone: politely first, so that it need not recover from its log."""
    main = _lines(data / "postmaster.pid")[:1]
    for pid in processes_in(data, "postgres"):
        if main == [str(pid)]:
            os.kill(pid, signal.SIGINT)
    deadline = time.monotonic() + STOP_SECONDS
    while time.monotonic() < deadline and processes_in(data, "postgres"):
        time.sleep(0.02)
    kill_in(data, "postgres")
