"""Writing in a flush: whatever comes of it, a session and its entities are left as SQLAlchemy leaves them."""
# pyright: reportPrivateUsage=false

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Generic, TypeVar

import attrs
from sqlalchemy.orm import Session

from unitofwork.adapters.memory.private.states import State


@attrs.frozen(eq=False)
class Keyed:
    """A class whose entities are told apart by a primary key.

    Attributes:
        identity_class: that of the class's identities.
        key: the attributes of the primary key.
        owns: whether an entity may have collections.
        only_key: the attribute that alone is the primary key; None if there are several.
    """

    identity_class: type
    key: tuple[str, ...]
    owns: bool
    only_key: str | None


K = TypeVar("K", bound=Keyed)


class Written(Generic[K]):
    """What a flush writes of one class.

    Attributes:
        shape: the class.
        new: entities that had no rows.
        kept: entities that had rows.
        deleted: entities whose rows are deleted.
    """

    __slots__ = ("deleted", "kept", "new", "shape")

    def __init__(self, shape: K) -> None:
        self.shape = shape
        self.new: list[State] = []
        self.kept: list[State] = []
        self.deleted: list[State] = []


W = TypeVar("W", bound=Written[Any])


def flush(session: Session, write: Callable[[Sequence[W]], None], everything: Sequence[W]) -> None:
    """Write what was changed: entities are then as written; on an error, the transaction is rolled back."""
    if session._transaction is None:
        session._autobegin_t()
    try:
        session._warn_on_events = True
        try:
            write(everything)
        finally:
            session._warn_on_events = False
        for written in everything:
            if written.deleted:
                session._remove_newly_deleted(written.deleted)
        _take_for_written(session, everything)
    except BaseException:
        session._autobegin_t()._begin().rollback(_capture_exception=True)
        raise


def _take_for_written(session: Session, everything: Iterable[Written[Any]]) -> None:
    """Do what the session does with the entities that it has written, in one go where nothing is unusual."""
    if session.dispatch.pending_to_persistent:  # somebody listens
        session._register_persistent({state for written in everything for state in (*written.new, *written.kept)})
        return
    transaction: Any = session._transaction
    identities: Any = session.identity_map
    known, reference, modified = identities._dict, identities._wr, identities._modified
    added, dirty = transaction._new, transaction._dirty
    unsaved = session._new
    _held = list(unsaved.values())  # until the end, as nothing else may keep them
    others: set[State] = set()
    for written in everything:
        shape = written.shape
        names, only, identity_class, owns = shape.key, shape.only_key, shape.identity_class, shape.owns
        for state in (*written.new, *written.kept):
            values = state.obj().__dict__
            parts = tuple(map(values.get, names)) if only is None else (values.get(only),)
            if state.key is None:
                key = (identity_class, parts, state.identity_token)
                if key in known or None in parts:
                    others.add(state)
                    continue
                state.key = key
                known[key] = state
                state._instance_dict = reference
                added[state] = True
                unsaved.pop(state, None)
            elif state.key[1] == parts:
                modified.discard(state)
                dirty[state] = True
            else:
                others.add(state)
                continue
            state.committed_state.clear()  # and so on, as SQLAlchemy does with all its states at once
            if owns and "_pending_mutations" in state.__dict__:
                del state.__dict__["_pending_mutations"]
            if state.expired_attributes:
                state.expired_attributes.difference_update(values)
            state.modified = state.expired = state._orphaned_outside_of_session = False
            state._strong_obj = None
    if others:
        session._register_persistent(others)
