"""What `update_where` sets: the columns behind attributes, with values that they can hold."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Column, Dialect
from sqlalchemy.orm import Mapper
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.operators import Operators

from unitofwork.adapters.orm.values import checks
from unitofwork.adapters.session.many.attributes import attribute_of, check_given, name_of
from unitofwork.domain.errors import MappingError, NotNullViolation, WrongType


def assigned(mapper: Mapper[Any], values: Mapping[str, object], dialect: Dialect) -> dict[Column[Any], Any]:
    """Each column that is set, with its value.

    Raises:
        MappingError: a name is not of what can be set.
        InvalidValue, NotNullViolation: a column cannot hold a value.
    """
    return dict(_assigned(mapper, values, dialect))


def _assigned(mapper: Mapper[Any], values: Mapping[str, object], dialect: Dialect) -> Iterator[tuple[Column[Any], Any]]:
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
