"""What a flush has to write, and which keys it copies from whom to whom; or that this is beyond one pass."""

from collections.abc import Iterable, Sequence
from typing import Any

import attrs
from sqlalchemy.orm import LoaderCallableStatus, Mapper, Session
from sqlalchemy.orm.collections import InstrumentedList, collection_adapter

from unitofwork.adapters.memory.containers import new_list
from unitofwork.adapters.memory.flushing.shape import FlushShape, Link, flush_shape_of
from unitofwork.adapters.memory.private import State, is_in, state_of
from unitofwork.adapters.memory.private.flushing import (
    Changes,
    Copy,
    Written,
    find_referred,
    is_orphan,
    pending_mutations,
)


class BeyondOnePass(Exception):
    """Only SQLAlchemy's own unit of work does this right."""


@attrs.define(eq=False)
class Part(Written):
    """What one flush does to the entities of one class.

    Attributes:
        shape: how the class is flushed.
        copies: the keys to copy before entities of the class are written.
    """

    shape: FlushShape = attrs.field(kw_only=True)
    copies: list[Copy] = attrs.field(factory=new_list)


def collect(session: Session, changes: Changes) -> dict[Mapper[Any], Part]:
    """Find out what to write, by class.

    Raises:
        BeyondOnePass: there is something among it that one pass cannot do.
    """
    return _Collecting(session, changes).parts


class _Collecting:
    __slots__ = ("_deleted", "_new", "_seen", "_session", "_sources", "_waiting", "parts")

    def __init__(self, session: Session, changes: Changes) -> None:
        self.parts: dict[Mapper[Any], Part] = {}
        self._session = session
        self._new, self._deleted = changes.new, changes.deleted
        deleted = changes.deleted
        self._seen: set[State] = set()
        self._sources: dict[tuple[State, tuple[tuple[str, str], ...]], State | None] = {}
        waiting = self._waiting = [*changes.new, *changes.modified]
        for state in waiting:  # which grows by what is found to be related
            if state not in self._seen and state not in deleted:
                self._save(state)
        for state in deleted:
            self._delete(state)
        for part in self.parts.values():
            for link in part.shape.to_itself:
                self._refuse_chains(link, (*part.new, *part.kept))
            if part.deleted:
                for link in part.shape.references:
                    find_referred(part.deleted, link.name)

    def _part(self, mapper: Mapper[Any]) -> Part:
        shape = flush_shape_of(mapper)
        if shape is None:
            raise BeyondOnePass
        part = self.parts[mapper] = Part(shape.identity_class, shape.key, shape=shape)
        return part

    def _save(self, state: State) -> None:
        self._seen.add(state)
        mapper: Mapper[Any] = state.manager.mapper
        part = self.parts.get(mapper) or self._part(mapper)
        shape, values, changed = part.shape, vars(state.obj()), state.committed_state
        is_new = state.key is None
        if is_new:
            if None not in map(values.get, shape.key):
                key = mapper.identity_key_from_primary_key(tuple(map(values.get, shape.key)))
                if key in self._session.identity_map:
                    raise BeyondOnePass  # it takes the place of another one
            part.new.append(state)
        else:
            for name in shape.key:
                if values.get(name) is None or name in changed:
                    raise BeyondOnePass
            part.kept.append(state)
        if shape.has_owners and is_orphan(state):
            raise BeyondOnePass
        for link in shape.references:
            name = link.name
            if name in changed:
                if name not in values:
                    raise BeyondOnePass
                if changed[name] is not values[name]:
                    self._refer(state, part, link, values[name])
            elif is_new and values.get(name) is not None:
                raise BeyondOnePass  # it had a row, until that was undone
        for link in shape.collections:
            name = link.name
            if name in changed:
                if name not in values:
                    raise BeyondOnePass
                self._own(state, link, values[name], changed[name])
            elif is_new and values.get(name):
                raise BeyondOnePass
        for name in shape.associations:
            if name in changed or (is_new and values.get(name)):
                raise BeyondOnePass
        if shape.collections or shape.associations:
            pending = pending_mutations(state)
            if pending and not pending <= shape.with_reverse:
                raise BeyondOnePass

    def _refer(self, state: State, part: Part, link: Link, value: Any) -> None:
        source: State | None = None
        if value is not None:
            source = state_of(value)
            if self._sources.get((state, link.pairs)) is source:
                pass  # it was seen from the other side
            elif source.key is None:
                if self._required(source) is part:
                    raise BeyondOnePass
            elif source in self._deleted or not is_in(self._session, source):
                raise BeyondOnePass
        self._copy(part, link, source, state)

    def _own(self, state: State, link: Link, value: Any, before: Any) -> None:
        now = _members(value, link)
        former = _former(before, link)
        if former and not set(map(id, now)).issuperset(map(id, former)):
            raise BeyondOnePass  # somebody was taken out
        known = set(map(id, former))
        for member in now:
            if id(member) in known:
                continue
            target = state_of(member)
            part = self._required(target)
            if target.manager is state.manager:
                raise BeyondOnePass
            self._copy(part, link, state, target)

    def _refuse_chains(self, link: Link, saved: Iterable[State]) -> None:
        """Refuse entities of one class that are written together and refer to each other, maybe in a circle."""
        for state in saved:
            if any(state_of(each) in self._seen for each in _members(state.dict.get(link.name), link)):
                raise BeyondOnePass

    def _required(self, state: State) -> Part:
        """Have what is related written too."""
        if state in self._deleted or not (state in self._new or is_in(self._session, state)):
            raise BeyondOnePass
        if state not in self._seen:
            self._waiting.append(state)
        mapper: Mapper[Any] = state.manager.mapper
        return self.parts.get(mapper) or self._part(mapper)

    def _copy(self, part: Part, link: Link, source: State | None, target: State) -> None:
        if self._sources.setdefault((target, link.pairs), source) is not source:
            raise BeyondOnePass  # two hold it
        part.copies.append((link.order, source, target, link.pairs))

    def _delete(self, state: State) -> None:
        mapper: Mapper[Any] = state.manager.mapper
        part = self.parts.get(mapper) or self._part(mapper)
        shape, values, changed = part.shape, vars(state.obj()), state.committed_state
        if not shape.deletable or state.key is None:
            raise BeyondOnePass
        for name in shape.key:
            if values.get(name) is None or name in changed:
                raise BeyondOnePass
        for link in shape.collections:
            name = link.name
            if name in changed:
                raise BeyondOnePass
            if name in values:
                if not all(map(self._deleted.__contains__, map(state_of, _members(values[name], link)))):
                    raise BeyondOnePass
            elif not link.passive_deletes:
                raise BeyondOnePass
        part.deleted.append(state)


def _members(value: Any, link: Link) -> Sequence[Any]:
    """Who is in an attribute."""
    if value is None:
        return ()
    if not link.many:
        return (value,)
    return value if value.__class__ is InstrumentedList else list(collection_adapter(value))


def _former(before: Any, link: Link) -> Sequence[Any]:
    """Who was in an attribute when it was loaded; SQLAlchemy's symbols stand for nobody."""
    if before is None or isinstance(before, LoaderCallableStatus):
        return ()
    if not link.many:
        return (before,)
    return list(before.values() if hasattr(before, "values") else before)
