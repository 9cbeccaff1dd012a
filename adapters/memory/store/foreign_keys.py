"""Foreign keys: the rows that refer are checked when a statement ends, or at commit."""

import re
from typing import TYPE_CHECKING, Any

import attrs
from sqlalchemy import Column, ForeignKeyConstraint, Table

from unitofwork.adapters.memory.store.locks import Mode
from unitofwork.adapters.memory.store.referential_actions import ACTIONS, Action, no_action
from unitofwork.adapters.memory.store.row import KeyOf, Row
from unitofwork.adapters.memory.store.rules import Rule, rule_of
from unitofwork.adapters.memory.store.unique import Unique
from unitofwork.domain.errors import ForeignKeyViolation, MappingError

if TYPE_CHECKING:
    from unitofwork.adapters.memory.store.writing import Writer


@attrs.frozen(eq=False)
class ForeignKey:
    """A foreign key.

    Attributes:
        rule: what errors tell of it.
        child: the table that refers.
        parent: the table that is referred to.
        columns: of the child.
        referred: the parent's columns, in the order of the child's.
        unique: the parent's rule by which the row is found, as its place among the parent's rules.
        key: what a row of the child refers to, as the parent's rule has it; None if it refers to nothing.
        parent_key: the same of a row of the parent.
        on_delete: what becomes of the child's rows; so does `on_update`.
        set_to_null: which columns ON DELETE SET NULL sets.
        deferrable: whether checks wait for the statement's end though an action could forbid that.
        deferred: whether checks wait for the commit.
    """

    rule: Rule
    child: Table
    parent: Table
    columns: tuple[Column[Any], ...]
    referred: tuple[Column[Any], ...]
    unique: int
    key: KeyOf
    parent_key: KeyOf
    on_delete: Action
    on_update: Action
    set_to_null: tuple[Column[Any], ...]
    deferred: bool


def check_child(me: "Writer", key: ForeignKey, row: Row, _: Row | None = None) -> None:
    """Refuse a row that refers to none, and keep the one that it refers to until the transaction ends.

    Raises:
        ForeignKeyViolation: there is no such row.
        LockTimeout: another transaction is about to remove it.
        SerializationConflict: it was removed since the snapshot.
    """
    tables = me.store.tables
    if tables[key.child].rows.get(row[0]) is not row:
        return
    wanted = key.key(row)
    if wanted is None:
        return
    parent = tables[key.parent]
    for found in me.numbers(parent, parent.unique[key.unique], wanted):
        me.check_key_unchanged(parent, found)
        me.lock(parent, found, Mode.KEY_SHARE)
        return
    raise key.rule.broken(ForeignKeyViolation, me.store.mapping)


def foreign_key(mapped: ForeignKeyConstraint, rules: dict[Table, tuple[Unique, ...]], key_over: Any) -> ForeignKey:
    """Read a foreign key from the mapping.

    Args:
        mapped: what the mapping says.
        rules: the unique rules of every table that is kept.
        key_over: makes the key of columns of the child, as the parent's rule has it.

    Raises:
        MappingError: it cannot be kept.
    """
    child = mapped.table
    rule = rule_of(child, mapped)
    elements = mapped.elements
    columns, parents = tuple(each.parent for each in elements), tuple(each.column for each in elements)
    parent = parents[0].table
    if parent not in rules:
        raise _refused(rule, "refers to a table that is not kept here")
    if mapped.match not in (None, "SIMPLE") and len(columns) > 1:
        raise _refused(rule, f"is MATCH {mapped.match}, which is not supported")
    unique = next((each for each in rules[parent] if _tells_apart(each, parents)), None)
    if unique is None:
        raise _refused(rule, f"refers to columns of {parent.name} that no primary key or unique constraint is about")
    by_parent = dict(zip(parents, columns, strict=True))
    on_delete, set_to_null = _action(rule, mapped.ondelete, columns)
    on_update, _ = _action(rule, mapped.onupdate, columns)
    return ForeignKey(
        rule=rule,
        child=child,
        parent=parent,
        columns=tuple(by_parent[column] for column in unique.columns),
        referred=unique.columns,
        unique=rules[parent].index(unique),
        key=key_over(tuple(by_parent[column] for column in unique.columns), unique.columns),
        parent_key=unique.key,
        on_delete=on_delete,
        on_update=on_update,
        set_to_null=set_to_null,
        deferred=(mapped.initially or "").upper() == "DEFERRED",
    )


def _tells_apart(unique: Unique, columns: tuple[Column[Any], ...]) -> bool:
    """Whether a foreign key may refer to these columns."""
    return (
        unique.is_key
        and not unique.deferrable
        and len(unique.columns) == len(columns)
        and set(unique.columns) == set(columns)
    )


_WORDS = re.compile(r"(SET NULL|SET DEFAULT|CASCADE|RESTRICT|NO ACTION)(?:\s*\(([^()]*)\))?", re.IGNORECASE)


def _action(rule: Rule, words: str | None, columns: tuple[Column[Any], ...]) -> tuple[Action, tuple[Column[Any], ...]]:
    """What to do, and to which columns."""
    if words is None:
        return no_action, ()
    match = _WORDS.fullmatch(words.strip())
    if match is None or (match[2] is not None and match[1].upper() != "SET NULL"):
        raise _refused(rule, f"says {words}, which is not supported")
    if match[2] is None:
        return ACTIONS[match[1].upper()], columns
    names = [name.strip(' "') for name in match[2].split(",")]
    return ACTIONS["SET NULL"], tuple(column for column in columns if column.name in names)


def _refused(rule: Rule, why: str) -> MappingError:
    return MappingError(
        f"the foreign key {rule.name} of {rule.table.name} {why}",
        table=rule.table.name,
        columns=rule.columns,
        constraint=rule.name,
    )
