"""How rows with the same attributes become rows of a table: which columns they fill, and how."""

from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any

import attrs
from sqlalchemy import Column, Dialect, Table
from sqlalchemy.orm import Mapper

from unitofwork.adapters.session.many import made
from unitofwork.adapters.session.many.attributes import Attribute, attribute_of, check_given, name_of, table_of
from unitofwork.adapters.session.many.columns import Binder, ColumnValues, Values
from unitofwork.adapters.session.many.row_errors import in_row
from unitofwork.domain.errors import MappingError, NotNullViolation, PersistenceError

Row = Mapping[str, Any]


@attrs.frozen
class Shape:
    """What is done to rows that give these attributes."""

    mapper: Mapper[Any]
    table: Table
    given: tuple[Attribute, ...]
    """In the order of the first row."""
    columns: tuple[Column[Any], ...]
    """All that is sent, given or made."""
    _defaults: tuple[tuple[Attribute, Any], ...]
    _made: tuple[tuple[Column[Any], made.Make], ...]
    _ready: tuple[ColumnValues, ...]

    def gather(self, chunk: Sequence[Row], rows: Sequence[int]) -> dict[str, Values]:
        """The values of each column, by its key, before any of them is checked.

        Args:
            chunk: rows that have the given attributes.
            rows: their numbers.

        Raises:
            WrongType: what is given for a value object is none; the error has its row.
            KeyError, TypeError: or whatever else one raises that does not have the attributes.
        """
        values: dict[str, Values] = {}
        for attribute in self.given:
            _take_apart(attribute, list(map(itemgetter(attribute.name), chunk)), rows, values)
        for attribute, default in self._defaults:
            _take_apart(attribute, [default() for _ in chunk], rows, values)
        for column, make in self._made:
            values[column.key] = make(len(chunk), values)
        return values

    def ready(self, values: Mapping[str, Values], rows: Sequence[int]) -> list[Values]:
        """The values of each column, in the columns' order, ready to be sent.

        Raises:
            InvalidValue, NotNullViolation: one is refused; the error has its row.
        """
        return [each.ready(values[each.column.key], rows) for each in self._ready]


def shape_of(
    mapper: Mapper[Any], dialect: Dialect, names: Sequence[str], binder: Binder, needed: Sequence[Column[Any]] = ()
) -> Shape:
    """Decide what is done to rows with attributes of these names.

    Args:
        mapper: of the rows' class.
        dialect: of the database.
        names: of what each row gives.
        binder: says how values of a column are made ready.
        needed: the columns that may not be None, besides those that are not nullable.

    Raises:
        MappingError: a name is not of what can be given; two stand for the same column.
        NotNullViolation: a column needs a value, and nothing gives it one.
        UnsupportedQuery: the class is kept in more than one table.
    """
    table = table_of(mapper)
    given = tuple(_given(mapper, names))
    filled = _Filled(mapper)
    for attribute in given:
        filled.take(attribute)
    kept = tuple((c, make) for c, make in made.by_mapping(mapper) if c.table is table and filled.adds(c))
    defaults = tuple(
        (attribute, make)
        for attribute, make in made.by_fields(mapper)
        if not any(map(filled.has, attribute.columns)) and all(map(filled.adds, attribute.columns))
    )
    computed = tuple((column, make) for column, make in made.by_columns(table) if filled.adds(column))
    columns = tuple(filled.columns)
    for column in table.columns:
        if column not in filled.columns and _needs_value(table, column):
            raise _nothing_given(mapper, column)
    ready = tuple(
        ColumnValues.of(column, mapper, dialect, binder(column), needed=column in needed) for column in columns
    )
    return Shape(mapper, table, given, columns, defaults, (*kept, *computed), ready)


class _Filled:
    """The columns that have a value already."""

    def __init__(self, mapper: Mapper[Any]) -> None:
        self._mapper = mapper
        self.columns: dict[Column[Any], None] = {}

    def has(self, column: Column[Any]) -> bool:
        return column in self.columns

    def adds(self, column: Column[Any]) -> bool:
        """Take a column in; False if it has a value already."""
        new = column not in self.columns
        self.columns[column] = None
        return new

    def take(self, attribute: Attribute) -> None:
        for column in attribute.columns:
            if not self.adds(column):
                raise MappingError(
                    f"{self._mapper.class_.__name__}.{attribute.name} fills the column {column.name}, which another"
                    " attribute of the row fills: give one of them",
                    entity_type=self._mapper.class_,
                )


def _given(mapper: Mapper[Any], names: Sequence[str]) -> Iterator[Attribute]:
    for name in names:
        attribute = attribute_of(mapper, name)
        check_given(mapper, attribute.name)
        yield attrs.evolve(attribute, name=name)


def _needs_value(table: Table, column: Column[Any]) -> bool:
    by_database = column.server_default is not None or column.computed is not None or column.identity is not None
    by_statement = column.default is not None
    return not (column.nullable or by_database or by_statement or column is table.autoincrement_column)


def _nothing_given(mapper: Mapper[Any], column: Column[Any]) -> NotNullViolation:
    return NotNullViolation(
        f"{name_of(mapper, column)} needs a value, and has no default: give it in every row",
        entity_type=mapper.class_,
        table=column.table.name,
        columns=(column.name,),
    )


def _take_apart(attribute: Attribute, given: Values, rows: Sequence[int], values: dict[str, Values]) -> None:
    if attribute.parts is None:
        values[attribute.columns[0].key] = given
        return
    done: list[tuple[Any, ...]] = []
    try:
        done.extend(map(attribute.parts, given))
    except PersistenceError as error:
        raise in_row(error, rows[len(done)]) from error.__cause__
    for column, parts in zip(attribute.columns, zip(*done, strict=True), strict=True):
        values[column.key] = list(parts)
