"""Answers to questions, from the rows that a transaction sees."""

from collections.abc import Callable
from random import Random
from typing import Any, TypeAlias

import attrs
from sqlalchemy.orm import Mapper

from unitofwork.adapters.memory.questions.binding import Bind
from unitofwork.adapters.memory.questions.kept import Kept
from unitofwork.adapters.memory.questions.ordering import OrderKey, Place, after, keys_of
from unitofwork.adapters.memory.questions.records import records_of
from unitofwork.adapters.memory.questions.resolving import resolve
from unitofwork.adapters.memory.questions.searching import Search, finding, probing
from unitofwork.adapters.memory.questions.shapes import shape_of
from unitofwork.adapters.memory.questions.sorting import SortKey, sort
from unitofwork.adapters.memory.store import Reader, Row
from unitofwork.adapters.orm.names import mapper_of
from unitofwork.domain.condition import Condition
from unitofwork.domain.query import Order, Query

Placed: TypeAlias = tuple[Row, Place]


@attrs.frozen(eq=False)
class _Plan:
    """How a condition of one shape is evaluated."""

    find: Search
    probe: Search
    bind: Callable[[list[Any]], list[Any]]
    """Makes the operands what they are compared as."""


def _binding(binds: tuple[Bind, ...]) -> Callable[[list[Any]], list[Any]]:
    if len(binds) == 1:  # as most questions have it, in less time
        bind = binds[0]
        return lambda operands: [bind(operands[0])]
    return lambda operands: [bind(operand) for bind, operand in zip(binds, operands, strict=True)]


class Plans:
    """What was compiled for the questions about one class, by their shape."""

    __slots__ = ("_orders", "_plans", "mapper")

    def __init__(self, mapper: Mapper[Any]) -> None:
        self.mapper = mapper
        """Of the class."""
        self._plans: Kept[_Plan] = Kept()
        self._orders: Kept[tuple[OrderKey, ...]] = Kept()

    def of(self, condition: Condition, operands: list[Any]) -> _Plan:
        """The plan of a condition, whose operands are appended to the list."""
        shape = shape_of(condition, operands)
        plan = self._plans.get(shape)
        if plan is None:
            resolved = resolve(condition, self.mapper)
            records = records_of(self.mapper)
            plan = _Plan(finding(records, resolved), probing(records, resolved), _binding(resolved.binds))
            self._plans.keep(shape, plan)
        return plan

    def keys(self, order_by: tuple[Order, ...]) -> tuple[OrderKey, ...]:
        """The keys of an order."""
        shape = tuple([(key.path.names, key.path.owners, key.descending, key.nulls) for key in order_by])
        keys = self._orders.get(shape)
        if keys is None:
            keys = keys_of(self.mapper, order_by)
            self._orders.keep(shape, keys)
        return keys


_CACHE = "unitofwork.plans"


def plans_of(mapper: Mapper[Any]) -> Plans:
    """What was compiled for the questions about a class."""
    info: dict[str, Plans] = mapper.class_manager.info  # pyright: ignore[reportUnknownMemberType]  # a bare dict
    plans: Plans | None = info.get(_CACHE)
    if plans is None:
        plans = info[_CACHE] = Plans(mapper)
    return plans


class Question:
    """A question that was checked against the mapping, to be answered after what was changed is sent."""

    __slots__ = ("_after", "_keys", "_operands", "_plan", "_query", "mapper")

    def __init__(self, query: Query[Any], plans: Plans | None = None) -> None:
        """Check a question.

        Args:
            query: the question.
            plans: what was compiled for its class, if that is at hand.

        Raises:
            MappingError: a name that the mapping does not have.
            InvalidValue: an operand that its column could never hold.
            UnsupportedQuery: what an attribute does not have, or what cannot be evaluated in memory.
        """
        if plans is None:
            plans = plans_of(mapper_of(query.entity_type))
        self.mapper: Mapper[Any] = plans.mapper
        """Of the class that is asked for."""
        operands: list[Any] = []
        self._query = query
        self._plan = plan = plans.of(query.condition, operands)
        self._operands = plan.bind(operands)
        self._keys = plans.keys(query.order_by) if query.order_by else ()
        self._after = None
        if query.after is not None:
            self._after = tuple([key.stored(value) for key, value in zip(self._keys, query.after, strict=True)])

    def answer(self, reader: Reader, shuffle: Random | None = None) -> list[Row]:
        """The records that answer the question.

        Args:
            reader: sees the rows.
            shuffle: puts what has no order in any.
        """
        found: list[Row] = self._plan.find(reader, self._operands)
        if shuffle is not None:
            shuffle.shuffle(found)
        if self._keys:
            found = self._ordered(found, [key.sort_key(reader) for key in self._keys])
        query = self._query
        if query.limit is not None:
            return found[query.offset : query.offset + query.limit]
        return found[query.offset :] if query.offset else found

    def answer_placed(self, reader: Reader, shuffle: Random | None = None) -> list[Placed]:
        """The records that answer the question, each with its place: its values of the order's keys."""
        getters = [(key.sort_key(reader).get, key.loaded) for key in self._keys]
        return [
            (record, tuple([loaded(get(record)) for get, loaded in getters])) for record in self.answer(reader, shuffle)
        ]

    def count(self, reader: Reader) -> int:
        """How many records answer the question, whatever its order, start, limit and offset."""
        return len(self._plan.find(reader, self._operands))

    def exists(self, reader: Reader) -> bool:
        """Whether any record answers the question, whatever its order, start, limit and offset."""
        found: bool = self._plan.probe(reader, self._operands)
        return found

    def _ordered(self, records: list[Row], keys: list[SortKey]) -> list[Row]:
        if self._after is not None:
            records = list(filter(after(self._after, keys), records))
        return sort(records, keys)


def answer(reader: Reader, query: Query[Any], shuffle: Random | None = None) -> list[Row]:
    """The records that answer a question; raises as `Question` does."""
    return Question(query).answer(reader, shuffle)


def answer_placed(reader: Reader, query: Query[Any], shuffle: Random | None = None) -> list[Placed]:
    """The records that answer a question, each with its place; raises as `Question` does."""
    return Question(query).answer_placed(reader, shuffle)


def count(reader: Reader, query: Query[Any]) -> int:
    """How many records answer a question; raises as `Question` does."""
    return Question(query).count(reader)


def exists(reader: Reader, query: Query[Any]) -> bool:
    """Whether any record answers a question; raises as `Question` does."""
    return Question(query).exists(reader)


def matching(reader: Reader, mapper: Mapper[Any], condition: Condition) -> list[Row]:
    """The records of a mapper of which a condition is true; raises as `Question` does."""
    operands: list[Any] = []
    plan = plans_of(mapper).of(condition, operands)
    found: list[Row] = plan.find(reader, plan.bind(operands))
    return found
