"""When the values of mapped attributes are checked: when entities are sent, and when they are compared."""

import pickle
from collections.abc import Iterator

import pytest
from sqlalchemy import Column, ForeignKey, Integer, String, Table, create_engine, func, null, select, types
from sqlalchemy.engine import url
from sqlalchemy.orm import ColumnProperty, Session, column_property, registry

from unitofwork.adapters.orm.mapping import map_entity
from unitofwork.adapters.orm.values import check_operand, checks
from unitofwork.domain.entity import entity
from unitofwork.domain.errors import InvalidValue, ValueOutOfRange, ValueTooLong, WrongType

POSTGRESQL, SQLITE = (url.make_url(f"{name}://").get_dialect()() for name in ("postgresql", "sqlite"))


@entity
class Item:
    name: str | None
    number: int | None = None
    small: int | None = None
    extra: object = None
    id: int | None = None


@entity
class Part(Item):
    size: int | None = None


@pytest.fixture(scope="module")
def mapping() -> Iterator[registry]:
    mapping = registry()
    items = Table(
        "items",
        mapping.metadata,
        Column("id", Integer, primary_key=True),
        Column("kind", String(10)),
        Column("item_name", String(5), key="name"),
        Column("number", Integer),
        Column("small", types.SmallInteger),
        Column("extra", types.PickleType),
    )
    parts = Table(
        "parts", mapping.metadata, Column("id", ForeignKey("items.id"), primary_key=True), Column("size", Integer)
    )
    map_entity(
        mapping,
        Item,
        items,
        polymorphic_on=items.c.kind,
        polymorphic_identity="item",
        properties={"double": column_property(items.c.number * 2)},
    )
    map_entity(mapping, Part, parts, inherits=Item, polymorphic_identity="part")
    yield mapping
    mapping.dispose()


@pytest.fixture
def session(mapping: registry) -> Iterator[Session]:
    engine = create_engine("sqlite://")
    mapping.metadata.create_all(engine)
    with Session(engine) as session:
        yield session
    engine.dispose()


def test_a_new_entity_with_a_value_that_does_not_fit_is_not_sent(session: Session) -> None:
    session.add(Item("sandy squirrel"))
    with pytest.raises(ValueTooLong) as refused:
        session.flush()
    error = refused.value
    assert str(error) == "Item.name takes at most 5 characters"
    assert (error.entity_type, error.table, error.columns) == (Item, "items", ("item_name",))
    session.rollback()
    assert session.scalars(select(Item)).all() == []


def test_the_error_can_be_pickled(session: Session) -> None:
    session.add(Item("sandy squirrel"))
    with pytest.raises(ValueTooLong) as refused:
        session.flush()
    copy = pickle.loads(pickle.dumps(refused.value))
    assert (str(copy), copy.columns) == (str(refused.value), refused.value.columns)


def test_a_changed_value_that_does_not_fit_is_not_sent(session: Session) -> None:
    item = Item("sandy")
    session.add(item)
    session.commit()
    item.number = 2**40
    with pytest.raises(ValueOutOfRange, match=r"Item\.number takes integers of 32 bits"):
        session.flush()
    session.rollback()
    assert item.number is None


def test_a_value_that_was_not_changed_is_not_checked(session: Session) -> None:
    """Rows written by others must not keep an entity from being changed."""
    session.execute(Item.__table__.insert().values(kind="item", name="too long a name"))  # type: ignore[attr-defined]
    item = session.scalars(select(Item)).one()
    item.number = 1
    session.commit()


def test_none_and_sql_expressions_pass(session: Session) -> None:
    item = Item("sandy")
    session.add(item)
    session.flush()
    item.name, item.number, item.small = None, func.length("abc"), null()  # type: ignore[assignment]
    session.commit()
    assert (item.name, item.number, item.small) == (None, 3, None)


def test_attributes_of_every_table_of_an_entity_are_checked(session: Session) -> None:
    for broken in (Part("sandy squirrel"), Part("sandy", size=2**40)):
        session.add(broken)
        with pytest.raises(InvalidValue) as refused:
            session.flush()
        assert refused.value.entity_type is Part
        session.rollback()
    part = Part("sandy", size=1)
    session.add(part)
    session.flush()
    part.size = 2**40
    with pytest.raises(ValueOutOfRange, match=r"Part\.size"):
        session.flush()


def test_checks_are_made_once_for_a_mapper_and_a_kind_of_database(mapping: registry) -> None:
    mapper = next(mapper for mapper in mapping.mappers if mapper.class_ is Item)
    assert checks(mapper, SQLITE) is checks(mapper, url.make_url("sqlite://").get_dialect()())
    assert checks(mapper, SQLITE) is not checks(mapper, POSTGRESQL)
    assert set(checks(mapper, SQLITE)) == {"id", "kind", "name", "number", "small"}


def test_an_operand_is_checked_by_its_attribute(mapping: registry) -> None:
    mapper = next(mapper for mapper in mapping.mappers if mapper.class_ is Item)
    number, double = mapper.get_property("number"), mapper.get_property("double")
    assert isinstance(number, ColumnProperty)
    assert isinstance(double, ColumnProperty)
    for fitting in (1, 2**40, None, func.length("abc"), Item.number):
        check_operand(mapper, number, fitting, SQLITE)
    with pytest.raises(WrongType, match=r"Item\.number takes int, not str"):
        check_operand(mapper, number, "1", SQLITE)
    with pytest.raises(WrongType, match=r"Item\.double takes int, not str") as refused:
        check_operand(mapper, double, "1", SQLITE)
    assert (refused.value.table, refused.value.columns) == (None, ())


def test_an_operand_of_a_type_without_rules_passes(mapping: registry) -> None:
    mapper = next(mapper for mapper in mapping.mappers if mapper.class_ is Item)
    extra = mapper.get_property("extra")
    assert isinstance(extra, ColumnProperty)
    check_operand(mapper, extra, object(), SQLITE)
