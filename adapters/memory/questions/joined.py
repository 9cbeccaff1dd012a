"""Tables that hold parts of one entity: how their rows are put together to records."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, cast

import attrs
from sqlalchemy import (
    BinaryExpression,
    BooleanClauseList,
    Column,
    ColumnElement,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapper
from sqlalchemy.sql import operators

from unitofwork.adapters.memory.store import Reader, Row
from unitofwork.domain.errors import MappingError


@attrs.frozen(eq=False)
class Join:
    """How the table of a subclass is joined to those before it.

    Attributes:
        table: the table.
        pairs: the columns that are equal, each with the one of the table.
        outer: whether a record may be without a row of it.
    """

    table: Table
    pairs: tuple[tuple[Column[Any], Column[Any]], ...]
    outer: bool

    @property
    def base(self) -> Table:
        """The table that it is joined to."""
        return self.pairs[0][0].table


def joins_of(mapper: Mapper[Any]) -> tuple[Join, ...]:
    """How the tables of a mapper are joined: its bases' and its own, then those of subclasses that come with it.

    Raises:
        MappingError: they are not joined by equal keys, or not tables.
    """
    joins = {table: Join(table, pairs, outer=False) for table, pairs in _line(mapper)}
    for sub in mapper.with_polymorphic_mappers:
        for table, pairs in _line(sub):
            joins.setdefault(table, Join(table, pairs, outer=True))
    return tuple(joins.values())


def table_of(mapper: Mapper[Any]) -> Table:
    """The table that the mapper adds to those of its bases, or shares with them.

    Raises:
        MappingError: it is something else than a table.
    """
    table: Any = mapper.local_table
    if isinstance(table, Table):
        return cast(Table, table)
    raise MappingError(
        f"{mapper.class_.__name__} is mapped to something else than a table, which the twin cannot follow",
        entity_type=mapper.class_,
    )


def _line(mapper: Mapper[Any]) -> Iterator[tuple[Table, tuple[tuple[Column[Any], Column[Any]], ...]]]:
    """The tables that are joined for a mapper, from the base's on, which itself is not among them."""
    for each in reversed(list(mapper.iterate_to_root())):
        table = table_of(each)
        if each.concrete:
            raise _refused(each)
        if each.inherits is not None and not each.single:
            pairs = tuple(_pairs(each, each.inherit_condition, table))
            above, below = zip(*pairs, strict=True)
            if not (_is_unique(above) and _is_unique(below)):
                raise _refused(each)
            yield table, pairs


def _pairs(
    mapper: Mapper[Any], condition: ColumnElement[bool] | None, table: Table
) -> Iterator[tuple[Column[Any], Column[Any]]]:
    if isinstance(condition, BooleanClauseList) and condition.operator is operators.and_:
        for clause in condition.clauses:
            yield from _pairs(mapper, clause, table)
        return
    if not isinstance(condition, BinaryExpression) or condition.operator is not operators.eq:
        raise _refused(mapper)
    sides = [condition.left, condition.right]
    own = [side for side in sides if isinstance(side, Column) and side.table is table]
    others = [side for side in sides if isinstance(side, Column) and side.table is not table]
    if len(own) != 1 or len(others) != 1:
        raise _refused(mapper)
    yield others[0], own[0]


def _is_unique(columns: tuple[Column[Any], ...]) -> bool:
    """Whether these are the columns of one table's primary key, or of one of its unique constraints."""
    constraints: Iterable[object] = columns[0].table.constraints
    return any(
        isinstance(each, PrimaryKeyConstraint | UniqueConstraint) and set(each.columns) == set(columns)
        for each in constraints
    )


def _refused(mapper: Mapper[Any]) -> MappingError:
    return MappingError(
        f"{mapper.class_.__name__} is not joined to its base by equal keys of their tables, which the twin needs",
        entity_type=mapper.class_,
    )


def assembling(
    tables: tuple[Table, ...], joins: Iterable[Join], start: Table
) -> Callable[[Reader, Iterable[Row]], list[Row]]:
    """How to make records of the rows of one of their tables."""
    numbers = {table: number for number, table in enumerate(tables)}
    names: dict[str, Any] = {}
    opening: list[str] = []
    lines: list[str] = []
    for step in _steps(joins, start):
        number = numbers[step.table]
        names |= {
            f"table{number}": step.table,
            f"columns{number}": step.columns,
            f"nothing{number}": (None,) * (1 + len(step.table.columns)),
        }
        opening.append(f"    t{number} = reader.table(table{number})")
        known = "".join(f"r{numbers[column.table]}[{_offset(column)}], " for column in step.known)
        if step.columns == tuple(step.table.primary_key.columns):
            lines.append(f"        r{number} = by_key(t{number}, ({known}))")
        else:
            lines.append(f"        r{number} = next(iter(find(t{number}, columns{number}, ({known}))), None)")
        otherwise = f"r{number} = nothing{number}" if step.outer else "continue"
        lines.append(f"        if r{number} is None: {otherwise}")
    source = [
        "def assemble(reader, rows):",
        "    by_key, find, made = reader.by_key, reader.find, []",
        *opening,
        f"    for r{numbers[start]} in rows:",
        *lines,
        f"        made.append({' + '.join(f'r{number}' for number in range(len(tables)))})",
        "    return made",
    ]
    exec("\n".join(source), names)
    assemble: Callable[[Reader, Iterable[Row]], list[Row]] = names["assemble"]
    return assemble


@attrs.frozen
class _Step:
    """One row more: that of the table where its columns have the values of the known ones."""

    table: Table
    columns: tuple[Column[Any], ...]
    known: tuple[Column[Any], ...]
    outer: bool


def _steps(joins: Iterable[Join], start: Table) -> Iterator[_Step]:
    """How to get from one table's row to those of all others: up to the base's, and down again."""
    reached, waiting = {start}, list(joins)
    while waiting:
        join = next(join for join in waiting if join.table in reached or join.base in reached)
        waiting.remove(join)
        above, below = zip(*_in_order_of_key(join), strict=True)
        if join.table in reached:
            yield _Step(join.base, above, below, outer=False)
            reached.add(join.base)
        else:
            yield _Step(join.table, below, above, join.outer)
            reached.add(join.table)


def _in_order_of_key(join: Join) -> list[tuple[Column[Any], Column[Any]]]:
    return sorted(join.pairs, key=lambda pair: list(join.table.columns).index(pair[1]))


def _offset(column: Column[Any]) -> int:
    return 1 + list(column.table.columns).index(column)
