"""Reading answers that memory need not hold: rows are fetched by the thousand, and entities made by the hundred.

Where the driver can leave rows in the database and do something else meanwhile, one statement is read bit by bit.
MariaDB's cannot: there every few thousand rows are a statement of their own, which starts where the last one ended.
"""

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any, TypeAlias, TypeVar

import attrs
from sqlalchemy import CursorResult, Dialect, Select
from sqlalchemy.orm import Session

from unitofwork.adapters.orm.names import mapper_of
from unitofwork.adapters.session.private import autoflush
from unitofwork.adapters.sqlalchemy.loading import has_listeners, load_placed
from unitofwork.adapters.sqlalchemy.ordering import own_columns
from unitofwork.adapters.sqlalchemy.prepared import build, placed
from unitofwork.adapters.sqlalchemy.private import LOADING, RowReader
from unitofwork.adapters.sqlalchemy.statements import select_entities, select_placed
from unitofwork.domain.query import Query

T = TypeVar("T")

_FETCHED = 1000

_FETCHED_BY_PLACE = 3000
"""More, because each time is a statement."""

_MADE = 100
"""So few are gone before the garbage collector looks at them, which would take half of the time."""

_BLOCKED_BY_READING = frozenset({"mariadb"})

_STREAMED: Mapping[str, Any] = {**LOADING, "stream_results": True, "max_row_buffer": _FETCHED}

_Fetched: TypeAlias = tuple[RowReader, Sequence[Any]]


def stream(session: Session, query: Query[T], key_names: Sequence[str], dialect: Dialect) -> Generator[list[T]]:
    """The entities that answer the query, a few at a time; nothing is asked before the first are wanted.

    Args:
        session: where the entities will be.
        query: without limit, offset, start and lock.
        key_names: the attributes that are the primary key.
        dialect: of the database.
    """
    ordered = query.totally_ordered(key_names)
    autoflush(session)
    if not has_listeners(session):
        by_place = dialect.name in _BLOCKED_BY_READING
        with closing(_by_place(session, ordered, dialect) if by_place else _open(session, query, dialect)) as fetched:
            for reader, rows in fetched:
                if not reader.few_at_a_time:
                    break
                yield from _made(reader, rows, _FETCHED if query.load else _MADE)
            else:
                return
    yield from _whole(session, ordered, dialect)


def _made(reader: RowReader, rows: Sequence[Any], size: int) -> Iterator[list[Any]]:
    return (reader.entities(rows[start : start + size]) for start in range(0, len(rows), size))


def _open(session: Session, query: Query[Any], dialect: Dialect) -> Generator[_Fetched]:
    """The rows of one statement, which stays open."""
    cursor, reader = _execute(session, select_entities(query, dialect), query.entity_type, _STREAMED)
    try:
        while rows := cursor.fetchmany(_FETCHED):
            yield reader, rows
    finally:
        cursor.close()


def _by_place(session: Session, query: Query[Any], dialect: Dialect) -> Generator[_Fetched]:
    """The rows of as many statements as it takes, each of which is read to its end at once."""
    columns = own_columns(query.order_by, mapper_of(query.entity_type))
    more = True
    while more:
        more = False
        for statement in select_placed(query, dialect, with_keys=columns is None):
            _, reader = _execute(session, statement.limit(_FETCHED_BY_PLACE), query.entity_type, LOADING)
            rows = reader.all_rows()
            yield reader, rows
            if len(rows) == _FETCHED_BY_PLACE:
                place = reader.others(rows[-1]) if columns is None else reader.values(rows[-1], columns)
                query, more = attrs.evolve(query, after=place), True
                break


def _whole(session: Session, query: Query[Any], dialect: Dialect) -> Iterator[list[Any]]:
    """The same, a page at a time, for what has rows that cannot be taken a few at a time."""
    query = attrs.evolve(query, limit=_FETCHED)
    more = True
    while more:
        selects, values, _ = build(placed, query, dialect)
        found = load_placed(session, selects, values, query)
        yield [entity for entity, _ in found]
        more = len(found) == _FETCHED
        if more:
            query = attrs.evolve(query, after=found[-1][1])


def _execute(
    session: Session, statement: Select[Any], entity_type: type, options: Mapping[str, Any]
) -> tuple[CursorResult[Any], RowReader]:
    arguments: dict[str, Any] = {"mapper": mapper_of(entity_type), "clause": statement}
    cursor = session.connection(arguments).execute(statement, {}, execution_options=options)
    return cursor, RowReader(cursor, session, statement, arguments)
