"""What a constructor gave a relationship that cannot hold it: asked once SQLAlchemy has refused it, and not before."""

from collections.abc import Collection, Mapping
from traceback import walk_tb
from typing import Any, cast

import attrs
from sqlalchemy.orm import Mapper, RelationshipProperty

from unitofwork.domain.errors import WrongType


def misfit(mapper: Mapper[Any], given: Mapping[str, object], error: BaseException | None) -> WrongType | None:
    """Our error for one that SQLAlchemy's instrumentation raised; None if it is anybody else's.

    Args:
        mapper: of the class.
        given: the constructor's arguments by name.
        error: what the constructor raised.
    """
    if not isinstance(error, AttributeError | TypeError | KeyError) or not _is_instrumentations(error):
        return None
    for relationship in mapper.relationships:
        value = given.get(relationship.key, attrs.NOTHING)  # which is what attrs itself gives where it is to fill in
        wrong = None if value is attrs.NOTHING else _wrong(relationship, value)
        if wrong is not None:
            entity_type = mapper.class_
            return WrongType(f"{entity_type.__name__}.{relationship.key} takes {wrong}", entity_type=entity_type)
    return None


def _is_instrumentations(error: BaseException) -> bool:
    *_, (frame, _) = walk_tb(error.__traceback__)
    return str(frame.f_globals.get("__name__")).startswith("sqlalchemy.orm.")


def _wrong(relationship: RelationshipProperty[Any], value: object) -> str | None:
    target: type = relationship.mapper.class_
    if not relationship.uselist:
        return None if value is None or isinstance(value, target) else _instead(target.__name__, value)
    if isinstance(value, str | bytes) or not isinstance(value, Collection):
        return _instead(f"a collection of {target.__name__}", value)
    members = cast("Collection[object]", value.values() if isinstance(value, Mapping) else value)
    return next((_instead(target.__name__, each) for each in members if not isinstance(each, target)), None)


def _instead(expected: str, value: object) -> str:
    return f"{expected}, not {type(value).__name__}"
