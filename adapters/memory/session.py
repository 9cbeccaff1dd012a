"""The session port over rows in memory."""

from collections.abc import Collection, Generator, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar, cast

import attrs
from sqlalchemy.orm import Mapper

from unitofwork.adapters.memory.along import NOTHING, along
from unitofwork.adapters.memory.keys import RowLookups
from unitofwork.adapters.memory.loading import loader_of
from unitofwork.adapters.memory.many.inserting import insert_many
from unitofwork.adapters.memory.many.upserting import upsert_many
from unitofwork.adapters.memory.many.where import delete_where, there, update_where
from unitofwork.adapters.memory.questions.answering import Plans, Question
from unitofwork.adapters.memory.rows_session import RowsSession
from unitofwork.adapters.memory.store import Row
from unitofwork.adapters.orm.names import check_in_column
from unitofwork.adapters.session.held import expire_related, expire_type, forget_deleted
from unitofwork.adapters.session.port import EntitySession, typed
from unitofwork.adapters.session.private import autoflush
from unitofwork.adapters.session.translation import raise_as
from unitofwork.domain.outbox import Envelope, MessageState, OutboxMessage, bucket_of
from unitofwork.domain.path import Path
from unitofwork.domain.query import Order, Query

T = TypeVar("T")

FEW, MANY = 100, 1000
"""How many entities of a stream are in memory at a time; more where related ones are loaded along, by one question."""


class MemorySession(EntitySession):
    """Keeps entities as rows in memory, through SQLAlchemy's session."""

    @property
    def rows(self) -> RowsSession:
        """The session, as what it is."""
        return cast("RowsSession", self.raw)

    @typed
    def find(self, query: Query[T]) -> list[T]:
        """The entities that answer the query."""
        lookup: Any = self._keys.of(query.entity_type)
        question = self._checked(query, lookup.plans)
        rows: Any = self.raw  # as `rows` says it, in less time
        loader = lookup.loader
        try:
            if query.lock is None and not query.load and not loader.loads_along:
                found: list[T] = rows.found(loader, question.answer, rows.engine.shuffle, NOTHING)
                return found
            return self._loaded(query, question.mapper, rows.answer(question, query))
        except Exception as error:
            raise_as(self.raw.reading(error, query.entity_type), error)

    @typed
    def find_placed(self, query: Query[T]) -> list[tuple[T, tuple[object, ...]]]:
        """The entities that answer the query, each with its place."""
        question = self._asked(query)
        try:
            placed = self.rows.answer_placed(question, query)
            found: list[T] = self._loaded(query, question.mapper, [record for record, _ in placed])
        except Exception as error:
            raise_as(self.raw.reading(error, query.entity_type), error)
        return [(entity, place) for entity, (_, place) in zip(found, placed, strict=True)]

    @typed
    def find_values(self, query: Query[Any], names: tuple[str, ...]) -> list[tuple[Any, ...]]:
        """What the rows that answer the query have in these attributes."""
        mapper = self._mapper(query.entity_type)
        ordered = len(query.order_by)
        wanted = [Order(Path.of(check_in_column(mapper, name))) for name in names]  # what is ordered by is given, too
        question = self._asked(attrs.evolve(query, order_by=(*query.order_by, *wanted)))
        return [place[ordered:] for _, place in self.rows.answer_placed(question, query)]

    @typed
    def stream(self, query: Query[T]) -> Generator[list[T]]:
        """The entities that answer the query, a few at a time."""
        return self._streamed(query, self._asked(query))

    def _streamed(self, query: Query[T], question: Question) -> Generator[list[T]]:
        try:
            records = self.rows.answer(question, query)
            size = MANY if query.load else FEW
            for start in range(0, len(records), size):
                yield self._loaded(query, question.mapper, records[start : start + size])
        except GeneratorExit:
            raise
        except BaseException as error:
            raise_as(self.raw.reading(error, query.entity_type), error)

    @typed
    def key_names(self, entity_type: type[object]) -> tuple[str, ...]:
        """The attributes that are the type's primary key."""
        return self._keys.of(entity_type).names

    @typed
    def count(self, query: Query[T]) -> int:
        """How many entities answer the query."""
        question = self._asked(query)
        return self.rows.ask(question.count, question.mapper)

    @typed
    def exists(self, query: Query[T]) -> bool:
        """Whether any entity answers the query."""
        question = self._asked(query)
        return self.rows.ask(question.exists, question.mapper)

    def _asked(self, query: Query[Any]) -> Question:
        """The question, once it is checked and what was changed is sent."""
        lookup: Any = self._keys.of(query.entity_type)
        return self._checked(query, lookup.plans)

    def _checked(self, query: Query[Any], plans: Plans) -> Question:
        question = Question(query if query.lock is None else attrs.evolve(query, limit=None, offset=0), plans)
        if query.lock is not None:
            self.raw.prepare_to_lock()
        autoflush(self.raw)  # what a flush leaves to the next one is sent by the question's own
        return question

    def _loaded(self, query: Query[T], mapper: Mapper[Any], records: list[Row]) -> list[T]:
        wanted = along(mapper, query.load) if query.load else None
        return self.rows.entities(loader_of(mapper), records, afresh=query.lock is not None, along=wanted)

    @typed
    def insert_many(self, entity_type: type, rows: Iterable[Mapping[str, object]]) -> int:
        """Insert rows without making entities."""
        mapper = self._mapper(entity_type)
        self.raw.prepare_to_write(mapper)
        count = insert_many(self.rows, mapper, rows, cast(RowLookups, self._keys).insert_plans)
        self.raw.flush()  # what gave the rows may have changed entities
        expire_related(self.raw, mapper)
        return count

    @typed
    def upsert_many(self, entity_type: type, rows: Iterable[Mapping[str, object]], key: Collection[str] | None) -> int:
        """Insert rows, or update those that are there, without making entities."""
        mapper = self._mapper(entity_type)
        self.raw.prepare_to_write(mapper)
        count = upsert_many(self.rows, mapper, rows, key)
        self.raw.flush()  # what gave the rows may have changed entities
        expire_type(self.raw, mapper)
        return count

    @typed
    def update_where(self, query: Query[T], values: Mapping[str, object]) -> int:
        """Set attributes of all that answers the query."""
        mapper = self._mapper(query.entity_type)
        self.raw.prepare_to_write(mapper)
        self.rows.connected()  # the transaction has begun, even if the question is refused
        count = update_where(self.rows, mapper, query.condition, values)
        expire_type(self.raw, mapper)
        return count

    @typed
    def delete_where(self, query: Query[T]) -> int:
        """Delete the rows of all that answers the query."""
        mapper = self._mapper(query.entity_type)
        self.raw.prepare_to_write(None)
        self.rows.connected()
        count = delete_where(self.rows, mapper, query.condition)
        forget_deleted(self.raw, mapper, partial(there, self.rows, mapper))
        return count

    def write_messages(self, messages: Sequence[Envelope], tell: bool) -> None:
        """Write messages to the outbox; nobody listens here."""
        self.insert_many(OutboxMessage, list(map(_row, messages)))

    @typed
    def locks_rows(self, entity_type: type[object]) -> bool:
        """Whether a lock is on rows of the type, as on PostgreSQL."""
        self._mapper(entity_type)
        return True


def _row(message: Envelope) -> dict[str, object]:
    return {
        "id": message.id,
        "aggregate": message.aggregate,
        "bucket": bucket_of(message.aggregate),
        "name": message.content.name,
        "version": message.content.version,
        "payload": message.content.payload,
        "recorded_at": message.recorded_at,
        "state": MessageState.PENDING,
        "attempts": 0,
    }
