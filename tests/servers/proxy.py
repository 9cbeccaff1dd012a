"""A proxy on loopback between a driver and its server, that can cut the connection at a chosen moment.

with Proxy(url) as proxy:
    database = SqlAlchemyDatabase(proxy.url, mapping)
    ...
    proxy.cut(b"COMMIT", forward=True)  # the server commits, the client never hears of it
    with pytest.raises(CommitOutcomeUnknown):
        uow.commit()
"""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Self

import attrs
from sqlalchemy import URL

from servers.private import HOST

_CHUNK = 65536
_PATIENCE = 10
"""Seconds that its threads are given to end."""


@attrs.frozen
class _Order:
    """When to cut: what the client says, and whether the server is to hear it."""

    said: bytes
    forward: bool


class Proxy:
    """Passes bytes on between clients and the server of a URL, until it is told otherwise; a context manager.

    Args:
        url: the server's; its driver must talk to it in plain text, as it does with the servers of this package.
    """

    def __init__(self, url: URL) -> None:
        self.lead_to(url)
        self._listener = socket.create_server((HOST, 0))
        self._lock = threading.Lock()
        self._order: _Order | None = None
        self._links: list[_Link] = []
        self._threads: list[threading.Thread] = []
        self.url = url.set(port=self._listener.getsockname()[1])
        """The server's URL, by way of the proxy."""
        self.refusing = False
        """Whether new connections are closed at once, as by a server that is going down."""
        self.was_cut = threading.Event()
        """Set once a connection was cut as `cut` told."""

    @property
    def round_trips(self) -> int:
        """How often a client said something after it had been answered, over all connections."""
        return sum(link.round_trips for link in self._links)

    def lead_to(self, url: URL) -> None:
        """Pass on the connections to come to another server, as a load balancer does when one has gone."""
        assert url.host is not None
        assert url.port is not None
        self._server = (url.host, url.port)

    def cut(self, said: bytes, *, forward: bool) -> None:
        """Cut the first connection whose client says this: before the server hears it, or after it has answered.

        What is said must come in one piece, as a short statement does. With ``forward`` the server has done it by the
        time that the client sees the cut.
        """
        with self._lock:
            self.was_cut.clear()
            self._order = _Order(said, forward)

    def cut_all(self) -> None:
        """Cut every connection now."""
        for link in list(self._links):
            link.cut()

    def __enter__(self) -> Self:
        self._run(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self.refusing = True
        _shut(self._listener)
        self.cut_all()
        for thread in list(self._threads):
            thread.join(_PATIENCE)
        for link in self._links:
            link.close()
        self._listener.close()

    def _run(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):  # the listener was shut
            while True:
                client, _ = self._listener.accept()
                if self.refusing:
                    client.close()
                else:
                    self._link(client)

    def _link(self, client: socket.socket) -> None:
        try:
            server = socket.create_connection(self._server, _PATIENCE)
        except OSError:
            client.close()
            return
        server.settimeout(None)
        link = _Link(client, server, self._taken, self.was_cut)
        self._links.append(link)
        self._run(link.pass_requests)
        self._run(link.pass_answers)

    def _taken(self, said: bytes) -> _Order | None:
        """The order that these words fulfil, which is then done with."""
        with self._lock:
            order = self._order
            if order is None or order.said not in said:
                return None
            self._order = None
            return order


class _Link:
    """One connection: a socket to each side."""

    def __init__(
        self,
        client: socket.socket,
        server: socket.socket,
        taken: Callable[[bytes], _Order | None],
        was_cut: threading.Event,
    ) -> None:
        self._client = client
        self._server = server
        self._taken = taken
        self._was_cut = was_cut
        self._is_last_answer = False
        self._is_answered = True
        self.round_trips = 0

    def pass_requests(self) -> None:
        with suppress(OSError):  # the other side was cut
            while said := self._client.recv(_CHUNK):
                order = self._taken(said)
                if order is not None and not order.forward:
                    self._cut_as_told()
                    return
                self._is_last_answer = order is not None
                if self._is_answered:
                    self.round_trips += 1
                    self._is_answered = False
                self._server.sendall(said)
        self.cut()

    def pass_answers(self) -> None:
        with suppress(OSError):  # the other side was cut
            while answer := self._server.recv(_CHUNK):
                if self._is_last_answer:
                    self._cut_as_told()
                    return
                self._is_answered = True
                self._client.sendall(answer)
        self.cut()

    def _cut_as_told(self) -> None:
        self._was_cut.set()
        self.cut()

    def cut(self) -> None:
        _shut(self._client)
        _shut(self._server)

    def close(self) -> None:
        self._client.close()
        self._server.close()


def _shut(end: socket.socket) -> None:
    """Wake up whoever reads from it, and tell the other side that it is over."""
    with suppress(OSError):  # it was shut before
        end.shutdown(socket.SHUT_RDWR)
