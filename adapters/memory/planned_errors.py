"""The errors that are planned by their class alone: with a text, and whose row they are about where that is known."""

from sqlalchemy import Table
from sqlalchemy.orm import registry

from unitofwork.adapters.orm.constraints import entity_of
from unitofwork.domain.errors import (
    AccessDenied,
    CheckViolation,
    CommitOutcomeUnknown,
    Conflict,
    ConnectionLost,
    ConstraintViolation,
    DatabaseUnavailable,
    Deadlock,
    ExclusionViolation,
    ForeignKeyViolation,
    InvalidValue,
    LockTimeout,
    NotNullViolation,
    PersistenceError,
    SerializationConflict,
    StaleEntity,
    StatementTimeout,
    UniqueViolation,
    ValueOutOfRange,
    ValueTooLong,
    WrongType,
)

_SENTENCES: dict[type[PersistenceError], str] = {
    UniqueViolation: "another row has the same key or the same unique value",
    ForeignKeyViolation: "the row refers to one that does not exist, or is still referred to",
    NotNullViolation: "a column that needs a value was given none",
    CheckViolation: "the row does not satisfy a CHECK",
    ExclusionViolation: "the row overlaps another one that an exclusion constraint keeps apart",
    ConstraintViolation: "the change breaks a rule that the database keeps",
    ValueTooLong: "the text or the bytes are longer than the column is wide",
    ValueOutOfRange: "the number, date or time is outside what the column can hold",
    WrongType: "the value is of another type than the column's",
    InvalidValue: "the column cannot hold the value",
    StaleEntity: "the row was changed or removed since its entity was loaded: run the whole unit again",
    SerializationConflict: "the database could not put this transaction in order with others: run the whole unit again",
    Deadlock: "this transaction and another waited for each other: run the whole unit again",
    LockTimeout: "another transaction holds the lock: run the whole unit again",
    Conflict: "somebody else came first: run the whole unit again",
    AccessDenied: "the database does not let this user in: see the URL, and what the user may do",
    DatabaseUnavailable: "the database cannot be used now: see that it runs, and try again later",
    ConnectionLost: "the connection was lost, and nothing was kept: run the unit of work again",
    CommitOutcomeUnknown: (
        "the connection was lost during COMMIT: look whether the changes were kept before making them again"
    ),
    StatementTimeout: "the statement ran for too long and was stopped",
    PersistenceError: "the database refuses it",
}
"""The nearest class counts."""

_OF_A_ROW = (ConstraintViolation, InvalidValue, StaleEntity)


def planned_error(error: type[PersistenceError], mapping: registry, table: Table | None) -> PersistenceError:
    """An error of this class, which says that it was planned."""
    sentence = next(_SENTENCES[each] for each in error.mro() if each in _SENTENCES)
    text = f"{sentence} (as planned by database.faults)"
    if table is None or not issubclass(error, _OF_A_ROW):
        return error(text)
    return error(text, entity_type=entity_of(mapping, table.fullname), table=table.name)
