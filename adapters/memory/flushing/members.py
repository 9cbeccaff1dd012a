"""Who is in an attribute that refers to entities, who was in it, and who was added."""

from collections.abc import Sequence
from operator import is_
from typing import Any

from sqlalchemy.orm import LoaderCallableStatus
from sqlalchemy.orm.collections import InstrumentedList, collection_adapter

from unitofwork.adapters.memory.flushing.part import BeyondOnePass
from unitofwork.adapters.memory.flushing.shape import Link


def members_of(value: Any, link: Link) -> Sequence[Any]:
    """Who is in an attribute."""
    if value is None:
        return ()
    if not link.many:
        return (value,)
    return value if value.__class__ is InstrumentedList else list(collection_adapter(value))


def has_some(value: Any) -> bool:
    """Whether there may be somebody in an attribute, whatever he says of his own truth."""
    return value is not None and (value.__class__ is not InstrumentedList or len(value) > 0)


def former_members(before: Any, link: Link) -> Sequence[Any]:
    """Who was in an attribute when it was loaded; SQLAlchemy's symbols stand for nobody."""
    if before is None or isinstance(before, LoaderCallableStatus):
        return ()
    if not link.many:
        return (before,)
    return list(before.values() if hasattr(before, "values") else before)


def added_members(now: Sequence[Any], former: Sequence[Any]) -> Sequence[Any]:
    """Who is in an attribute and was not in it before.

    Raises:
        BeyondOnePass: somebody was taken out.
    """
    known = set(map(id, former))
    if len(now) >= len(former) and all(map(is_, former, now)):
        added = now[len(former) :]
        if known.isdisjoint(map(id, added)):
            return added
    elif not known.issubset(map(id, now)):
        raise BeyondOnePass
    return [member for member in now if id(member) not in known]
