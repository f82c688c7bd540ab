"""Build the library's distributions and test the wheel as a stranger would have it: installed, alone, without a checkout.

Run by ``make check``. What it proves: both distributions hold the library and nothing of the services; the wheel asks for
attrs and cattrs alone; the tests in the source distribution pass against the installed wheel.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import venv
import zipfile
from email.parser import Parser
from pathlib import Path

ROOT = Path(__file__).parents[2]
LIBRARY = "libsubsidy"
DEPENDENCIES = {"attrs", "cattrs"}
SDIST_BESIDE = {"README.md", "CHANGELOG.md", "LICENSE", "pyproject.toml", "PKG-INFO", ".gitignore", "tests/__init__.py"}
SECONDS_MAX = 300
# The project's own pytest settings are about plug-ins and folders that a stranger does not have.
PYTEST_OPTIONS = ("-c", os.devnull, "-q", "-W", "error", "-p", "no:cacheprovider", "--import-mode=importlib")


def check_wheel(wheel: Path) -> None:
    """Check what the wheel holds and what it asks for."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        info = next(name.split("/")[0] for name in names if name.endswith(".dist-info/METADATA"))
        metadata = Parser().parsestr(archive.read(f"{info}/METADATA").decode())
    strangers = [name for name in names if name.split("/")[0] not in {LIBRARY, info}]
    _require(not strangers, f"The wheel holds what is not the library's: {strangers}")
    _require(f"{LIBRARY}/py.typed" in names, "The wheel lacks py.typed: its users would see no types.")
    _require(f"{info}/licenses/LICENSE" in names, "The wheel lacks the licence.")
    _require(any(name.endswith(".json") for name in names), "The wheel lacks the test vectors.")
    asked = {requirement.split(">")[0].strip() for requirement in metadata.get_all("Requires-Dist", [])}
    _require(asked == DEPENDENCIES, f"The wheel asks for {sorted(asked)}, not for {sorted(DEPENDENCIES)}.")


def check_sdist(sdist: Path, folder: Path) -> Path:
    """Check what the source distribution holds, and return where it was unpacked."""
    _run("tar", "-xzf", sdist, at=folder)
    unpacked = folder / sdist.name.removesuffix(".tar.gz")
    beside = {str(path.relative_to(unpacked)) for path in unpacked.rglob("*") if path.is_file()}
    strangers = {name for name in beside - SDIST_BESIDE if not name.startswith((f"{LIBRARY}/", f"tests/{LIBRARY}/"))}
    _require(not strangers, f"The source distribution holds what is not the library's: {sorted(strangers)}")
    return unpacked


def main() -> None:
    """Build, look inside, install into a clean environment, and run the library's tests there."""
    with tempfile.TemporaryDirectory(prefix="subsidy-wheel-") as name:
        folder = Path(name)
        _run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder / "dist", ROOT, at=folder)
        (wheel,) = (folder / "dist").glob("*.whl")
        (sdist,) = (folder / "dist").glob("*.tar.gz")
        check_wheel(wheel)
        unpacked = check_sdist(sdist, folder)
        venv.create(folder / "environment", with_pip=True)
        python = folder / "environment" / "bin" / "python"
        install = (python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
        _run(*install, "--require-hashes", "-r", ROOT / "requirements" / "library.txt", at=folder)
        _run(*install, "--no-deps", "--no-index", wheel, at=folder)
        _run(python, "-m", "pip", "check", at=folder)
        # From here on nothing of the checkout can be imported: not from the working folder, nor by the environment.
        shutil.rmtree(unpacked / LIBRARY)
        _run(python, "-I", "-c", NOTHING_BESIDE, at=unpacked)
        pytest = (python, "-I", "-m", "pytest", *PYTEST_OPTIONS, "--rootdir", unpacked)
        _run(*pytest, f"tests/{LIBRARY}", at=unpacked)
        _run(*pytest, "--doctest-modules", "--pyargs", LIBRARY, at=unpacked)


NOTHING_BESIDE = """
import importlib.util
import libsubsidy
assert "site-packages" in libsubsidy.__file__, libsubsidy.__file__
for name in ("services", "demo", "asyncpg", "aio_pika"):
    assert importlib.util.find_spec(name) is None, f"{name} can be imported beside the installed wheel"
"""


def _require(is_so: bool, otherwise: str) -> None:  # noqa: FBT001 - it reads as a sentence
    if not is_so:
        sys.exit(otherwise)


def _run(*command: object, at: Path) -> None:
    """Run a command, and leave with its output when it fails."""
    arguments = [str(word) for word in command]
    done = subprocess.run(arguments, cwd=at, capture_output=True, text=True, check=False, timeout=SECONDS_MAX)
    if done.returncode:
        sys.exit(f"{' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
    sys.stdout.write(done.stdout)


if __name__ == "__main__":
    main()
