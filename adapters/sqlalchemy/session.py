"""The session port over a SQL database."""

from collections.abc import Collection, Generator, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import Connection, Dialect, orm
from sqlalchemy.orm import Mapper

from unitofwork.adapters.orm.names import mapper_of
from unitofwork.adapters.session.held import expire_related, expire_type, forget_deleted
from unitofwork.adapters.session.orm_session import OrmSession
from unitofwork.adapters.session.port import EntitySession, GiveBack, typed
from unitofwork.adapters.session.translation import raise_as
from unitofwork.adapters.sqlalchemy.bulk.inserting import insert_many
from unitofwork.adapters.sqlalchemy.bulk.upserting import upsert_many
from unitofwork.adapters.sqlalchemy.bulk.where import delete_where, there, update_where
from unitofwork.adapters.sqlalchemy.crossing import refuse_crossing
from unitofwork.adapters.sqlalchemy.engines import backend_of
from unitofwork.adapters.sqlalchemy.keys import KeyLookups
from unitofwork.adapters.sqlalchemy.loading import load, load_placed, load_values
from unitofwork.adapters.sqlalchemy.prepared import ValuesOf, entities, placed
from unitofwork.adapters.sqlalchemy.private import held
from unitofwork.adapters.sqlalchemy.statements import select_any, select_count, select_entities
from unitofwork.adapters.sqlalchemy.streaming import stream
from unitofwork.domain.outbox import Envelope, OutboxMessage
from unitofwork.domain.ports import Session
from unitofwork.domain.query import Query

T = TypeVar("T")


class SqlAlchemySession(EntitySession):
    """Keeps entities through SQLAlchemy's session, which is at hand as ``raw`` for what the port does not say."""

    def __init__(self, raw: OrmSession, keys: KeyLookups, give_back: GiveBack | None = None) -> None:
        super().__init__(raw, keys, give_back)
        self._lookups = keys

    @typed
    def find(self, query: Query[T]) -> list[T]:
        """The entities that answer the query."""
        if query.after is not None:
            return [entity for entity, _ in self.find_placed(query)]
        self._keys.of(query.entity_type)
        select, values = self._lookups.prepared.of(entities, query, self._dialect_of)
        if query.lock is not None:
            self.raw.prepare_to_lock()
        try:
            return load(self.raw, select, values, mapper_of(query.entity_type))
        except Exception as error:
            raise_as(self.raw.reading(error, query.entity_type), error)

    @typed
    def find_placed(self, query: Query[T]) -> list[tuple[T, tuple[object, ...]]]:
        """The entities that answer the query, each with its place."""
        self._keys.of(query.entity_type)
        selects, values = self._lookups.prepared.of(placed, query, self._dialect_of)
        if query.lock is not None:
            self.raw.prepare_to_lock()
        try:
            return load_placed(self.raw, selects, values, query)
        except Exception as error:
            raise_as(self.raw.reading(error, query.entity_type), error)

    @typed
    def find_values(self, query: Query[Any], names: tuple[str, ...]) -> list[tuple[Any, ...]]:
        """What the rows that answer the query have in these attributes."""
        mapper = self._mapper(query.entity_type)
        select, values = self._lookups.prepared.of(ValuesOf(names), query, self._dialect_of)
        if query.lock is not None:
            self.raw.prepare_to_lock()
        return load_values(self.raw, select, values, mapper)

    @typed
    def stream(self, query: Query[T]) -> Generator[list[T]]:
        """The entities that answer the query, a few at a time."""
        names, dialect = self._keys.of(query.entity_type).names, self._dialect_of(query)
        select_entities(query, dialect)  # what is wrong with the question is told now
        return self._streamed(query, names, dialect)

    def _streamed(self, query: Query[T], key_names: tuple[str, ...], dialect: Dialect) -> Generator[list[T]]:
        try:
            yield from stream(self.raw, query, key_names, dialect)
        except GeneratorExit:
            raise
        except BaseException as error:
            raise_as(self.raw.reading(error, query.entity_type), error)

    @typed
    def count(self, query: Query[T]) -> int:
        """How many entities answer the query."""
        self._keys.of(query.entity_type)
        select, values = self._lookups.prepared.of(select_count, query, self._dialect_of)
        return self.raw.scalars(select, values).one()

    @typed
    def exists(self, query: Query[T]) -> bool:
        """Whether any entity answers the query."""
        self._keys.of(query.entity_type)
        select, values = self._lookups.prepared.of(select_any, query, self._dialect_of)
        return self.raw.scalars(select, values).first() is not None

    @typed
    def insert_many(self, entity_type: type, rows: Iterable[Mapping[str, object]]) -> int:
        """Insert rows without making entities."""
        mapper = self._mapper(entity_type)
        self.raw.prepare_to_write(mapper)
        count = insert_many(self._connection(mapper), mapper, rows, self._lookups.insert_plans)
        self.raw.flush()  # what gave the rows may have changed entities
        expire_related(self.raw, mapper)
        return count

    @typed
    def upsert_many(self, entity_type: type, rows: Iterable[Mapping[str, object]], key: Collection[str] | None) -> int:
        """Insert rows, or update those that are there, without making entities."""
        mapper = self._mapper(entity_type)
        self.raw.prepare_to_write(mapper)
        count = upsert_many(self._connection(mapper), mapper, rows, key)
        self.raw.flush()  # what gave the rows may have changed entities
        expire_type(self.raw, mapper)
        return count

    @typed
    def update_where(self, query: Query[T], values: Mapping[str, object]) -> int:
        """Set attributes of all that answers the query."""
        refuse_crossing(query, self._lookups.binds)
        mapper = self._mapper(query.entity_type)
        self.raw.prepare_to_write(mapper)
        count = update_where(self._connection(mapper), mapper, query, values, self._lookups.prepared)
        expire_type(self.raw, mapper)
        return count

    @typed
    def delete_where(self, query: Query[T]) -> int:
        """Delete the rows of all that answers the query."""
        refuse_crossing(query, self._lookups.binds)
        mapper = self._mapper(query.entity_type)
        self.raw.prepare_to_write(None)
        connection = self._connection(mapper)
        count = delete_where(connection, query, self._lookups.prepared)
        forget_deleted(self.raw, mapper, partial(there, connection, mapper))
        return count

    def write_messages(self, messages: Sequence[Envelope], tell: bool) -> None:
        """Write messages to the outbox, and let those who listen know of them, where the database can."""
        mapper = self._mapper(OutboxMessage)
        connection = held(self.raw, self.raw.get_bind(mapper)) or self._connection(mapper)
        listened_to = backend_of(connection.engine).tell if tell else None
        self._lookups.messages(connection.dialect).write(connection, messages, listened_to)

    @typed
    def locks_rows(self, entity_type: type[object]) -> bool:
        """Whether a lock is on rows of the type."""
        return backend_of(self.raw.get_bind(self._mapper(entity_type)).engine).locks_rows

    def _connection(self, mapper: Mapper[Any]) -> Connection:
        return self.raw.connection(bind_arguments={"mapper": mapper})

    def _dialect_of(self, query: Query[Any]) -> Dialect:
        """The dialect of the one database that is to answer the query."""
        refuse_crossing(query, self._lookups.binds)
        return self.raw.get_bind(mapper_of(query.entity_type)).dialect


def orm_session(session: Session) -> orm.Session:
    """SQLAlchemy's session behind a unit of work's: ``orm_session(uow.session)``.

    Raises:
        TypeError: the unit runs on another adapter.
    """
    if not isinstance(session, SqlAlchemySession):
        raise TypeError(f"{type(session).__name__} has no session of SQLAlchemy's behind it")
    return session.raw
