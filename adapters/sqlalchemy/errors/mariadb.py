"""MariaDB's errors, by number. Names of tables and constraints stand only in its texts, behind the values if any."""

import re
from collections.abc import Callable
from typing import TypeAlias

import pymysql

from unitofwork.adapters.orm.constraints import columns_of, constraint_name, entity_of, find_foreign_key
from unitofwork.adapters.orm.mariadb_names import check_named, key_named
from unitofwork.adapters.orm.violations import table_of, violation
from unitofwork.adapters.sqlalchemy.errors.failure import NO_TABLE, Failure, refused_change
from unitofwork.adapters.sqlalchemy.errors.losing import lost
from unitofwork.domain.errors import (
    AccessDenied,
    CheckViolation,
    CommitOutcomeUnknown,
    ConstraintViolation,
    DatabaseUnavailable,
    Deadlock,
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

_Read: TypeAlias = Callable[[Failure, str], ConstraintViolation]

_READ_ONLY = 1792
_COMMIT_FAILED = 1180
_REFUSED = frozenset({1047})
"""The connection is of no use any more, but what was asked on it was not done."""

_OTHERS: dict[int, tuple[type[PersistenceError], str]] = {
    1213: (Deadlock, "this transaction and another waited for each other: run the unit of work again"),
    1020: (SerializationConflict, "another transaction wrote since this one first read: run the unit of work again"),
    1205: (LockTimeout, "another transaction held a lock for too long"),
    1969: (StatementTimeout, "the statement ran for too long"),
    1317: (StatementTimeout, "the statement was cancelled"),
    _READ_ONLY: (DatabaseUnavailable, "the transaction is read-only"),
    1290: (DatabaseUnavailable, "the database is read-only"),
    1836: (DatabaseUnavailable, "the database is read-only"),
    1021: (DatabaseUnavailable, "the disk is full"),
    1114: (DatabaseUnavailable, "the disk is full"),
    1040: (DatabaseUnavailable, "the database has no connection free"),
    1203: (DatabaseUnavailable, "the database has no connection free for this user"),
    1226: (DatabaseUnavailable, "this user may not use the database any more for now"),
    1044: (AccessDenied, "the database does not let this user in: see the URL"),
    1045: (AccessDenied, "the database does not let this user in: see the URL"),
    1130: (AccessDenied, "the database does not let this machine in"),
    1049: (AccessDenied, "there is no database of that name: see the URL"),
    1142: (AccessDenied, "this user may not do that in the database"),
    1143: (AccessDenied, "this user may not do that to a column"),
    1148: (DatabaseUnavailable, "the database takes no local data"),
    3948: (DatabaseUnavailable, "the database takes no local data"),
    4166: (DatabaseUnavailable, "local data was asked for that is not to be sent, or that the database does not take"),
    1047: (DatabaseUnavailable, "this node of the cluster is not ready"),
    1053: (DatabaseUnavailable, "the database is stopping"),
    1180: (DatabaseUnavailable, "the database could not end the transaction"),
    1292: (WrongType, "a text is no date or time"),
    1366: (WrongType, "a value is not of its column's type"),
    1264: (ValueOutOfRange, "a number is beyond what its column takes"),
    1690: (ValueOutOfRange, "a number is beyond what can be computed"),
    1406: (ValueTooLong, "a text is longer than its column takes"),
    1146: (MappingError, NO_TABLE),
    1054: (MappingError, "the database has no such column, so its schema does not fit the mapping"),
    1064: (MappingError, "the database cannot run the statement"),
    1305: (MappingError, "the database has no such function, procedure or savepoint"),
}

_CLASSES: dict[str, tuple[type[PersistenceError], str]] = {
    "22": (InvalidValue, "a value is not one that its column takes"),
    "40": (SerializationConflict, "another transaction came first: run the unit of work again"),
    "42": (MappingError, "the database cannot run the statement, so its schema may not fit the mapping"),
}
"""By the first two characters of the SQLSTATE, for numbers that are not known here."""

_UNREACHABLE = (DatabaseUnavailable, "the database cannot be reached: see that it runs, and that its URL is right")

_QUOTED = r"(?:`[^`]+`|\w+)"
_TARGET = re.compile(
    rf"\s*(?:INSERT\s+(?:IGNORE\s+)?INTO|REPLACE\s+INTO|UPDATE|DELETE\s+FROM)\s+(?:{_QUOTED}\.)?({_QUOTED})",
    re.IGNORECASE,
)
_KEY = re.compile(r" for key '([^']*)'$")
_COLUMN = re.compile(r"(?:Column|Field|column) '([^']*)'")
_FULL_COLUMN = re.compile(r"column `[^`]*`\.`([^`]*)`\.`([^`]*)`(?: at row \d+)?$")
_FOREIGN = re.compile(
    r"\(`[^`]*`\.`([^`]*)`, CONSTRAINT `([^`]*)` FOREIGN KEY \(([^)]*)\) REFERENCES (?:`[^`]*`\.)?`([^`]*)`"
)
_CHECK = re.compile(r"CONSTRAINT `([^`]*)` failed for `[^`]*`\.`([^`]*)`$")


def code_of(error: BaseException) -> int | None:
    """The number of PyMySQL's error, or None."""
    code: object = error.args[0] if isinstance(error, pymysql.err.MySQLError) and error.args else None
    return code if isinstance(code, int) else None


def classify(failure: Failure) -> PersistenceError | None:
    """Make our error of PyMySQL's, or None if it is not one."""
    error = failure.error
    if isinstance(error, UnicodeEncodeError):
        return InvalidValue("a text holds half a surrogate pair, which no database can keep")
    if not isinstance(error, pymysql.err.MySQLError):
        return None
    code = code_of(error)
    if code is None and failure.lost:
        return lost(failure)
    if code is None:
        return WrongType("a value is of a type that cannot be sent to MariaDB")
    if failure.connection is None:
        kind, sentence = _OTHERS.get(code, _UNREACHABLE)
        return kind(sentence) if issubclass(kind, DatabaseUnavailable) else DatabaseUnavailable(_UNREACHABLE[1])
    if failure.lost and code not in _REFUSED:
        return lost(failure)
    if failure.committing and code == _COMMIT_FAILED:
        return CommitOutcomeUnknown("COMMIT failed in a way that may have kept the changes: look whether it did")
    if failure.read_only and code == _READ_ONLY:
        return refused_change()
    text = str(error.args[1]) if len(error.args) > 1 else ""
    if code in _VIOLATIONS:
        return _VIOLATIONS[code](failure, text)
    state: str = getattr(error, "sqlstate", None) or ""
    kind, sentence = _OTHERS.get(code) or _CLASSES.get(state[:2]) or (PersistenceError, "MariaDB failed")
    if issubclass(kind, InvalidValue):
        return _invalid(kind, sentence, failure, text)
    return kind(sentence)


def _target(failure: Failure) -> str | None:
    """The table that the statement writes to."""
    match = _TARGET.match(failure.statement or "")
    return match[1].strip("`") if match else None


def _unique(failure: Failure, text: str) -> ConstraintViolation:
    name, match = _target(failure), _KEY.search(text)
    table, key = table_of(failure.mapping, name), match[1] if match else None
    rule = key_named(table, key) if table is not None and key else None
    if rule is None or table is None:
        return violation(UniqueViolation, failure.mapping, name, (), key)
    known = constraint_name(rule)
    return violation(UniqueViolation, failure.mapping, name, columns_of(table, known), known)


def _foreign(failure: Failure, text: str) -> ConstraintViolation:
    match = _FOREIGN.search(text)
    if match is None:  # this user may not know
        return violation(ForeignKeyViolation, failure.mapping, _target(failure))
    name, key, columns, parent = match[1], match[2], tuple(re.findall(r"`([^`]*)`", match[3])), match[4]
    table = table_of(failure.mapping, name)
    known = find_foreign_key(table, columns, parent) if table is not None else None
    return violation(ForeignKeyViolation, failure.mapping, name, columns, known or key)


def _not_null(failure: Failure, text: str) -> ConstraintViolation:
    match = _COLUMN.search(text)
    return violation(NotNullViolation, failure.mapping, _target(failure), (match[1],) if match else ())


def _check(failure: Failure, text: str) -> ConstraintViolation:
    match = _CHECK.search(text)
    if match is None:
        return violation(CheckViolation, failure.mapping, _target(failure))
    table = table_of(failure.mapping, match[2])
    rule = check_named(table, match[1]) if table is not None else None
    return violation(CheckViolation, failure.mapping, match[2], (), match[1] if rule is None else constraint_name(rule))


def _invalid(kind: type[PersistenceError], sentence: str, failure: Failure, text: str) -> PersistenceError:
    """An error with the column, of which MariaDB tells the name."""
    if match := _FULL_COLUMN.search(text):
        table, column = match[1], match[2]
    elif match := _COLUMN.search(text):
        table, column = _target(failure), match[1]
    else:
        return kind(sentence)
    named = entity_of(failure.mapping, table) if table else None
    return kind(f"{table}.{column}: {sentence}", entity_type=named, table=table, columns=(column,))


_VIOLATIONS: dict[int, _Read] = {
    1062: _unique,
    1169: _unique,
    1586: _unique,
    1451: _foreign,
    1452: _foreign,
    1216: _foreign,
    1217: _foreign,
    1048: _not_null,
    1364: _not_null,
    4025: _check,
}
