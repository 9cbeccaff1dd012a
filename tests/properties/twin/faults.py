"""Faults to break the twin with on purpose: a proof that finds none of them would prove nothing.

Each replaces one thing in the twin's modules while its block lasts. Some are read when a database is made, so the
database is made inside the block. What the twin has compiled for the mapping is forgotten before and after.

``python -m properties.twin.faults`` says how many histories it takes to find each.
"""

import argparse
import json
import sys
import warnings
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from decimal import ROUND_HALF_EVEN
from inspect import getattr_static
from typing import Any, TypeAlias

import attrs

from properties.twin.comparing import Came, came
from properties.twin.model import mapping
from properties.twin.operations import History
from properties.twin.proof import random_histories
from properties.twin.sides import Side, side
from unitofwork.adapters.memory import rows_session
from unitofwork.adapters.memory import session as memory_session
from unitofwork.adapters.memory.columns import columns_of
from unitofwork.adapters.memory.loading import Loader
from unitofwork.adapters.memory.many.changes import Changes
from unitofwork.adapters.memory.questions import comparing, searching, sorting
from unitofwork.adapters.memory.questions.answering import Question
from unitofwork.adapters.memory.questions.related import Related
from unitofwork.adapters.memory.questions.truth import Truth
from unitofwork.adapters.memory.store import referential_actions, schema, shape, undo, unique_rules, writing
from unitofwork.adapters.memory.store.locks import Mode
from unitofwork.adapters.memory.store.snapshots import SnapshotTransaction
from unitofwork.adapters.memory.store.store import Store
from unitofwork.adapters.memory.store.table import StoredTable
from unitofwork.adapters.memory.store.undo import Undo
from unitofwork.adapters.memory.store.writing import Writer
from unitofwork.adapters.memory.transactions import MemorySavepoint
from unitofwork.adapters.memory.values import numbers
from unitofwork.adapters.memory.writing import changing
from unitofwork.domain.condition import Operator

Broken: TypeAlias = Callable[[Any], Any]
"""Given what is there, what is put in its place."""

Expected: TypeAlias = "Traces | Sequence[tuple[int, ...]]"
"""By the number of a history."""

Twin: TypeAlias = Callable[[], AbstractContextManager[Side]]
"""Opens a twin."""


@attrs.frozen
class Fault:
    """One way to break the twin.

    Attributes:
        name: what is wrong then.
        broken: a block in which it is.
    """

    name: str
    broken: Callable[[], AbstractContextManager[None]]


@contextmanager
def _replaced(owner: Any, name: str, broken: Broken) -> Generator[None]:
    before = getattr_static(owner, name)
    setattr(owner, name, broken(before))
    try:
        yield
    finally:
        setattr(owner, name, before)


@contextmanager
def _item_replaced(owner: Any, name: str, broken: Broken) -> Generator[None]:
    before = owner[name]
    owner[name] = broken(before)
    try:
        yield
    finally:
        owner[name] = before


def _forget() -> None:
    """Let the twin compile anew what it does with the mapping, with the fault or without."""
    made = mapping()
    notes: list[dict[Any, Any]] = [made.metadata.info]
    for mapper in made.mappers:
        notes += [mapper.class_manager.info, *(each.info for each in mapper.relationships)]
    for note in notes:
        for key in [key for key in note if str(key).startswith("unitofwork.")]:
            del note[key]
    for table in made.metadata.tables.values():
        columns_of(table).plans.clear()


def _fault(name: str, owner: Any, attribute: Any, broken: Broken) -> Fault:
    replaced = _item_replaced if isinstance(owner, Mapping) else _replaced
    return Fault(name, lambda: replaced(owner, attribute, broken))


def _nothing(_: Any) -> Any:
    return lambda *_: None


def _only_new_rows(check: Any) -> Any:
    """A unique check that forgets that an update can break the rule too."""
    return lambda me, table, row: check(me, table, row) if row[0] not in table.rows else []


def _with_nulls_alike(key_of: Any) -> Any:
    return lambda places, normals, **_: key_of(places, normals, nulls_distinct=False)


def _but_the_first(undone: Any) -> Any:
    """An undoing that leaves the first change of what it undoes."""

    def undo_but_one(me: Undo, mark: Any) -> None:
        changes = me._changes
        if len(changes) - mark.changes > 1:
            del changes[mark.changes]
        undone(me, mark)

    return undo_but_one


def _without_key_shares(lock: Any) -> Any:
    return lambda me, table, number, mode: None if mode is Mode.KEY_SHARE else lock(me, table, number, mode)


def _dropping_deferred(later: Any) -> Any:
    return lambda me, deferred, check, *given: None if deferred else later(me, deferred, check, *given)


def _without_past(publish: Any) -> Any:
    return lambda me, committer, written: publish(me, committer, {})


def _without_required(shape_of: Any) -> Any:
    def without(table: Any) -> Any:
        made = shape_of(table)
        made.required = ()
        return made

    return without


def _without_text_defaults(default_of: Any) -> Any:
    return lambda column, codec: None if column.server_default is not None else default_of(column, codec)


def _leaving_children(action: Any) -> Any:
    """ON DELETE CASCADE that deletes one row alone."""

    def first_alone(me: Any, key: Any, old: Any, new: Any) -> None:
        if new is not None:
            action(me, key, old, new)
            return
        child = me.table(key.child)
        for number in list(me.newest(child, child.index(key.columns), key.parent_key(old)))[:1]:
            me.delete_row(child, number)

    return first_alone


def _unknown_as_false(comparison: Any) -> Any:
    def compare(*given: Any) -> Truth:
        true = comparison(*given).true
        return Truth(true, f"not ({true})")

    return compare


def _nulls_elsewhere(sort: Any) -> Any:
    return lambda records, key: sort(records, attrs.evolve(key, nulls_first=not key.nulls_first))


def _limited_first(order: Any) -> Any:
    def ordered(me: Question, records: Any, keys: Any) -> Any:
        query = me._query
        return order(me, records if query.limit is None else records[: query.offset + query.limit], keys)

    return ordered


def _without_one(reload: Any) -> Any:
    """Loading afresh that leaves out an attribute."""

    def load(me: Loader, session: Any, reader: Any, state: Any, record: Any, names: Any) -> None:
        reload(me, session, reader, state, record, names and sorted(names)[:-1])

    return load


def _reversed(find: Any) -> Any:
    return lambda me, reader, values: list(find(me, reader, values))[::-1]


def _never_afresh(entities: Any) -> Any:
    return lambda me, loader, records, *, afresh=False, way=None: entities(me, loader, records, way=way)


def _by_keys_alone(where: Any) -> Any:
    return lambda statement: tuple(each for each in where(statement) if each[0].primary_key)


def _uncounted(changes: Any) -> Any:
    of = changes.__get__(None, Changes)
    return staticmethod(lambda table, _, computed: of(table, None, computed))


FAULTS = (
    _fault("two rows may have the same unique value", writing, "check_unique", lambda _: lambda *_: []),
    _fault("an update may make a unique value the same", writing, "check_unique", _only_new_rows),
    _fault("NULLs in a unique key are equal", unique_rules, "key_of", _with_nulls_alike),
    _fault("a row may refer to none", writing, "check_child", _nothing),
    _fault("a row that is referred to may be deleted", referential_actions, "restrict", _nothing),
    _fault("a row that another unit refers to is not locked", Undo, "lock", _without_key_shares),
    _fault("locks of others are not seen", undo, "held_by_other", lambda _: lambda *_: False),
    _fault("rows are seen before they are committed", StoredTable, "before", lambda _: lambda *_: {}),
    _fault("a rollback leaves a change", Undo, "undo", _but_the_first),
    _fault("what is deferred is never checked", Writer, "later", _dropping_deferred),
    _fault("a snapshot sees later commits", Store, "publish", _without_past),
    _fault("a snapshot overwrites later commits", SnapshotTransaction, "check_unchanged", _nothing),
    _fault("ON DELETE SET NULL does nothing", referential_actions.ACTIONS, "SET NULL", _nothing),
    _fault("ON DELETE CASCADE deletes one row alone", referential_actions.ACTIONS, "CASCADE", _leaving_children),
    _fault("NOT NULL is not checked", schema, "shape_of", _without_required),
    _fault("a server default is not given", shape, "default_of", _without_text_defaults),
    _fault("decimals are rounded to even", numbers, "ROUND_HALF_UP", lambda _: ROUND_HALF_EVEN),
    _fault("what is unknown counts as false", searching, "comparison", _unknown_as_false),
    _fault("NULLs are sorted to the other end", sorting, "_sorted", _nulls_elsewhere),
    _fault("a limit is applied before the order", Question, "_ordered", _limited_first),
    _fault("ilike respects case", comparing._TESTS, Operator.ILIKE, lambda _: comparing._TESTS[Operator.LIKE]),
    _fault("what was changed is not sent before a question", memory_session, "autoflush", _nothing),
    _fault("not all that expired is loaded again", Loader, "reload", _without_one),
    _fault("what was related outlives a lock", rows_session, "reset", _nothing),
    _fault("what is locked is not loaded afresh", rows_session.RowsSession, "entities", _never_afresh),
    _fault("related entities come in the opposite order", Related, "find", _reversed),
    _fault("a savepoint is never gone back to", MemorySavepoint, "rollback", _nothing),
    _fault("a version is not compared", changing, "_where", _by_keys_alone),
    _fault("writing many raises no version", Changes, "of", _uncounted),
    _fault("an onupdate in Python is not called", changing, "made_before", _nothing),
)
"""All of them."""


class Traces:
    """For each history what came of its operations where nothing is broken, as far as is needed to see a difference.

    A history is run when it is first asked for: most faults are found by the first ones.
    """

    def __init__(self, histories: Sequence[History], side: Side) -> None:
        self._histories = histories
        self._side = side
        self._known: list[tuple[int, ...]] = []

    def __getitem__(self, number: int) -> tuple[int, ...]:
        while len(self._known) <= number:
            self._known.append(tuple(map(_digest, came(self._histories[len(self._known)], self._side))))
        return self._known[number]


def first_found(fault: Fault, twin: Twin, histories: Sequence[History], expected: Expected) -> int | None:
    """How many histories it takes to find a fault; None if they do not find it.

    Args:
        fault: what is wrong with the twin.
        twin: opens one.
        histories: as many as are tried.
        expected: what comes of them on the other side; those that differ without the fault do not count.
    """
    left = iter(range(len(histories)))
    while (number := _next_found(fault, twin, histories, expected, left)) is not None:
        with twin() as sound:
            if not _shows(histories[number], sound, expected[number]):
                return number + 1
    return None


def _next_found(
    fault: Fault, twin: Twin, histories: Sequence[History], expected: Expected, numbers: Iterator[int]
) -> int | None:
    _forget()
    try:
        with fault.broken(), twin() as broken:
            return next((n for n in numbers if _shows(histories[n], broken, expected[n])), None)
    finally:
        _forget()


def _shows(history: History, side: Side, expected: tuple[int, ...]) -> bool:
    """Whether something else comes of a history; a twin that is broken may break down in any way, which shows too."""
    try:
        with closing(came(history, side)) as mine:
            return any(_digest(one) != other for one, other in zip(mine, expected, strict=True))
    except Exception:
        return True


def _digest(came: Came) -> int:
    return hash(json.dumps(came, sort_keys=True))


def main() -> int:
    """Look for each fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--histories", type=int, default=500, help="in how many each must be found (500)")
    parser.add_argument("--operations", type=int, default=60, help="of each history (60)")
    parser.add_argument("--seed", type=int, default=0, help="other seeds give other histories (0)")
    parser.add_argument("--against", default="postgresql", help="with what the broken twin is compared")
    parser.add_argument("--only", help="a part of the names of the faults to look for")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")  # SQLAlchemy's, of what histories do
    histories = [each for _, each in random_histories(arguments.histories, arguments.operations, arguments.seed)]
    with side(arguments.against) as other:
        expected = Traces(histories, other)
        missed = 0
        for fault in FAULTS:
            if arguments.only is None or arguments.only in fault.name:
                found = first_found(fault, lambda: side("memory"), histories, expected)
                missed += found is None
                print(f"{'not found' if found is None else found:>9}  {fault.name}", flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
