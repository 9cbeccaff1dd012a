"""What Alembic does not compare: primary keys, the names of checks, and unique constraints of SQLite without a name."""

from collections.abc import Collection, Iterator

from alembic.operations import MigrateOperation
from alembic.operations.ops import CreateCheckConstraintOp, DropConstraintOp
from sqlalchemy import CheckConstraint, Dialect, Inspector, Table, UniqueConstraint
from sqlalchemy.schema import CreateTable

from unitofwork.adapters.sqlalchemy.schema.difference import Difference, extra, missing


def differences_by_name(
    seen: Inspector, tables: Collection[Table], dialect: Dialect
) -> Iterator[tuple[Difference, MigrateOperation | None]]:
    """The differences of tables that are there, each with what would remove it; None where that is more than DDL."""
    for table in sorted(tables, key=lambda table: table.fullname):
        if seen.has_table(table.name, schema=table.schema):
            yield from _primary_key(seen, table)
            yield from _nameless_uniques(seen, table)
            yield from _checks(seen, table, dialect)


def _primary_key(seen: Inspector, table: Table) -> Iterator[tuple[Difference, None]]:
    here = seen.get_pk_constraint(table.name, schema=table.schema)["constrained_columns"]
    wanted = [column.name for column in table.primary_key]
    if set(here) != set(wanted):
        both = f"{_listed(here)} in the database, and {_listed(wanted)} in the mapping"
        yield Difference("other primary key", table.fullname, f"{table.fullname} has the primary key {both}"), None


def _nameless_uniques(seen: Inspector, table: Table) -> Iterator[tuple[Difference, None]]:
    """Those of SQLite that the mapping has not; Alembic finds the others."""
    unique = [each for each in table.constraints if isinstance(each, UniqueConstraint)]
    wanted = {frozenset(column.name for column in each.columns) for each in unique}
    for each in seen.get_unique_constraints(table.name, schema=table.schema):
        if each["name"] is None and frozenset(each["column_names"]) not in wanted:
            yield extra("unique constraint", table.fullname, f"on {', '.join(each['column_names'])}"), None


def _checks(seen: Inspector, table: Table, dialect: Dialect) -> Iterator[tuple[Difference, MigrateOperation]]:
    created = str(CreateTable(table).compile(dialect=dialect))  # where a type's check is only if the database needs it
    checks = [each for each in table.constraints if isinstance(each, CheckConstraint)]
    named = {each.name: each for each in checks if isinstance(each.name, str) and f"CONSTRAINT {each.name} " in created}
    here = {
        str(each["name"])
        for each in seen.get_check_constraints(table.name, schema=table.schema)
        if each["name"] is not None and not each["sqltext"].startswith("json_valid(")  # MariaDB's own
    }
    for name in sorted(named.keys() - here):
        yield missing("check", table.fullname, name), CreateCheckConstraintOp.from_constraint(named[name])
    if all(isinstance(each.name, str) for each in checks):  # or some of those that are here have been given names
        for name in sorted(here - {str(name) for name in named}):
            drop = DropConstraintOp(name, table.name, "check", schema=table.schema)
            yield extra("check", table.fullname, name), drop


def _listed(names: Collection[str]) -> str:
    return f"({', '.join(names)})"
