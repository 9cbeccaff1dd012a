"""The twin on asyncio: nothing there has to be waited for, and yet what could not wait on a database is refused."""

import asyncio
from collections.abc import Callable
from contextvars import ContextVar
from typing import ParamSpec, Protocol, TypeVar

from unitofwork.adapters.memory.session import MemorySession
from unitofwork.domain.isolation import Isolation

P = ParamSpec("P")
R = TypeVar("R")

_inside: ContextVar[bool] = ContextVar("unitofwork_inside_run", default=False)


def enter_run() -> None:
    """Make the current context one that is inside `run`, for a test that drives units itself."""
    _inside.set(True)


class _OpensSessions(Protocol):
    def session(
        self, *, read_only: bool, isolation: Isolation | None, autoflush: bool, expire_on_commit: bool
    ) -> MemorySession: ...

    def dispose(self) -> None: ...


class AwaitedInMemory:
    """What makes a database in memory one for units of work on asyncio as well."""

    @property
    def sync(self: _OpensSessions) -> "InsideRun":
        """The database for the units that work inside `run`; outside of it, what would wait raises `OutsideRun`."""
        return InsideRun(self)

    async def run(self, operation: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a synchronous operation, and return its result.

        Other tasks go on before it returns, as they do while a database is waited for, and it can be cancelled there:
        what it did is done then.
        """
        outside = _inside.set(True)
        try:
            result = operation(*args, **kwargs)
        finally:
            _inside.reset(outside)
        await asyncio.sleep(0)
        return result

    async def aclose(self: _OpensSessions) -> None:
        """Do nothing: there are no connections to close."""
        self.dispose()


class InsideRun:
    """Opens sessions that know where they may wait."""

    def __init__(self, database: _OpensSessions) -> None:
        self.database = database
        """What the sessions are of."""

    def session(
        self, *, read_only: bool, isolation: Isolation | None, autoflush: bool, expire_on_commit: bool
    ) -> MemorySession:
        """Open a session."""
        session = self.database.session(
            read_only=read_only, isolation=isolation, autoflush=autoflush, expire_on_commit=expire_on_commit
        )
        session.raw.may_wait = _inside.get
        return session

    def dispose(self) -> None:
        """Do nothing: there are no connections to close."""
