"""Questions as SELECT statements."""

from collections.abc import Iterable
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Dialect, Select, bindparam, func, literal_column, select
from sqlalchemy.orm import Mapper, selectinload
from sqlalchemy.orm.interfaces import LoaderOption

from unitofwork.adapters.orm.names import check_in_column, mapper_of, relationship_of
from unitofwork.adapters.sqlalchemy.criteria import criterion
from unitofwork.adapters.sqlalchemy.keyset import stretches
from unitofwork.adapters.sqlalchemy.ordering import sort_keys, sorting
from unitofwork.adapters.sqlalchemy.parameters import Parameters
from unitofwork.domain.condition import ANYTHING
from unitofwork.domain.lock import Lock, Strength, WhenTaken
from unitofwork.domain.path import Path
from unitofwork.domain.query import Query

T = TypeVar("T")

LIMIT, _OFFSET = "limit", "offset"
"""The parameters for a query's limit and offset."""

_LOADED_AT_ONCE = 10_000
"""For how many entities one statement loads what is related: each is a parameter, whose number databases bound."""


def select_entities(query: Query[T], dialect: Dialect, parameters: Parameters | None = None) -> Select[T]:
    """The statement that finds the entities of a query.

    Raises:
        MappingError, InvalidValue, UnsupportedQuery: as `criterion` does.
    """
    mapper = mapper_of(query.entity_type)
    statement = _selected(query, mapper, dialect, parameters)
    if query.order_by:
        statement, keys = sort_keys(statement, query.order_by, mapper)
        statement = statement.order_by(*sorting(keys, dialect))
    if query.limit is not None:
        statement = statement.limit(_number(query.limit, parameters, LIMIT))
    if query.offset:
        statement = statement.offset(_number(query.offset, parameters, _OFFSET))
    return statement


def select_values(
    query: Query[Any], names: Iterable[str], dialect: Dialect, parameters: Parameters | None = None
) -> Select[Any]:
    """The statement that finds the values that columns have in the rows of a query.

    Raises:
        MappingError: a name is not of an attribute that is kept in a column; or as `select_entities` does.
    """
    mapper = mapper_of(query.entity_type)
    columns = [getattr(mapper.class_, check_in_column(mapper, name)) for name in names]
    whole: Any = select_entities(query, dialect, parameters)
    values: Select[Any] = whole.with_only_columns(*columns, maintain_column_froms=True)
    return values


def select_placed(
    query: Query[Any], dialect: Dialect, parameters: Parameters | None = None, *, with_keys: bool = True
) -> list[Select[Any]]:
    """Statements that find the entities one after the other, from the query's start on, whatever its offset.

    Each row has an entity and, unless that can be known from the entity's own columns, behind it the values of the
    order's keys. Each statement has the query's limit.
    """
    mapper = mapper_of(query.entity_type)
    whole, keys = sort_keys(_selected(query, mapper, dialect, parameters), query.order_by, mapper)
    if with_keys:
        whole = whole.add_columns(*(key.expression for key in keys))
    if query.limit is not None:
        whole = whole.limit(_number(query.limit, parameters, LIMIT))
    if query.offset:  # which only who reads the answers of all statements can leave out
        _number(query.offset, parameters, _OFFSET)
    return [
        whole.where(*stretch.criteria).order_by(*sorting(stretch.keys, dialect))
        for stretch in stretches(keys, query.after, dialect, parameters)
    ]


def _selected(
    query: Query[Any], mapper: Mapper[Any], dialect: Dialect, parameters: Parameters | None = None
) -> Select[Any]:
    statement = _filtered(select(query.entity_type), query, mapper, dialect, parameters)
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


def select_count(query: Query[Any], dialect: Dialect, parameters: Parameters | None = None) -> Select[int]:
    """The statement that counts the entities of a query."""
    mapper = mapper_of(query.entity_type)
    return _filtered(select(func.count()).select_from(query.entity_type), query, mapper, dialect, parameters)


def select_any(query: Query[Any], dialect: Dialect, parameters: Parameters | None = None) -> Select[int]:
    """The statement that gives one row if a query has an answer."""
    mapper = mapper_of(query.entity_type)
    one: ColumnElement[int] = literal_column("1")
    return _filtered(select(one).select_from(query.entity_type), query, mapper, dialect, parameters).limit(1)


def _number(number: int, parameters: Parameters | None, name: str) -> Any:
    return number if parameters is None else parameters.of_whole_number(number, name)


def _filtered(
    statement: Select[Any], query: Query[Any], mapper: Mapper[Any], dialect: Dialect, parameters: Parameters | None
) -> Select[Any]:
    if query.condition == ANYTHING:
        return statement
    return statement.where(criterion(query.condition, mapper, dialect, parameters=parameters))


def _loading(mapper: Mapper[Any], path: Path) -> LoaderOption:
    option: Any = None
    for name, owner in path.steps:
        relationship = relationship_of(mapper, name, owner)
        attribute = getattr(mapper.class_, relationship.key)
        chain = selectinload if option is None else option.selectinload
        option = chain(attribute, chunksize=_LOADED_AT_ONCE)
        mapper = relationship.mapper
    loader: LoaderOption = option
    return loader
