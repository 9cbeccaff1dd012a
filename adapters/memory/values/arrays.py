"""Arrays, stored as tuples of what is stored of each element; the rows of several dimensions are of one length."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, TypeAlias, cast

from sqlalchemy import types

from unitofwork.adapters.memory.values.codec import Codec, Convert, Holder
from unitofwork.adapters.orm.rules import Refusal
from unitofwork.domain.errors import WrongType

_Stored: TypeAlias = tuple[object, ...]

_NUMBERS = frozenset({int, float, Decimal})
"""Of which PostgreSQL's driver sends only one kind in one array."""


def array_codec(type_: types.ARRAY[Any], item: Codec, holder: Holder) -> Codec:
    """Arrays of any element that can be kept."""
    if item.null is not None:
        raise holder.unkept(type_, "arrays of JSON are not told from JSON's own; map it as JSON")
    same = item.key
    return Codec(
        store=_storing(item.store, item.stores_none, type_.dimensions, holder),
        load=_loading(item, tuple if type_.as_tuple else list),
        key=None if same is None else _each(same),
        operand=_storing(item.operand, item.stores_none, type_.dimensions, holder),
        order=_ordering(item.order),
    )


def _storing(convert: Convert | None, stores_none: bool, depth: int | None, holder: Holder) -> Convert:
    def element(value: object) -> object:
        return value if convert is None or (value is None and not stores_none) else convert(value)

    def row(values: Sequence[object], level: int) -> _Stored:
        nested = depth is None or level < depth
        return tuple(
            row(cast("Sequence[object]", value), level + 1)
            if nested and isinstance(value, list | tuple)
            else element(value)
            for value in values
        )

    def store(value: object) -> object:
        if not isinstance(value, list | tuple):
            raise holder.refused(Refusal(WrongType, f"takes list, not {type(value).__name__}"))
        given = cast("Sequence[object]", value)
        found = row(given, 1)
        if len(_NUMBERS.intersection(map(type, _flat(given)))) > 1:
            raise holder.refused(Refusal(WrongType, "takes numbers that are of one kind"))
        lengths = _lengths(found)
        if lengths is None:
            raise holder.refused(Refusal(WrongType, "takes rows that are of one length"))
        return found if all(lengths) else ()

    return store


def _lengths(value: object) -> tuple[int, ...] | None:
    """How long each dimension is; None if its rows differ."""
    if not isinstance(value, tuple):
        return ()
    inner = {_lengths(each) for each in cast(_Stored, value)}
    if len(inner) > 1 or None in inner:
        return None
    return (len(cast(_Stored, value)), *(inner.pop() or () if inner else ()))


def _loading(item: Codec, collection: type[list[Any]] | type[_Stored]) -> Convert:
    load = item.load
    if load is None:
        return lambda value: _nested(value, collection)

    def loaded(value: object) -> object:
        if isinstance(value, tuple):
            return collection(loaded(each) for each in cast(_Stored, value))
        return None if value is None and not item.loads_null else load(value)

    return loaded


def _nested(value: _Stored, collection: type[list[Any]] | type[_Stored]) -> object:
    if value and isinstance(value[0], tuple):
        return collection(_nested(cast(_Stored, each), collection) for each in value)
    return collection(value)


def _each(convert: Convert) -> Convert:
    def converted(value: object) -> object:
        if isinstance(value, tuple):
            return tuple(converted(each) for each in cast(_Stored, value))
        return None if value is None else convert(value)

    return converted


def _ordering(order: Convert | None) -> Convert:
    """By the first element that differs, NULL last; then the shorter one first, and the one of fewer dimensions."""

    def key(value: _Stored) -> object:
        elements = [
            (True, None) if each is None else (False, each if order is None else order(each)) for each in _flat(value)
        ]
        lengths = _lengths(value) or ()
        return elements, len(lengths), lengths

    return key


def _flat(value: object) -> list[object]:
    if isinstance(value, list | tuple):
        return [each for part in cast("Sequence[object]", value) for each in _flat(part)]
    return [value]
