"""Lazy loading with our errors: outside a unit of work, after a failure, or when the database refuses.

SQLAlchemy has no public hook for a load that fails. What is used here of its inside is this: `AttributeImpl.callable_`
loads a relationship or a deferred column, `query_class` makes the query of a dynamic relationship,
`ClassManager.expired_attribute_loader` loads what was expired.
"""

from collections.abc import Callable, Collection
from typing import Any, NoReturn, TypeAlias

from sqlalchemy.exc import InvalidRequestError, MissingGreenlet
from sqlalchemy.orm import InstanceState, Mapper, RelationshipProperty, registry
from sqlalchemy.orm.base import LoaderCallableStatus
from sqlalchemy.orm.exc import DetachedInstanceError, ObjectDeletedError

from unitofwork.adapters.orm.tables import mappers_of
from unitofwork.adapters.session.orm_session import OrmSession
from unitofwork.adapters.session.private import session_of
from unitofwork.adapters.session.translation import raise_as, row_is_gone, translated
from unitofwork.domain.errors import DetachedEntity, OutsideRun, UnitOfWorkError
from unitofwork.domain.observing import LISTENING

_GUARDED = "_unitofwork_guarded"

Load: TypeAlias = Callable[..., Any]
"""Loads for an entity's state, given what else SQLAlchemy or `OrmSession.load_attribute` give."""


def guard(mapping: registry) -> None:
    """Give every loader of the mapping our errors; once is enough, and twice is harmless."""
    for mapper in mappers_of(mapping):
        _guard_expired(mapper)
        for attribute in mapper.attrs:
            _guard_unloaded(mapper, attribute.key)
        for relationship in mapper.relationships:
            if relationship.lazy == "dynamic":
                _guard_dynamic(mapper, relationship.key)


def loads_when_read(relationship: RelationshipProperty[Any]) -> bool:
    """Whether reading a relationship that is not loaded loads it, and does not raise."""
    return relationship.lazy not in ("raise", "raise_on_sql")


def _guard_unloaded(mapper: Mapper[Any], key: str) -> None:
    impl = getattr(mapper.class_manager.get(key), "impl", None)
    load = getattr(impl, "callable_", None)
    if impl is None or load is None or hasattr(load, _GUARDED):
        return

    relationship, keys = mapper.relationships.get(key), (key,)

    def guarded(state: InstanceState[Any], passive: Any) -> Any:
        if state.session_id is None and state.key is None:  # as SQLAlchemy's own loaders say of who is in no session
            return LoaderCallableStatus.ATTR_EMPTY
        session = session_of(state)
        if isinstance(session, OrmSession):
            return session.exclusively(_load_attribute, session, state, keys, relationship, passive, load)
        return _load_typed(state, keys, load, passive)

    setattr(guarded, _GUARDED, True)
    impl.callable_ = guarded


def _guard_dynamic(mapper: Mapper[Any], key: str) -> None:
    """Refuse the query of a detached entity: SQLAlchemy would find nothing, and warn."""
    impl: Any = mapper.class_manager[key].impl
    query = impl.query_class
    if hasattr(query, _GUARDED):
        return

    def guarded(attribute: object, state: InstanceState[Any]) -> Any:
        if state.detached:
            raise _detached(state, (key,))
        return query(attribute, state)

    setattr(guarded, _GUARDED, True)
    impl.query_class = guarded


def _guard_expired(mapper: Mapper[Any]) -> None:
    manager = mapper.class_manager
    load = manager.expired_attribute_loader
    if hasattr(load, _GUARDED):
        return

    def guarded(state: InstanceState[Any], toload: set[str], passive: Any) -> None:
        session = state.session
        if isinstance(session, OrmSession):
            session.exclusively(_load_expired, session, state, toload, passive, load)
        else:
            _load_typed(state, toload, load, toload, passive)

    setattr(guarded, _GUARDED, True)
    manager.expired_attribute_loader = guarded


def _load_attribute(
    session: OrmSession,
    state: InstanceState[Any],
    keys: Collection[str],
    relationship: RelationshipProperty[Any] | None,
    passive: Any,
    load: Load,
) -> Any:
    if session.failure is not None or LISTENING.on:
        _before_loading(session, state, keys)
    try:
        return session.load_attribute(state, relationship, passive, load)
    except BaseException as error:
        _raise_in(session, state, keys, error)


def _load_expired(session: OrmSession, state: InstanceState[Any], keys: set[str], passive: Any, load: Load) -> None:
    _before_loading(session, state, keys)
    try:
        load(state, keys, passive)
    except BaseException as error:
        _raise_in(session, state, keys, error)


def _before_loading(session: OrmSession, state: InstanceState[Any], keys: Collection[str]) -> None:
    session.refuse_after_failure()
    if LISTENING.on:
        listener = LISTENING.here()
        if listener is not None:
            listener.loading(state.class_, keys)


def _raise_in(session: OrmSession, state: InstanceState[Any], keys: Collection[str], error: BaseException) -> NoReturn:
    try:
        _raise_typed(state, keys, error)
    except BaseException as typed:
        raise_as(session.reading(typed, state.class_), typed)


def _load_typed(state: InstanceState[Any], keys: Collection[str], load: Load, *how: Any) -> Any:
    try:
        return load(state, *how)
    except BaseException as error:
        _raise_typed(state, keys, error)


def _raise_typed(state: InstanceState[Any], keys: Collection[str], error: BaseException) -> NoReturn:
    match error:
        case DetachedInstanceError():
            raise _detached(state, keys) from error
        case ObjectDeletedError():
            raise row_is_gone(state.class_) from error
        case MissingGreenlet():
            raise _outside_run(state, keys) from error
        case InvalidRequestError() if type(error) is InvalidRequestError:  # lazy="raise"; others have classes
            raise _not_to_be_loaded(state, keys) from error
        case InvalidRequestError():
            raise_as(translated(error), error)
        case _:
            raise error


def _not_to_be_loaded(state: InstanceState[Any], keys: Collection[str]) -> UnitOfWorkError:
    entity_type = state.class_
    return UnitOfWorkError(
        f"{_names(state, keys)} is mapped not to be loaded when read: ask for it by load=", entity_type=entity_type
    )


def _outside_run(state: InstanceState[Any], keys: Collection[str]) -> OutsideRun:
    entity_type = state.class_
    verb = "is" if len(keys) == 1 else "are"
    return OutsideRun(
        f"{_names(state, keys)} {verb} not loaded, and reading would wait for the database where nothing is awaited:"
        " load it with load= or refresh(), or read it inside run()",
        entity_type=entity_type,
    )


def _names(state: InstanceState[Any], keys: Collection[str]) -> str:
    """Those that are to be loaded; of an entity that has expired these are all, and nobody says which one was read."""
    return " and ".join(f"{state.class_.__name__}.{key}" for key in sorted(keys))


def _detached(state: InstanceState[Any], keys: Collection[str]) -> DetachedEntity:
    entity_type = state.class_
    verb = "is" if len(keys) == 1 else "are"
    return DetachedEntity(
        f"{_names(state, keys)} {verb} not loaded, and the entity is outside its unit of work: "
        "read it inside the unit, load it there with load=, or add the entity to another unit",
        entity_type=entity_type,
    )
