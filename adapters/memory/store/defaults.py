"""What the database itself gives a column that is given no value."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from sqlalchemy import Column, Date, DateTime, DefaultClause, FetchedValue, Sequence, TextClause
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.functions import FunctionElement, next_value

from unitofwork.adapters.memory.store.expressions import evaluating
from unitofwork.adapters.memory.store.rules import not_null
from unitofwork.adapters.memory.store.sequences import SequenceShape, declared, identity, serial
from unitofwork.adapters.memory.values import Codec
from unitofwork.domain.errors import MappingError

if TYPE_CHECKING:
    from unitofwork.adapters.memory.store.reading import View

Make: TypeAlias = Callable[["View"], Any]
"""Makes a stored value for a new row."""


def default_of(column: Column[Any], codec: Codec) -> Make | None:
    """What makes the column's value; None for NULL.

    Raises:
        MappingError: the default cannot be computed.
    """
    sequence = sequence_of(column)
    if sequence is not None:
        store = codec.store or _itself
        return lambda me: store(me.store.next_number(sequence))
    default = column.server_default
    if default is None or column.computed is not None:
        return None
    if not isinstance(default, DefaultClause):
        raise _unknown(column, default)
    given = default.arg
    moment = None if isinstance(given, str) else _moment(column, given)
    if moment is not None:
        return lambda me: _stored(codec, moment(me.now()))
    clause = _quoted(given) if isinstance(given, str) else given
    made = evaluating(clause, {}, f"the server default of {column.name}", not_null(column), into=column)
    return lambda me: made((), me)


def _itself(value: Any) -> Any:
    return value


def _stored(codec: Codec, value: Any) -> Any:
    return value if codec.store is None else codec.store(value)


def _quoted(constant: str) -> str:
    """A text as SQLAlchemy writes it into CREATE TABLE, where it stands for a value of the column's type."""
    return "'" + constant.replace("'", "''") + "'"


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
    if default is None and column.table.autoincrement_column is column:
        return serial(column)
    return None


_NOW = frozenset({"now", "current_timestamp", "transaction_timestamp", "localtimestamp"})
_WORD = re.compile(r"\s*(\w+)\s*(?:\(\s*\))?\s*")

_MOMENTS: Mapping[str, Callable[[datetime], Any]] = {
    "with zone": lambda now: now,
    "without zone": lambda now: now.replace(tzinfo=None),
    "date": lambda now: now.date(),
}


def _moment(column: Column[Any], given: ClauseElement) -> Callable[[datetime], Any] | None:
    """What a default makes of the transaction's time, which is one instant; None if it is no such default."""
    if isinstance(given, TextClause):
        match = _WORD.fullmatch(given.text)
        name = match[1].lower() if match is not None else ""
    else:
        name = given.name if isinstance(given, FunctionElement) and not len(given.clauses) else ""
    if isinstance(column.type, Date):
        return _MOMENTS["date"] if name in _NOW or name == "current_date" else None
    if isinstance(column.type, DateTime) and name in _NOW:
        return _MOMENTS["with zone" if column.type.timezone else "without zone"]
    return None


def _unknown(column: Column[Any], default: FetchedValue) -> MappingError:
    return MappingError(
        f"the server default of {column.table.name}.{column.name} is a {type(default).__name__},"
        " which does not say what the value is",
        table=column.table.name,
        columns=(column.name,),
    )
