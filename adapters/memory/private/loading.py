"""Entities made of records as SQLAlchemy's own loading makes them, each once in a session."""
# pyright: reportPrivateUsage=false

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy.orm import Session
from sqlalchemy.orm.base import DEFAULT_STATE_ATTR

from unitofwork.adapters.memory.private import commit_all, tell_loaded

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
    key_of: "Callable[[Row], tuple[Any, ...]]",
    own: "Population",
    population_of: "Callable[[Row, Reader], Population] | None",
    complete: "Callable[[Population, Any, Row, Reader], None]",
) -> Load:
    """What loads entities of the records of one mapper.

    Args:
        identity_class: the first part of their identity keys.
        key_of: gives the primary key of a record.
        own: how entities of the mapper's own class are filled.
        population_of: the same for the class that a record says it is of; None if all are of that one.
        complete: fills what an entity of the session has not loaded.
    """

    def load(session: Session, reader: "Reader", records: "Iterable[Row]", fresh: list[Any] | None) -> list[Any]:
        # One loop, and nothing called that can be written out: it makes every entity that is ever loaded.
        identities: Any = session.identity_map
        states, weakly = identities._dict, identities._wr
        find, here = states.get, session.hash_key
        population = own
        is_heard = bool(own.manager.dispatch.load)
        entities: list[Any] = []
        for record in records:
            key = (identity_class, key_of(record), None)
            if population_of is not None:
                population = population_of(record, reader)
                is_heard = bool(population.manager.dispatch.load)
            held = find(key)
            entity = None if held is None else held.obj()
            if entity is None:
                entity_type, manager = population.entity_type, population.manager
                entity = entity_type.__new__(entity_type)
                state = manager._state_constructor(entity, manager)
                values = entity.__dict__
                values[DEFAULT_STATE_ATTR] = state
                state.key = key
                state.session_id = here
                state._instance_dict = weakly
                states[key] = state
                population.fill(values, record, reader)
                if population.elsewhere:
                    state.expired_attributes.update(population.elsewhere)
                if is_heard:
                    tell_loaded(state)
                    if state.modified:
                        commit_all(session, state)
                if fresh is not None:
                    fresh.append(entity)
            elif not population.names <= entity.__dict__.keys() or population.manager.dispatch.refresh:
                complete(population, entity, record, reader)
            entities.append(entity)
        return entities

    return load
