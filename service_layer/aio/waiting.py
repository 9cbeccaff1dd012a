"""Where the synchronous operations of one unit of work are awaited, with other tasks kept out of it meanwhile."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Generic, ParamSpec, TypeVar

from unitofwork.domain.ports import AsyncDatabase
from unitofwork.service_layer.life_cycle import LifeCycle

C = TypeVar("C")
R = TypeVar("R")
P = ParamSpec("P")


class Waiting:
    """Runs operations of a unit so that other tasks go on while they wait for the database."""

    __slots__ = ("_database", "_life")

    def __init__(self, database: AsyncDatabase, life: LifeCycle) -> None:
        self._database = database
        self._life = life

    async def __call__(self, operation: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run an operation and return its result.

        Raises:
            WrongThread: another task or thread is inside the unit. Whoever comes while this one waits gets it too.
        """
        with self._life.exclusively.throughout():
            return await self._database.run(operation, *args, **kwargs)


class Awaited(Generic[C]):
    """A context manager whose entering and leaving are awaited."""

    def __init__(self, waiting: Waiting, manager: AbstractContextManager[C]) -> None:
        self._waiting = waiting
        self._manager = manager

    async def __aenter__(self) -> C:
        return await self._waiting(self._manager.__enter__)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool | None:
        return await self._waiting(self._manager.__exit__, kind, error, traceback)
