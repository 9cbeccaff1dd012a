"""What of a mapping the twin cannot follow: told when its database is made, and not when a test comes to it."""

from sqlalchemy.orm import Mapper, RelationshipProperty, registry

from unitofwork.adapters.memory.loading import loader_of
from unitofwork.adapters.memory.questions.related import related_of
from unitofwork.domain.errors import MappingError

_REFUSED = frozenset({"dynamic", "write_only", "noload"})


def check_mapping(mapping: registry) -> None:
    """Refuse what cannot be loaded from rows.

    Raises:
        MappingError: naming the class and the attribute.
    """
    for mapper in mapping.mappers:
        loader_of(mapper)
        for relationship in mapper.relationships:
            _check(mapper, relationship)
            related_of(relationship)


def _check(mapper: Mapper[object], relationship: RelationshipProperty[object]) -> None:
    if relationship.lazy in _REFUSED:
        raise MappingError(
            f"{mapper.class_.__name__}.{relationship.key} is loaded by lazy={relationship.lazy!r}, which the twin"
            " cannot follow: map it with lazy='select', or lazy='raise'",
            entity_type=mapper.class_,
        )
