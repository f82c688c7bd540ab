"""The demonstration as a program: what it prints, what it returns, and that nothing of it is left behind."""

import http.client
import json
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SECONDS_MAX = 110
_SOCKETS = re.compile(r"host=([^&']+)")


@contextmanager
def demonstration(*arguments: str) -> Iterator["subprocess.Popen[str]"]:
    """Run the demonstration; what is still running at the end of the test is ended."""
    process = subprocess.Popen(
        [sys.executable, "-m", "demo", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate(timeout=SECONDS_MAX)


def until(output: IO[str] | None, words: str) -> str:
    """Read up to the line with these words; fail with what came instead when there is none."""
    assert output is not None
    lines = []
    for line in output:
        lines.append(line)
        if words in line:
            return "".join(lines)
    pytest.fail(f"no {words!r} in:\n{''.join(lines)}")


def test_once_it_shows_the_summary_and_ends_well() -> None:
    """With --once it ends by itself with status 0; every outcome has a row, every sum a tick, nobody a cross."""
    with demonstration("--once") as process:
        output, _ = process.communicate(timeout=SECONDS_MAX)
    assert 0 == process.returncode, output
    for words in ("MEMO_NOT_AT_START", "CURRENCY_WRONG", "REVERSAL", "interest", "汇总 summary", "欧阳思远", "已结束"):
        assert words in output
    assert (8, 0) == (output.count("✓"), output.count("✗"))
    assert "SUBSIDY_DATABASE_URL" in output
    assert "make run ARGS=--all" in output
    address = re.search(r"网页 the portal: (http://127\.0\.0\.1:\d+)", output)
    assert address is not None
    assert f"so is the portal, which was at {address[1]}" in output


def test_it_stays_takes_another_file_and_ends_at_ctrl_c() -> None:
    """The printed logins open the portal, the printed command feeds the file; Ctrl-C ends everything with status 0."""
    with demonstration() as process:
        invitation = until(process.stdout, "Ctrl-C ends this")
        assert PEOPLE == {login: log_in(invitation, login) for login in PEOPLE}
        assert {"registration", "employer_change"} <= {each["kind"] for each in read(invitation, "SHENHE", WAITING)}
        assert ["returned"] == [each["state"] for each in read(invitation, "75256", "/employee-changes")]
        assert 2 == len(read(invitation, "75256", "/notes"))
        assert ["approved", "submitted"] == [each["state"] for each in read(invitation, "CAIWU1", "/withdrawals")]
        assert ["approved"] == [each["state"] for each in read(invitation, "75256", "/backfills")]
        assert [True] == [float(each["amount"]) > 0 for each in read(invitation, "CAIWU2", "/opening-confirmations")]
        feed = next(line for line in invitation.splitlines() if "reconciler feed " in line).strip()
        fed = subprocess.run(["/bin/sh", "-c", feed], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
        assert "stored" in fed.stdout
        until(process.stdout, "next-day.ofx：7 行")
        until(process.stdout, "核对 the sums that prove")
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=SECONDS_MAX)
    assert 0 == process.returncode, output
    assert "✗" not in output
    sockets = _SOCKETS.search(shlex.join(shlex.split(feed)))
    assert sockets is not None
    assert not Path(sockets[1]).parent.exists()


WAITING = "/applications?limit=100"
PEOPLE = {
    "75256": "employer",
    "JINGBAN": "employer_clerk",
    "FUHE": "employer_checker",
    "SHENHE": "reviewer",
    "CAIWU1": "finance_maker",
    "CAIWU2": "finance_checker",
    "SHENJI": "auditor",
    "ZHIGONG": "employee",
}


def log_in(invitation: str, login: str) -> str:
    """Log in with what was printed; give the role."""
    role: str = session(invitation, login)[0]["role"]
    return role


def read(invitation: str, login: str, path: str) -> Any:
    """Read a list as somebody who was printed."""
    return session(invitation, login, path)[1]["items"]


def session(invitation: str, login: str, path: str = "/me") -> tuple[Any, Any]:
    """Log in with what was printed, and read what lies at a path; give both answers."""
    address = re.search(r"http://127\.0\.0\.1:\d+", invitation)
    password = re.search(rf"{login} +(\S+)", invitation)
    assert address is not None
    assert password is not None
    host = address[0].removeprefix("http://")
    with closing(http.client.HTTPConnection(host, timeout=30)) as connection:
        body = json.dumps({"login": login, "password": password[1]})
        connection.request(
            "POST", "/api/v1/session", body, {"Content-Type": "application/json", "Origin": f"http://{host}"}
        )
        response = connection.getresponse()
        cookie = response.headers["Set-Cookie"].partition(";")[0]
        opened = json.load(response)
        connection.request("GET", f"/api/v1{path}", headers={"Cookie": cookie})
        return opened, json.load(connection.getresponse())


def test_ctrl_c_while_it_sets_up_leaves_nothing_running() -> None:
    """Before anything is proven it ends with the status of an interrupted program, and says so by no traceback."""
    with demonstration() as process:
        until(process.stdout, "A throw-away PostgreSQL is running")
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=SECONDS_MAX)
    assert 130 == process.returncode, output
    assert "Traceback" not in output
