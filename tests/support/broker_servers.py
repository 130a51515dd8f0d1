"""Real brokers for the tests: those that the environment names, or else ones of our own, started from the
programs of the packages ``redis-server`` and ``rabbitmq-server`` where they are installed. A broker that somebody
runs on this machine is left alone."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from .receiver import free_port
from .requirements import missing

REDIS_ENV = "SHOTPRINT_TEST_REDIS"
AMQP_ENV = "SHOTPRINT_TEST_AMQP"
START_S = 120.0
_RABBIT = "/usr/lib/rabbitmq/bin/rabbitmq-server"  # the one in /usr/sbin insists on a system user


class OwnServer:
    """A program that listens on a port of its own, in a directory of its own."""

    def __init__(self, command: list[str], port: int, home: Path, environment: dict[str, str]) -> None:
        self.port = port
        self._arguments = (command, home, environment)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, again with what was kept, and return once the port answers."""
        command, home, environment = self._arguments
        with (home / "output").open("ab") as output:
            self._process = subprocess.Popen(
                command, cwd=home, env=environment, stdout=output, stderr=output, start_new_session=True
            )
        ends = time.monotonic() + START_S
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                if self._process.poll() is not None or time.monotonic() > ends:
                    raise RuntimeError((home / "output").read_text()[-2000:]) from None
                time.sleep(0.05)

    def stop(self) -> None:
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGTERM)
            self._process.wait(60)
            self._process = None


def own_redis(home: Path) -> OwnServer:
    """A Redis that keeps what it has when it is stopped and started again; not started yet."""
    program = shutil.which("redis-server")
    if program is None:
        missing(f"Redis is missing: install redis-server, or name a server in {REDIS_ENV}")
    port = free_port()
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(home), "--save", "60 1"]
    return OwnServer(command, port, home, dict(os.environ))


def own_rabbitmq(home: Path) -> OwnServer:
    """A RabbitMQ with its own node, files and ports; not started yet."""
    if not Path(_RABBIT).exists():
        missing(f"RabbitMQ is missing: install rabbitmq-server, or name a server in {AMQP_ENV}")
    port = free_port()
    (home / "rabbitmq.conf").write_text(f"listeners.tcp.1 = 127.0.0.1:{port}\n")
    (home / "environment").touch()
    paths = {"CONFIG_FILE": "rabbitmq.conf", "CONF_ENV_FILE": "environment", "MNESIA_BASE": "data",
             "LOG_BASE": "log", "PID_FILE": "pid", "ENABLED_PLUGINS_FILE": "plugins"}  # fmt: skip
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),  # of the node's cookie
        "RABBITMQ_NODENAME": f"shotprint_{secrets.token_hex(4)}@localhost",
        "RABBITMQ_DIST_PORT": str(free_port()),
        **{f"RABBITMQ_{name}": str(home / place) for name, place in paths.items()},
    }
    return OwnServer([_RABBIT], port, home, environment)


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """URL of a Redis without a queue in it."""
    if REDIS_ENV in os.environ:
        yield os.environ[REDIS_ENV]
        return
    with tempfile.TemporaryDirectory(prefix="shotprint-redis-") as home:
        server = own_redis(Path(home))
        server.start()
        yield f"redis://127.0.0.1:{server.port}/0"
        server.stop()


@pytest.fixture(scope="session")
def amqp_url() -> Iterator[str]:
    """URL of a RabbitMQ without a queue in it."""
    if AMQP_ENV in os.environ:
        yield os.environ[AMQP_ENV]
        return
    with tempfile.TemporaryDirectory(prefix="shotprint-amqp-", ignore_cleanup_errors=True) as home:
        server = own_rabbitmq(Path(home))
        server.start()
        yield f"amqp://guest:guest@127.0.0.1:{server.port}/"
        server.stop()
