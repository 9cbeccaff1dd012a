"""Names of constraints as the mapping has them; those that have none get the name that PostgreSQL gives them."""

import re
from collections.abc import Callable, Collection, Iterator
from itertools import count
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import (
    CheckConstraint,
    Column,
    Constraint,
    Dialect,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import registry
from sqlalchemy.schema import ColumnCollectionConstraint, CreateTable
from sqlalchemy.sql import ClauseElement

from unitofwork.adapters.orm.tables import mappers_of

ColumnRule: TypeAlias = ColumnCollectionConstraint | Index
Rule: TypeAlias = Constraint | Index
R = TypeVar("R", bound=Constraint)

_MAX_BYTES = 63  # of a name in PostgreSQL


def constraint_name(rule: Rule) -> str:
    """The name of a constraint or an index: its own, or the one that PostgreSQL chooses, as ``users_name_key``."""
    return _names(_table_of(rule))[rule]


def find_unique(table: Table, columns: Collection[str]) -> str | None:
    """The name of the primary key, unique constraint or unique index over just these columns, in any order."""
    rules: list[ColumnRule] = [
        table.primary_key,
        *_of_type(table, UniqueConstraint),
        *(index for index in table.indexes if index.unique),
    ]
    return next((constraint_name(rule) for rule in rules if _column_names(rule) == set(columns)), None)


def columns_of(table: Table, name: str) -> tuple[str, ...]:
    """The columns of the constraint or index that has this name, whether of its own or PostgreSQL's; () if none has."""
    for rule, known in _names(table).items():
        if known == name and isinstance(rule, ColumnRule):
            return tuple(column.name for column in rule.columns)
    return ()


def unique_keys(table: Table) -> list[tuple[Column[Any], ...]]:
    """The columns of each rule by which rows are told apart at once: whole, and of columns alone."""
    rules: list[ColumnRule] = [
        table.primary_key,
        *(each for each in _of_type(table, UniqueConstraint) if not each.deferrable),
        *(each for each in table.indexes if each.unique and _is_of_columns(each)),
    ]
    return [tuple(rule.columns) for rule in rules if len(rule.columns)]


def find_foreign_key(table: Table, columns: Collection[str], referred: str | None = None) -> str | None:
    """The name of the foreign key of just these columns, in any order, to the table ``referred`` if that is known."""
    for key in _of_type(table, ForeignKeyConstraint):
        if _column_names(key) == set(columns) and referred in (None, key.referred_table.name):
            return constraint_name(key)
    return None


def find_check(table: Table, name_or_text: str) -> str | None:
    """The name of the CHECK that has this name, or else this text, which is what SQLite tells of one without a name."""
    for check in _of_type(table, CheckConstraint):
        name = constraint_name(check)
        if name_or_text == name or (own_name(check) is None and _squeezed(_text(check)) == _squeezed(name_or_text)):
            return name
    return None


def entity_of(mapping: registry, table_name: str) -> type[Any] | None:
    """The class that is mapped to the table, and not merely shares it with its base; None if there is none."""
    for mapper in mappers_of(mapping):
        table, base = mapper.local_table, mapper.inherits
        owned = base is None or base.local_table is not table
        if owned and isinstance(table, Table) and table_name in (table.name, table.fullname):
            return mapper.class_
    return None


def _names(table: Table) -> dict[Rule, str]:
    """The name of each rule; PostgreSQL numbers those that would have the same, in the order in which it reads them."""
    rules = in_order(table)
    names = {rule: own for rule in rules if (own := own_name(rule)) is not None}
    for rule in rules:
        if rule not in names:
            stem, label = _parts(rule, table)
            candidates = (_shortened(table.name, stem, f"{label}{number or ''}") for number in count())
            names[rule] = next(name for name in candidates if name not in names.values())
    return names


def _parts(rule: Rule, table: Table) -> tuple[str, str]:
    """What PostgreSQL makes the name of, besides the table: the columns, and what the rule is."""
    if isinstance(rule, PrimaryKeyConstraint):
        return "", "pkey"
    if isinstance(rule, CheckConstraint):
        columns = _columns_of_check(rule, table)
        return columns[0] if len(columns) == 1 else "", "check"
    assert isinstance(rule, ColumnCollectionConstraint)  # an index always has a name
    label = (
        "fkey" if isinstance(rule, ForeignKeyConstraint) else "key" if isinstance(rule, UniqueConstraint) else "excl"
    )
    return "_".join(column.name for column in rule.columns), label


def _shortened(table: str, stem: str, label: str) -> str:
    """Join the parts; where that is too long, cut bytes off the longer part, as ``makeObjectName`` does."""
    first, second = table.encode(), stem.encode()
    room = _MAX_BYTES - len(label) - 1 - bool(stem)
    one, two = len(first), len(second)
    while one + two > room:
        if one > two:
            one -= 1
        else:
            two -= 1
    kept = (first[:one].decode(errors="ignore"), second[:two].decode(errors="ignore"), label)
    return "_".join(part for part in kept if part)


def _table_of(rule: Rule) -> Table:
    owner: object = getattr(rule, "parent", None)  # a column, for what was declared inside one
    table = owner.table if isinstance(owner, Column) else rule.table
    assert isinstance(table, Table)
    return table


def in_order(table: Table) -> list[Rule]:
    """The rules of a table in the order of CREATE TABLE."""

    def age(constraint: Constraint) -> int:
        order: int = constraint._creation_order  # pyright: ignore[reportPrivateUsage]  # there is no public name for it
        return order

    inside = [constraint for column in table.columns for constraint in sorted(column.constraints, key=age)]
    return [*inside, *sorted(table.constraints, key=age), *table.indexes]


def _of_type(table: Table, kind: type[R]) -> Iterator[R]:
    yield from (constraint for constraint in in_order(table) if isinstance(constraint, kind))


def own_name(rule: Rule) -> str | None:
    """The name that the mapping gives a rule, or None."""
    return str(rule.name) if isinstance(rule.name, str) else None  # else None, or a mark that a name is to be given


def _column_names(rule: ColumnRule) -> set[str]:
    return {column.name for column in rule.columns}


def _is_of_columns(index: Index) -> bool:
    """Whether it is about columns as they are, in every row."""
    partial = any(name.endswith("_where") and value is not None for name, value in index.kwargs.items())
    return not partial and all(isinstance(expression, Column) for expression in index.expressions)


def _columns_of_check(check: CheckConstraint, table: Table) -> list[str]:
    """The columns that a condition is about; where it is text, those whose names appear in it outside quoted text."""
    if len(check.columns):
        return [column.name for column in check.columns]
    words = set(re.findall(r"\w+", re.sub(r"'[^']*'", "", _text(check))))
    return [column.name for column in table.columns if column.name in words]


def _text(check: CheckConstraint) -> str:
    """The condition as CREATE TABLE has it in SQLite."""
    return str(
        check.sqltext.compile(dialect=sqlite.dialect(), compile_kwargs={"include_table": False, "literal_binds": True})
    )


def _squeezed(text: str) -> str:
    return " ".join(text.split())


def is_created(check: CheckConstraint, dialect: Dialect) -> bool:
    """Whether the database has the check; one that comes with a type is there where the database lacks the type."""
    needed: Callable[[object], bool] | None = check._create_rule  # pyright: ignore[reportPrivateUsage]  # as above
    return needed is None or needed(dialect.ddl_compiler(dialect, CreateTable(_table_of(check))))


def excluded(constraint: ExcludeConstraint) -> list[tuple[ClauseElement, str]]:
    """What an exclusion constraint compares, and by which operator."""
    parts: list[tuple[Any, str | None, str]] = vars(constraint)["_render_exprs"]  # there is no public name for it
    return [(expression, operator) for expression, _, operator in parts]
