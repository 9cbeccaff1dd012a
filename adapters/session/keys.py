"""Looking entities up by key: the identity map first, then whatever the entities are kept in."""

from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

from sqlalchemy import Dialect

from unitofwork.adapters.orm.names import identity_class_of, mapper_of
from unitofwork.adapters.orm.values import EXPRESSIONS, checks
from unitofwork.adapters.session.orm_session import OrmSession
from unitofwork.domain.errors import WrongType
from unitofwork.domain.lock import Lock

T = TypeVar("T")


_PLAIN = frozenset({int, str, UUID})
"""What most keys are: values that are no tuples, no SQL expressions, and not None."""


class KeyLookup(Generic[T]):
    """Finds the entities of one type by their primary keys; an adapter adds how a row is read."""

    def __init__(self, entity_type: type[T], dialect: Dialect) -> None:
        self.entity_type = entity_type
        self.mapper = mapper_of(entity_type)
        self._identity_class = identity_class_of(self.mapper)
        self.names = tuple(self.mapper.get_property_by_column(column).key for column in self.mapper.primary_key)
        """The attributes that are the key."""
        known = checks(self.mapper, dialect, stored=False)
        self._checks = [known.get(name, _accept) for name in self.names]
        self._check_only = self._checks[0] if len(self._checks) == 1 else self._refuse_one

    def find(self, session: OrmSession, key: object, lock: Lock | None) -> T | None:
        """The entity with this key, or None; with a lock, the row is read even if the session has the entity.

        Raises:
            WrongType: the key has too few or too many parts, or a part is of another type than its column.
        """
        parts: tuple[object, ...]
        if key.__class__ in _PLAIN:
            self._check_only(key)
            parts = (key,)
        else:
            whole: Any = key
            parts = whole if isinstance(key, tuple) else (key,)
            self.check(parts)
            for part in parts:
                if part is None:
                    return None
        if lock is None and (self._identity_class, parts, None) in session.identity_map:
            # it may be expired, or of a sibling type: the session knows what to do
            return session.find(self.entity_type, parts)
        return self.load(session, parts, lock)

    def load(self, session: OrmSession, parts: tuple[object, ...], lock: Lock | None) -> T | None:
        """The entity with this key, its row read."""
        raise NotImplementedError

    def _refuse_one(self, part: object) -> None:
        self.check((part,))

    def check(self, parts: tuple[object, ...]) -> None:
        """Refuse parts that cannot be a key of this type.

        Raises:
            WrongType: as `find` does.
        """
        if len(parts) != len(self.names):
            raise WrongType(
                f"the key of {self.entity_type.__name__} has {len(self.names)} parts: {', '.join(self.names)}",
                entity_type=self.entity_type,
            )
        for check, part in zip(self._checks, parts, strict=True):
            if isinstance(part, EXPRESSIONS):
                raise WrongType("a key is a value, not a SQL expression", entity_type=self.entity_type)
            check(part)


class KeyLookups(Protocol):
    """The lookups of every type of a database."""

    def of(self, entity_type: type[T]) -> KeyLookup[T]:
        """The lookup of a type.

        Raises:
            MappingError: the type is not mapped, or not by the database's registry.
        """
        ...


def _accept(_part: object) -> None:
    """Check nothing: the column's type has no rules."""
