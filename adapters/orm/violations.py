"""A broken rule, said in one sentence: which table, which columns, which constraint."""

from sqlalchemy import Table
from sqlalchemy.orm import registry

from unitofwork.adapters.orm.constraints import entity_of
from unitofwork.domain.errors import (
    CheckViolation,
    ConstraintViolation,
    ExclusionViolation,
    ForeignKeyViolation,
    NotNullViolation,
    UniqueViolation,
)

_SENTENCES: dict[type[ConstraintViolation], str] = {
    UniqueViolation: "another row has the same {what}",
    ForeignKeyViolation: "{what} refers to a row that does not exist, or the row is still referred to",
    NotNullViolation: "{what} needs a value",
    CheckViolation: "{what} does not satisfy its check",
    ExclusionViolation: "{what} overlaps another row",
    ConstraintViolation: "{what} breaks a rule of the database",
}


def violation(
    kind: type[ConstraintViolation],
    mapping: registry,
    table: str | None,
    columns: tuple[str, ...] = (),
    constraint: str | None = None,
) -> ConstraintViolation:
    """Make the error; what is not known of it may be left out."""
    what = ", ".join(f"{table}.{column}" for column in columns) or table or "a row"
    named = f" (constraint {constraint})" if constraint else ""
    return kind(
        _SENTENCES[kind].format(what=what) + named,
        entity_type=entity_of(mapping, table) if table else None,
        table=table,
        columns=columns,
        constraint=constraint,
    )


def table_of(mapping: registry, name: str | None, schema: str | None = None) -> Table | None:
    """The mapping's table of that name, or None; one that the mapping gives no schema is in whichever it is found."""
    if not name:
        return None
    tables = mapping.metadata.tables
    return tables.get(f"{schema}.{name}", tables.get(name))
