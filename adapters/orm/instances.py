"""What an instance goes through besides its constructor's success: being loaded, and the constructor's failure."""

import sys
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from typing import Any

import attrs
from sqlalchemy import event, inspect
from sqlalchemy.orm import InstanceState, Mapper, RelationshipProperty, object_session
from sqlalchemy.orm.attributes import del_attribute, get_history, instance_state, set_attribute
from sqlalchemy.orm.base import PASSIVE_NO_INITIALIZE
from sqlalchemy.orm.collections import collection_adapter

from unitofwork.adapters.orm.fields import default_of
from unitofwork.adapters.orm.misfits import misfit
from unitofwork.adapters.orm.names import made_too_early
from unitofwork.domain.messages import NOTICE


def fill_in_on_load(entity_type: type[Any], names: Collection[str]) -> None:
    """Give loaded instances the defaults of fields that are not mapped, since no constructor runs on load.

    ``__attrs_post_init__`` does not run either.
    """
    fields = [field for field in attrs.fields(entity_type) if field.name in names]
    if not fields:
        return

    def fill_in(instance: object, _: object) -> None:
        for field in fields:
            if field.name not in instance.__dict__:  # else a subclass maps it
                instance.__dict__[field.name] = default_of(field, instance)

    event.listen(entity_type, "load", fill_in, propagate=True)


def notice_events(entity_type: type[Any]) -> None:
    """Tell the unit of work that an entity is in of each event that it records, so that it holds the entity.

    Its identity map is weak: an entity that nobody else holds, and whose only change is an event, would be gone.
    """

    def notice(entity: object) -> None:
        try:
            session = instance_state(entity).session
        except AttributeError:
            raise made_too_early(type(entity)) from None
        recording = getattr(session, "recording", None)
        if recording is not None:
            recording[id(entity)] = entity

    setattr(entity_type, NOTICE, staticmethod(notice))


def withdraw_on_failure(mapper: Mapper[Any]) -> None:
    """Take an instance whose constructor raised out of whatever had taken it already.

    A related entity may have it through a backref, and a session through that entity: it would be written, half made.
    What it had taken from another entity goes back to that one. If it raised because a relationship was given what it
    cannot hold, that is said.
    """

    def withdraw(state: InstanceState[Any], _args: object, given: Mapping[str, object]) -> None:
        error = sys.exception()
        instance = state.obj()
        names = [name for name in state.dict if name in mapper.relationships]
        taken = [each for name in names for each in _taken(state, mapper.relationships[name])]
        for name in names:
            with suppress(Exception):  # a listener of the application must not hide why the constructor failed
                del_attribute(instance, name)
        for related, name, former in taken:
            with suppress(Exception):
                set_attribute(related, name, former)
        session = object_session(instance)
        if session is not None:
            session.expunge(instance)
        refused = misfit(mapper, given, error)
        if refused is not None:
            raise refused from error

    event.listen(mapper.class_, "init_failure", withdraw, raw=True)


def _taken(state: InstanceState[Any], taking: RelationshipProperty[Any]) -> Iterator[tuple[object, str, object]]:
    """What the backref of a relationship took from others: each entity, the attribute, and whom that referred to."""
    value = state.dict[taking.key]
    for entity in collection_adapter(value) if taking.uselist else [value]:
        entity_state: InstanceState[Any] | None = inspect(entity, raiseerr=False)
        if entity_state is None:
            continue
        for relationship in entity_state.mapper.relationships:
            history = get_history(entity, relationship.key, PASSIVE_NO_INITIALIZE)
            added, former = list[object](history.added or ()), list[object](history.deleted or ())
            if not relationship.uselist and state.obj() in added and former:
                yield entity, relationship.key, former[0]
