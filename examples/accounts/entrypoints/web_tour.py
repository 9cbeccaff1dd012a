"""The tour's second part: the same services over HTTP, by a few real requests."""

import json
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from rich.console import Console

from accounts.entrypoints.container import AccountsContainer
from accounts.entrypoints.serving import served
from accounts.entrypoints.web import make_app
from unitofwork import tracing

_TOLD = ("Location", "ETag")


def show_requests(container: AccountsContainer, console: Console, page: Path | None = None) -> None:
    """Serve accounts on this machine for a moment, and show what is asked and answered.

    Args:
        page: where to write what the units of work did; None for nowhere.
    """
    if page is None:
        _ask(container, console)
        return
    with tracing(page, title="accounts over HTTP") as traced:
        _ask(container, console)
    console.print("\nWhat the units of these requests did, on one page:", traced.page.as_uri(), soft_wrap=True)


def _ask(container: AccountsContainer, console: Console) -> None:
    with served(make_app(container.unit)) as port:
        console.print(f"\nThe same services over HTTP, at http://127.0.0.1:{port}:", soft_wrap=True)
        ask = _Asking(port, console)
        pearl = {"fullname": "Pearl Krabs", "addresses": ["pearl@example.org"]}
        ask("POST", "/users", pearl)
        ask("POST", "/users", pearl)
        etag = ask("GET", "/users/pearl.krabs")
        ask("GET", "/users/pearl.krabs", **{"If-None-Match": etag})
        ask("PATCH", "/users/pearl.krabs", {"fullname": "Pearl Whale"}, **{"If-Match": etag})
        ask("PATCH", "/users/pearl.whale", {"fullname": "Pearl Shell"}, **{"If-Match": etag})
        ask("DELETE", "/users/pearl.whale")
        ask("GET", "/users/pearl.whale")


class _Asking:
    """Sends requests, and shows them with what is answered."""

    def __init__(self, port: int, console: Console) -> None:
        self._port = port
        self._console = console

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> str:
        """Send a request; return the ETag of the answer, empty if it has none."""
        connection = HTTPConnection("127.0.0.1", self._port, timeout=10)
        try:
            sent = None if body is None else json.dumps(body)
            connection.request(method, path, sent, {"Content-Type": "application/json", **headers})
            answer = connection.getresponse()
            told = answer.read().decode()
        finally:
            connection.close()
        asked = " ".join([method, path, *([sent] if sent else []), *(f"{name}: {headers[name]}" for name in headers)])
        shown = [f"{name}: {answer.headers[name]}" for name in _TOLD if name in answer.headers]
        self._print(f"  {asked}")
        self._print("    " + ", ".join([f"{answer.status} {answer.reason}", *shown]))
        if told and method != "DELETE":
            self._print(f"    {told}")
        return answer.headers["ETag"] or ""

    def _print(self, line: str) -> None:
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)
