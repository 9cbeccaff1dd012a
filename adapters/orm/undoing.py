"""A mapping that fails leaves nothing behind, so that the class can be mapped again, and properly."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapper, registry
from sqlalchemy.orm.base import opt_manager_of_class
from sqlalchemy.util import WeakSequence

from unitofwork.domain.errors import MappingError


@contextmanager
def all_or_nothing(mapping: registry, entity_type: type[Any]) -> Generator[None]:
    """Map the class in here: if that fails, SQLAlchemy forgets the class, and the error becomes ours.

    Raises:
        MappingError: whatever else was raised, warnings apart.
    """
    try:
        yield
    except BaseException as error:
        _forget(mapping, entity_type)
        if isinstance(error, MappingError | Warning) or not isinstance(error, Exception):
            raise
        raise MappingError(_text(entity_type, error), entity_type=entity_type) from error


def first_line(error: Exception) -> str:
    """What an error says, without what SQLAlchemy adds to it."""
    return str(error).partition("\n")[0]


def _text(entity_type: type[Any], error: Exception) -> str:
    if isinstance(error, SQLAlchemyError):
        return first_line(error)
    return f"{entity_type.__name__} cannot be mapped: {type(error).__name__}, {first_line(error)}"


def _forget(mapping: registry, entity_type: type[Any]) -> None:
    """Do for one class what `registry.dispose` does for all; nothing public does."""
    for base in entity_type.__mro__[1:]:
        parent: Mapper[Any] | None = inspect(base, raiseerr=False)
        if parent is not None:
            _forget_subclass(parent, entity_type)
    manager = opt_manager_of_class(entity_type)
    if manager is not None:
        mapping._managers.pop(manager, None)  # pyright: ignore[reportPrivateUsage]  # as dispose() does
        mapping._dispose_manager_and_mapper(manager)  # pyright: ignore[reportPrivateUsage]  # as dispose() does


def _forget_subclass(parent: Mapper[Any], entity_type: type[Any]) -> None:
    children = parent._inheriting_mappers  # pyright: ignore[reportPrivateUsage]  # nothing public takes a child out
    siblings = WeakSequence([each for each in children if each.class_ is not entity_type])
    parent._inheriting_mappers = siblings  # pyright: ignore[reportPrivateUsage]  # nothing public takes a child out
    for identity, mapper in list(parent.polymorphic_map.items()):
        if mapper.class_ is entity_type:
            del parent.polymorphic_map[identity]
