"""Violations beside the rows of an uploaded list, as JSON: what was told when it was read is told again word for word."""

from collections.abc import Mapping
from typing import Any

from libsubsidy import Violation


def written(found: Violation) -> dict[str, object]:
    """Write a violation as JSON.

    >>> read(written(Violation.of("EMPTY_ORDER"))) == Violation.of("EMPTY_ORDER")
    True
    """
    return {"code": found.code, "params": dict(found.params), "zh": found.zh, "en": found.en}


def read(found: Mapping[str, Any]) -> Violation:
    """Read a violation back."""
    return Violation(code=found["code"], params=found["params"], zh=found["zh"], en=found["en"])
