"""The types of PostgreSQL that expressions are of, as far as they decide what an operator does."""

from enum import Enum
from typing import Any, cast

import attrs
from sqlalchemy import types
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeDecorator, TypeEngine

from unitofwork.adapters.memory.expressions.refusing import CannotEvaluate
from unitofwork.adapters.memory.values.codec import DIALECT
from unitofwork.adapters.memory.values.numbers import is_single
from unitofwork.adapters.orm.column_types import meant


class Kind(Enum):
    """A type without its limits; the value is its name in SQL."""

    UNKNOWN = "unknown"  # of a literal's text, until something says what it stands for
    BOOLEAN = "boolean"
    SMALLINT = "smallint"
    INTEGER = "integer"
    BIGINT = "bigint"
    NUMERIC = "numeric"
    REAL = "real"
    DOUBLE = "double precision"
    TEXT = "text"
    CHAR = "character"
    BYTES = "bytea"
    DATE = "date"
    TIMESTAMP = "timestamp"
    TIMESTAMPTZ = "timestamp with time zone"
    TIME = "time"
    TIMETZ = "time with time zone"
    INTERVAL = "interval"
    UUID = "uuid"
    JSON = "json"
    JSONB = "jsonb"
    ENUM = "enum"
    ARRAY = "array"


@attrs.frozen
class SqlType:
    """The type of an expression.

    Attributes:
        kind: which it is.
        labels: of an enumeration, what it may be, in its order.
        item: of an array, the type of its elements.
    """

    kind: Kind
    labels: tuple[str, ...] = ()
    item: "SqlType | None" = None


UNKNOWN, BOOLEAN, INTEGER, BIGINT, NUMERIC, DOUBLE, TEXT = map(
    SqlType, (Kind.UNKNOWN, Kind.BOOLEAN, Kind.INTEGER, Kind.BIGINT, Kind.NUMERIC, Kind.DOUBLE, Kind.TEXT)
)
DATE, TIMESTAMP, TIMESTAMPTZ, TIME, INTERVAL = map(
    SqlType, (Kind.DATE, Kind.TIMESTAMP, Kind.TIMESTAMPTZ, Kind.TIME, Kind.INTERVAL)
)

INTEGERS = frozenset({Kind.SMALLINT, Kind.INTEGER, Kind.BIGINT})
FLOATS = frozenset({Kind.REAL, Kind.DOUBLE})
EXACT = INTEGERS | {Kind.NUMERIC}
NUMBERS = EXACT | FLOATS
TEXTS = frozenset({Kind.TEXT, Kind.CHAR})
MOMENTS = frozenset({Kind.DATE, Kind.TIMESTAMP, Kind.TIMESTAMPTZ})

WIDENING = (Kind.SMALLINT, Kind.INTEGER, Kind.BIGINT, Kind.NUMERIC, Kind.REAL, Kind.DOUBLE)
"""The numbers, each of which is taken for any later one."""

_BY_CLASS: tuple[tuple[type[TypeEngine[Any]], Kind], ...] = (
    (types.SmallInteger, Kind.SMALLINT),
    (types.BigInteger, Kind.BIGINT),
    (types.Integer, Kind.INTEGER),
    (types.Numeric, Kind.NUMERIC),
    (types.CHAR, Kind.CHAR),
    (types.NCHAR, Kind.CHAR),
    (types.String, Kind.TEXT),
    (types.Boolean, Kind.BOOLEAN),
    (types.Date, Kind.DATE),
    (types.Interval, Kind.INTERVAL),
    (postgresql.INTERVAL, Kind.INTERVAL),
    (types.Uuid, Kind.UUID),
    (types.LargeBinary, Kind.BYTES),
    (postgresql.JSONB, Kind.JSONB),
    (types.JSON, Kind.JSON),
)


def plain(type_: TypeEngine[Any]) -> TypeEngine[Any]:
    """What the database has of a type: without decorators, as PostgreSQL has it."""
    while isinstance(type_, TypeDecorator) and not isinstance(type_, types.Interval):
        type_ = type_.load_dialect_impl(DIALECT)
    model = meant(type_, DIALECT)
    return model if model is type_ else plain(model)


def sql_type(type_: TypeEngine[Any]) -> SqlType:
    """The type of what SQLAlchemy's type keeps.

    Raises:
        CannotEvaluate: expressions of the type are not evaluated.
    """
    model = plain(type_)
    if isinstance(model, types.NullType):
        return UNKNOWN
    if isinstance(model, types.Enum):
        return SqlType(Kind.ENUM, tuple(model.enums)) if model.native_enum else TEXT
    if isinstance(model, types.Float):
        return SqlType(Kind.REAL) if is_single(model) else DOUBLE
    if isinstance(model, types.DateTime):
        return TIMESTAMPTZ if model.timezone else TIMESTAMP
    if isinstance(model, types.Time):
        return SqlType(Kind.TIMETZ) if model.timezone else TIME
    if isinstance(model, types.ARRAY):
        return SqlType(Kind.ARRAY, item=sql_type(cast("Any", model).item_type))
    for class_, kind in _BY_CLASS:
        if isinstance(model, class_):
            return SqlType(kind)
    raise CannotEvaluate(f"the type {type(type_).__name__}")


def wider(one: Kind, other: Kind) -> Kind:
    """The kind of number in which an operator calculates with both."""
    found = max(one, other, key=WIDENING.index)
    if found is Kind.REAL and one is not other:
        return Kind.DOUBLE
    return found
