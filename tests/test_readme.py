"""The README's worked month."""

import doctest
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"


def test_the_worked_month_of_the_readme_is_true():
    """Every answer printed in the README is what the library answers."""
    failed, tried = doctest.testfile(str(README), module_relative=False)

    assert tried > 10
    assert failed == 0
