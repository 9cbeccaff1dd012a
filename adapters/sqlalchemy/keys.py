"""Looking entities up by key: the identity map first, then a statement that is built once for each type.

``Session.get`` builds its statement anew each time, which costs more than running it on an embedded database.
"""

from collections.abc import Sequence
from typing import Any, Generic, TypeVar, cast

from sqlalchemy import Dialect, Engine
from sqlalchemy.orm import registry

from unitofwork.adapters.orm import check_registry
from unitofwork.adapters.orm.names import mapper_of
from unitofwork.adapters.orm.values import EXPRESSIONS, checks
from unitofwork.adapters.sqlalchemy.binds import Binds
from unitofwork.adapters.sqlalchemy.bulk.inserting import insert_plans
from unitofwork.adapters.sqlalchemy.compiled import CompiledSelect
from unitofwork.adapters.sqlalchemy.lazy_loading import guard
from unitofwork.adapters.sqlalchemy.loading import load
from unitofwork.adapters.sqlalchemy.orm_session import OrmSession
from unitofwork.adapters.sqlalchemy.prepared import PreparedStatements
from unitofwork.adapters.sqlalchemy.statements import locking, select_by_key
from unitofwork.domain.errors import MappingError, WrongType
from unitofwork.domain.lock import Lock

T = TypeVar("T")


class KeyLookup(Generic[T]):
    """Finds the entities of one type by their primary keys."""

    def __init__(self, entity_type: type[T], dialect: Dialect) -> None:
        self._entity_type = entity_type
        self._mapper = mapper_of(entity_type)
        self.names = tuple(self._mapper.get_property_by_column(column).key for column in self._mapper.primary_key)
        """The attributes that are the key."""
        known = checks(self._mapper, dialect, stored=False)
        self._checks = [known.get(name, _accept) for name in self.names]
        self._select = CompiledSelect(select_by_key(entity_type))
        self._parameters = [f"key_{number}" for number in range(len(self.names))]

    def find(self, session: OrmSession, key: object, lock: Lock | None) -> T | None:
        """The entity with this key, or None; with a lock, the row is read even if the session has the entity.

        Raises:
            WrongType: the key has too few or too many parts, or a part is of another type than its column.
        """
        parts = cast("tuple[object, ...]", key) if isinstance(key, tuple) else (key,)
        self.check(parts)
        for part in parts:
            if part is None:
                return None
        if lock is None and self._mapper.identity_key_from_primary_key(parts) in session.identity_map:
            # it may be expired, or of a sibling type: the session knows what to do
            return session.find(self._entity_type, parts)
        select = self._select
        if lock is not None:
            select = CompiledSelect(locking(select.statement, lock, self._mapper))
        found = load(session, select, dict(zip(self._parameters, parts, strict=True)), self._mapper)
        return found[0] if found else None

    def compile(self, engine: Engine) -> None:
        """Compile the statement, before it is first needed."""
        self._select.compile(engine, self._parameters)

    def check(self, parts: tuple[object, ...]) -> None:
        """Refuse parts that cannot be a key of this type.

        Raises:
            WrongType: as `find` does.
        """
        if len(parts) != len(self.names):
            raise WrongType(
                f"the key of {self._entity_type.__name__} has {len(self.names)} parts: {', '.join(self.names)}",
                entity_type=self._entity_type,
            )
        for check, part in zip(self._checks, parts, strict=True):
            if isinstance(part, EXPRESSIONS):
                raise WrongType("a key is a value, not a SQL expression", entity_type=self._entity_type)
            check(part)


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
        self._dialects = dialects
        self._lookups: dict[type, KeyLookup[Any]] = {}

    def of(self, entity_type: type[T]) -> KeyLookup[T]:
        """The lookup of a type. One that was mapped after the database was made gets its checks here.

        Raises:
            MappingError: the type is not mapped, or not by the database's registry.
        """
        lookup = self._lookups.get(entity_type)
        if lookup is None:
            mapper = mapper_of(entity_type)
            if mapper not in self._mapping.mappers:
                raise MappingError(
                    f"{entity_type.__name__} is mapped by another registry than the database's", entity_type=entity_type
                )
            check_registry(self._mapping)
            guard(self._mapping)
            self.binds.check()
            lookup = self._lookups[entity_type] = KeyLookup(entity_type, self._dialects[self.binds.of(mapper)])
        return lookup


def _accept(_part: object) -> None:
    """Check nothing: the column's type has no rules."""
