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


def _joined(pieces: Iterator[bytes], size: int) -> Generator[bytes]:
    held: list[bytes] = []
    length = 0
    try:
        for piece in pieces:
            held.append(piece)
            length += len(piece)
            if length >= size:
                yield b"".join(held)
                held, length = [], 0
    finally:
        if isinstance(pieces, Generator):
            pieces.close()
    if held:
        yield b"".join(held)


def _with_first(first: bytes, made: Generator[bytes]) -> Generator[bytes]:
    with closing(made):
        if first:
            yield first
        yield from made


async def _joined_awaited(pieces: AsyncIterator[bytes], size: int) -> AsyncGenerator[bytes]:
    held: list[bytes] = []
    length = 0
    try:
        async for piece in pieces:
            held.append(piece)
            length += len(piece)
            if length >= size:
                yield b"".join(held)
                held, length = [], 0
    finally:
        if isinstance(pieces, AsyncGenerator):
            await pieces.aclose()
    if held:
        yield b"".join(held)


async def _with_first_awaited(first: bytes, made: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    async with aclosing(made):
        if first:
            yield first
        async for chunk in made:
            yield chunk
            await sleep(0)  # where nothing ever has to be waited for, nobody would hear that the client has gone
