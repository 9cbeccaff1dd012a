"""Entities that a session refuses: of another unit of work, second ones for a row, those that have no row to load."""

from collections.abc import Collection
from typing import Any

from sqlalchemy.orm import InstanceState, Mapper, Session
from sqlalchemy.orm.attributes import instance_state

from unitofwork.adapters.orm.names import check_name, made_too_early, mapper_of
from unitofwork.adapters.session.keys import KeyLookups
from unitofwork.domain.errors import MappingError, UnitOfWorkError


def state_of(entity: object) -> InstanceState[Any]:
    """The entity's state.

    Raises:
        MappingError: it is no entity, or was made before its class was mapped.
        UnitOfWorkError: it shares the state of another one.
    """
    try:
        state: InstanceState[Any] = instance_state(entity)
    except AttributeError:  # of an entity without one, or of a class that was given for one
        raise made_too_early(mapper_of(type(entity)).class_) from None
    if state.obj() is not entity:
        raise misused(
            entity, "is a copy by copy.copy(), which shares the original's state: make one by its constructor"
        )
    return state


def misused(entity: object, how: str) -> UnitOfWorkError:
    """The error for an entity with which something cannot be done."""
    return UnitOfWorkError(f"{_name(entity)} {how}", entity_type=type(entity))


def _name(entity: object) -> str:
    return type(entity).__name__


def refuse_other_units(raw: Session, entity: object, state: InstanceState[Any]) -> None:
    """Refuse an entity of another session.

    Raises:
        UnitOfWorkError: it is in one that is open.
    """
    if state.session_id not in (None, raw.hash_key) and state.session not in (None, raw):
        raise misused(entity, "is in another unit of work: change it there, or expunge it there first")


def refuse_second(raw: Session, keys: KeyLookups, entity: object, state: InstanceState[Any]) -> None:
    """Refuse a second object for a row, for the two would each overwrite the other.

    Raises:
        InvalidValue: the key is none that the entity could have.
        UnitOfWorkError: the session has another object with the same key.
    """
    key = state.key
    if key is None:
        mapper: Mapper[Any] = state.manager.mapper
        values = vars(entity)
        for column in mapper.primary_key:
            if values.get(mapper.get_property_by_column(column).key) is None:
                return
        parts = mapper.primary_key_from_instance(entity)
        keys.of(type(entity)).check(tuple(parts))
        key = state.mapper.identity_key_from_primary_key(tuple(parts))
    present = raw.identity_map.get(key)
    if present is not None and present is not entity and present not in raw.deleted:
        raise UnitOfWorkError(
            f"another {_name(entity)} with the same key is in the unit of work: change that one, or use upsert()",
            entity_type=type(entity),
        )


def refuse_unloadable(raw: Session, entity: object, fields: Collection[str] | None) -> None:
    """Refuse what cannot be loaded afresh.

    Raises:
        MappingError: a name that has no column of its own, or that the mapping does not have.
        UnitOfWorkError: the entity is not persistent in the session.
    """
    state = state_of(entity)
    if state.session is not raw or not state.persistent:
        raise misused(entity, "is not persistent in this unit of work")
    for name in fields or ():
        check_name(state.mapper, name)
        if name not in state.mapper.column_attrs and name not in state.mapper.relationships:
            raise MappingError(
                f"{_name(entity)}.{name} has no column of its own to load: name those behind it",
                entity_type=type(entity),
            )
