"""The errors of SQLAlchemy's session, as ours. Those of the database are translated where the driver raises them."""

import re
from typing import Any, NoReturn

from sqlalchemy import Table, exc
from sqlalchemy.orm import Mapper
from sqlalchemy.orm import exc as orm_exc

from unitofwork.adapters.orm.constraints import entity_of
from unitofwork.adapters.session.private import blanked, is_sqlalchemys, not_found
from unitofwork.domain.errors import (
    DatabaseUnavailable,
    DetachedEntity,
    InvalidValue,
    MappingError,
    NeedsRollback,
    NotFound,
    NotNullViolation,
    OutsideRun,
    PersistenceError,
    StaleEntity,
    UnitOfWorkError,
    WrongThread,
    WrongType,
)

_FAILED = "SQLAlchemy failed; its own error is the cause"
_SENTENCES: tuple[tuple[type[Exception], type[PersistenceError], str], ...] = (
    (orm_exc.DetachedInstanceError, DetachedEntity, "an attribute that is not loaded was read outside a unit of work"),
    (orm_exc.ObjectDeletedError, NotFound, "the row of an entity is gone"),
    (orm_exc.UnmappedError, MappingError, "the class is not mapped: give it to map_entity()"),
    (exc.PendingRollbackError, NeedsRollback, "an earlier error ended the transaction: call rollback()"),
    (exc.IllegalStateChangeError, WrongThread, "the unit of work was used while it was busy with something else"),
    (orm_exc.FlushError, UnitOfWorkError, "the changes cannot be sent"),
    (
        exc.CircularDependencyError,
        UnitOfWorkError,
        "entities refer to each other in a circle, so that none can be written first: flush before closing the circle,"
        " or map a relationship of it with post_update=True",
    ),
    (exc.StatementError, WrongType, "a value cannot be sent to its column"),
    (
        exc.MissingGreenlet,
        OutsideRun,
        "the database is waited for inside run() alone: await the unit's methods",
    ),
    (exc.TimeoutError, DatabaseUnavailable, "no connection came free in time: close units of work, or allow more"),
    (exc.InvalidRequestError, UnitOfWorkError, "the session refuses this; its own error is the cause"),
    (exc.SQLAlchemyError, PersistenceError, _FAILED),
)
"""From the special to the general. SQLAlchemy's own texts may hold values, so they are not repeated."""


def translated(error: BaseException) -> BaseException:
    """Our error for one of SQLAlchemy's; any other error as it is."""
    if isinstance(error, orm_exc.StaleDataError | exc.SAWarning):  # a warning only where warnings are errors
        return _stale(error)
    if isinstance(error, AssertionError):
        return _asserted(error)
    for theirs, ours, sentence in _SENTENCES:
        if isinstance(error, theirs):
            return ours(sentence)
    return error


def _stale(error: BaseException) -> BaseException:
    """The error for rows that a flush did not find as they were; a warning of something else as it is."""
    where = not_found(error)
    if where is None:
        return StaleEntity(_GONE.format("a row")) if isinstance(error, orm_exc.StaleDataError) else error
    return stale(*where)


def stale(mapper: Mapper[Any], table: Table) -> StaleEntity:
    """The error for a row of a table that was not found as it was."""
    entity_type = entity_of(mapper.registry, table.fullname) or mapper.class_
    return StaleEntity(_GONE.format(f"a row of {table.name}"), entity_type=entity_type, table=table.name)


def _asserted(error: AssertionError) -> BaseException:
    """The error for a relationship that cannot hold an entity, or take away a part of a key; any other as it is."""
    if (unfit := _UNFIT.fullmatch(str(error))) is not None and is_sqlalchemys(error):
        name, owner, kind = unfit.groups()
        return WrongType(f"{owner}.{name} takes no {kind}: give it what its relationship is to")
    found = blanked(error)
    if found is None:
        return PersistenceError(_FAILED) if is_sqlalchemys(error) else error
    mapper, column = found
    return NotNullViolation(
        f"{column.name} is part of the key of {mapper.class_.__name__}, so that a relationship cannot take it away:"
        " delete the entity, or let it refer to another one",
        entity_type=mapper.class_,
        table=column.table.name,
        columns=(column.name,),
    )


_UNFIT = re.compile(
    r"Attribute '(\w+)' on class '<class '(?:.*\.)?(\w+)'>' doesn't handle objects of type '<class '(?:.*\.)?(\w+)'>'"
)
"""Names of classes and of an attribute, and no value."""

_GONE = "{} was changed or removed since its entity was loaded: run the whole unit again"


def unreadable(entity_type: type) -> InvalidValue:
    """The error for a row with a value that the mapping's types cannot read."""
    return InvalidValue(
        f"a row of {entity_type.__name__} holds a value that its mapping cannot read", entity_type=entity_type
    )


def row_is_gone(entity_type: type) -> NotFound:
    """The error for an entity that was to be loaded afresh, and whose row is not there any more."""
    return NotFound(f"the row of this {entity_type.__name__} is gone", entity_type=entity_type)


def raise_as(ours: BaseException, error: BaseException) -> NoReturn:
    """Raise the first for the second, which is its cause unless they are the same."""
    if ours is error:
        raise error
    raise ours from error
