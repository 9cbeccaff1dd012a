"""On asyncio the container gives units, not futures, and closes the database where that is awaited."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from dependency_injector import containers, providers
from sqlalchemy import Column, Integer, Table
from sqlalchemy.orm import registry

from unitofwork import (
    AsyncSqlAlchemyDatabase,
    AsyncUnitOfWork,
    Command,
    Handlers,
    MemoryDatabase,
    UnitOfWork,
    awaited,
    entity,
    map_entity,
    repository,
    value,
)
from unitofwork.entrypoints.container import AsyncContainer, ConfigurationError, Container, ContainerError


@entity
class Parcel:
    weight: int
    id: int | None = None


class Post(UnitOfWork):
    parcels = repository(Parcel)


class AsyncPost(AsyncUnitOfWork[Post]):
    parcels = awaited(Post.parcels)


@value
class Weigh(Command[int]):
    weight: int


def handlers() -> Handlers:
    made = Handlers()

    @made.command
    async def weigh(command: Weigh, uow: AsyncPost) -> int:
        await uow.parcels.insert_many([{"weight": command.weight}])
        return await uow.parcels.count()

    return made


@pytest.fixture(scope="module")
def mapping() -> Iterator[registry]:
    made = registry()
    columns = Column("id", Integer, primary_key=True), Column("weight", Integer)
    map_entity(made, Parcel, Table("parcels", made.metadata, *columns))
    yield made
    made.dispose()


@pytest.fixture
def container_type(mapping: registry) -> type[AsyncContainer]:
    class PostContainer(AsyncContainer):
        registry = providers.Object(mapping)
        unit: providers.Provider[AsyncPost] = AsyncContainer.unit_of(AsyncPost)
        handlers = providers.Singleton(handlers)

    return PostContainer


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> list[AsyncSqlAlchemyDatabase]:
    """The databases that were closed."""
    noted: list[AsyncSqlAlchemyDatabase] = []
    close = AsyncSqlAlchemyDatabase.aclose

    async def note(database: AsyncSqlAlchemyDatabase) -> None:
        await close(database)
        noted.append(database)

    monkeypatch.setattr(AsyncSqlAlchemyDatabase, "aclose", note)
    return noted


def test_units_are_used_and_the_database_is_closed(
    container_type: type[AsyncContainer], closed: list[AsyncSqlAlchemyDatabase], tmp_path: Path
) -> None:
    async def main() -> None:
        container = container_type(config={"database": {"url": f"sqlite:///{tmp_path / 'post.db'}"}})
        assert container.init_resources() is None
        database = container.database()
        await database.create_schema()
        async with container.unit() as uow:
            uow.parcels.add(Parcel(3))
            await uow.commit()
            assert await uow.parcels.count() == 1
        assert await container.bus().handle(Weigh(4)) == 2
        await container.shutdown_resources()
        assert closed == [database]
        assert not container.database.initialized  # type: ignore[attr-defined]  # of a resource
        await container.shutdown_resources()  # twice is harmless
        assert closed == [database]

    asyncio.run(main())


def test_resources_that_use_the_database_are_closed_before_it(
    container_type: type[AsyncContainer], closed: list[AsyncSqlAlchemyDatabase]
) -> None:
    seen: list[list[AsyncSqlAlchemyDatabase]] = []

    async def watching(database: AsyncSqlAlchemyDatabase) -> AsyncIterator[None]:
        assert isinstance(database, AsyncSqlAlchemyDatabase)
        yield
        seen.append(closed.copy())

    class Watched(container_type):  # type: ignore[valid-type, misc]  # a class that the fixture has made
        watch = providers.Resource(watching, AsyncContainer.database)

    async def main() -> None:
        container = Watched(config={"database": {"url": "sqlite://"}})
        opening = container.init_resources()
        assert opening is not None
        await opening
        await container.shutdown_resources()
        assert seen == [[]]
        assert len(closed) == 1

    asyncio.run(main())


def test_a_database_that_was_given_is_left_open_and_no_engine_is_made(
    container_type: type[AsyncContainer],
    mapping: registry,
    closed: list[AsyncSqlAlchemyDatabase],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def main() -> None:
        given = AsyncSqlAlchemyDatabase("sqlite://", mapping)
        monkeypatch.setattr(
            "unitofwork.adapters.sqlalchemy.engines.create", lambda *_: pytest.fail("an engine was made")
        )
        container = container_type(database=providers.Object(given))
        container.init_resources()
        assert container.database() is given
        await container.shutdown_resources()
        assert closed == []
        await given.aclose()

    asyncio.run(main())


def test_the_twin_is_given_by_constructor(container_type: type[AsyncContainer], mapping: registry) -> None:
    async def main() -> None:
        container = container_type(database=providers.Object(MemoryDatabase(mapping)))
        assert await container.bus().handle(Weigh(4)) == 1
        await container.shutdown_resources()

    asyncio.run(main())


def test_what_is_wrong_is_told_as_without_asyncio(container_type: type[AsyncContainer]) -> None:
    with pytest.raises(ConfigurationError, match=r"config\.database: sqlite by pysqlite is not for asyncio"):
        container_type(config={"database": {"url": "sqlite+pysqlite://"}}).database()
    with pytest.raises(ContainerError, match="bus: there are no handlers"):
        container_type(config={"database": {"url": "sqlite://"}}, handlers=None).bus()


def test_an_asynchronous_resource_would_turn_units_into_futures(mapping: registry) -> None:
    """Why the database is none: should this fail, dependency-injector has found another way."""

    async def open_database() -> AsyncIterator[AsyncSqlAlchemyDatabase]:
        database = AsyncSqlAlchemyDatabase("sqlite://", mapping)
        yield database
        await database.aclose()

    class Trap(containers.DeclarativeContainer):
        database = providers.Resource(open_database)
        unit = providers.Factory(AsyncPost, database=database)

    async def main() -> None:
        container = Trap()
        unit = container.unit()
        assert isinstance(unit, asyncio.Future)
        await unit
        shutting_down = container.shutdown_resources()
        assert shutting_down is not None
        await shutting_down

    asyncio.run(main())


def test_both_kinds_have_the_same_providers_but_for_relays() -> None:
    assert Container.providers.keys() - AsyncContainer.providers.keys() == {"publisher", "news", "relay"}
    assert AsyncContainer.providers.keys() < Container.providers.keys()
