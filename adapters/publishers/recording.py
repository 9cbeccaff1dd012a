"""Publishing to a list, for tests."""

from threading import Lock

from unitofwork.domain.outbox import Envelope


class RecordingPublisher:
    """Keeps what it was given, in order; several relays may share it.

    ::

        publisher = RecordingPublisher()
        publisher.fail_next(2, TimeoutError())
    """

    def __init__(self) -> None:
        self.closed = False
        """Whether `close` was called."""
        self._published: list[Envelope] = []
        self._failures: list[Exception] = []
        self._lock = Lock()

    @property
    def published(self) -> list[Envelope]:
        """What was accepted so far, in order."""
        with self._lock:
            return self._published.copy()

    def fail_next(self, number: int, error: Exception) -> None:
        """Refuse so many messages with an error, after those that are to be refused already."""
        with self._lock:
            self._failures += [error] * number

    def publish(self, message: Envelope) -> None:
        """Keep the message.

        Raises:
            Exception: as `fail_next` said.
        """
        with self._lock:
            if self._failures:
                raise self._failures.pop(0)
            self._published.append(message)

    def close(self) -> None:
        """Note that it was closed."""
        self.closed = True
