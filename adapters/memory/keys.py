"""Looking entities up by key among rows in memory."""

from typing import TypeVar, cast

from sqlalchemy.orm import registry

from unitofwork.adapters.memory.many.inserting import insert_plans
from unitofwork.adapters.memory.rows_session import RowsSession
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
        rows = cast(RowsSession, session)
        autoflush(rows)
        return cast("T | None", rows.by_key(self.mapper, parts, lock))


class RowLookups:
    """The lookups of every type that was asked for, made when first needed."""

    def __init__(self, mapping: registry) -> None:
        self._mapping = mapping
        self._lookups: dict[type, RowLookup[object]] = {}
        self.insert_plans = insert_plans()
        """How rows of each shape are inserted together."""

    def of(self, entity_type: type[T]) -> KeyLookup[T]:
        """The lookup of a type.

        Raises:
            MappingError: the type is not mapped, or not by the database's registry.
        """
        lookup = self._lookups.get(entity_type)
        if lookup is None:
            mapper_in(self._mapping, entity_type)
            lookup = self._lookups[entity_type] = RowLookup(entity_type, DIALECT)
        return cast("KeyLookup[T]", lookup)
