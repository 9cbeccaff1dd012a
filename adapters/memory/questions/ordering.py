"""Orders: the keys that an answer is sorted by, and the places that it can start after."""

from collections.abc import Callable, Iterable
from operator import itemgetter
from typing import Any, TypeAlias

import attrs
from sqlalchemy.orm import Mapper

from unitofwork.adapters.memory.questions.attributes import Attribute, attribute_of
from unitofwork.adapters.memory.questions.following import related_of
from unitofwork.adapters.memory.questions.records import Records, records_of
from unitofwork.adapters.memory.questions.related import Related
from unitofwork.adapters.memory.questions.sorting import SortKey
from unitofwork.adapters.memory.store import Reader, Row
from unitofwork.adapters.memory.values.codec import DIALECT
from unitofwork.adapters.orm.names import check_name
from unitofwork.adapters.orm.orders import check_orders, checked_place, step_of_order
from unitofwork.domain.query import Nulls, Order

Place: TypeAlias = tuple[object, ...]


@attrs.frozen(eq=False)
class OrderKey:
    """One key of an order.

    Attributes:
        way: the relationships that lead to it.
        attribute: what is sorted by.
        name: the attribute's.
        mapper: of the class that has it.
        order: the key as it was asked for.
    """

    way: tuple[Related, ...]
    attribute: Attribute
    name: str
    mapper: Mapper[Any]
    order: Order

    def sort_key(self, reader: Reader) -> SortKey:
        """The key, for the rows that the reader sees."""
        return SortKey(
            self._getter(reader),
            self.attribute.codec.order,
            self.order.descending,
            self.order.nulls is Nulls.FIRST,
        )

    def _getter(self, reader: Reader) -> Callable[[Row], Any]:
        own = _reading(self.attribute, reader)
        if not self.way:
            return own

        get = own
        for related in reversed(self.way):
            get = _across(related, get, reader)
        return get

    def loaded(self, value: Any) -> object:
        """What an entity gets of a stored value."""
        codec = self.attribute.codec
        return value if codec.load is None or (value is None and not codec.loads_null) else codec.load(value)

    def stored(self, value: object) -> Any:
        """What is stored of a place's value.

        Raises:
            InvalidValue: the attribute could never have it.
        """
        value = checked_place(self.mapper, self.name, value, DIALECT)
        convert = self.attribute.codec.operand
        return value if value is None or convert is None else convert(value)


def _across(related: Related, get: Callable[[Row], Any], reader: Reader) -> Callable[[Row], Any]:
    """Reads of the related record, or None where there is none; of each one but once, for many may be related to it."""
    places = related.places
    known: dict[tuple[Any, ...], Any] = {}

    def across(record: Row) -> Any:
        values = tuple([record[place] for place in places])
        if values not in known:
            found = related.find(reader, values)
            known[values] = get(found[0]) if found else None
        return known[values]

    return across


def _reading(attribute: Attribute, reader: Reader) -> Callable[[Row], Any]:
    computed = attribute.computed
    return itemgetter(attribute.place) if computed is None else lambda record: computed(record, reader)


def keys_of(mapper: Mapper[Any], order_by: Iterable[Order]) -> tuple[OrderKey, ...]:
    """The keys of an order.

    Raises:
        MappingError: a name that the mapping does not have.
        UnsupportedQuery: what has no order, or cannot be evaluated in memory.
    """
    return tuple([_key(records_of(mapper), order) for order in order_by])


def _key(records: Records, order: Order) -> OrderKey:
    way: list[Related] = []
    for name, owner in order.path.way:
        related = related_of(step_of_order(records.mapper, order.path, name, owner))
        way.append(related)
        records = related.target
    name = check_name(records.mapper, *order.path.end)
    check_orders(records.mapper, name)
    return OrderKey(tuple(way), attribute_of(records, name), name, records.mapper, order)


def after(place: Place, keys: Iterable[SortKey]) -> Callable[[Row], bool]:
    """What tells whether a record stands after a place in an order, which is given in stored values."""
    compared = [(key, key.get, _ranked(key, value)) for key, value in zip(keys, place, strict=True)]

    def is_after(record: Row) -> bool:
        for key, get, there in compared:
            here = _ranked(key, get(record))
            if here != there:
                return (here > there) is not (key.descending and here[0] == there[0])
        return False

    return is_after


def _ranked(key: SortKey, value: Any) -> tuple[int, Any]:
    """The value behind a number that puts None where it belongs."""
    if value is None:
        return (-1 if key.nulls_first else 1, None)
    return (0, value if key.order is None else key.order(value))
