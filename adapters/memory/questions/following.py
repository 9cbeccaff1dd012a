"""How a relationship is followed: its joins and its order, read once."""

from collections.abc import Iterable, Iterator, Mapping
from operator import itemgetter
from typing import Any, cast

from sqlalchemy import BinaryExpression, BooleanClauseList, Column, ColumnElement, Table, UnaryExpression
from sqlalchemy.orm import Mapper, RelationshipProperty
from sqlalchemy.sql import operators, visitors

from unitofwork.adapters.memory.expressions import CannotEvaluate, Expression, compile_expression
from unitofwork.adapters.memory.questions.records import Records, records_of
from unitofwork.adapters.memory.questions.related import Columns, Link, Related
from unitofwork.adapters.memory.questions.sorting import SortKey, sorter
from unitofwork.adapters.memory.values import codec_of
from unitofwork.domain.errors import UnsupportedQuery

_CACHE = "unitofwork.related"


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
