"""A client that is nothing but a socket: it can stop reading, and be killed."""

import json
import socket
import struct
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import attrs

from integration.web.shop import PATIENCE


@attrs.frozen
class Answer:
    """What came until the server closed the connection."""

    status: int
    headers: dict[str, str]
    body: bytes
    whole: bool
    """Whether the body has come to the end that was announced."""

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@attrs.frozen
class Client:
    """Sends requests to a port of this machine, below a path."""

    port: int
    prefix: str = ""

    def __call__(self, method: str, path: str, **headers: str) -> Answer:
        """Send a request, and read the answer; the names of headers are written with underscores."""
        with self.sent(method, path, **headers) as connection:
            return answer(b"".join(iter(lambda: connection.recv(1 << 20), b"")))

    @contextmanager
    def sent(self, method: str, path: str, **headers: str) -> Generator[socket.socket]:
        """Send a request, and leave it to the block to read the answer; killed at the block's end."""
        with socket.socket() as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
            connection.settimeout(PATIENCE)
            connection.connect(("127.0.0.1", self.port))
            connection.sendall(request(method, self.prefix + path, **headers))
            yield connection
            # With a reset, as when the process is killed, and not with a polite end.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def request(method: str, path: str, connection: str = "close", **headers: str) -> bytes:
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    head = [f"{method} {path} HTTP/1.1", "Host: localhost", f"Connection: {connection}", "Content-Length: 0", *lines]
    return "\r\n".join([*head, "", ""]).encode()


def answer(received: bytes) -> Answer:
    head, _, body = received.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    whole = True
    if headers.get("transfer-encoding") == "chunked":
        body, whole = _unchunked(body)
    elif "content-length" in headers:
        whole = len(body) == int(headers["content-length"])
    return Answer(int(first.split()[1]), headers, body, whole)


def _unchunked(body: bytes) -> tuple[bytes, bool]:
    chunks = list[bytes]()
    while body:
        size, _, rest = body.partition(b"\r\n")
        length = int(size, 16)
        if length == 0:
            return b"".join(chunks), True
        chunks.append(rest[:length])
        body = rest[length + 2 :]
    return b"".join(chunks), False
