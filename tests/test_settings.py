"""Promises of services/settings.py."""

import attrs
import pytest

from services.settings import AmqpUrl, Count, PostgresUrl, SettingsError, load

ONE = Count(1)


@attrs.frozen(kw_only=True)
class Example:
    """The settings of a made-up process."""

    database_url: PostgresUrl
    amqp_url: AmqpUrl | None = None
    workers: Count = ONE


def problems_of(monkeypatch, **variables):
    """What is said of these variables."""
    for name in ("DATABASE_URL", "AMQP_URL", "WORKERS"):
        monkeypatch.delenv(f"SUBSIDY_{name}", raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(f"SUBSIDY_{name}", value)
    with pytest.raises(SettingsError) as refused:
        load(Example)
    return refused.value


def test_everything_missing_or_wrong_is_named_at_once(monkeypatch):
    """One start, one message."""
    refused = problems_of(monkeypatch, AMQP_URL="localhost", WORKERS="0")

    assert {"SUBSIDY_DATABASE_URL", "SUBSIDY_AMQP_URL", "SUBSIDY_WORKERS"} == set(refused.problems)
    assert "missing" in refused.problems["SUBSIDY_DATABASE_URL"]


@pytest.mark.parametrize("url", ["", "localhost:5432", "mysql://u@h/d"])
def test_a_wrong_database_url_is_told_what_it_should_look_like(monkeypatch, url):
    """Wrong is not the same as missing."""
    refused = problems_of(monkeypatch, DATABASE_URL=url)

    assert "postgresql://" in refused.problems["SUBSIDY_DATABASE_URL"]


def test_a_secret_is_not_repeated(monkeypatch):
    """A message goes to logs; a value may hold a password."""
    assert "secret" not in str(problems_of(monkeypatch, DATABASE_URL="http://u:secret@h/d"))


@pytest.mark.parametrize(("text", "right"), [("0", False), ("1", True), ("8", True), ("-1", False), ("２", False)])
def test_a_count_is_a_whole_number_from_one(text, right):
    """Full-width digits are no number here."""
    if right:
        assert int(text) == Count(text)
    else:
        with pytest.raises(ValueError, match="whole number"):
            Count(text)


def test_what_is_right_is_read(monkeypatch):
    """Values have their types."""
    monkeypatch.setenv("SUBSIDY_DATABASE_URL", "postgresql://u@h/d")
    monkeypatch.setenv("SUBSIDY_WORKERS", "3")
    monkeypatch.delenv("SUBSIDY_AMQP_URL", raising=False)

    assert Example(database_url=PostgresUrl("postgresql://u@h/d"), workers=Count(3)) == load(Example)
