"""`update_where` and `delete_where`: all rows that a condition holds for, by one statement."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Mapper

from unitofwork.adapters.memory.loading import loader_of
from unitofwork.adapters.memory.many.changes import Changes
from unitofwork.adapters.memory.questions.answering import Question
from unitofwork.adapters.memory.rows_session import RowsSession
from unitofwork.adapters.memory.store import Transaction
from unitofwork.adapters.memory.values import DIALECT
from unitofwork.adapters.session.many.assigning import assigned
from unitofwork.adapters.session.many.attributes import table_of
from unitofwork.adapters.session.many.made import at_updates
from unitofwork.adapters.session.many.versions import next_version
from unitofwork.domain.condition import Condition
from unitofwork.domain.query import Query


def update_where(session: RowsSession, mapper: Mapper[Any], condition: Condition, values: Mapping[str, object]) -> int:
    """Set attributes of all that the condition holds for; return how many rows that are.

    Raises:
        MappingError: a name is not of what can be set.
        InvalidValue, NotNullViolation: a column cannot hold a value.
        UnsupportedQuery: the class is kept in more than one table, or no statement can count its versions.
    """
    given = assigned(mapper, values, DIALECT)
    version = next_version(mapper)
    table, question = table_of(mapper), _rows_of(mapper, condition)
    others = given if version is None else (*given, version.column)
    computed = dict(at_updates(table, others, {column.key: [value] for column, value in given.items()}))
    changes = Changes.of(table, version, computed)

    def write(me: Transaction) -> int:
        stored, rows = me.table(table), question.answer(me)
        for column in given:
            stored.shape.check_writable(column)
        changed = me.update(stored, [(row, {**given, **changes.made(me, row)}) for row in rows])
        return sum(row is not None for row in changed)

    session.log.updated(table, [*given, *(column for column, _ in changes.steps)])
    return session.read(write)


def delete_where(session: RowsSession, mapper: Mapper[Any], condition: Condition) -> int:
    """Delete all that the condition holds for; return how many rows there were.

    Raises:
        UnsupportedQuery: the class is kept in more than one table.
    """
    table, question = table_of(mapper), _rows_of(mapper, condition)
    session.log.deleted(table)
    return session.read(lambda me: me.delete(me.table(table), question.answer(me)))


def there(session: RowsSession, mapper: Mapper[Any], keys: Sequence[Sequence[Any]]) -> Collection[tuple[Any, ...]]:
    """Those of the keys that have a row."""
    records, stored_key = loader_of(mapper.base_mapper).records, loader_of(mapper.base_mapper).stored_key
    session.log.selected(records.tables)

    def find(me: Transaction) -> set[tuple[Any, ...]]:
        return {tuple(key) for key in keys if records.by_key(me, stored_key(key)) is not None}

    return session.read(find)


def _rows_of(mapper: Mapper[Any], condition: Condition) -> Question:
    """What asks for the rows, once it is checked: a record of one table begins with its row."""
    return Question(Query(mapper.class_, condition))
