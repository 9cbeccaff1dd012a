"""The codec of a column, by its type; what cannot be kept exactly as PostgreSQL keeps it is refused."""

from functools import singledispatch
from typing import Any

import attrs
from sqlalchemy import Column, types
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeDecorator, TypeEngine, UserDefinedType

from unitofwork.adapters.memory.values.arrays import array_codec
from unitofwork.adapters.memory.values.codec import DIALECT, Codec, Holder
from unitofwork.adapters.memory.values.decorated import decorated_codec, processed_codec
from unitofwork.adapters.memory.values.json_texts import json_codec
from unitofwork.adapters.memory.values.networks import cidr_codec, inet_codec, macaddr_codec
from unitofwork.adapters.memory.values.numbers import float_codec, integer_codec, numeric_codec
from unitofwork.adapters.memory.values.texts import boolean_codec, bytes_codec, enum_codec, string_codec, uuid_codec
from unitofwork.adapters.memory.values.times import date_codec, datetime_codec, interval_codec, time_codec
from unitofwork.adapters.orm.column_types import meant, overrides
from unitofwork.adapters.orm.rules import is_of_one_database

_HOOKS = ("bind_processor", "result_processor", "bind_expression", "column_expression")


def codec_of(column: Column[Any]) -> Codec:
    """How the column's values are kept; make it once.

    Raises:
        MappingError: the type cannot be kept.
    """
    return codec_for(column.type, Holder.of(column))


def codec_for(type_: TypeEngine[Any], holder: Holder) -> Codec:
    """As `codec_of`, of what has a type without being a column."""
    if isinstance(type_, TypeDecorator) and not isinstance(type_, types.Interval):
        return _decorated(type_, holder)
    model = meant(type_, DIALECT)
    if model is not type_ and isinstance(model, TypeDecorator):
        return codec_for(model, holder)
    if is_of_one_database(model) and not type(model).__module__.startswith("sqlalchemy.dialects.postgresql."):
        raise holder.unkept(type_, "it is another database's own; map it with one that PostgreSQL has")
    if (hook := _hook(model)) is not None:
        raise holder.unkept(type_, f"it has a {hook} of its own; map it with a TypeDecorator of process_bind_param")
    return _codec(model, holder)


def _decorated(type_: TypeDecorator[Any], holder: Holder) -> Codec:
    own = _hook(type_)
    if own is not None:
        raise holder.unkept(type_, f"it has a {own} of its own; map it with process_bind_param alone")
    inner = codec_for(type_.load_dialect_impl(DIALECT), holder)
    return (processed_codec if overrides(type_, "bind_processor") else decorated_codec)(type_, inner, holder)


def _hook(type_: TypeEngine[Any]) -> str | None:
    """What the type does to values by other means than a decorator's, as an application may write it."""
    for kind in type(type_).__mro__:
        if kind.__module__.startswith("sqlalchemy."):
            return None
        for name in _HOOKS:
            if name in vars(kind):
                return name
    return None


@singledispatch
def _codec(type_: TypeEngine[Any], holder: Holder) -> Codec:
    raise holder.unkept(type_)


@_codec.register(UserDefinedType)
@_codec.register(types.MatchType)
@_codec.register(postgresql.CITEXT)
@_codec.register(postgresql.DOMAIN)
def _unkept(type_: TypeEngine[Any], holder: Holder) -> Codec:
    raise holder.unkept(type_)


_codec.register(types.Integer, integer_codec)
_codec.register(types.Numeric, numeric_codec)
_codec.register(types.Float, float_codec)
_codec.register(types.String, string_codec)
_codec.register(types.Enum, enum_codec)
_codec.register(types.Uuid, uuid_codec)
_codec.register(types.LargeBinary, bytes_codec)
_codec.register(types.BINARY, bytes_codec)
_codec.register(types.VARBINARY, bytes_codec)
_codec.register(types.Boolean, boolean_codec)
_codec.register(types.Date, date_codec)
_codec.register(types.DateTime, datetime_codec)
_codec.register(types.Time, time_codec)
_codec.register(types.Interval, interval_codec)
_codec.register(postgresql.INTERVAL, interval_codec)
_codec.register(types.JSON, json_codec)


@_codec.register
def _array(type_: types.ARRAY, holder: Holder) -> Codec:  # type: ignore[type-arg]  # a class to register, not a type
    array: types.ARRAY[Any] = type_  # pyright: ignore[reportUnknownVariableType]  # of a class without its parameter
    return array_codec(array, codec_for(array.item_type, attrs.evolve(holder, casts=True)), holder)


@_codec.register
def _inet(type_: postgresql.INET, holder: Holder) -> Codec:
    return inet_codec(holder)


@_codec.register
def _cidr(type_: postgresql.CIDR, holder: Holder) -> Codec:
    return cidr_codec(holder)


@_codec.register
def _macaddr(type_: postgresql.MACADDR, holder: Holder) -> Codec:
    return macaddr_codec(holder)
