"""A unit that a request is given is ended, whatever becomes of the request; and what is refused beforehand."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path
from typing import Annotated, Any

import anyio
import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient
from sqlalchemy.pool import QueuePool

from integration.web.shop import AsyncShop, Shop, Thing, mapping
from unitofwork import AsyncSqlAlchemyDatabase, MemoryDatabase, SqlAlchemyDatabase
from unitofwork.domain.errors import UnitOfWorkError
from unitofwork.entrypoints import fastapi, flask, starlette
from unitofwork.entrypoints.fastapi import chunks, chunks_awaited, opened


@pytest.fixture
def database(tmp_path: Path) -> Iterator[SqlAlchemyDatabase]:
    made = SqlAlchemyDatabase(f"sqlite:///{tmp_path / 'shop.db'}", mapping())
    made.create_schema()
    yield made
    assert pool(made).checkedout() == 0
    made.dispose()


def pool(database: SqlAlchemyDatabase) -> QueuePool:
    found = database.engine.pool
    assert isinstance(found, QueuePool)
    return found


def count(database: SqlAlchemyDatabase) -> int:
    with Shop(database).begin(read_only=True) as uow:
        return uow.things.count()


async def never() -> None:
    await asyncio.Event().wait()


@pytest.mark.parametrize("autocommit", [False, True])
def test_a_cancelled_request_keeps_nothing_and_closes_its_unit(database: SqlAlchemyDatabase, autocommit: bool) -> None:
    async def main() -> None:
        with anyio.move_on_after(0.05) as scope:
            async with opened(Shop(database), autocommit=autocommit) as uow:
                if not autocommit:
                    uow.begin()
                uow.things.add(Thing("anchor"))
                uow.flush()
                assert pool(database).checkedout() == 1
                await never()
        assert scope.cancelled_caught
        assert pool(database).checkedout() == 0

    asyncio.run(main())
    assert count(database) == 0


@pytest.mark.parametrize("autocommit", [False, True])
def test_a_cancelled_request_closes_its_awaited_unit(database: SqlAlchemyDatabase, autocommit: bool) -> None:
    async def main() -> None:
        awaited = AsyncSqlAlchemyDatabase(database.engine.url, mapping())
        with anyio.move_on_after(0.05) as scope:
            async with opened(AsyncShop(awaited), autocommit=autocommit) as uow:
                if not autocommit:
                    uow.begin()
                uow.things.add(Thing("anchor"))
                await uow.flush()
                await never()
        assert scope.cancelled_caught
        assert pool(awaited.sync).checkedout() == 0
        await awaited.aclose()

    asyncio.run(main())
    assert count(database) == 0


def test_a_request_that_is_cancelled_when_all_is_done_is_committed_all_the_same(database: SqlAlchemyDatabase) -> None:
    async def main() -> None:
        with anyio.CancelScope() as scope:
            async with opened(Shop(database), autocommit=True) as uow:
                uow.things.add(Thing("anchor"))
                scope.cancel()

    asyncio.run(main())
    assert count(database) == 1


def test_an_error_is_not_replaced_by_what_closing_does(database: SqlAlchemyDatabase) -> None:
    async def main() -> None:
        async with opened(Shop(database), autocommit=True) as uow:
            uow.things.add(Thing("anchor"))
            raise KeyError

    with pytest.raises(KeyError):
        asyncio.run(main())
    assert count(database) == 0


@pytest.mark.parametrize("move", ["begin", "commit", "rollback", "close"])
def test_a_request_that_commits_lets_nobody_else_end_its_unit(database: SqlAlchemyDatabase, move: str) -> None:
    async def main() -> None:
        async with opened(Shop(database), autocommit=True) as uow:
            getattr(uow, move)()

    with pytest.raises(UnitOfWorkError, match="autocommit=True"):
        asyncio.run(main())


@pytest.mark.parametrize("framework", [fastapi, starlette, flask])
def test_a_commit_after_the_response_cannot_be_asked_for(framework: Any) -> None:
    with pytest.raises(ValueError, match="too late"):
        framework.unit_of_work(lambda: None, autocommit=True, streaming=True)


def test_a_test_has_fastapi_make_other_units() -> None:
    def units() -> Shop:
        raise AssertionError("this is the one in production")

    app = FastAPI()
    unit = fastapi.unit_of_work(units, autocommit=True)

    @app.post("/{name}")
    def create(name: str, uow: Annotated[Shop, unit]) -> None:
        uow.things.add(Thing(name))

    twin = MemoryDatabase(mapping())
    app.dependency_overrides[units] = lambda: Shop(twin)

    async def main() -> int:
        async with AsyncClient(transport=ASGITransport(app), base_url="http://shop") as client:
            return (await client.post("/anchor")).status_code

    assert asyncio.run(main()) == 200
    assert [row["name"] for row in twin.committed(Thing)] == ["anchor"]


# --- chunks ---------------------------------------------------------------------------------------------------------

PIECES = [b"a", b"", b"bc", b"def", b"g"]


async def as_awaited(pieces: list[bytes]) -> AsyncGenerator[bytes]:
    for piece in pieces:
        yield piece


@pytest.mark.parametrize(
    ("pieces", "size", "joined"),
    [
        (PIECES, 3, [b"abc", b"def", b"g"]),
        (PIECES, 100, [b"abcdefg"]),
        (PIECES, 1, [b"a", b"bc", b"def", b"g"]),
        ([], 3, []),
    ],
)
def test_pieces_are_joined_to_chunks(pieces: list[bytes], size: int, joined: list[bytes]) -> None:
    async def awaited() -> list[bytes]:
        return [chunk async for chunk in await chunks_awaited(as_awaited(pieces), size=size)]

    assert list(chunks(iter(pieces), size=size)) == asyncio.run(awaited()) == joined


def test_what_fails_at_first_does_so_before_there_is_a_response() -> None:
    with pytest.raises(ValueError, match="byte"):
        chunks(bytes([1000]) for _ in PIECES)


def test_other_tasks_have_their_turn_between_chunks_that_nobody_has_to_wait_for() -> None:
    async def main() -> int:
        turns = 0

        async def look_around() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        async with asyncio.TaskGroup() as group:
            looking = group.create_task(look_around())
            async for _ in await chunks_awaited(as_awaited([b"x"] * 10), size=1):
                pass
            looking.cancel()
        return turns

    assert asyncio.run(main()) >= 9


def test_chunks_that_are_left_close_what_they_are_made_of() -> None:
    closed = list[str]()

    def pieces() -> Iterator[bytes]:
        try:
            while True:
                yield b"x"
        finally:
            closed.append("plain")

    async def awaited_pieces() -> AsyncGenerator[bytes]:
        try:
            while True:
                yield b"x"
        finally:
            closed.append("awaited")

    async def main() -> None:
        made = await chunks_awaited(awaited_pieces(), size=2)
        assert await anext(made) == b"xx"
        await made.aclose()

    made = chunks(pieces(), size=2)
    assert next(made) == b"xx"
    made.close()
    asyncio.run(main())
    assert closed == ["plain", "awaited"]
