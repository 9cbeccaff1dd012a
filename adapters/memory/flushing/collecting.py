"""What a flush has to write, and which keys it copies from whom to whom; or that this is beyond one pass."""

from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy.orm import Mapper, Session
from sqlalchemy.orm.collections import InstrumentedList

from unitofwork.adapters.memory.flushing.members import added_members, former_members, has_some, members_of
from unitofwork.adapters.memory.flushing.part import BeyondOnePass, Part
from unitofwork.adapters.memory.flushing.shape import FlushShape, Link, Way, flush_shape_of
from unitofwork.adapters.memory.lazy_loading import held_already
from unitofwork.adapters.memory.private.flushing import (
    Changes,
    find_referred,
    may_be_loaded,
    pending_mutations,
    take_for_referred,
)
from unitofwork.adapters.memory.private.lazy_loading import NO_RESULT
from unitofwork.adapters.memory.private.listeners import hears_refresh_flush, is_heard
from unitofwork.adapters.memory.private.states import State, is_in, state_of
from unitofwork.domain.observing import LISTENING

_mapper_of: Callable[[State], Mapper[Any]] = attrgetter("manager.mapper")


def collect(session: Session, changes: Changes) -> dict[Mapper[Any], Part]:
    """Find out what to write, by class.

    Raises:
        BeyondOnePass: there is something among it that one pass cannot do.
    """
    new, modified, deleted = changes
    collecting = _Collecting(session, [*new, *(modified.difference(deleted) if deleted else modified)], new, deleted)
    if new or modified:
        collecting.save()
    if deleted:
        collecting.delete()
    return collecting.parts


class _Collecting:
    __slots__ = ("_deleted", "_new", "_saved", "_session", "_waiting", "parts")

    def __init__(
        self, session: Session, waiting: list[State], new: Collection[State], deleted: Collection[State]
    ) -> None:
        self.parts: dict[Mapper[Any], Part] = {}
        self._session = session
        self._waiting, self._saved = waiting, set(waiting)
        self._new, self._deleted = new, deleted

    def _begun(self, mapper: Mapper[Any]) -> Part:
        """A part for a class of which nothing was found yet."""
        shape = flush_shape_of(mapper)
        if shape is None or hears_refresh_flush(mapper):
            raise BeyondOnePass
        part = self.parts[mapper] = Part(shape)
        return part

    def save(self) -> None:
        """Go through what is new or changed, in one long loop, as every flush runs it for every entity."""
        parts = self.parts
        for mapper, states in groupby(self._waiting, _mapper_of):  # which grows by what is found to be related
            part = parts.get(mapper) or self._begun(mapper)
            shape, copies = part.shape, part.copies
            key, owners, references, version = shape.key, shape.owners, shape.references, shape.version
            for state in states:
                values, changed = state.obj().__dict__, state.committed_state
                if state.key is None:
                    if None not in map(values.get, key):
                        self._refuse_taken(shape, values)
                    part.new.append(state)
                else:
                    if None in map(values.get, key) or not changed.keys().isdisjoint(key):
                        raise BeyondOnePass
                    if version is not None and (version.name not in values or version.name in changed):
                        raise BeyondOnePass
                    part.kept.append(state)
                for owner in owners:
                    if state.parents.get(owner, state.key is not None) is False:
                        raise BeyondOnePass  # it is an orphan
                for link in references:
                    value = values.get(link.name)
                    if link.name in changed:
                        known = copies.get(link.way)
                        if known is None or value is None or known.get(state) is not state_of(value):
                            self._refer(state, part, link, values)
                    elif value is not None and state.key is None:
                        raise BeyondOnePass  # it had a row, until that was undone
                if shape.owns:
                    self._save_owner(state, shape, values)
        for part in parts.values():
            for link in part.shape.to_itself:
                self._refuse_chains(link, (*part.new, *part.kept))

    def _save_owner(self, state: State, shape: FlushShape, values: dict[str, Any]) -> None:
        changed, is_new = state.committed_state, state.key is None
        for link in shape.collections:
            name = link.name
            if name in changed:
                if name not in values:
                    raise BeyondOnePass
                self._own(state, link, values[name], changed[name])
            elif is_new and has_some(values.get(name)):
                raise BeyondOnePass
        for name in shape.associations:
            if name in changed or (is_new and has_some(values.get(name))):
                raise BeyondOnePass
        pending = pending_mutations(state)
        if pending and not pending.keys() <= shape.with_reverse:
            raise BeyondOnePass

    def _refuse_taken(self, shape: FlushShape, values: dict[str, Any]) -> None:
        """Refuse a new entity that takes the place of another one."""
        key = shape.mapper.identity_key_from_primary_key(tuple(map(values.get, shape.key)))
        if key in self._session.identity_map:
            raise BeyondOnePass

    def _refer(self, state: State, part: Part, link: Link, values: dict[str, Any]) -> None:
        if link.name not in values:
            raise BeyondOnePass
        value = values[link.name]
        if state.committed_state[link.name] is value:
            return
        source: State | None = None
        if value is not None:
            source = state_of(value)
            if source not in self._saved and (
                source.key is None or source in self._deleted or not is_in(self._session, source)
            ):
                raise BeyondOnePass
        if self._copies(part, link.way).setdefault(state, source) is not source:
            raise BeyondOnePass  # two hold it

    def _own(self, state: State, link: Link, value: Any, before: Any) -> None:
        added: Sequence[Any] = value if value.__class__ is InstrumentedList else members_of(value, link)
        if before.__class__ is not list:
            before = former_members(before, link)
        if before:
            added = added_members(added, before)
        saved = self._saved
        for mapper, targets in groupby(map(state_of, added), _mapper_of):
            copies = self._copies(self.parts.get(mapper) or self._begun(mapper), link.way)
            for target in targets:
                if target not in saved:
                    self._require(target)
                if copies.setdefault(target, state) is not state:
                    raise BeyondOnePass  # two hold it

    def _copies(self, part: Part, way: Way) -> dict[State, State | None]:
        """Who refers and who has the key, in one way, which neither anybody hears of nor another way contradicts."""
        copies = part.copies.get(way)
        if copies is None:
            for name in way.own:
                if is_heard(part.shape.mapper, name):
                    raise BeyondOnePass
            for other in part.copies:
                if not way.own.isdisjoint(other.own):
                    raise BeyondOnePass
            copies = part.copies[way] = {}
        return copies

    def _refuse_chains(self, link: Link, saved: Iterable[State]) -> None:
        """Refuse entities of one class that are written together and refer to each other, maybe in a circle."""
        for state in saved:
            if any(state_of(each) in self._saved for each in members_of(state.dict.get(link.name), link)):
                raise BeyondOnePass

    def _require(self, state: State) -> None:
        """Have what is related written too."""
        if state in self._deleted or not (state in self._new or is_in(self._session, state)):
            raise BeyondOnePass
        self._saved.add(state)
        self._waiting.append(state)

    def delete(self) -> None:
        """Go through what is deleted."""
        parts, deleted = self.parts, self._deleted
        for mapper, states in groupby(deleted, _mapper_of):
            part = parts.get(mapper) or self._begun(mapper)
            shape, some = part.shape, list(states)
            if not shape.deletable:
                raise BeyondOnePass
            key, collections, version = shape.key, shape.collections, shape.version
            for state in some:
                values, changed = state.obj().__dict__, state.committed_state
                if state.key is None or None in map(values.get, key):
                    raise BeyondOnePass
                if changed and not changed.keys().isdisjoint(key):
                    raise BeyondOnePass
                if version is not None and (version.name not in values or version.name in changed):
                    raise BeyondOnePass
                for link in collections:
                    name = link.name
                    if name in changed:
                        raise BeyondOnePass
                    if name in values:
                        if not all(map(deleted.__contains__, map(state_of, members_of(values[name], link)))):
                            raise BeyondOnePass
                    elif not link.passive_deletes:
                        raise BeyondOnePass
            part.deleted += some
        for part in parts.values():
            if part.deleted:
                for link in part.shape.references:
                    self._find_referred(part.deleted, link)

    def _find_referred(self, states: list[State], link: Link) -> None:
        """Look in the session for what deleted entities refer to, which mostly is there for the first of them."""
        first, name = states[0], link.name
        if may_be_loaded(first, name) and not LISTENING.on:
            entity = held_already(self._session, link.relationship, first)
            if entity is not NO_RESULT:
                take_for_referred(first, name, entity)
                return
        find_referred(states, name)
