"""Upsert: copy an entity, and what is related to it, onto the managed entities of the same identities.

Like ``Session.merge``, but for one rule: unless told exactly what to copy, it only ever adds. The constructor of an
entity makes an empty collection whatever its row's children are, and an empty collection must not remove them.
"""

from collections.abc import Collection
from typing import Any, TypeVar

from attrs import define, field
from sqlalchemy import Dialect, inspect
from sqlalchemy.orm import ColumnProperty, InstanceState, Mapper, RelationshipProperty
from sqlalchemy.orm.base import NO_VALUE
from sqlalchemy.orm.collections import collection_adapter
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.operators import Operators

from unitofwork.adapters.orm.values import check_operand
from unitofwork.adapters.session.collecting import check_free, check_place, fill, key_of
from unitofwork.adapters.session.copying import (
    check_loaded,
    copied_columns,
    copied_relationships,
    named,
    version_key,
    written_once,
)
from unitofwork.adapters.session.orm_session import OrmSession
from unitofwork.domain.errors import StaleEntity, UnitOfWorkError, WrongType
from unitofwork.domain.messages import hand_over

T = TypeVar("T")


def merge(session: OrmSession, entity: T, fields: Collection[str] | None = None) -> T:
    """Return the managed entity with the identity of ``entity``, after copying onto it.

    Args:
        session: what manages it.
        entity: what to copy; if the session has it already, it is returned untouched.
        fields: exactly what to copy, collections as a whole; by default all that is loaded, adding to collections.

    Raises:
        MappingError: ``fields`` has a name that the mapping does not have, or does not let be copied.
        StaleEntity: the entity's version is not the row's.
        WrongType: its key is of another type than the column's, or a SQL expression.
        UnitOfWorkError: what has the identity is of another class; a field is not loaded on the entity; or a member
            would take another's place in a dictionary.
    """
    state: InstanceState[Any] = inspect(entity)
    names = None if fields is None else {name for field in fields for name in named(state.mapper, field)}
    if entity in session:
        return entity
    check_loaded(state, fields or ())
    if session.autoflush:
        session.flush()  # what was added with the same key can be looked up then
    with session.no_autoflush:
        merged: T = _Merge(session).merged(entity, names)
    return merged


@define
class _Merge:
    """One upsert, on its way through what is related."""

    session: OrmSession
    done: dict[object, Any] = field(factory=dict[object, Any])
    """What was found or made, by the given object and by identity."""
    replaced: set[tuple[int, str]] = field(factory=set[tuple[int, str]])
    """The collections that are being replaced as a whole, by owner and name."""

    def merged(self, entity: Any, fields: Collection[str] | None) -> Any:
        """The managed entity, after copying onto it the fields, or all."""
        if entity in self.session:
            return entity
        if id(entity) in self.done:
            return self.done[id(entity)]
        state: InstanceState[Any] = inspect(entity)
        managed = self.done[id(entity)] = self._managed(state)
        _check_class(state, managed)
        _check_version(state, managed)
        for key in copied_columns(state.mapper):
            if _is_copied(state, key, fields):
                _copy(managed, key, state.dict[key])
        hand_over(entity, managed)
        for composite in state.mapper.composites:
            inspect(managed).dict.pop(composite.key, None)  # it is made of its columns when next read
        for relationship in copied_relationships(state.mapper):
            if _is_copied(state, relationship.key, fields):
                self._copy_related(state, managed, relationship, fields)
        return managed

    def _managed(self, state: InstanceState[Any]) -> Any:
        """The session's entity of this identity, loaded if it has a row, and made if not."""
        mapper, done = state.mapper, self.done
        key = key_of(state)
        _check_key(state, key, self.session.get_bind(mapper).dialect)
        if any(part is None for part in key):
            return _made(self.session, state, key)
        identity = mapper.identity_key_from_primary_key(key)
        if identity not in done:
            present = self.session.find(mapper.class_, key)
            if present is None and identity[0] is not mapper.class_:
                present = self.session.find(identity[0], key)  # another class of the hierarchy has the key all the same
            done[identity] = _made(self.session, state, key) if present is None else present
        return done[identity]

    def _copy_related(
        self,
        state: InstanceState[Any],
        managed: Any,
        relationship: RelationshipProperty[Any],
        fields: Collection[str] | None,
    ) -> None:
        key, value = relationship.key, state.dict[relationship.key]
        if fields is None and not relationship.cascade.merge:
            return
        if relationship.uselist:
            self._copy_collection(state, managed, key, erase=fields is not None)
        elif value is not None:
            owner = self.merged(value, None)
            if fields is None and (id(owner), relationship.back_populates) not in self.replaced:
                check_place(inspect(owner), relationship.back_populates, managed)
            setattr(managed, key, owner)
        elif fields is not None:
            setattr(managed, key, None)

    def _copy_collection(self, state: InstanceState[Any], managed: Any, key: str, *, erase: bool) -> None:
        """Add to a collection what it lacks; with ``erase`` make it what it is on the given entity."""
        given = list(collection_adapter(state.dict[key]))
        if not given and not erase:
            return
        present = collection_adapter(getattr(managed, key))  # loaded now: later, it would hide what a backref replaces
        if erase:
            self.replaced.add((id(managed), key))
        else:
            check_free(state, key, present)  # before the members are merged: their backrefs would take the keys
        merged = [self.merged(one, None) for one in given]
        fill(managed, key, merged, erase=erase)


def _made(session: OrmSession, state: InstanceState[Any], key: tuple[Any, ...]) -> Any:
    """A new entity with the key, with what is never changed after, and with what is not mapped."""
    mapper: Mapper[Any] = state.mapper
    made = mapper.class_manager.new_instance()
    for name, remembered in state.dict.items():
        if name not in mapper.all_orm_descriptors and name != "_sa_instance_state":
            made.__dict__[name] = remembered
    for column, part in zip(mapper.primary_key, key, strict=True):
        if part is not None:
            setattr(made, mapper.get_property_by_column(column).key, part)
    for name in written_once(mapper) & state.dict.keys():
        setattr(made, name, state.dict[name])
    session.add(made)
    return made


def _check_key(state: InstanceState[Any], key: tuple[Any, ...], dialect: Dialect) -> None:
    """Refuse a key that no row can have, or that only the database can tell."""
    mapper = state.mapper
    for column, part in zip(mapper.primary_key, key, strict=True):
        prop = mapper.get_property_by_column(column)
        assert isinstance(prop, ColumnProperty)
        if isinstance(part, ClauseElement | Operators):
            raise WrongType(
                f"{state.class_.__name__}.{prop.key} is a SQL expression: upsert needs the key's value",
                entity_type=state.class_,
            )
        check_operand(mapper, prop, part, dialect)


def _check_class(state: InstanceState[Any], managed: Any) -> None:
    """Refuse to copy onto an entity of another class: its row would change its class, and not what the class has."""
    given, present = state.class_.__name__, type(managed).__name__
    if type(managed) is not state.class_:
        raise UnitOfWorkError(
            f"the {given} to upsert has the key of a {present}: upsert a {present}, or delete that one first",
            entity_type=state.class_,
        )


def _check_version(state: InstanceState[Any], managed: Any) -> None:
    """Refuse to copy what was made of another version than the row's; what says no version is copied onto any."""
    key = version_key(state.mapper)
    given = None if key is None else state.dict.get(key)
    has_row = inspect(managed).key is not None
    if key is None or given is None or not (has_row or state.key):
        return
    if not has_row or getattr(managed, key) != given:
        raise StaleEntity(
            f"a {state.class_.__name__} was changed since the given one was loaded: load it again",
            entity_type=state.class_,
        )


def _is_copied(state: InstanceState[Any], key: str, fields: Collection[str] | None) -> bool:
    return key in state.dict and (fields is None or key in fields)


def _copy(managed: Any, key: str, value: object) -> None:
    """Set an attribute, unless it has the value already: setting it would send it again."""
    if inspect(managed).dict.get(key, NO_VALUE) != value:
        setattr(managed, key, value)
