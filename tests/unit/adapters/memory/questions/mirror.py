"""The same rows twice: in SQLite, where the SQL adapter asks, and in memory."""

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import Any

import attrs
from sqlalchemy import Table, create_engine, inspect, select
from sqlalchemy.orm import configure_mappers, registry
from sqlalchemy.pool import StaticPool

from unitofwork import Database, UnitOfWork
from unitofwork.adapters.memory.questions.answering import Question
from unitofwork.adapters.memory.questions.records import records_of
from unitofwork.adapters.memory.store import Store, Transaction
from unitofwork.adapters.sqlalchemy import SqlAlchemyDatabase
from unitofwork.domain.query import Query


@attrs.frozen
class Mirror:
    """Both, and what they answer."""

    database: Database
    reader: Transaction

    def by_sql(self, query: Query[Any]) -> list[object]:
        """The keys of the entities that the SQL adapter finds."""
        with UnitOfWork(self.database) as uow:
            return [inspect(entity).identity for entity in uow.session.find(query)]

    def in_memory(self, query: Query[Any]) -> list[object]:
        """The keys of the records that are found in memory."""
        records = records_of(inspect(query.entity_type))
        question = Question(query)
        found = [tuple([row[records.place[column]] for column in records.key]) for row in question.answer(self.reader)]
        assert question.count(self.reader) >= len(found)
        assert question.exists(self.reader) or not found
        return list(found)


@contextmanager
def mirrored(mapping: registry, entities: Iterable[object]) -> Generator[Mirror]:
    """Keep the entities, with what is related to them."""
    configure_mappers()
    engine = create_engine("sqlite://", poolclass=StaticPool)
    database = SqlAlchemyDatabase(engine, mapping)
    database.create_schema()
    with UnitOfWork(database) as uow:
        for entity in entities:
            uow.session.add(entity)
        uow.commit()
    reader = Store(mapping.metadata, mapping).begin()
    changes: list[tuple[Table, Any]] = []
    with engine.connect() as connection:
        rows = {table: connection.execute(select(table)).all() for table in mapping.metadata.sorted_tables}
    for table, kept in rows.items():
        later = [column for column in table.columns if column.foreign_keys and column.nullable]
        values = [dict(zip(table.columns, row, strict=True)) for row in kept]
        made = reader.insert(reader.table(table), [{**each, **dict.fromkeys(later)} for each in values])
        changes.append(
            (table, [(row, {column: each[column] for column in later}) for row, each in zip(made, values, strict=True)])
        )
    for table, changed in changes:
        reader.update(reader.table(table), changed)
    try:
        yield Mirror(database, reader)
    finally:
        database.dispose()
