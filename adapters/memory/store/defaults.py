"""What the database itself gives a column that is given no value."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from sqlalchemy import Column, DefaultClause, Integer, Sequence, String
from sqlalchemy.sql.functions import next_value

from unitofwork.adapters.memory.store.sequences import SequenceShape, declared, identity, serial
from unitofwork.domain.errors import MappingError

if TYPE_CHECKING:
    from unitofwork.adapters.memory.store.reading import View

Make: TypeAlias = Callable[["View"], Any]
"""Makes a value for a new row."""


def default_of(column: Column[Any]) -> Make | None:
    """What makes the column's value; None for NULL.

    Raises:
        MappingError: the default cannot be computed.
    """
    sequence = sequence_of(column)
    if sequence is not None:
        return lambda me: me.store.next_number(sequence)
    default = column.server_default
    if default is None or column.computed is not None:
        return None
    if isinstance(default, DefaultClause):
        given = default.arg
        if isinstance(given, str) and isinstance(column.type, String):
            return lambda _: given
        if isinstance(given, str) and isinstance(column.type, Integer):
            number = int(given)
            return lambda _: number
    raise refused(column)


def sequence_of(column: Column[Any]) -> SequenceShape | None:
    """The sequence that numbers the column, if one does."""
    if column.identity is not None:
        return identity(column, column.identity)
    chosen = column.default
    if isinstance(chosen, Sequence) and not chosen.optional:
        return declared(chosen)
    default = column.server_default
    if isinstance(default, DefaultClause) and isinstance(default.arg, next_value):
        return declared(default.arg.sequence)
    table = column.table
    if default is None and table.autoincrement_column is column:
        return serial(column)
    return None


def refused(column: Column[Any]) -> MappingError:
    """Say that a default cannot be computed."""
    return MappingError(
        f"the server default of {column.table.name}.{column.name} cannot be computed here",
        table=column.table.name,
        columns=(column.name,),
    )
