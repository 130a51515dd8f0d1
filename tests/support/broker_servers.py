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
from dataclasses import dataclass
from pathlib import Path

import pytest

from .certificates import make_certificate
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


Certificate = tuple[Path, Path]
"""PEM files: the certificate and its key."""


def own_redis(home: Path, certificate: Certificate | None = None) -> OwnServer:
    """A Redis that keeps what it has when it is stopped and started again; not started yet. With a certificate it
    speaks nothing but TLS."""
    program = shutil.which("redis-server")
    if program is None:
        missing(f"Redis is missing: install redis-server, or name a server in {REDIS_ENV}")
    port = free_port()
    command = [program, "--bind", "127.0.0.1", "--dir", str(home), "--save", "60 1"]
    if certificate is None:
        command += ["--port", str(port)]
    else:
        chain, key = map(str, certificate)
        command += ["--port", "0", "--tls-port", str(port), "--tls-auth-clients", "no"]
        command += ["--tls-cert-file", chain, "--tls-key-file", key]
    return OwnServer(command, port, home, dict(os.environ))


def own_rabbitmq(home: Path, certificate: Certificate | None = None) -> OwnServer:
    """A RabbitMQ with its own node, files and ports; not started yet. With a certificate it speaks nothing but TLS."""
    if not Path(_RABBIT).exists():
        missing(f"RabbitMQ is missing: install rabbitmq-server, or name a server in {AMQP_ENV}")
    port = free_port()
    if certificate is None:
        options = f"listeners.tcp.1 = 127.0.0.1:{port}\n"
    else:
        chain, key = certificate
        options = f"listeners.tcp = none\nlisteners.ssl.1 = 127.0.0.1:{port}\n"
        options += f"ssl_options.certfile = {chain}\nssl_options.keyfile = {key}\n"
    (home / "rabbitmq.conf").write_text(options)
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


@dataclass(frozen=True)
class TlsBroker:
    """A broker that speaks TLS on 127.0.0.1; `chain` is the file of its certificate, which nobody else trusts."""

    scheme: str
    port: int
    chain: Path

    def url(self, host: str = "127.0.0.1") -> str:
        place = f"{host}:{self.port}"
        return f"rediss://{place}/0" if self.scheme == "rediss" else f"amqps://guest:guest@{place}/"

    @property
    def trusting(self) -> dict[str, str]:
        """What makes kombu trust it."""
        return {"ssl_ca_certs" if self.scheme == "rediss" else "ca_certs": str(self.chain)}


@pytest.fixture(scope="session", params=["rediss", "amqps"])
def tls_broker(request: pytest.FixtureRequest) -> Iterator[TlsBroker]:
    """Always one of our own: whose certificate those that the environment names have is not ours to say."""
    make = own_redis if request.param == "rediss" else own_rabbitmq
    with tempfile.TemporaryDirectory(prefix="shotprint-tls-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        chain, key = make_certificate(home)
        server = make(home, (chain, key))
        server.start()
        yield TlsBroker(request.param, server.port, chain)
        server.stop()


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
