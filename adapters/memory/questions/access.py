"""Which rows a search looks at: those that an index leads to, or all."""

from collections.abc import Iterator
from typing import Any, TypeAlias

import attrs
from sqlalchemy import Column, Index, PrimaryKeyConstraint, Table, UniqueConstraint

from unitofwork.adapters.memory.questions.nodes import All, Compared, Exists, Node
from unitofwork.adapters.memory.questions.records import Records
from unitofwork.domain.condition import Operator

Columns: TypeAlias = tuple[Column[Any], ...]


@attrs.frozen(eq=False)
class ByKey:
    """The records that have the operands in these columns; of the last alone there may be several to choose from."""

    columns: Columns
    nodes: tuple[Compared, ...]


@attrs.frozen(eq=False)
class ByRelated:
    """The records that are related to those of which something is true."""

    exists: Exists


Access: TypeAlias = ByKey | ByRelated


def access_of(records: Records, conjuncts: tuple[Node, ...]) -> Access | None:
    """The best way to the records of which all conjuncts are true; None if all records must be looked at."""
    equal = {node.attribute.column: node for node in _finding(conjuncts, Operator.EQUAL)}
    keys = [columns for table in records.tables for columns in indexed(table)]
    for columns in keys:
        if equal.keys() >= set(columns):
            return ByKey(columns, tuple(equal[column] for column in columns))
    among = {node.attribute.column: node for node in _finding(conjuncts, Operator.IN)}
    for columns in keys:
        if len(columns) == 1 and columns[0] in among:
            return ByKey(columns, (among[columns[0]],))
    leading = (node for node in conjuncts if isinstance(node, Exists) and _leads(records, node))
    return next(map(ByRelated, leading), None)


def _finding(conjuncts: tuple[Node, ...], operator: Operator) -> Iterator[Compared]:
    """The comparisons of a column's value by which an index finds rows."""
    for node in conjuncts:
        if isinstance(node, Compared) and node.operator is operator and not node.nothing:
            attribute = node.attribute
            if attribute.column is not None and attribute.codec.null is None:
                yield node


def _leads(records: Records, exists: Exists) -> bool:
    """Whether few records are related to what is looked for, and an index leads from these to those."""
    related = exists.related
    if not related.remote or related.condition is not None:
        return False
    here = set(related.columns)
    if not any(here == set(columns) for table in records.tables for columns in indexed(table)):
        return False
    return access_of(related.target, conjuncts_of(exists.inside)) is not None


def conjuncts_of(node: Node) -> tuple[Node, ...]:
    """All of what must be true."""
    if isinstance(node, All):
        return tuple([each for part in node.parts for each in conjuncts_of(part)])
    return (node,)


def indexed(table: Table) -> Iterator[Columns]:
    """The columns that an index is over: of keys first, then of other unique constraints, then of all others."""
    constraints = sorted(table.constraints, key=lambda each: not isinstance(each, PrimaryKeyConstraint))
    for constraint in constraints:
        if isinstance(constraint, PrimaryKeyConstraint | UniqueConstraint) and constraint.columns:
            yield tuple(constraint.columns)
    yield from _indexes(table)
    for key in table.foreign_key_constraints:
        yield tuple(key.columns)


def _indexes(table: Table) -> Iterator[Columns]:
    indexes: list[Index] = sorted(table.indexes, key=lambda index: not index.unique)
    for index in indexes:
        columns = tuple(each for each in index.expressions if isinstance(each, Column))
        if columns and len(columns) == len(index.expressions):
            yield columns
