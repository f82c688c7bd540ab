"""The library as others see it: names, errors, purity."""

import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version

import pytest

import libsubsidy
from libsubsidy import Month, ParseError, SubsidyError, errors


def test_all_names_exist_and_are_sorted() -> None:
    """`__all__` is what `import *` gives, without repetition."""
    names = libsubsidy.__all__
    assert len(set(names)) == len(names)
    assert [] == [name for name in names if not hasattr(libsubsidy, name)]


@pytest.mark.parametrize("name", [name for name in vars(errors) if isinstance(getattr(errors, name), type)])
def test_every_error_has_the_one_root(name: str) -> None:
    """Whoever catches SubsidyError has caught everything; what a parse refuses is a ValueError too."""
    error = getattr(errors, name)
    assert issubclass(error, SubsidyError)
    assert issubclass(error, ParseError) == issubclass(error, ValueError)


def test_a_parse_error_speaks_both_languages() -> None:
    """Its text is the violation's, English first."""
    with pytest.raises(ParseError) as refusal:
        Month.parse("2020-4")
    assert f"{refusal.value.violation.en} / {refusal.value.violation.zh}" == str(refusal.value)


def test_the_version_is_that_of_the_distribution() -> None:
    """Stored decisions name the version that decided."""
    try:
        installed = version("libsubsidy")
    except PackageNotFoundError:
        pytest.skip("the library is run from its sources and not installed")
    assert installed == libsubsidy.VERSION


def test_importing_the_library_loads_no_network_and_no_database() -> None:
    """Pure rules: no event loop, no sockets, no clock of their own."""
    loaded = subprocess.run(
        [sys.executable, "-c", "import libsubsidy, sys; print(*sys.modules)"],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    ).stdout.split()
    assert set() == {"asyncio", "socket", "sqlite3", "asyncpg", "services"} & set(loaded)
