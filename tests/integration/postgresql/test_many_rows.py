"""Many rows on PostgreSQL: they are copied, but for what COPY cannot do."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import URL, Column, ColumnElement, Integer, String, Table, event, func
from sqlalchemy.orm import registry
from sqlalchemy.schema import Sequence
from sqlalchemy.types import TypeDecorator

from unitofwork import SqlAlchemyDatabase, UnitOfWork, entity, map_entity, repository


class Lowered(TypeDecorator[str]):
    """A text that the database makes lower case."""

    impl = String(20)
    cache_ok = True

    def bind_expression(self, bindparam: Any) -> ColumnElement[Any]:
        return func.lower(bindparam)


@entity
class Plain:
    name: str
    number: int | None = None
    id: int | None = None


@entity
class Lower:
    name: str
    number: int | None = None
    id: int | None = None


class Things(UnitOfWork):
    plain = repository(Plain)
    lower = repository(Lower)


@pytest.fixture
def database(postgresql_url: URL) -> Iterator[SqlAlchemyDatabase]:
    mapping = registry()
    for kind, type_ in ((Plain, String(20)), (Lower, Lowered())):
        table = Table(
            f"{kind.__name__} 100 %",
            mapping.metadata,
            Column("id", Integer, primary_key=True),
            Column("name", type_, nullable=False, unique=True),
            Column("number", Integer, Sequence(f"{kind.__name__}_numbers")),
        )
        map_entity(mapping, kind, table)
    opened = SqlAlchemyDatabase(postgresql_url, mapping)
    opened.create_schema()
    yield opened
    opened.dispose()
    mapping.dispose()


def sent(database: SqlAlchemyDatabase) -> list[str]:
    words: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        words.append(statement.split()[0])

    event.listen(database.engine, "before_cursor_execute", note)
    return words


def test_rows_of_values_alone_are_copied(database: SqlAlchemyDatabase) -> None:
    with Things(database) as uow:
        words = sent(database)
        uow.plain.insert_many([{"name": "A", "number": 5}, {"name": "B", "number": 6}])
        assert "COPY" in words
        assert "INSERT" not in words
        assert [thing.name for thing in uow.plain.find(order_by="name")] == ["A", "B"]


def test_a_single_row_is_inserted_in_one_round_trip(database: SqlAlchemyDatabase) -> None:
    with Things(database) as uow:
        uow.flush()
        words = sent(database)
        uow.session.insert_many(Plain, [{"name": "A", "number": 5}])
        assert words == ["INSERT"]
        assert uow.plain.find_one().name == "A"


def test_what_the_statement_computes_is_computed(database: SqlAlchemyDatabase) -> None:
    with Things(database) as uow:
        uow.plain.insert_many([{"name": "A"}, {"name": "B"}])
        uow.plain.upsert_many([{"name": "B"}, {"name": "C"}], key="name")
        numbers = [thing.number for thing in uow.plain.find(order_by="name")]
        assert None not in numbers
        assert len(set(numbers)) == 3


def test_what_a_type_computes_is_computed(database: SqlAlchemyDatabase) -> None:
    with Things(database) as uow:
        uow.lower.insert_many([{"name": "A"}, {"name": "B"}])
        uow.lower.upsert_many([{"name": "B", "number": 7}, {"name": "C", "number": 8}], key="name")
        assert [thing.name for thing in uow.lower.find(order_by="name")] == ["a", "b", "c"]
        assert [thing.number for thing in uow.lower.find(order_by="name")][1:] == [7, 8]


def test_nothing_is_left_of_the_temporary_table(database: SqlAlchemyDatabase) -> None:
    with Things(database) as uow:
        words = sent(database)
        uow.plain.upsert_many([{"name": "A"}], key="name")
        uow.plain.upsert_many([{"name": "B"}], key="name")
        assert words.count("CREATE") == words.count("DROP") == 2
        uow.commit()
        assert uow.plain.count() == 2
