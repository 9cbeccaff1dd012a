"""Queries: whole questions, as frozen values."""

from collections.abc import Iterable, Sequence
from enum import Enum
from typing import Generic, TypeVar, cast

import attrs

from unitofwork.domain.condition import ANYTHING, Condition
from unitofwork.domain.errors import MappingError
from unitofwork.domain.lock import Lock, check_lock
from unitofwork.domain.path import Path

T = TypeVar("T")


class Nulls(Enum):
    """Where the entities whose ordering attribute is None stand."""

    FIRST = "first"
    LAST = "last"


def _like_postgresql(order: "Order") -> Nulls:
    return Nulls.FIRST if order.descending else Nulls.LAST


@attrs.frozen
class Order:
    """One key of an order. None comes last when ascending and first when descending, unless said otherwise."""

    path: Path
    descending: bool = False
    nulls: Nulls = attrs.field(default=attrs.Factory(_like_postgresql, takes_self=True))

    def nulls_first(self) -> "Order":
        """The same, with None before everything else."""
        return attrs.evolve(self, nulls=Nulls.FIRST)

    def nulls_last(self) -> "Order":
        """The same, with None after everything else."""
        return attrs.evolve(self, nulls=Nulls.LAST)

    def __str__(self) -> str:
        return f"{self.path} {'desc' if self.descending else 'asc'} nulls {self.nulls.value}"


@attrs.frozen(slots=False)  # which makes one in two thirds of the time
class Query(Generic[T]):
    """A whole question, as a value: which entities, in which order, how many, and what to load with them.

    Attributes:
        entity_type: the class asked for; its mapped subclasses are included.
        condition: what must be true of them.
        order_by: the keys of the order, first the most significant; without any, no order is promised.
        limit: the most entities to return, or None for all.
        offset: how many to leave out first.
        load: relationships to load with them, each with one more statement, whatever their number up to 10,000.
        lock: the lock to take on them. Their rows are then read afresh, after what was changed is sent.
        after: the place in the order to start after: for each of its keys the value that the last entity before has
            in its row; a member of an enumeration may be given by its name.
    """

    entity_type: type[T]
    condition: Condition = ANYTHING
    order_by: tuple[Order, ...] = ()
    limit: int | None = None
    offset: int = 0
    load: tuple[Path, ...] = ()
    lock: Lock | None = None
    after: tuple[object, ...] | None = None

    def __attrs_post_init__(self) -> None:
        limit = self.limit
        if limit is not None and (limit.__class__ is not int or not 0 <= limit <= _MOST):
            _check_whole("limit", limit)
        if self.offset.__class__ is not int or self.offset:
            _check_whole("offset", self.offset)
        if self.lock is not None:
            check_lock(self.lock)
        if self.after is not None and len(self.after) != len(self.order_by):
            raise ValueError("after gives one value for each key of the order")

    def totally_ordered(self, key_names: Sequence[str]) -> "Query[T]":
        """The query, ordered by its keys and then by the primary key, so that no two entities have the same place.

        The primary key goes in the direction of the order's last key, so that one index can serve all of them.
        """
        descending = bool(self.order_by) and self.order_by[-1].descending
        last = [Order(Path.of(name), descending) for name in key_names]
        missing = {key.path for key in last}
        order: dict[Path, Order] = {}
        for key in (*self.order_by, *last):
            if missing:  # else what follows decides nothing
                order.setdefault(key.path, key)
                missing.discard(key.path)
        return attrs.evolve(self, order_by=tuple(order.values()))

    def describe(self, *, values: bool = True) -> str:
        """The question as text; with ``values=False`` each value is shown as ``?``."""
        parts = [self.entity_type.__name__]
        if self.condition != ANYTHING:
            parts.append(f"where {self.condition.describe(values=values)}")
        if self.order_by:
            parts.append(f"order by {', '.join(map(str, self.order_by))}")
        if self.after is not None:
            parts.append(f"after {self.after!r}" if values else "after ?")
        if self.limit is not None:
            parts.append(f"limit {self.limit}")
        if self.offset:
            parts.append(f"offset {self.offset}")
        if self.lock is not None:
            parts.append(str(self.lock))
        return " ".join(parts)

    def __str__(self) -> str:
        return self.describe()


_MOST = 2**63 - 1


def _check_whole(name: str, number: object) -> None:
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= _MOST:
        raise ValueError(f"{name} is a whole number, zero or more, of at most 63 bits")


def orders(order_by: object) -> tuple[Order, ...]:
    """Make the keys of an order from one key or a sequence of them: names, mapped attributes, `Order`s or fields."""
    if order_by is None:
        return ()
    return tuple(key if isinstance(key, Order) else _order(key) for key in _each(order_by))


def _order(key: object) -> Order:
    if isinstance(key, str) and key.startswith("-"):
        raise MappingError(f"{key!r} is no path: write where({key[1:]!r}).desc()")
    try:
        return Order(_path(key))
    except MappingError as error:
        raise MappingError(f"{error}, or where(User.name).desc() for the other direction") from None


def paths(load: object) -> tuple[Path, ...]:
    """Make paths from one relationship or a sequence of them: names, mapped attributes, or fields."""
    return () if load is None else tuple(map(_path, _each(load)))


def _path(step: object) -> Path:
    if isinstance(step, Condition | Order):  # which have a path, and say more than it
        raise MappingError(
            f"{type(step).__name__} is no path: give an attribute's name, or an attribute such as User.name"
        )
    return step if isinstance(step, Path) else Path.of(step)


def _each(one_or_more: object) -> Iterable[object]:
    return cast("Iterable[object]", one_or_more) if isinstance(one_or_more, tuple | list) else (one_or_more,)
