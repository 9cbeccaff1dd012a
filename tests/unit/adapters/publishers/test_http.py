"""A server has accepted a message by 2xx, or its publisher raises."""

import base64
import pickle
import socket
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from time import monotonic
from typing import Any

import attrs
import pytest

from unitofwork import Envelope, Publisher
from unitofwork.adapters.publishers import from_json, to_json
from unitofwork.adapters.publishers.http import HttpPublisher
from unitofwork.domain.errors import NotPublished

SHORT = 0.3
"""Seconds that a publisher waits for a server that does not answer."""

HANG, HANG_UP = -1, -2


@attrs.frozen
class Request:
    """What the server was sent."""

    path: str
    headers: dict[str, str]
    body: bytes


@attrs.define
class Endpoint:
    """What a server answers: a status, or how it does not; and what it was sent."""

    url: str = ""
    status: int = 200
    requests: list[Request] = attrs.field(factory=list[Request])
    released: Event = attrs.field(factory=Event)


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@contextmanager
def serving() -> Generator[Endpoint]:
    """A server on loopback, in a block."""
    endpoint = Endpoint()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            endpoint.requests.append(Request(self.path, headers, body))
            if endpoint.status == HANG:
                endpoint.released.wait(30)
            if endpoint.status < 0:
                self.close_connection = True
                return
            self.send_response(endpoint.status)
            self.send_header("Content-Length", "0")
            self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    endpoint.url = f"http://sandy:se%40cret@127.0.0.1:{server.server_port}/events?token=secret"
    try:
        yield endpoint
    finally:
        endpoint.released.set()
        server.shutdown()
        server.server_close()
        thread.join(10)


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with serving() as endpoint:
        yield endpoint


@pytest.fixture
def publisher(endpoint: Endpoint) -> Iterator[HttpPublisher]:
    publisher = HttpPublisher(endpoint.url, timeout=5)
    yield publisher
    publisher.close()


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_2xx_accepts_a_message(endpoint: Endpoint, publisher: HttpPublisher, message: Envelope, status: int) -> None:
    endpoint.status = status
    accepting: Publisher = publisher
    accepting.publish(message)
    [request] = endpoint.requests
    assert request.path == "/events?token=secret"
    assert request.body == to_json(message).encode()
    assert from_json(request.body).content.name == "user.registered"
    assert request.headers["idempotency-key"] == str(message.id)
    assert request.headers["content-type"] == "application/json; charset=utf-8"
    assert base64.b64decode(request.headers["authorization"].split()[1]) == b"sandy:se@cret"


def test_headers_are_sent_along(endpoint: Endpoint, message: Envelope) -> None:
    url = endpoint.url.replace("sandy:se%40cret@", "")
    publisher = HttpPublisher(url, headers={"Authorization": "Bearer abc"})
    publisher.publish(message)
    publisher.close()
    assert endpoint.requests[0].headers["authorization"] == "Bearer abc"


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 404, 409, 429, 500, 503])
def test_all_else_does_not(endpoint: Endpoint, publisher: HttpPublisher, message: Envelope, status: int) -> None:
    endpoint.status = status
    with pytest.raises(NotPublished, match=rf"/events answered {status}, and only 2xx accepts a message") as refused:
        publisher.publish(message)
    check_secrets(refused.value, publisher)
    assert [request.path for request in endpoint.requests] == ["/events?token=secret"]  # a redirect is not followed
    endpoint.status = 200
    publisher.publish(message)


def test_a_server_that_hangs_is_not_waited_for_too_long(endpoint: Endpoint, message: Envelope) -> None:
    endpoint.status = HANG
    publisher = HttpPublisher(endpoint.url, timeout=SHORT)
    began = monotonic()
    with pytest.raises(NotPublished, match="gave no answer: ReadTimeout") as refused:
        publisher.publish(message)
    assert SHORT <= monotonic() - began < 20 * SHORT
    check_secrets(refused.value, publisher)
    endpoint.status = 200
    publisher.publish(message)
    publisher.close()


def test_a_server_that_hangs_up_is_told_of(endpoint: Endpoint, publisher: HttpPublisher, message: Envelope) -> None:
    publisher.publish(message)
    endpoint.status = HANG_UP
    with pytest.raises(NotPublished, match="gave no answer: RemoteProtocolError"):
        publisher.publish(message)
    endpoint.status = 200
    publisher.publish(message)


def test_a_server_that_is_not_there_is_told_of(message: Envelope) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    publisher = HttpPublisher(f"http://sandy:secret@127.0.0.1:{port}")
    with pytest.raises(NotPublished, match="gave no answer: ConnectError") as refused:
        publisher.publish(message)
    check_secrets(refused.value, publisher)
    publisher.close()


@pytest.mark.parametrize(
    "url", ["", "secret", "ftp://sandy:secret@example.org", "http://", "http://sandy:secret@x:port"]
)
def test_another_url_is_refused_without_being_shown(url: str) -> None:
    with pytest.raises(ValueError, match="takes a URL of http or https") as refused:
        HttpPublisher(url)
    assert "secret" not in str(refused.value)
    assert refused.value.__suppress_context__


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), float("inf"), None])
def test_it_does_not_wait_for_ever(timeout: Any) -> None:
    with pytest.raises(ValueError, match="timeout is more than zero: seconds, of a year at most"):
        HttpPublisher("https://example.org", timeout=timeout)


def check_secrets(error: Exception, publisher: HttpPublisher) -> None:
    for text in (str(error), str(error.__cause__), repr(error.__cause__), repr(publisher)):
        assert "cret" not in text
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
