"""FastAPI: a unit of work for each request, errors as problems, ETags.

::

    Unit = Annotated[Accounts, unit_of_work(units)]


    @app.put("/users/{name}")
    def rename(name: str, fullname: str, uow: Unit) -> UserOut: ...


    handle_errors(app)
"""

from asyncio import Semaphore
from collections.abc import AsyncGenerator, Callable
from contextlib import nullcontext
from typing import Annotated, Any, TypeAlias, TypeVar

try:
    from fastapi import Depends, Request
except ImportError as missing:
    raise ImportError("units of work for FastAPI need it installed: pip install unitofwork[fastapi]") from missing

from unitofwork.entrypoints import starlette
from unitofwork.entrypoints.starlette import Problems as Problems
from unitofwork.entrypoints.starlette import chunks as chunks
from unitofwork.entrypoints.starlette import chunks_awaited as chunks_awaited
from unitofwork.entrypoints.starlette import etag as etag
from unitofwork.entrypoints.starlette import handle_errors as handle_errors
from unitofwork.entrypoints.starlette import opened as opened
from unitofwork.entrypoints.web.etags import Conditions as _Conditions
from unitofwork.entrypoints.web.problems import MEDIA_TYPE, SCHEMA, Problem
from unitofwork.entrypoints.web.units import STREAMING_COMMITS
from unitofwork.service_layer.aio import AsyncUnitOfWork
from unitofwork.service_layer.unit_of_work import UnitOfWork

U = TypeVar("U", bound=UnitOfWork | AsyncUnitOfWork[Any])


def unit_of_work(
    units: Callable[[], U], *, autocommit: bool = False, streaming: bool = False, limit: Semaphore | None = None
) -> Any:
    """A dependency that gives each request a unit of its own, which is closed before the response is sent.

    A test has other units made by ``app.dependency_overrides[units] = ...``.

    Args:
        units: makes a unit that has not begun, such as a container's provider; takes no arguments.
        autocommit: begin the unit, and commit it when the endpoint has returned. The response is sent after that, so
            that it tells the truth: what the commit raises is answered like any other error. An endpoint that has
            nothing to be kept raises.
        streaming: let the unit live for as long as the response is sent, for a response that is made from it meanwhile.
        limit: lets as many requests have a unit at the same time as there are connections; the others wait without a
            thread. Otherwise all threads may wait for a connection, and who has one for a thread.

    Raises:
        ValueError: both are asked for.
    """
    if autocommit and streaming:
        raise ValueError(STREAMING_COMMITS)

    async def unit(request: Request) -> AsyncGenerator[U]:
        overrides: dict[Callable[..., Any], Callable[[], U]] = request.app.dependency_overrides
        async with limit or nullcontext(), opened(overrides.get(units, units)(), autocommit=autocommit) as made:
            yield made

    # By default what follows a dependency's `yield` is done once the response is sent.
    return Depends(unit, scope="request" if streaming else "function")


def _conditions(request: Request) -> _Conditions:
    return starlette.conditions(request)


Conditions: TypeAlias = Annotated[_Conditions, Depends(_conditions)]
"""The type of an argument that is what the request demands of the present state, by If-Match and If-None-Match."""


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What an endpoint, a router or the application tells of its problems in OpenAPI, as its argument ``responses``.

    ::

        @app.put("/users/{name}", responses=problem_responses(404, 409, 412))

    Args:
        statuses: of the problems that may be answered.
    """
    content = {MEDIA_TYPE: {"schema": dict(SCHEMA)}}
    return {status: {"description": Problem(status=status).title, "content": content} for status in statuses}
