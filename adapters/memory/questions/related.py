"""What is related to a record: the records at the other side of a relationship, in its order."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from operator import itemgetter
from typing import Any, TypeAlias, cast

import attrs
from sqlalchemy import BinaryExpression, BooleanClauseList, Column, ColumnElement, Table, UnaryExpression
from sqlalchemy.orm import Mapper, RelationshipProperty
from sqlalchemy.sql import operators, visitors

from unitofwork.adapters.memory.expressions import CannotEvaluate, Expression, compile_expression
from unitofwork.adapters.memory.questions.records import Records, records_of
from unitofwork.adapters.memory.questions.sorting import SortKey, sorter
from unitofwork.adapters.memory.questions.storing import Convert, Stored, storing
from unitofwork.adapters.memory.store import Reader, Row
from unitofwork.adapters.memory.values import codec_of
from unitofwork.domain.errors import UnsupportedQuery

Columns: TypeAlias = tuple[Column[Any], ...]

_CACHE = "unitofwork.related"


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


def related_of(relationship: RelationshipProperty[Any]) -> Related:
    """How the records of a relationship are found, made once.

    Raises:
        UnsupportedQuery: its joins or its order cannot be evaluated in memory.
    """
    info = cast("dict[str, Related]", relationship.info)
    if _CACHE not in info:
        info[_CACHE] = _related(relationship)
    return info[_CACHE]


def _related(relationship: RelationshipProperty[Any]) -> Related:
    target = records_of(relationship.mapper)
    first = list(_conjuncts(relationship.primaryjoin))
    equal = [pair for clause in first if (pair := _pair(relationship, clause)) is not None]
    rest = [clause for clause in first if _pair(relationship, clause) is None]
    here, there = tuple(pair[0] for pair in equal), tuple(pair[1] for pair in equal)
    link: Link | None = None
    secondary: Any = relationship.secondary
    if relationship.secondaryjoin is not None:
        if not isinstance(secondary, Table):
            raise _refused(relationship, "it goes through something else than a table")
        second = list(_conjuncts(relationship.secondaryjoin))
        pairs = [pair for clause in second if (pair := _pair(relationship, clause)) is not None]
        rest += [clause for clause in second if _pair(relationship, clause) is None]
        link = Link(cast(Table, secondary), there, tuple(pair[1] for pair in pairs))
        there = tuple(pair[0] for pair in pairs)
    more = tuple(dict.fromkeys(column for clause in rest for column in _here(relationship, clause, target)))
    columns = (*here, *(column for column in more if column not in here))
    return Related(
        relationship,
        records_of(relationship.parent),
        target,
        columns,
        there,
        link,
        _condition(relationship, rest, columns, target, link),
        sorter(tuple(_keys(relationship, target, link))),
        len(here),
    )


def _conjuncts(clause: ColumnElement[bool]) -> Iterator[ColumnElement[bool]]:
    if isinstance(clause, BooleanClauseList) and clause.operator is operators.and_:
        for each in clause.clauses:
            yield from _conjuncts(each)
    else:
        yield clause


def _pair(
    relationship: RelationshipProperty[Any], clause: ColumnElement[bool]
) -> tuple[Column[Any], Column[Any]] | None:
    """The column here and the remote one, if equality of the two is all that the clause says."""
    if not isinstance(clause, BinaryExpression) or clause.operator is not operators.eq:
        return None
    if not isinstance(clause.left, Column) or not isinstance(clause.right, Column):
        return None
    one, other = _plain(clause.left), _plain(clause.right)
    pairs = relationship.local_remote_pairs or ()
    return next((pair for pair in ((one, other), (other, one)) if pair in pairs), None)


def _plain(column: Column[Any]) -> Column[Any]:
    """The table's own column, of which SQLAlchemy's joins have annotated copies."""
    return next(each for each in column.table.columns if each.key == column.key)


def _place(column: Column[Any]) -> int:
    return 1 + list(column.table.columns).index(column)


def _here(relationship: RelationshipProperty[Any], clause: ColumnElement[bool], target: Records) -> Iterator[Any]:
    """The columns of this side that a clause reads."""
    source = records_of(relationship.parent)
    columns: list[Any] = [element for element in visitors.iterate(clause) if isinstance(element, Column)]
    for column in map(_plain, columns):
        if column in source.place and column in target.place:
            raise _refused(relationship, f"{column} may be of either side")
        if column in source.place:
            yield column


def _condition(
    relationship: RelationshipProperty[Any],
    clauses: list[ColumnElement[bool]],
    columns: Columns,
    target: Records,
    link: Link | None,
) -> Expression | None:
    """All clauses, of the values of the columns, a record of the target and a row of the link."""
    if not clauses:
        return None
    place = {column: len(columns) + number for column, number in _places(target, link).items()}
    place.update((column, number) for number, column in enumerate(columns))
    compiled = [_compiled(relationship, clause, place) for clause in clauses]
    return lambda row, reader: all(each(row, reader) is True for each in compiled)


def _places(target: Records, link: Link | None) -> dict[Column[Any], int]:
    """Where values stand in a record of the target and a row of the link behind it."""
    width = len(target.place) + len(target.tables)
    places = dict(target.place)
    if link is not None:
        places.update((column, width + number) for number, column in enumerate(link.table.columns, 1))
    return places


def _compiled(
    relationship: RelationshipProperty[Any], clause: ColumnElement[Any], place: Mapping[Column[Any], int]
) -> Expression:
    try:
        return compile_expression(clause, place)
    except CannotEvaluate as error:
        raise _refused(relationship, str(error)) from error


def _refused(relationship: RelationshipProperty[Any], why: str) -> UnsupportedQuery:
    owner: Mapper[Any] = relationship.parent
    return UnsupportedQuery(
        f"{owner.class_.__name__}.{relationship.key} cannot be followed in memory: {why}", entity_type=owner.class_
    )


def _keys(relationship: RelationshipProperty[Any], target: Records, link: Link | None) -> Iterator[SortKey]:
    """The relationship's order."""
    place = _places(target, link)
    for clause in cast("Iterable[ColumnElement[Any]]", relationship.order_by or ()):
        descending, nulls_first = False, None
        while isinstance(clause, UnaryExpression) and clause.modifier in _MODIFIERS:
            if clause.modifier in _NULLS_FIRST:
                nulls_first = _NULLS_FIRST[clause.modifier]
            else:
                descending = clause.modifier is operators.desc_op
            clause = clause.element
        column: Any = clause
        where = place.get(column) if isinstance(clause, Column) else None
        if where is None:
            raise _refused(relationship, f"its order is by {clause}, which is no column of what is related")
        codec = codec_of(column)
        never_null = target.is_plain and not column.nullable
        first = descending if nulls_first is None else nulls_first
        yield SortKey(itemgetter(where), codec.order, descending, first, never_null)


_NULLS_FIRST = {operators.nulls_first_op: True, operators.nulls_last_op: False}
_MODIFIERS = {*_NULLS_FIRST, operators.asc_op, operators.desc_op}
