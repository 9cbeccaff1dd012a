"""Entities that a session holds while rows are changed behind its back: they are loaded afresh when next read.

What was changed in them must have been flushed.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from sqlalchemy import Connection, inspect, select, tuple_
from sqlalchemy.orm import InstanceState, Mapper, Session

from unitofwork.adapters.sqlalchemy.private import forget_gone

_ASKED_AT_ONCE = 500
"""Whether how many rows are there is asked by one statement."""


def expire_related(session: Session, mapper: Mapper[Any]) -> None:
    """Expire what refers to entities of the class's hierarchy: rows came, or belong to others now."""
    for state in _states(session):
        stale = [
            each.key
            for each in state.mapper.relationships
            if each.key in state.dict and each.mapper.base_mapper is mapper.base_mapper
        ]
        if stale:
            session.expire(state.obj(), stale)


def expire_type(session: Session, mapper: Mapper[Any]) -> None:
    """Expire the entities of the class's hierarchy, and what refers to them."""
    for state in _of_hierarchy(session, mapper):
        session.expire(state.obj())
    expire_related(session, mapper)


def forget_deleted(session: Session, connection: Connection, mapper: Mapper[Any]) -> None:
    """Take entities of the class's hierarchy whose rows are gone for deleted, and expire all others.

    What the database did to rows that referred to those, by its own rules, can be anything.
    """
    held = iter(_of_hierarchy(session, mapper))
    key = mapper.base_mapper.primary_key
    while some := list(islice(held, _ASKED_AT_ONCE)):
        by_key = {state.identity: state for state in some}
        among = tuple_(*key).in_(list(by_key)) if len(key) > 1 else key[0].in_([parts[0] for parts in by_key if parts])
        there = {tuple(row) for row in connection.execute(select(*key).where(among))}
        for identity, state in by_key.items():
            if identity not in there:
                forget_gone(session, state)
    session.expire_all()


def _of_hierarchy(session: Session, mapper: Mapper[Any]) -> list[InstanceState[Any]]:
    return [state for state in _states(session) if state.mapper.base_mapper is mapper.base_mapper]


def _states(session: Session) -> Iterator[InstanceState[Any]]:
    for entity in list(session.identity_map.values()):
        yield inspect(entity)
