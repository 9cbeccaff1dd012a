"""How an upsert fills a collection: it adds, and takes nothing out unless it is told to."""

from typing import Any, cast

from sqlalchemy import inspect
from sqlalchemy.orm import InstanceState, KeyFuncDict
from sqlalchemy.orm.collections import CollectionAdapter, collection_adapter

from unitofwork.domain.errors import UnitOfWorkError


def key_of(state: InstanceState[Any]) -> tuple[Any, ...]:
    """The parts of an entity's primary key, None where it has none yet."""
    return state.identity or tuple(state.mapper.primary_key_from_instance(state.obj()))


def check_free(state: InstanceState[Any], name: str, collection: CollectionAdapter) -> None:
    """Refuse to add to a dictionary under a key that another member has: that one would be taken out.

    Raises:
        UnitOfWorkError: another member has the key.
    """
    present = _keyed(collection.data)
    if present is None:
        return
    for key, given in cast("dict[Any, Any]", state.dict[name]).items():
        if key in present and not _is_same(given, present[key]):
            raise _occupied(state, name)


def check_place(owner: InstanceState[Any], name: str | None, member: Any) -> None:
    """Refuse what `check_free` does where a member is about to refer to the owner of a dictionary that is loaded.

    Raises:
        UnitOfWorkError: another member has the key.
    """
    if name is None or name not in owner.dict:
        return
    loaded = _keyed(owner.dict[name])
    if loaded is not None and loaded.get(loaded.keyfunc(member), member) is not member:
        raise _occupied(owner, name)


def _occupied(state: InstanceState[Any], name: str) -> UnitOfWorkError:
    return UnitOfWorkError(
        f"{state.class_.__name__}.{name} has another member under a key of the given one: give that member's"
        f" primary key, or replace the collection with fields={name!r}",
        entity_type=state.class_,
    )


def fill(managed: Any, name: str, merged: list[Any], *, erase: bool) -> None:
    """Add to a collection what it lacks; with ``erase`` take out what it should not have."""
    collection = collection_adapter(getattr(managed, name))
    keyed = _keyed(collection.data)
    if erase and keyed is not None:  # at once: a key may go from one member to another
        setattr(managed, name, {keyed.keyfunc(one): one for one in merged})
        return
    present = list(collection)
    if erase:
        for one in present:
            if not _has(merged, one):
                collection.remove_with_event(one)
    for one in merged:
        if not _has(present, one):
            collection.append_with_event(one)
            present.append(one)


def _keyed(collection: object) -> "KeyFuncDict[Any, Any] | None":
    return collection if isinstance(collection, KeyFuncDict) else None  # pyright: ignore[reportUnknownVariableType]  # generic


def _is_same(given: Any, member: Any) -> bool:
    """Whether the given entity is the member, or is going to be copied onto it."""
    key = key_of(inspect(given))
    return given is member or (all(part is not None for part in key) and key == key_of(inspect(member)))


def _has(entities: list[Any], entity: object) -> bool:
    return any(one is entity for one in entities)
