"""The rows of new entities whose values are all plain, and of the same classes: they are placed in a straight line."""

from collections.abc import Sequence
from types import NoneType
from typing import Any, Final

import attrs

from unitofwork.adapters.memory.engine import MemoryConnection
from unitofwork.adapters.memory.flushing.new_rows import Insert, given_by
from unitofwork.adapters.memory.flushing.shape import FlushShape
from unitofwork.adapters.memory.private import State
from unitofwork.adapters.memory.store import Place, Row, Shape, StoredTable, Transaction, placing


@attrs.frozen(eq=False)
class Straight:
    """How entities that have values of the same plain classes become rows.

    Attributes:
        insert: how they do otherwise.
        place: what places their rows.
        apart: whether rows are checked as by a statement for each.
        back: what an entity gets back of its row: its attribute, the place in the row, how it is loaded.
    """

    insert: Insert
    place: Place
    apart: bool
    back: tuple[tuple[str, int, Any], ...]

    @classmethod
    def of(
        cls, shape: FlushShape, stored: Shape, state: State, kinds: tuple[type, ...], *, several: bool
    ) -> "Straight | None":
        """Find out how, with one of the entities; None where they are not plain."""
        if len(shape.names) != len(shape.written):
            return None
        for kind, (_, _, none_too) in zip(kinds, shape.writing, strict=True):
            if none_too and kind is NoneType:
                return None
        place = placing(stored, tuple(shape.names), kinds)
        if place is None:
            return None
        _, keys, _, _ = given_by(shape, state)
        how = Insert.of(shape, keys, {}, several=several)
        if how.plan.made or how.plan.evaluated or how.plan.sent.postfetch:
            return None
        has = vars(state.obj())
        back = tuple((name, at, load) for name, at, load, if_none in how.back if not if_none or has.get(name) is None)
        return cls(how, place, not how.plan.back, back)


_UNKNOWN: Final = object()


def insert_plain(connection: MemoryConnection, shape: FlushShape, states: Sequence[State]) -> bool:
    """Insert the rows of new entities, in this order, if they are plain; say whether they are."""
    attributes, kinds = shape.names.values(), None
    owners: list[dict[str, Any]] = []
    given: list[tuple[Any, ...]] = []
    for state in states:
        has = vars(state.obj())
        values = tuple(map(has.get, attributes))
        classes = tuple(map(type, values))
        if classes != kinds:
            if kinds is not None:
                return False
            kinds = classes
        owners.append(has)
        given.append(values)
    assert kinds is not None  # there is somebody
    engine, several = connection.engine, len(given) > 1
    table = engine.store.tables[shape.columns.table]
    known, which = table.shape.straight, (shape, kinds, several)
    how: Straight | None = known.get(which, _UNKNOWN)
    if how is _UNKNOWN:
        how = known[which] = Straight.of(shape, table.shape, states[0], kinds, several=several)
    if how is None:
        return False
    with engine.store.lock:
        engine.log.inserted(shape.columns.table, how.insert.columns)
        rows = _placed(connection.transaction, table, how, given)
        if len(rows) < len(given):
            rest = [given_by(shape, state)[2] for state in states[len(rows) :]]
            rows += connection.transaction.insert_values(table, how.insert.columns, rest, apart=how.apart)
    for name, place, load in how.back:
        if load is None:
            for has, row in zip(owners, rows, strict=True):
                has[name] = row[place]
        else:
            for has, row in zip(owners, rows, strict=True):
                has[name] = None if row[place] is None else load(row[place])
    return True


def _placed(me: Transaction, table: StoredTable, how: Straight, given: list[tuple[Any, ...]]) -> list[Row]:
    """The rows that could be placed, which are all of them unless one is unusual."""
    if not how.apart:
        return me.place(table, how.place, given)
    rows: list[Row] = []
    for values in given:
        placed = me.place(table, how.place, (values,))
        if not placed:
            break
        rows += placed
    return rows
