"""Entities made of records as SQLAlchemy's own loading makes them, each once in a session.

What makes them is a function that is written for each mapper, since it makes every entity that is ever loaded. For a
class with a key and a name it is this::

    def load(session, reader, records, fresh):
        identities = session.identity_map
        states, weakly = identities._dict, identities._wr
        find, here = states.get, session.hash_key
        hears = bool(session.dispatch.loaded_as_persistent)
        is_heard = hears or bool(manager.dispatch.load)
        entities = []
        for r in records:
            key = (identity_class, (r[1],), None)
            state = find(key)
            entity = None if state is None else state.obj()
            if entity is None:
                entity = new(entity_type)
                state = manager._state_constructor(entity, manager)
                d = entity.__dict__
                d['_sa_instance_state'] = state
                state.key = key
                state.session_id = here
                state._instance_dict = weakly
                states[key] = state
                d['id'] = r[1]
                d['name'] = r[2]
                if is_heard:
                    tell(session, state)
                if fresh is not None:
                    fresh.append(entity)
            elif not names <= entity.__dict__.keys() or manager.dispatch.refresh:
                complete(own, entity, r, reader)
            entities.append(entity)
        return entities

Where a record says of which class it is, what depends on the class is asked for each.
"""
# pyright: reportPrivateUsage=false

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy.orm import Session
from sqlalchemy.orm.base import DEFAULT_STATE_ATTR

from unitofwork.adapters.memory.private.listeners import tell_loaded
from unitofwork.adapters.memory.private.states import State, commit_all

if TYPE_CHECKING:
    from unitofwork.adapters.memory.populating import Population
    from unitofwork.adapters.memory.store import Reader, Row


class Load(Protocol):
    """The entities of records; what an entity of the session has already is left as it is."""

    def __call__(
        self, session: Session, reader: "Reader", records: "Iterable[Row]", fresh: list[Any] | None
    ) -> list[Any]:
        """Load.

        Args:
            session: whose entities they are.
            reader: what the records were read by.
            records: the records.
            fresh: takes those that were loaded now.
        """
        ...


def loading(
    identity_class: type,
    key: str,
    key_names: Mapping[str, Any],
    own: "Population",
    population_of: "Callable[[Row, Reader], Population] | None",
    complete: "Callable[[Population, Any, Row, Reader], None]",
) -> Load:
    """Write what loads entities of the records of one mapper.

    Args:
        identity_class: the first part of their identity keys.
        key: the text of the primary key of a record ``r``.
        key_names: what the names in it stand for.
        own: how entities of the mapper's own class are filled.
        population_of: the same for the class that a record says it is of; None if all are of that one.
        complete: fills what an entity of the session has not loaded.
    """
    known: dict[str, Any] = {
        **own.fill_names,
        **key_names,
        "identity_class": identity_class,
        "population_of": population_of,
        "own": own,
        "names": own.names,
        "elsewhere": own.elsewhere,
        "entity_type": own.entity_type,
        "new": own.entity_type.__new__,
        "manager": own.manager,
        "tell": _tell,
        "complete": complete,
    }
    exec(_TEXT.format(key=key, **(_of_own(own) if population_of is None else _OF_RECORD)), known)
    load: Load = known["load"]
    return load


def _of_own(own: "Population") -> Mapping[str, str]:
    """What is written where all records are of one class."""
    fill = [*own.fill_lines, *_EXPIRE] if own.elsewhere else own.fill_lines
    return {"before": _HEARING.strip(), "choose": "pass", "population": "own", "fill": _indented(fill, 12)}


def _indented(lines: Sequence[str], by: int) -> str:
    return f"\n{' ' * by}".join(lines)


def _tell(session: Session, state: State) -> None:
    """Tell those who want to know of a new instance, and take what they change for loaded."""
    tell_loaded(session, state)
    if state.modified:
        commit_all(session, state)


_HEARING = "is_heard = hears or bool(manager.dispatch.load)"
_EXPIRE = ("state.expired_attributes.update(elsewhere)",)

_OF_RECORD: Mapping[str, str] = {
    "before": "pass",
    "choose": _indented(
        (
            "population = population_of(r, reader)",
            "names, elsewhere = population.names, population.elsewhere",
            "entity_type, manager = population.entity_type, population.manager",
            "new = entity_type.__new__",
            _HEARING,
        ),
        8,
    ),
    "population": "population",
    "fill": _indented(("population.fill(d, r, reader)", *_EXPIRE), 12),
}
"""What is written where each record says of which class it is."""

_TEXT = f"""
def load(session, reader, records, fresh):
    identities = session.identity_map
    states, weakly = identities._dict, identities._wr
    find, here = states.get, session.hash_key
    hears = bool(session.dispatch.loaded_as_persistent)
    {{before}}
    entities = []
    for r in records:
        key = (identity_class, {{key}}, None)
        {{choose}}
        state = find(key)
        entity = None if state is None else state.obj()
        if entity is None:
            entity = new(entity_type)
            state = manager._state_constructor(entity, manager)
            d = entity.__dict__
            d[{DEFAULT_STATE_ATTR!r}] = state
            state.key = key
            state.session_id = here
            state._instance_dict = weakly
            states[key] = state
            {{fill}}
            if is_heard:
                tell(session, state)
            if fresh is not None:
                fresh.append(entity)
        elif not names <= entity.__dict__.keys() or manager.dispatch.refresh:
            complete({{population}}, entity, r, reader)
        entities.append(entity)
    return entities
"""
