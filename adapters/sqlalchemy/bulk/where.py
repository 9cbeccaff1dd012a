"""`update_where` and `delete_where`: all rows that a condition holds for, by one statement."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Dialect, and_, delete, select, tuple_, update
from sqlalchemy.orm import Mapper

from unitofwork.adapters.session.many.assigning import assigned
from unitofwork.adapters.session.many.attributes import table_of
from unitofwork.adapters.session.many.versions import next_version
from unitofwork.adapters.sqlalchemy.criteria import criterion
from unitofwork.domain.condition import Condition


def update_where(
    connection: Connection, mapper: Mapper[Any], condition: Condition, values: Mapping[str, object]
) -> int:
    """Set attributes of all that the condition holds for; return how many rows that are.

    Raises:
        MappingError: a name is not of what can be set.
        InvalidValue, NotNullViolation: a column cannot hold a value.
        UnsupportedQuery: the class is kept in more than one table, or no statement can count its versions.
    """
    assignments = assigned(mapper, values, connection.dialect)
    version = next_version(mapper)
    if version is not None:
        assignments[version.column] = version.expression
    statement = update(table_of(mapper)).where(_rows_of(mapper, condition, connection.dialect))
    return connection.execute(statement.values(assignments)).rowcount


def delete_where(connection: Connection, mapper: Mapper[Any], condition: Condition) -> int:
    """Delete all that the condition holds for; return how many rows there were.

    Raises:
        UnsupportedQuery: the class is kept in more than one table.
    """
    statement = delete(table_of(mapper)).where(_rows_of(mapper, condition, connection.dialect))
    return connection.execute(statement).rowcount


def there(connection: Connection, mapper: Mapper[Any], keys: Sequence[Sequence[Any]]) -> set[tuple[Any, ...]]:
    """Those of the keys that have a row."""
    columns: list[Any] = list(mapper.base_mapper.primary_key)
    among = (
        tuple_(*columns).in_([tuple(key) for key in keys])
        if len(columns) > 1
        else columns[0].in_([key[0] for key in keys])
    )
    return {tuple(row) for row in connection.execute(select(*columns).where(among))}


def _rows_of(mapper: Mapper[Any], condition: Condition, dialect: Dialect) -> ColumnElement[bool]:
    """The condition, for rows of the class alone where others share its table."""
    holds = criterion(condition, mapper, dialect)
    if not mapper.single or mapper.polymorphic_on is None:
        return holds
    classes = [each.polymorphic_identity for each in mapper.self_and_descendants]
    return and_(mapper.polymorphic_on.in_(classes), holds)
