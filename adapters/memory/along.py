"""What a question loads along with its entities: they keep it in mind, for it comes along again when they are reloaded.

SQLAlchemy keeps the options of a statement with the entities that it made, and follows them whenever it loads something
for these again, be it what had expired or what is related.
"""

from collections.abc import Iterable
from typing import Any, TypeAlias

from sqlalchemy.orm import InstanceState, Mapper, RelationshipProperty

from unitofwork.adapters.orm.names import relationship_of
from unitofwork.domain.path import Path

Along: TypeAlias = "dict[RelationshipProperty[Any], Along]"
"""Relationships that are loaded along, each with what is loaded along with what is related."""

Way: TypeAlias = frozenset[Mapper[Any]]
"""The classes through whose relationships something was reached."""

NOTHING: Along = {}
_NEITHER: "tuple[Along, Way]" = NOTHING, frozenset()

_KEPT = "unitofwork.along"


def along(mapper: Mapper[Any], paths: Iterable[Path]) -> Along:
    """What the paths of a question say.

    Raises:
        MappingError, UnsupportedQuery: as `relationship_of` does.
    """
    whole: Along = {}
    for path in paths:
        here, source = whole, mapper
        for name, owner in path.steps:
            relationship = relationship_of(source, name, owner)
            here, source = here.setdefault(relationship, {}), relationship.mapper
    return whole


def keep(state: InstanceState[Any], wanted: Along, way: Way) -> None:
    """Let an entity keep in mind what came along with it, and through which classes it was reached."""
    state.info[_KEPT] = wanted, way


def kept(state: InstanceState[Any]) -> Along:
    """What came along with an entity."""
    return _kept(state)[0]


def leads_back(state: InstanceState[Any], relationship: RelationshipProperty[Any]) -> bool:
    """Whether an entity's relationship is to its own class, or to one through which it was reached."""
    target = relationship.mapper
    return state.mapper.isa(target) or is_on(_kept(state)[1], target)


def is_on(way: Way, target: Mapper[Any]) -> bool:
    """Whether a class is among those through which something was reached."""
    return any(mapper.isa(target) for mapper in way)


def _kept(state: InstanceState[Any]) -> tuple[Along, Way]:
    if "info" not in vars(state):  # which is made when it is first read
        return _NEITHER
    found: tuple[Along, Way] = state.info.get(_KEPT, _NEITHER)
    return found
