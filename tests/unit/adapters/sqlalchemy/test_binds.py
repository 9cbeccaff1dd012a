"""Which database keeps which class and table, and what is refused because two databases cannot act as one."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from attrs import field
from sqlalchemy import Column, ForeignKey, Integer, String, Table, create_engine, inspect
from sqlalchemy.orm import foreign, registry, relationship

from unitofwork import AsyncSqlAlchemyDatabase, SqlAlchemyDatabase, UnitOfWork, entity, map_entity, orm_session
from unitofwork.adapters.orm import outbox_table
from unitofwork.domain.errors import MappingError
from unitofwork.domain.outbox import OutboxBucket, OutboxMessage

ONE, TWO, THREE = "sqlite:///one.db", "sqlite:///two.db", "sqlite:///three.db"
"""Nothing here connects to them."""


class Kept:
    """A base of classes, which is not mapped."""


@entity
class Owner(Kept):
    name: str
    pets: list["Pet"] = field(factory=list)
    id: int | None = None


@entity
class Pet:
    owner: Owner | None = None
    owner_id: int | None = None
    id: int | None = None


@entity
class Tool:
    name: str | None = None
    id: int | None = None


@entity
class Saw(Tool):
    teeth: int = 100


@pytest.fixture
def mapping() -> Iterator[registry]:
    made = registry()
    yield made
    made.dispose()


def owners(mapping: registry) -> Table:
    return Table("owners", mapping.metadata, Column("id", Integer, primary_key=True), Column("name", String(9)))


def pets(mapping: registry, *more: Any) -> Table:
    key = Column("owner_id", Integer, *more)
    return Table("pets", mapping.metadata, Column("id", Integer, primary_key=True), key)


def map_both(mapping: registry, *of_key: Any, **loading: Any) -> None:
    """Map owners and their pets; ``loading`` is of the relationships."""
    o, p = owners(mapping), pets(mapping, *of_key)
    join = foreign(p.c.owner_id) == o.c.id
    map_entity(
        mapping,
        Owner,
        o,
        properties={"pets": relationship(Pet, primaryjoin=join, back_populates="owner", **loading)},
    )
    map_entity(
        mapping,
        Pet,
        p,
        properties={"owner": relationship(Owner, primaryjoin=join, back_populates="pets")},
    )


def open_database(mapping: registry, binds: dict[Any, Any]) -> SqlAlchemyDatabase:
    return SqlAlchemyDatabase(ONE, mapping, binds=binds)


def of(database: SqlAlchemyDatabase, entity_type: type) -> str | None:
    """The database that a class is sent to."""
    with UnitOfWork(database) as uow:
        return orm_session(uow.session).get_bind(entity_type).url.render_as_string()  # type: ignore[union-attr]


def test_what_is_not_bound_is_in_the_first_database(mapping: registry) -> None:
    map_both(mapping)
    database = open_database(mapping, {Pet: TWO})
    assert (of(database, Owner), of(database, Pet)) == (ONE, TWO)


def test_a_base_of_classes_binds_them_all_and_a_class_of_its_own_comes_first(mapping: registry) -> None:
    map_both(mapping)
    assert of(open_database(mapping, {Kept: TWO}), Owner) == TWO
    assert of(open_database(mapping, {Kept: TWO, Owner: THREE}), Owner) == THREE


def test_a_table_binds_its_class(mapping: registry) -> None:
    map_both(mapping)
    assert of(open_database(mapping, {mapping.metadata.tables["pets"]: TWO}), Pet) == TWO


def test_a_class_that_is_mapped_later_is_bound_by_its_base(mapping: registry) -> None:
    database = open_database(mapping, {Kept: TWO})
    o = owners(mapping)
    map_entity(mapping, Owner, o, unmapped=["pets"])
    assert of(database, Owner) == TWO


def test_one_database_given_twice_is_one(mapping: registry) -> None:
    map_both(mapping)
    engine = create_engine(TWO)
    assert len(open_database(mapping, {Pet: ONE, Owner: ONE}).engines) == 1
    assert len(open_database(mapping, {Pet: engine, Owner: engine}).engines) == 2


def test_a_subclass_goes_with_its_parent(mapping: registry) -> None:
    key: tuple[Any, Any] = (
        Column("id", Integer, primary_key=True),
        Column("id", ForeignKey("tools.id"), primary_key=True),
    )
    tools = Table("tools", mapping.metadata, key[0], Column("name", String(9)), Column("kind", String(9)))
    saws = Table("saws", mapping.metadata, key[1], Column("teeth", Integer))
    map_entity(mapping, Tool, tools, polymorphic_on="kind", polymorphic_identity="tool")
    map_entity(mapping, Saw, saws, inherits=Tool, polymorphic_identity="saw")
    assert of(open_database(mapping, {Tool: TWO}), Saw) == TWO
    with pytest.raises(MappingError, match="needs the table tools, which is in another database"):
        open_database(mapping, {Saw: TWO})


def test_a_foreign_key_to_another_database_is_refused(mapping: registry) -> None:
    map_both(mapping, ForeignKey("owners.id"))
    with pytest.raises(MappingError, match=r"pets\.owner_id has a foreign key to owners, which is in another database"):
        open_database(mapping, {Pet: TWO})
    open_database(mapping, {Pet: TWO, Owner: TWO})


@pytest.mark.parametrize("lazy", ["joined", "subquery", False])
def test_a_relationship_that_joins_two_databases_is_refused(mapping: registry, lazy: Any) -> None:
    map_both(mapping, lazy=lazy)
    with pytest.raises(MappingError, match=r"Owner\.pets leads to another database, and SQL cannot join"):
        open_database(mapping, {Pet: TWO})


@pytest.mark.parametrize("lazy", ["select", "selectin", "raise", "write_only"])
def test_a_relationship_that_asks_the_other_database_alone_is_not(mapping: registry, lazy: Any) -> None:
    map_both(mapping, lazy=lazy)
    assert len(open_database(mapping, {Pet: TWO}).engines) == 2


def test_a_table_between_two_databases_is_refused(mapping: registry) -> None:
    o, p = owners(mapping), pets(mapping)
    between = Table("between", mapping.metadata, Column("o", Integer), Column("p", Integer))
    joins: dict[str, Any] = {
        "primaryjoin": o.c.id == foreign(between.c.o),
        "secondaryjoin": p.c.id == foreign(between.c.p),
    }
    map_entity(mapping, Owner, o, properties={"pets": relationship(Pet, secondary=between, **joins)})
    map_entity(mapping, Pet, p, unmapped=["owner"])
    with pytest.raises(MappingError, match=r"Owner\.pets leads to another database, and a table between"):
        open_database(mapping, {Pet: TWO})
    with pytest.raises(MappingError, match="Owner needs the table between"):
        open_database(mapping, {Pet: TWO, Owner: TWO, between: THREE})
    open_database(mapping, {Pet: TWO, Owner: TWO})


def test_what_is_not_of_the_mapping_is_refused(mapping: registry) -> None:
    other = registry()
    map_both(other)
    with pytest.raises(MappingError, match="binds= has Owner, which is mapped by another registry"):
        open_database(mapping, {Owner: TWO})
    with pytest.raises(MappingError, match="binds= has a table pets, which is not of the database's mapping"):
        open_database(mapping, {other.metadata.tables["pets"]: TWO})
    other.dispose()


def test_a_url_that_is_none_is_refused_without_being_shown(mapping: registry) -> None:
    with pytest.raises(ValueError, match="no URL of a database"):
        open_database(mapping, {Kept: "secret"})


@pytest.mark.parametrize("use", [SqlAlchemyDatabase, AsyncSqlAlchemyDatabase])
@pytest.mark.parametrize(
    ("given", "text"),
    [
        (None, "^the URL is None: give one such as sqlite:///accounts.db, .* an environment variable"),
        ("", "^the URL is empty: give one such as"),
        (registry(), "^the URL is of type registry: give a text or a sqlalchemy.URL"),
        (str.upper, "^the URL is of type method_descriptor: call it"),
        ("sqlite://secret.db", "^a file of SQLite has three slashes before it, as in sqlite:///accounts.db,"),
        ("postgresql://sandy:secret@127.0.0.1:abc/pets", "^the port in the URL is no number: write one such as"),
        ("postgresql://localhost:secret/pets", "^the port in the URL is no number: write one such as"),
    ],
    ids=["None", "empty", "registry", "function", "two slashes", "port", "password"],
)
def test_what_is_given_for_a_url_is_told_by_its_kind(use: Any, given: object, text: str, mapping: registry) -> None:
    with pytest.raises(ValueError, match=text) as refused:
        use(given, mapping)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("password", ["secret@secret", "it@secret:secret", "secret/secret@secret"])
def test_a_password_that_is_not_quoted_is_refused_without_being_shown(mapping: registry, password: str) -> None:
    with pytest.raises(ValueError, match="no URL of a database") as refused:
        open_database(mapping, {Kept: f"postgresql://sandy:{password}@localhost/pets"})
    assert "secret" not in str(refused.value)
    assert refused.value.__context__ is None or refused.value.__suppress_context__


def test_all_databases_are_shown_without_their_passwords(mapping: registry) -> None:
    database = open_database(mapping, {Kept: "postgresql://sandy:secret@localhost/pets"})
    assert repr(database) == f"<SqlAlchemyDatabase {ONE}, postgresql+psycopg://sandy:***@localhost/pets>"


# --- this library's own tables --------------------------------------------------------------------------------------


def message() -> OutboxMessage:
    return OutboxMessage(
        id=uuid4(), aggregate="Pet:1", bucket=0, name="fed", version=1, payload="{}", recorded_at=datetime.now(UTC)
    )


@pytest.mark.parametrize("bind", [lambda _: Pet, lambda _: OutboxMessage, lambda outbox: outbox])
def test_the_outbox_is_in_the_first_database_or_where_it_is_bound(
    mapping: registry, tmp_path: Path, bind: Callable[[Table], Any]
) -> None:
    map_both(mapping)
    outbox = outbox_table(mapping.metadata)
    one, two = (f"sqlite:///{tmp_path / name}" for name in ("one", "two"))
    bound = bind(outbox)
    database = SqlAlchemyDatabase(one, mapping, binds={bound: two, OutboxBucket: one})
    database.create_schema()
    place = int(bound is not Pet)
    there = [set(inspect(engine).get_table_names()) for engine in database.engines]
    assert "outbox_messages" in there[place]
    assert "outbox_messages" not in there[1 - place]
    assert "outbox_buckets" in there[0]
    with UnitOfWork(database) as uow:
        uow.repository(OutboxMessage).add(message())
        uow.repository(Owner).add(Owner("sandy"))
        uow.commit()
        assert uow.repository(OutboxMessage).count() == 1
        assert len(orm_session(uow.session).execute(outbox.select()).all()) == 1
    database.warm_up()
    database.drop_schema()
    assert [inspect(engine).get_table_names() for engine in database.engines] == [[], []]
    database.dispose()


def test_a_table_of_the_librarys_that_is_not_attached_is_not_bound(mapping: registry) -> None:
    map_both(mapping)
    other = registry()
    with pytest.raises(MappingError, match="binds= has a table outbox_messages, which is not of the database's"):
        open_database(mapping, {outbox_table(other.metadata): TWO})
    with pytest.raises(MappingError, match="binds= has OutboxMessage, which is mapped by another registry"):
        open_database(mapping, {OutboxMessage: TWO})
