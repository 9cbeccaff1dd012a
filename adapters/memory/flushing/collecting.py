"""What a flush has to write, and which keys it copies from whom to whom; or that this is beyond one pass."""

from collections.abc import Iterable
from typing import Any

import attrs
from sqlalchemy import inspect
from sqlalchemy.orm import LoaderCallableStatus, Mapper, Session
from sqlalchemy.orm.collections import collection_adapter

from unitofwork.adapters.memory.flushing.shape import FlushShape, Link, flush_shape_of
from unitofwork.adapters.memory.private import (
    Changes,
    State,
    find_referred,
    is_in,
    is_orphan,
    pending_mutations,
)


class BeyondOnePass(Exception):
    """Only SQLAlchemy's own unit of work does this right."""


@attrs.frozen
class Copy:
    """A key to copy.

    Attributes:
        order: what decides which of several comes first.
        source: who has the key; None takes it away.
        target: who refers to it.
        pairs: the attributes, of both.
    """

    order: str
    source: State | None
    target: State
    pairs: tuple[tuple[str, str], ...]


@attrs.define
class Work:
    """What one flush does, by class.

    Attributes:
        saved: entities to write.
        deleted: entities to delete.
        copies: the keys to copy before entities of a class are written.
        shapes: how the classes are flushed.
    """

    saved: dict[Mapper[Any], list[State]] = attrs.field(factory=dict[Mapper[Any], list[State]])
    deleted: dict[Mapper[Any], list[State]] = attrs.field(factory=dict[Mapper[Any], list[State]])
    copies: dict[Mapper[Any], list[Copy]] = attrs.field(factory=dict[Mapper[Any], list[Copy]])
    shapes: dict[Mapper[Any], FlushShape] = attrs.field(factory=dict[Mapper[Any], FlushShape])


def collect(session: Session, changes: Changes) -> Work:
    """Find out what to write.

    Raises:
        BeyondOnePass: there is something among it that one pass cannot do.
    """
    return _Collecting(session, changes).work


class _Collecting:
    def __init__(self, session: Session, changes: Changes) -> None:
        self.work = Work()
        self._session = session
        self._deleted = changes.deleted
        self._seen: set[State] = set()
        self._waiting = [state for state in changes.new if state not in self._deleted]
        self._waiting += [state for state in changes.modified if state not in self._deleted]
        for state in self._waiting:
            self._save(state)  # goes on with what it finds
        for state in changes.deleted:
            self._delete(state)
        for mapper, shape in self.work.shapes.items():
            for link in (*shape.references, *shape.collections):
                if link.itself:
                    self._refuse_chains(link, self.work.saved.get(mapper, ()))
        for mapper, states in self.work.deleted.items():
            for link in self.work.shapes[mapper].references:
                find_referred(states, link.name)

    def _shape(self, state: State) -> FlushShape:
        mapper = state.mapper
        shape = self.work.shapes.get(mapper)
        if shape is None:
            shape = flush_shape_of(mapper)
            if shape is None:
                raise BeyondOnePass
            self.work.shapes[mapper] = shape
        return shape

    def _save(self, state: State) -> None:
        if state in self._seen:
            return
        self._seen.add(state)
        shape, values, changed = self._shape(state), state.dict, state.committed_state
        self._check_key(state, shape, values)
        if shape.has_owners and is_orphan(state):
            raise BeyondOnePass
        self.work.saved.setdefault(state.mapper, []).append(state)
        is_new = state.key is None
        for link in shape.references:
            if link.name in changed or (is_new and link.name in values):
                if link.name not in values:
                    raise BeyondOnePass
                self._refer(state, link, values[link.name])
        for link in shape.collections:
            if link.name in changed or (is_new and link.name in values):
                if link.name not in values:
                    raise BeyondOnePass
                self._own(state, link, values[link.name], None if is_new else changed.get(link.name))
        for name in shape.associations:
            if name in changed or (is_new and values.get(name)):
                raise BeyondOnePass
        if not pending_mutations(state) <= {link.name for link in shape.collections if link.has_reverse}:
            raise BeyondOnePass

    def _check_key(self, state: State, shape: FlushShape, values: dict[str, Any]) -> None:
        key = [values.get(name) for name in shape.key]
        if state.key is not None:
            if None in key or any(name in state.committed_state for name in shape.key):
                raise BeyondOnePass
        elif None not in key and state.mapper.identity_key_from_primary_key(tuple(key)) in self._session.identity_map:
            raise BeyondOnePass  # it takes the place of another one

    def _refer(self, state: State, link: Link, value: Any) -> None:
        if value is None:
            self._copy(link, None, state)
            return
        source: State = inspect(value)
        if source.key is None:
            self._require(source)
            if source.mapper is state.mapper:
                raise BeyondOnePass
        elif source in self._deleted or not is_in(self._session, source):
            raise BeyondOnePass
        self._copy(link, source, state)

    def _own(self, state: State, link: Link, value: Any, before: Any) -> None:
        now = list(collection_adapter(value)) if link.many else [] if value is None else [value]
        former = _members(before, link)
        if any(each not in now for each in former):
            raise BeyondOnePass  # somebody was taken out
        for member in now:
            if member in former:
                continue
            target: State = inspect(member)
            self._require(target)
            if target.mapper is state.mapper:
                raise BeyondOnePass
            self._copy(link, state, target)

    def _refuse_chains(self, link: Link, saved: Iterable[State]) -> None:
        """Refuse entities of one class that are written together and refer to each other, maybe in a circle."""
        for state in saved:
            if any(inspect(each) in self._seen for each in _members(state.dict.get(link.name), link)):
                raise BeyondOnePass

    def _require(self, state: State) -> None:
        """Have what is related written too."""
        if state in self._deleted or not is_in(self._session, state):
            raise BeyondOnePass
        self._shape(state)
        if state not in self._seen:
            self._waiting.append(state)

    def _copy(self, link: Link, source: State | None, target: State) -> None:
        self.work.copies.setdefault(target.mapper, []).append(Copy(link.order, source, target, link.pairs))

    def _delete(self, state: State) -> None:
        shape, values = self._shape(state), state.dict
        if not shape.deletable or state.key is None or any(name in state.committed_state for name in shape.key):
            raise BeyondOnePass
        if any(values.get(name) is None for name in shape.key):
            raise BeyondOnePass
        for link in shape.collections:
            if link.name in state.committed_state:
                raise BeyondOnePass
            if link.name in values:
                members = list(collection_adapter(values[link.name])) if link.many else [values[link.name]]
                if any(each is not None and inspect(each) not in self._deleted for each in members):
                    raise BeyondOnePass
            elif not link.passive_deletes:
                raise BeyondOnePass
        self.work.deleted.setdefault(state.mapper, []).append(state)


def _members(before: Any, link: Link) -> list[Any]:
    """Who was in an attribute when it was loaded; SQLAlchemy's symbols stand for nobody."""
    if isinstance(before, LoaderCallableStatus) or before is None:
        return []
    if not link.many:
        return [before]
    return list(before.values() if hasattr(before, "values") else before)
