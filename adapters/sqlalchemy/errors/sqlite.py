"""SQLite's errors, by its extended result codes.

SQLite names columns but no constraints, and of a foreign key nothing at all: names come from the mapping's metadata,
and a broken foreign key is found by letting SQLite look for it.
"""

import sqlite3
from collections.abc import Callable
from functools import partial

from sqlalchemy.orm import registry

from unitofwork.adapters.orm.constraints import constraint_name, find_check, find_unique
from unitofwork.adapters.orm.violations import table_of, violation
from unitofwork.adapters.sqlalchemy.engines.sqlite_driver import in_driver
from unitofwork.adapters.sqlalchemy.errors.failure import NO_TABLE, Failure, Parameters, refused_change
from unitofwork.domain.errors import (
    CheckViolation,
    ConstraintViolation,
    DatabaseUnavailable,
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

_CONSTRAINTS: dict[int, type[ConstraintViolation]] = {
    sqlite3.SQLITE_CONSTRAINT_UNIQUE: UniqueViolation,
    sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY: UniqueViolation,
    sqlite3.SQLITE_CONSTRAINT_ROWID: UniqueViolation,
    sqlite3.SQLITE_CONSTRAINT_NOTNULL: NotNullViolation,
    sqlite3.SQLITE_CONSTRAINT_CHECK: CheckViolation,
    sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY: ForeignKeyViolation,
}

_OTHERS: dict[int, tuple[type[PersistenceError], str]] = {
    sqlite3.SQLITE_BUSY_SNAPSHOT: (SerializationConflict, "another transaction wrote since this one first read"),
    sqlite3.SQLITE_BUSY: (LockTimeout, "another transaction held the database's lock for too long"),
    sqlite3.SQLITE_LOCKED: (LockTimeout, "another transaction holds the table's lock"),
    sqlite3.SQLITE_INTERRUPT: (StatementTimeout, "the statement was interrupted"),
    sqlite3.SQLITE_READONLY: (DatabaseUnavailable, "the database file is read-only"),
    sqlite3.SQLITE_PERM: (DatabaseUnavailable, "the database file may not be used"),
    sqlite3.SQLITE_AUTH: (DatabaseUnavailable, "the database may not be used"),
    sqlite3.SQLITE_IOERR: (DatabaseUnavailable, "the disk could not be read or written"),
    sqlite3.SQLITE_FULL: (DatabaseUnavailable, "the disk is full"),
    sqlite3.SQLITE_CANTOPEN: (DatabaseUnavailable, "the database file cannot be opened"),
    sqlite3.SQLITE_CORRUPT: (DatabaseUnavailable, "the database file is damaged"),
    sqlite3.SQLITE_NOTADB: (DatabaseUnavailable, "the file is not a SQLite database"),
    sqlite3.SQLITE_NOMEM: (DatabaseUnavailable, "SQLite ran out of memory"),
    sqlite3.SQLITE_TOOBIG: (ValueTooLong, "a value is longer than SQLite can hold"),
    sqlite3.SQLITE_MISMATCH: (WrongType, "a value is of another type than its column's"),
}

_PRIMARY = 0xFF
"""The bits of a result code that hold the primary code; the others say more exactly what happened."""


def classify(failure: Failure) -> PersistenceError | None:
    """Make our error of SQLite's, or None if it is not one."""
    error = failure.error
    if isinstance(error, OverflowError):
        return ValueOutOfRange("a number or a time is beyond what SQLite can hold")
    if isinstance(error, UnicodeEncodeError):
        return InvalidValue("a text holds half a surrogate pair, which no database can keep")
    if not isinstance(error, sqlite3.Error):
        return None
    code: int | None = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return _of_the_driver(error)
    if failure.read_only and code == sqlite3.SQLITE_READONLY:
        return refused_change()
    if code in _CONSTRAINTS:
        return _violation(_CONSTRAINTS[code], failure)
    for known in (code, code & _PRIMARY):
        if known in _OTHERS:
            kind, sentence = _OTHERS[known]
            return kind(sentence)
    if code & _PRIMARY == sqlite3.SQLITE_CONSTRAINT:
        return violation(ConstraintViolation, failure.mapping, None)
    if str(error).startswith("no such table"):
        return MappingError(f"{NO_TABLE}: {error}")
    return MappingError(f"the database cannot run the statement, so its schema may not fit the mapping: {error}")


def _of_the_driver(error: sqlite3.Error) -> PersistenceError:
    """Errors without a code come from Python's module: a value of a type it cannot send, or misuse."""
    if isinstance(error, sqlite3.ProgrammingError | sqlite3.InterfaceError):
        return WrongType("a value is of a type that cannot be sent to SQLite")
    return PersistenceError("the SQLite driver failed")


def _violation(kind: type[ConstraintViolation], failure: Failure) -> ConstraintViolation:
    mapping, subject = failure.mapping, str(failure.error).partition(": ")[2]
    if kind is ForeignKeyViolation:
        return _foreign_key(failure)
    if kind is CheckViolation:
        return _check(mapping, subject)
    if subject.startswith("index "):
        return _unique_index(mapping, subject.removeprefix("index ").strip("'"))
    table, columns = _split(subject)
    known = table_of(mapping, table)
    constraint = find_unique(known, columns) if kind is UniqueViolation and known is not None else None
    return violation(kind, mapping, table, columns, constraint)


def _split(subject: str) -> tuple[str | None, tuple[str, ...]]:
    """Split ``table.a, table.b`` into the table and its columns."""
    names = [name.rpartition(".") for name in subject.split(", ") if name]
    return (names[0][0] or None, tuple(column for _, _, column in names)) if names else (None, ())


def _unique_index(mapping: registry, name: str) -> ConstraintViolation:
    """A unique index over expressions: SQLite gives its name and no columns."""
    table = next((t for t in mapping.metadata.tables.values() if any(i.name == name for i in t.indexes)), None)
    return violation(UniqueViolation, mapping, table.name if table is not None else None, (), name)


def _check(mapping: registry, name_or_text: str) -> ConstraintViolation:
    for table in mapping.metadata.tables.values():
        name = find_check(table, name_or_text)
        if name is not None:
            return violation(CheckViolation, mapping, table.name, (), name)
    return violation(CheckViolation, mapping, None)


def _foreign_key(failure: Failure) -> ConstraintViolation:
    mapping, broken = failure.mapping, _broken_foreign_key(failure)
    if broken is None:
        return violation(ForeignKeyViolation, mapping, None)
    table, parent, columns = broken
    known = table_of(mapping, table)
    if known is not None:
        for key in known.foreign_key_constraints:
            if tuple(key.column_keys) == columns and key.referred_table.name == parent:
                return violation(ForeignKeyViolation, mapping, table, columns, constraint_name(key))
    return violation(ForeignKeyViolation, mapping, table, columns)


def _broken_foreign_key(failure: Failure) -> tuple[str, str, tuple[str, ...]] | None:
    """The table, the table referred to, and the columns of the foreign key that is broken now.

    A failed COMMIT leaves the broken row in place. A failed statement is undone by SQLite before anybody can look, so
    it is run again inside a savepoint with its foreign keys deferred, and undone.
    """
    if failure.connection is None:
        return None
    statement, parameters = failure.statement, failure.parameters

    def look(driver: sqlite3.Connection) -> tuple[str, str, tuple[str, ...]] | None:
        if statement is None:
            return _first_broken(driver)
        return _undone(driver, partial(_run_again, driver, statement, parameters))

    return in_driver(failure.connection.connection.dbapi_connection, look)


def _undone(
    driver: sqlite3.Connection, look: Callable[[], tuple[str, str, tuple[str, ...]] | None]
) -> tuple[str, str, tuple[str, ...]] | None:
    try:
        driver.execute("SAVEPOINT unitofwork_diagnosis")
        try:
            driver.execute("PRAGMA defer_foreign_keys = ON")
            return look()
        finally:
            driver.execute("ROLLBACK TO unitofwork_diagnosis")
            driver.execute("RELEASE unitofwork_diagnosis")
            driver.execute("PRAGMA defer_foreign_keys = OFF")
    except sqlite3.Error:
        return None  # a diagnosis that fails must not replace what it was to explain


def _run_again(
    driver: sqlite3.Connection, statement: str, parameters: Parameters
) -> tuple[str, str, tuple[str, ...]] | None:
    if isinstance(parameters, list):
        driver.executemany(statement, parameters)
    else:
        driver.execute(statement, parameters or ())
    return _first_broken(driver)


def _first_broken(driver: sqlite3.Connection) -> tuple[str, str, tuple[str, ...]] | None:
    row = driver.execute("PRAGMA foreign_key_check").fetchone()
    if row is None:
        return None
    table, _, parent, key = row
    keys = driver.execute('SELECT id, "from" FROM pragma_foreign_key_list(?) ORDER BY seq', (table,))
    return table, parent, tuple(column for number, column in keys if number == key)
