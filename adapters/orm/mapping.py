"""Imperative mapping, checked: what SQLAlchemy would accept and then get silently wrong is refused."""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, TypeVar, Unpack
from weakref import WeakKeyDictionary, WeakSet

from sqlalchemy import Column, FromClause, inspect
from sqlalchemy.exc import NoForeignKeysError, SQLAlchemyError
from sqlalchemy.orm import Mapper, RelationshipProperty, registry

from unitofwork.adapters.orm import checks
from unitofwork.adapters.orm.arguments import check_arguments, check_mapping
from unitofwork.adapters.orm.composites import check_given_values, prepare_composites
from unitofwork.adapters.orm.computed import leave_computed
from unitofwork.adapters.orm.defaults import check_column_defaults, check_discriminator
from unitofwork.adapters.orm.draft import Draft, MapperOptions, Property
from unitofwork.adapters.orm.findings import checked, errors, without_slots
from unitofwork.adapters.orm.instances import fill_in_on_load, notice_events, withdraw_on_failure
from unitofwork.adapters.orm.relationships import check_default, check_foreign_keys, check_name, without_foreign_key
from unitofwork.adapters.orm.undoing import all_or_nothing, first_line
from unitofwork.adapters.orm.values import check_before_sending
from unitofwork.adapters.orm.versions import check_version, count_versions
from unitofwork.domain.errors import MappingError

T = TypeVar("T")

_foreign_keys: WeakKeyDictionary[Mapper[Any], tuple[Column[Any], ...]] = WeakKeyDictionary()
"""What `map_entity` leaves to `check_registry`: foreign keys that no field names."""
_checked: WeakSet[Mapper[Any]] = WeakSet()


_CHECKS: tuple[Callable[[Draft], None], ...] = (
    checks.check_key,
    checks.check_hash_of_key,
    checks.check_fields,
    checks.check_converters,
    check_column_defaults,
    prepare_composites,
)


def map_entity(
    mapping: registry,
    entity_type: type[T],
    table: FromClause | None = None,
    *,
    properties: Mapping[str, Property] | None = None,
    unmapped: str | Collection[str] = (),
    **options: Unpack[MapperOptions],
) -> Mapper[T]:
    """Map a class to a table, if the two fit.

    What can only be told when every class is mapped is checked by `check_registry`.

    Args:
        mapping: the registry that gathers the application's mapping.
        entity_type: an attrs class, best made by ``@entity``.
        table: the table; None for a subclass that shares its base's.
        properties: attributes by name, where a column's name or a relationship does not say it.
        unmapped: the field or fields that live in memory only; a loaded entity gets their defaults.
        options: whatever else `sqlalchemy.orm.Mapper` takes.

    Raises:
        MappingError: they do not fit; the text says what does not, and what to do.
    """
    check_arguments(mapping, entity_type, table, properties or {}, options)
    if inspect(entity_type, raiseerr=False) is not None:
        raise MappingError(f"{entity_type.__name__} is mapped already: map it once", entity_type=entity_type)
    with all_or_nothing(mapping, entity_type):
        names = (unmapped,) if isinstance(unmapped, str) else tuple(unmapped)
        draft = Draft(mapping, entity_type, table, properties or {}, names, options)
        before = errors()
        _check(draft)
        if errors() > before:
            without_slots(entity_type)
        mapper = mapping.map_imperatively(entity_type, table, properties=draft.properties, **options)
        with checked():
            check_discriminator(mapper)
        with checked():
            check_version(mapper)
    if errors() > before:
        return mapper  # where all findings are gathered, others are related to this class, and it is used no more
    fill_in_on_load(entity_type, names)
    withdraw_on_failure(mapper)
    notice_events(entity_type)
    _foreign_keys[mapper] = checks.foreign_keys_without_field(draft)
    check_before_sending(mapper)
    leave_computed(mapper)
    check_given_values(mapper, draft)
    count_versions(mapper, options)
    return mapper


def _check(draft: Draft) -> None:
    with checked():
        checks.check_class(draft.entity_type)
    for check in _CHECKS:
        with checked():
            check(draft)
    for name, prop in draft.properties.items():
        if isinstance(prop, RelationshipProperty):
            with checked():
                check_name(draft, name, prop)
                check_default(draft.entity_type, name, prop)


def check_registry(mapping: registry) -> None:
    """Configure the mappers, and check what no class tells alone; costs next to nothing if nothing was added since.

    Warns of subclasses that are not mapped: their instances cannot be added.

    Raises:
        MappingError: the mapping contradicts itself, or is none.
    """
    check_mapping(mapping)
    if _checked.issuperset(mapping.mappers):
        return
    before = errors()
    try:
        mapping.configure(cascade=True)
    except NoForeignKeysError as error:
        raise MappingError(without_foreign_key(error)) from error
    except SQLAlchemyError as error:
        raise MappingError(first_line(error)) from error
    for mapper in sorted(mapping.mappers, key=lambda mapper: mapper.class_.__name__):
        for relationship in mapper.relationships:
            with checked():
                check_default(mapper.class_, relationship.key, relationship)
        with checked():
            check_foreign_keys(mapper, _foreign_keys.get(mapper, ()))
        for subclass in _unmapped_subclasses(mapper.class_):
            checks.warn(
                f"{subclass.__name__} is not mapped, though its base {mapper.class_.__name__} is: map it, or its"
                " instances cannot be added"
            )
    if errors() == before:
        _checked.update(mapping.mappers)


def _unmapped_subclasses(entity_type: type[Any]) -> Iterator[type[Any]]:
    for subclass in entity_type.__subclasses__():
        if inspect(subclass, raiseerr=False) is None:
            yield subclass
            yield from _unmapped_subclasses(subclass)
