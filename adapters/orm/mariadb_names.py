"""The names that MariaDB gives to rules without one, traced back to the rules of the mapping."""

from sqlalchemy import CheckConstraint, Column, Index, PrimaryKeyConstraint, Table, UniqueConstraint

from unitofwork.adapters.orm.constraints import Rule, in_order, own_name


def key_named(table: Table, name: str) -> Rule | None:
    """The primary key, unique constraint or unique index that MariaDB calls by this name."""
    if name == "PRIMARY":
        return table.primary_key
    taken = set[str]()
    for rule in in_order(table):
        if isinstance(rule, PrimaryKeyConstraint) or not isinstance(rule, UniqueConstraint | Index):
            continue
        first = next((column.name for column in rule.columns), "")
        own = own_name(rule) or _numbered(first, taken)
        if own == name:
            return rule
        taken.add(own)
    return None


def check_named(table: Table, name: str) -> CheckConstraint | None:
    """The CHECK that MariaDB calls by this name: its own, that of the column it stands in, or ``CONSTRAINT_1``."""
    unnamed = 0
    for rule in in_order(table):
        if not isinstance(rule, CheckConstraint):
            continue
        owner: object = getattr(rule, "parent", None)
        if isinstance(owner, Column):
            known = {owner.name, f"{table.name}.{owner.name}", own_name(rule)}
        elif own_name(rule) is None:
            unnamed += 1
            known = {f"CONSTRAINT_{unnamed}"}
        else:
            known = {own_name(rule)}
        if name in known:
            return rule
    return None


def _numbered(name: str, taken: set[str]) -> str:
    number, numbered = 1, name
    while numbered in taken:
        number += 1
        numbered = f"{name}_{number}"
    return numbered
