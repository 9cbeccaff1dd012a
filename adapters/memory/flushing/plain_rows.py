"""The rows of new entities whose values are all plain, and of the same classes: they are placed in a straight line."""

from collections.abc import Sequence
from types import NoneType
from typing import Any, Final, TypeAlias

import attrs

from unitofwork.adapters.memory.engine import MemoryConnection
from unitofwork.adapters.memory.flushing.new_rows import Insert, given_by
from unitofwork.adapters.memory.flushing.shape import FlushShape
from unitofwork.adapters.memory.private.states import State
from unitofwork.adapters.memory.store import Fits, Place, Row, Shape, StoredTable, Transaction, fitting, placing


@attrs.frozen(eq=False)
class Straight:
    """How entities that have values of the same plain classes become rows.

    Attributes:
        insert: how they do otherwise.
        fits: whether an entity's values need no other checks.
        place: what places their rows.
        apart: whether rows are checked as by a statement for each.
        back: what an entity gets back of its row: its attribute, the place in the row, how it is loaded.
    """

    insert: Insert
    fits: Fits
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
        for kind, (_, _, none_too, _) in zip(kinds, shape.writing, strict=True):
            if none_too and kind is NoneType:
                return None
        fits, place = fitting(stored, tuple(shape.names), kinds), placing(stored, tuple(shape.names), kinds)
        if fits is None or place is None:
            return None
        _, keys, _, _ = given_by(shape, state, ...)  # any version, since only the keys matter
        how = Insert.of(shape, keys, {}, several=several)
        if how.plan.made or how.plan.evaluated or how.plan.sent.postfetch:
            return None
        has = vars(state.obj())
        back = tuple((name, at, load) for name, at, load, if_none in how.back if not if_none or has.get(name) is None)
        return cls(how, fits, place, not how.plan.back, back)


Plain: TypeAlias = tuple[Straight, StoredTable, list[dict[str, Any]], list[tuple[Any, ...]]]
"""How rows are placed, and where; of each entity all its values, and those that are written."""

_UNKNOWN: Final = object()


def plain_rows(
    connection: MemoryConnection, shape: FlushShape, states: Sequence[State], versions: Sequence[Any] | None
) -> Plain | None:
    """What is to be inserted of new entities, with their first versions, if they get any; None if it is not plain."""
    attributes, kinds, version = shape.names.values(), None, shape.version
    owners: list[dict[str, Any]] = []
    given: list[tuple[Any, ...]] = []
    for state in states:
        has = state.obj().__dict__
        values = tuple(map(has.get, attributes))
        if version is not None and versions is not None:
            values = version.put(versions[len(given)], values)
        classes = tuple(map(type, values))
        if classes != kinds:
            if kinds is not None:
                return None
            kinds = classes
        owners.append(has)
        given.append(values)
    assert kinds is not None  # there is somebody
    table, several = connection.engine.store.tables[shape.columns.table], len(given) > 1
    which = (shape, kinds, several)
    how: Straight | None = table.shape.straight.get(which, _UNKNOWN)
    if how is _UNKNOWN:
        how = table.shape.straight[which] = Straight.of(shape, table.shape, states[0], kinds, several=several)
    if how is None:
        return None
    fits = how.fits
    for values in given:
        if not fits(values):
            return None
    return how, table, owners, given


def insert_plain(connection: MemoryConnection, shape: FlushShape, states: Sequence[State], plain: Plain) -> None:
    """Insert the rows of new entities, in this order."""
    how, table, owners, given = plain
    engine, version = connection.engine, shape.version
    with engine.store.lock:
        engine.log.inserted(shape.columns.table, how.insert.columns)
        me = connection.transaction
        rows = _placed_apart(me, table, how, given) if how.apart else me.place(table, how.place, given)
        if len(rows) < len(given):
            rest = [
                given_by(shape, state, version and values[version.place])[2]
                for state, values in zip(states[len(rows) :], given[len(rows) :], strict=True)
            ]
            rows += me.insert_values(table, how.insert.columns, rest, apart=how.apart)
    for name, place, load in how.back:
        for has, row in zip(owners, rows, strict=True):
            value = row[place]
            has[name] = value if load is None or value is None else load(value)
    if version is not None:
        for has, values in zip(owners, given, strict=True):
            has[version.name] = values[version.place]


def _placed_apart(me: Transaction, table: StoredTable, how: Straight, given: list[tuple[Any, ...]]) -> list[Row]:
    """The rows that can be placed as by a statement for each."""
    rows: list[Row] = []
    for values in given:
        placed = me.place(table, how.place, (values,))
        if not placed:
            break
        rows += placed
    return rows
