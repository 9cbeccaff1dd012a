"""Value objects behind several columns."""

from collections.abc import Callable
from typing import Any, cast

import attrs
from sqlalchemy import event
from sqlalchemy.ext.mutable import MutableComposite
from sqlalchemy.orm import CompositeProperty, Mapper

from unitofwork.adapters.orm.draft import Draft
from unitofwork.adapters.orm.fields import is_attrs
from unitofwork.domain.errors import MappingError, WrongType


def prepare_composites(draft: Draft) -> None:
    """Let attrs classes be composite values: supply the accessor, and load columns that are all NULL as None.

    Raises:
        MappingError: a value could change without the entity noticing, or has not a field for each column.
    """
    for name, prop in draft.properties.items():
        if not isinstance(prop, CompositeProperty):
            continue
        value_type = cast("type[Any]", prop.composite_class)  # or a function that makes values in its own way
        if is_attrs(value_type) and not issubclass(value_type, MutableComposite):
            _check_value(draft, name, prop, value_type)
        none_on = cast("Any", prop).return_none_on
        if none_on is not None and not callable(none_on):  # the caller said neither when nor never
            prop.return_none_on = _all_none


def check_given_values(mapper: Mapper[Any], draft: Draft) -> None:
    """Refuse another value at once where a value object is set: its parts would be taken for the columns'."""
    for name, prop in draft.properties.items():
        if isinstance(prop, CompositeProperty) and isinstance(prop.composite_class, type):
            event.listen(mapper.all_orm_descriptors[name], "set", _check_of(name, prop.composite_class), propagate=True)


def _check_of(name: str, value_type: type) -> Callable[..., None]:
    def check(entity: object, value: object, former: object, initiator: object) -> None:
        if value is not None and not isinstance(value, value_type):
            raise WrongType(
                f"{type(entity).__name__}.{name} takes {value_type.__name__}, not {type(value).__name__}",
                entity_type=type(entity),
            )

    return check


def _check_value(draft: Draft, name: str, prop: CompositeProperty[Any], value_type: type[Any]) -> None:
    if not attrs.inspect(value_type).is_frozen:
        raise MappingError(
            f"{draft.name}.{name} is a {value_type.__name__}, whose changes would not be noticed:"
            f" make {value_type.__name__} a @value, or frozen",
            entity_type=draft.entity_type,
        )
    if hasattr(value_type, "__composite_values__"):
        return
    parts = [field.name for field in attrs.fields(value_type) if field.init and not field.kw_only]
    if len(parts) != len(prop.attrs):
        raise MappingError(
            f"{draft.name}.{name} has {len(prop.attrs)} columns, and {value_type.__name__} takes {len(parts)} values"
            " by position: they must be as many",
            entity_type=draft.entity_type,
        )

    def values(self: object) -> tuple[object, ...]:
        return tuple(getattr(self, part) for part in parts)

    value_type.__composite_values__ = values


def _all_none(*values: object) -> bool:
    return all(value is None for value in values)
