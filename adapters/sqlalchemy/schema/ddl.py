"""The statements that would make a database's schema the mapping's, where statements alone can."""

from collections.abc import Iterable, Iterator
from io import StringIO
from typing import Any
from warnings import catch_warnings, simplefilter

from alembic.migration import MigrationContext
from alembic.operations import MigrateOperation, Operations
from alembic.operations.ops import AlterColumnOp, OpContainer
from sqlalchemy import Dialect, Enum


def statements(operations: Iterable[MigrateOperation], dialect: Dialect) -> list[str]:
    """What Alembic would send, and a comment for what takes more than that."""
    return [_statement(operation, dialect) for operation in _single(operations)]


def _single(operations: Iterable[MigrateOperation]) -> Iterator[MigrateOperation]:
    for each in operations:
        if isinstance(each, OpContainer):
            yield from _single(each.ops)
        else:
            yield each


def _statement(operation: MigrateOperation, dialect: Dialect) -> str:
    if isinstance(operation, AlterColumnOp) and dialect.name == "sqlite":  # Alembic writes what SQLite does not know
        return _in_vain(operation, dialect)
    if _changes_enumeration(operation) and dialect.name == "postgresql":
        return f"-- {_place(operation)}: change the values of the enumeration by ALTER TYPE"
    written = StringIO()
    offline = MigrationContext.configure(dialect=dialect, opts={"as_sql": True, "output_buffer": written})
    try:
        with catch_warnings():
            simplefilter("ignore", UserWarning)  # of what Alembic itself asks for, on another database than MySQL
            Operations(offline).invoke(operation)
    except NotImplementedError:
        return _in_vain(operation, dialect)
    return written.getvalue().strip()


def once(found: Iterable[str]) -> list[str]:
    """Leave out what an earlier one does: Alembic makes a column's index with the column, and then by itself."""
    kept: list[str] = []
    for each in found:
        if not any(each in earlier for earlier in kept):
            kept.append(each)
    return kept


def by_hand(text: str) -> str:
    """A comment in place of a statement."""
    return f"-- {text}: make a new table, and copy the rows"


def _in_vain(operation: MigrateOperation, dialect: Dialect) -> str:
    return by_hand(f"{_place(operation)}: {dialect.name} has no statement for this change")


def _changes_enumeration(operation: MigrateOperation) -> bool:
    if not isinstance(operation, AlterColumnOp):
        return False
    return isinstance(operation.modify_type, Enum) and operation.modify_type.name is not None


def _place(operation: Any) -> str:
    names = (
        getattr(operation, name, None) for name in ("source_table", "table_name", "column_name", "constraint_name")
    )
    return ".".join(str(name) for name in names if name)
