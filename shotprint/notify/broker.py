"""Messages to a queue of a message broker: AMQP 0-9-1 (RabbitMQ) and Redis, through kombu.

A target is the broker's URL with the queue in its query: ``amqp://user:password@host/vhost?queue=NAME``. The
message goes to the default exchange, so it lands in that queue and nowhere else. An AMQP queue that does not
exist is made, durable; one that exists is taken as it is. The broker says that it has the message before we
believe it.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any
from urllib.parse import SplitResult, parse_qs, urlsplit

from shotprint.errors import InvalidValue, TemporaryError
from shotprint.notify.protocol import Message

SCHEMES = ("amqp", "amqps", "redis", "rediss")

MAX_QUEUE_BYTES = 255  # of AMQP


class Brokers:
    """Sends to the URLs of brokers; see `shotprint.notify.protocol.Sender`.

    Parameters
    ----------
    timeout_s : how long each step (connecting, sending, the broker's word) may take.
    """

    def __init__(self, *, timeout_s: float) -> None:
        self._timeout_s = timeout_s

    def check(self, target: str) -> None:
        parts, _queue = _split(target)
        try:
            for name in ("kombu", "redis") if _is_redis(parts) else ("kombu",):
                import_module(name)
        except ImportError as exc:
            raise InvalidValue(
                "Brokers need more packages: pip install 'shotprint[broker]'", parameter="target"
            ) from exc

    def send(self, target: str, message: Message) -> None:
        self.check(target)
        import kombu
        from kombu.exceptions import KombuError

        parts, queue = _split(target)
        connection = kombu.Connection(
            parts._replace(query="", fragment="").geturl(),
            connect_timeout=self._timeout_s,
            ssl=_tls(parts),
            transport_options=self._options(parts),
        )
        with connection:
            try:
                if not _is_redis(parts):
                    _make_queue(connection, queue)
                self._publish(connection, queue, message)
            except (*connection.connection_errors, *connection.channel_errors, KombuError, OSError) as exc:
                raise TemporaryError(f"The broker did not take the message: {exc}") from exc

    def _options(self, parts: SplitResult) -> dict[str, Any]:
        if _is_redis(parts):
            return {"socket_timeout": self._timeout_s, "socket_connect_timeout": self._timeout_s}
        return {
            "confirm_publish": True,
            "read_timeout": self._timeout_s,
            "write_timeout": self._timeout_s,
        }

    def _publish(self, connection: Any, queue: str, message: Message) -> None:
        connection.Producer(auto_declare=False).publish(
            message.body,
            routing_key=queue,
            delivery_mode="persistent",
            content_type="application/json",
            content_encoding="utf-8",
            headers=message.headers(),
            message_id=message.id,
            timestamp=message.timestamp,
            timeout=self._timeout_s,
            confirm_timeout=self._timeout_s,
        )


def _make_queue(connection: Any, name: str) -> None:
    """Make the queue unless it is there; what is there may have other properties than ours would."""
    from kombu import Queue

    try:
        with connection.channel() as channel:
            Queue(name)(channel).queue_declare(passive=True)
    except connection.channel_errors:
        with connection.channel() as channel:
            Queue(name, durable=True)(channel).queue_declare()


def _tls(parts: SplitResult) -> dict[str, Any] | None:
    """TLS with the broker's certificate and name checked; by itself AMQP's driver would not check the name, and Redis's
    neither of the two."""
    if parts.scheme == "amqps":
        return {"server_hostname": parts.hostname}
    return {"ssl_cert_reqs": "required", "ssl_check_hostname": True} if parts.scheme == "rediss" else None


def _is_redis(parts: SplitResult) -> bool:
    return parts.scheme in ("redis", "rediss")


def _split(target: str) -> tuple[SplitResult, str]:
    """The URL's parts and the queue."""
    try:
        parts = urlsplit(target)
        _port = parts.port
        options = parse_qs(parts.query, strict_parsing=bool(parts.query), max_num_fields=10)
    except ValueError as exc:
        raise InvalidValue(f"The target is not a URL: {exc}", parameter="target") from exc
    if not parts.hostname:
        raise InvalidValue("The target names no host", parameter="target")
    if list(options) != ["queue"] or len(options["queue"]) != 1:
        raise InvalidValue("A broker's URL ends with ?queue=NAME", parameter="target")
    queue = options["queue"][0]
    if len(queue.encode()) > MAX_QUEUE_BYTES or not queue.isprintable():
        raise InvalidValue("The queue's name is not 1 to 255 printable bytes", parameter="target")
    return parts, queue
