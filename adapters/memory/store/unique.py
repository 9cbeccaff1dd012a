"""Rules by which no two rows have the same key, and what checks a row against them."""

from typing import TYPE_CHECKING, Any

import attrs
from sqlalchemy import Column

from unitofwork.adapters.memory.store.indexes import Index as HashIndex
from unitofwork.adapters.memory.store.indexes import ManyIndex, UniqueIndex
from unitofwork.adapters.memory.store.locks import would_wait
from unitofwork.adapters.memory.store.row import KeyOf, Row
from unitofwork.adapters.memory.store.rules import Rule
from unitofwork.domain.errors import ConstraintViolation

if TYPE_CHECKING:
    from unitofwork.adapters.memory.store.table import StoredTable
    from unitofwork.adapters.memory.store.writing import Writer


@attrs.frozen(eq=False)
class Unique:
    """A primary key, a unique constraint, a unique index, or an exclusion constraint of equality.

    Attributes:
        rule: what errors tell of it.
        kind: which error its breach is.
        columns: what the key is made of, in order; none if expressions have a part in it.
        places: where in a row the key, and whether there is one, comes from.
        key: takes the key out of a row.
        lookup: makes the key of the columns' values.
        is_key: whether a foreign key may refer to it.
        primary: whether it is the primary key.
        nulls_distinct: whether rows with NULL in the key are all different.
        of_values: whether the key is made of what is stored in the columns, as it is.
        deferrable: whether it is checked when a statement ends, and not row by row.
        deferred: whether it is checked at commit.
    """

    rule: Rule
    kind: type[ConstraintViolation]
    columns: tuple[Column[Any], ...]
    places: tuple[int, ...]
    key: KeyOf
    lookup: KeyOf
    is_key: bool
    primary: bool = False
    nulls_distinct: bool = True
    of_values: bool = False
    deferrable: bool = False
    deferred: bool = False

    @property
    def finds_rows(self) -> bool:
        """Whether its index finds rows by the values of its columns."""
        return self.is_key and self.nulls_distinct

    def index(self) -> HashIndex:
        """An index for a table without rows."""
        return ManyIndex(self.key, self.lookup) if self.deferrable else UniqueIndex(self.key, self.lookup)


def check_unique(me: "Writer", table: "StoredTable", row: Row) -> list[Unique]:
    """Refuse a row, before it is put in its place, that has the key of another; return what is to be checked later.

    Raises:
        UniqueViolation: the other one is there.
        LockTimeout: it depends on how another transaction ends.
    """
    doubtful: list[Unique] = []
    alone = table.writer is None or table.writer is me
    for unique, index in table.checked:
        key = index.key(row)
        if key is None or (alone and key not in index.entries):
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
    if there is not None and all(there[place] == row[place] for place in table.shape.indexed_places):
        index = table.unique[table.shape.unique.index(unique)]
        _refuse_same(me, table, unique, index, row, unique.key(row))


def _refuse_same(me: "Writer", table: "StoredTable", unique: Unique, index: HashIndex, row: Row, key: Any) -> None:
    alone = table.writer is None or table.writer is me
    for other in index.numbers(key):
        if other != row[0]:
            if not alone and any(other in images for owner, images in table.uncommitted.items() if owner is not me):
                raise would_wait(table.shape.table.name)
            me.check_same_key(table, table.rows[other], row)
            raise unique.rule.broken(unique.kind, me.store.mapping)
    if not alone and _may_come_back(me, table, unique, key):
        raise would_wait(table.shape.table.name)


def _may_come_back(me: "Writer", table: "StoredTable", unique: Unique, key: Any) -> bool:
    """Whether a row with the key is there again if another transaction is rolled back, even if only to a savepoint."""
    return any(
        unique.key(row) == key for owner in table.uncommitted if owner is not me for row in owner.replaced(table)
    )
