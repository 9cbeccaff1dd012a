"""A table's rows as they are now, what is not committed of them, and who has locked which."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, Final, cast

import attrs
from sqlalchemy import Column, Table

from unitofwork.adapters.memory.containers import new_dict, new_list
from unitofwork.adapters.memory.store.indexes import Index, ManyIndex, UniqueIndex
from unitofwork.adapters.memory.store.locks import Mode
from unitofwork.adapters.memory.store.row import Key, Row
from unitofwork.adapters.memory.store.shape import Shape
from unitofwork.adapters.memory.store.straight import Entries
from unitofwork.adapters.memory.store.unique import Unique

if TYPE_CHECKING:
    from unitofwork.adapters.memory.store.foreign_keys import ForeignKey
    from unitofwork.adapters.memory.store.undo import Undo

Columns = tuple[Column[Any], ...]

Images = dict[int, Row | None]
"""By number, what is committed of rows that a transaction has changed; None for one that it has inserted."""

SEVERAL: Final = object()
"""Stands for more than one transaction."""


@attrs.define(eq=False, repr=False)
class StoredTable:
    """The rows of one table.

    They are written in place. Whoever reads while another has uncommitted rows here finds in `uncommitted` what was
    there before. Rows that `rows` hands out directly must not be changed while they are iterated over.

    Attributes:
        shape: what the mapping says of the table.
        place: where in a row each column is.
        rows: what is there now, by number.
        uncommitted: what each transaction that has written here and is not ended has replaced.
        writer: the only transaction in `uncommitted`, `SEVERAL`, or None.
        locks: by number, who has locked a row and how.
        primary: the index of the primary key.
        unique: the index of each unique rule of the shape, in order; `checked` has both together, `entries` theirs.
        others: the indexes that are of no unique rule.
    """

    shape: Shape
    place: Mapping[Column[Any], int]
    unique: list[Index]
    primary: UniqueIndex | None = None
    checked: list[tuple[Unique, Index]] = attrs.field(init=False)
    entries: Entries = attrs.field(init=False)
    rows: dict[int, Row] = attrs.field(factory=new_dict)
    others: list[Index] = attrs.field(factory=new_list)
    uncommitted: dict["Undo", Images] = attrs.field(factory=new_dict)
    writer: object = None
    locks: dict[int, dict["Undo", Mode]] = attrs.field(factory=new_dict)
    shared: bool = False
    last: int = 0
    """The number of the row that was made last: no two rows ever have the same."""
    _by_columns: dict[Columns, Index | None] = attrs.field(factory=new_dict)
    _referred_by: list["ForeignKey"] = attrs.field(factory=new_list)
    _known: int = 0

    def __attrs_post_init__(self) -> None:
        self._index_by(self.unique)

    @classmethod
    def empty(cls, shape: Shape) -> "StoredTable":
        """A table without rows."""
        return cls(shape, shape.place, shape.indexes())

    def _index_by(self, unique: list[Index]) -> None:
        """Go on with these indexes of unique rules, and without others."""
        self.unique, self.others, self._by_columns = unique, [], {}
        self.entries = tuple(cast("dict[Key, Any]", index.entries) for index in unique)
        self.checked = list(zip(self.shape.unique, unique, strict=True))
        at = self.shape.primary
        primary = None if at is None else unique[at]
        self.primary = primary if isinstance(primary, UniqueIndex) else None

    def add(self, number: int, row: Row) -> None:
        """Put a row among the others."""
        for index in self.unique:
            index.add(number, row)
        for index in self.others:
            index.add(number, row)
        self.rows[number] = row

    def change(self, number: int, old: Row, new: Row, indexed: bool = True) -> None:
        """Replace a row; say whether they differ where a unique rule looks."""
        if indexed:
            for index in self.unique:
                _change(index, number, old, new)
        for index in self.others:
            _change(index, number, old, new)
        self.rows[number] = new

    def remove(self, number: int, row: Row) -> None:
        """Take a row away."""
        forget = self.shape.forget
        if forget is None:
            for index in self.unique:
                index.remove(number, row)
        else:
            forget(row, self.entries)
        for index in self.others:
            index.remove(number, row)
        del self.rows[number]

    def mode(self, number: int, holder: "Undo") -> Mode | None:
        """How somebody has locked a row."""
        holders = self.locks.get(number)
        return None if holders is None else holders.get(holder)

    def index(self, columns: Columns) -> Index | None:
        """The index over these columns, which is made when it is first asked for; None if they are worth none."""
        try:
            return self._by_columns[columns]
        except KeyError:
            index = self._by_columns[columns] = self._unique_over(columns) or self._made(columns)
            return index

    def _unique_over(self, columns: Columns) -> Index | None:
        at = self.shape.found_by.get(columns)
        return None if at is None else self.unique[at]

    def _made(self, columns: Columns) -> Index | None:
        if frozenset(columns) not in self.shape.indexed:
            return None
        index = ManyIndex(*self.shape.finder(columns))
        for number, row in self.rows.items():
            index.add(number, row)
        self.others.append(index)
        return index

    def referred_by(self, tables: Mapping[Table, "StoredTable"]) -> list["ForeignKey"]:
        """What refers to the rows from one of these tables, which are all that ever had a row."""
        if self._known != len(tables):
            self._referred_by = [key for key in self.shape.referred_by if key.child in tables]
            self._known = len(tables)
        return self._referred_by

    def enter(self, writer: "Undo") -> Images:
        """Let a transaction write, which it says once."""
        if self.shared:
            self.unshare()
        images: Images = {}
        self.uncommitted[writer] = images
        self.writer = writer if self.writer is None else SEVERAL
        return images

    def leave(self, writer: "Undo") -> None:
        """What the transaction has written is committed, or undone."""
        left = self.uncommitted
        del left[writer]
        self.writer = None if not left else SEVERAL if len(left) > 1 else next(iter(left))

    def unshare(self) -> None:
        """Go on with copies, since somebody keeps what is there now."""
        self.rows = self.rows.copy()
        self._index_by([index.copy() for index in self.unique])
        self.shared = False

    def replace(self, rows: dict[int, Row], unique: list[Index]) -> None:
        """Go on with rows that somebody keeps, as they were together with these indexes."""
        self.rows = rows
        self._index_by(unique)
        self.shared = True

    def before(self, reader: object) -> Images:
        """What a reader sees in place of rows that others have not committed."""
        others = [images for owner, images in self.uncommitted.items() if owner is not reader]
        if len(others) == 1:
            return others[0]
        return {number: row for images in others for number, row in images.items()}

    def committed(self) -> Collection[Row]:
        """The rows that are committed."""
        return seen(self.rows, self.before(None))


def seen(rows: dict[int, Row], instead: Images) -> Collection[Row]:
    """The rows, but for those that there is something else to see instead of."""
    if not instead:
        return rows.values()
    there = [row for number, row in rows.items() if number not in instead]
    there.extend(row for row in instead.values() if row is not None)
    return there


def _change(index: Index, number: int, old: Row, new: Row) -> None:
    if index.key(old) != index.key(new):
        index.remove(number, old)
        index.add(number, new)
