"""Questions across several databases: refused, because SQL cannot join what is in two of them."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy.orm import Mapper, RelationshipDirection

from unitofwork.adapters.orm.names import mapper_of, relationship_of
from unitofwork.adapters.sqlalchemy.binds import Binds
from unitofwork.adapters.sqlalchemy.private import selects_without_join
from unitofwork.domain.condition import And, Comparison, Condition, Not, Or
from unitofwork.domain.errors import UnsupportedQuery
from unitofwork.domain.path import Path
from unitofwork.domain.query import Query


def refuse_crossing(query: Query[Any], binds: Binds) -> None:
    """Refuse a question that only a join of two databases could answer; loading what is related needs none.

    Raises:
        UnsupportedQuery: naming the path.
        MappingError: a name that the mapping does not have.
    """
    if not binds.several:
        return
    mapper = mapper_of(query.entity_type)
    for comparison in _comparisons(query.condition):
        _check_way(mapper, comparison.path, binds)
        _check_end(mapper, comparison, binds)
    for order in query.order_by:
        _check_way(mapper, order.path, binds)
    for path in query.load:
        _check_load(mapper, path, binds)


def _comparisons(condition: Condition) -> Iterator[Comparison]:
    match condition:
        case And(conditions) | Or(conditions):
            for each in conditions:
                yield from _comparisons(each)
        case Not(negated):
            yield from _comparisons(negated)
        case Comparison():
            yield condition
        case _:
            pass


def _check_way(mapper: Mapper[Any], path: Path, binds: Binds) -> None:
    for name, owner in path.way:
        target = relationship_of(mapper, name, owner).mapper
        if binds.of(target) != binds.of(mapper):
            raise _crosses(mapper, path)
        mapper = target


def _check_end(mapper: Mapper[Any], comparison: Comparison, binds: Binds) -> None:
    """A relationship to one is compared by its foreign key, which is here; without one, the other side is looked up."""
    for name, owner in comparison.path.way:
        mapper = relationship_of(mapper, name, owner).mapper
    relationship = mapper.relationships.get(comparison.path.end[0])
    if relationship is None or relationship.direction is RelationshipDirection.MANYTOONE:
        return
    if binds.of(relationship.mapper) != binds.of(mapper):
        raise _crosses(mapper, comparison.path)


def _check_load(mapper: Mapper[Any], path: Path, binds: Binds) -> None:
    for name, owner in path.steps:
        relationship = relationship_of(mapper, name, owner)
        if binds.of(relationship.mapper) != binds.of(mapper) and not selects_without_join(relationship):
            raise _crosses(mapper, path)
        mapper = relationship.mapper


def _crosses(mapper: Mapper[Any], path: Path) -> UnsupportedQuery:
    return UnsupportedQuery(
        f"{path} crosses from one database to another, where SQL cannot join: ask each of them for its own",
        entity_type=mapper.class_,
    )
