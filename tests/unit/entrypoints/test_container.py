"""The container wires configuration, database and unit, and a test can give it another database."""

from collections.abc import Iterator

import pytest
from attrs import field
from dependency_injector import containers, errors, providers
from sqlalchemy import Column, Integer, Table
from sqlalchemy.orm import registry

from unitofwork import SqlAlchemyDatabase, UnitOfWork, entity, map_entity, orm_session, repository
from unitofwork.entrypoints.container import Container


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
    @containers.copy(Container)
    class PostContainer(Container):
        registry = providers.Object(mapping)
        unit = providers.Factory(Post, database=Container.database)

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
    with pytest.raises(errors.Error, match=r"config\.database\.url"):
        container_type().database()


def test_an_application_must_name_its_registry() -> None:
    with pytest.raises(errors.Error, match="registry"):
        Container(config={"database": {"url": "sqlite://"}}).database()
