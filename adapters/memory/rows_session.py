"""SQLAlchemy's session over rows in memory: its flushes are carried out, and what it loads is made, without SQL."""

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, TypeAlias, TypeVar, cast

from sqlalchemy import inspect
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Mapper, RelationshipProperty

from unitofwork.adapters.memory.along import NOTHING, Along, kept
from unitofwork.adapters.memory.engine import refused
from unitofwork.adapters.memory.flushing.session import FlushingSession
from unitofwork.adapters.memory.lazy_loading import load_at_once, load_lazily
from unitofwork.adapters.memory.loading import EAGER, Loader, loader_of
from unitofwork.adapters.memory.loading_along import load_along
from unitofwork.adapters.memory.private.statements import Refresh, refresh_of
from unitofwork.adapters.memory.private.states import State, identity_of, reset
from unitofwork.adapters.memory.questions.answering import Question
from unitofwork.adapters.memory.questions.records import Records
from unitofwork.adapters.memory.questions.related import Related
from unitofwork.adapters.memory.store import Row, Transaction
from unitofwork.adapters.orm.names import mapper_of
from unitofwork.adapters.session.private import autoflush
from unitofwork.domain.lock import Lock
from unitofwork.domain.query import Query

T = TypeVar("T")
_Values: TypeAlias = tuple[Any, ...]


class RowsSession(FlushingSession):
    """A session that asks a store for rows, and never makes a statement of SQL."""

    # Loading

    def entities(
        self, loader: Loader, records: Iterable[Row], *, afresh: bool = False, along: "Along | None" = None
    ) -> list[Any]:
        """The entities of records, with what the mapping loads along with them.

        Args:
            loader: of the records' mapper.
            records: the records.
            afresh: whether to load over what the session has.
            along: what is loaded along with them beside that; None if nothing is said of it.
        """
        found, fresh = self.made(loader, records, afresh)
        if along is not None or loader.loads_along:
            load_along(self, loader, found, fresh, along, afresh=afresh)
        return found

    def made(self, loader: Loader, records: Iterable[Row], afresh: bool) -> tuple[list[Any], list[Any]]:
        """The entities of records, and those of them that were loaded now."""
        records = list(records)
        fresh: list[Any] = []
        found = self.read(lambda reader: loader.load(self, reader, records, fresh))
        if afresh:
            new = set(map(id, fresh))
            for entity, record in zip(found, records, strict=True):
                if id(entity) not in new:
                    state: State = inspect(entity)
                    for relationship in state.mapper.relationships:
                        reset(state, relationship.key)
                    self.reload(loader, state, record, None)
                    fresh.append(entity)
        return found, fresh

    def reload(self, loader: Loader, state: State, record: Row, names: Collection[str] | None) -> None:
        """Load an entity's attributes, all or those named, over whatever it has."""
        self.read(lambda reader: loader.reload(self, reader, state, record, names))

    def related(self, related: Related, loader: Loader, here: Sequence[Any], along: Along = NOTHING) -> list[Any]:
        """What is related to an entity that has these values in the relationship's columns."""
        return self.found(loader, related.find, related.stored(here), along)

    def found(
        self, loader: Loader, find: Callable[[Transaction, T], Iterable[Row]], values: T, along: Along
    ) -> list[Any]:
        """The entities of the records that have some values, without what the session has of them being loaded over."""
        engine = self.engine
        if engine.faults.watching:
            self.connected()
        engine.log.selected(loader.records.tables)  # as `log` has it, in less time
        fresh: list[Any] | None = [] if along or loader.loads_along else None
        connection = self.connected()
        with engine.store.lock:
            try:
                me = connection.transaction
                found = loader.load(self, me, find(me, values), fresh)
            except BaseException as error:
                self.note(error)
                connection.abort()
                raise
        if fresh:
            load_along(self, loader, fresh, fresh, along or None)
        return found

    def related_records(self, related: Related, here: Sequence[Any]) -> list[Row]:
        """The records of what is related to an entity that has these values in the relationship's columns."""
        values = related.stored(here)
        return self.read(lambda reader: related.find(reader, values))

    def find(self, entity_type: type[T], key: tuple[Any, ...]) -> T | None:
        """The entity with this key, out of the session or of its row; or None."""
        mapper = mapper_of(entity_type)
        if mapper.identity_key_from_primary_key(key) in self.identity_map:
            return super().find(entity_type, key)
        autoflush(self)
        return cast("T | None", self.by_key(loader_of(mapper), key))

    def by_key(self, loader: Loader, key: Sequence[Any], along: Along = NOTHING) -> Any:
        """The entity whose row has this key, as the mapping's types give it; or None."""
        found = self.found(loader, loader.records.having_key, loader.stored_key(key), along)
        return found[0] if found else None

    def by_key_locked(self, loader: Loader, key: Sequence[Any], lock: Lock) -> Any:
        """The same, its row locked."""
        record = self.record(loader, key)
        self.meet("lock", loader.records.tables)
        if record is None or not self.locked(loader.records, record, lock):
            return None
        return self.entities(loader, [record], afresh=True)[0]

    def locked(self, records: Records, record: Row, lock: Lock) -> bool:
        """Lock the rows of a record; whether they are locked, and not left out."""

        def take(me: Transaction) -> bool:
            for table in records.tables:
                row = records.row(record, table)
                if row is not None and not me.lock_rows(me.table(table), [row], lock):
                    return False
            return True

        return self.read(take)

    # Questions

    def ask(self, answer: Callable[[Transaction], T], mapper: Mapper[Any]) -> T:
        """The answer to a question about a mapper's records."""
        self.log.selected(loader_of(mapper).records.tables)
        return self.read(answer)

    def answer(self, question: Question, query: Query[Any]) -> list[Row]:
        """The records that answer a question, locked if they are to be."""
        found = self.ask(lambda me: question.answer(me, self.engine.shuffle), question.mapper)
        return found if query.lock is None else self._chosen(query, question.mapper, found, _itself)

    def answer_placed(self, question: Question, query: Query[Any]) -> list[tuple[Row, tuple[object, ...]]]:
        """The same, each with its place."""
        found = self.ask(lambda me: question.answer_placed(me, self.engine.shuffle), question.mapper)
        return self._chosen(query, question.mapper, found, _first)

    def _chosen(self, query: Query[Any], mapper: Mapper[Any], found: list[T], record_of: Callable[[T], Row]) -> list[T]:
        """Those of what was found that can be locked; a question with a lock is asked without limit and offset."""
        if query.lock is None:
            return found
        records, taken = loader_of(mapper).records, list[T]()
        self.meet("lock", records.tables)
        wanted = None if query.limit is None else query.offset + query.limit
        for each in found:
            if wanted is not None and len(taken) >= wanted:
                break
            if self.locked(records, record_of(each), query.lock):
                taken.append(each)
        return taken[query.offset :]

    def record(self, loader: Loader, key: Sequence[Any]) -> Row | None:
        """The record with this key, or None."""
        stored = loader.stored_key(key)
        self.log.selected(loader.records.tables)
        return self.read(lambda reader: loader.records.by_key(reader, stored))

    # What SQLAlchemy asks for by itself

    load_attribute = load_lazily  # pyright: ignore[reportAssignmentType]  # which calls its first parameter a session

    def execute(self, statement: Any, params: Any = None, **options: Any) -> Any:
        """Load an entity afresh, which is all that SQLAlchemy itself asks of the twin's session.

        Raises:
            UnsupportedQuery: it is another statement.
        """
        refresh = refresh_of(statement, options.get("execution_options", {}))
        if refresh is None:
            raise refused(statement)
        key = identity_of(refresh.state.mapper, refresh.state)[1]  # a flush that changes it comes too late
        if refresh.autoflush:
            autoflush(self)
        return _Loaded(self._refreshed(refresh, key))

    def scalar(self, statement: Any, params: Any = None, **options: Any) -> Any:
        """Refuse a statement."""
        raise refused(statement)

    def scalars(self, statement: Any, params: Any = None, **options: Any) -> Any:
        """Refuse a statement."""
        raise refused(statement)

    def _refreshed(self, refresh: Refresh, key: tuple[Any, ...]) -> Any:
        state, names = refresh.state, refresh.names
        loader = loader_of(state.mapper)
        record = self.record(loader, key)
        if record is None:
            return None
        self.reload(loader, state, record, names)
        asked_for = refresh.asked_for and names is not None
        for relationship in state.mapper.relationships:
            if (names is None or relationship.key in names) and (asked_for or _comes_along(relationship, state)):
                load_at_once(self, relationship, state)
        return state.obj()


def _comes_along(relationship: RelationshipProperty[Any], state: State) -> bool:
    if relationship in kept(state):
        return True
    return relationship.lazy in EAGER and relationship.mapper.base_mapper is not state.mapper.base_mapper


def _itself(record: Row) -> Row:
    return record


def _first(placed: tuple[Row, tuple[object, ...]]) -> Row:
    return placed[0]


class _Loaded:
    """One entity, or none, as SQLAlchemy's result gives it."""

    def __init__(self, entity: Any) -> None:
        self._entity = entity

    def unique(self) -> "_Loaded":
        return self

    def scalars(self) -> "_Loaded":
        return self

    def one(self) -> Any:
        if self._entity is None:
            raise NoResultFound
        return self._entity
