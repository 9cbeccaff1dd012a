"""One side of the proof: a database, units of work on it, and names for all that is met there.

Both sides give the same names, whatever keys their databases generate: an entity has the name under which the history
made it, or else one counted in the order in which its key was met.
"""

from collections import defaultdict
from collections.abc import Iterable
from contextlib import AbstractContextManager, suppress
from typing import Any

import attrs
from sqlalchemy import inspect
from sqlalchemy.orm.attributes import set_committed_value

from properties.twin.chance import Chance
from properties.twin.kinds import kind_of, kinds
from properties.twin.palettes import EXPLICIT
from unitofwork import Database, EntityState, Isolation, Session, UnitOfWork
from unitofwork.domain.errors import PersistenceError

HERE = frozenset({EntityState.PENDING, EntityState.PERSISTENT, EntityState.DELETED})


class Undone(Exception):
    """What a savepoint is left by."""


@attrs.define(eq=False)
class Unit:
    """A unit of work, and the savepoints that are open in it."""

    uow: UnitOfWork
    points: list[AbstractContextManager[None]] = attrs.field(factory=list)
    session: Session | None = None
    """What the unit works with while it is open: asked directly, because a unit that failed answers nothing."""

    def begin(self, isolation: str | None = None, *, read_only: bool = False) -> None:
        self.uow.begin(isolation=None if isolation is None else Isolation[isolation], read_only=read_only)
        self.session = self.uow.session

    def close(self) -> None:
        self.session = None
        self.uow.close()
        self.points.clear()

    def enter(self) -> None:
        point = self.uow.savepoint()
        point.__enter__()
        self.points.append(point)

    def leave(self, *, undo: bool) -> None:
        point = self.points.pop()
        if undo:
            error = Undone()
            with suppress(Undone):
                point.__exit__(Undone, error, None)
        else:
            point.__exit__(None, None, None)

    def recover(self) -> None:
        """Go back to where it can be used again."""
        while self.points and self.failed:
            self.leave(undo=True)
        if self.failed:
            self.uow.rollback()

    @property
    def failed(self) -> bool:
        return self.session is not None and self.session.failure is not None


@attrs.frozen
class Held:
    """An entity that the history has met.

    Attributes:
        label: its name, and its number where there are several objects of that name.
        unit: the number of the unit in which it was met.
    """

    label: str
    entity: Any
    unit: int


@attrs.frozen
class Before:
    """How an entity was before an operation."""

    held: Held
    values: dict[str, Any]
    was_deleted: bool


class World:
    """A database, two units of work on it, and the entities that were met in them."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.units = [self.new_unit(), self.new_unit()]
        self.held: list[Held] = []
        self._by_id: dict[int, Held] = {}
        self._by_name: defaultdict[str, list[Held]] = defaultdict(list)
        self._names: dict[tuple[str, tuple[Any, ...]], str] = {}
        self._keys: dict[str, tuple[Any, ...]] = {}
        self._counted: defaultdict[str, int] = defaultdict(int)
        self._before: list[Before] = []
        self.chance = Chance()

    def new_unit(self, *, autoflush: bool = True, expire_on_commit: bool = False) -> Unit:
        return Unit(UnitOfWork(self.database, autoflush=autoflush, expire_on_commit=expire_on_commit))

    def close(self) -> None:
        for unit in self.units:
            if unit.session is not None:
                with suppress(PersistenceError), self.chance.here():
                    unit.close()

    # entities

    def hold(self, entity: Any, name: str, unit: int) -> Held:
        """Remember an entity under a name."""
        number = len(self._by_name[name]) + 1
        held = Held(name if number == 1 else f"{name}.{number}", entity, unit)
        self.held.append(held)
        self._by_id[id(entity)] = held
        self._by_name[name].append(held)
        return held

    def forget(self, held: Held) -> None:
        """Hold an entity no longer, so that it goes if nobody else does; its place in the numbering stays."""
        self._before = []
        self.held.remove(held)
        del self._by_id[id(held.entity)]
        self._by_name[held.label.partition(".")[0]].remove(held)

    def entity(self, reference: str, unit: int) -> Any:
        """The entity that a history means; None if there is none."""
        held = self.meant(reference, unit)
        return None if held is None else held.entity

    def meant(self, reference: str, unit: int) -> Held | None:
        """The one that takes part in the unit, or else the last one met there; with ``!``, the first of all."""
        found = self._by_name.get(reference.removesuffix("!"), ())
        if reference.endswith("!"):
            return found[0] if found else None
        here = [held for held in found if held.unit == unit]
        session = self.units[unit].session
        if session is not None:
            for held in here:
                if session.state(held.entity) in HERE:
                    return held
        return here[-1] if here else None

    def label(self, entity: Any, unit: int) -> str:
        """What an entity is called; one that was not met before is given a name by its key."""
        held = self._by_id.get(id(entity))
        if held is None:
            kind = kind_of(type(entity))
            identity = inspect(entity).identity
            name = f"{kind.name}?" if identity is None else self.name_of(kind.root, tuple(identity))
            held = self.hold(entity, name, unit)
        return held.label

    def labels(self, entities: Iterable[Any], unit: int, *, ordered: bool) -> list[str]:
        """What entities are called; without an order, sorted."""
        found = list(entities)
        if ordered:
            return [self.label(each, unit) for each in found]
        for each in sorted((each for each in found if id(each) not in self._by_id), key=_place):
            self.label(each, unit)
        return sorted(self.label(each, unit) for each in found)

    def note(self) -> None:
        """Keep how entities are now, for what chance makes of them then to be undone."""
        self._before = [
            Before(held, dict(held.entity.__dict__), inspect(held.entity).was_deleted) for held in self.held
        ]

    def restore(self, unit: int) -> None:
        """Give entities without a row the values that they had before a flush failed.

        SQLAlchemy flushes tables that are not related in no particular order, and leaves the keys and defaults of what
        it has inserted until then: whose these are is chance.
        """
        for held, before in ((each.held, each.values) for each in self._before):
            if held.unit != unit or inspect(held.entity).identity is not None:
                continue
            kind, now = kind_of(type(held.entity)), held.entity.__dict__
            for name in kind.columns:
                if now.get(name, self) is not before.get(name):
                    set_committed_value(held.entity, name, before.get(name))
            for name in kind.wholes:
                now.pop(name, None)
                now.update({name: before[name]} if name in before else {})

    def level(self) -> None:
        """Take from entities that were deleted together what they referred to, if they had not loaded it before.

        A flush looks for that in the session until it finds it for one of them, whichever that is.
        """
        together: defaultdict[str, list[Before]] = defaultdict(list)
        for each in self._before:
            if inspect(each.held.entity).was_deleted and not each.was_deleted:
                together[kind_of(type(each.held.entity)).root].append(each)
        for some in together.values():
            for each in some if len(some) > 1 else ():
                for relation in kind_of(type(each.held.entity)).relations.values():
                    if relation.container is None and not relation.owning and relation.name not in each.values:
                        each.held.entity.__dict__.pop(relation.name, None)

    # keys

    def learn(self) -> None:
        """Give the keys that entities have by now the names of these entities."""
        for held in self.held:
            kind = kind_of(type(held.entity))
            name = held.label.partition(".")[0]
            identity = inspect(held.entity).identity
            if identity is not None:
                self._name(kind.root, tuple(identity), name)
            elif kind.generated and isinstance(key := held.entity.__dict__.get("id"), int) and key < EXPLICIT:
                self._name(kind.root, (key,), name)

    def _name(self, root: str, key: tuple[Any, ...], name: str) -> None:
        if (root, key) not in self._names:
            self._names[root, key] = name
            self._keys[name] = key

    def name_of(self, root: str, key: tuple[Any, ...]) -> str:
        """What the entity with a key is called; without one, the key is given the next name."""
        if (root, key) not in self._names:
            self._counted[root] += 1
            self._name(root, key, f"{root}+{self._counted[root]}")
        return self._names[root, key]

    def key(self, name: str) -> tuple[Any, ...] | None:
        """The key that a name stands for."""
        return self._keys.get(name)

    def key_named(self, root: str, key: object) -> str:
        """A key as both sides write it."""
        if isinstance(key, int) and not isinstance(key, bool) and key < EXPLICIT:
            return f"<{self.name_of(root, (key,))}>"
        return repr(key)


def _place(entity: Any) -> tuple[str, str, int]:
    """Where an entity stands among those that are met together."""
    kind = kinds()[type(entity).__name__]
    identity = inspect(entity).identity or (0,)
    first = identity[0]
    return (kind.root, repr(identity), 0) if not isinstance(first, int) else (kind.root, "", first)
