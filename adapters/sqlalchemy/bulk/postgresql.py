"""PostgreSQL's fast ways: rows are copied into their table, or into a temporary one and upserted from there."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager, nullcontext
from itertools import count
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Dialect, TextClause, bindparam, column, select, table
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.sql.schema import ColumnElementColumnDefault
from sqlalchemy.sql.schema import Sequence as Numbers

from unitofwork.adapters.session.many.columns import Values
from unitofwork.adapters.session.many.sending import Rows
from unitofwork.adapters.session.many.shape import Shape
from unitofwork.adapters.session.many.upserts import Upsert
from unitofwork.adapters.sqlalchemy.bulk.conflicts import on_conflict
from unitofwork.adapters.sqlalchemy.bulk.copying import copy_rows
from unitofwork.adapters.sqlalchemy.bulk.sending import Send
from unitofwork.adapters.sqlalchemy.bulk.statements import compiled, with_placeholders
from unitofwork.adapters.sqlalchemy.bulk.writing import Plan
from unitofwork.adapters.sqlalchemy.engines.driver_calls import call_driver

_staging_numbers = count(1)


def can_copy(shape: Shape, dialect: Dialect) -> bool:
    """Whether values alone make the rows: COPY evaluates no expression, of a column's default nor of a type."""
    return can_stage(shape, dialect) and not _computed(shape)


def can_stage(shape: Shape, dialect: Dialect) -> bool:
    """Whether there are values to copy, and all as they are: COPY evaluates no expression of a type.

    Other drivers than psycopg copy no values as Python has them, but as the server keeps them.
    """
    if dialect.driver != "psycopg" or not shape.columns:
        return False
    return not any(_is_wrapped(column, dialect) for column in shape.columns)


def copying(shape: Shape, dialect: Dialect) -> Plan:
    """A plan by which rows are copied into their table, and a single one is inserted, in fewer round trips."""
    target = dialect.identifier_preparer.format_table(shape.table)
    statement = _copy_into(target, shape.columns, dialect)
    insert_one = compiled(with_placeholders(insert(shape.table), shape.columns), dialect)
    places = [place for place in insert_one.order if isinstance(place, int)]
    is_plain = len(places) == len(insert_one.order) == len(shape.columns)

    def send(connection: Connection, rows: Rows) -> None:
        if len(rows) == 1 and is_plain:
            insert_one.run(connection, [tuple([rows[0][place] for place in places])])
        else:
            _copy(connection, statement, rows)

    return Plan(shape, lambda _: nullcontext(send), _in_order)


def staging(upsert: Upsert, dialect: Dialect) -> Plan:
    """A plan by which rows are copied into a temporary table, and upserted from there."""
    shape, prepared = upsert.shape, dialect.identifier_preparer
    names = ", ".join(prepared.format_column(each) for each in shape.columns)

    @contextmanager
    def opened(connection: Connection) -> Generator[Send]:
        staged = f"unitofwork_rows_{next(_staging_numbers)}"
        copy = _copy_into(staged, shape.columns, dialect)
        upsert_staged = _upsert_from(staged, upsert)

        def send(connection: Connection, rows: Rows) -> None:
            _copy(connection, copy, rows)
            connection.execute(upsert_staged)
            connection.exec_driver_sql(f"TRUNCATE {staged}")

        connection.exec_driver_sql(
            f"CREATE TEMPORARY TABLE {staged} ON COMMIT DROP AS"
            f" SELECT {names} FROM {prepared.format_table(shape.table)} WITH NO DATA"
        )
        yield send
        connection.exec_driver_sql(f"DROP TABLE {staged}")

    return Plan(shape, opened, _in_order, upsert.key)


def _upsert_from(staged: str, upsert: Upsert) -> Insert:
    """The upsert of all that is staged, with what is computed for it."""
    shape = upsert.shape
    source = table(staged, *(column(each.name, each.type) for each in shape.columns))
    computed = _computed(shape)
    selected = select(*(source.c[each.name] for each in shape.columns), *computed.values())
    names = [each.name for each in (*shape.columns, *computed)]
    return on_conflict(insert(shape.table).from_select(names, selected, include_defaults=False), upsert)


def _computed(shape: Shape) -> dict[Column[Any], ColumnElement[Any] | TextClause]:
    """The columns without a value that an INSERT computes one for."""
    computed: dict[Column[Any], ColumnElement[Any] | TextClause] = {}
    for each in shape.table.columns:
        if each in shape.columns:
            continue
        if isinstance(each.default, ColumnElementColumnDefault):
            computed[each] = each.default.arg
        elif isinstance(each.default, Numbers):
            computed[each] = each.default.next_value()
    return computed


def _is_wrapped(each: Column[Any], dialect: Dialect) -> bool:
    """Whether the column's type puts its values into an expression."""
    return each.type.dialect_impl(dialect).bind_expression(bindparam("value", type_=each.type)) is not None


def _copy_into(target: str, columns: Sequence[Column[Any]], dialect: Dialect) -> str:
    names = ", ".join(map(dialect.identifier_preparer.format_column, columns))
    return f"COPY {target} ({names}) FROM STDIN".replace("%%", "%")  # doubled for statements with parameters


def _copy(connection: Connection, statement: str, rows: Rows) -> None:
    call_driver(connection, statement, lambda cursor: copy_rows(cursor, statement, rows))


def _in_order(columns: list[Values], _count: int) -> Rows:
    return list(zip(*columns, strict=True))
