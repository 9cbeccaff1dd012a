"""The errors: one root, one class per thing that a caller may do next.

::

    PersistenceError
    ├── NotFound                   nothing answers the question
    ├── MultipleFound              more than one answers it
    ├── ConstraintViolation        the database's rules refuse the change
    │   ├── UniqueViolation
    │   ├── ForeignKeyViolation
    │   ├── NotNullViolation
    │   ├── CheckViolation
    │   └── ExclusionViolation
    ├── InvalidValue               the column cannot hold the value
    │   ├── ValueTooLong
    │   ├── ValueOutOfRange
    │   └── WrongType
    ├── InvalidRow                 one of many rows cannot be read, or is unlike the others
    ├── Conflict                   somebody else came first: run the whole unit again
    │   ├── StaleEntity
    │   ├── SerializationConflict
    │   ├── Deadlock
    │   └── LockTimeout
    ├── DatabaseUnavailable        refused, starting, too many connections, read-only, disk full
    │   └── AccessDenied           a wrong password, no such user or database, no right to it: waiting does not help
    ├── ConnectionLost             before COMMIT was sent: nothing was kept
    ├── CommitOutcomeUnknown       during COMMIT: kept or not; never retry blindly
    ├── StatementTimeout           the statement ran too long, or was cancelled
    ├── UnitOfWorkError            the caller's mistake
    │   ├── NotBegun
    │   ├── AlreadyBegun
    │   ├── UnitClosed
    │   ├── NeedsRollback
    │   ├── DetachedEntity
    │   ├── OutsideRun
    │   └── WrongThread
    ├── MappingError               the mapping does not fit the class, or has no such name
    ├── MessageError               a message cannot be sent, read or handled
    │   ├── UnknownMessage         no kind of message has the class or the name
    │   ├── InvalidMessage         what is in it cannot be written, or read
    │   ├── NotPublished           a publisher could not hand it on
    │   └── HandlerError           the handlers do not fit the messages
    └── UnsupportedQuery           this adapter cannot evaluate the question, and never guesses

A text is one sentence, with the cure where there is one. It never holds a value of the data nor a password, so
that it can be logged as it is; what a program needs is in the fields. Every error can be pickled, as long as its
``entity_type`` can.
"""

from typing import ClassVar


class PersistenceError(Exception):
    """The root: catch it to catch whatever a unit of work raises.

    Attributes:
        retryable: whether running the *whole* unit again may succeed.
        entity_type: the class concerned, or None where it is not known.
        table: the table's name, or None where it is not known.
        columns: the columns' names; empty where they are not known.
        constraint: the constraint's name, or None where it is not known.
        row: of many rows that were given at once, which one it is about, counted from 1; else None.
    """

    retryable: ClassVar[bool] = False

    def __init__(
        self,
        message: str = "",
        *,
        entity_type: type | None = None,
        table: str | None = None,
        columns: tuple[str, ...] = (),
        constraint: str | None = None,
        row: int | None = None,
    ) -> None:
        super().__init__(message)
        self.entity_type = entity_type
        self.table = table
        self.columns = columns
        self.constraint = constraint
        self.row = row


class NotFound(PersistenceError):
    """No entity answers the question, or the row of a known entity is gone."""


class MultipleFound(PersistenceError):
    """More than one entity answers a question that asks for exactly one."""


class ConstraintViolation(PersistenceError):
    """The change breaks a rule that the database keeps."""


class UniqueViolation(ConstraintViolation):
    """Another row has the same key or the same unique value."""


class ForeignKeyViolation(ConstraintViolation):
    """The row refers to one that does not exist, or is still referred to."""


class NotNullViolation(ConstraintViolation):
    """A column that needs a value was given none."""


class CheckViolation(ConstraintViolation):
    """The row does not satisfy a CHECK."""


class ExclusionViolation(ConstraintViolation):
    """The row overlaps another one that an exclusion constraint keeps apart."""


class InvalidValue(PersistenceError):
    """The column cannot hold the value."""


class ValueTooLong(InvalidValue):
    """The text or the bytes are longer than the column is wide."""


class ValueOutOfRange(InvalidValue):
    """The number, date or time is outside what the column can hold."""


class WrongType(InvalidValue):
    """The value is of another type than the column's."""


class InvalidRow(PersistenceError):
    """One of many rows is no mapping, lacks an attribute that the others have, or could not be read."""


class Conflict(PersistenceError):
    """Somebody else came first: run the whole unit again."""

    retryable = True


class StaleEntity(Conflict):
    """The row was changed or removed since the entity was loaded."""


class SerializationConflict(Conflict):
    """The database could not put this transaction in order with others."""


class Deadlock(Conflict):
    """This transaction and another waited for each other, and this one was chosen to give way."""


class LockTimeout(Conflict):
    """Another transaction held the lock for longer than this one was willing to wait."""


class DatabaseUnavailable(PersistenceError):
    """The database cannot be used now: refused, starting, full, read-only, or no database at all.

    Running the unit again at once does not help; running it later may.
    """


class AccessDenied(DatabaseUnavailable):
    """The database does not let this user in: a wrong password, no such user or database, no right to what is asked.

    Running the unit again does not help, not later either: see the URL, and what the user may do.
    """


class ConnectionLost(PersistenceError):
    """The connection broke before COMMIT was sent: nothing was kept."""

    retryable = True


class CommitOutcomeUnknown(PersistenceError):
    """The connection broke during COMMIT: the transaction may have been kept or not. Never retry blindly.

    Attributes:
        transaction: the transaction's id, by which some databases tell later what became of it; None where it is not
            known.
        noted: the messages that the transaction had noted as handled, by `UnitOfWork.once`; empty if there were none.
            What was done for them can be run again: if it was kept, it is not done a second time.
    """

    def __init__(
        self,
        message: str = "",
        *,
        entity_type: type | None = None,
        table: str | None = None,
        columns: tuple[str, ...] = (),
        constraint: str | None = None,
        transaction: str | None = None,
        noted: tuple[str, ...] = (),
    ) -> None:
        super().__init__(message, entity_type=entity_type, table=table, columns=columns, constraint=constraint)
        self.transaction = transaction
        self.noted = noted


class StatementTimeout(PersistenceError):
    """A statement ran for longer than it may, or was cancelled."""


class UnitOfWorkError(PersistenceError):
    """The unit of work was used in a way that its life cycle does not allow."""


class NotBegun(UnitOfWorkError):
    """The unit of work has not begun."""


class AlreadyBegun(UnitOfWorkError):
    """The unit of work has begun already."""


class UnitClosed(UnitOfWorkError):
    """The unit of work is closed."""


class NeedsRollback(UnitOfWorkError):
    """An earlier error ended the transaction; its cause is that error."""


class DetachedEntity(UnitOfWorkError):
    """An attribute that is not loaded was read outside a unit of work."""


class OutsideRun(UnitOfWorkError):
    """On asyncio, something had to wait for the database where nothing is awaited."""


class WrongThread(UnitOfWorkError):
    """Two threads or tasks used one unit of work at the same time."""


class MappingError(PersistenceError):
    """A class cannot be mapped as asked, or the mapping has no such name."""


class MessageError(PersistenceError):
    """A message cannot be sent, read or handled."""


class UnknownMessage(MessageError):
    """No kind of message has this class, or this name and version."""


class InvalidMessage(MessageError):
    """What is in a message cannot be written as text, or the text cannot be read."""


class NotPublished(MessageError):
    """A message was not handed on: nobody took it, or nobody said so in time."""


class HandlerError(MessageError):
    """A message has no handler, or a command two; or a handler takes something else than it is given."""


class UnsupportedQuery(PersistenceError):
    """The adapter cannot evaluate the question; it never guesses."""
