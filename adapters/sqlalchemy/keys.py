"""Looking entities up by key: the identity map first, then a statement that is built once for each type.

``Session.get`` builds its statement anew each time, which costs more than running it on an embedded database.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import Dialect, Engine
from sqlalchemy.orm import registry

from unitofwork.adapters.orm import check_registry
from unitofwork.adapters.orm.tables import mapper_in
from unitofwork.adapters.session.keys import KeyLookup
from unitofwork.adapters.session.lazy_loading import guard
from unitofwork.adapters.session.orm_session import OrmSession
from unitofwork.adapters.sqlalchemy.binds import Binds
from unitofwork.adapters.sqlalchemy.bulk.inserting import insert_plans
from unitofwork.adapters.sqlalchemy.bulk.messages import MessageWriter
from unitofwork.adapters.sqlalchemy.compiled import CompiledSelect
from unitofwork.adapters.sqlalchemy.loading import load
from unitofwork.adapters.sqlalchemy.prepared import PreparedStatements
from unitofwork.adapters.sqlalchemy.statements import locking, select_by_key
from unitofwork.domain.lock import Lock

T = TypeVar("T")


class StatementLookup(KeyLookup[T]):
    """Finds the entities of one type by their primary keys, with one statement."""

    def __init__(self, entity_type: type[T], dialect: Dialect) -> None:
        super().__init__(entity_type, dialect)
        self._select = CompiledSelect(select_by_key(entity_type))
        self._parameters = [f"key_{number}" for number in range(len(self.names))]

    def load(self, session: OrmSession, parts: tuple[object, ...], lock: Lock | None) -> T | None:
        """The entity with this key, its row read."""
        select = self._select
        if lock is not None:
            select = CompiledSelect(locking(select.statement, lock, self.mapper))
        found = load(session, select, dict(zip(self._parameters, parts, strict=True)), self.mapper)
        return found[0] if found else None

    def compile(self, engine: Engine) -> None:
        """Compile the statement, before it is first needed."""
        self._select.compile(engine, self._parameters)


class KeyLookups:
    """The lookups of every type that was asked for, made when first needed."""

    def __init__(self, mapping: registry, binds: Binds, dialects: Sequence[Dialect]) -> None:
        self._mapping = mapping
        self.binds = binds
        """Which database keeps which types."""
        self.prepared = PreparedStatements()
        """The statements of questions that are not about a key."""
        self.insert_plans = insert_plans()
        """How rows of each shape are inserted together."""
        self.messages = lru_cache(MessageWriter.of)
        """How messages are written to an outbox of a dialect."""
        self._dialects = dialects
        self._lookups: dict[type, StatementLookup[Any]] = {}

    def of(self, entity_type: type[T]) -> StatementLookup[T]:
        """The lookup of a type. One that was mapped after the database was made gets its checks here.

        Raises:
            MappingError: the type is not mapped, or not by the database's registry.
        """
        lookup = self._lookups.get(entity_type)
        if lookup is None:
            mapper = mapper_in(self._mapping, entity_type)
            check_registry(self._mapping)
            guard(self._mapping)
            self.binds.check()
            lookup = self._lookups[entity_type] = StatementLookup(entity_type, self._dialects[self.binds.of(mapper)])
        return lookup
