"""Publishing to a URL."""

from collections.abc import Mapping

try:
    import httpx
except ImportError as missing:
    raise ImportError("HttpPublisher needs httpx, which is not installed: pip install unitofwork[http]") from missing

from unitofwork.adapters.publishers.timeouts import check_timeout
from unitofwork.adapters.publishers.wire import to_json
from unitofwork.domain.errors import NotPublished
from unitofwork.domain.outbox import Envelope

TIMEOUT = 10.0


class HttpPublisher:
    """Posts each message to a URL, as the JSON of `wire`; an answer of 2xx accepts it, and nothing else does.

    The header ``Idempotency-Key`` has the message's id, by which the other side knows one that comes again. Redirects
    are not followed. It may be used by several threads.

    Args:
        url: of http or https; a name and a password in it are sent as basic authentication.
        headers: sent along, such as ``Authorization``.
        timeout: seconds to wait for a connection, for the message to be taken, and for each part of the answer.

    Raises:
        ValueError: the URL is none of http or https, or the timeout is none.
    """

    def __init__(self, url: str, *, headers: Mapping[str, str] | None = None, timeout: float = TIMEOUT) -> None:
        check_timeout(timeout)
        address = _parsed(url)
        self._url = address.copy_with(userinfo=b"")
        auth = httpx.BasicAuth(address.username, address.password) if address.userinfo else None
        self._client = httpx.Client(auth=auth, headers=dict(headers or {}), timeout=timeout)

    def publish(self, message: Envelope) -> None:
        """Post the message.

        Raises:
            NotPublished: it was not accepted, or nobody answered in time.
        """
        headers = {"Content-Type": "application/json; charset=utf-8", "Idempotency-Key": str(message.id)}
        try:
            answer = self._client.post(self._url, content=to_json(message).encode(), headers=headers)
        except httpx.HTTPError as error:
            raise NotPublished(
                f"{self._place} could not be reached, or gave no answer: {type(error).__name__}"
            ) from error
        if not answer.is_success:
            raise NotPublished(f"{self._place} answered {answer.status_code}, and only 2xx accepts a message")

    def close(self) -> None:
        """Close its connections."""
        self._client.close()

    @property
    def _place(self) -> str:
        """The URL without what may be secret: a query may hold a token."""
        return str(self._url.copy_with(query=None, fragment=None))

    def __repr__(self) -> str:
        return f"<HttpPublisher {self._place}>"


def _parsed(url: str) -> httpx.URL:
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, TypeError):
        parsed = None
    if parsed is None or parsed.scheme not in ("http", "https") or not parsed.host:
        raise ValueError("HttpPublisher takes a URL of http or https") from None  # the URL may have a password
    return parsed
