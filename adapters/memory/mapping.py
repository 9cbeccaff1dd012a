"""What of a mapping the twin cannot follow: told when its database is made, and not when a test comes to it."""

from typing import Any, cast

import attrs
from sqlalchemy import Table
from sqlalchemy.orm import Mapper, RelationshipDirection, RelationshipProperty, registry

from unitofwork.adapters.memory.keys import RowLookups
from unitofwork.adapters.memory.loading import loader_of
from unitofwork.adapters.memory.questions.following import related_of
from unitofwork.adapters.orm import check_registry
from unitofwork.adapters.orm.arguments import check_mapping
from unitofwork.adapters.orm.tables import attached, mapped_table, mappers_of
from unitofwork.adapters.session.lazy_loading import guard
from unitofwork.domain.errors import MappingError, UnsupportedQuery

_REFUSED = frozenset({"dynamic", "write_only", "noload"})
_REFUSED_OF_TABLES = ("postgresql_partition_by", "postgresql_inherits")
_CACHE = "unitofwork.prepared"


@attrs.frozen(eq=False)
class Prepared:
    """A mapping that was found to be one that the twin can follow, with what all its databases share.

    Attributes:
        keys: finds entities by their keys.
    """

    keys: RowLookups
    _attributes: dict[Mapper[Any], int]
    _tables: int

    def is_whole(self, mapping: registry) -> bool:
        """Whether neither a class nor an attribute nor a table was added to the mapping since."""
        return (
            self._attributes.keys() == mappers_of(mapping)
            and all(len(mapper.attrs) == count for mapper, count in self._attributes.items())
            and len(mapping.metadata.tables) == self._tables
        )


def prepared(mapping: registry) -> Prepared:
    """Check a mapping, and give its attributes our errors; that is done once, and again when something was added.

    Raises:
        MappingError: the mapping does not fit the classes, or there is something that cannot be loaded from rows.
    """
    check_mapping(mapping)
    cache = cast("dict[registry, Prepared]", mapping.metadata.info.setdefault(_CACHE, {}))
    known = cache.get(mapping)
    if known is None or not known.is_whole(mapping):
        check_registry(mapping)
        guard(mapping)
        _check_mapping(mapping)
        attributes = {mapper: len(mapper.attrs) for mapper in mappers_of(mapping)}
        known = cache[mapping] = Prepared(RowLookups(mapping), attributes, len(mapping.metadata.tables))
    return known


def _check_mapping(mapping: registry) -> None:
    for copy in attached(mapping.metadata):
        _check_copy(copy)
    for table in mapping.metadata.tables.values():
        for option in _REFUSED_OF_TABLES:
            if table.kwargs.get(option) is not None:
                raise MappingError(
                    f"the table {table.name} has {option}, which the twin cannot follow", table=table.name
                )
    for mapper in mappers_of(mapping):
        loader_of(mapper)
        for relationship in mapper.relationships:
            _check(mapper, relationship)


def _check_copy(copy: Table) -> None:
    """Refuse what an application adds to a table of this library's, since rows are kept in that table itself."""
    if _parts(copy) != _parts(mapped_table(copy)):
        raise MappingError(
            f"the table {copy.name} was given columns or rules, which the twin does not keep: leave it as it was made",
            table=copy.name,
        )
    for table in copy.metadata.tables.values():
        if any(key.target_fullname.rpartition(".")[0] == copy.key for key in table.foreign_keys):
            raise MappingError(
                f"the table {table.name} has a foreign key to {copy.name}, whose rows come and go: leave it out",
                table=table.name,
            )


def _parts(table: Table) -> tuple[int, int, int]:
    return len(table.columns), len(table.constraints), sum(bool(index.unique) for index in table.indexes)


def _check(mapper: Mapper[Any], relationship: RelationshipProperty[Any]) -> None:
    name = f"{mapper.class_.__name__}.{relationship.key}"
    if relationship.lazy in _REFUSED:
        raise MappingError(
            f"{name} is loaded by lazy={relationship.lazy!r}, which the twin cannot follow: map it with lazy='select',"
            " or lazy='raise'",
            entity_type=mapper.class_,
        )
    if relationship.entity.is_aliased_class:
        raise MappingError(f"{name} relates to an aliased class, which the twin cannot ask", entity_type=mapper.class_)
    if relationship.lazy == "joined" and relationship.innerjoin and not _has_always_one(relationship):
        raise MappingError(
            f"{name} is joined with innerjoin=True though nothing may be related, and SQL would find fewer entities:"
            " leave out innerjoin",
            entity_type=mapper.class_,
        )
    try:
        related_of(relationship)
    except UnsupportedQuery as error:
        raise MappingError(str(error), entity_type=mapper.class_) from error


def _has_always_one(relationship: RelationshipProperty[Any]) -> bool:
    to_one = relationship.direction is RelationshipDirection.MANYTOONE
    return to_one and not any(column.nullable for column in relationship.local_columns)
