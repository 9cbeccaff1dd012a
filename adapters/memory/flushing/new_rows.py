"""The rows of new entities: those that give the same attributes go into one statement."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import repeat
from operator import itemgetter
from typing import Any

import attrs
from sqlalchemy import Column

from unitofwork.adapters.memory.engine import MemoryConnection
from unitofwork.adapters.memory.flushing.shape import PLAIN, FlushShape, is_expression, take_made
from unitofwork.adapters.memory.private.states import State
from unitofwork.adapters.memory.store import Row
from unitofwork.adapters.memory.writing.inserting import InsertPlan, insert_plan, insert_rows

Given = tuple[State, tuple[str, ...], list[Any], dict[Column[Any], Any] | None]
"""An entity, the keys of the columns that it gives, their values, and the SQL expressions that it gives."""


@attrs.frozen(eq=False)
class Insert:
    """How entities that give the same attributes become rows.

    Attributes:
        plan: how their rows are made.
        columns: the columns that are given, in order.
        back: what an entity without a value gets back of its row: its attribute, the place in the row, how it is
            loaded; of columns that are no part of a key, every entity gets it.
    """

    plan: InsertPlan
    columns: tuple[Column[Any], ...]
    back: tuple[tuple[str, int, Any, bool], ...]

    @classmethod
    def of(
        cls, shape: FlushShape, keys: tuple[str, ...], expressions: Mapping[Column[Any], Any], *, several: bool
    ) -> "Insert":
        """Find out how; several rows are told apart by their keys, which then come back."""
        columns, given = shape.columns, dict.fromkeys(keys)
        fetched = shape.fetched if any(column.key not in given for column in shape.fetched) else ()
        has_key = all(column.key in given for column in columns.key)
        wanted = (*fetched, *columns.key) if several and not (has_key and not fetched) else fetched
        plan = insert_plan(columns, given, expressions, wanted)
        by_key = {column.key: column for column in columns.place}
        parts = [(name, place, load, True) for name, (place, load) in zip(shape.key, plan.key, strict=True)]
        rest = [
            (shape.names[column], place, load, False)
            for column, (place, load) in zip(plan.sent.effective_returning, plan.back, strict=True)
            if not column.primary_key and column in shape.names
        ]
        return cls(plan, tuple(by_key[key] for key in keys), (*parts, *rest))


def insert(
    connection: MemoryConnection, shape: FlushShape, states: Sequence[State], versions: Sequence[Any] | None
) -> None:
    """Insert the rows of new entities, in this order; they have their versions afterwards, if they get any."""
    given = list(map(given_by, repeat(shape), states, repeat(None) if versions is None else versions))
    for some in _stretches(given) if len(given) > 1 else [given]:
        _, keys, _, expressions = some[0]
        if expressions is not None:
            how = Insert.of(shape, keys, expressions, several=False)
        else:
            known = (len(some) > 1, keys)
            kept: Insert | None = shape.inserts.get(known)
            how = shape.inserts[known] = kept or Insert.of(shape, keys, {}, several=len(some) > 1)
        rows, complete = _insert(connection, shape, how, some)
        for number, (state, keys, values, _) in enumerate(some):
            _take_in(shape, state, how, rows[number], None if complete is None else complete[number])
            if shape.version is not None:
                vars(state.obj())[shape.version.name] = values[keys.index(shape.version.column.key)]


def given_by(shape: FlushShape, state: State, version: Any) -> Given:
    """What an entity gives, and its first version, if it gets one."""
    has: dict[str, Any] = vars(state.obj())
    if shape.version is not None:
        has = {**has, shape.version.name: version}
    keys: list[str] = []
    values: list[Any] = []
    expressions: dict[Column[Any], Any] | None = None
    for name, column, none_too, always in shape.writing:
        value = has.get(name)
        if value is None:
            if not (always or (none_too and name in has)):
                continue
        elif value.__class__ not in PLAIN and is_expression(value):
            expressions = {**(expressions or {}), column: value}
            continue
        keys.append(column.key)
        values.append(value)
    return state, tuple(keys), values, expressions


_values = itemgetter(2)


def _stretches(given: list[Given]) -> Iterator[list[Given]]:
    """The rows that go into one statement: those that give the same columns, without SQL expressions."""
    some: list[Given] = []
    for each in given:
        if some and (each[1] != some[0][1] or each[3] is not None or some[0][3] is not None):
            yield some
            some = []
        some.append(each)
    yield some


def _insert(
    connection: MemoryConnection, shape: FlushShape, how: Insert, some: list[Given]
) -> tuple[list[Row], Sequence[Mapping[str, Any]] | None]:
    """Insert rows; return them, and the values with what was made for them, if something was."""
    engine, plan = connection.engine, how.plan
    table = engine.store.tables[shape.columns.table]
    with engine.store.lock:
        if plan.made or plan.evaluated:
            parameters = [dict(zip(keys, values, strict=True)) for _, keys, values, _ in some]
            return insert_rows(connection.transaction, table, plan, parameters, connection)
        engine.log.inserted(shape.columns.table, how.columns)
        given = list(map(_values, some))
        return connection.transaction.insert_values(table, how.columns, given, apart=not plan.back), None


def _take_in(shape: FlushShape, state: State, how: Insert, row: Row, complete: Mapping[str, Any] | None) -> None:
    """Give an entity what its row has beyond what the entity gave."""
    has = vars(state.obj())
    for name, place, load, only_if_none in how.back:
        if only_if_none:
            if has.get(name) is None:
                has[name] = row[place] if load is None else load(row[place])
        else:
            has[name] = row[place] if load is None or row[place] is None else load(row[place])
    sent = how.plan.sent
    if complete is not None or sent.postfetch:
        take_made(shape, state, sent, complete)
