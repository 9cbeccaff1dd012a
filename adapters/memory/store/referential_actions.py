"""What becomes of rows that refer to a row which is deleted, or whose key changes: ON DELETE and ON UPDATE."""

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from sqlalchemy import Column

from unitofwork.adapters.memory.store.locks import Mode
from unitofwork.adapters.memory.store.row import Row
from unitofwork.domain.errors import ForeignKeyViolation

if TYPE_CHECKING:
    from unitofwork.adapters.memory.store.foreign_keys import ForeignKey
    from unitofwork.adapters.memory.store.writing import Writer

Action: TypeAlias = Callable[["Writer", "ForeignKey", Row, Row | None], None]
"""Given the parent's row as it was, and as it is now; None if it is deleted."""


def no_action(me: "Writer", key: "ForeignKey", old: Row, new: Row | None) -> None:
    """Refuse to leave a row that refers to none, unless there is another one with the key by now."""
    if _children(me, key, old):
        parent = me.table(key.parent)
        if not me.newest(parent, parent.unique[key.unique], key.parent_key(old)):
            restrict(me, key, old, new)


def restrict(me: "Writer", key: "ForeignKey", old: Row, new: Row | None) -> None:
    """Refuse to take away what a row refers to."""
    for number in _children(me, key, old):
        me.lock(me.table(key.child), number, Mode.KEY_SHARE)
        raise key.rule.broken(ForeignKeyViolation, me.store.mapping)


def cascade(me: "Writer", key: "ForeignKey", old: Row, new: Row | None) -> None:
    """Delete the rows that refer to what is deleted; make the others refer to the changed key."""
    if new is None:
        for number in _children(me, key, old):
            child = me.table(key.child)
            me.check_unchanged(child, number)
            me.delete_row(child, number)
        return
    place = me.table(key.parent).place
    _change(me, key, old, {column: new[place[other]] for column, other in zip(key.columns, key.referred, strict=True)})


def set_null(me: "Writer", key: "ForeignKey", old: Row, new: Row | None) -> None:
    """Make the rows refer to nothing."""
    _change(me, key, old, dict.fromkeys(key.set_to_null if new is None else key.columns))


def set_default(me: "Writer", key: "ForeignKey", old: Row, new: Row | None) -> None:
    """Make the rows refer to what their columns have by default, which may be what they referred to."""
    shape = me.table(key.child).shape
    _change(me, key, old, {column: shape.default(column, me) for column in key.columns})
    no_action(me, key, old, new)


ACTIONS: Mapping[str, Action] = {
    "NO ACTION": no_action,
    "RESTRICT": restrict,
    "CASCADE": cascade,
    "SET NULL": set_null,
    "SET DEFAULT": set_default,
}


def _change(me: "Writer", key: "ForeignKey", old: Row, values: Mapping[Column[Any], Any]) -> None:
    child = me.table(key.child)
    stored = [(child.place[column], value) for column, value in values.items()]
    for number in _children(me, key, old):
        me.check_unchanged(child, number)
        me.update_row(child, number, stored)


def _children(me: "Writer", key: "ForeignKey", old: Row) -> Collection[int]:
    """The rows that refer to what the parent's row was, whoever committed them and when."""
    child = me.table(key.child)
    index = child.index(key.columns)
    assert index is not None  # each foreign key's columns are worth one
    return me.newest(child, index, key.parent_key(old))
