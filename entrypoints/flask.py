"""Flask: a unit of work for each request, errors as problems, ETags.

::

    @app.put("/users/<name>")
    @unit_of_work(units)
    def rename(uow: Accounts, name: str) -> ResponseReturnValue: ...


    handle_errors(app)
"""

from collections.abc import Callable
from contextlib import ExitStack
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

try:
    from flask import Blueprint, Flask, Response, current_app, request
    from flask.typing import ResponseReturnValue
except ImportError as missing:
    raise ImportError("units of work for Flask need it installed: pip install unitofwork[flask]") from missing

from unitofwork.entrypoints.web.etags import Conditions as Conditions
from unitofwork.entrypoints.web.etags import NotModified
from unitofwork.entrypoints.web.etags import etag as etag
from unitofwork.entrypoints.web.problems import Problems as Problems
from unitofwork.entrypoints.web.problems import note
from unitofwork.entrypoints.web.streaming import chunks as chunks
from unitofwork.entrypoints.web.units import STREAMING_COMMITS, serving
from unitofwork.service_layer.unit_of_work import UnitOfWork

P = ParamSpec("P")
U = TypeVar("U", bound=UnitOfWork)


def unit_of_work(
    units: Callable[[], U], *, autocommit: bool = False, streaming: bool = False
) -> Callable[[Callable[Concatenate[U, P], ResponseReturnValue]], Callable[P, ResponseReturnValue]]:
    """Give a view a unit of its own for each request, as its first argument; it is closed before the response.

    Args:
        units: makes a unit that has not begun, such as a container's provider.
        autocommit: begin the unit, and commit it when the view has returned. The response is sent after that, so that
            it tells the truth: what the commit raises is answered like any other error. A view that has nothing to be
            kept raises, as ``abort`` does.
        streaming: let the unit live for as long as the response is sent, for a response that is made from it meanwhile.

    Raises:
        ValueError: both are asked for.
    """
    if autocommit and streaming:
        raise ValueError(STREAMING_COMMITS)

    def decorate(view: Callable[Concatenate[U, P], ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
        @wraps(view)
        def call(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            with ExitStack() as closing:
                unit = closing.enter_context(serving(units(), autocommit=autocommit))
                answer = view(unit, *args, **kwargs)
                if not streaming:
                    return answer
                response = current_app.make_response(answer)
                response.call_on_close(closing.pop_all().close)
                return response

        return call

    return decorate


def conditions() -> Conditions:
    """What the present request demands of the present state, by If-Match and If-None-Match."""
    headers = request.headers
    return Conditions.of(request.method, headers.getlist("If-Match"), headers.getlist("If-None-Match"))


def handle_errors(app: Flask | Blueprint, problems: Problems | None = None) -> None:
    """Answer errors of units of work, raised by services and by commits, as ``application/problem+json``.

    Args:
        app: the application, or a blueprint for its own views alone.
        problems: which problem an error is; without it, as `Problems` says by itself.
    """
    told = problems or Problems()

    def answer(error: Exception) -> ResponseReturnValue:
        problem = told.of(error, request.method, conditional="If-Match" in request.headers)
        note(error, problem)
        return Response(problem.body, problem.status, problem.headers)

    def answer_not_modified(error: NotModified) -> ResponseReturnValue:
        return Response(status=304, headers={"ETag": error.etag})

    for kind in told.classes:
        app.register_error_handler(kind, answer)
    app.register_error_handler(NotModified, answer_not_modified)
