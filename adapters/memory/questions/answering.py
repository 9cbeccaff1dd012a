"""Answers to questions, from the rows that a transaction sees."""

from random import Random
from typing import Any, TypeAlias, cast

import attrs
from sqlalchemy.orm import Mapper

from unitofwork.adapters.memory.questions.kept import Kept
from unitofwork.adapters.memory.questions.ordering import OrderKey, Place, after, keys_of
from unitofwork.adapters.memory.questions.records import records_of
from unitofwork.adapters.memory.questions.resolving import Bind, resolve
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
    binds: tuple[Bind, ...]

    def bind(self, operands: list[Any]) -> list[Any]:
        """The operands as they are compared."""
        return [bind(operand) for bind, operand in zip(self.binds, operands, strict=True)]


class _Plans:
    """What was compiled for the questions about one class, by their shape."""

    __slots__ = ("_mapper", "_orders", "_plans")

    def __init__(self, mapper: Mapper[Any]) -> None:
        self._mapper = mapper
        self._plans: Kept[_Plan] = Kept()
        self._orders: Kept[tuple[OrderKey, ...]] = Kept()

    def of(self, condition: Condition, operands: list[Any]) -> _Plan:
        """The plan of a condition, whose operands are appended to the list."""
        shape = shape_of(condition, operands)
        plan = self._plans.get(shape)
        if plan is None:
            resolved = resolve(condition, self._mapper)
            records = records_of(self._mapper)
            plan = _Plan(finding(records, resolved), probing(records, resolved), resolved.binds)
            self._plans.keep(shape, plan)
        return plan

    def keys(self, order_by: tuple[Order, ...]) -> tuple[OrderKey, ...]:
        """The keys of an order."""
        shape = tuple([(key.path.names, key.path.owners, key.descending, key.nulls) for key in order_by])
        keys = self._orders.get(shape)
        if keys is None:
            keys = keys_of(self._mapper, order_by)
            self._orders.keep(shape, keys)
        return keys


_CACHE = "unitofwork.plans"


def _plans_of(mapper: Mapper[Any]) -> _Plans:
    info = cast("dict[str, _Plans]", mapper.class_manager.info)  # pyright: ignore[reportUnknownMemberType]  # a bare dict
    plans = info.get(_CACHE)
    if plans is None:
        plans = info[_CACHE] = _Plans(mapper)
    return plans


class Question:
    """A question that was checked against the mapping, to be answered after what was changed is sent."""

    __slots__ = ("_after", "_keys", "_operands", "_plan", "_query", "mapper")

    def __init__(self, query: Query[Any]) -> None:
        """Check a question.

        Raises:
            MappingError: a name that the mapping does not have.
            InvalidValue: an operand that its column could never hold.
            UnsupportedQuery: what an attribute does not have, or what cannot be evaluated in memory.
        """
        entity_type = query.entity_type
        self.mapper: Mapper[Any] = vars(entity_type).get("__mapper__") or mapper_of(entity_type)
        """Of the class that is asked for."""
        plans = _plans_of(self.mapper)
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
    plan = _plans_of(mapper).of(condition, operands)
    found: list[Row] = plan.find(reader, plan.bind(operands))
    return found
