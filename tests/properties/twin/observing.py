"""What can be seen of a world: of each entity, of each unit, of the rows that were committed."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias

from sqlalchemy.orm import InstanceState

from properties.twin.kinds import Relation, generated_key, kind_of, kinds
from properties.twin.model import mapping
from properties.twin.world import Held, Unit, World
from unitofwork import EntityState, Session
from unitofwork.domain.errors import PersistenceError

Seen: TypeAlias = dict[str, Any]
Rows: TypeAlias = Mapping[str, Sequence[Sequence[Any]]]
"""For each table its rows, in the order of its columns."""

COMPARED = frozenset({EntityState.PENDING, EntityState.PERSISTENT})


def plain(value: object) -> str:
    """A value as both sides write it: its type and all that it says, a moment in UTC."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).isoformat()
    return f"{type(value).__name__}{value!r}" if isinstance(value, dict) else repr(value)


def seen(world: World) -> Seen:
    """All that can be seen without asking the database."""
    world.learn()
    found: Seen = {}
    for number, unit in enumerate(world.units):
        found[f"unit {number}"] = _unit(world, unit, number)
    for held in world.held:  # grows while others are met
        found[held.label] = _entity(world, held)
    return found


def _unit(world: World, unit: Unit, number: int) -> Seen | None:
    session = unit.session
    if session is None:
        return None
    failure = session.failure
    return {
        "failure": None if failure is None else described(failure),
        "new": world.labels(session.new, number, ordered=True),
        "dirty": world.labels(session.dirty, number, ordered=False),
        "deleted": world.labels(session.deleted, number, ordered=False),
    }


def _entity(world: World, held: Held) -> Seen:
    found: Seen = {}
    for number, unit in enumerate(world.units):
        session = unit.session
        if session is not None:
            state = session.state(held.entity)
            found[f"state in {number}"] = state.value
            if state in COMPARED:
                found[f"in {number}"] = held.entity in session
                if kind_of(type(held.entity)).parts <= held.entity.__dict__.keys():
                    found[f"modified in {number}"] = _is_modified(session, held.entity)
    found["loaded"] = loaded(world, held)
    return found


def _is_modified(session: Session, entity: object) -> object:
    """Whether it is, which may have to be loaded; an error where its row is gone."""
    try:
        return session.is_modified(entity)
    except PersistenceError as error:
        return described(error)


def loaded(world: World, held: Held) -> Seen:
    """The attributes that are in memory."""
    kind = kind_of(type(held.entity))
    found: Seen = {}
    attributes: dict[str, Any] = held.entity.__dict__
    for name in sorted(attributes):
        value = attributes[name]
        if name in kind.relations:
            found[name] = related(world, kind.relations[name], value, held.unit)
        elif name == "id" and kind.generated:
            found[name] = world.key_named(kind.root, value)
        elif name in kind.foreign:
            found[name] = world.key_named(kinds()[kind.foreign[name]].root, value)
        elif not isinstance(value, InstanceState):
            found[name] = plain(value)
    return found


def related(world: World, relation: Relation, value: Any, unit: int) -> object:
    """What a relationship holds, by name."""
    if value is None:
        return None
    if relation.container is None:
        return world.label(value, unit)
    if relation.container is dict:
        world.labels(value.values(), unit, ordered=False)
        return sorted((plain(key), world.label(each, unit)) for key, each in value.items())
    return world.labels(value, unit, ordered=relation.ordered)


def described(error: BaseException) -> object:
    """An error by all that a program may rely on."""
    if not isinstance(error, PersistenceError):
        return type(error).__name__
    concerned = None if error.entity_type is None else error.entity_type.__name__
    return {
        "error": type(error).__name__,
        "of": concerned,
        "constraint": error.constraint,
        "table": error.table,
        "columns": list(error.columns),
        "row": error.row,
        "retryable": error.retryable,
    }


def committed(world: World, rows: Rows) -> Seen:
    """The rows that were committed, with their keys by name, and without an order."""
    found: Seen = {}
    for table in mapping().metadata.sorted_tables:
        named = [generated_key(column) for column in table.columns]
        ordered = sorted(rows[table.name], key=lambda row: (isinstance(row[0], str), row[0]))
        found[table.name] = sorted(list(_row(world, row, named)) for row in ordered)
    return found


def _row(world: World, row: Sequence[Any], named: Sequence[str | None]) -> Iterable[str]:
    for value, root in zip(row, named, strict=True):
        yield plain(value) if root is None or value is None else world.key_named(root, value)
