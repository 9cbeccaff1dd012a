"""Looking entities up by key among rows in memory."""

from functools import cached_property
from typing import Any, TypeVar

from sqlalchemy.orm import registry

from unitofwork.adapters.memory.loading import Loader, loader_of
from unitofwork.adapters.memory.many.inserting import insert_plans
from unitofwork.adapters.memory.questions.answering import Plans, plans_of
from unitofwork.adapters.memory.values import DIALECT
from unitofwork.adapters.orm.tables import mapper_in
from unitofwork.adapters.session.keys import KeyLookup
from unitofwork.adapters.session.orm_session import OrmSession
from unitofwork.adapters.session.private import autoflush
from unitofwork.domain.lock import Lock

T = TypeVar("T")


class RowLookup(KeyLookup[T]):
    """Finds the entities of one type by their primary keys."""

    def load(self, session: OrmSession, parts: tuple[object, ...], lock: Lock | None) -> T | None:
        """The entity with this key, its row read."""
        rows: Any = session
        autoflush(rows)
        loader = self.loader
        entity: T | None = rows.by_key(loader, parts) if lock is None else rows.by_key_locked(loader, parts, lock)
        return entity

    @cached_property
    def loader(self) -> Loader:
        """The loader of the type's mapper."""
        return loader_of(self.mapper)

    @cached_property
    def plans(self) -> Plans:
        """What was compiled for the questions about the type."""
        return plans_of(self.mapper)


class RowLookups:
    """The lookups of every type that was asked for, made when first needed."""

    def __init__(self, mapping: registry) -> None:
        self._mapping = mapping
        self._lookups: dict[type, RowLookup[object]] = {}
        self.insert_plans = insert_plans()
        """How rows of each shape are inserted together."""

    def of(self, entity_type: type[T]) -> RowLookup[T]:
        """The lookup of a type.

        Raises:
            MappingError: the type is not mapped, or not by the database's registry.
        """
        known: Any = self._lookups.get(entity_type)
        if known is None:
            mapper_in(self._mapping, entity_type)
            known = self._lookups[entity_type] = RowLookup(entity_type, DIALECT)
        lookup: RowLookup[T] = known
        return lookup
