"""Which classes and tables a mapping has: the application's own, and those of this library that are attached to it.

A class can be mapped only once in a process, while a process may have several registries. So this library maps its own
classes with a registry of its own, and an application's MetaData gets copies of their tables, by which it creates and
migrates them; see `messages`. Statements use the library's tables, whose names are the same.
"""

from collections.abc import Mapping
from typing import Any, cast

from sqlalchemy import MetaData, Table
from sqlalchemy.orm import Mapper, registry

from unitofwork.adapters.orm.names import attach_by, mapper_of
from unitofwork.domain.errors import MappingError

_ATTACHED = "unitofwork.attached"


def attach(table: Table, entity_type: type) -> None:
    """Note that a table of an application is the copy of that which keeps a class of this library."""
    table.metadata.info.setdefault(_ATTACHED, {})[table] = entity_type


def attached(metadata: MetaData) -> Mapping[Table, Mapper[Any]]:
    """The copies of this library's tables, each with the mapper that it is there for."""
    noted: Mapping[Table, type] = metadata.info.get(_ATTACHED, {})
    return {table: mapper_of(each) for table, each in noted.items() if metadata.tables.get(table.key) is table}


def mappers_of(mapping: registry) -> frozenset[Mapper[Any]]:
    """The mappers of all classes that a database of this mapping keeps."""
    return mapping.mappers.union(attached(mapping.metadata).values())


def tables_of(mapping: registry) -> list[Table]:
    """The tables of all that a database of this mapping keeps; those of this library are last."""
    copies = attached(mapping.metadata)
    own = [table for table in mapping.metadata.tables.values() if table not in copies]
    return [*own, *map(_table_of, copies.values())]


def mapped_table(table: Table) -> Table:
    """The table that units of work use: for the copy of one of this library's, that one."""
    mapper = attached(table.metadata).get(table)
    return table if mapper is None else _table_of(mapper)


def mapper_in(mapping: registry, entity_type: type[Any]) -> Mapper[Any]:
    """The mapper of a class that a database of this mapping keeps.

    Raises:
        MappingError: the class is not mapped, or not by this registry.
    """
    mapper = mapper_of(entity_type)
    if mapper not in mappers_of(mapping):
        cure = attach_by(entity_type)
        raise MappingError(
            f"{entity_type.__name__} is mapped by another registry than the database's" if cure is None else cure,
            entity_type=entity_type,
        )
    return mapper


def _table_of(mapper: Mapper[Any]) -> Table:
    return cast(Table, mapper.local_table)
