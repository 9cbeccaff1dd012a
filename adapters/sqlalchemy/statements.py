"""Questions as SELECT statements."""

from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Dialect, Select, bindparam, func, literal_column, select
from sqlalchemy.orm import ColumnProperty, Mapper, aliased, selectinload
from sqlalchemy.orm.interfaces import LoaderOption

from unitofwork.adapters.orm.names import check_name, mapper_of, relationship_of
from unitofwork.adapters.sqlalchemy.criteria import criterion
from unitofwork.adapters.sqlalchemy.json_values import is_json
from unitofwork.domain.condition import ANYTHING
from unitofwork.domain.errors import UnsupportedQuery
from unitofwork.domain.lock import Lock, Strength, WhenTaken
from unitofwork.domain.path import Path
from unitofwork.domain.query import Nulls, Order, Query

T = TypeVar("T")

_LOADED_AT_ONCE = 10_000
"""For how many entities one statement loads what is related: each is a parameter, whose number databases bound."""


def select_entities(query: Query[T], dialect: Dialect) -> Select[T]:
    """The statement that finds the entities of a query.

    Raises:
        MappingError, InvalidValue, UnsupportedQuery: as `criterion` does.
    """
    mapper = mapper_of(query.entity_type)
    statement = _filtered(select(query.entity_type), query, mapper, dialect)
    if query.order_by:
        statement = _ordered(statement, query.order_by, mapper)
    if query.limit is not None:
        statement = statement.limit(query.limit)
    if query.offset:
        statement = statement.offset(query.offset)
    if query.load:
        statement = statement.options(*(_loading(mapper, path) for path in query.load))
    return statement if query.lock is None else locking(statement, query.lock, mapper)


def select_by_key(entity_type: type[T]) -> Select[T]:
    """The statement that finds an entity by its key, whose parts are bound as ``key_0``, ``key_1`` and so on."""
    mapper = mapper_of(entity_type)
    return select(entity_type).where(
        *(column == bindparam(f"key_{n}", type_=column.type) for n, column in enumerate(mapper.primary_key))
    )


def locking(statement: Select[T], lock: Lock, mapper: Mapper[Any]) -> Select[T]:
    """The statement, locking the rows that it finds, of the entity's own tables alone, and reading them afresh.

    Rows of other tables that are joined, for an order or by the mapping, may be missing, and cannot be locked then.
    """
    return statement.with_for_update(
        read=lock.strength is Strength.SHARE,
        nowait=lock.when_taken is WhenTaken.REFUSE,
        skip_locked=lock.when_taken is WhenTaken.SKIP,
        of=list(mapper.tables),
    ).execution_options(populate_existing=True)


def select_count(query: Query[Any], dialect: Dialect) -> Select[int]:
    """The statement that counts the entities of a query."""
    mapper = mapper_of(query.entity_type)
    return _filtered(select(func.count()).select_from(query.entity_type), query, mapper, dialect)


def select_any(query: Query[Any], dialect: Dialect) -> Select[int]:
    """The statement that gives one row if a query has an answer."""
    mapper = mapper_of(query.entity_type)
    one: ColumnElement[int] = literal_column("1")
    return _filtered(select(one).select_from(query.entity_type), query, mapper, dialect).limit(1)


def _filtered(statement: Select[Any], query: Query[Any], mapper: Mapper[Any], dialect: Dialect) -> Select[Any]:
    if query.condition == ANYTHING:
        return statement
    return statement.where(criterion(query.condition, mapper, dialect))


def _ordered(statement: Select[Any], order_by: tuple[Order, ...], mapper: Mapper[Any]) -> Select[Any]:
    joins = _Joins(statement, mapper)
    for order in order_by:
        source, entity = joins.reach(order.path)
        name, owner = order.path.end
        check_name(source, name, owner)
        nullable = _nullable(source, name) or bool(order.path.way)
        joins.statement = joins.statement.order_by(_key(getattr(entity, name), order, nullable))
    return joins.statement


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
                relationship = relationship_of(source, name, owner)
                if relationship.uselist:
                    raise UnsupportedQuery(f"{path} crosses a collection, so that it orders nothing")
                target = aliased(relationship.mapper, flat=True)
                self.statement = self.statement.outerjoin(getattr(entity, name).of_type(target))
                self._reached[way] = (relationship.mapper, target)
        return self._reached[way]


def _nullable(mapper: Mapper[Any], name: str) -> bool:
    """Whether the attribute may be None: only then do NULLs need a place, which would keep an index from use."""
    prop = mapper.attrs.get(name)
    column = prop.columns[0] if isinstance(prop, ColumnProperty) else None
    if name in mapper.relationships or name in mapper.composites or (column is not None and is_json(column.type)):
        raise UnsupportedQuery(f"{mapper.class_.__name__}.{name} has no order: order by an attribute of it")
    return bool(getattr(column, "nullable", True))


def _key(attribute: Any, order: Order, nullable: bool) -> ColumnElement[Any]:
    key: ColumnElement[Any] = attribute.desc() if order.descending else attribute.asc()
    if not nullable:
        return key
    return key.nulls_first() if order.nulls is Nulls.FIRST else key.nulls_last()


def _loading(mapper: Mapper[Any], path: Path) -> LoaderOption:
    option: Any = None
    for name, owner in path.steps:
        relationship = relationship_of(mapper, name, owner)
        attribute = getattr(mapper.class_, name)
        chain = selectinload if option is None else option.selectinload
        option = chain(attribute, chunksize=_LOADED_AT_ONCE)
        mapper = relationship.mapper
    loader: LoaderOption = option
    return loader
