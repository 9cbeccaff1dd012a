"""`update_where` and `delete_where`: all rows that a condition holds for, by one statement."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Dialect, and_, delete, select, tuple_, update
from sqlalchemy.orm import Mapper
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.operators import Operators

from unitofwork.adapters.orm.values import checks
from unitofwork.adapters.sqlalchemy.bulk.attributes import attribute_of, check_given, name_of, table_of
from unitofwork.adapters.sqlalchemy.bulk.versions import next_version
from unitofwork.adapters.sqlalchemy.criteria import criterion
from unitofwork.domain.condition import Condition
from unitofwork.domain.errors import MappingError, NotNullViolation, WrongType


def update_where(
    connection: Connection, mapper: Mapper[Any], condition: Condition, values: Mapping[str, object]
) -> int:
    """Set attributes of all that the condition holds for; return how many rows that are.

    Raises:
        MappingError: a name is not of what can be set.
        InvalidValue, NotNullViolation: a column cannot hold a value.
        UnsupportedQuery: the class is kept in more than one table, or no statement can count its versions.
    """
    assigned: dict[Column[Any], Any] = dict(_assigned(mapper, values, connection.dialect))
    version = next_version(mapper)
    if version is not None:
        column, following = version
        assigned[column] = following
    statement = update(table_of(mapper)).where(_rows_of(mapper, condition, connection.dialect))
    return connection.execute(statement.values(assigned)).rowcount


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


def _assigned(mapper: Mapper[Any], values: Mapping[str, object], dialect: Dialect) -> Iterator[tuple[Column[Any], Any]]:
    """Each column that is set, with its value."""
    known = checks(mapper, dialect)
    for name, value in values.items():
        attribute = attribute_of(mapper, name)
        check_given(mapper, attribute.name)
        if isinstance(value, ClauseElement | Operators):
            text = f"{mapper.class_.__name__}.{name} is set to a value, not to a SQL expression"
            raise WrongType(text, entity_type=mapper.class_)
        parts = (value,) if attribute.parts is None else attribute.parts(value)
        for column, part in zip(attribute.columns, parts, strict=True):
            if column.primary_key:
                text = f"{name_of(mapper, column)} is of the primary key, by which rows are known, and not changed"
                raise MappingError(text, entity_type=mapper.class_)
            check = known.get(mapper.get_property_by_column(column).key)
            if check is not None:
                check(part)
            if part is None and not column.nullable:
                raise _not_nullable(mapper, column)
            yield column, part


def _not_nullable(mapper: Mapper[Any], column: Column[Any]) -> NotNullViolation:
    return NotNullViolation(
        f"{name_of(mapper, column)} needs a value",
        entity_type=mapper.class_,
        table=column.table.name,
        columns=(column.name,),
    )
