"""What sessions keep of entities: their states."""
# pyright: reportPrivateUsage=false

from collections.abc import Callable, Collection
from typing import Any, TypeAlias

from sqlalchemy.orm import InstanceState, Mapper, Session
from sqlalchemy.orm.attributes import instance_state

State: TypeAlias = InstanceState[Any]

state_of: Callable[[Any], State] = instance_state
"""The state of an entity, which must be one."""


def is_in(session: Session, state: State) -> bool:
    """Whether the session has the entity, new or with a row."""
    if state.key is None:
        return state in session._new
    return session.identity_map._dict.get(state.key) is state


def commit_all(session: Session, state: State) -> None:
    """Take what the entity has for what its row has."""
    state._commit_all(state.dict, session.identity_map)


def commit_some(state: State, names: Collection[str]) -> None:
    """Take what the entity has in these attributes for what its row has."""
    state._commit(state.dict, names)


def reset(state: State, name: str) -> None:
    """Forget what an attribute has, so that it is loaded when it is next read."""
    state._reset(state.dict, name)


def identity_of(mapper: Mapper[Any], state: State) -> Any:
    """The identity key that an entity has, or would have."""
    return state.key or mapper._identity_key_from_state(state)


def unloaded(state: State) -> set[str]:
    """The attributes that have neither a value nor a change."""
    return state.unloaded
