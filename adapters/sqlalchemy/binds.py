"""Binds: which of several databases keeps which classes and tables."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any, TypeAlias, TypeVar, cast

from sqlalchemy import Table, inspect
from sqlalchemy.exc import NoReferencedTableError
from sqlalchemy.orm import Mapper, RelationshipProperty, registry

from unitofwork.adapters.orm.tables import attached, mapped_table, mappers_of, tables_of
from unitofwork.adapters.sqlalchemy.private import selects_without_join
from unitofwork.domain.errors import MappingError

Key: TypeAlias = type[Any] | Table
"""What can be bound: a mapped class, a base of mapped classes, or a table."""

K = TypeVar("K", bound=Key)

DEFAULT = 0
"""The place of what is not bound; the others are numbered from 1."""

_JOINING = frozenset({"joined", False, "subquery"})


class Binds:
    """Where each class and table of a mapping is, as the number of a database.

    Raises:
        MappingError: what is bound is not of the mapping; or the mapping needs two databases to act as one.
    """

    def __init__(self, mapping: registry, places: Mapping[Key, int]) -> None:
        self._mapping = mapping
        self._bound = {_used(key): place for key, place in places.items()}
        self._tables: dict[Table, int] = {}
        self.check()

    @property
    def several(self) -> bool:
        """Whether there is more than one database."""
        return any(place != DEFAULT for place in self._bound.values())

    def check(self) -> None:
        """Place all tables; once more when a class was mapped later."""
        if not self.several:
            return
        mappers = sorted(mappers_of(self._mapping), key=lambda mapper: mapper.class_.__name__)
        self._check_keys(mappers)
        tables = {key: place for key, place in self._bound.items() if isinstance(key, Table)}
        for mapper in mappers:
            for table in mapper.tables:
                _put(tables, table, self.of(mapper), mapper)
        for mapper in mappers:
            for relationship in mapper.relationships:
                self._check_relationship(tables, mapper, relationship)
        for copy, mapper in attached(self._mapping.metadata).items():
            _put(tables, copy, self.of(mapper), mapper)
        for table in self._mapping.metadata.tables.values():
            _check_foreign_keys(tables, table)
        self._tables = tables  # whole at once: other threads may be reading

    def of(self, mapper: Mapper[Any]) -> int:
        """The place of a class: where the nearest class of its hierarchy is bound, or else one of its tables."""
        keys: tuple[Any, ...] = (*mapper.class_.__mro__, *mapper.tables)
        return next((self._bound[key] for key in keys if key in self._bound), DEFAULT)

    def tables(self, place: int) -> list[Table]:
        """The mapping's tables in one place."""
        return [table for table in self._mapping.metadata.tables.values() if self._tables.get(table, DEFAULT) == place]

    def elsewhere(self) -> Iterator[tuple[Key, int]]:
        """What is not in the default place: classes, those that may yet be mapped included, and tables."""
        yield from ((key, place) for key, place in self._bound.items() if isinstance(key, type))
        yield from ((table, place) for table, place in self._tables.items() if place != DEFAULT)

    def _check_keys(self, mappers: Iterable[Mapper[Any]]) -> None:
        classes = {base for mapper in mappers for base in mapper.class_.__mro__}
        tables = set(tables_of(self._mapping))
        for key in self._bound:
            if not isinstance(key, type):
                if key not in tables:
                    raise MappingError(f"binds= has a table {key.name}, which is not of the database's mapping")
            elif key not in classes and inspect(key, raiseerr=False) is not None:
                raise MappingError(f"binds= has {key.__name__}, which is mapped by another registry", entity_type=key)

    def _check_relationship(
        self, tables: dict[Table, int], mapper: Mapper[Any], relationship: RelationshipProperty[Any]
    ) -> None:
        here, there = self.of(mapper), self.of(relationship.mapper)
        if relationship.secondary is not None and here == there:
            _put(tables, relationship.secondary, here, mapper)
        if here != there and (why := _needs_one_database(relationship)):
            raise MappingError(
                f"{mapper.class_.__name__}.{relationship.key} leads to another database, and {why}",
                entity_type=mapper.class_,
            )


def _used(key: Key) -> Key:
    return key if isinstance(key, type) else mapped_table(key)


def _put(tables: dict[Table, int], table: Any, place: int, mapper: Mapper[Any]) -> None:
    if isinstance(table, Table) and tables.setdefault(cast(Any, table), place) != place:
        name = mapper.class_.__name__
        raise MappingError(
            f"{name} needs the table {table.name}, which is in another database: bind both to the same one",
            entity_type=mapper.class_,
            table=table.name,
        )


def _check_foreign_keys(tables: dict[Table, int], table: Table) -> None:
    for key in table.foreign_key_constraints:
        with suppress(NoReferencedTableError):  # which is the mapping's fault anyway, and is reported for itself
            if tables.get(key.referred_table, DEFAULT) != tables.get(table, DEFAULT):
                column = f"{table.name}.{', '.join(key.column_keys)}"
                raise MappingError(
                    f"{column} has a foreign key to {key.referred_table.name}, which is in another database and cannot"
                    " be looked up there: leave it out, and tell the relationship by primaryjoin= with foreign()",
                    table=table.name,
                )


def _needs_one_database(relationship: RelationshipProperty[Any]) -> str:
    if relationship.secondary is not None:
        return "a table between two others must be beside both"
    if relationship.lazy in _JOINING or (relationship.lazy == "selectin" and not selects_without_join(relationship)):
        return "SQL cannot join what it loads: let it load lazily"
    return ""
