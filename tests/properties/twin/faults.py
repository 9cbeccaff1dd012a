"""Faults to break the twin with on purpose: a proof that finds none of them would prove nothing.

Each replaces one thing in the twin's modules while its block lasts. Some are read when a database is made, so the
database is made inside the block.
"""

from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import AbstractContextManager, contextmanager
from decimal import ROUND_HALF_EVEN
from typing import Any, TypeAlias

import attrs

from properties.twin.comparing import compared
from properties.twin.operations import History
from properties.twin.sides import Side
from unitofwork.adapters.memory.store import referential_actions, schema, shape, undo, unique_rules, writing
from unitofwork.adapters.memory.store.locks import Mode
from unitofwork.adapters.memory.store.snapshots import SnapshotTransaction
from unitofwork.adapters.memory.store.store import Store
from unitofwork.adapters.memory.store.table import StoredTable
from unitofwork.adapters.memory.store.undo import Undo
from unitofwork.adapters.memory.store.writing import Writer
from unitofwork.adapters.memory.values import numbers, texts

Broken: TypeAlias = Callable[[Any], Any]
"""Given what is there, what is put in its place."""


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
    before = getattr(owner, name)
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


def _fault(name: str, owner: Any, attribute: str, broken: Broken) -> Fault:
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
    _fault("spaces beyond a text's length are refused", texts, "cut", lambda _: lambda value, *_: value),
    _fault("decimals are rounded to even", numbers, "ROUND_HALF_UP", lambda _: ROUND_HALF_EVEN),
)
"""All of them."""


def first_found(
    fault: Fault, twin: Callable[[], AbstractContextManager[Side]], other: Side, histories: Iterable[History]
) -> int | None:
    """How many histories it takes to find a fault; None if they do not find it.

    Args:
        fault: what is wrong with the twin.
        twin: opens one.
        other: what it is compared with.
        histories: as many as are tried.
    """
    with fault.broken(), twin() as broken:
        for number, history in enumerate(histories, 1):
            if _shows(history, broken, other):
                return number
    return None


def _shows(history: History, broken: Side, other: Side) -> bool:
    try:
        return compared(history, broken, other) is not None
    except Exception:  # a twin that is broken may break down in any way, which shows the fault too
        return True
