"""Drives the contract's tests through the facade of asyncio: each awaited method stands in for the one it awaits.

A test runs inside a greenlet of an event loop, so that whatever it asks of a unit or of a repository goes the way of an
application on asyncio: the facade's coroutine, the bridge, and the unit's own method inside.
"""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Generator, Iterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager, contextmanager
from contextvars import ContextVar
from functools import partial, wraps
from types import TracebackType
from typing import Any, Self, TypeVar

import attrs
import pytest
from sqlalchemy.util.concurrency import await_, greenlet_spawn, in_greenlet

from unitofwork import AsyncDatabase, AsyncRepository, AsyncStream, AsyncUnitOfWork, Repository, UnitOfWork
from unitofwork.service_layer.aio.waiting import Waiting

R = TypeVar("R")

_in_facade: ContextVar[bool] = ContextVar("in_facade", default=False)


@attrs.frozen
class Driver:
    """An event loop, and the database that is used in it.

    Attributes:
        loop: runs what is awaited.
        enter: makes the context of a test one in which attributes can be loaded.
    """

    loop: asyncio.Runner
    enter: Callable[[], object] = lambda: None

    def run(self, test: Callable[[], R]) -> R:
        """Run a test inside the loop."""

        async def main() -> R:
            self.enter()
            return await greenlet_spawn(test)

        return self.loop.run(main())

    def wait(self, awaitable: Callable[[], Awaitable[R]]) -> R:
        """Wait for what the facade gives, from inside a test or from a fixture."""

        async def through_facade() -> R:
            outside = _in_facade.set(True)
            try:
                return await awaitable()
            finally:
                _in_facade.reset(outside)

        return await_(through_facade()) if in_greenlet() else self.loop.run(through_facade())


_at_work: list[Driver] = []


def driver_at_work() -> Driver | None:
    """The driver of the test that runs, if it is driven."""
    return _at_work[-1] if _at_work else None


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a test of an adapter for asyncio inside its event loop."""
    driver = driver_at_work()
    if driver is None:
        return None
    arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    driver.run(partial(pyfuncitem.obj, **arguments))
    return True


@contextmanager
def driving(driver: Driver, database: AsyncDatabase) -> Generator[None]:
    """Let every unit of work go through the facade."""
    _at_work.append(driver)
    try:
        with _patched(driver, database):
            yield
    finally:
        _at_work.remove(driver)


@contextmanager
def inside_loop(block: AbstractContextManager[R]) -> Generator[R]:
    """Enter and leave a block, of a fixture, inside the loop of the test that runs."""
    driver = driver_at_work()
    assert driver is not None
    yield driver.run(block.__enter__)
    driver.run(lambda: block.__exit__(None, None, None))


@contextmanager
def _patched(driver: Driver, database: AsyncDatabase) -> Generator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for owner, facade, around in (
            (UnitOfWork, AsyncUnitOfWork, _unit_facade),
            (Repository, AsyncRepository, _repository_facade),
        ):
            for name in vars(facade):
                if name in _LEFT_OUT or name.startswith("_") or name not in vars(owner):
                    continue
                if not isinstance(vars(owner)[name], property):
                    patch.setattr(owner, name, _driven(driver, database, vars(owner)[name], around))
        for name in ("__enter__", "__exit__"):
            patch.setattr(UnitOfWork, name, _driven_block(driver, database, vars(UnitOfWork)[name]))
        yield


_LEFT_OUT = {"begin", "repository", "run", "unit_type", "no_autoflush"}
"""What the facade does itself, or leaves to the unit."""


def _unit_facade(database: AsyncDatabase, unit: UnitOfWork) -> AsyncUnitOfWork[UnitOfWork]:
    facade: AsyncUnitOfWork[UnitOfWork] = object.__new__(AsyncUnitOfWork)
    facade.unit = unit
    facade.waiting = Waiting(database, unit.life)
    return facade


def _repository_facade(database: AsyncDatabase, repository: Repository[Any]) -> AsyncRepository[Any]:
    return AsyncRepository(Waiting(database, repository._life), repository)


def _driven(
    driver: Driver, database: AsyncDatabase, original: Callable[..., Any], around: Callable[[AsyncDatabase, Any], Any]
) -> Callable[..., Any]:
    @wraps(original)
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        if _in_facade.get():
            return original(self, *args, **kwargs)

        async def ask() -> Any:
            answer = getattr(around(database, self), original.__name__)(*args, **kwargs)
            if isinstance(answer, AsyncStream):
                await answer.__aenter__()  # the unit's own asks its question at once
            return await answer if inspect.iscoroutine(answer) else answer

        answer = driver.wait(ask)
        if isinstance(answer, AsyncStream):
            return _DrivenStream(driver, answer)
        if isinstance(answer, AbstractAsyncContextManager):
            return _DrivenBlock(driver, answer)
        return answer

    return call


def _driven_block(driver: Driver, database: AsyncDatabase, original: Callable[..., Any]) -> Callable[..., Any]:
    name = original.__name__.replace("__", "__a", 1)

    @wraps(original)
    def call(self: UnitOfWork, *args: Any) -> Any:
        if _in_facade.get():
            return original(self, *args)
        answer = driver.wait(lambda: getattr(_unit_facade(database, self), name)(*args))
        return self if isinstance(answer, AsyncUnitOfWork) else answer

    return call


@attrs.frozen
class _DrivenBlock(AbstractContextManager[Any]):
    driver: Driver
    block: AbstractAsyncContextManager[Any]

    def __enter__(self) -> Any:
        return self.driver.wait(self.block.__aenter__)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool | None:
        return self.driver.wait(lambda: self.block.__aexit__(kind, error, traceback))


@attrs.frozen
class _DrivenStream(Iterator[Any]):
    driver: Driver
    stream: AsyncStream[Any]

    def __next__(self) -> Any:
        try:
            return self.driver.wait(self.stream.__anext__)
        except StopAsyncIteration:
            raise StopIteration from None

    def close(self) -> None:
        self.driver.wait(self.stream.close)

    def __enter__(self) -> Self:
        self.driver.wait(self.stream.__aenter__)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.driver.wait(lambda: self.stream.__aexit__(kind, error, traceback))
