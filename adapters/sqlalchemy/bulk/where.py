"""`update_where` and `delete_where`: all rows that a condition holds for, by one statement."""

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
from sqlalchemy import (
    ColumnElement,
    Connection,
    Delete,
    Dialect,
    Update,
    and_,
    bindparam,
    delete,
    select,
    tuple_,
    update,
)
from sqlalchemy.orm import Mapper

from unitofwork.adapters.orm.names import mapper_of
from unitofwork.adapters.session.many.assigning import assigned
from unitofwork.adapters.session.many.attributes import table_of
from unitofwork.adapters.session.many.versions import next_version
from unitofwork.adapters.sqlalchemy.compiled import CompiledStatement
from unitofwork.adapters.sqlalchemy.criteria import criterion
from unitofwork.adapters.sqlalchemy.parameters import Parameters
from unitofwork.adapters.sqlalchemy.prepared import PreparedStatements
from unitofwork.domain.condition import Condition
from unitofwork.domain.query import Query


def update_where(
    connection: Connection,
    mapper: Mapper[Any],
    query: Query[Any],
    values: Mapping[str, object],
    prepared: PreparedStatements,
) -> int:
    """Set attributes of all that the query's condition holds for; return how many rows that are.

    Raises:
        MappingError: a name is not of what can be set.
        InvalidValue, NotNullViolation: a column cannot hold a value.
        UnsupportedQuery: the class is kept in more than one table, or no statement can count its versions.
    """
    dialect = connection.dialect
    given = assigned(mapper, values, dialect)
    version = next_version(mapper)
    if version is not None and version.made is not None:
        given[version.column] = version.made
    statement, sent = prepared.of(Setting(tuple([column.key for column in given])), query, lambda _: dialect)
    for number, value in enumerate(given.values()):
        sent[_PLACE.format(number)] = value
    return statement.execute(connection, sent).rowcount


_PLACE = "unitofwork_set_{}"
"""The parameters for what is set."""


@attrs.frozen
class Setting:
    """Builds what sets these columns of a question's rows, whatever to."""

    keys: tuple[str, ...]

    def __call__(self, query: Query[Any], dialect: Dialect, parameters: Parameters) -> CompiledStatement[Update]:
        mapper = mapper_of(query.entity_type)
        table, version = table_of(mapper), next_version(mapper)
        places = [bindparam(_PLACE.format(n), type_=table.c[key].type) for n, key in enumerate(self.keys)]
        set_to: dict[Any, Any] = {table.c[key]: place for key, place in zip(self.keys, places, strict=True)}
        if version is not None and version.made is None:
            set_to[version.column] = version.expression
        rows = _rows_of(mapper, query.condition, dialect, parameters)
        return CompiledStatement(update(table).where(rows).values(set_to))


def delete_where(connection: Connection, query: Query[Any], prepared: PreparedStatements) -> int:
    """Delete all that the query's condition holds for; return how many rows there were.

    Raises:
        UnsupportedQuery: the class is kept in more than one table.
    """
    statement, sent = prepared.of(_deleting, query, lambda _: connection.dialect)
    return statement.execute(connection, sent).rowcount


def _deleting(query: Query[Any], dialect: Dialect, parameters: Parameters) -> CompiledStatement[Delete]:
    mapper = mapper_of(query.entity_type)
    return CompiledStatement(delete(table_of(mapper)).where(_rows_of(mapper, query.condition, dialect, parameters)))


def there(connection: Connection, mapper: Mapper[Any], keys: Sequence[Sequence[Any]]) -> set[tuple[Any, ...]]:
    """Those of the keys that have a row."""
    columns: list[Any] = list(mapper.base_mapper.primary_key)
    among = (
        tuple_(*columns).in_([tuple(key) for key in keys])
        if len(columns) > 1
        else columns[0].in_([key[0] for key in keys])
    )
    return {tuple(row) for row in connection.execute(select(*columns).where(among))}


def _rows_of(
    mapper: Mapper[Any], condition: Condition, dialect: Dialect, parameters: Parameters
) -> ColumnElement[bool]:
    """The condition, for rows of the class alone where others share its table."""
    holds = criterion(condition, mapper, dialect, parameters=parameters)
    if not mapper.single or mapper.polymorphic_on is None:
        return holds
    classes = [each.polymorphic_identity for each in mapper.self_and_descendants]
    return and_(mapper.polymorphic_on.in_(classes), holds)
