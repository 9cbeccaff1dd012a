"""Repositories on asyncio."""

from collections.abc import Callable, Coroutine
from functools import partial, wraps
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar, cast

from unitofwork.service_layer.aio.stream import AsyncStream
from unitofwork.service_layer.aio.waiting import Waiting
from unitofwork.service_layer.repository import Repository
from unitofwork.service_layer.streams import Stream

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")


def _awaited(
    method: Callable[Concatenate[Repository[T], P], R],
) -> "Callable[Concatenate[AsyncRepository[T], P], Coroutine[Any, Any, R]]":
    """The repository's own method, awaited."""
    name = method.__name__

    @wraps(method)
    async def call(self: "AsyncRepository[T]", /, *args: P.args, **kwargs: P.kwargs) -> R:
        return await self.waiting(cast("Callable[P, R]", getattr(self.repository, name)), *args, **kwargs)

    return call


def _at_once(method: Callable[Concatenate[Repository[T], P], R]) -> "Callable[Concatenate[AsyncRepository[T], P], R]":
    """The repository's own method, which looks at memory alone."""
    name = method.__name__

    @wraps(method)
    def call(self: "AsyncRepository[T]", /, *args: P.args, **kwargs: P.kwargs) -> R:
        return cast("Callable[P, R]", getattr(self.repository, name))(*args, **kwargs)

    return call


def _streamed(
    method: Callable[Concatenate[Repository[T], P], Stream[R]],
) -> "Callable[Concatenate[AsyncRepository[T], P], AsyncStream[R]]":
    """The repository's own method, whose stream is awaited."""
    name = method.__name__

    @wraps(method)
    def call(self: "AsyncRepository[T]", /, *args: P.args, **kwargs: P.kwargs) -> AsyncStream[R]:
        return AsyncStream(self.waiting, partial(getattr(self.repository, name), *args, **kwargs))

    return call


class AsyncRepository(Generic[T]):
    """The entities of one type, in one unit of work, on asyncio: each method does what `Repository`'s does.

    An application's own questions, those of a subclass of `Repository`, are asked inside `AsyncUnitOfWork.run`.
    """

    def __init__(self, waiting: Waiting, repository: Repository[T]) -> None:
        self.waiting = waiting
        """Where operations are awaited."""
        self.repository = repository
        """The repository itself, which works inside `AsyncUnitOfWork.run` alone."""

    add = _at_once(Repository[T].add)
    add_all = _at_once(Repository[T].add_all)
    get = _awaited(Repository[T].get)
    get_one = _awaited(Repository[T].get_one)
    find = _awaited(Repository[T].find)
    find_one = _awaited(Repository[T].find_one)
    first = _awaited(Repository[T].first)
    page = _awaited(Repository[T].page)
    stream = _streamed(Repository[T].stream)
    count = _awaited(Repository[T].count)
    exists = _awaited(Repository[T].exists)
    delete = _awaited(Repository[T].delete)
    upsert = _awaited(Repository[T].upsert)
    insert_many = _awaited(Repository[T].insert_many)
    upsert_many = _awaited(Repository[T].upsert_many)
    update_where = _awaited(Repository[T].update_where)
    delete_where = _awaited(Repository[T].delete_where)
    refresh = _awaited(Repository[T].refresh)

    def __contains__(self, entity: object) -> bool:
        """Whether the entity is of this type, and pending or persistent in the unit."""
        return entity in self.repository

    def __repr__(self) -> str:
        return f"<awaited {self.repository!r}>"
