"""What the unusual caller or mapping gets: one clear error of ours, or the right answer."""

import copy
import warnings
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from attrs import field
from sqlalchemy import Column, DateTime, ForeignKey, Integer, Numeric, String, Table, func, text
from sqlalchemy.ext.hybrid import hybrid_method, hybrid_property
from sqlalchemy.orm import composite, registry, relationship

from unitofwork import SqlAlchemyDatabase, UnitOfWork, entity, map_entity, orm_session, value, where
from unitofwork.domain.errors import (
    DatabaseUnavailable,
    DetachedEntity,
    InvalidValue,
    MappingError,
    NeedsRollback,
    UnitClosed,
    UnitOfWorkError,
    UnsupportedQuery,
    WrongType,
)


@value
class Point:
    x: int
    y: int


@entity
class Part:
    name: str
    shape: "Shape | None" = None
    id: int | None = None


@entity
class Shape:
    name: str
    at: Point | None = None
    area: Decimal | None = None
    made: datetime | None = None
    parts: list[Part] = field(factory=list)
    guarded: list[Part] = field(factory=list, init=False)
    id: int | None = None

    @hybrid_method
    def longer(self, other: str) -> bool:
        return self.name > other

    @hybrid_property
    def label(self) -> str:
        return self.name


@pytest.fixture
def mapping() -> Iterator[registry]:
    made = registry()
    shapes = Table(
        "shapes",
        made.metadata,
        Column("id", Integer, primary_key=True),
        Column("name", String(20), nullable=False),
        Column("x", Integer),
        Column("y", Integer),
        Column("area", Numeric(10, 2)),
        Column("made", DateTime),
    )
    parts = Table(
        "parts",
        made.metadata,
        Column("id", Integer, primary_key=True),
        Column("name", String(20), nullable=False),
        Column("shape_id", ForeignKey("shapes.id")),
    )
    map_entity(
        made,
        Shape,
        shapes,
        properties={
            "at": composite(Point, shapes.c.x, shapes.c.y),
            "parts": relationship(Part, back_populates="shape", lazy="joined"),
            "guarded": relationship(Part, lazy="raise", viewonly=True),
        },
    )
    map_entity(made, Part, parts, properties={"shape": relationship(Shape, back_populates="parts")})
    yield made
    made.dispose()


@pytest.fixture
def database(mapping: registry) -> Iterator[SqlAlchemyDatabase]:
    made = SqlAlchemyDatabase("sqlite://", mapping)
    made.create_schema()
    with UnitOfWork(made) as uow:
        parts = [Part("left"), Part("right")]
        uow.repository(Shape).add(Shape("square", Point(1, 2), Decimal("1.00"), parts=parts))
        uow.commit()
    yield made
    made.dispose()


@pytest.fixture
def uow(database: SqlAlchemyDatabase) -> Iterator[UnitOfWork]:
    with UnitOfWork(database) as begun:
        yield begun


def test_a_shallow_copy_of_an_entity_is_refused(uow: UnitOfWork) -> None:
    """It shares the original's state, so that what is set on it would not be written."""
    shallow = copy.copy(uow.repository(Shape).get_one(1))
    with pytest.raises(UnitOfWorkError, match=r"copy\.copy"):
        uow.repository(Shape).add(shallow)


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        (where("area") < Decimal("1.004"), 1),
        (where("area") == Decimal("1.004"), 0),
        (where("area").in_([Decimal("1.004")]), 0),
        (where("area") == Decimal("1.0"), 1),
        (where("area") < Decimal("1e20"), 1),
        (where("at") == Point(1, 2), 1),
        (where("at") != Point(1, 2), 0),
        (where("label") == "square", 1),
    ],
    ids=str,
)
def test_operands_are_compared_as_they_are(uow: UnitOfWork, condition: Any, found: int) -> None:
    assert uow.repository(Shape).count(condition) == found


def test_collections_that_are_joined_are_read_whole(uow: UnitOfWork) -> None:
    [shape] = uow.repository(Shape).find()
    assert len(shape.parts) == 2
    uow.expunge_all()
    assert len(uow.repository(Shape).get_one(1).parts) == 2


@pytest.mark.parametrize("name", ["longer", "metadata", "__init__"])
def test_what_has_no_value_in_a_row_is_no_attribute(uow: UnitOfWork, name: str) -> None:
    with pytest.raises(MappingError, match="has no attribute"):
        uow.repository(Shape).find(where(name).is_none())


@pytest.mark.parametrize("operand", [func.lower("x"), text("1")], ids=["function", "text"])
def test_a_sql_expression_is_no_operand(uow: UnitOfWork, operand: object) -> None:
    with pytest.raises(WrongType, match="not with a SQL expression"):
        uow.repository(Shape).find(where("name") == operand)
    with pytest.raises(WrongType, match="not a SQL expression"):
        uow.repository(Shape).get(operand)


@pytest.mark.parametrize("operand", [(), ("square",), ("a", "b")])
def test_several_values_are_not_one(uow: UnitOfWork, operand: object) -> None:
    with pytest.raises(WrongType):
        uow.repository(Shape).find(where("name") == operand)


@pytest.mark.parametrize(
    "condition",
    [where("at").in_([Point(1, 2)]), where("at").between(Point(0, 0), Point(1, 1)), where("at").startswith("1")],
    ids=str,
)
def test_a_value_object_has_no_other_operators(uow: UnitOfWork, condition: Any) -> None:
    with pytest.raises(UnsupportedQuery, match="value object"):
        uow.repository(Shape).find(condition)


@pytest.mark.parametrize("key", [[1], {1}, {"id": 1}, 1.5, object()])
def test_a_key_of_the_wrong_type_is_refused(uow: UnitOfWork, key: Any) -> None:
    with pytest.raises(WrongType):
        uow.repository(Shape).get(key)
    with pytest.raises(WrongType):
        uow.repository(Shape).add(Shape("odd", id=key))


def test_a_row_that_cannot_be_read_is_said_to_be(uow: UnitOfWork) -> None:
    shape = uow.repository(Shape).get_one(1)
    orm_session(uow.session).execute(text("UPDATE shapes SET made = 'garbage'"))
    uow.expire(shape)
    for read in (lambda: shape.made, uow.repository(Shape).find, lambda: uow.repository(Shape).get(1)):
        uow.expire_all()
        with pytest.raises(InvalidValue, match="a row of Shape holds a value that its mapping cannot read"):
            read()
    uow.expunge_all()
    with pytest.raises(InvalidValue):
        uow.repository(Shape).get(1)


@pytest.mark.parametrize("name", ["at", "label"])
def test_what_has_no_column_of_its_own_is_not_refreshed(uow: UnitOfWork, name: str) -> None:
    shape = uow.repository(Shape).get_one(1)
    with pytest.raises(MappingError, match="no column of its own"):
        uow.refresh(shape, name)


def test_what_is_mapped_to_raise_says_the_cure(uow: UnitOfWork) -> None:
    shape = uow.repository(Shape).get_one(1)
    with pytest.raises(
        UnitOfWorkError, match=r"Shape\.guarded is mapped not to be loaded when read: ask for it by load="
    ):
        _ = shape.guarded
    assert len(uow.repository(Shape).find(load="guarded")[0].guarded) == 2


def test_a_class_that_is_mapped_later_has_the_same_promises(database: SqlAlchemyDatabase, mapping: registry) -> None:
    @entity
    class Late:
        name: str
        id: int | None = None

    columns = Column("id", Integer, primary_key=True), Column("name", String(20))
    map_entity(mapping, Late, Table("lates", mapping.metadata, *columns))
    database.create_schema()
    with UnitOfWork(database, expire_on_commit=True) as uow:
        late = Late("x", id=1)
        uow.repository(Late).add(late)
        uow.commit()
    with pytest.raises(DetachedEntity):
        _ = late.name


def test_a_class_of_another_registry_is_refused(uow: UnitOfWork) -> None:
    @entity
    class Stranger:
        id: int | None = None

    other = registry()
    map_entity(other, Stranger, Table("strangers", other.metadata, Column("id", Integer, primary_key=True)))
    with pytest.raises(MappingError, match="another registry"):
        uow.repository(Stranger).find()
    other.dispose()


@pytest.mark.parametrize("what", ["state", "refresh", "expire", "expunge", "is_modified"])
@pytest.mark.parametrize("given", [Shape, 5, "x", None])
def test_what_is_no_entity_is_refused(uow: UnitOfWork, what: str, given: object) -> None:
    with pytest.raises(MappingError):
        getattr(uow, what)(given)


@pytest.mark.parametrize("given", [5, "User", None])
def test_a_repository_is_of_a_class(uow: UnitOfWork, given: Any) -> None:
    with pytest.raises(UnitOfWorkError, match="of a class"):
        uow.repository(given)


@pytest.mark.parametrize("act", ["add", "delete"])
def test_an_entity_of_another_unit_is_refused(database: SqlAlchemyDatabase, uow: UnitOfWork, act: str) -> None:
    with UnitOfWork(database).begin(read_only=True) as other:
        shape = other.repository(Shape).get_one(1)
        with pytest.raises(UnitOfWorkError, match="another unit of work"):
            getattr(uow.repository(Shape), act)(shape)


def test_a_pool_that_is_exhausted_is_unavailable(tmp_path: Path, mapping: registry) -> None:
    from sqlalchemy import create_engine

    engine = create_engine(f"sqlite:///{tmp_path / 'small.db'}", pool_size=1, max_overflow=0, pool_timeout=0.05)
    database = SqlAlchemyDatabase(engine, mapping)
    database.create_schema()
    with UnitOfWork(database) as uow:
        uow.repository(Shape).count()
        with UnitOfWork(database) as other, pytest.raises(DatabaseUnavailable, match="no connection came free"):
            other.repository(Shape).count()
    database.dispose()


def test_a_unit_that_began_again_inside_a_savepoint_says_so(database: SqlAlchemyDatabase) -> None:
    unit = UnitOfWork(database).begin()
    with pytest.raises(UnitOfWorkError, match="closed inside the savepoint"), unit.savepoint():
        unit.close()
        unit.begin()
    unit.repository(Shape).get_one(1).name = "circle"
    unit.commit()
    unit.close()


def test_a_unit_dropped_by_an_exit_stack_says_where_it_was_entered(database: SqlAlchemyDatabase) -> None:
    stack = ExitStack()
    unit = stack.enter_context(UnitOfWork(database))
    stack.pop_all()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        del unit, stack
    assert {each.filename for each in caught} <= {__file__}


def test_the_first_error_stays_the_cause_when_another_follows(uow: UnitOfWork) -> None:
    raw = orm_session(uow.session)
    uow.repository(Shape).add(Shape("too long for its column"))
    with pytest.raises(InvalidValue) as first:
        uow.flush()
    raw.add(Shape("another"))
    with pytest.raises(NeedsRollback):
        raw.flush()
    with pytest.raises(NeedsRollback) as refused:
        uow.repository(Shape).count()
    assert refused.value.__cause__ is first.value


def test_a_session_kept_beyond_its_unit_does_nothing_in_the_next_one(database: SqlAlchemyDatabase) -> None:
    with UnitOfWork(database) as uow:
        port, raw = uow.session, orm_session(uow.session)
        uow.repository(Shape).count()
    with UnitOfWork(database) as uow:
        uow.repository(Shape).count()
        assert orm_session(uow.session) is not raw
        with pytest.raises(UnitClosed):
            port.add(Shape("late"))
        assert not uow.new
