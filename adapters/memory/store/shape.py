"""What the mapping says of a table, made once: where its columns are, and what its rows must keep."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import attrs
from sqlalchemy import Column, Table

from unitofwork.adapters.memory.store.checks import Check, checks_of
from unitofwork.adapters.memory.store.defaults import Make, default_of
from unitofwork.adapters.memory.store.expressions import Evaluate, evaluating
from unitofwork.adapters.memory.store.indexes import Index
from unitofwork.adapters.memory.store.row import KeyOf, Row, key_of
from unitofwork.adapters.memory.store.rules import Rule, not_null
from unitofwork.adapters.memory.store.straight import Forget, forgetting
from unitofwork.adapters.memory.store.unique import Unique
from unitofwork.adapters.memory.store.unique_rules import unique_rules
from unitofwork.adapters.memory.values import Codec, codec_of
from unitofwork.domain.errors import CheckViolation, MappingError, NotNullViolation

if TYPE_CHECKING:
    from unitofwork.adapters.memory.store.foreign_keys import ForeignKey
    from unitofwork.adapters.memory.store.reading import View

Columns: TypeAlias = tuple[Column[Any], ...]

Steps: TypeAlias = tuple[tuple[int | None, Callable[[Any], Any] | None, bool], ...]
"""For each column which of the given values it gets, if any, and how that is stored; whether None is, too."""


Target: TypeAlias = tuple[int, Callable[[Any], Any] | None, bool]
"""Where to put a column's value, how it is stored, and whether None is, too."""

Makes: TypeAlias = tuple[tuple[int, Make], ...]
"""Where to put what is made, and what makes it."""

Plan: TypeAlias = tuple[Steps, Makes]


class Finder(NamedTuple):
    """How rows are told by some columns: the key of a row, and of values."""

    key: KeyOf
    lookup: KeyOf


@attrs.define(eq=False, repr=False)
class Shape:
    """A table as the mapping has it.

    Attributes:
        place: where in a row each column is.
        codecs: how the values of each column are kept.
        required: the columns that need a value.
        unique: the rules of keys, in the order in which they are checked.
        indexed: sets of columns by which rows are looked for often.
        primary: which of the rules is the primary key, if that is checked row by row.
        found_by: by which of the rules rows are found that have certain values in these columns.
        key_places: the columns of keys: who changes one of them takes the row away from those that refer to it.
        indexed_places: the columns of all rules of keys.
        checks: what a row must satisfy by itself.
        generated: the columns that are computed of others, and how.
        foreign_keys: what its rows refer to.
        referred_by: what refers to its rows.
        defaults: what makes the value of each column that is given none, but for NULL.
        straight: how rows are placed in a straight line, for whoever finds that out.
    """

    table: Table
    columns: Columns
    place: Mapping[Column[Any], int]
    codecs: tuple[Codec, ...]
    required: tuple[tuple[int, Rule], ...]
    unique: tuple[Unique, ...]
    indexed: set[frozenset[Column[Any]]]
    key_places: tuple[int, ...]
    checks: tuple[Check, ...]
    generated: tuple[tuple[int, Evaluate], ...]
    indexed_places: tuple[int, ...]
    primary: int | None
    primary_columns: Columns
    found_by: Mapping[Columns, int]
    foreign_keys: list["ForeignKey"] = attrs.field(factory=list["ForeignKey"])
    referred_by: list["ForeignKey"] = attrs.field(factory=list["ForeignKey"])
    defaults: dict[Column[Any], Make] = attrs.field(factory=dict[Column[Any], Make])
    straight: dict[Any, Any] = attrs.field(factory=dict[Any, Any])
    _targets: dict[Column[Any], Target] = attrs.field(factory=dict[Column[Any], Target])
    _finders: dict[Columns, Finder] = attrs.field(factory=dict[Columns, Finder])
    _plans: dict[Columns, Plan] = attrs.field(factory=dict[Columns, Plan])

    def convert(self, given: Mapping[Column[Any], Any]) -> tuple[list[Any], Makes]:
        """The values of a new row, stored, and what is still to be made of them."""
        [made] = self.convert_values(tuple(given), (tuple(given.values()),))
        return made

    def convert_values(self, columns: Columns, rows: Sequence[Sequence[Any]]) -> list[tuple[list[Any], Makes]]:
        """As `convert`, of rows that all give these columns, in this order."""
        steps, defaults = self._plans.get(columns) or self._planned(columns)
        made: list[tuple[list[Any], Makes]] = []
        for given in rows:
            values: list[Any] = [0]
            for at, store, none_too in steps:
                value = None if at is None else given[at]
                values.append(value if store is None or (value is None and not none_too) else store(value))
            made.append((values, defaults))
        return made

    def _planned(self, columns: Columns) -> Plan:
        plan = self._plans[columns] = self._plan(columns)
        return plan

    def _plan(self, given: Columns) -> Plan:
        for column in given:
            self.check_writable(column)
        at = {column: number for number, column in enumerate(given)}
        steps = tuple(
            (at[column], codec.store, codec.stores_none) if column in at else (None, None, False)
            for column, codec in zip(self.columns, self.codecs, strict=True)
        )
        defaults = tuple((self.place[column], make) for column, make in self.defaults.items() if column not in at)
        return steps, defaults

    def converted(self, given: Mapping[Column[Any], Any]) -> list[tuple[int, Any]]:
        """Where to put the changed values of a row, stored."""
        changes: list[tuple[int, Any]] = []
        for column, value in given.items():
            target = self._targets.get(column)
            place, store, none_too = self._target(column) if target is None else target
            changes.append((place, value if store is None or (value is None and not none_too) else store(value)))
        return changes

    def _target(self, column: Column[Any]) -> Target:
        self.check_writable(column)
        place = self.place[column]
        codec = self.codecs[place - 1]
        target = self._targets[column] = place, codec.store, codec.stores_none
        return target

    @staticmethod
    def generates(column: Column[Any]) -> bool:
        """Whether a column's values are the database's own."""
        return column.computed is not None or (column.identity is not None and bool(column.identity.always))

    def check_writable(self, column: Column[Any]) -> None:
        """Refuse a value for a column that is the database's own."""
        if self.generates(column):
            raise MappingError(
                f"{self.table.name}.{column.name} is always generated: give it no value",
                table=self.table.name,
                columns=(column.name,),
            )

    def indexes(self) -> list[Index]:
        """The index of each unique rule, for a table without rows."""
        return [rule.index() for rule in self.unique]

    def default(self, column: Column[Any], me: "View") -> Any:
        """What a column is given by default."""
        make = self.defaults.get(column)
        return None if make is None else make(me)

    def computed(self, me: "View", values: list[Any]) -> Row:
        """The row of these values, with what is computed of them."""
        row = tuple(values)
        if self.generated:
            for place, compute in self.generated:
                values[place] = compute(row, me)
            row = tuple(values)
        return row

    def check(self, me: "View", row: Row) -> None:
        """Refuse a row for what it is by itself."""
        for place, rule in self.required:
            if row[place] is None:
                raise rule.broken(NotNullViolation, me.store.mapping)
        for check in self.checks:
            if check.holds(row, me) is False:
                raise check.rule.broken(CheckViolation, me.store.mapping)

    @cached_property
    def forget(self) -> Forget | None:
        """What takes the keys of a row out of the entries of the unique rules; None if only their indexes do."""
        return forgetting(self)

    def finder(self, columns: Columns) -> Finder:
        """How rows are told by these columns."""
        if columns not in self._finders:
            places = tuple(self.place[column] for column in columns)
            normals = tuple(self.codecs[at - 1].key for at in places)
            self._finders[columns] = Finder(key_of(places, normals), key_of(tuple(range(len(columns))), normals))
        return self._finders[columns]


def shape_of(table: Table) -> Shape:
    """Read a table, but for its foreign keys.

    Raises:
        MappingError: something of it cannot be kept.
    """
    columns: Sequence[Column[Any]] = tuple(table.columns)
    place = {column: at for at, column in enumerate(columns, 1)}
    codecs = tuple(codec_of(column) for column in columns)
    unique = unique_rules(table, place, codecs)
    return Shape(
        table=table,
        columns=tuple(columns),
        place=place,
        codecs=codecs,
        required=tuple((place[column], not_null(column)) for column in columns if not column.nullable),
        unique=unique,
        indexed={frozenset(index.columns) for index in table.indexes if not index.unique},
        checks=checks_of(table, place),
        generated=tuple((place[column], _generated(column, place)) for column in columns if column.computed),
        key_places=tuple({at for rule in unique if rule.is_key for at in rule.places}),
        indexed_places=tuple({at for rule in unique for at in rule.places}),
        primary=next((at for at, rule in enumerate(unique) if rule.primary and not rule.deferrable), None),
        primary_columns=tuple(table.primary_key.columns),
        found_by={rule.columns: at for at, rule in reversed([*enumerate(unique)]) if rule.finds_rows},
        defaults={
            column: make for column in columns if (make := default_of(column, codecs[place[column] - 1])) is not None
        },
    )


def _generated(column: Column[Any], place: Mapping[Column[Any], int]) -> Evaluate:
    assert column.computed is not None  # or it is none of these
    rule = not_null(column)
    return evaluating(column.computed.sqltext, place, f"the computed column {column.name}", rule, into=column)
