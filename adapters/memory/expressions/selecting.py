"""SELECT inside an expression, as loops over rows; what equals a column is found by its index."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, cast

import attrs
from sqlalchemy import Column, FromClause, Join, Table
from sqlalchemy.sql import operators, visitors

from unitofwork.adapters.memory.expressions import aggregates, comparing, logic
from unitofwork.adapters.memory.expressions.kinds import INTEGERS, Kind
from unitofwork.adapters.memory.expressions.parts import TRUE, Part
from unitofwork.adapters.memory.expressions.refusing import CannotEvaluate
from unitofwork.adapters.memory.expressions.scopes import Scope
from unitofwork.adapters.memory.private.subqueries import Selected, selected

if TYPE_CHECKING:
    from unitofwork.adapters.memory.expressions.clauses import Clauses


def read(here: "Clauses", select: Any) -> Selected:
    """What a SELECT says.

    Raises:
        CannotEvaluate: it has clauses that are not evaluated.
    """
    if select.__visit_name__ != "select":
        raise CannotEvaluate(f"the subquery {type(select).__name__}")
    found = selected(select, here.scope.froms, here.scope.all_froms())
    if found is None:
        raise CannotEvaluate("a subquery that reads only what is around it")
    if found.others:
        raise CannotEvaluate(f"{found.others[0]} in a subquery")
    return found


@attrs.frozen(eq=False)
class Source:
    """A table that is read.

    Attributes:
        clause: the table, or an alias of it.
        table: the table.
        conditions: of its outer join; None if it is not joined so.
    """

    clause: FromClause
    table: Table
    conditions: tuple[Any, ...] | None


class Loops:
    """The loops of one SELECT, as lines of a function.

    Attributes:
        clauses: translates what is inside of all loops.
        lines: the loops.
        indent: where what they do begins.
    """

    def __init__(self, here: "Clauses", select: Selected) -> None:
        self.clauses = here
        self.lines: list[str] = []
        self.indent = "    "
        self._froms = select.froms
        self._pending = [each for clause in select.where for each in _conjuncts(clause)]
        sources = [source for clause in select.froms for source in self._sources(clause)]
        self.own = [source.clause for source in sources]
        for place, source in enumerate(sources):
            self._loop(source, self.own[place:])
        if not sources:
            self.lines.append(f"{self.indent}for _ in (None,):")
            self.indent += "    "
        self._keep(self._pending)

    def _sources(self, clause: Any) -> Iterator[Source]:
        if isinstance(clause, Join):
            if clause.full:
                raise CannotEvaluate("FULL JOIN in a subquery")
            yield from self._sources(clause.left)
            conditions = tuple(_conjuncts(clause.onclause))
            if clause.isouter:
                table = _table(clause.right)
                yield Source(clause.right, table, conditions)
            else:
                self._pending.extend(conditions)
                yield from self._sources(clause.right)
        else:
            yield Source(clause, _table(clause), None)

    def _loop(self, source: Source, unbound: Sequence[FromClause]) -> None:
        outer, writer = self.clauses, self.clauses.writer
        row = writer.name("r")
        place = {column: at for at, column in enumerate(source.clause.columns, 1)}
        scope = Scope(row, place, outer.scope, self._froms)  # type: ignore[arg-type]  # its columns are of Column
        self.clauses = outer.inside(scope)
        conditions = list(self._pending if source.conditions is None else source.conditions)
        found = _lookup(outer, self.clauses, source, conditions, unbound)
        if found is None:
            rows = f"reader.rows(reader.table({writer.refer(source.table)}))"
        else:
            condition, rows = found
            conditions = [each for each in conditions if each is not condition]
        if source.conditions is None:
            ready = [each for each in conditions if not _uses(each, unbound[1:])]
            self._pending = [each for each in conditions if _uses(each, unbound[1:])]
        else:
            asked = logic.all_of(writer, self.clauses.parts(conditions))
            nothing = writer.refer((None,) * (len(place) + 1))
            rows, ready = f"[{row} for {row} in {rows} if {asked.code}] or ({nothing},)", []
        self.lines.append(f"{self.indent}for {row} in {rows}:")
        self.indent += "    "
        self._keep(ready)

    def _keep(self, conditions: Sequence[Any]) -> None:
        for condition in conditions:
            asked = logic.truth(self.clauses.writer, self.clauses.part(condition))
            self.lines.append(f"{self.indent}if not {asked.code}:")
            self.lines.append(f"{self.indent}    continue")


def _table(clause: Any) -> Table:
    table: object = clause.element if clause.__visit_name__ == "alias" else clause
    if not isinstance(table, Table):
        raise CannotEvaluate(f"{type(table).__name__} in FROM of a subquery")
    return cast(Any, table)  # type: ignore[no-any-return]  # of whatever columns


def _conjuncts(clause: Any) -> Iterator[Any]:
    if getattr(clause, "operator", None) is operators.and_:
        for each in clause.clauses:
            yield from _conjuncts(each)
    elif clause.__visit_name__ == "grouping" and clause.element.__visit_name__ != "select":
        yield from _conjuncts(clause.element)
    else:
        yield clause


def _all_in(clause: Any) -> Iterator[Any]:
    return cast("Iterator[Any]", visitors.iterate(clause))


def _uses(clause: Any, froms: Sequence[FromClause]) -> bool:
    """Whether the clause may name a column of these; text may name any."""
    return any(
        each.__visit_name__ == "textclause"
        or (each.__visit_name__ == "column" and (each.table in froms if each.table is not None else each.is_literal))
        for each in _all_in(clause)
    )


_FOUND = INTEGERS | {Kind.TEXT, Kind.UUID, Kind.DATE, Kind.TIMESTAMP, Kind.TIMESTAMPTZ, Kind.BOOLEAN}
"""The kinds whose values are equal where what is stored of them is."""


def _lookup(
    outer: "Clauses", inner: "Clauses", source: Source, conditions: Sequence[Any], unbound: Sequence[FromClause]
) -> tuple[Any, str] | None:
    """A condition by which rows can be found, and what finds them; by a key rather than by another column."""
    found: list[tuple[bool, Any, str]] = []
    for condition in conditions:
        if getattr(condition, "operator", None) is not operators.eq:
            continue
        for one, other in ((condition.left, condition.right), (condition.right, condition.left)):
            if one.__visit_name__ != "column" or one.table not in [source.clause] or _uses(other, unbound):
                continue
            if any(each.__visit_name__ == "select" for each in _all_in(other)):
                continue
            own = inner.part(one)
            left, right = comparing.alike(outer.writer, (own, outer.part(other)))
            kinds = {left.type.kind, right.type.kind}
            if left is own and kinds <= _FOUND and (len(kinds) == 1 or kinds <= INTEGERS):
                column: Column[Any] = source.table.columns[list(source.clause.columns).index(one)]
                refer = outer.writer.refer
                rows = f"reader.find(reader.table({refer(source.table)}), {refer((column,))}, ({right.code},))"
                is_key = bool(column.primary_key or column.foreign_keys or column.unique or column.index)
                found.append((is_key, condition, rows))
    return next(((condition, rows) for _, condition, rows in sorted(found, key=lambda each: not each[0])), None)


def is_aggregated(select: Selected) -> bool:
    """Whether the SELECT gathers all its rows into one."""
    return any(
        each.__visit_name__ == "function" and each.name.lower() in aggregates.AGGREGATES
        for column in select.columns
        for each in _outside(column)
    )


def _outside(clause: Any) -> Iterator[Any]:
    """The clause and all in it, but for what is inside of subqueries."""
    yield clause
    if clause.__visit_name__ != "select":
        for each in clause.get_children():
            yield from _outside(each)


def gather(here: "Clauses", loops: Loops, column: Any) -> Part:
    """What a SELECT gives that gathers its rows; the loops then fill the lists that it is made of."""
    inside, writer = loops.clauses, here.writer

    def gathered(function: Any, condition: Any) -> Part:
        name, values = function.name.lower(), writer.name("a")
        given, distinct = _argument(function)
        value = TRUE
        if given is not None:
            _check_own(given, loops.own)
            value = inside.part(given)
        test = "" if condition is None else f"if {logic.truth(writer, inside.part(condition)).code}: "
        loops.lines.insert(0, f"    {values} = []")
        loops.lines.append(f"{loops.indent}{test}{values}.append({value.code})")
        return aggregates.gathered(writer, name, value, values, distinct=distinct)

    return here.inside(here.scope, gathered).part(column)


def _argument(function: Any) -> tuple[Any, bool]:
    """The argument of an aggregate, or None for all rows; and whether equal ones count once."""
    given = list(function.clauses)
    if len(given) != 1:
        raise CannotEvaluate(f"the aggregate {function.name} of {len(given)} arguments")
    [clause] = given
    if getattr(clause, "is_literal", False) and clause.name == "*":
        return None, False
    if getattr(clause, "operator", None) is operators.distinct_op:
        return clause.element, True
    return clause, False


def _check_own(clause: Any, own: Sequence[FromClause]) -> None:
    """An aggregate of what is around a subquery is one of the query around it."""
    columns = [each for each in _all_in(clause) if each.__visit_name__ == "column" and not each.is_literal]
    if columns and not any(column.table in own for column in columns):
        raise CannotEvaluate("an aggregate of what is outside of its subquery")
