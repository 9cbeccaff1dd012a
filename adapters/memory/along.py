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

NOTHING: Along = {}

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


def keep(state: InstanceState[Any], wanted: Along) -> None:
    """Let an entity keep in mind what came along with it."""
    state.info[_KEPT] = wanted


def kept(state: InstanceState[Any]) -> Along:
    """What came along with an entity."""
    if "info" not in vars(state):  # which is made when it is first read
        return NOTHING
    wanted: Along = state.info.get(_KEPT, NOTHING)
    return wanted
