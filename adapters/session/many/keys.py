"""The key by which an upsert knows which rows are there."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Column
from sqlalchemy.orm import Mapper

from unitofwork.adapters.orm.constraints import unique_keys
from unitofwork.adapters.session.many.attributes import attribute_of, name_of, table_of
from unitofwork.adapters.session.many.columns import Values
from unitofwork.domain.errors import InvalidRow, MappingError, UnsupportedQuery


def key_of(mapper: Mapper[Any], names: Collection[str] | None) -> tuple[Column[Any], ...]:
    """The columns of the attributes with these names; of the primary key if there are none.

    Raises:
        MappingError: there is no such attribute; or rows may have all these columns in common.
        UnsupportedQuery: rows of the table may be of other classes.
    """
    if mapper.polymorphic_on is not None:
        raise UnsupportedQuery(
            f"{mapper.class_.__name__} is of a hierarchy, and the row with a key may be of another class of it:"
            " upsert its entities one by one",
            entity_type=mapper.class_,
        )
    table = table_of(mapper)
    if names is None:
        return tuple(table.primary_key.columns)
    columns = tuple(column for name in names for column in attribute_of(mapper, name).columns)
    known = unique_keys(table)
    if not any(set(key) == set(columns) for key in known):
        has = "; ".join(", ".join(name_of(mapper, column) for column in key) for key in known)
        raise MappingError(
            f"no unique rule of the mapping is about just {', '.join(names) or 'nothing'}; there is {has}",
            entity_type=mapper.class_,
        )
    return columns


def check_key_given(mapper: Mapper[Any], key: Sequence[Column[Any]], given: Sequence[Column[Any]]) -> None:
    """Refuse rows that do not give the whole key, or that give another primary key.

    Raises:
        InvalidRow: a part of the key is missing.
        MappingError: the rows give the primary key beside another key, by which a row that is there might change it.
    """
    for column in key:
        if column not in given:
            text = f"{name_of(mapper, column)} is missing, which is of the key that says which rows are there"
            raise InvalidRow(text, entity_type=mapper.class_)
    for column in given:
        if column.primary_key and column not in key:
            text = f"{name_of(mapper, column)} is of the primary key, which a row that is there keeps: leave it out"
            raise MappingError(text, entity_type=mapper.class_)


def last_of_each(
    columns: list[Values], key: Sequence[int], numbers: Sequence[int]
) -> tuple[list[Values], Sequence[int]]:
    """Of rows with the same key the last one: values by column, and the rows' numbers.

    Args:
        columns: the values of each column.
        key: which of the columns are the key's.
        numbers: the rows' numbers.
    """
    keys = list(zip(*(columns[place] for place in key), strict=True))
    last = dict(zip(keys, range(len(keys)), strict=True))
    if len(last) == len(keys):
        return columns, numbers
    kept = sorted(last.values())
    return [[values[row] for row in kept] for values in columns], [numbers[row] for row in kept]
