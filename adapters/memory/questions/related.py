"""What is related to a record: the records at the other side of a relationship, in its order."""

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any, TypeAlias, cast

import attrs
from sqlalchemy import Column, Table
from sqlalchemy.orm import RelationshipProperty

from unitofwork.adapters.memory.expressions import Expression
from unitofwork.adapters.memory.questions.records import Records
from unitofwork.adapters.memory.questions.storing import Convert, Stored, storing
from unitofwork.adapters.memory.store import Reader, Row

Columns: TypeAlias = tuple[Column[Any], ...]


@attrs.frozen(eq=False)
class Link:
    """The rows of a secondary table between the two sides.

    Attributes:
        table: the table.
        near: its columns that are equal to the ones here.
        far: its columns that are equal to those at the other side.
    """

    table: Table
    near: Columns
    far: Columns

    @property
    def near_places(self) -> list[int]:
        """Where the near columns stand in a row."""
        return [_place(column) for column in self.near]

    @property
    def far_places(self) -> list[int]:
        """Where the far columns stand in a row."""
        return [_place(column) for column in self.far]


def _converts(related: "Related") -> tuple[Convert | None, ...]:
    return tuple(related.source.codec(column).operand for column in related.columns)


def _stored(related: "Related") -> Stored:
    return storing(related.converts)


def _is_plain(related: "Related") -> bool:
    return related.link is None and related.condition is None and bool(related.remote)


def _only_table(related: "Related") -> Table | None:
    return related.target.tables[0] if related.is_plain and related.target.is_plain else None


@attrs.frozen(eq=False)
class Related:
    """How the records of a relationship are found.

    Attributes:
        relationship: the relationship.
        source: the records at this side.
        target: the records at the other side.
        columns: the columns here whose values decide what is related; the first ones, as many as `remote` or the
            link's near ones, are compared for equality.
        remote: the columns at the other side that are equal to the first ones of `columns`, or to the link's far ones.
        link: what is between the two sides, if there is something.
        condition: what else must be true, of the columns' values, a record of the target and a row of the link.
    """

    relationship: RelationshipProperty[Any]
    source: Records
    target: Records
    columns: Columns
    remote: Columns
    link: Link | None
    condition: Expression | None
    _sort: Callable[[Iterable[Row]], list[Row]]
    _equal: int
    is_plain: bool = attrs.field(init=False, default=attrs.Factory(_is_plain, takes_self=True))
    """Whether equal columns of the two sides are all there is to it."""
    _table: Table | None = attrs.field(init=False, default=attrs.Factory(_only_table, takes_self=True))
    """Whose rows what is related is, found by the columns alone; None if there is more to it."""
    converts: tuple[Convert | None, ...] = attrs.field(init=False, default=attrs.Factory(_converts, takes_self=True))
    """How values of `columns` are made stored ones; None for those that are stored as they are."""
    stored: Stored = attrs.field(init=False, default=attrs.Factory(_stored, takes_self=True))
    """Makes stored values of values of `columns`."""

    @property
    def places(self) -> list[int]:
        """Where the columns stand in a record of this side."""
        return [self.source.place[column] for column in self.columns]

    @property
    def remote_places(self) -> list[int]:
        """Where the remote columns stand in a record of the other side."""
        return [self.target.place[column] for column in self.remote]

    def find(self, reader: Reader, values: tuple[Any, ...]) -> list[Row]:
        """The records that are related to stored values of `columns`, each once, in the relationship's order."""
        if self.is_plain:  # each is found once, and as it is
            if self._table is None:
                records = self._found(reader, self.remote, values)
            else:
                records = reader.find(reader.table(self._table), self.remote, values)
            return self._sort(records)
        found: dict[int, Row] = {}
        for record in self._candidates(reader, values):
            found.setdefault(record[0], record)
        width = self._width
        return [record[:width] for record in self._sort(found.values())]

    @property
    def _width(self) -> int:
        return len(self.target.place) + len(self.target.tables)

    def _candidates(self, reader: Reader, values: tuple[Any, ...]) -> Iterable[Row]:
        """The related records, each with the row of the link that leads to it behind."""
        candidates = self._linked(reader, values) if self.link else self._found(reader, self.remote, values)
        condition = self.condition
        if condition is None:
            return candidates
        return [record for record in candidates if condition((*values, *record), reader) is True]

    def _linked(self, reader: Reader, values: tuple[Any, ...]) -> Iterator[Row]:
        link = cast(Link, self.link)
        table = reader.table(link.table)
        places = link.far_places
        rows = reader.find(table, link.near, values[: self._equal]) if link.near else reader.rows(table)
        for row in rows:
            for record in self._found(reader, self.remote, tuple([row[place] for place in places])):
                yield record + row

    def _found(self, reader: Reader, columns: Columns, values: tuple[Any, ...]) -> Collection[Row]:
        if not columns:
            return self.target.all(reader)
        return self.target.find(reader, columns, values[: len(columns)])


def _place(column: Column[Any]) -> int:
    return 1 + list(column.table.columns).index(column)
