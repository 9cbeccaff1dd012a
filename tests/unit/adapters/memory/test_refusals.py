"""What SQLAlchemy lets one map, and run beside the repositories: the twin follows it, or refuses it by its name."""

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import attrs
import pytest
from sqlalchemy import (
    CheckConstraint,
    Column,
    Computed,
    FetchedValue,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Sequence,
    String,
    Table,
    and_,
    case,
    column,
    delete,
    func,
    insert,
    inspect,
    or_,
    select,
    text,
    union,
    update,
)
from sqlalchemy.dialects import mysql, postgresql
from sqlalchemy.orm import (
    Session,
    aliased,
    column_property,
    foreign,
    joinedload,
    object_session,
    registry,
    relationship,
)
from sqlalchemy.orm.collections import attribute_keyed_dict
from sqlalchemy.schema import CreateTable

from unitofwork import MemoryDatabase, UnitOfWork, entity, map_entity
from unitofwork.domain.errors import MappingError, UnsupportedQuery


@entity
class Item:
    title: str
    user_id: int | None = None
    place: int | None = None
    id: int | None = None


@entity
class User:
    name: str
    age: int | None = None
    items: list[Item] = attrs.field(factory=list[Item])
    id: int | None = None


@attrs.frozen
class Town:
    """What relationships are made of."""

    users: Table
    items: Table
    links: Table


Relate: TypeAlias = Callable[[Town], Any]


@pytest.fixture
def mapping() -> Iterator[registry]:
    made = registry()
    yield made
    made.dispose()


def town(mapping: registry) -> Town:
    users = Table(
        "users",
        mapping.metadata,
        Column("id", Integer, primary_key=True),
        Column("name", String(30)),
        Column("age", Integer),
    )
    items = Table(
        "items",
        mapping.metadata,
        Column("id", Integer, primary_key=True),
        Column("user_id", ForeignKey("users.id", ondelete="CASCADE")),
        Column("title", String(30)),
        Column("place", Integer),
    )
    links = Table(
        "links",
        mapping.metadata,
        Column("user_id", ForeignKey("users.id"), primary_key=True),
        Column("item_id", ForeignKey("items.id"), primary_key=True),
    )
    return Town(users, items, links)


def opened(mapping: registry, relate: Relate = lambda _: relationship(Item)) -> MemoryDatabase:
    tables = town(mapping)
    map_entity(mapping, Item, tables.items)
    map_entity(mapping, User, tables.users, properties={"items": relate(tables)})
    return MemoryDatabase(mapping)


def titles(database: MemoryDatabase) -> list[list[str]]:
    """Of the items of two users, of whom the first has the items b and a."""
    with UnitOfWork(database) as uow:
        sandy, bob = User("sandy", 7), User("bob", 1)
        uow.repository(User).add_all([sandy, bob])
        uow.flush()
        uow.repository(Item).add_all([Item("b", sandy.id, 2), Item("a", sandy.id, 1)])
        uow.commit()
    with UnitOfWork(database) as uow:
        return [[item.title for item in user.items] for user in uow.repository(User).find(order_by="id")]


def by_id(**options: Any) -> Relate:
    return lambda tables: relationship(Item, order_by=tables.items.columns.id, **options)


def joined_by(condition: Relate) -> Relate:
    return lambda tables: relationship(
        Item, primaryjoin=condition(tables), viewonly=True, order_by=tables.items.columns.id
    )


def own(tables: Town) -> Any:
    return tables.users.columns.id == tables.items.columns.user_id


FOLLOWED: dict[str, tuple[Relate, list[list[str]]]] = {
    **{
        f"{name}={value!r}": (by_id(**{name: value}), [["b", "a"], []])
        for name, value in [
            *(("lazy", each) for each in ("select", "joined", "subquery", "selectin", "immediate", True, False)),
            ("viewonly", True),
            ("post_update", True),
            ("single_parent", True),
            ("cascade", "all, delete-orphan"),
            ("passive_deletes", True),
            ("passive_deletes", "all"),
            ("passive_updates", False),
            ("active_history", True),
            ("join_depth", 2),
            ("load_on_pending", True),
            ("omit_join", False),
            ("distinct_target_key", True),
            ("enable_typechecks", False),
            ("innerjoin", True),
            ("backref", "owner"),
        ]
    },
    "order_by descending": (lambda t: relationship(Item, order_by=t.items.columns.id.desc()), [["a", "b"], []]),
    "order_by of two": (
        lambda t: relationship(Item, order_by=list(t.items.c)[::-1]),
        [["a", "b"], []],
    ),
    "remote_side": (lambda t: by_id(remote_side=[t.items.columns.user_id])(t), [["b", "a"], []]),
    "foreign_keys": (lambda t: by_id(foreign_keys=[t.items.columns.user_id])(t), [["b", "a"], []]),
    "primaryjoin with a constant": (joined_by(lambda t: and_(own(t), t.items.columns.title == "a")), [["a"], []]),
    "primaryjoin with a function": (
        joined_by(lambda t: and_(own(t), func.upper(t.items.columns.title) == "A")),
        [["a"], []],
    ),
    "primaryjoin by inequality": (
        joined_by(lambda t: foreign(t.items.columns.place) < t.users.columns.age),
        [["b", "a"], []],
    ),
    "primaryjoin by either": (
        joined_by(lambda t: or_(own(t), t.users.columns.age == foreign(t.items.columns.place))),
        [["b", "a"], ["a"]],
    ),
    "primaryjoin by LIKE": (
        joined_by(lambda t: t.users.columns.name.like("%" + foreign(t.items.columns.title) + "%")),
        [["a"], ["b"]],
    ),
    "secondary": (lambda t: by_id(secondary=t.links, viewonly=True)(t), [[], []]),
}


@pytest.mark.parametrize(("relate", "found"), FOLLOWED.values(), ids=FOLLOWED.keys())
def test_a_relationship_is_followed(mapping: registry, relate: Relate, found: list[list[str]]) -> None:
    assert titles(opened(mapping, relate)) == found


def _to_alias(tables: Town) -> Any:
    chosen = select(tables.items).where(tables.items.columns.place == 1).subquery()
    return relationship(
        aliased(Item, chosen), primaryjoin=tables.users.columns.id == chosen.columns.user_id, viewonly=True
    )


def _through_join(tables: Town) -> Any:
    links = tables.links.columns
    return relationship(
        Item,
        secondary=tables.links.join(tables.items.alias("others"), links.item_id == column("x")),
        primaryjoin=tables.users.columns.id == links.user_id,
        secondaryjoin=links.item_id == tables.items.columns.id,
        viewonly=True,
    )


REFUSED_RELATIONSHIPS: dict[str, tuple[Relate, str]] = {
    **{
        f"lazy={lazy!r}": (by_id(lazy=lazy), f"User.items is loaded by lazy='{lazy}'")
        for lazy in ("dynamic", "write_only")
    },
    "innerjoin of what may be empty": (
        by_id(lazy="joined", innerjoin=True),
        "User.items is joined with innerjoin=True",
    ),
    "order_by a function": (
        lambda t: relationship(Item, order_by=func.lower(t.items.columns.title)),
        "User.items cannot be followed in memory: its order is by lower",
    ),
    "secondary that is a join": (_through_join, "User.items cannot be followed in memory: it goes through something"),
    "an aliased class": (_to_alias, "User.items relates to an aliased class"),
    "primaryjoin with a window": (
        joined_by(lambda t: and_(own(t), func.row_number().over() == 1)),
        "User.items cannot be followed in memory: the construct Over",
    ),
    "primaryjoin by an operator of PostgreSQL's": (
        joined_by(lambda t: t.users.columns.name.op("@@@", is_comparison=True)(foreign(t.items.columns.title))),
        "User.items cannot be followed in memory: the operator @@@",
    ),
}


@pytest.mark.parametrize(("relate", "named"), REFUSED_RELATIONSHIPS.values(), ids=REFUSED_RELATIONSHIPS.keys())
def test_a_relationship_is_refused_by_its_name(mapping: registry, relate: Relate, named: str) -> None:
    with pytest.raises(MappingError) as caught:
        opened(mapping, relate)
    assert named in str(caught.value)


def test_what_was_added_since_the_last_database_is_looked_at_too(mapping: registry) -> None:
    opened(mapping)
    inspect(User).add_property("others", relationship(Item, lazy="write_only", overlaps="items"))
    with pytest.raises(MappingError, match=r"User\.others is loaded by lazy='write_only'"):
        MemoryDatabase(mapping)


def test_members_may_be_kept_by_name(mapping: registry) -> None:
    tables = town(mapping)
    map_entity(mapping, Item, tables.items)

    @entity
    class Owner:
        name: str
        items: dict[str, Item] = attrs.field(factory=dict[str, Item])
        id: int | None = None

    to_items = relationship(Item, collection_class=attribute_keyed_dict("title"))
    map_entity(mapping, Owner, tables.users, properties={"items": to_items}, exclude_properties=["age"])
    database = MemoryDatabase(mapping)
    with UnitOfWork(database) as uow:
        uow.repository(Owner).add(Owner("sandy", {"a": Item("a")}))
        uow.commit()
    with UnitOfWork(database) as uow:
        assert uow.repository(Owner).find_one().items["a"].title == "a"


@entity
class Thing:
    name: str
    value: Any = attrs.field(init=False, default=None)
    id: int | None = None


def things(mapping: registry, *more: Any, **options: Any) -> Table:
    key, name = Column("id", Integer, primary_key=True), Column("name", String(30))
    return Table("things", mapping.metadata, key, name, *more, **options)


REFUSED_TABLES: dict[str, tuple[Callable[[], list[Any]], dict[str, str], str]] = {
    "a partitioned table": (
        lambda: [],
        {"postgresql_partition_by": "RANGE (id)"},
        "things has postgresql_part",
    ),
    "a table that inherits": (lambda: [], {"postgresql_inherits": "others"}, "things has postgresql_inherits"),
    "a default that the database alone knows": (
        lambda: [Column("value", Integer, FetchedValue())],
        {},
        "the server default of things.value is a FetchedValue",
    ),
    "a random default": (
        lambda: [Column("value", Integer, server_default=func.random())],
        {},
        "the server default of value of things cannot be evaluated in memory",
    ),
    "a computed column": (
        lambda: [Column("value", String, Computed("md5(name)"))],
        {},
        "the computed column value of things cannot be evaluated in memory",
    ),
    "a check of a function": (
        lambda: [Column("value", Integer), CheckConstraint("no_such(name)", name="odd")],
        {},
        "the check odd of things cannot be evaluated in memory: the function no_such",
    ),
    "a check of a subquery": (
        lambda: [Column("value", Integer), CheckConstraint("name IN (SELECT 'x')", name="odd")],
        {},
        "the check odd of things cannot be evaluated in memory",
    ),
    "a unique index of a function": (
        lambda: [Column("value", Integer), Index("odd", text("no_such(name)"), unique=True)],
        {},
        "the index odd of things cannot be evaluated in memory: the function no_such",
    ),
    "an exclusion of ranges": (
        lambda: [Column("value", Integer), postgresql.ExcludeConstraint((column("value"), "&&"), name="odd")],
        {},
        "the exclusion constraint odd of things has the operator &&",
    ),
    "a foreign key that matches in full": (
        lambda: [
            Column("value", Integer),
            Column("other", Integer),
            ForeignKeyConstraint(["value", "other"], ["pairs.one", "pairs.two"], match="FULL", name="odd"),
        ],
        {},
        "the foreign key odd of things is MATCH FULL",
    ),
    "a type of another database": (lambda: [Column("value", mysql.YEAR())], {}, "things.value is of the type YEAR"),
    "a type that is not kept": (lambda: [Column("value", postgresql.HSTORE)], {}, "things.value is of the type HSTORE"),
}


@pytest.mark.parametrize(("more", "options", "named"), REFUSED_TABLES.values(), ids=REFUSED_TABLES.keys())
def test_a_table_is_refused_by_its_name(
    mapping: registry, more: Callable[[], list[Any]], options: dict[str, str], named: str
) -> None:
    Table("pairs", mapping.metadata, *(Column(name, Integer, primary_key=True) for name in ("one", "two")))
    table = things(mapping, *more(), **options)
    unmapped = [name for name in ("value",) if name not in table.columns]
    map_entity(mapping, Thing, table, unmapped=unmapped, exclude_properties=["other"])
    with pytest.raises(MappingError) as caught:
        MemoryDatabase(mapping)
    assert named in str(caught.value)


def test_a_class_that_is_mapped_to_a_question_is_refused(mapping: registry) -> None:
    chosen = select(things(mapping, Column("value", Integer))).subquery()
    map_entity(mapping, Thing, chosen, primary_key=[chosen.columns.id])
    with pytest.raises(MappingError, match="Thing is mapped to something else than a table"):
        MemoryDatabase(mapping)


def test_a_discriminator_that_cannot_be_evaluated_is_refused(mapping: registry) -> None:
    table = things(mapping, Column("value", String))
    kind = case((func.md5(table.columns.name) == "x", "x"), else_="thing")
    map_entity(mapping, Thing, table, polymorphic_on=kind, polymorphic_identity="thing")
    with pytest.raises(MappingError, match=r"Thing is told from others by .*: the function md5"):
        MemoryDatabase(mapping)


def test_the_next_value_of_a_sequence_is_refused_where_it_is_read(mapping: registry) -> None:
    numbers = Sequence("numbers", metadata=mapping.metadata)
    map_entity(mapping, Thing, things(mapping), properties={"value": column_property(numbers.next_value().label("v"))})
    with pytest.raises(MappingError, match=r"Thing\.value .* the construct next_value"):
        MemoryDatabase(mapping)


# What is run on SQLAlchemy's session itself

STATEMENTS: dict[str, tuple[Callable[[Session, User], object], str]] = {
    "select": (lambda session, _: session.execute(select(User)), "Select"),
    "scalars": (lambda session, _: session.scalars(select(User)), "Select"),
    "scalar": (lambda session, _: session.scalar(select(func.count()).select_from(User)), "Select"),
    "text": (lambda session, _: session.execute(text("SELECT 1")), "TextClause"),
    "union": (lambda session, _: session.execute(union(select(User), select(User))), "CompoundSelect"),
    "insert": (lambda session, _: session.execute(insert(User).values(name="x")), "Insert"),
    "insert of many": (lambda session, _: session.execute(insert(User), [{"name": "x"}]), "Insert"),
    "insert, returning": (
        lambda session, _: session.scalars(insert(User).returning(User), [{"name": "x"}]),
        "Insert",
    ),
    "insert on conflict": (
        lambda session, _: session.execute(postgresql.insert(User).values(name="x").on_conflict_do_nothing()),
        "Insert",
    ),
    "update": (lambda session, _: session.execute(update(User).values(name="x")), "Update"),
    "update of many": (lambda session, user: session.execute(update(User), [{"id": user.id}]), "Update"),
    "delete": (lambda session, _: session.execute(delete(User)), "Delete"),
    "query": (lambda session, _: session.query(User).all(), "Select"),
    "query.update": (lambda session, _: session.query(User).update({"name": "x"}), "Update"),
    "query.delete": (lambda session, _: session.query(User).delete(), "Delete"),
    "get with options": (
        lambda session, user: session.get(User, user.id, options=[joinedload("*")], populate_existing=True),
        "Select",
    ),
    "function": (lambda session, _: session.execute(func.now()), "now"),
    "data definition": (lambda session, _: session.execute(CreateTable(User.__table__)), "CreateTable"),  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]  # set by the mapping
    "connection": (lambda session, _: session.connection().execute(select(1)), "Select"),
    "connection.scalar": (lambda session, _: session.connection().scalar(select(1)), "Select"),
    "connection.scalars": (lambda session, _: session.connection().scalars(select(1)), "Select"),
    "SQL of the driver": (lambda session, _: session.connection().exec_driver_sql("SELECT 1"), "SQL"),
}


@pytest.mark.parametrize(("run", "named"), STATEMENTS.values(), ids=STATEMENTS.keys())
def test_a_statement_beside_the_repositories_is_refused_by_its_name(
    mapping: registry, run: Callable[[Session, User], object], named: str
) -> None:
    with UnitOfWork(opened(mapping)) as uow:
        user = User("sandy")
        uow.repository(User).add(user)
        uow.flush()
        session = object_session(user)
        assert session is not None
        with pytest.raises(UnsupportedQuery, match=rf"^the twin runs no {named}\b"):
            run(session, user)
        uow.rollback()
        assert uow.repository(User).count() == 0


def test_a_value_that_sql_would_compute_is_refused_by_its_name(mapping: registry) -> None:
    with UnitOfWork(opened(mapping)) as uow:
        highest: Any = select(func.max(column("x"))).scalar_subquery()
        uow.repository(User).add(User("sandy", highest))
        with pytest.raises(UnsupportedQuery, match=r"users\.age is set to what the twin cannot evaluate"):
            uow.flush()
