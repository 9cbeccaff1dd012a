"""What a session has to flush, and what a flush does to the entities before they are written."""
# pyright: reportPrivateUsage=false

from collections.abc import Collection, Iterable, Mapping
from operator import attrgetter
from typing import Any, TypeAlias

from sqlalchemy.orm import Session
from sqlalchemy.orm.base import LoaderCallableStatus, PassiveFlag

from unitofwork.adapters.memory.private.states import State

_NO_VALUE = LoaderCallableStatus.NO_VALUE


Changes: TypeAlias = tuple[Collection[State], set[State], Collection[State]]
"""What a session has to flush: states that are new, in the order in which they were added; modified; deleted."""


_EVENTS = ("before_flush", "after_flush", "after_flush_postexec")
_flush_listeners = attrgetter(*[f"{event}.{whose}" for event in _EVENTS for whose in ("listeners", "parent_listeners")])


def changes_of(session: Session) -> Changes | None:
    """What the session has to flush; None if somebody listens to its flushes."""
    if any(_flush_listeners(session.dispatch)):
        return None
    return session._new, session.identity_map._modified, session._deleted


def pending_mutations(state: State) -> Mapping[str, object] | None:
    """The collections to which something was added without loading them."""
    pending: Mapping[str, object] | None = state.__dict__.get("_pending_mutations")
    return pending


def is_changed(state: State, name: str, value: object) -> bool:
    """Whether an attribute that was set has another value than its row."""
    return state.manager[name].impl.is_equal(value, state.committed_state[name]) is not True


def copy_keys(pairs: Iterable[tuple[str, str]], sources: Mapping[State, State | None]) -> None:
    """Copy keys as a flush does, where nobody is told of it.

    Args:
        pairs: attributes of who has the key, each with that of who refers to it.
        sources: who refers, each with who has the key; None takes it away.
    """
    for theirs, own in pairs:
        last: State | None = None
        value: Any = None
        for target, source in sources.items():
            if source is not last:
                last, value = source, None if source is None else _part_of_key(source, theirs)
            there = target.obj().__dict__
            if target.key is None:
                changed = target.committed_state
                if own not in changed:
                    changed[own] = there.get(own, _NO_VALUE)
                there[own] = value
            else:
                target.manager[own].impl.set(target, there, value, None)


def _part_of_key(source: State, name: str) -> Any:
    entity = source.obj()
    return getattr(entity, name) if name not in entity.__dict__ else entity.__dict__[name]


def expire_some(state: State, names: Iterable[str]) -> None:
    """Have attributes loaded when they are next read."""
    state._expire_attributes(state.dict, names)


def find_referred(states: Iterable[State], name: str) -> None:
    """Look in the session for what deleted entities refer to, as SQLAlchemy does until it has found it for one."""
    for state in states:
        values, impl = state.obj().__dict__, state.manager[name].impl
        if name not in values and name not in state.committed_state:
            found = impl.get(state, values, _IN_SESSION)
            if found is not _NO_VALUE and found is not LoaderCallableStatus.PASSIVE_NO_RESULT:
                return
        elif not impl.get_history(state, values, _IN_SESSION).empty():
            return


def take_for_referred(state: State, name: str, entity: object) -> None:
    """Take an entity for what another one refers to, as if that had been loaded."""
    state.obj().__dict__[name] = entity
    state.expired = False
    state.expired_attributes.discard(name)


def may_be_loaded(state: State, name: str) -> bool:
    """Whether an attribute has neither a value nor a change, nor a way to be loaded in that is the entity's own."""
    return name not in state.obj().__dict__ and name not in state.committed_state and not state.callables


_IN_SESSION = PassiveFlag.PASSIVE_NO_FETCH_RELATED | PassiveFlag.LOAD_AGAINST_COMMITTED | PassiveFlag.NO_RAISE
