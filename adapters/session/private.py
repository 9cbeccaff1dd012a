"""What is used of SQLAlchemy's session that is not public: here, so that a new release breaks in one known place.

`lazy_loading` has the two hooks of its attributes.
"""
# pyright: reportPrivateUsage=false

from collections.abc import Callable
from operator import attrgetter
from traceback import walk_tb
from typing import Any, TypeAlias, cast

import attrs
from sqlalchemy import Column, Connection, Table
from sqlalchemy.orm import InstanceState, Mapper, Session
from sqlalchemy.orm.session import _new_sessionid, _sessions

from unitofwork.domain.errors import UnitOfWorkError

State: TypeAlias = InstanceState[Any]


@attrs.frozen
class Written:
    """What the open transaction of a session flushed, its savepoints included; the sets may overlap."""

    added: frozenset[State]
    changed: frozenset[State]
    deleted: frozenset[State]


def written(session: Session) -> Written:
    """What the session flushed and did not commit."""
    added: set[State] = set()
    changed: set[State] = set()
    deleted: set[State] = set()
    transaction = session._nested_transaction or session._transaction
    if transaction is None or not (transaction._parent or any(map(vars(transaction).get, _FLUSHED))):
        return _NOTHING
    while transaction is not None:
        for found, states in (
            (added, transaction._new),
            (changed, transaction._dirty),
            (deleted, transaction._deleted),
        ):
            if states:  # else making an iterator of what is weakly held would cost more than a look
                found.update(states)
        transaction = transaction.parent
    return Written(frozenset(added), frozenset(changed), frozenset(deleted))


listeners: Callable[[Any], tuple[object, ...]] = attrgetter(*Session.dispatch._event_names)
"""What is told of each event, by a session's ``dispatch``: as in another session if nobody listens to this one."""

_FLUSHED = ("_new", "_dirty", "_deleted")
_NOTHING = Written(frozenset(), frozenset(), frozenset())


def has_changes(session: Session) -> bool:
    """Whether a flush may have something to send; it does not have to."""
    return not session._is_clean()


def connections(session: Session) -> list[Connection]:
    """The connections that the session's open transaction holds."""
    transaction = session.get_transaction()
    return [] if transaction is None else [held[0] for held in set(transaction._connections.values())]


class TakingNothingDeleted(Session):
    """A session that says why it does not take an entity whose row it deleted, be it added or related to another."""

    def _update_impl(self, state: State, revert_deletion: bool = False) -> None:
        if state._deleted and not revert_deletion:
            name = state.class_.__name__
            raise UnitOfWorkError(
                f"the row of this {name} was deleted, so that it is not taken again: make a new {name}; or, if an"
                " orphan was to have another owner, do both inside no_autoflush()",
                entity_type=state.class_,
            )
        super()._update_impl(state, revert_deletion)


def undelete(state: State) -> None:
    """Let an entity that no session has any more be added again, since its deletion was undone."""
    state._deleted = False


def forget_gone(session: Session, state: State) -> None:
    """Treat an entity whose row turned out to be gone as deleted, so that its key is free."""
    session._remove_newly_deleted([state])


def session_of(state: State) -> Session | None:
    """The session that an entity is in, as its state says it, in less time."""
    there = _references.get(state.session_id)
    return None if there is None else there()


_references: dict[int | None, Callable[[], Session | None]] = cast(Any, _sessions).data
"""By its number, a weak reference to each session."""


def leave_entities(session: Session) -> None:
    """Let no entity that the session ever had take it for its own again."""
    _sessions.pop(session.hash_key, None)  # when Python exits it may be gone already
    session.hash_key = _new_sessionid()
    _sessions[session.hash_key] = session


def autoflush(session: Session) -> None:
    """Send what was changed, unless the session is told not to or is sending it already."""
    if session._new or session._deleted or session.identity_map._modified:
        session._autoflush()


def not_found(error: BaseException) -> tuple[Mapper[Any], Table] | None:
    """Which rows a flush did not find as they were: those of a table, and a mapper that has to do with it.

    The error has the table in its text alone; the function that raised it has both in its local variables.
    """
    for frame, _ in reversed(list(walk_tb(error.__traceback__))):
        function, known = frame.f_code.co_name, frame.f_locals
        if function in _OF_ENTITIES:
            return known["mapper"], known["table"]
        if function == _OF_ASSOCIATIONS:
            return known["self"].parent, known["self"].secondary
    return None


def is_sqlalchemys(error: BaseException) -> bool:
    """Whether SQLAlchemy itself raised the error, and nothing that it called."""
    *_, (last, _) = walk_tb(error.__traceback__)
    return str(last.f_globals.get("__name__")).startswith("sqlalchemy.")


def blanked(error: BaseException) -> tuple[Mapper[Any], Column[Any]] | None:
    """The part of a key that a relationship was to take away, which a flush refuses by an ``AssertionError``."""
    *_, (last, _) = walk_tb(error.__traceback__)
    if last.f_code.co_name != "_clear" or last.f_globals.get("__name__") != "sqlalchemy.orm.sync":
        return None
    return last.f_locals["dest_mapper"], last.f_locals["r"]


_OF_ENTITIES = {"_emit_update_statements", "_emit_post_update_statements", "_emit_delete_statements"}
_OF_ASSOCIATIONS = "_run_crud"
