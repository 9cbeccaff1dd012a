"""Units of work for requests of ASGI applications, whatever becomes of the request."""

from contextlib import AbstractAsyncContextManager, AbstractContextManager
from types import TracebackType
from typing import Any, Generic, TypeVar

from anyio import CancelScope, CapacityLimiter
from anyio.to_thread import run_sync

from unitofwork.entrypoints.web.units import serving, serving_awaited
from unitofwork.service_layer.aio import AsyncUnitOfWork
from unitofwork.service_layer.unit_of_work import UnitOfWork

U = TypeVar("U", bound=UnitOfWork | AsyncUnitOfWork[Any])


def opened(unit: U, *, autocommit: bool = False) -> AbstractAsyncContextManager[U]:
    """Give a unit to one request, in an ``async with`` block.

    At the end of the block it is committed if it is to be, and closed in any case, even if the request is cancelled:
    nothing breaks that off. A unit that is not awaited is committed and closed in a thread.

    Args:
        unit: has not begun.
        autocommit: begin it, and commit it at the end of the block, unless that is left by an exception. Services that
            commit by themselves are refused then.
    """
    if isinstance(unit, AsyncUnitOfWork):
        return _Finished(serving_awaited(unit, autocommit=autocommit))
    return _Finished(_InThread(unit, serving(unit, autocommit=autocommit)))


class _Finished(Generic[U]):
    """A context manager that is left to its end, whoever cancels meanwhile."""

    def __init__(self, manager: AbstractAsyncContextManager[U]) -> None:
        self._manager = manager

    async def __aenter__(self) -> U:
        return await self._manager.__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with CancelScope(shield=True):
            await self._manager.__aexit__(kind, error, traceback)


class _InThread(Generic[U]):
    """A unit's context manager that waits for the database in a thread, if it has to wait at all."""

    def __init__(self, unit: UnitOfWork, manager: AbstractContextManager[U]) -> None:
        self._unit = unit
        self._manager = manager

    async def __aenter__(self) -> U:
        return self._manager.__enter__()  # a unit begins without a word to the database

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool | None:
        if not self._unit.life.is_open:
            return self._manager.__exit__(kind, error, traceback)
        # Not one of the threads that endpoints run in: all of them may be waiting for the connection of this unit.
        return await run_sync(self._manager.__exit__, kind, error, traceback, limiter=CapacityLimiter(1))
