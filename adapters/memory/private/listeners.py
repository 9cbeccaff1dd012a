"""Who listens to what happens to entities and rows, and how they are told."""
# pyright: reportPrivateUsage=false

from collections.abc import Callable, Collection, Iterable
from typing import Any

from sqlalchemy.orm import Mapper, Session

from unitofwork.adapters.memory.private.states import State


def tell_loaded(session: Session, state: State) -> None:
    """Tell those who want to know that an instance was loaded."""
    state.manager.dispatch.load(state, None)
    session.dispatch.loaded_as_persistent(session, state)


def hears_refresh(mapper: Mapper[Any]) -> bool:
    """Whether somebody wants to be told of attributes that are loaded afresh."""
    return bool(mapper.class_manager.dispatch.refresh)


def tell_refreshed(state: State, names: Collection[str] | None) -> None:
    """Tell those who want to know that attributes were loaded afresh."""
    if state.manager.dispatch.refresh:
        state.manager.dispatch.refresh(state, None, names)


def hears_refresh_flush(mapper: Mapper[Any]) -> bool:
    """Whether somebody wants to be told of what a flush makes for entities."""
    events: Any = mapper.class_manager.dispatch
    return bool(events.refresh_flush)


def told_of_rows(mapper: Mapper[Any]) -> Any:
    """The mapper's listeners to rows that are written or were, each by the name of its event."""
    listeners: Any = mapper.dispatch
    return listeners


def tell(listeners: Any, mapper: Mapper[Any], connection: Any, states: Iterable[State]) -> None:
    """Tell listeners of rows; calling SQLAlchemy's collection of them would cost as much as they do."""
    each = (*listeners.parent_listeners, *listeners.listeners)
    if each:
        for state in states:
            for listener in each:
                listener(mapper, connection, state)


def hears_only(listeners: Any, one: Callable[..., object] | None) -> bool:
    """Whether there is this listener and no other."""
    return (*listeners.parent_listeners, *listeners.listeners) == (one,)


def is_heard(mapper: Mapper[Any], name: str) -> bool:
    """Whether somebody wants to be told when an attribute is set."""
    attribute: Any = mapper.class_manager[name]
    return bool(attribute.impl.dispatch.set)
