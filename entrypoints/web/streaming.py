"""Answers of any length in memory that does not grow with them."""

from asyncio import sleep
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Generator, Iterable, Iterator
from contextlib import aclosing, closing
from typing import Final

CHUNK: Final = 65_536
"""Bytes that are sent at once, at least: each time costs as much as making many small pieces."""


def chunks(pieces: Iterable[bytes], *, size: int = CHUNK) -> Generator[bytes]:
    """Join small pieces, such as a line for each entity of a stream, to chunks.

    The first chunk is made at once: what fails before it can still be answered by an error, and not by half a response.

    Args:
        pieces: closed, if it can be, as soon as the chunks are.
        size: the least that a chunk has, but for the last.
    """
    made = _joined(iter(pieces), size)
    first = next(made, b"")
    return _with_first(first, made)


async def chunks_awaited(pieces: AsyncIterable[bytes], *, size: int = CHUNK) -> AsyncGenerator[bytes]:
    """Join small pieces on asyncio; see `chunks`."""
    made = _joined_awaited(aiter(pieces), size)
    first = await anext(made, b"")
    return _with_first_awaited(first, made)


class _Held:
    """Pieces that are not a chunk yet."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._pieces: list[bytes] = []
        self._length = 0

    def with_(self, piece: bytes) -> bytes:
        """Hold one more; what comes back is a chunk, or nothing."""
        self._pieces.append(piece)
        self._length += len(piece)
        return self.taken() if self._length >= self._size else b""

    def taken(self) -> bytes:
        """All that is held, which it is no longer."""
        pieces, self._pieces, self._length = self._pieces, [], 0
        return b"".join(pieces)


def _joined(pieces: Iterator[bytes], size: int) -> Generator[bytes]:
    held = _Held(size)
    try:
        for piece in pieces:
            if chunk := held.with_(piece):
                yield chunk
    finally:
        if isinstance(pieces, Generator):
            pieces.close()
    if rest := held.taken():
        yield rest


def _with_first(first: bytes, made: Generator[bytes]) -> Generator[bytes]:
    with closing(made):
        if first:
            yield first
        yield from made


async def _joined_awaited(pieces: AsyncIterator[bytes], size: int) -> AsyncGenerator[bytes]:
    held = _Held(size)
    try:
        async for piece in pieces:
            if chunk := held.with_(piece):
                yield chunk
    finally:
        if isinstance(pieces, AsyncGenerator):
            await pieces.aclose()
    if rest := held.taken():
        yield rest


async def _with_first_awaited(first: bytes, made: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    async with aclosing(made):
        if first:
            yield first
        async for chunk in made:
            yield chunk
            await sleep(0)  # where nothing ever has to be waited for, nobody would hear that the client has gone
