"""`insert_many`: rows of mappings become rows of a table."""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import attrs
from sqlalchemy import Connection, Dialect, insert
from sqlalchemy.orm import Mapper

from unitofwork.adapters.sqlalchemy.bulk.sending import Send
from unitofwork.adapters.sqlalchemy.bulk.shape import Shape, shape_of
from unitofwork.adapters.sqlalchemy.bulk.statements import DriverStatement, Rows, Values, compiled, placeholders
from unitofwork.adapters.sqlalchemy.bulk.writing import Plan, write_many


@attrs.frozen
class Inserting:
    """Inserts by one statement, which the driver runs for each row."""

    shape: Shape
    statement: DriverStatement

    def arrange(self, columns: list[Values], numbers: Sequence[int]) -> tuple[Rows, Sequence[int]]:
        """The rows, with their values in the statement's order."""
        return self.statement.arrange(columns, len(numbers)), numbers

    def opened(self, connection: Connection) -> AbstractContextManager[Send]:
        """Give what sends rows."""
        return nullcontext(self.statement.run)


def insert_many(connection: Connection, mapper: Mapper[Any], rows: Iterable[object]) -> int:
    """Insert rows, and return how many."""
    dialect = connection.dialect
    return write_many(connection, mapper, rows, lambda names: _plan(mapper, dialect, names))


def _plan(mapper: Mapper[Any], dialect: Dialect, names: Sequence[str]) -> Plan:
    shape = shape_of(mapper, dialect, names)
    return Inserting(shape, compiled(insert(shape.table).values(placeholders(shape.columns)), dialect))
