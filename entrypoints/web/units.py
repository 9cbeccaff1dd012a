"""A unit of work for one request: begun if the request commits by itself, and closed in the end in any case."""

from collections.abc import AsyncGenerator, Generator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from typing import Any, Final, TypeVar

from unitofwork.service_layer.aio import AsyncUnitOfWork
from unitofwork.service_layer.unit_of_work import UnitOfWork

U = TypeVar("U", bound=UnitOfWork)
A = TypeVar("A", bound=AsyncUnitOfWork[Any])

RESERVED: Final = (
    "with autocommit=True the unit of work is begun before the endpoint is called, and committed and closed after it:"
    " leave that out for services that do so themselves"
)
"""Why an endpoint may not."""

STREAMING_COMMITS: Final = "a unit that lives as long as its response commits too late to be told of: commit by hand"


@contextmanager
def serving(unit: U, *, autocommit: bool) -> Generator[U]:
    """Give a unit to one request.

    Args:
        unit: has not begun.
        autocommit: begin it, and commit it at the end of the block, unless that is left by an exception.
    """
    with ExitStack() as closing:
        closing.push(unit)
        if not autocommit:
            yield unit
            return
        with unit.begin().life.reserve(RESERVED):
            yield unit
        unit.commit()


@asynccontextmanager
async def serving_awaited(unit: A, *, autocommit: bool) -> AsyncGenerator[A]:
    """Give a unit to one request on asyncio; see `serving`."""
    async with AsyncExitStack() as closing:
        closing.push_async_exit(unit)
        if not autocommit:
            yield unit
            return
        with unit.begin().unit.life.reserve(RESERVED):
            yield unit
        await unit.commit()
