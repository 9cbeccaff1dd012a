"""A broker that speaks as much of AMQP 0-9-1 as a publisher needs, and answers as a test says."""

import socket
import struct
from collections.abc import Generator
from contextlib import contextmanager, suppress
from importlib import import_module
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeAlias

import attrs

Method: TypeAlias = tuple[int, int]

START_OK, TUNE_OK, OPEN, CLOSE, CLOSE_OK = (10, 11), (10, 31), (10, 40), (10, 50), (10, 51)
CHANNEL_OPEN, CHANNEL_CLOSE, DECLARE, SELECT, PUBLISH = (20, 10), (20, 40), (40, 10), (85, 10), (60, 40)

_METHOD, _HEADER, _BODY = 1, 2, 3
_dumps: Any = import_module("amqp.serialization").dumps  # which has no types


@attrs.define
class Broker:
    """A broker on loopback.

    Attributes:
        port: where it listens.
        answer: what it says to a message: "ack", "nack", "silence", "close the channel" or "hang up".
        bodies: the messages that it was sent.
        selected: on how many channels confirmations were asked for.
        connections: how many there were.
    """

    port: int
    answer: str = "ack"
    bodies: "SimpleQueue[bytes]" = attrs.field(factory=lambda: SimpleQueue[bytes]())
    selected: int = 0
    connections: int = 0

    @property
    def url(self) -> str:
        """With a password."""
        return f"amqp://sandy:secret@127.0.0.1:{self.port}//"

    def serve(self, client: socket.socket) -> None:
        """Converse with one client until it or the test hangs up."""
        self.connections += 1
        with suppress(OSError, EOFError), client:
            _read(client, 8)  # AMQP 0 0 9 1
            properties: dict[str, object] = {"capabilities": {"publisher_confirms": True, "basic.nack": True}}
            _send(client, 0, (10, 10), "ooFSS", (0, 9, properties, "PLAIN", "en_US"))
            number = 0
            while True:
                kind, channel, content = _frame(client)
                if kind == _METHOD:
                    method: Method = struct.unpack(">HH", content[:4])
                    if method == CLOSE:
                        _send(client, 0, CLOSE_OK, "", ())
                        return
                    self._answer(client, channel, method)
                elif kind == _BODY:
                    number += 1
                    self.bodies.put(content)
                    if self.answer == "hang up":
                        return
                    self._settle(client, channel, number)

    def _answer(self, client: socket.socket, channel: int, method: Method) -> None:
        if method == START_OK:
            _send(client, 0, (10, 30), "BlB", (10, 131072, 0))
        elif method == OPEN:
            _send(client, 0, (10, 41), "s", ("",))
        elif method == CHANNEL_OPEN:
            _send(client, channel, (20, 11), "S", ("",))
        elif method == CHANNEL_CLOSE:
            _send(client, channel, (20, 41), "", ())
        elif method == DECLARE:
            _send(client, channel, (40, 11), "", ())
        elif method == SELECT:
            self.selected += 1
            _send(client, channel, (85, 11), "", ())

    def _settle(self, client: socket.socket, channel: int, number: int) -> None:
        if self.answer == "ack":
            _send(client, channel, (60, 80), "Lb", (number, False))
        elif self.answer == "nack":
            _send(client, channel, (60, 120), "Lbb", (number, False, False))
        elif self.answer == "close the channel":
            _send(client, channel, CHANNEL_CLOSE, "BsBB", (406, "PRECONDITION_FAILED", 60, 40))


@contextmanager
def listening() -> Generator[Broker]:
    """A broker, in a block."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        broker = Broker(server.getsockname()[1])
        clients: list[socket.socket] = []
        threads: list[Thread] = []

        def accept() -> None:
            with suppress(OSError):
                while True:
                    client, _ = server.accept()
                    clients.append(client)
                    threads.append(Thread(target=broker.serve, args=(client,)))
                    threads[-1].start()

        accepting = Thread(target=accept)
        accepting.start()
        try:
            yield broker
        finally:
            for each in (server, *clients):
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
            for thread in (accepting, *threads):
                thread.join(10)


def _frame(client: socket.socket) -> tuple[int, int, bytes]:
    kind, channel, size = struct.unpack(">BHI", _read(client, 7))
    content = _read(client, size)
    assert _read(client, 1) == b"\xce"
    return kind, channel, content


def _send(client: socket.socket, channel: int, method: Method, layout: str, values: tuple[object, ...]) -> None:
    content = struct.pack(">HH", *method) + (_dumps(layout, values) if layout else b"")
    client.sendall(struct.pack(">BHI", _METHOD, channel, len(content)) + content + b"\xce")


def _read(client: socket.socket, size: int) -> bytes:
    read = b""
    while len(read) < size:
        more = client.recv(size - len(read))
        if not more:
            raise EOFError
        read += more
    return read
