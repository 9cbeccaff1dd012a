"""What stands after a place in an order, in stretches that an index leads to and through.

No database uses an index for all of ``a > x OR (a = x AND b > y)`` with NULLs at either end. Cut where the leading key
becomes NULL, and on SQLite where it leaves the place's value, each part is a range of an index, sorted as the index is.
"""

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import attrs
from sqlalchemy import ColumnElement, Dialect, Integer, and_, false, literal, or_, tuple_, type_coerce, types

from unitofwork.adapters.orm.orders import checked_place
from unitofwork.adapters.sqlalchemy.ordering import SortKey
from unitofwork.adapters.sqlalchemy.parameters import Parameters
from unitofwork.domain.query import Nulls

_RANGES_BY_ROW_VALUES = "postgresql"
_RANGES_BY_ONE_KEY = "sqlite"
"""Which databases find ``(a, b) > (x, y)`` by an index on both, and which look at every row where ``a = x``; others
find ``a > x OR a = x AND b > y``, and read the whole table for row values."""


_Place: TypeAlias = tuple[ColumnElement[Any] | None, ...]
"""What stands for the values of a place in a statement."""


@attrs.frozen
class Stretch:
    """A part of an order.

    Attributes:
        criteria: what is true of the rows in it alone.
        keys: what sorts them.
    """

    criteria: tuple[ColumnElement[bool], ...]
    keys: tuple[SortKey, ...]


def stretches(
    keys: tuple[SortKey, ...], place: tuple[object, ...] | None, dialect: Dialect, parameters: Parameters | None = None
) -> Iterator[Stretch]:
    """The parts of an order that follow the place, or all of them, one after the other.

    Args:
        keys: of the order.
        place: one value for each key; a member of an enumeration may be given by its name.
        dialect: of the database.
        parameters: notes those that stand for the place's values, which are then checked when they are bound.

    Raises:
        InvalidValue: a value that its key could never have.
    """
    if place is None:
        return _whole(keys)
    compared = tuple(_comparable(key, dialect) for key in keys)
    values = tuple(_bound(key, value, made, parameters) for (key, made), value in zip(compared, place, strict=True))
    return _after(tuple(key for key, _ in compared), values, dialect)


def _comparable(key: SortKey, dialect: Dialect) -> tuple[SortKey, Callable[[object], object]]:
    """The key as it is sorted, and what makes of a place's value the one to compare it with.

    MariaDB sorts an ENUM by its numbers, and compares it as text.
    """
    kind = key.expression.type
    if dialect.name != "mariadb" or not isinstance(kind, types.Enum) or not kind.native_enum:
        return key, lambda value: checked_place(key.mapper, key.name, value, dialect)
    number = attrs.evolve(key, expression=type_coerce(key.expression, Integer) + 0)
    to_text: Callable[[object], str] = kind.bind_processor(dialect)  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped
    return number, lambda value: kind.enums.index(to_text(checked_place(key.mapper, key.name, value, dialect))) + 1


def _bound(
    key: SortKey, value: object, convert: Callable[[object], object], parameters: Parameters | None
) -> ColumnElement[Any] | None:
    """The value in a statement; None stays None, because its SQL is another."""
    if value is None:
        return None
    type_ = key.expression.type
    bound: ColumnElement[Any] = (
        literal(convert(value), type_)
        if parameters is None
        else parameters.of_place(key.mapper.attrs.get(key.name), value, convert, type_)
    )
    return bound


def _whole(keys: tuple[SortKey, ...]) -> Iterator[Stretch]:
    if not keys or not _is_cut_at_null(keys[0]):
        return iter([Stretch((), keys)])
    head, rest = keys[0], keys[1:]
    parts = [
        Stretch((head.expression.is_not(None),), (_never_null(head), *rest)),
        Stretch((head.expression.is_(None),), rest),
    ]
    return iter(parts if head.order.nulls is Nulls.LAST else parts[::-1])


def _after(keys: tuple[SortKey, ...], values: _Place, dialect: Dialect) -> Iterator[Stretch]:
    if not keys:
        return
    head, rest, value = keys[0], keys[1:], values[0]
    if _is_cut_at_null(head):
        if value is None:
            yield from _within(head.expression.is_(None), _after(rest, values[1:], dialect))
        else:
            yield from _after((_never_null(head), *rest), values, dialect)
        if (value is None) is (head.order.nulls is Nulls.FIRST):
            yield list(_whole(keys))[1]
    elif dialect.name == _RANGES_BY_ONE_KEY and not head.unique and not head.order.path.way:
        yield from _within(_same(head, value), _after(rest, values[1:], dialect))
        yield Stretch((_past(head, value),), keys)
    else:
        yield Stretch(tuple(_range(keys, values, dialect)), keys)


def _within(criterion: ColumnElement[bool], parts: Iterator[Stretch]) -> Iterator[Stretch]:
    return (attrs.evolve(part, criteria=(criterion, *part.criteria)) for part in parts)


def _is_cut_at_null(key: SortKey) -> bool:
    """Whether the key is an attribute that may be None; that of a related entity has no index in this order anyway."""
    return key.nullable and not key.order.path.way


def _never_null(key: SortKey) -> SortKey:
    return attrs.evolve(key, nullable=False)


def _range(keys: tuple[SortKey, ...], values: _Place, dialect: Dialect) -> Iterator[ColumnElement[bool]]:
    """What is true beyond the place, such that the database sees a range in it."""
    head, value = keys[0], values[0]
    if head.unique or len(keys) == 1:
        yield _past(head, value)
    elif dialect.name == _RANGES_BY_ROW_VALUES and _agree(keys):
        yield _compared(head, tuple_(*(key.expression for key in keys)), tuple_(*values))
    else:
        if value is not None:  # says nothing new, but is what the range is seen by
            yield _or_null(head, head.expression <= value if head.order.descending else head.expression >= value)
        yield _beyond(keys, values)


def _agree(keys: tuple[SortKey, ...]) -> bool:
    """Whether all keys go in one direction and are never NULL, as row values are compared."""
    return not any(key.nullable or key.order.descending is not keys[0].order.descending for key in keys)


def _beyond(keys: tuple[SortKey, ...], values: _Place) -> ColumnElement[bool]:
    """Beyond the first key's value; or equal to it, and beyond the others."""
    key, value = keys[0], values[0]
    first = _past(key, value)
    return first if len(keys) == 1 else or_(first, and_(_same(key, value), _beyond(keys[1:], values[1:])))


def _past(key: SortKey, value: ColumnElement[Any] | None) -> ColumnElement[bool]:
    if value is None:
        return key.expression.is_not(None) if key.order.nulls is Nulls.FIRST else false()
    return _or_null(key, _compared(key, key.expression, value))


def _same(key: SortKey, value: ColumnElement[Any] | None) -> ColumnElement[bool]:
    same: ColumnElement[bool] = key.expression.is_(None) if value is None else key.expression == value
    return same


def _or_null(key: SortKey, beyond: ColumnElement[bool]) -> ColumnElement[bool]:
    return or_(beyond, key.expression.is_(None)) if key.nullable and key.order.nulls is Nulls.LAST else beyond


def _compared(key: SortKey, one: Any, other: Any) -> ColumnElement[bool]:
    compared: ColumnElement[bool] = one < other if key.order.descending else one > other
    return compared
