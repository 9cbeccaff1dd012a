"""Entities that a session holds while rows are changed behind its back: they are loaded afresh when next read.

What was changed in them must have been flushed. The same has to be done when the change of the rows is undone.
"""

from collections.abc import Callable, Collection, Sequence
from itertools import islice
from typing import Any, TypeAlias

from sqlalchemy import inspect
from sqlalchemy.orm import InstanceState, Mapper, Session

from unitofwork.adapters.session.private import forget_gone

There: TypeAlias = Callable[[Sequence[Sequence[Any]]], Collection[tuple[Any, ...]]]
"""Says which of these keys have a row."""

_ASKED_AT_ONCE = 500
"""Of how many rows one statement asks whether they are there: each is a parameter or more."""


def expire_related(session: Session, mapper: Mapper[Any]) -> None:
    """Expire what refers to entities of the class's hierarchy: rows came, or belong to others now."""
    for entity in list(session.identity_map.values()):
        state: InstanceState[Any] = inspect(entity)
        stale = [
            each.key
            for each in state.mapper.relationships
            if each.key in state.dict and each.mapper.base_mapper is mapper.base_mapper
        ]
        if stale:
            session.expire(entity, stale)


def expire_type(session: Session, mapper: Mapper[Any]) -> None:
    """Expire the entities of the class's hierarchy, and what refers to them."""
    for entity in _of_hierarchy(session, mapper):
        session.expire(entity)
    expire_related(session, mapper)


def forget_deleted(session: Session, mapper: Mapper[Any], there: There) -> None:
    """Take entities of the class's hierarchy whose rows are gone for deleted, and expire all others.

    What the database did to rows that referred to those, by its own rules, can be anything.
    """
    held = iter(_of_hierarchy(session, mapper))
    while some := list(islice(held, _ASKED_AT_ONCE)):
        states: list[InstanceState[Any]] = [inspect(entity) for entity in some]
        present = there([state.identity or (None,) for state in states])
        for state in states:
            if state.identity not in present:
                forget_gone(session, state)
    session.expire_all()


def expire_undone(session: Session, written: Collection[Mapper[Any] | None]) -> None:
    """Expire what may be loaded from rows that are not there any more, or not so.

    Args:
        session: where the entities are.
        written: the mappers of the rows that were changed; None for any rows at all.
    """
    if None in written:
        session.expire_all()
    for mapper in written:
        if mapper is not None:
            expire_type(session, mapper)


def _of_hierarchy(session: Session, mapper: Mapper[Any]) -> list[Any]:
    """The entities themselves: the session alone does not keep them from being gone in the middle of this."""
    return [each for each in session.identity_map.values() if inspect(each).mapper.base_mapper is mapper.base_mapper]
