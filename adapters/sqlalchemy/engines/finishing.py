"""What a cancellation does not break off."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, TypeVar

R = TypeVar("R")


async def to_its_end(awaitable: Awaitable[R]) -> R:
    """Wait for the end of something, whoever cancels meanwhile, and be cancelled then; an error of its own goes before.

    The cancellation is the one that came, so that a timeout or a group of tasks recognises it as its own.
    """
    task, cancelled = asyncio.ensure_future(awaitable), None
    while not task.done():
        try:
            await asyncio.wait((task,))
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None and not task.cancelled() and task.exception() is None:
        raise cancelled
    return task.result()


def closed_if_cancelled(connect: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """What connects, and closes the connection if nobody waits for it any more."""

    async def connect_or_close(*arguments: Any, **options: Any) -> Any:
        task = asyncio.ensure_future(connect(*arguments, **options))
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            await to_its_end(_closed(task))
            raise

    return connect_or_close


async def _closed(connecting: "asyncio.Future[Any]") -> None:
    with suppress(Exception):  # there is nothing to close, or nobody to tell
        await (await connecting).close()
