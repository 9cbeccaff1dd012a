"""Rows loaded into MariaDB as local data, which costs it less than an INSERT of many rows.

LOAD DATA LOCAL passes over rows that break a unique rule, and bends values that do not fit. With REPLACE it is as
strict as INSERT, but for a row that breaks a unique rule: that takes the other's place. It is counted twice then, as no
row whose key the database makes is equal to another. What was not loaded as it should is undone, and inserted.
"""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache, partial
from itertools import chain
from typing import Any, TypeAlias

import attrs
from sqlalchemy import Column, Connection, Dialect, Table, bindparam, text

from unitofwork.adapters.session.many.sending import Rows
from unitofwork.adapters.session.many.shape import Shape
from unitofwork.adapters.sqlalchemy.bulk.sending import Send, undo
from unitofwork.adapters.sqlalchemy.bulk.statements import DriverStatement
from unitofwork.adapters.sqlalchemy.bulk.writing import Plan
from unitofwork.adapters.sqlalchemy.engines.driver_calls import call_driver
from unitofwork.adapters.sqlalchemy.engines.mariadb_connection import LOCAL_DATA
from unitofwork.adapters.sqlalchemy.errors.mariadb import code_of
from unitofwork.domain.errors import ConstraintViolation, DatabaseUnavailable, InvalidValue

_FEWEST = 1000
"""For fewer rows it is not worth a question about their table."""
_PIECE = 250
"""How many rows are made text while the server reads those before."""
_NOT_ALLOWED: frozenset[int | None] = frozenset({1142, 1143, 1148, 3948, 4166})
"""The user may not replace rows, or nobody may load local data."""

_COLUMNS: dict[type, frozenset[str]] = {
    int: frozenset({"tinyint", "smallint", "mediumint", "int", "bigint"}),
    float: frozenset({"double"}),
    Decimal: frozenset({"decimal"}),
    str: frozenset({"char", "varchar", "tinytext", "text", "mediumtext", "longtext"}),
    date: frozenset({"date"}),
    datetime: frozenset({"datetime"}),
    time: frozenset({"time"}),
}
"""The types of columns that keep a value as it is written out as text, by its own type."""
_NONE = type(None)

_DESCRIBED = text(
    "SELECT column_name, data_type, is_nullable = 'YES', extra LIKE '%auto_increment%'"
    " FROM information_schema.columns WHERE table_schema = coalesce(:schema, database()) AND table_name = :name"
    " AND 'InnoDB' = (SELECT engine FROM information_schema.tables"  # which a join would cost ten times as much
    " WHERE table_schema = coalesce(:schema, database()) AND table_name = :name)"
).bindparams(bindparam("schema"), bindparam("name"))


@attrs.frozen
class _Column:
    """A column as the server has it, whatever the mapping says."""

    type: str
    nullable: bool
    generated: bool


_Described: TypeAlias = dict[str, _Column]
"""Its columns by name; none if what is done to it cannot be undone."""


def can_load(shape: Shape, statement: DriverStatement, dialect: Dialect) -> bool:
    """Whether values alone make the rows, and the database their key; and whether the driver can."""
    plain = f"({', '.join(['%s'] * len(shape.columns))})"
    generated = shape.table.autoincrement_column
    return (
        not dialect.is_async
        and statement.values == plain
        and all(isinstance(place, int) for place in statement.order)
        and generated is not None
        and generated not in shape.columns
    )


def loading(shape: Shape, statement: DriverStatement, insert: Send, dialect: Dialect) -> Plan:
    """A plan by which rows are loaded where that keeps them exactly as the INSERT would, and else inserted."""
    columns = [shape.columns[place] for place in statement.order if isinstance(place, int)]
    load = _load_into(shape.table, columns, dialect)
    return Plan(shape, _Loading(shape.table, columns, load, insert).opened, statement.arranged)


def _load_into(table: Table, columns: Sequence[Column[Any]], dialect: Dialect) -> str:
    prepared = dialect.identifier_preparer
    names = ", ".join(map(prepared.format_column, columns))
    statement = (
        f"LOAD DATA LOCAL INFILE '{LOCAL_DATA}' REPLACE INTO TABLE {prepared.format_table(table)}"
        " CHARACTER SET utf8mb4 FIELDS TERMINATED BY 0x09 ESCAPED BY 0x5C LINES TERMINATED BY 0x0A"
    )
    return f"{statement} ({names})".replace("%%", "%")  # doubled for statements with parameters


@attrs.define
class _Loading:
    """Loads rows of one shape, until the server does not let it, or keeps them otherwise than as they are."""

    _table: Table
    _columns: Sequence[Column[Any]]
    _statement: str
    _insert: Send
    _refused: bool = False

    @contextmanager
    def opened(self, connection: Connection) -> Generator[Send]:
        described = cache(partial(_described, connection, self._table))
        names = [column.name for column in self._columns]
        refused = False

        def send(connection: Connection, rows: Rows) -> None:
            nonlocal refused
            tried = not (refused or self._refused or len(rows) < _FEWEST)
            pieces = _pieces(rows, names, described()) if tried else iter(())
            if first := next(pieces, None):
                if self._loaded(connection, chain([first], pieces), len(rows)):
                    return
                refused = True  # also when the rows are sent by halves, to find the one that is refused
                undo(connection)
            self._insert(connection, rows)
            self._refused |= refused  # nothing is wrong with the rows, so that it would happen again

        yield send

    def _loaded(self, connection: Connection, pieces: Iterator[bytes], count: int) -> bool:
        """Load rows; False if not all were, just as they are."""
        kept: list[tuple[int, int]] = []

        def call(cursor: Any) -> None:
            with cursor.connection.local_data(pieces):
                cursor.execute(self._statement)
            kept.append((cursor.rowcount, cursor.warning_count))

        try:
            call_driver(connection, self._statement, call)
        except (ConstraintViolation, InvalidValue):
            return False
        except DatabaseUnavailable as error:
            original: object = getattr(error.__cause__, "orig", error.__cause__)
            if not isinstance(original, Exception) or code_of(original) not in _NOT_ALLOWED:
                raise
            return False
        return kept == [(count, 0)]


def _described(connection: Connection, table: Table) -> _Described:
    asked = connection.execute(_DESCRIBED, {"schema": table.schema, "name": table.name})
    return {name: _Column(type_, bool(nullable), bool(generated)) for name, type_, nullable, generated in asked}


def _pieces(rows: Rows, names: Sequence[str], table: _Described) -> Iterator[bytes]:
    """The rows as text, each piece made when it is asked for; ends before rows that cannot be written exactly."""
    if not any(column.generated for name, column in table.items() if name not in names):
        return
    for start in range(0, len(rows), _PIECE):
        cells = _cells(rows[start : start + _PIECE], names, table)
        if cells is None:
            return
        yield ("\n".join(map("\t".join, zip(*cells, strict=True))) + "\n").encode()


def _cells(rows: Rows, names: Sequence[str], table: _Described) -> list[Sequence[str]] | None:
    """What is written for each value, by columns; None if one cannot be written exactly."""
    cells: list[Sequence[str]] = []
    for values, name in zip(zip(*rows, strict=True), names, strict=True):
        written = _written(values, table[name]) if name in table else None
        if written is None:
            return None
        cells.append(written)
    return cells


def _written(values: Sequence[Any], column: _Column) -> Sequence[str] | None:
    kinds = set(map(type, values))
    if _NONE not in kinds:
        return _present(values, kinds, column)
    if not column.nullable:
        return None
    present = _present([value for value in values if value is not None], kinds - {_NONE}, column)
    if present is None:
        return None
    remaining = iter(present)
    return ["\\N" if value is None else next(remaining) for value in values]


def _present(values: Sequence[Any], kinds: set[type], column: _Column) -> Sequence[str] | None:
    if not all(column.type in _COLUMNS.get(kind, ()) for kind in kinds):
        return None
    return _WRITTEN.get(next(iter(kinds), _NONE), _as_they_are)(values)


def _as_they_are(values: Sequence[Any]) -> Sequence[str]:
    return list(map(str, values))


def _texts(values: Sequence[str]) -> Sequence[str] | None:
    together = "".join(values)
    try:
        together.encode()
    except UnicodeEncodeError:
        return None
    if "\\" in together or "\t" in together or "\n" in together:
        return [value.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n") for value in values]
    return values


def _decimals(values: Sequence[Decimal]) -> Sequence[str] | None:
    written = _as_they_are(values)
    return None if "E" in "".join(written) else written  # which an INSERT takes for a number that is not exact


_WRITTEN: dict[type, Callable[[Sequence[Any]], Sequence[str] | None]] = {str: _texts, Decimal: _decimals}
"""How values are written whose text is not enough."""
