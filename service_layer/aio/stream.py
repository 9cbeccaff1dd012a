"""Streams on asyncio."""

from collections.abc import Callable
from types import TracebackType
from typing import Generic, Self, TypeVar

from unitofwork.service_layer.aio.waiting import Waiting
from unitofwork.service_layer.streams import Stream

T = TypeVar("T")

_NONE_LEFT = object()


class AsyncStream(Generic[T]):
    """The entities that answer a question, one after the other; memory holds a few of them at a time.

    ::

        async with uow.users.stream(order_by="name") as users:
            async for user in users:
                ...

    The question is asked when the first entity is. A loop that is left early, without the block, keeps what the stream
    holds until the transaction ends. All else is as for `Stream`.
    """

    def __init__(self, waiting: Waiting, open: Callable[[], Stream[T]]) -> None:
        self._waiting = waiting
        self._open: Callable[[], Stream[T]] | None = open
        self._stream: Stream[T] | None = None

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T:
        stream = self._stream or await self._opened()
        if stream is None:
            raise StopAsyncIteration
        # Only the first entity of each batch has to be waited for.
        found = next(stream, _NONE_LEFT) if stream.ready else await self._waiting(next, stream, _NONE_LEFT)
        if found is _NONE_LEFT:
            raise StopAsyncIteration
        return found  # type: ignore[return-value]  # mypy does not see that the sentinel was left out

    async def close(self) -> None:
        """Give back what the stream holds; it has no more entities then. Twice is harmless."""
        self._open = None
        if self._stream is not None:
            await self._waiting(self._stream.close)

    async def __aenter__(self) -> Self:
        await self._opened()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def _opened(self) -> Stream[T] | None:
        if self._open is None:
            return None
        stream = self._stream = await self._waiting(self._open)
        stream.closes_when_dropped = False  # nobody could await that
        return stream
