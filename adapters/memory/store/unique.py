"""Rules by which no two rows have the same key."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import attrs
from sqlalchemy import Column, Index, PrimaryKeyConstraint, Table, UniqueConstraint

from unitofwork.adapters.memory.store.indexes import Index as HashIndex
from unitofwork.adapters.memory.store.indexes import ManyIndex, UniqueIndex
from unitofwork.adapters.memory.store.locks import would_wait
from unitofwork.adapters.memory.store.row import KeyOf, Row, key_of
from unitofwork.adapters.memory.store.rules import Rule, rule_of
from unitofwork.adapters.memory.values import Codec
from unitofwork.adapters.orm.constraints import in_order
from unitofwork.domain.errors import MappingError, UniqueViolation

if TYPE_CHECKING:
    from unitofwork.adapters.memory.store.table import StoredTable
    from unitofwork.adapters.memory.store.writing import Writer


@attrs.frozen(eq=False)
class Unique:
    """A primary key, a unique constraint or a unique index.

    Attributes:
        rule: what errors tell of it.
        columns: what the key is made of, in order.
        key: takes the key out of a row.
        lookup: makes the key of the columns' values.
        nulls_distinct: whether rows with NULL in the key are all different.
        deferrable: whether it is checked when a statement ends, and not row by row.
        deferred: whether it is checked at commit.
    """

    rule: Rule
    columns: tuple[Column[Any], ...]
    key: KeyOf
    lookup: KeyOf
    primary: bool = False
    nulls_distinct: bool = True
    deferrable: bool = False
    deferred: bool = False

    def finds_by(self, columns: tuple[Column[Any], ...]) -> bool:
        """Whether its index finds rows by the values of just these columns."""
        return self.columns == columns and self.nulls_distinct

    def index(self) -> HashIndex:
        """An index for a table without rows."""
        return ManyIndex(self.key, self.lookup) if self.deferrable else UniqueIndex(self.key, self.lookup)


def unique_rules(table: Table, place: dict[Column[Any], int], codecs: tuple[Codec, ...]) -> tuple[Unique, ...]:
    """The table's rules in the order in which PostgreSQL checks them: the primary key first.

    Raises:
        MappingError: one cannot be kept.
    """
    found: list[Unique] = []
    mapped = sorted(_mapped(table), key=lambda each: not isinstance(each, PrimaryKeyConstraint))
    for each in mapped:
        columns = tuple(each.columns)
        if isinstance(each, Index):
            _check_plain(each, table)
        options: Mapping[str, Any] = (
            each.dialect_options["postgresql"] if not isinstance(each, PrimaryKeyConstraint) else {}
        )
        distinct = not options.get("nulls_not_distinct")
        places = tuple(place[column] for column in columns)
        normals = tuple(codecs[at - 1].key for at in places)
        deferrable = not isinstance(each, Index) and bool(each.deferrable or each.initially)
        rule = Unique(
            rule_of(table, each),
            columns,
            key_of(places, normals, nulls_distinct=distinct),
            key_of(tuple(range(len(columns))), normals),
            primary=isinstance(each, PrimaryKeyConstraint),
            nulls_distinct=distinct,
            deferrable=deferrable,
            deferred=deferrable and not isinstance(each, Index) and (each.initially or "").upper() == "DEFERRED",
        )
        if not any(_is_the_same(rule, other) for other in found):
            found.append(rule)
    return tuple(found)


def _mapped(table: Table) -> Iterator[PrimaryKeyConstraint | UniqueConstraint | Index]:
    for each in in_order(table):
        if (
            isinstance(each, UniqueConstraint)
            or (isinstance(each, PrimaryKeyConstraint) and len(each.columns))
            or (isinstance(each, Index) and each.unique)
        ):
            yield each


def _is_the_same(rule: Unique, other: Unique) -> bool:
    """Whether PostgreSQL keeps only the first of two constraints, since the other says the same."""
    return (rule.columns, rule.nulls_distinct, rule.deferrable, rule.deferred) == (
        other.columns,
        other.nulls_distinct,
        other.deferrable,
        other.deferred,
    )


def _check_plain(index: Index, table: Table) -> None:
    if index.dialect_options["postgresql"].get("where") is not None or not all(
        isinstance(each, Column) for each in index.expressions
    ):
        raise MappingError(
            f"the unique index {index.name} of {table.name} is partial or of expressions, which cannot be kept",
            table=table.name,
            constraint=str(index.name),
        )


def check_unique(me: "Writer", table: "StoredTable", row: Row) -> list[Unique]:
    """Refuse a row, before it is put in its place, that has the key of another; return what is to be checked later.

    Raises:
        UniqueViolation: the other one is there.
        LockTimeout: it depends on how another transaction ends.
    """
    doubtful: list[Unique] = []
    for unique, index in table.checked:
        key = index.key(row)
        if key is None:
            continue
        if unique.deferrable:
            if any(other != row[0] for other in index.numbers(key)) or _may_come_back(me, table, unique, key):
                doubtful.append(unique)
        else:
            _refuse_same(me, table, unique, index, row, key)
    return doubtful


def check_again(me: "Writer", unique: Unique, table: "StoredTable", row: Row) -> None:
    """Refuse a row that is there, and was changed in no key, if another one has its key by now."""
    there = table.rows.get(row[0])
    if there is not None and all(there[place] == row[place] for place in table.shape.key_places):
        index = table.unique[table.shape.unique.index(unique)]
        _refuse_same(me, table, unique, index, row, unique.key(row))


def _refuse_same(me: "Writer", table: "StoredTable", unique: Unique, index: HashIndex, row: Row, key: Any) -> None:
    alone = table.writer is None or table.writer is me
    for other in index.numbers(key):
        if other != row[0]:
            if not alone and any(other in images for owner, images in table.uncommitted.items() if owner is not me):
                raise would_wait(table.shape.table.name)
            me.check_same_key(table, table.rows[other], row)
            raise unique.rule.broken(UniqueViolation, me.store.mapping)
    if not alone and _may_come_back(me, table, unique, key):
        raise would_wait(table.shape.table.name)


def _may_come_back(me: "Writer", table: "StoredTable", unique: Unique, key: Any) -> bool:
    """Whether a row with the key is there again if another transaction is rolled back, even if only to a savepoint."""
    return any(
        unique.key(row) == key for owner in table.uncommitted if owner is not me for row in owner.replaced(table)
    )
