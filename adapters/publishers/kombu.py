"""Publishing to a broker."""

from threading import Lock
from typing import Any

try:
    import kombu as typed_kombu
except ImportError as missing:
    raise ImportError("KombuPublisher needs kombu, which is not installed: pip install unitofwork[kombu]") from missing

from unitofwork.adapters.publishers.timeouts import check_timeout
from unitofwork.adapters.publishers.wire import to_json
from unitofwork.domain.errors import NotPublished
from unitofwork.domain.outbox import Envelope

kombu: Any = typed_kombu
"""It says that it has types, and has next to none."""

TIMEOUT = 10.0

_AT_ONCE = {"max_retries": 1, "interval_start": 0, "interval_step": 0, "reraise_as_library_errors": False}
"""A broker that is away is not waited for: the relay tries again by itself, and holds locks meanwhile."""


class KombuPublisher:
    """Sends each message to an exchange of a broker, as the JSON of `wire`, and waits until the broker confirms it.

    The exchange is of the kind ``topic``, durable, and declared when it is first used; the routing key is the message's
    name. So a queue that is bound by ``user.*`` or ``#`` gets what it asks for; what no queue asks for is dropped.
    After an error the connection is opened anew. It may be used by several threads, one after the other.

    Args:
        url: as kombu takes it: ``amqp://…``, ``redis://…``, ``memory://``. Only AMQP has confirmations.
        exchange: its name.
        timeout: seconds to wait for a connection, for the message to be taken, and for its confirmation.

    Raises:
        ValueError: kombu has no such transport, or lacks the library that it needs; or the timeout is none.
    """

    def __init__(self, url: str, *, exchange: str = "events", timeout: float = TIMEOUT) -> None:
        check_timeout(timeout)
        confirming = {"confirm_publish": True, "read_timeout": timeout, "write_timeout": timeout}
        self._connection, self._place = _connection(url, timeout, confirming)
        self._exchange: Any = kombu.Exchange(exchange, type="topic", durable=True)
        self._timeout = timeout
        self._producer: Any = None
        self._lock = Lock()

    def publish(self, message: Envelope) -> None:
        """Send the message, and wait until it is confirmed.

        Raises:
            NotPublished: the broker cannot be reached, refused it, or did not confirm it in time.
        """
        with self._lock:
            try:
                self._send(message)
            except Exception as error:
                self._producer = None
                self._connection.collect()  # without a word to the broker, which may not answer
                raise NotPublished(
                    f"the broker {self._place} did not confirm a message: {type(error).__name__}"
                ) from error

    def close(self) -> None:
        """Close the connection; it is opened again if something is published."""
        with self._lock:
            self._producer = None
            self._connection.release()

    def _send(self, message: Envelope) -> None:
        if self._producer is None:
            self._connection.ensure_connection(**_AT_ONCE)
            self._producer = kombu.Producer(self._connection.channel(), exchange=self._exchange)
        self._producer.publish(
            to_json(message).encode(),
            routing_key=message.content.name,
            content_type="application/json",
            content_encoding="utf-8",
            delivery_mode="persistent",
            message_id=str(message.id),
            type=message.content.name,
            timeout=self._timeout,
            confirm_timeout=self._timeout,
        )

    def __repr__(self) -> str:
        return f"<KombuPublisher {self._place}>"


def _connection(url: object, timeout: float, options: dict[str, Any]) -> tuple[Any, str]:
    """A connection that is not open yet, and where it leads, without the password."""
    if isinstance(url, str) and "://" in url:  # kombu takes what is empty for a broker on this machine
        try:
            made: Any = kombu.Connection(url, connect_timeout=timeout, transport_options=options)
            place: str = made.as_uri()
        except Exception:
            made, place = None, ""
        if made is not None:
            return made, place
    raise ValueError(
        "KombuPublisher takes a URL such as amqp://, redis:// or memory://, and needs the library of that transport"
    )  # the URL may have a password
