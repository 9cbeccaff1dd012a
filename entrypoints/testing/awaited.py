"""A SQL database for a test on asyncio: opened and closed inside the test, by the event loop that runs it."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any, ParamSpec, TypeVar

import pytest

from unitofwork.adapters.sqlalchemy.async_database import AsyncSqlAlchemyDatabase
from unitofwork.domain.errors import UnitOfWorkError
from unitofwork.domain.ports import AsyncDatabase, Database
from unitofwork.entrypoints.testing.places import Place

P = ParamSpec("P")
R = TypeVar("R")


class DatabaseOfTest:
    """The database of one test, which is there while its coroutine runs.

    Args:
        place: which one.
        commits: whether commits are real.
        failing: what stands before the database, for failures on demand.
    """

    def __init__(self, place: Place, commits: bool, failing: Callable[[Database], Database]) -> None:
        self._place = place
        self._commits = commits
        self._failing = failing
        self._open: AsyncDatabase | None = None

    @property
    def sync(self) -> Database:
        """The database for the units that work inside `run`."""
        return self._failing(self._opened.sync)

    async def run(self, operation: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a synchronous operation, and return its result."""
        return await self._opened.run(operation, *args, **kwargs)

    async def aclose(self) -> None:
        """Do nothing: it is closed when the test is over."""

    def wrap(self, test: pytest.Function) -> None:
        """Let the test's coroutine begin by opening the database, and end by closing it.

        So it is whoever runs the coroutine whose loop is used, pytest-asyncio, anyio or another.
        """
        function: Any = test.obj
        if not iscoroutinefunction(function):
            pytest.fail("async_database is for tests that are coroutine functions: use database", pytrace=False)

        @wraps(function)
        async def opened(*args: object, **kwargs: object) -> object:
            async with self._opening():
                return await function(*args, **kwargs)

        test.obj = opened

    @property
    def _opened(self) -> AsyncDatabase:
        if self._open is None:
            raise UnitOfWorkError(
                "async_database is open while the test itself runs, and not yet in the fixtures: use it in the test"
            )
        return self._open

    @asynccontextmanager
    async def _opening(self) -> AsyncGenerator[None]:
        database = AsyncSqlAlchemyDatabase(self._place.url, self._place.mapping)
        try:
            if self._commits:
                self._open = database
                yield
            else:
                async with database.engine.connect() as connection:
                    outer = await connection.begin()
                    self._open = database.joined(connection)
                    try:
                        yield
                    finally:
                        if outer.is_active:
                            await outer.rollback()
        finally:
            self._open = None
            await database.aclose()
