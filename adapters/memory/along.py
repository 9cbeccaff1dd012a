"""What a question loads along with its entities: they keep it in mind, for it comes along again when they are reloaded.

SQLAlchemy keeps the options of a statement with the entities that it made, and follows them whenever it loads something
for these again, be it what had expired or what is related.
"""

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

import attrs
from sqlalchemy.orm import InstanceState, Mapper, RelationshipProperty, class_mapper

from unitofwork.adapters.orm.names import relationship_of
from unitofwork.domain.path import Path

Along: TypeAlias = "dict[RelationshipProperty[Any], Along]"
"""Relationships that are loaded along, each with what is loaded along with what is related."""

Way: TypeAlias = frozenset[Mapper[Any]]
"""The classes through whose relationships something was reached."""

NOTHING: Along = {}

_Names: TypeAlias = "dict[tuple[type, str], _Names]"
"""The same by classes and attributes, which other processes know too."""

_KEPT = "unitofwork.along"


@attrs.frozen(eq=False)
class Kept:
    """What entities keep in mind, and take along where they are pickled or copied.

    Attributes:
        along: what came along with them.
        way: the classes through which they were reached.
    """

    along: Along
    way: Way

    def __reduce__(self) -> "tuple[Callable[..., Kept], tuple[_Names, frozenset[type]]]":
        return _known_again, (_names(self.along), frozenset(mapper.class_ for mapper in self.way))


NEITHER = Kept(NOTHING, frozenset())


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


def keep(state: InstanceState[Any], what: Kept) -> None:
    """Let an entity keep in mind what came along with it, and through which classes it was reached."""
    state.info[_KEPT] = what


def kept(state: InstanceState[Any]) -> Along:
    """What came along with an entity."""
    return _kept(state).along


def leads_back(state: InstanceState[Any], relationship: RelationshipProperty[Any]) -> bool:
    """Whether an entity's relationship is to its own class, or to one through which it was reached."""
    target = relationship.mapper
    return state.mapper.isa(target) or is_on(_kept(state).way, target)


def is_on(way: Way, target: Mapper[Any]) -> bool:
    """Whether a class is among those through which something was reached."""
    return any(mapper.isa(target) for mapper in way)


def _kept(state: InstanceState[Any]) -> Kept:
    if "info" not in vars(state):  # which is made when it is first read
        return NEITHER
    found: Kept = state.info.get(_KEPT, NEITHER)
    return found


def _names(along: Along) -> _Names:
    return {(each.parent.class_, each.key): _names(further) for each, further in along.items()}


def _known_again(names: _Names, way: frozenset[type]) -> Kept:
    return Kept(_along(names), frozenset(map(class_mapper, way)))


def _along(names: _Names) -> Along:
    return {class_mapper(owner).relationships[name]: _along(further) for (owner, name), further in names.items()}
