"""What a statement message may say."""

import gzip
import hashlib
from typing import Any

import pytest
from aio_pika import Message

from services.bus import messages
from services.bus.errors import Poisonous
from services.bus.messages import FILENAME_BYTES_MAX, SOURCE_BYTES_MAX, STATEMENT_BYTES_MAX, read_statement
from services.bus.refusals import CATALOGUE

BODY = b"OFXHEADER:100"
HEADERS: dict[str, Any] = {"source": "icbc", "filename": "20200401.ofx"}


def message(body: bytes = BODY, headers: dict[str, Any] | None = None, **properties: Any) -> Message:
    """Build a message that keeps the contract, but for what is asked otherwise."""
    return Message(body, headers=HEADERS if headers is None else headers, **properties)


def code_of(refused: Message) -> str:
    """Give the code with which a message is refused."""
    with pytest.raises(Poisonous) as poison:
        read_statement(refused)
    return poison.value.violation.code


def test_reads_everything_the_contract_names() -> None:
    """Body, id, content type, source and file name arrive as they were sent."""
    statement = read_statement(message(message_id="2020-0001", content_type="application/x-ofx"))
    expected = messages.IncomingStatement(
        source="icbc", message_id="2020-0001", filename="20200401.ofx", content_type="application/x-ofx", body=BODY
    )
    assert expected == statement


@pytest.mark.parametrize("message_id", [None, ""])
def test_without_an_id_the_sha256_of_the_file_is_the_id(message_id: str | None) -> None:
    """The same file has the same id, packed or not."""
    expected = hashlib.sha256(BODY).hexdigest()
    plain = read_statement(message(message_id=message_id))
    packed = read_statement(message(gzip.compress(BODY), content_encoding="gzip", message_id=message_id))
    assert (expected, expected, BODY) == (plain.message_id, packed.message_id, packed.body)


@pytest.mark.parametrize(
    "headers",
    [
        HEADERS | {"x-sender": b"\xff", "priority": 3, "nested": {"a": [1]}},
        {"source": "icbc"},
        HEADERS | {"filename": "工商银行　2020年4月.ofx"},
        HEADERS | {"filename": "f" * FILENAME_BYTES_MAX},
        HEADERS | {"source": "s" * SOURCE_BYTES_MAX},
    ],
    ids=["unknown headers", "no filename", "Chinese filename", "longest filename", "longest source"],
)
def test_tolerates(headers: dict[str, Any]) -> None:
    """What nothing depends on is passed over, and limits include their last value."""
    assert headers["source"] == read_statement(message(headers=headers)).source


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "MESSAGE_HEADER_MISSING"),
        ({"source": None, "filename": "a.ofx"}, "MESSAGE_HEADER_MISSING"),
        (HEADERS | {"source": b"\xb9\xa4"}, "MESSAGE_HEADER_NOT_TEXT"),
        (HEADERS | {"source": 7}, "MESSAGE_HEADER_NOT_TEXT"),
        (HEADERS | {"source": ["icbc"]}, "MESSAGE_HEADER_NOT_TEXT"),
        (HEADERS | {"source": ""}, "MESSAGE_HEADER_MALFORMED"),
        (HEADERS | {"source": "ICBC"}, "MESSAGE_HEADER_MALFORMED"),
        (HEADERS | {"source": "../icbc"}, "MESSAGE_HEADER_MALFORMED"),
        (HEADERS | {"source": "icbc\n"}, "MESSAGE_HEADER_MALFORMED"),
        (HEADERS | {"source": "s" * (SOURCE_BYTES_MAX + 1)}, "MESSAGE_HEADER_TOO_LONG"),
        (HEADERS | {"filename": b"\xb9\xa4.ofx"}, "MESSAGE_HEADER_NOT_TEXT"),
        (HEADERS | {"filename": "f" * (FILENAME_BYTES_MAX + 1)}, "MESSAGE_HEADER_TOO_LONG"),
        (HEADERS | {"filename": "工" * 86}, "MESSAGE_HEADER_TOO_LONG"),
        (HEADERS | {"filename": "../../etc/passwd"}, "MESSAGE_HEADER_MALFORMED"),
        (HEADERS | {"filename": "C:\\bank\\a.ofx"}, "MESSAGE_HEADER_MALFORMED"),
        (HEADERS | {"filename": ".."}, "MESSAGE_HEADER_MALFORMED"),
        (HEADERS | {"filename": " "}, "MESSAGE_HEADER_MALFORMED"),
        (HEADERS | {"filename": "a.ofx\0.exe"}, "MESSAGE_HEADER_MALFORMED"),
        (HEADERS | {"filename": "a\x1b[2J.ofx"}, "MESSAGE_HEADER_MALFORMED"),
        (HEADERS | {"filename": "a\u202exfo.exe"}, "MESSAGE_HEADER_MALFORMED"),
    ],
)
def test_refuses_headers(headers: dict[str, Any], code: str) -> None:
    """A label that is missing, no text, too long, or a trick is refused by its own code."""
    assert code == code_of(message(headers=headers))


@pytest.mark.parametrize(
    ("refused", "code"),
    [
        (message(b""), "MESSAGE_EMPTY"),
        (message(gzip.compress(b""), content_encoding="gzip"), "MESSAGE_EMPTY"),
        (message(b"\0" * (STATEMENT_BYTES_MAX + 1)), "MESSAGE_TOO_LARGE"),
        (message(BODY, content_encoding="gzip"), "GZIP_MALFORMED"),
        (message(gzip.compress(BODY)[:-3], content_encoding="gzip"), "GZIP_TRUNCATED"),
        (message(BODY, content_encoding="br"), "MESSAGE_ENCODING_UNKNOWN"),
        (message(message_id="a\nb"), "MESSAGE_HEADER_MALFORMED"),
        (message(message_id="x" * 256), "MESSAGE_HEADER_TOO_LONG"),
    ],
)
def test_refuses_bodies_and_properties(refused: Message, code: str) -> None:
    """A body that is empty, too large, or not what its encoding says is refused by its own code."""
    assert code == code_of(refused)


def test_the_largest_body_is_read() -> None:
    """16 MiB are read: the limit is the last value that passes."""
    assert STATEMENT_BYTES_MAX == len(read_statement(message(b"\0" * STATEMENT_BYTES_MAX)).body)


def test_too_large_says_where_to_go() -> None:
    """Who sends too much is told, in both languages, to upload by HTTP."""
    with pytest.raises(Poisonous) as poison:
        read_statement(message(b"\0" * (STATEMENT_BYTES_MAX + 1)))
    violation = poison.value.violation
    assert ("POST /api/v1/statements" in violation.en, "POST /api/v1/statements" in violation.zh) == (True, True)


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", " x-gzip ", "identity", ""])
def test_encodings_are_read_in_any_spelling(encoding: str) -> None:
    """The encodings that are known are known in every spelling that HTTP uses."""
    body = gzip.compress(BODY) if "gzip" in encoding.lower() else BODY
    assert BODY == read_statement(message(body, content_encoding=encoding)).body


def test_the_body_stays_out_of_the_log() -> None:
    """A statement that is logged by accident shows no memo."""
    assert "OFXHEADER" not in repr(read_statement(message()))


def test_every_refusal_speaks_both_languages() -> None:
    """Each code has a Chinese and an English sentence."""
    assert all(text.zh and text.en and text.zh != text.en for text in CATALOGUE.values())
