"""Orders as SQL: the expressions that an answer is sorted by, and the joins that they need."""

from collections.abc import Iterable, Iterator
from typing import Any, cast

import attrs
from sqlalchemy import (
    Column,
    ColumnElement,
    Dialect,
    Exists,
    FromClause,
    Join,
    Label,
    PrimaryKeyConstraint,
    ScalarSelect,
    Select,
    UniqueConstraint,
    inspect,
)
from sqlalchemy.orm import ColumnProperty, Mapper, aliased
from sqlalchemy.sql.visitors import iterate, replacement_traverse

from unitofwork.adapters.orm.names import check_name
from unitofwork.adapters.orm.orders import check_orders, step_of_order
from unitofwork.domain.path import Path
from unitofwork.domain.query import Nulls, Order

_NULLS_LEAST = frozenset({"mariadb"})
"""The databases that cannot be told where NULLs stand, which is before everything else."""


@attrs.frozen
class SortKey:
    """One key of an order, in one statement.

    Attributes:
        expression: what is sorted by.
        order: the key as it was asked for.
        nullable: whether it may be NULL: only then do NULLs need a place, which would keep an index from use.
        unique: whether no two entities have the same value, so that it decides alone.
        mapper: of the class that has the attribute.
    """

    expression: Any
    order: Order
    nullable: bool
    unique: bool
    mapper: Mapper[Any]

    @property
    def name(self) -> str:
        """The attribute."""
        return self.order.path.names[-1]

    def terms(self, dialect: Dialect) -> tuple[ColumnElement[Any], ...]:
        """The key in ORDER BY."""
        first, descending = self.order.nulls is Nulls.FIRST, self.order.descending
        key: ColumnElement[Any] = self.expression.desc() if descending else self.expression.asc()
        if not self.nullable:
            return (key,)
        if dialect.name not in _NULLS_LEAST:
            return (key.nulls_first() if first else key.nulls_last(),)
        if first is not descending:
            return (key,)
        null = self.expression.is_(None)
        return (null.desc() if first else null.asc(), key)


def sort_keys(
    statement: Select[Any], order_by: tuple[Order, ...], mapper: Mapper[Any]
) -> tuple[Select[Any], tuple[SortKey, ...]]:
    """The keys of an order, and the statement with the joins that they need.

    Raises:
        MappingError: a name that the mapping does not have.
        UnsupportedQuery: what has no order.
    """
    joins = _Joins(statement, mapper)
    keys: list[SortKey] = []
    for order in order_by:
        source, entity = joins.reach(order.path)
        name, owner = order.path.end
        name = check_name(source, name, owner)
        check_orders(source, name)
        nullable = _nullable(source, name) or bool(order.path.way)
        unique = not nullable and _unique(source, name)
        expression = getattr(entity, name)
        if order.path.way:
            expression = correlated(expression, inspect(entity).selectable)
        keys.append(SortKey(expression, order, nullable, unique, source))
    return joins.statement, tuple(keys)


def correlated(attribute: Any, selectable: FromClause) -> Any:
    """An attribute whose queries, if it is one of some, refer to what is joined alone.

    Left to itself, SQLAlchemy would take the table of an inner query for the statement's own where both read it.
    """
    expression: ColumnElement[Any] = attribute.expression
    if not any(isinstance(each, ScalarSelect | Exists) for each in iterate(expression)):
        return attribute
    tables = list(_tables(selectable))

    def replace(element: object, **_: object) -> Any:
        return cast("Any", element).correlate(*tables) if isinstance(element, ScalarSelect | Exists) else None

    plain = expression.element if isinstance(expression, Label) else expression  # the attribute's name hides what it is
    return replacement_traverse(plain, {}, replace)


def _tables(selectable: FromClause) -> Iterator[FromClause]:
    if isinstance(selectable, Join):
        yield from _tables(selectable.left)
        yield from _tables(selectable.right)
    else:
        yield selectable


def own_columns(order_by: tuple[Order, ...], mapper: Mapper[Any]) -> list[Column[Any]] | None:
    """The columns that an order goes by, if all of them are selected whenever an entity is."""
    columns: list[Column[Any]] = []
    for order in order_by:
        prop = mapper.attrs.get(order.path.names[-1])
        column: object = prop.columns[0] if isinstance(prop, ColumnProperty) and not prop.deferred else None
        if order.path.way or not isinstance(column, Column):
            return None
        columns.append(column)
    return columns


def sorting(keys: tuple[SortKey, ...], dialect: Dialect) -> list[ColumnElement[Any]]:
    """What ORDER BY says for the keys."""
    return [term for key in keys for term in key.terms(dialect)]


class _Joins:
    """Joins what an order goes by: each related entity once for each way to it."""

    def __init__(self, statement: Select[Any], mapper: Mapper[Any]) -> None:
        self.statement = statement
        self._reached: dict[tuple[str, ...], tuple[Mapper[Any], Any]] = {(): (mapper, mapper.class_)}

    def reach(self, path: Path) -> tuple[Mapper[Any], Any]:
        """The mapper, and the class or alias, that the path's last name belongs to."""
        way: tuple[str, ...] = ()
        for name, owner in path.way:
            source, entity = self._reached[way]
            way = (*way, name)
            if way not in self._reached:
                relationship = step_of_order(source, path, name, owner)
                target = aliased(relationship.mapper, flat=True)
                self.statement = self.statement.outerjoin(getattr(entity, relationship.key).of_type(target))
                self._reached[way] = (relationship.mapper, target)
        return self._reached[way]


def _nullable(mapper: Mapper[Any], name: str) -> bool:
    """Whether the attribute may be None: only then do NULLs need a place, which would keep an index from use."""
    prop = mapper.attrs.get(name)
    column = prop.columns[0] if isinstance(prop, ColumnProperty) else None
    return bool(getattr(column, "nullable", True))


def _unique(mapper: Mapper[Any], name: str) -> bool:
    """Whether the table says that the attribute is unique, or its primary key is that attribute alone."""
    prop = mapper.attrs.get(name)
    column: object = prop.columns[0] if isinstance(prop, ColumnProperty) else None
    if not isinstance(column, Column):
        return False
    constraints: Iterable[object] = getattr(column.table, "constraints", ())  # none where it is no table
    return any(
        isinstance(each, UniqueConstraint | PrimaryKeyConstraint)
        and list(each.columns) == [column]
        and not each.deferrable
        for each in constraints
    ) or bool(column.unique)
