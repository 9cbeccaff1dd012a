"""SQLAlchemy's expressions, one construct after the other."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, TypeAlias, cast

import attrs
from sqlalchemy import literal, types
from sqlalchemy.sql import ClauseElement, operators, visitors
from sqlalchemy.types import TypeEngine

from unitofwork.adapters.memory.expressions import casting, comparing, functions, logic, operating
from unitofwork.adapters.memory.expressions.aggregates import AGGREGATES
from unitofwork.adapters.memory.expressions.converting import as_text, converted
from unitofwork.adapters.memory.expressions.json_paths import element, element_at
from unitofwork.adapters.memory.expressions.kinds import (
    BIGINT,
    DOUBLE,
    INTEGER,
    NUMERIC,
    TEXT,
    Kind,
    plain,
    sql_type,
)
from unitofwork.adapters.memory.expressions.literals import READABLE
from unitofwork.adapters.memory.expressions.parts import FALSE, NULL, TRUE, Part, Writer
from unitofwork.adapters.memory.expressions.patterns import matched
from unitofwork.adapters.memory.expressions.refusing import CannotEvaluate
from unitofwork.adapters.memory.expressions.scopes import Scope
from unitofwork.adapters.memory.expressions.subqueries import exists, one_in, scalar
from unitofwork.adapters.memory.expressions.time_functions import extract
from unitofwork.adapters.memory.values.codec import Holder
from unitofwork.adapters.memory.values.columns import codec_for
from unitofwork.domain.errors import InvalidValue, MappingError

_COMPARISONS: Mapping[Any, str] = {
    operators.eq: "=",
    operators.ne: "<>",
    operators.lt: "<",
    operators.le: "<=",
    operators.gt: ">",
    operators.ge: ">=",
}
_OPERATORS: Mapping[Any, str] = {
    operators.add: "+",
    operators.sub: "-",
    operators.mul: "*",
    operators.mod: "%",
    operators.concat_op: "||",
}
_JSON_OPERATORS = frozenset({"->", "->>", "#>", "#>>"})
_SYMBOLS = frozenset({"+", "-", "*", "/", "%", "^", "||"})

Gather: TypeAlias = Callable[[Any, Any], Part]

_LIKES: Mapping[Any, tuple[bool, bool, str, str]] = {
    operators.like_op: (False, False, "", ""),
    operators.not_like_op: (True, False, "", ""),
    operators.ilike_op: (False, True, "", ""),
    operators.not_ilike_op: (True, True, "", ""),
    operators.startswith_op: (False, False, "", "%"),
    operators.not_startswith_op: (True, False, "", "%"),
    operators.endswith_op: (False, False, "%", ""),
    operators.not_endswith_op: (True, False, "%", ""),
    operators.contains_op: (False, False, "%", "%"),
    operators.not_contains_op: (True, False, "%", "%"),
    operators.istartswith_op: (False, True, "", "%"),
    operators.not_istartswith_op: (True, True, "", "%"),
    operators.iendswith_op: (False, True, "%", ""),
    operators.not_iendswith_op: (True, True, "%", ""),
    operators.icontains_op: (False, True, "%", "%"),
    operators.not_icontains_op: (True, True, "%", "%"),
}
"""Whether each is negated, whether it goes without case, and what stands before and behind its pattern."""


class Clauses:
    """Translates clauses inside one scope.

    Attributes:
        writer: writes the function.
        scope: where the columns are.
        gather: translates an aggregate, and what it is filtered by or None, where rows are gathered.
    """

    def __init__(self, writer: Writer, scope: Scope, gather: Gather | None = None) -> None:
        self.writer = writer
        self.scope = scope
        self.gather = gather

    def inside(self, scope: Scope, gather: Gather | None = None) -> "Clauses":
        """Translates clauses for the same function inside another scope."""
        return Clauses(self.writer, scope, gather)

    def part(self, clause: Any) -> Part:
        """Translate a clause.

        Raises:
            CannotEvaluate: naming the construct.
        """
        if hasattr(clause, "__clause_element__"):
            clause = clause.__clause_element__()
        if not isinstance(clause, ClauseElement):
            raise CannotEvaluate(type(clause).__name__)
        translate = _TRANSLATE.get(clause.__visit_name__)
        if translate is None or not type(clause).__module__.startswith(("sqlalchemy.sql.", "sqlalchemy.orm.")):
            raise CannotEvaluate(_named(clause))
        return translate(self, clause)

    def parts(self, clauses: Any) -> list[Part]:
        """Translate several."""
        return [self.part(clause) for clause in clauses]

    def aggregate(self, function: Any, condition: Any) -> Part:
        """Translate an aggregate, of the rows for which the condition is true, or of all."""
        if self.gather is None:
            raise CannotEvaluate(f"the aggregate {function.name} where no rows are gathered")
        return self.gather(function, condition)

    def text(self, sql: str) -> Part:
        """Translate text.

        Raises:
            MappingError: the parser is not installed.
        """
        try:
            from unitofwork.adapters.memory.expressions.parsing import Texts, parsed  # only where there is text
        except ModuleNotFoundError as error:
            if error.name != "sqlglot":
                raise
            raise MappingError(
                f"the text {sql!r} needs a parser to be evaluated in memory: install unitofwork[memory]"
            ) from error

        return Texts(self.writer, self.scope).part(parsed(sql))

    def value(self, value: Any, type_: TypeEngine[Any]) -> Part:
        """A value that is known, of the type that PostgreSQL is told it is of."""
        if value is None:
            return attrs.evolve(NULL, type=sql_type(type_))
        if isinstance(plain(type_), types.NullType):
            if isinstance(value, str):
                return self.writer.literal(value)
            type_ = literal(value).type
        found = sql_type(type_)
        if isinstance(value, str) and plain(type_).python_type is not str and found.kind in READABLE:
            return converted(self.writer, self.writer.literal(value), found)
        try:
            operand = codec_for(type_, Holder("a value in an expression")).operand
            stored = value if operand is None else operand(value)
        except (MappingError, InvalidValue) as error:
            raise CannotEvaluate(str(error)) from error
        if found.kind in (Kind.NUMERIC, Kind.REAL, Kind.DOUBLE):
            return _number(self, value)
        return self.writer.constant(TEXT if found.kind is Kind.CHAR else found, stored)


def _column(here: Clauses, column: Any) -> Part:
    if column.is_literal:
        return here.text(column.name)
    code = here.scope.code(column) if column.__visit_name__ == "column" and column.table is not None else None
    if code is None:
        owner = "" if column.table is None else f"{column.table.name}."
        raise CannotEvaluate(f"the column {owner}{column.name}, which is not at hand")
    return Part(sql_type(column.type), code, simple=True)


def _bind(here: Clauses, bind: Any) -> Part:
    return here.value(_value_of(bind), bind.type)


def _number(here: Clauses, value: Any) -> Part:
    """The driver sends numbers as what they are, whatever the column is."""
    if isinstance(value, int):
        return here.writer.constant(INTEGER if -(2**31) <= value < 2**31 else BIGINT, int(value))
    return here.writer.constant(DOUBLE if isinstance(value, float) else NUMERIC, value)


def _binary(here: Clauses, binary: Any) -> Part:
    operator = binary.operator
    if operator in _LIKES:
        return _like(here, binary)
    if operator in _MEMBERSHIP:
        return _in(here, binary)
    if operator in (operators.is_, operators.is_not):
        return _is(here, binary)
    if operator in _BETWEEN:
        if binary.modifiers.get("symmetric"):
            raise CannotEvaluate("BETWEEN SYMMETRIC")
        low, high = here.parts(binary.right.clauses)
        found = comparing.between(here.writer, here.part(binary.left), low, high)
        return logic.negated(here.writer, found) if operator is operators.not_between_op else found
    if operator in (operators.json_getitem_op, operators.json_path_getitem_op):
        return _json(here, binary)
    if getattr(operator, "opstring", None) in _JSON_OPERATORS:
        return _json_operator(here, binary)
    if operator is operators.truediv or operator is operators.floordiv:
        return _divide(here, binary)
    one, other = here.part(binary.left), here.part(binary.right)
    if operator in _COMPARISONS:
        return comparing.compare(here.writer, _COMPARISONS[operator], one, other)
    if operator in (operators.is_distinct_from, operators.is_not_distinct_from):
        negate = operator is operators.is_not_distinct_from
        return comparing.distinct(here.writer, one, other, negate=negate)
    return operating.operate(here.writer, _symbol(here, operator), one, other)


def _symbol(here: Clauses, operator: Any) -> str:
    symbol = _OPERATORS.get(operator) or getattr(operator, "opstring", None)
    if symbol not in _SYMBOLS:
        raise CannotEvaluate(f"the operator {getattr(operator, 'opstring', None) or operator.__name__}")
    return cast(str, symbol)


def _divide(here: Clauses, binary: Any) -> Part:
    """As SQLAlchemy sends it: ``/`` of integers is that of decimals, and ``//`` of others is rounded down."""
    one, other = here.part(binary.left), here.part(binary.right)
    integers = isinstance(plain(binary.left.type), types.Integer) and isinstance(
        plain(binary.right.type), types.Integer
    )
    if binary.operator is operators.floordiv:
        found = operating.operate(here.writer, "/", one, other)
        return found if integers else functions.call(here.writer, "floor", [found])
    affinity = plain(binary.right.type)
    target = affinity if isinstance(affinity, types.Numeric | types.Float) else types.Numeric()
    return operating.operate(here.writer, "/", one, casting.cast(here.writer, other, target))


def _like(here: Clauses, binary: Any) -> Part:
    negate, without_case, before, behind = _LIKES[binary.operator]
    modifiers: Any = binary.modifiers or {}
    escape: str | None = modifiers.get("escape")
    text, pattern = as_text(here.writer, here.part(binary.left)), as_text(here.writer, here.part(binary.right))
    around = before, behind
    return matched(here.writer, text, pattern, escape, negate=negate, without_case=without_case, around=around)


def _in(here: Clauses, binary: Any) -> Part:
    negate, right = _MEMBERSHIP[binary.operator], binary.right
    while right.__visit_name__ == "grouping":
        right = right.element
    if right.__visit_name__ == "select":
        found = one_in(here, here.part(binary.left), right)
        return logic.negated(here.writer, found) if negate else found
    options: list[Part]
    if right.__visit_name__ == "bindparam":
        options = [here.value(value, right.type) for value in _several(right)]
    elif right.__visit_name__ in ("clauselist", "expression_clauselist"):
        options = here.parts(right.clauses)
    else:
        raise CannotEvaluate(f"IN {_named(right)}")
    if binary.left.__visit_name__ == "tuple":
        raise CannotEvaluate("a tuple IN a list")
    return comparing.one_of(here.writer, here.part(binary.left), options, negate=negate)


def _is(here: Clauses, binary: Any) -> Part:
    negate, right = binary.operator is operators.is_not, binary.right
    if right.__visit_name__ == "null":
        return logic.is_null(here.part(binary.left), negate=negate)
    if right.__visit_name__ in ("true", "false"):
        value = right.__visit_name__ == "true"
        return logic.is_truth(here.writer, here.part(binary.left), value, negate=negate)
    raise CannotEvaluate(f"IS {_named(right)}")


def _json(here: Clauses, binary: Any) -> Part:
    """An element, as JSON or, where it is asked for as something else, read from its text."""
    one, steps = here.part(binary.left), _steps(binary)
    if sql_type(binary.type).kind in (Kind.JSON, Kind.JSONB):
        return element(here.writer, one, steps)
    return casting.cast(here.writer, element_at(here.writer, one, steps), binary.type)


def _json_operator(here: Clauses, binary: Any) -> Part:
    """PostgreSQL's own operators, of which two give a text."""
    reach = element_at if binary.operator.opstring in ("->>", "#>>") else element
    return reach(here.writer, here.part(binary.left), _steps(binary))


def _steps(binary: Any) -> tuple[str | int, ...]:
    """The way to an element: one key, or several in a path."""
    keys = _value_of(binary.right)
    if isinstance(keys, list | tuple):
        return tuple(_in_path(key) for key in cast("Sequence[str | int]", keys))
    if not isinstance(keys, str | int) or binary.operator is operators.json_path_getitem_op:
        raise CannotEvaluate("a JSON path that is a text")
    return (keys,)


def _in_path(key: str | int) -> str | int:
    """A step of a path; digits in a text may be a key or a place, and what they meet is known to the row alone."""
    if isinstance(key, str) and key.removeprefix("-").isdecimal():
        raise CannotEvaluate("a JSON path with digits in a text")
    return key


def _unary(here: Clauses, unary: Any) -> Part:
    operator = unary.operator
    if operator is operators.inv:
        return logic.negated(here.writer, here.part(unary.element))
    if operator is operators.neg:
        return operating.negative(here.writer, here.part(unary.element))
    if operator is operators.is_true:
        return here.part(unary.element)
    if operator is operators.is_false:
        return logic.negated(here.writer, here.part(unary.element))
    if operator is operators.exists:
        return exists(here, unary.element)
    raise CannotEvaluate(f"the operator {getattr(operator or unary.modifier, '__name__', 'of one value')}")


def _list(here: Clauses, clauses: Any) -> Part:
    """Several clauses with one operator between each and the next."""
    found = here.parts(clauses.clauses)
    if clauses.operator is operators.and_:
        return logic.all_of(here.writer, found)
    if clauses.operator is operators.or_:
        return logic.any_of(here.writer, found)
    symbol = _symbol(here, clauses.operator)
    joined = found[0]
    for part in found[1:]:
        joined = operating.operate(here.writer, symbol, joined, part)
    return joined


def _case(here: Clauses, case: Any) -> Part:
    branches: list[tuple[Part, Part]] = []
    subject = None if case.value is None else here.part(case.value)
    for condition, result in case.whens:
        asked = here.part(condition)
        if subject is not None:
            asked = comparing.compare(here.writer, "=", subject, asked)
        branches.append((asked, here.part(result)))
    return logic.case(here.writer, branches, NULL if case.else_ is None else here.part(case.else_))


def _cast(here: Clauses, clause: Any) -> Part:
    return casting.cast(here.writer, here.part(clause.clause), clause.type)


def _type_coerce(here: Clauses, clause: Any) -> Part:
    return here.part(clause.typed_expression)


def _function(here: Clauses, function: Any) -> Part:
    if getattr(function, "packagenames", ()):
        raise CannotEvaluate(f"the function {'.'.join((*function.packagenames, function.name))}")
    if not hasattr(function, "clauses"):
        raise CannotEvaluate(f"the construct {function.name}")
    name = function.name.lower()
    if name in AGGREGATES:
        return here.aggregate(function, None)
    return functions.call(here.writer, name, here.parts(function.clauses))


def _extract(here: Clauses, clause: Any) -> Part:
    return extract(here.writer, clause.field.lower(), here.part(clause.expr))


def _inside(here: Clauses, clause: Any) -> Part:
    return here.part(clause.element)


def _text(here: Clauses, clause: Any) -> Part:
    if any(each.__visit_name__ == "bindparam" for each in visitors.iterate(clause)):
        raise CannotEvaluate("text with parameters")
    return here.text(clause.text)


def _filtered(here: Clauses, clause: Any) -> Part:
    return here.aggregate(clause.func, clause.criterion)


def _value_of(bind: Any) -> Any:
    if bind.__visit_name__ != "bindparam":
        raise CannotEvaluate(_named(bind))
    if bind.callable is not None or (bind.value is None and bind.required):
        raise CannotEvaluate("a parameter that is given its value later")
    return bind.value


def _several(bind: Any) -> Sequence[Any]:
    value = _value_of(bind)
    return list(cast("Collection[Any]", value)) if isinstance(value, list | tuple | set | frozenset) else [value]


def _named(clause: ClauseElement) -> str:
    return f"the construct {type(clause).__name__}"


_MEMBERSHIP: Mapping[Any, bool] = {operators.in_op: False, operators.not_in_op: True}
_BETWEEN = frozenset({operators.between_op, operators.not_between_op})

_TRANSLATE: dict[str, Callable[[Clauses, Any], Part]] = {
    "column": _column,
    "bindparam": _bind,
    "null": lambda _, __: NULL,
    "true": lambda _, __: TRUE,
    "false": lambda _, __: FALSE,
    "binary": _binary,
    "unary": _unary,
    "clauselist": _list,
    "expression_clauselist": _list,
    "case": _case,
    "cast": _cast,
    "type_coerce": _type_coerce,
    "function": _function,
    "extract": _extract,
    "label": _inside,
    "grouping": _inside,
    "textclause": _text,
    "select": scalar,
    "funcfilter": _filtered,
}
