"""Many rows at once in the twin, where databases differ: as PostgreSQL has it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import (
    CHAR,
    CheckConstraint,
    Column,
    Computed,
    DateTime,
    Dialect,
    ForeignKey,
    Identity,
    Integer,
    Sequence,
    String,
    Table,
    func,
)
from sqlalchemy.orm import registry
from sqlalchemy.types import TypeDecorator

from unitofwork import ANYTHING, UnitOfWork, entity, map_entity, repository, where
from unitofwork.adapters.memory.database import MemoryDatabase
from unitofwork.domain.errors import (
    CheckViolation,
    ForeignKeyViolation,
    MappingError,
    NotNullViolation,
    UnitClosed,
    WrongType,
)


class Fussy(TypeDecorator[str]):
    """Takes anything but bad texts, and some for none at all."""

    impl = String(20)
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value == "bad":
            raise ValueError
        return None if value == "none" else value


@entity
class Thing:
    name: str | None = None
    fussy: str | None = "x"
    padded: str | None = None
    total: int = 0
    limit: int = 5
    double: int | None = None
    number: int | None = None
    made: datetime | None = None
    note: str | None = None
    version: str | None = None
    part_of: int | None = None
    id: int | None = None


@entity
class Place:
    code: str
    id: int | None = None


class Things(UnitOfWork):
    things = repository(Thing)
    places = repository(Place)


def noted(context: Any) -> str:
    return f"total {context.get_current_parameters().get('total')}"


@pytest.fixture
def database() -> Iterator[MemoryDatabase]:
    mapping, versions = registry(), iter(range(1_000_000))
    things = Table(
        "things",
        mapping.metadata,
        Column("id", Integer, Identity(), primary_key=True),
        Column("name", String(10), unique=True),
        Column("fussy", Fussy, nullable=False),
        Column("padded", CHAR(4), unique=True),
        Column("total", Integer, nullable=False),
        Column("limit", Integer, nullable=False),
        Column("double", Integer, Computed("total * 2")),
        Column("number", Integer, Sequence("numbers", start=100)),
        Column("made", DateTime, default=func.now(), onupdate=func.now()),
        Column("note", String(20), onupdate=noted),
        Column("version", String(20), nullable=False),
        Column("part_of", ForeignKey("things.id")),
        CheckConstraint('total <= "limit"', name="within_limit"),
    )
    places = Table(
        "places",
        mapping.metadata,
        Column("id", Integer, primary_key=True),
        Column("code", String(5)),
    )
    map_entity(
        mapping, Thing, things, version_id_col=things.c.version, version_id_generator=lambda _: f"v{next(versions)}"
    )
    map_entity(mapping, Place, places)
    yield MemoryDatabase(mapping)
    mapping.dispose()


def test_what_the_database_makes_is_made(database: MemoryDatabase) -> None:
    with Things(database) as uow:
        uow.things.insert_many([{"name": "a", "total": 2}, {"name": "b", "total": 0}])
        uow.things.upsert_many([{"name": "c", "total": 3}], key="name")
        found = uow.things.find(order_by="name")
        assert [(each.double, each.number) for each in found] == [(4, 100), (0, 101), (6, 102)]
        assert all(isinstance(each.made, datetime) and each.note is None for each in found)


def test_what_is_computed_at_an_update_is_computed(database: MemoryDatabase) -> None:
    with Things(database) as uow:
        uow.things.insert_many([{"name": "a"}, {"name": "b"}])
        before = {each.name: each.version for each in uow.things.find()}
        assert uow.things.update_where(where("name") == "a", total=3) == 1
        uow.things.upsert_many([{"name": "b", "total": 4}], key="name")
        one, other = uow.things.find(order_by="name")
        assert (one.double, one.note, other.double, other.note) == (6, "total 3", 8, "total None")
        assert len({*before.values(), one.version, other.version}) == 4
        assert isinstance(one.made, datetime)
        assert isinstance(other.made, datetime)


def test_of_given_rows_with_one_key_the_last_is_new_and_no_change(database: MemoryDatabase) -> None:
    with Things(database) as uow:
        uow.things.upsert_many([{"name": "a", "total": 1}, {"name": "a", "total": 2}], key="name")
        found = uow.things.find_one()
        assert (found.total, found.note) == (2, None)
        assert uow.things.upsert_many([{"name": "a"}], key="name") == 1
        uow.expire_all()
        assert (found.total, found.note) == (2, None)


def test_a_unit_that_is_closed_by_what_makes_the_rows_is_in_nobodys_way(database: MemoryDatabase) -> None:
    def rows(uow: Things) -> Iterator[dict[str, object]]:
        yield {"name": "a"}
        uow.close()

    for write, key in (("insert_many", {}), ("upsert_many", {"key": "name"})):
        with Things(database) as uow, pytest.raises(UnitClosed):
            getattr(uow.things, write)(rows(uow), **key)
        with Things(database) as other:
            assert other.things.insert_many([{"name": "a"}]) == 1


def test_rows_of_one_call_may_refer_to_each_other(database: MemoryDatabase) -> None:
    with Things(database) as uow:
        uow.things.insert_many([{"id": 1, "part_of": 2}, {"id": 2, "part_of": 1}])
        uow.things.upsert_many([{"id": 1, "part_of": 3}, {"id": 3, "part_of": 2}])
        assert uow.things.get_one(1).part_of == 3
        with pytest.raises(ForeignKeyViolation) as raised:
            uow.things.upsert_many([{"id": 4, "part_of": 1}, {"id": 5, "part_of": 70}])
        assert raised.value.row == 2
        assert uow.things.count() == 3


def test_a_new_row_is_checked_even_where_one_with_its_key_is_there(database: MemoryDatabase) -> None:
    with Things(database) as uow:
        uow.things.insert_many([{"name": "a", "limit": 50}])
        with pytest.raises(CheckViolation):
            uow.things.upsert_many([{"name": "a", "total": 20}], key="name")
        uow.things.update_where(ANYTHING, total=20)


def test_rows_that_differ_in_blanks_alone_have_one_key_in_a_padded_column(database: MemoryDatabase) -> None:
    with Things(database) as uow:
        uow.things.upsert_many([{"padded": "a", "total": 1}, {"padded": "a ", "total": 2}], key="padded")
        assert [(each.padded, each.total) for each in uow.things.find()] == [("a   ", 2)]


def test_what_a_types_own_code_refuses_is_of_its_row(database: MemoryDatabase) -> None:
    with Things(database) as uow:
        for write in (uow.things.insert_many, uow.things.upsert_many):
            with pytest.raises(WrongType) as stumbled:
                write([{"id": 1, "fussy": "fine"}, {"id": 2, "fussy": "bad"}])
            error = stumbled.value
            assert (error.row, error.entity_type, error.table, error.columns) == (2, Thing, "things", ("fussy",))
            with pytest.raises(NotNullViolation) as lacking:
                write([{"id": 1, "fussy": "fine"}, {"id": 2, "fussy": "none"}])
            assert (lacking.value.row, lacking.value.entity_type) == (2, Thing)
        assert uow.things.count() == 0


def test_a_computed_column_takes_no_value(database: MemoryDatabase) -> None:
    for there in (False, True):
        with Things(database) as uow:
            if there:
                uow.things.insert_many([{}])
            with pytest.raises(MappingError, match=r"Thing\.double is computed, and not given"):
                uow.things.update_where(ANYTHING, double=1)
    with Things(database) as uow, pytest.raises(MappingError, match=r"Thing\.double is computed, and not given"):
        uow.things.insert_many([{"double": 1}])


def test_statements_are_counted_as_sql_would_need_them(database: MemoryDatabase) -> None:
    with Things(database) as uow:
        with database.counting() as statements:
            uow.places.insert_many({"code": str(number)} for number in range(12_000))
            uow.places.upsert_many([{"id": 1, "code": "x"}])
            uow.places.update_where(where("code") == "x", code="y")
            uow.places.delete_where(ANYTHING)
        assert statements == [
            "INSERT INTO places (code) VALUES (?)",
            "INSERT INTO places (code) VALUES (?)",
            "INSERT INTO places (id, code) VALUES (?, ?)",
            "UPDATE places SET code = ? WHERE ...",
            "DELETE FROM places WHERE ...",
        ]
