"""Settings: one frozen class per process, read from `SUBSIDY_*` variables, all that is wrong named at once.

Nothing else in the services reads the environment. A value is checked by its type: `PostgresUrl("x")` raises, so that a
wrong value is found together with the missing ones and the process does not start.
"""

import re
from collections.abc import Mapping
from typing import Final, Self, TypeVar
from urllib.parse import urlsplit

import typed_settings
from typed_settings.exceptions import InvalidSettingsError

from libsubsidy import SubsidyError

T = TypeVar("T")

PREFIX: Final = "SUBSIDY_"
_OPTION: Final = re.compile(r"option '(?P<name>\w+)'")
# The library repeats the value, which may hold a password, and keeps only the text of our ValueError beside it.
_WRONG: Final = re.compile(r"""ValueError\((?P<quote>['"])(?P<why>.*)(?P=quote)\)$""", re.DOTALL)


class SettingsError(SubsidyError):
    """Every setting that is missing or wrong, a line each; values are not repeated, because some are secret."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        lines = "\n".join(f"  {name}: {problem}" for name, problem in sorted(problems.items()))
        super().__init__(f"the settings are not complete / 设置不完整：\n{lines}")
        self.problems = dict(problems)


class PostgresUrl(str):
    """Where the database is, such as ``postgresql://user:password@host:5432/subsidy``."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """Check the form.

        >>> PostgresUrl("postgresql://subsidy@localhost/subsidy")
        'postgresql://subsidy@localhost/subsidy'
        >>> PostgresUrl("localhost:5432")
        Traceback (most recent call last):
            ...
        ValueError: should look like / 格式应为 postgresql://user:password@host:5432/database
        """
        if urlsplit(text).scheme not in {"postgresql", "postgres"}:
            raise ValueError("should look like / 格式应为 postgresql://user:password@host:5432/database")
        return super().__new__(cls, text)


class AmqpUrl(str):
    """Where the broker is, such as ``amqp://user:password@host:5672/vhost``."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """Check the form."""
        if urlsplit(text).scheme not in {"amqp", "amqps"}:
            raise ValueError("should look like / 格式应为 amqp://user:password@host:5672/vhost")
        return super().__new__(cls, text)


class Count(int):
    """A number of things there must be at least one of."""

    def __new__(cls, text: str | int) -> Self:
        """Check that it is a whole number from 1."""
        if not str(text).isascii() or not str(text).isdigit() or int(text) < 1:
            raise ValueError("should be a whole number from 1 / 应为不小于 1 的整数")
        return super().__new__(cls, text)


def load(settings_class: type[T]) -> T:
    """Read the process's settings.

    Raises:
        SettingsError: naming every variable that is missing or wrong, and what it should look like.
    """
    try:
        return typed_settings.load_settings(
            settings_class,
            loaders=[typed_settings.EnvLoader(prefix=PREFIX)],
            converter=typed_settings.default_converter(),
        )
    except InvalidSettingsError as error:
        # A wrong value is named first, and then once more as missing.
        raise SettingsError(dict(reversed([_problem(each) for each in error.exceptions]))) from None


def _problem(error: BaseException) -> tuple[str, str]:
    found = _OPTION.search(str(error))
    name = PREFIX + (found["name"].upper() if found else "*")
    wrong = _WRONG.search(str(error))
    return name, wrong["why"] if wrong else "is missing and has no default / 未设置，且没有默认值"
