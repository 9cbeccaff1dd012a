"""What a row must satisfy by itself: columns that need a value, and CHECK constraints."""

from collections.abc import Mapping
from typing import Any

import attrs
from sqlalchemy import CheckConstraint, Column, Table

from unitofwork.adapters.memory.store.expressions import Evaluate, evaluating
from unitofwork.adapters.memory.store.rules import Rule, rule_of
from unitofwork.adapters.memory.values.codec import DIALECT
from unitofwork.adapters.orm.constraints import in_order, is_created


@attrs.frozen(eq=False)
class Check:
    """A CHECK constraint, which is broken by what is false, and not by NULL."""

    rule: Rule
    holds: Evaluate


def checks_of(table: Table, place: Mapping[Column[Any], int]) -> tuple[Check, ...]:
    """The table's checks in the order of their names, which is PostgreSQL's.

    Raises:
        MappingError: one cannot be evaluated.
    """
    mapped = (each for each in in_order(table) if isinstance(each, CheckConstraint) and is_created(each, DIALECT))
    checks = (_check(rule_of(table, each), each, place) for each in mapped)
    return tuple(sorted(checks, key=lambda check: check.rule.name or ""))


def _check(rule: Rule, mapped: CheckConstraint, place: Mapping[Column[Any], int]) -> Check:
    return Check(rule, evaluating(mapped.sqltext, place, f"the check {rule.name}", rule))
