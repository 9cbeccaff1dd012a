"""What a cancellation does not break off."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from contextvars import ContextVar
from operator import methodcaller
from typing import Any, TypeVar

from sqlalchemy.util.concurrency import await_, greenlet_spawn

R = TypeVar("R")

_held_back: ContextVar[list[asyncio.CancelledError] | None] = ContextVar("unitofwork_held_back", default=None)


async def holding_back(operation: Callable[[], R]) -> R:
    """Run a synchronous operation in a greenlet, and be cancelled at its end if `uninterrupted` held that back.

    The cancellation is the one that came, so that a timeout or a group of tasks recognises it as its own.
    """
    held: list[asyncio.CancelledError] = []
    outside = _held_back.set(held)
    try:
        result = await greenlet_spawn(operation)
    finally:
        _held_back.reset(outside)
    if held:
        raise held[0]
    return result


def uninterrupted(operation: Callable[[], R]) -> R:
    """Run an operation to its end, from inside a greenlet, whoever cancels meanwhile; its own error goes before."""
    result, cancelled = await_(_to_its_end(greenlet_spawn(operation)))
    if cancelled is not None:
        held = _held_back.get()
        if held is None:
            raise cancelled
        held.append(cancelled)
    return result


def refuse_cancelled() -> None:
    """Begin nothing more in an operation that was cancelled.

    Raises:
        CancelledError: what was held back.
    """
    if held := _held_back.get():
        raise held[0]


def closed_if_cancelled(
    connect: Callable[..., Awaitable[Any]], close: Callable[[Any], Awaitable[object]] = methodcaller("close")
) -> Callable[..., Awaitable[Any]]:
    """What connects, and closes the connection if nobody waits for it any more."""

    async def connect_or_close(*arguments: Any, **options: Any) -> Any:
        task = asyncio.ensure_future(connect(*arguments, **options))
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            await _to_its_end(_closed(task, close))
            raise

    return connect_or_close


async def _closed(connecting: "asyncio.Future[Any]", close: Callable[[Any], Awaitable[object]]) -> None:
    with suppress(Exception):  # there is nothing to close, or nobody to tell
        await close(await connecting)


async def wait_shortly(future: "asyncio.Future[Any]", seconds: float) -> None:
    """Wait for something, but not for long, and not less for being cancelled."""
    await _to_its_end(asyncio.wait((future,), timeout=seconds))


async def _to_its_end(awaitable: Awaitable[R]) -> tuple[R, asyncio.CancelledError | None]:
    """Wait for the end of something; what it gave, and the cancellation that came meanwhile, or None."""
    task, cancelled = asyncio.ensure_future(awaitable), None
    while not task.done():
        try:
            await asyncio.wait((task,))
        except asyncio.CancelledError as error:
            cancelled = cancelled or error
    return task.result(), cancelled
