"""Texts, bytes, and what is known by a name or a number that nobody reads: enumerations and UUIDs."""

from typing import Any
from uuid import UUID

from sqlalchemy import types

from unitofwork.adapters.memory.values.codec import DIALECT, Codec, Holder, Plain

_CODE_POINTS = frozenset({None, "C", "POSIX", "ucs_basic", "default"})
"""The collations that sort by code point; of a database that is made with the locale C, the default one too."""


def string_codec(type_: types.String, holder: Holder) -> Codec:
    """Texts, which are cut to their length only where spaces are lost, as SQL wants it."""
    if type_.collation not in _CODE_POINTS:
        raise holder.unkept(type_, "its collation is the database's own; map it without")
    if isinstance(type_, types.CHAR | types.NCHAR):
        return _padded(type_, holder)
    limit = type_.length
    otherwise = holder.storing(type_, str)

    def store(value: str) -> object:
        if type(value) is str and value.isascii() and "\0" not in value and (limit is None or len(value) <= limit):
            return value
        return otherwise(cut(value, limit, holder.casts))

    compared = holder.comparing(type_, str)

    def operand(value: str) -> object:
        return value if type(value) is str and value.isascii() and "\0" not in value else compared(value)

    fits = "" if limit is None else f" and len({{0}}) <= {limit}"
    return Codec(
        store=store,
        operand=operand,
        plain=Plain(str, f"({{0}}.isascii() or encodes({{0}})) and '\\0' not in {{0}}{fits}"),
    )


def cut(value: object, limit: int | None, casts: bool) -> object:
    """The text without what is beyond its limit, if that is only spaces, or a cast takes away everything."""
    if limit is None or not isinstance(value, str) or len(value) <= limit:
        return value
    return value[:limit] if casts or not value[limit:].strip(" ") else value


def _padded(type_: types.String, holder: Holder) -> Codec:
    """Of CHAR(n), spaces at the end mean nothing: they are stored without, and loaded with as many as there is room."""
    width = type_.length or 1
    checked = holder.storing(types.String(width), lambda value: str(value).rstrip(" "))

    return Codec(
        store=lambda value: checked(cut(value, width, holder.casts)),
        load=lambda value: value.ljust(width),
        operand=holder.comparing(types.String(), str),
    )


def enum_codec(type_: types.Enum, holder: Holder) -> Codec:
    """Members by the text that the database has for each; PostgreSQL's own enumerations sort as they are declared."""
    kept = type_.dialect_impl(DIALECT)
    bind, result = kept.bind_processor(DIALECT), kept.result_processor(DIALECT, None)
    members: Any = type_.enum_class
    texts: dict[object, str] = {member: bind(member) for member in members or () if bind is not None}
    otherwise = holder.storing(type_, bind)

    def store(value: object) -> object:
        return texts[value] if type(value) is members else otherwise(value)

    loaded = {text: text if result is None else result(text) for text in type_.enums}
    places = {text: place for place, text in enumerate(type_.enums)}
    return Codec(
        store=store,
        load=None if members is None else loaded.__getitem__,
        operand=store,
        order=places.__getitem__ if type_.native_enum else None,
    )


def uuid_codec(type_: types.Uuid[Any], holder: Holder) -> Codec:
    """UUIDs, as such or as their text."""
    if not type_.as_uuid:
        store = holder.storing(type_, UUID)
        return Codec(store=store, load=str, operand=store)
    otherwise = holder.storing(type_, lambda value: UUID(int=value.int))

    def store_uuid(value: object) -> object:
        return value if type(value) is UUID else otherwise(value)

    return Codec(store=store_uuid, operand=store_uuid, plain=Plain(UUID))


def bytes_codec(type_: types.LargeBinary | types.BINARY | types.VARBINARY, holder: Holder) -> Codec:
    """Bytes, copied where they could be changed."""
    return Codec(store=holder.storing(type_, bytes), operand=holder.comparing(type_, bytes))


def boolean_codec(type_: types.Boolean, holder: Holder) -> Codec:
    """True and False."""
    store = holder.storing(type_)
    return Codec(store=store, operand=store, plain=Plain(bool))
