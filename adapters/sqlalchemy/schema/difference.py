"""One difference between a database's schema and the mapping's, in words."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import attrs
from sqlalchemy import Column, Constraint, Dialect, ForeignKeyConstraint, Index, Table


@attrs.frozen
class Difference:
    """What the database has otherwise than the mapping.

    Attributes:
        kind: such as ``missing table``, ``extra column`` or ``other type``, as seen from the mapping.
        table: its name, with the schema's in front where there is one.
        text: a sentence.
    """

    kind: str
    table: str
    text: str


def told(found: list[Any] | tuple[Any, ...], dialect: Dialect) -> Iterator[Difference]:
    """What one element of Alembic's list of differences says; changes of one column are a list in that list."""
    if isinstance(found, list):
        for each in found:
            yield from told(each, dialect)
    else:
        yield _TOLD[found[0]](dialect, *found[1:])


def missing(what: str, table: str, name: str) -> Difference:
    """What only the mapping has."""
    return Difference(f"missing {what}", table, f"{table} lacks the {what} {name}")


def extra(what: str, table: str, name: str) -> Difference:
    """What only the database has."""
    return Difference(f"extra {what}", table, f"{table} has the {what} {name}, and the mapping has not")


def _missing_table(_dialect: Dialect, table: Table) -> Difference:
    return Difference("missing table", table.fullname, f"there is no table {table.fullname}")


def _extra_table(_dialect: Dialect, table: Table) -> Difference:
    text = f"there is a table {table.fullname}, and the mapping has none of this name"
    return Difference("extra table", table.fullname, text)


def _missing_column(_dialect: Dialect, schema: str | None, table: str, column: Column[Any]) -> Difference:
    return missing("column", _full(schema, table), column.name)


def _extra_column(_dialect: Dialect, schema: str | None, table: str, column: Column[Any]) -> Difference:
    return extra("column", _full(schema, table), column.name)


def _part(tell: Callable[[str, str, str], Difference], what: str) -> Callable[..., Difference]:
    """Tells of what belongs to a table: a constraint, an index."""

    def of(_dialect: Dialect, found: Constraint | Index) -> Difference:
        assert isinstance(found.table, Table)
        return tell(what, found.table.fullname, _described(found))

    return of


def _described(found: Any) -> str:
    """By its columns, and by its name where it has one."""
    columns = ", ".join(_column_name(each) for each in getattr(found, "expressions", found.columns))
    text = f"{found.name} ({columns})" if isinstance(found.name, str) else f"on {columns}"
    return f"{text} to {_referred(found)}" if isinstance(found, ForeignKeyConstraint) else text


def _referred(key: ForeignKeyConstraint) -> str:
    columns = ", ".join(each.target_fullname for each in key.elements)
    actions = {"ON DELETE": key.ondelete, "ON UPDATE": key.onupdate}
    return " ".join([columns, *(f"{when} {action}" for when, action in actions.items() if action)])


def _column_name(column: Any) -> str:
    return str(getattr(column, "name", column))


def _other(what: str, tell: Callable[[Any, Dialect], str]) -> Callable[..., Difference]:
    """Tells of what a column has otherwise; ``tell`` puts into words what it has on either side."""

    def of(
        dialect: Dialect, schema: str | None, table: str, column: str, _existing: object, here: Any, wanted: Any
    ) -> Difference:
        name = _full(schema, table)
        text = f"{name}.{column} has {tell(here, dialect)} in the database, and {tell(wanted, dialect)} in the mapping"
        return Difference(f"other {what}", name, text)

    return of


def _type(type_: Any, dialect: Dialect) -> str:
    text = f"the type {type_.compile(dialect=dialect)}"
    is_named = hasattr(type_, "enums") and "(" not in text  # and does not show its values
    return f"{text} of {', '.join(map(repr, type_.enums))}" if is_named else text


def _nullable(nullable: bool, _dialect: Dialect) -> str:
    return "NULL allowed" if nullable else "NOT NULL"


def _default(default: object, _dialect: Dialect) -> str:
    return "no server default" if default in (None, False) else "a server default"


def _comment(comment: str | None, _dialect: Dialect) -> str:
    return "no comment" if comment is None else "a comment"


def _other_comment(_dialect: Dialect, table: Table, *_comments: object) -> Difference:
    return Difference("other comment", table.fullname, f"{table.fullname} has another comment than in the mapping")


def _full(schema: str | None, table: str) -> str:
    return f"{schema}.{table}" if schema else table


_TOLD: Mapping[str, Callable[..., Difference]] = {
    "add_table": _missing_table,
    "remove_table": _extra_table,
    "add_column": _missing_column,
    "remove_column": _extra_column,
    "add_constraint": _part(missing, "unique constraint"),
    "remove_constraint": _part(extra, "unique constraint"),
    "add_fk": _part(missing, "foreign key"),
    "remove_fk": _part(extra, "foreign key"),
    "add_index": _part(missing, "index"),
    "remove_index": _part(extra, "index"),
    "modify_type": _other("type", _type),
    "modify_nullable": _other("NULL", _nullable),
    "modify_default": _other("default", _default),
    "modify_comment": _other("comment", _comment),
    "add_table_comment": _other_comment,
    "remove_table_comment": _other_comment,
}
"""What Alembic calls each kind; the mapping is what it would migrate to."""
