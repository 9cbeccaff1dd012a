"""A rule that rows keep, as an error tells of it."""

from typing import Any

import attrs
from sqlalchemy import Table
from sqlalchemy.orm import registry

from unitofwork.adapters.orm.constraints import Rule as MappedRule
from unitofwork.adapters.orm.constraints import columns_of, constraint_name
from unitofwork.adapters.orm.violations import violation
from unitofwork.domain.errors import ConstraintViolation


@attrs.frozen(eq=False)
class Rule:
    """What the mapping calls a constraint or an index, and what it is about."""

    table: Table
    name: str | None
    columns: tuple[str, ...]

    def broken(self, kind: type[ConstraintViolation], mapping: registry) -> ConstraintViolation:
        """Make the error of a change that breaks it."""
        return violation(kind, mapping, self.table.name, self.columns, self.name)


def rule_of(table: Table, mapped: MappedRule) -> Rule:
    """What errors tell of a constraint or an index."""
    name = constraint_name(mapped)
    return Rule(table, name, columns_of(table, name))


def not_null(column: Any) -> Rule:
    """What errors tell of a column that needs a value."""
    return Rule(column.table, None, (column.name,))
