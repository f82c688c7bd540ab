"""A throw-away RabbitMQ node: on free ports, in a folder of its own, as root or as anybody.

It runs from Debian's package, but past its wrappers, which insist on the system user ``rabbitmq``. Its virtual hosts
are made by a call into the node (`erl_call`, milliseconds) and not by ``rabbitmqctl`` (a second).
"""

import os
import secrets
import signal
import socket
import subprocess
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from demo.held_folder import HeldFolder, clear_abandoned, kill_in

START_SECONDS = 90
STOP_SECONDS = 2
_CALL_SECONDS = 30
_TRIES = 3  # Between finding free ports and using them, somebody else may take one.
_SCRATCH = "subsidy-rabbitmq-"
_PROGRAMS = ("beam", "epmd", "erl")
_LOG_TAIL_CHARACTERS = 3_000
_INSTALL = "sudo apt-get install --no-install-recommends rabbitmq-server"
_PROTOCOL_HEADER = b"AMQP\x00\x00\x09\x01"
_METHOD_FRAME = b"\x01"


class RabbitUnavailable(RuntimeError):  # noqa: N818 - a state of the machine, not a fault of the caller
    """No broker could be started here; the message names the next step."""


class RabbitNode:
    """One node: a context manager; `kill` and `restart` are for tests of faults.

    Attributes:
        port: where it speaks AMQP, on 127.0.0.1; the same after a restart.
    """

    port: int

    def __init__(self) -> None:
        """Describe a node; nothing is started yet."""
        self._held: HeldFolder | None = None
        self._environment: dict[str, str] = {}
        self._processes: list[subprocess.Popen[bytes]] = []  # The name server, then the node.

    def url_of(self, vhost: str = "/") -> str:
        """Return the URL that connects to a virtual host as its administrator."""
        return f"amqp://guest:guest@127.0.0.1:{self.port}/{vhost.replace('/', '%2F')}"

    def start(self) -> None:
        """Start the node and wait until it speaks AMQP (about five seconds).

        Raises:
            RabbitUnavailable: RabbitMQ is not installed, or does not come up; with the end of its log.
        """
        clear_abandoned(_SCRATCH, *_PROGRAMS)
        for tries_left in reversed(range(_TRIES)):
            self._held = HeldFolder.scratch(_SCRATCH)
            try:
                self._configure(self._held.path)
                self.restart()
            except BaseException as error:
                self.stop()
                if not (isinstance(error, RabbitUnavailable) and "eaddrinuse" in str(error) and tries_left):
                    raise
            else:
                return

    def restart(self) -> None:
        """Start the node on what it has on disk and on the same port, after `kill`."""
        folder, environment = self._folder, self._environment
        programs = _programs()
        with (folder / "output").open("wb") as output:
            for command in (
                ["epmd", "-address", "127.0.0.1", "-port", environment["ERL_EPMD_PORT"]],
                [str(programs / "rabbitmq-server")],
            ):
                self._processes.append(
                    subprocess.Popen(
                        command,
                        cwd=folder,
                        env=environment,
                        stdin=subprocess.DEVNULL,
                        stdout=output,
                        stderr=subprocess.STDOUT,
                        start_new_session=True,
                    )
                )
        self._await_ready()

    def kill(self) -> None:
        """End the node at once, as a power cut would, with queues that were made some time before.

        RabbitMQ 3.10 writes down within seconds, not at once, where its quorum queues are; one that is cut off before that
        never finds a leader again. Real queues are older than that, so that those of a test are written down first.
        """
        self._evaluate("[dets:sync(Table) || Table <- dets:all()], ok")
        self._end()

    def _end(self) -> None:
        for process in self._processes:
            _signal(process, signal.SIGKILL)
            process.wait()
        self._processes.clear()
        kill_in(self._folder, *_PROGRAMS)

    def pause(self) -> None:
        """Freeze the node: its connections stay open and say nothing more."""
        _signal(self._processes[-1], signal.SIGSTOP)

    def resume(self) -> None:
        """Let a paused node go on."""
        _signal(self._processes[-1], signal.SIGCONT)

    def stop(self) -> None:
        """End the node and remove all that it wrote; nothing in it is worth an orderly end."""
        if self._held:
            self._end()
            self._held.remove()
            self._held = None

    @property
    def _folder(self) -> Path:
        if not self._held:
            raise RabbitUnavailable("This node is not started.")
        return self._held.path

    def _configure(self, folder: Path) -> None:
        self.port, names_port, self._nodes_port = _free_ports(3)
        cookie = folder / ".erlang.cookie"
        cookie.write_text(secrets.token_hex(16))
        cookie.chmod(0o400)
        (folder / "rabbitmq.conf").write_text("loopback_users = none\n")
        (folder / "enabled_plugins").write_text("[].\n")
        self._environment = {
            "PATH": os.defpath,
            "HOME": str(folder),
            "LC_ALL": "C.UTF-8",
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(names_port),
            "RABBITMQ_NODENAME": "tests@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self._nodes_port),
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
            "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_PID_FILE": str(folder / "pid"),
            "RABBITMQ_FEATURE_FLAGS_FILE": str(folder / "feature_flags"),
            # One scheduler that does not spin while it waits: the node shares the machine with the tests.
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1} +S 1:1 +sbwt none",
        }

    def _await_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and all(process.poll() is None for process in self._processes):
            if speaks_amqp(self.port):
                return
            time.sleep(0.05)
        tail = (self._folder / "output").read_text(errors="replace")[-_LOG_TAIL_CHARACTERS:]
        raise RabbitUnavailable(f"RabbitMQ did not come up. The end of its log:\n{tail}")

    def add_vhost(self, name: str) -> None:
        """Make a virtual host that the administrator may do everything in."""
        self._evaluate(
            f'ok = rabbit_vhost:add(<<"{name}">>, <<"tests">>), '
            f'ok = rabbit_auth_backend_internal:set_permissions(<<"guest">>, <<"{name}">>, '
            '<<".*">>, <<".*">>, <<".*">>, <<"tests">>)'
        )

    def delete_vhost(self, name: str) -> None:
        """Remove a virtual host with its queues; its connections are closed."""
        self._evaluate(f'rabbit_vhost:delete(<<"{name}">>, <<"tests">>), ok')

    def _evaluate(self, expression: str) -> None:
        """Have the node evaluate an Erlang expression that must come to ``ok``."""
        cookie = (self._folder / ".erlang.cookie").read_text()
        called = subprocess.run(
            ["erl_call", "-address", f"127.0.0.1:{self._nodes_port}", "-c", cookie, "-e"],
            input=f"{expression}.\n",
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=_CALL_SECONDS,
        )
        if (0, "{ok, ok}") != (called.returncode, called.stdout.strip()):
            raise RabbitUnavailable(f"The node answered {expression} with: {called.stdout}{called.stderr}")

    def __enter__(self) -> Self:
        """Start the node."""
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Stop the node."""
        self.stop()


def _programs() -> Path:
    found = sorted(Path("/usr/lib/rabbitmq/lib").glob("rabbitmq_server-*/sbin"))
    if not found:
        raise RabbitUnavailable(f"RabbitMQ is not installed. Install it: {_INSTALL}")
    return found[-1]


def _free_ports(count: int) -> list[int]:
    """Find free ports, holding each until all are found so that none is found twice."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def speaks_amqp(port: int) -> bool:
    """Say whether a broker answers AMQP's header with its first method; RabbitMQ does when it has started whole."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(_PROTOCOL_HEADER)
            return connection.recv(1) == _METHOD_FRAME
    except OSError:
        return False


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Send a signal to a process and all that it started: each leads a group of its own."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)
