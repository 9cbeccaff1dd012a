"""Entities and value objects: plain attrs classes that the unit of work can keep.

An entity has an identity and changes; a value object is its attributes and never changes.
"""

from collections.abc import Callable, Collection
from enum import Enum
from typing import TypeVar, cast, dataclass_transform, overload

import attrs

T = TypeVar("T")

_MISSING = object()


class EntityState(Enum):
    """Where an entity stands towards a unit of work."""

    TRANSIENT = "transient"
    """New, and in no unit."""
    PENDING = "pending"
    """Added, and not yet written: the next flush inserts its row."""
    PERSISTENT = "persistent"
    """Has a row in this transaction."""
    DELETED = "deleted"
    """Its row was deleted in this unit, which has not been closed."""
    DETACHED = "detached"
    """Has or had a row, and is in no unit."""


@overload
@dataclass_transform(eq_default=False, field_specifiers=(attrs.field,))
def entity(cls: type[T], /) -> type[T]: ...
@overload
@dataclass_transform(eq_default=False, field_specifiers=(attrs.field,))
def entity(*, kw_only: bool = False) -> Callable[[type[T]], type[T]]: ...
def entity(cls: type[T] | None = None, /, *, kw_only: bool = False) -> type[T] | Callable[[type[T]], type[T]]:
    """Make the class an entity: an attrs class with a ``__dict__`` and with equality by identity.

    This is ``attrs.define(slots=False, eq=False)`` with a ``repr`` that shows what is loaded, and never loads. Both
    settings are needed: an instance keeps its state towards the unit of work in its ``__dict__``, and two objects with
    equal attributes are still two rows.

    Args:
        cls: the class, when the decorator is used without parentheses.
        kw_only: whether all attributes are keyword-only in ``__init__``.
    """

    def decorate(plain: type[T]) -> type[T]:
        own_repr = "__repr__" in plain.__dict__
        made = attrs.define(plain, slots=False, eq=False, kw_only=kw_only, repr=False)
        if not own_repr:
            setattr(made, "__repr__", _repr_of_loaded)  # noqa: B010  # type checkers refuse to assign to a method
        return made

    return decorate if cls is None else decorate(cls)


@overload
@dataclass_transform(frozen_default=True, field_specifiers=(attrs.field,))
def value(cls: type[T], /) -> type[T]: ...
@overload
@dataclass_transform(frozen_default=True, field_specifiers=(attrs.field,))
def value(*, kw_only: bool = False, order: bool = False) -> Callable[[type[T]], type[T]]: ...
def value(
    cls: type[T] | None = None, /, *, kw_only: bool = False, order: bool = False
) -> type[T] | Callable[[type[T]], type[T]]:
    """Make the class a value object: ``attrs.frozen``, compared and hashed by its attributes.

    Args:
        cls: the class, when the decorator is used without parentheses.
        kw_only: whether all attributes are keyword-only in ``__init__``.
        order: whether values are ordered, attribute by attribute.
    """

    def decorate(plain: type[T]) -> type[T]:
        return attrs.frozen(plain, kw_only=kw_only, order=order)

    return decorate if cls is None else decorate(cls)


def _repr_of_loaded(self: attrs.AttrsInstance) -> str:
    """Show the attributes that are in memory: reading the others could run SQL, or fail on a detached entity."""
    loaded = self.__dict__
    shown = [
        f"{field.name}={_short(loaded[field.name], field.repr)}"
        for field in attrs.fields(type(self))
        if field.repr and loaded.get(field.name, _MISSING) is not _MISSING
    ]
    return f"{type(self).__name__}({', '.join(shown)})"


def _short(value: object, how: bool | Callable[[object], str]) -> str:
    """Show a value; name a related entity by its class alone, since entities refer to each other."""
    if callable(how):
        return how(value)
    if _is_entity(value):
        return f"<{type(value).__name__}>"
    items = _items(value)
    return f"<{len(items)} in {type(value).__name__}>" if any(map(_is_entity, items)) else repr(value)


def _items(value: object) -> Collection[object]:
    """What is in a collection; any other value, and text, is not looked into."""
    plain = isinstance(value, str | bytes) or not isinstance(value, Collection)
    return () if plain else cast("Collection[object]", value)


def _is_entity(value: object) -> bool:
    return attrs.has(type(value)) and type(value).__repr__ is _repr_of_loaded
