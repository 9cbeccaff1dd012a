"""Comparing, by Alembic; nothing is written to the database."""

from collections.abc import Collection, Iterator, Sequence
from decimal import Decimal, InvalidOperation
from fnmatch import fnmatchcase
from typing import Any

try:
    from alembic.autogenerate import produce_migrations
    from alembic.migration import MigrationContext
except ImportError as missing_extra:
    raise ImportError(
        "comparing schemas needs alembic, which is not installed: pip install unitofwork[schema]"
    ) from missing_extra
import attrs
from sqlalchemy import Column, Connection, Enum, Table, inspect

from unitofwork.adapters.sqlalchemy.database import SqlAlchemyDatabase
from unitofwork.adapters.sqlalchemy.schema.by_name import differences_by_name
from unitofwork.adapters.sqlalchemy.schema.ddl import by_hand, once, statements
from unitofwork.adapters.sqlalchemy.schema.difference import Difference, told


@attrs.frozen
class Comparison:
    """What was found.

    Attributes:
        differences: what is missing, what is there besides, and what is otherwise.
        statements: SQL that removes them, each with its semicolon; a comment where it takes more than a statement.
    """

    differences: Sequence[Difference]
    statements: Sequence[str]


def compare(database: SqlAlchemyDatabase, ignored: Collection[str] = ()) -> Comparison:
    """Compare the schema of a database, or of several that are used as one, with the mapping's.

    Args:
        database: its mapping is what should be there.
        ignored: names of tables to leave out, as patterns such as ``legacy_*``. That of Alembic's own is always.

    Raises:
        DatabaseUnavailable, ConnectionLost: it cannot be reached.
    """
    differences: list[Difference] = []
    ddl: list[str] = []
    for engine, tables in database.parts():
        wanted = [table for table in tables if not _is_ignored(table.name, ignored)]
        with engine.connect() as connection:
            found = _Comparing(connection, database.mapping.metadata, wanted, ignored)
            differences.extend(found.differences())
            ddl.extend(found.statements())
    return Comparison(differences, ddl)


class _Comparing:
    """One database."""

    def __init__(
        self, connection: Connection, metadata: Any, tables: Collection[Table], ignored: Collection[str]
    ) -> None:
        self._dialect = connection.dialect
        self._tables = tables
        self._ignored = ignored
        self._schemas = {table.schema for table in tables}
        options = {
            "compare_type": _has_other_type,
            "compare_server_default": self._dialect.supports_identity_columns or _has_other_default,
            "include_schemas": self._schemas != {None},
            "include_name": self._is_compared,
            "include_object": self._is_kept_here,
        }
        script = produce_migrations(MigrationContext.configure(connection, opts=options), metadata)
        assert script.upgrade_ops is not None
        self._operations = script.upgrade_ops
        self._by_name = list(differences_by_name(inspect(connection), tables, self._dialect))

    def differences(self) -> Iterator[Difference]:
        found = [each for listed in self._operations.as_diffs() for each in told(listed, self._dialect)]
        new = {each.table for each in found if each.kind == "missing table"}
        yield from (each for each in found if each.table not in new or each.kind == "missing table")
        yield from (each for each, _ in self._by_name)

    def statements(self) -> list[str]:
        found = statements(self._operations.ops, self._dialect)
        for difference, operation in self._by_name:
            found.extend(statements([operation], self._dialect) if operation else [by_hand(difference.text)])
        return once(found)

    def _is_compared(self, name: str | None, kind: str, _parents: object) -> bool:
        """Whether the database is to be asked for what it has by this name."""
        if kind == "schema":
            return name in self._schemas
        return kind != "table" or name is None or not _is_ignored(name, self._ignored)

    def _is_kept_here(self, item: object, _name: object, kind: str, reflected: bool, _other: object) -> bool:
        """Whether it is of this database, where there are several."""
        return kind != "table" or reflected or item in self._tables


def _is_ignored(name: str, patterns: Collection[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _has_other_type(_context: object, _here: object, _wanted: object, here: Any, wanted: Any) -> bool | None:
    """Whether an enumeration has other values; None leaves all else to Alembic, which does not look at these."""
    if isinstance(here, Enum) and isinstance(wanted, Enum):
        return list(here.enums) != list(wanted.enums)
    return None


def _has_other_default(
    _context: object, _here: object, wanted: Column[Any], here_text: str | None, _default: object, text: str | None
) -> bool | None:
    """Leaves to Alembic what is neither a number that is written otherwise, as 0.00, nor given by other means."""
    number = _number(here_text)
    is_same_number = number is not None and number == _number(text)
    return False if is_same_number or wanted.identity is not None else None  # of which these databases have none


def _number(text: str | None) -> Decimal | None:
    try:
        return Decimal((text or "").strip("'()"))
    except InvalidOperation:
        return None
