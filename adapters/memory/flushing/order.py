"""In which order classes are flushed: who has a key before who refers to it."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from sqlalchemy.orm import Mapper, RelationshipDirection

from unitofwork.adapters.memory.flushing.shape import flush_shape_of

_MOST = 500
"""For how many sets of classes the order is kept."""


@lru_cache(_MOST)
def in_order(mappers: frozenset[Mapper[Any]]) -> tuple[Mapper[Any], ...] | None:
    """The classes in order; None where they refer to each other in a circle."""
    before = {mapper: set(_before(mapper, mappers)) for mapper in mappers}
    ordered: list[Mapper[Any]] = []
    while before:
        free = sorted((mapper for mapper, others in before.items() if not others & before.keys()), key=_order)
        if not free:
            return None
        ordered += free
        for mapper in free:
            del before[mapper]
    return tuple(ordered)


def _before(mapper: Mapper[Any], among: frozenset[Mapper[Any]]) -> Iterable[Mapper[Any]]:
    """Whose keys the class's entities refer to, other than its own."""
    for other in among:
        for relationship in other.relationships:
            if relationship.viewonly or relationship.mapper is other:
                continue
            refers = relationship.direction is RelationshipDirection.MANYTOONE
            if refers and other is mapper and relationship.mapper in among:
                yield relationship.mapper
            if relationship.direction is RelationshipDirection.ONETOMANY and relationship.mapper is mapper:
                yield other


def _order(mapper: Mapper[Any]) -> str:
    shape = flush_shape_of(mapper)
    return "" if shape is None else shape.order
