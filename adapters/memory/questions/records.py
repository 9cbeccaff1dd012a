"""Records: what the tables of a mapper hold of one entity, as one tuple."""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, TypeAlias, cast

import attrs
from sqlalchemy import Column, Table
from sqlalchemy.orm import Mapper

from unitofwork.adapters.memory.questions.joined import Join, assembling, joins_of, table_of
from unitofwork.adapters.memory.store import Reader, Row
from unitofwork.adapters.memory.values import Codec, codec_of
from unitofwork.domain.errors import MappingError

_Info: TypeAlias = dict[str, "Records"]
_Assemble: TypeAlias = Callable[[Reader, Iterable[Row]], list[Row]]
_CACHE = "unitofwork.records"


def _primary_of(records: "Records") -> Table | None:
    """The table whose rows are the records, if these are told by its primary key."""
    table = records.tables[0]
    same = list(map(id, records.key)) == list(map(id, table.primary_key))
    return table if records.is_plain and same else None


@attrs.frozen(eq=False)
class Records:
    """The records of a mapper, with those of its mapped subclasses.

    A record is the concatenation of the rows of `tables`, each beginning with its row's number: a mapper of one table
    has that table's rows. Where a table that is joined for subclasses alone has no row, None stands for each value.
    Values are as they are stored.

    Attributes:
        mapper: the mapper.
        tables: the mapper's own tables, the base's first, and behind them those that are joined for its subclasses
            (``with_polymorphic``).
        starts: where each table's row begins in a record, and with it the row's number.
        place: where each column's value stands in a record.
        key: the columns of the primary key.
    """

    mapper: Mapper[Any]
    tables: tuple[Table, ...]
    starts: tuple[int, ...]
    place: Mapping[Column[Any], int]
    key: tuple[Column[Any], ...]
    _joins: tuple[Join, ...]
    _is_of_kind: Callable[[Row], bool] | None
    _primary: Table | None = attrs.field(init=False, default=attrs.Factory(_primary_of, takes_self=True))
    _assembled: dict[Table, _Assemble] = attrs.field(init=False, factory=dict[Table, _Assemble])
    _codecs: dict[Column[Any], Codec] = attrs.field(init=False, factory=dict[Column[Any], Codec])

    def codec(self, column: Column[Any]) -> Codec:
        """How the column's values are kept."""
        if column not in self._codecs:
            self._codecs[column] = codec_of(column)
        return self._codecs[column]

    def all(self, reader: Reader) -> Collection[Row]:
        """Every record, in no order that is promised."""
        table = self._narrowest
        return self._whole(reader, table, reader.rows(reader.table(table)))

    def by_key(self, reader: Reader, key: tuple[object, ...]) -> Row | None:
        """The record with this primary key, given as stored values in the order of the mapper's; or None."""
        if self._primary is not None:
            return reader.by_key(reader.table(self._primary), key)
        return next(iter(self.find(reader, self.key, key)), None)

    def having_key(self, reader: Reader, key: tuple[object, ...]) -> Collection[Row]:
        """The same, as a collection."""
        table = self._primary  # as `by_key` does, in less time
        record = self.by_key(reader, key) if table is None else reader.by_key(reader.table(table), key)
        return () if record is None else (record,)

    def find(self, reader: Reader, columns: tuple[Column[Any], ...], values: tuple[object, ...]) -> Collection[Row]:
        """The records with these stored values in these columns, by an index if there is one; None equals nothing."""
        table = columns[0].table
        if len(columns) > 1 and any(column.table is not table for column in columns):
            return self._find_in_several(reader, table, columns, values)
        return self._whole(reader, table, reader.find(reader.table(table), columns, values))

    def row(self, record: Row, table: Table) -> Row | None:
        """The record's row of one of the tables, or None where there is none."""
        start = self.starts[self.tables.index(table)]
        return None if record[start] is None else record[start : start + 1 + len(table.columns)]

    @property
    def is_plain(self) -> bool:
        """Whether the records are all rows of one table."""
        return not self._joins and self._is_of_kind is None

    @property
    def _narrowest(self) -> Table:
        """The mapper's own table that every record has a row of, and others have not."""
        own = [join.table for join in self._joins if not join.outer]
        return own[-1] if own else self.tables[0]

    def _find_in_several(
        self, reader: Reader, table: Table, columns: tuple[Column[Any], ...], values: tuple[object, ...]
    ) -> list[Row]:
        wanted = list(zip(columns, values, strict=True))
        here = [(column, value) for column, value in wanted if column.table is table]
        there = [(self.place[column], value) for column, value in wanted if column.table is not table]
        found = self.find(reader, tuple(column for column, _ in here), tuple(value for _, value in here))
        return [each for each in found if all(v is not None and each[place] == v for place, v in there)]

    def _whole(self, reader: Reader, table: Table, rows: Collection[Row]) -> Collection[Row]:
        """The records that the rows of one table are in."""
        if self._joins:
            if table not in self._assembled:
                self._assembled[table] = assembling(self.tables, self._joins, table)
            rows = self._assembled[table](reader, rows)
        return rows if self._is_of_kind is None else list(filter(self._is_of_kind, rows))


def records_of(mapper: Mapper[Any]) -> Records:
    """The records of a mapper, made once.

    Raises:
        MappingError: its tables are joined in a way that the twin cannot follow.
    """
    info = cast("_Info", mapper.class_manager.info)  # pyright: ignore[reportUnknownMemberType]  # a bare dict
    if _CACHE not in info:
        info[_CACHE] = _records(mapper)
    return info[_CACHE]


def _records(mapper: Mapper[Any]) -> Records:
    joins = joins_of(mapper)
    tables = (table_of(mapper.base_mapper), *(join.table for join in joins))
    starts: list[int] = []
    place: dict[Column[Any], int] = {}
    width = 0
    for table in tables:
        starts.append(width)
        place.update((column, width + number) for number, column in enumerate(table.columns, 1))
        width += 1 + len(table.columns)
    key = tuple(column for column in mapper.primary_key if isinstance(column, Column))
    return Records(mapper, tables, tuple(starts), place, key, joins, _kind_test(mapper, place))


def _kind_test(mapper: Mapper[Any], place: Mapping[Column[Any], int]) -> Callable[[Row], bool] | None:
    """How to tell the mapper's records from others of its table; None if there are no others."""
    if not (mapper.single and mapper.inherits and mapper.polymorphic_on is not None):
        return None
    on = mapper.polymorphic_on
    if not isinstance(on, Column) or on not in place:
        raise MappingError(f"{mapper.class_.__name__} is told from others by no column", entity_type=mapper.class_)
    kinds = frozenset(each.polymorphic_identity for each in mapper.self_and_descendants)
    where = place[on]
    return lambda record: record[where] in kinds
