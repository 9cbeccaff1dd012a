"""PostgreSQL's errors, by SQLSTATE; its drivers tell the table and the constraint apart from the text."""

import re
from collections.abc import Callable
from typing import TypeAlias

import attrs
from sqlalchemy.orm import registry

from unitofwork.adapters.orm.constraints import columns_of
from unitofwork.adapters.orm.violations import table_of, violation
from unitofwork.adapters.sqlalchemy.errors.failure import BAD_OPTION, NO_TABLE, Failure, refused_change
from unitofwork.adapters.sqlalchemy.errors.losing import lost, lost_before_commit
from unitofwork.domain.errors import (
    AccessDenied,
    CheckViolation,
    CommitOutcomeUnknown,
    ConstraintViolation,
    DatabaseUnavailable,
    Deadlock,
    ExclusionViolation,
    ForeignKeyViolation,
    InvalidValue,
    LockTimeout,
    MappingError,
    NotNullViolation,
    PersistenceError,
    SerializationConflict,
    StatementTimeout,
    UniqueViolation,
    ValueOutOfRange,
    ValueTooLong,
    WrongType,
)

_CONSTRAINTS: dict[str, type[ConstraintViolation]] = {
    "23505": UniqueViolation,
    "23503": ForeignKeyViolation,
    "23001": ForeignKeyViolation,
    "23502": NotNullViolation,
    "23514": CheckViolation,
    "23P01": ExclusionViolation,
    "23": ConstraintViolation,
}

_READ_ONLY = "25006"

_NO_CONNECTION = (DatabaseUnavailable, "the database has no connection free")
_STARTING = (DatabaseUnavailable, "the database is starting or stopping")
_NOT_LET_IN = (AccessDenied, "the database does not let this user in: see the URL")

_OTHERS: dict[str, tuple[type[PersistenceError], str]] = {
    "22001": (ValueTooLong, "a text is longer than its column takes"),
    "22003": (ValueOutOfRange, "a number is beyond what its column takes"),
    "22008": (WrongType, "there is no such date or time"),
    "22007": (WrongType, "a text is no date or time"),
    "22P02": (WrongType, "a text is not of its column's type"),
    "22": (InvalidValue, "a value is not one that its column takes"),
    "40P01": (Deadlock, "this transaction and another waited for each other: run the unit of work again"),
    "40003": (CommitOutcomeUnknown, "the database does not know whether the changes were kept: look whether they were"),
    "08007": (CommitOutcomeUnknown, "the database does not know whether the changes were kept: look whether they were"),
    "40": (SerializationConflict, "another transaction came first: run the unit of work again"),
    "55P03": (LockTimeout, "another transaction held a lock for too long"),
    "57014": (StatementTimeout, "the statement ran for too long, or was cancelled"),
    _READ_ONLY: (DatabaseUnavailable, "the transaction is read-only, as those of a standby are"),
    "53100": (DatabaseUnavailable, "the disk is full"),
    "53200": (DatabaseUnavailable, "the database ran out of memory"),
    "53300": _NO_CONNECTION,
    "53": (DatabaseUnavailable, "the database ran out of something that it needs"),
    "57": _STARTING,
    "58": (DatabaseUnavailable, "the database could not read or write"),
    "28": _NOT_LET_IN,
    "3D": (AccessDenied, "there is no database of that name: see the URL"),
    "42501": (AccessDenied, "this user may not do that in the database"),
    "42P01": (MappingError, NO_TABLE),
    "42": (MappingError, "the database cannot run the statement, so its schema may not fit the mapping"),
    "3F": (MappingError, "the database has no such schema, so it does not fit the mapping"),
}
"""By code, else by its first two characters, which are its class."""

_IDLE = frozenset({"25P03", "57P05"})
"""The server ended the session because nothing was sent, so that no COMMIT can have reached it."""

_KEY = re.compile(r"\(([^()]+)\)=\(")
"""The columns in the detail of an error, in every language; the values behind them are left alone."""


Refusal: TypeAlias = tuple[type[PersistenceError], str]


@attrs.frozen(kw_only=True)
class Told:
    """What a driver's error tells.

    Attributes:
        code: the SQLSTATE; empty where there is none.
        text: in the server's language; it may hold values.
        schema: of the table.
        table: its name.
        constraint: its name.
        column: its name.
        detail: more text, which may hold values.
        unsendable: what is wrong with a value that the driver itself refuses; None if the server was asked.
    """

    code: str
    text: str
    schema: str | None = None
    table: str | None = None
    constraint: str | None = None
    column: str | None = None
    detail: str | None = None
    unsendable: Refusal | None = None


HALF_A_PAIR: Refusal = (InvalidValue, "a text holds half a surrogate pair, which no database can keep")
OTHER_TYPE: Refusal = (WrongType, "a value is of a type that cannot be sent to PostgreSQL")
OUT_OF_RANGE: Refusal = _OTHERS["22003"]
NO_TWO_PHASES: Refusal = (DatabaseUnavailable, "the server prepares no transactions: set its max_prepared_transactions")
"""What drivers refuse, or hide the code of."""


def classifying(read: Callable[[Failure], Told | None]) -> Callable[[Failure], PersistenceError | None]:
    """What makes our error of a driver's, or None if it is not one, given what reads the driver's errors."""

    def classify(failure: Failure) -> PersistenceError | None:
        told = read(failure)
        return None if told is None else _classified(failure, told)

    return classify


def _classified(failure: Failure, told: Told) -> PersistenceError:
    code = told.code
    if code in _IDLE:
        return lost_before_commit()
    if failure.connection is None:
        return _unreachable(told)
    if failure.lost:
        return lost(failure)
    if told.unsendable is not None:
        kind, sentence = told.unsendable
        return kind(sentence)
    if failure.read_only and code == _READ_ONLY:
        return refused_change()
    if code[:2] == "23":
        return _violation(_CONSTRAINTS.get(code, ConstraintViolation), told, failure.mapping)
    kind, sentence = _OTHERS.get(code) or _OTHERS.get(code[:2]) or _UNKNOWN
    if kind is MappingError and code:
        sentence = f"{sentence}: {told.text}"
    return kind(sentence)


_UNKNOWN = (PersistenceError, "PostgreSQL failed; its driver's error is the cause")


def _unreachable(told: Told) -> DatabaseUnavailable:
    """What went wrong while connecting; libpq gives no code then, but the server's text, in the server's language."""
    kind, sentence = _OTHERS.get(told.code) or _OTHERS.get(told.code[:2]) or _UNKNOWN
    if issubclass(kind, DatabaseUnavailable):
        return kind(sentence)
    if told.unsendable is not None:
        return DatabaseUnavailable(BAD_OPTION)
    for part, (kind, sentence) in _REFUSALS:
        if part in told.text:
            return kind(sentence)
    return DatabaseUnavailable("the database cannot be reached: see that it runs, and that its URL is right")


_NO_PASSWORD = "the server wants a password, and the URL has none: postgresql://user:password@host/name"

_REFUSALS: tuple[tuple[str, tuple[type[DatabaseUnavailable], str]], ...] = (
    ("no password supplied", (AccessDenied, _NO_PASSWORD)),
    ("too many clients", _NO_CONNECTION),
    ("connection slots", _NO_CONNECTION),
    ("too many connections", _NO_CONNECTION),
    ("starting up", _STARTING),
    ("shutting down", _STARTING),
    ("recovery", _STARTING),
    ("authentication failed", _NOT_LET_IN),
    ("does not exist", (AccessDenied, "there is no such database or user: see the URL")),
)


def _violation(kind: type[ConstraintViolation], told: Told, mapping: registry) -> ConstraintViolation:
    name, constraint = told.table, told.constraint
    table = table_of(mapping, name, told.schema)
    columns: tuple[str, ...] = (told.column,) if told.column else ()
    if not columns and table is not None and constraint is not None:
        columns = columns_of(table, constraint)
    if not columns and kind is UniqueViolation and (match := _KEY.search(told.detail or "")):
        columns = tuple(column.strip(' "') for column in match[1].split(","))
    return violation(kind, mapping, name, columns, constraint)
