"""The container wires configuration, database and unit, and a test can give it another database."""

import traceback
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from attrs import field
from dependency_injector import containers, providers
from sqlalchemy import Column, Integer, Table
from sqlalchemy.orm import registry

from unitofwork import (
    MemoryDatabase,
    RecordingPublisher,
    SqlAlchemyDatabase,
    UnitOfWork,
    entity,
    map_entity,
    orm_session,
    repository,
)
from unitofwork.domain.errors import InvalidValue
from unitofwork.entrypoints.container import ConfigurationError, Container, ContainerError


@entity
class Parcel:
    weight: int
    id: int | None = field(default=None)


class Post(UnitOfWork):
    parcels = repository(Parcel)


@pytest.fixture(scope="module")
def mapping() -> Iterator[registry]:
    made = registry()
    map_entity(
        made,
        Parcel,
        Table("parcels", made.metadata, Column("id", Integer, primary_key=True), Column("weight", Integer)),
    )
    yield made
    made.dispose()


@pytest.fixture
def container_type(mapping: registry) -> type[Container]:
    class PostContainer(Container):
        registry = providers.Object(mapping)
        unit: providers.Provider[Post] = Container.unit_of(Post)

    return PostContainer


@pytest.fixture
def container(container_type: type[Container]) -> Iterator[Container]:
    made = container_type(config={"database": {"url": "sqlite://"}})
    made.init_resources()
    yield made
    made.shutdown_resources()


def test_the_unit_is_the_application_s_own_and_works(container: Container) -> None:
    container.database().create_schema()
    with container.unit() as uow:
        assert isinstance(uow, Post)
        uow.parcels.add(Parcel(3))
        uow.commit()
    with container.unit() as uow:
        assert isinstance(uow, Post)
        assert uow.parcels.count(weight=3) == 1


def test_each_unit_is_fresh_and_the_database_is_one(container: Container) -> None:
    assert container.unit() is not container.unit()
    assert container.database() is container.database()


def test_shutdown_disposes_of_the_database(container_type: type[Container], monkeypatch: pytest.MonkeyPatch) -> None:
    disposed: list[SqlAlchemyDatabase] = []
    dispose = SqlAlchemyDatabase.dispose

    def note(database: SqlAlchemyDatabase) -> None:
        disposed.append(database)
        dispose(database)

    monkeypatch.setattr(SqlAlchemyDatabase, "dispose", note)
    container = container_type(config={"database": {"url": "sqlite://"}})
    database = container.database()
    container.shutdown_resources()
    assert disposed == [database]


def test_a_test_gives_another_database_by_constructor_and_no_engine_is_made(
    container_type: type[Container], mapping: registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = SqlAlchemyDatabase("sqlite://", mapping)
    monkeypatch.setattr("unitofwork.adapters.sqlalchemy.engines.create", lambda _: pytest.fail("an engine was made"))
    container = container_type(database=providers.Object(other))
    with container.unit() as uow:
        assert orm_session(uow.session).bind is other.engine
    other.dispose()


def test_the_configuration_must_say_where_the_data_is(container_type: type[Container]) -> None:
    with pytest.raises(ConfigurationError, match=r"no database\.url: give"):
        container_type().database()


def test_an_application_must_name_its_registry() -> None:
    class Nameless(Container):
        pass

    container = Nameless(config={"database": {"url": "sqlite://"}})
    for use in (container.init_resources, container.self_check, container.database):
        with pytest.raises(ContainerError, match=r"registry: Nameless names none: name it there, as in registry = "):
            use()


def test_a_password_is_not_told_where_the_database_cannot_be_opened(container_type: type[Container]) -> None:
    for url in ("nothing://somebody:hunter2@localhost/shop", "hunter2", "postgresql://somebody:hunter2@host:port/shop"):
        with pytest.raises(ConfigurationError, match=r"config\.database: ") as raised:
            container_type(config={"database": {"url": url}}).database()
        assert "hunter2" not in "".join(traceback.format_exception(raised.value))


def test_tables_are_bound_to_other_databases_by_name(container_type: type[Container]) -> None:
    database = {"url": "sqlite://", "binds": {"parcels": "sqlite:///:memory:"}, "pool_timeout": "3"}
    container = container_type(config={"database": database})
    assert len(container.database().engines) == 2
    assert container.database().options.pool_timeout == 3
    container.shutdown_resources()


def test_a_table_that_there_is_not_cannot_be_bound(container_type: type[Container]) -> None:
    database = {"url": "sqlite://", "binds": {"letters": "sqlite:///:memory:"}}
    with pytest.raises(ConfigurationError, match=r"binds names a table letters, and the mapping has parcels"):
        container_type(config={"database": database}).database()


def test_a_configuration_of_its_own_is_wired_in_a_subclass_of_a_subclass(container_type: type[Container]) -> None:
    class InMemory(container_type):  # type: ignore[valid-type, misc]  # a class that the fixture has made
        config = providers.Configuration(strict=True, default={"database": {"url": "sqlite://", "lock_timeout": 1}})

    container = InMemory()
    container.init_resources()
    assert container.database().options.lock_timeout == 1
    container.shutdown_resources()


@pytest.mark.parametrize("decorate", [lambda made: made, containers.copy(Container)], ids=["alone", "copied"])
def test_what_a_subclass_names_is_what_it_inherits_and_what_a_test_overrides(
    mapping: registry, decorate: Callable[[type[Container]], type[Container]]
) -> None:
    """The library's own inheritance would make two publishers, and a test would override one of them."""

    @decorate
    class Named(Container):
        registry = providers.Object(mapping)
        unit: providers.Provider[Post] = Container.unit_of(Post)
        publisher = providers.Singleton(RecordingPublisher)
        told: providers.Provider[list[object]] = providers.Factory(
            list, providers.List(Container.relay.provider, Container.publisher)
        )

    made = Named(config={"database": {"url": "sqlite://"}})
    assert made.told() == [made.relay, made.publisher()]
    container: Any = made
    assert container.relay.args[1] is container.publisher
    assert container.unit.kwargs["database"] is container.database
    assert container.unit.kwargs["outbox"] is container.outbox
    assert container.keeping.args[0].provides is container.database.args[1] is container.registry
    assert container.database.args[0] is container.config
    assert Named.publisher is not Container.publisher
    assert Container.publisher() is None


def test_units_are_made_with_what_else_they_are_given(mapping: registry) -> None:
    class Strict(Container):
        registry = providers.Object(mapping)
        secret = providers.Object(b"0123456789abcdef")
        unit: providers.Provider[Post] = Container.unit_of(Post, cursor_secret=secret, expire_on_commit=True)

    container = Strict(database=providers.Object(MemoryDatabase(mapping)))
    with container.unit() as uow:
        uow.parcels.insert_many([{"weight": weight} for weight in range(3)])
        uow.commit()
        sealed = uow.parcels.page(size=2).next
        assert sealed is not None
        assert uow.parcels.page(size=2, after=sealed).items[0].weight == 2
    with Post(container.database()) as uow, pytest.raises(InvalidValue, match="that is no cursor"):
        uow.parcels.page(size=2, after=sealed)
