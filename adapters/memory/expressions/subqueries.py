"""Subqueries: of one value, EXISTS and IN; each is a function of its own."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy.sql import operators

from unitofwork.adapters.memory.expressions import comparing
from unitofwork.adapters.memory.expressions.aggregates import order_of
from unitofwork.adapters.memory.expressions.converting import converted
from unitofwork.adapters.memory.expressions.kinds import BOOLEAN, TEXT, Kind
from unitofwork.adapters.memory.expressions.parts import Part
from unitofwork.adapters.memory.expressions.refusing import CannotEvaluate, too_many_rows
from unitofwork.adapters.memory.expressions.selecting import Loops, gather, is_aggregated, read
from unitofwork.adapters.memory.private.subqueries import Selected

if TYPE_CHECKING:
    from unitofwork.adapters.memory.expressions.clauses import Clauses


def scalar(here: "Clauses", select: Any) -> Part:
    """The value of the only row, or NULL."""
    values = _values(here, select)
    return Part(values.type, f"{here.writer.refer(_only)}({values.code})")


def exists(here: "Clauses", select: Any) -> Part:
    """Whether there is a row; what is in it is not evaluated."""
    while select.__visit_name__ == "grouping":
        select = select.element
    found = read(here, select)
    if is_aggregated(found) or found.limit is not None or found.offset is not None:
        return Part(BOOLEAN, f"bool({_values(here, select).code})", nullable=False)
    loops = Loops(here, found)
    code = _function(here, [*loops.lines, f"{loops.indent}return True", "    return False"])
    return Part(BOOLEAN, code, nullable=False)


def one_in(here: "Clauses", value: Part, select: Any) -> Part:
    """Whether a value is in the rows; NULL if that hangs on a NULL."""
    values, writer = _values(here, select), here.writer
    given, each = writer.name("v"), writer.name("v")
    equal = comparing.compare(writer, "=", Part(value.type, given, value.nullable, True), Part(values.type, each))
    name = writer.name("q")
    writer.functions.append(
        f"def {name}({given}, values):\n"
        "    found = False\n"
        f"    for {each} in values:\n"
        f"        if (equal := {equal.code}):\n"
        "            return True\n"
        "        if equal is None:\n"
        "            found = None\n"
        "    return found"
    )
    return Part(BOOLEAN, f"{name}({value.code}, {values.code})")


def _values(here: "Clauses", select: Any) -> Part:
    """The source of a list of what the only column has."""
    found = read(here, select)
    if len(found.columns) != 1:
        raise CannotEvaluate(f"a subquery of {len(found.columns)} columns")
    return _gathered(here, found) if is_aggregated(found) else _listed(here, found)


def _gathered(here: "Clauses", select: Selected) -> Part:
    if select.limit is not None or select.offset is not None:
        raise CannotEvaluate("LIMIT of an aggregate in a subquery")
    loops = Loops(here, select)
    part = _settled(here, gather(here, loops, select.columns[0]))
    return Part(part.type, _function(here, [*loops.lines, f"    return [{part.code}]"]))


def _listed(here: "Clauses", select: Selected) -> Part:
    loops = Loops(here, select)
    part = _settled(here, loops.clauses.part(select.columns[0]))
    lines = ["    found = []", *loops.lines]
    if select.order_by:
        keys = [_key(loops.clauses, clause, select) for clause in select.order_by]
        row = ", ".join([part.code, *(code for code, _ in keys)])
        lines.append(f"{loops.indent}found.append(({row}))")
        sort = here.writer.refer(_sorting([sort for _, sort in keys]))
        lines.append(f"    found = {sort}(found)")
    else:
        lines.append(f"{loops.indent}found.append({part.code})")
    if select.distinct:
        if select.order_by or part.type.kind in (Kind.JSON, Kind.JSONB, Kind.ARRAY, Kind.TIMETZ):
            raise CannotEvaluate("DISTINCT of what is sorted, or is not compared, in a subquery")
        lines.append("    found = [*dict.fromkeys(found)]")
    first, most = _number(here, select.offset), _number(here, select.limit)
    end = "" if most is None else str((first or 0) + most)
    lines.append(f"    return found[{first or ''}:{end}]" if first or end else "    return found")
    return Part(part.type, _function(here, lines))


def _settled(here: "Clauses", part: Part) -> Part:
    """A literal's text is a text by now."""
    return converted(here.writer, part, TEXT) if part.type.kind is Kind.UNKNOWN else part


def _function(here: "Clauses", lines: Sequence[str]) -> str:
    """The call of a new function, which is given all rows around it."""
    name, given = here.writer.name("q"), ", ".join(["reader", *here.scope.rows()])
    here.writer.functions.append("\n".join([f"def {name}({given}):", *lines]))
    return f"{name}({given})"


def _only(values: Sequence[Any]) -> Any:
    if len(values) > 1:
        raise too_many_rows()
    return values[0] if values else None


def _number(here: "Clauses", clause: Any) -> int | None:
    value: object = None if clause is None else getattr(clause, "value", clause)
    if value is not None and (not isinstance(value, int) or value < 0):
        raise CannotEvaluate("a limit that is no number, in a subquery")
    return value


_DIRECTIONS = {
    operators.asc_op: ("descending", False),
    operators.desc_op: ("descending", True),
    operators.nulls_first_op: ("nulls_first", True),
    operators.nulls_last_op: ("nulls_first", False),
}


def _key(inside: "Clauses", clause: Any, select: Selected) -> tuple[str, Any]:
    """The source of a key that is sorted by, and what sorts rows by it."""
    said: dict[str, bool] = {}
    while clause.__visit_name__ in ("unary", "label_reference", "grouping"):
        if clause.__visit_name__ == "unary":
            if clause.modifier not in _DIRECTIONS:
                break
            name, value = _DIRECTIONS[clause.modifier]
            said.setdefault(name, value)
        clause = clause.element
    part = inside.part(clause)
    descending = said.get("descending", False)
    return part.code, (order_of(part.type), descending, said.get("nulls_first", descending))


def _sorting(keys: Sequence[Any]) -> Any:
    """Sorts rows whose value is followed by their keys, and gives the values."""

    def sort(rows: list[tuple[Any, ...]]) -> list[Any]:
        for place, (order, descending, nulls_first) in reversed(list(enumerate(keys, 1))):
            nulls = [row for row in rows if row[place] is None]
            rows = [row for row in rows if row[place] is not None]
            rows.sort(key=lambda row: row[place] if order is None else order(row[place]), reverse=descending)
            rows = nulls + rows if nulls_first else rows + nulls
        return [row[0] for row in rows]

    return sort
