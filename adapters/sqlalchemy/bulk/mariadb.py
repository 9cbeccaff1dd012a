"""Upserts for MariaDB, whose ON DUPLICATE KEY UPDATE acts on whichever unique rule a row meets first.

A guard lets it act on the key alone: where the row that it met has another key, an expression is evaluated that fails.
"""

from contextlib import nullcontext
from typing import Any

from sqlalchemy import ColumnElement, Connection, Dialect, TextClause, and_, func, literal_column
from sqlalchemy.dialects.mysql import insert

from unitofwork.adapters.sqlalchemy.bulk.statements import Rows, compiled, placeholders
from unitofwork.adapters.sqlalchemy.bulk.upserts import Upsert
from unitofwork.adapters.sqlalchemy.bulk.writing import Plan
from unitofwork.domain.errors import PersistenceError, UniqueViolation

_FAILS = "(SELECT 1 UNION ALL SELECT 2)"
_MORE_THAN_ONE_ROW = 1242


def upserting(upsert: Upsert, dialect: Dialect) -> Plan:
    """A plan by which the driver runs INSERT … ON DUPLICATE KEY UPDATE."""
    shape = upsert.shape
    plain = insert(shape.table).values(dict(placeholders(shape.columns)))
    met = and_(*(column == plain.inserted[column.key] for column in upsert.key))
    first = upsert.key[0]
    guard = [(first.name, func.if_(met, first, literal_column(_FAILS)))]
    given = [(column.name, plain.inserted[column.key]) for column in upsert.given]
    others = [(column.name, _written_out(value, dialect)) for column, value in upsert.at_updates.items()]
    statement = compiled(plain.on_duplicate_key_update([*guard, *given, *others]), dialect)
    by_insert = compiled(plain, dialect)

    def send(connection: Connection, rows: Rows) -> None:
        try:
            statement.run(connection, rows)
        except PersistenceError as error:
            if not _failed_by_guard(error):
                raise
            if len(rows) == 1:  # a plain INSERT says which rule it is that the row breaks
                by_insert.run(connection, [tuple(row[: len(by_insert.order)]) for row in rows])
            raise UniqueViolation(
                "a row has the same unique value as one with another key",
                entity_type=shape.mapper.class_,
                table=shape.table.name,
            ) from error.__cause__

    return Plan(shape, lambda _: nullcontext(send), statement.arranged, upsert.key)


def _written_out(value: ColumnElement[Any] | TextClause, dialect: Dialect) -> ColumnElement[Any]:
    """The expression with its values in it: the driver sends rows together if all placeholders are theirs."""
    text = str(value.compile(dialect=dialect, compile_kwargs={"literal_binds": True, "include_table": False}))
    return literal_column(text.replace("%%", "%"))  # doubled for the driver, as it is about to be once more


def _failed_by_guard(error: PersistenceError) -> bool:
    original: object = getattr(error.__cause__, "orig", error.__cause__)
    return isinstance(original, Exception) and original.args[:1] == (_MORE_THAN_ONE_ROW,)
