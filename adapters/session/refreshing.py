"""What SQLAlchemy leaves out of a refresh."""

from collections.abc import Collection
from typing import Any

from sqlalchemy.orm import InstanceState

from unitofwork.adapters.session.lazy_loading import loads_when_read


def load_left(state: InstanceState[Any], fields: Collection[str] | None) -> None:
    """Load what a refresh left out.

    SQLAlchemy keeps the options of the second statement by which it loads a subclass afresh, and by them leaves out
    what the first one loaded. And it does not ask for whom an entity refers to if that one is of the entity's class.
    """
    if fields is not None:
        for name in fields:
            relationship = state.mapper.relationships.get(name)
            if name not in state.dict and relationship is not None and loads_when_read(relationship):
                getattr(state.obj(), name)
        return
    left = {each.key for each in state.mapper.column_attrs if not each.deferred} & state.expired_attributes
    if left:
        getattr(state.obj(), left.pop())  # and all others with it
