"""Many rows on MariaDB: statements are no longer than the server takes, and every value is kept as it was."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

import pytest
from sqlalchemy import URL, Column, DateTime, Integer, LargeBinary, Numeric, Table, Text
from sqlalchemy.orm import registry

from unitofwork import SqlAlchemyDatabase, UnitOfWork, entity, map_entity, repository


@entity
class Note:
    text: str | None = None
    price: Decimal | None = None
    made: datetime | None = None
    data: bytes | None = None
    id: int | None = None


class Notes(UnitOfWork):
    notes = repository(Note)


@pytest.fixture
def database(mariadb_url: URL) -> Iterator[SqlAlchemyDatabase]:
    mapping = registry()
    table = Table(
        "notes",
        mapping.metadata,
        Column("id", Integer, primary_key=True),
        Column("text", Text),
        Column("price", Numeric(8, 2)),
        Column("made", DateTime),
        Column("data", LargeBinary),
    )
    map_entity(mapping, Note, table)
    opened = SqlAlchemyDatabase(mariadb_url, mapping)
    opened.create_schema()
    yield opened
    opened.dispose()
    mapping.dispose()


def test_rows_longer_than_the_server_takes_at_once_are_inserted(database: SqlAlchemyDatabase) -> None:
    texts = ["x" * 700_000, *("y" * 100_000 for _ in range(250)), "z" * 3_000_000]
    with Notes(database) as uow:
        assert uow.notes.insert_many({"text": text} for text in texts) == 252
        assert [len(note.text or "") for note in uow.notes.find(order_by="id")] == [len(text) for text in texts]


def test_values_of_every_kind_are_kept(database: SqlAlchemyDatabase) -> None:
    row = {
        "text": "it's \\ 100 %",
        "price": Decimal("1.50"),
        "made": datetime(2024, 2, 29, 12, 30),
        "data": bytes(range(256)),
    }
    empty = dict.fromkeys(row)
    with Notes(database) as uow:
        uow.notes.insert_many([row, empty, row])
        first, second, third = uow.notes.find(order_by="id")
        for note, expected in ((first, row), (second, empty), (third, row)):
            assert {name: getattr(note, name) for name in row} == expected
