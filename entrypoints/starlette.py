"""Starlette: a unit of work for each request, errors as problems, ETags.

::

    @unit_of_work(units)
    def rename(uow: Accounts, request: Request) -> Response: ...


    app = Starlette(routes=[Route("/users/{name}", rename, methods=["PUT"])])
    handle_errors(app)
"""

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

try:
    from starlette.applications import Starlette
    from starlette.concurrency import run_in_threadpool
    from starlette.requests import HTTPConnection, Request
    from starlette.responses import Response
    from starlette.types import Receive, Scope, Send
except ImportError as missing:
    raise ImportError("units of work for Starlette need it installed: pip install unitofwork[starlette]") from missing

from unitofwork.entrypoints.web.asgi import opened as opened
from unitofwork.entrypoints.web.etags import Conditions as Conditions
from unitofwork.entrypoints.web.etags import NotModified
from unitofwork.entrypoints.web.etags import etag as etag
from unitofwork.entrypoints.web.problems import Problems as Problems
from unitofwork.entrypoints.web.problems import note
from unitofwork.entrypoints.web.streaming import chunks as chunks
from unitofwork.entrypoints.web.streaming import chunks_awaited as chunks_awaited
from unitofwork.entrypoints.web.units import STREAMING_COMMITS
from unitofwork.service_layer.aio import AsyncUnitOfWork
from unitofwork.service_layer.unit_of_work import UnitOfWork

P = ParamSpec("P")
U = TypeVar("U", bound=UnitOfWork | AsyncUnitOfWork[Any])


def unit_of_work(
    units: Callable[[], U], *, autocommit: bool = False, streaming: bool = False
) -> Callable[[Callable[Concatenate[U, P], Response | Awaitable[Response]]], Callable[P, Awaitable[Response]]]:
    """Give an endpoint a unit of its own for each request, as its first argument; it is closed before the response.

    An endpoint that is no coroutine function runs in a thread, as without this.

    Args:
        units: makes a unit that has not begun, such as a container's provider.
        autocommit: begin the unit, and commit it when the endpoint has returned. The response is sent after that, so
            that it tells the truth: what the commit raises is answered like any other error. An endpoint that has
            nothing to be kept raises.
        streaming: let the unit live for as long as the response is sent, for a response that is made from it meanwhile.

    Raises:
        ValueError: both are asked for.
    """
    if autocommit and streaming:
        raise ValueError(STREAMING_COMMITS)

    def decorate(
        endpoint: Callable[Concatenate[U, P], Response | Awaitable[Response]],
    ) -> Callable[P, Awaitable[Response]]:
        awaited = iscoroutinefunction(endpoint)

        @wraps(endpoint)
        async def call(*args: P.args, **kwargs: P.kwargs) -> Response:
            async with AsyncExitStack() as closing:
                unit = await closing.enter_async_context(opened(units(), autocommit=autocommit))
                if awaited:
                    response = await cast("Awaitable[Response]", endpoint(unit, *args, **kwargs))
                else:
                    response = cast(Response, await run_in_threadpool(endpoint, unit, *args, **kwargs))
                return _Held(response, closing.pop_all()) if streaming else response

        return call

    return decorate


class _Held(Response):
    """A response that closes its unit once it is sent, or cannot be sent."""

    def __init__(self, response: Response, closing: AsyncExitStack) -> None:
        self._response = response
        self._closing = closing

    def __getattr__(self, name: str) -> Any:
        return getattr(self._response, name)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._closing:
            await self._response(scope, receive, send)


def conditions(request: HTTPConnection) -> Conditions:
    """What the request demands of the present state, by If-Match and If-None-Match."""
    headers = request.headers
    return Conditions.of(
        request.scope.get("method", "GET"), headers.getlist("if-match"), headers.getlist("if-none-match")
    )


def handle_errors(app: Starlette, problems: Problems | None = None) -> None:
    """Answer errors of units of work, raised by services and by commits, as ``application/problem+json``.

    Args:
        app: the application; one of FastAPI's is one.
        problems: which problem an error is; without it, as `Problems` says by itself.
    """
    told = problems or Problems()

    async def answer(request: Request, error: Exception) -> Response:
        problem = told.of(error, request.method, conditional="if-match" in request.headers)
        note(error, problem)
        return Response(problem.body, problem.status, problem.headers)

    async def answer_not_modified(request: Request, error: Exception) -> Response:
        return Response(status_code=304, headers={"ETag": cast(NotModified, error).etag})

    for kind in told.classes:
        app.add_exception_handler(kind, answer)
    app.add_exception_handler(NotModified, answer_not_modified)
