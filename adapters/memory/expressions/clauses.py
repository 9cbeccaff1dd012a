"""SQLAlchemy's expressions, one construct after the other."""

from collections.abc import Callable
from typing import Any, TypeAlias

import attrs
from sqlalchemy import literal, types
from sqlalchemy.sql import ClauseElement, operators, visitors
from sqlalchemy.types import TypeEngine

from unitofwork.adapters.memory.expressions import casting, comparing, functions, logic, operating
from unitofwork.adapters.memory.expressions.aggregates import AGGREGATES
from unitofwork.adapters.memory.expressions.binary import binary_operator, symbol_of
from unitofwork.adapters.memory.expressions.converting import converted
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
from unitofwork.adapters.memory.expressions.parameters import value_of
from unitofwork.adapters.memory.expressions.parts import FALSE, NULL, TRUE, Part, Writer
from unitofwork.adapters.memory.expressions.refusing import CannotEvaluate, construct
from unitofwork.adapters.memory.expressions.scopes import Scope
from unitofwork.adapters.memory.expressions.subqueries import exists, scalar
from unitofwork.adapters.memory.expressions.time_functions import extract
from unitofwork.adapters.memory.values.codec import Holder
from unitofwork.adapters.memory.values.columns import codec_for
from unitofwork.domain.errors import InvalidValue, MappingError

Gather: TypeAlias = Callable[[Any, Any], Part]


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
            raise CannotEvaluate(construct(clause))
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
        try:  # only where there is text
            from unitofwork.adapters.memory.expressions.parsed_nodes import Texts
            from unitofwork.adapters.memory.expressions.parsing import parsed
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
    return here.value(value_of(bind), bind.type)


def _number(here: Clauses, value: Any) -> Part:
    """The driver sends numbers as what they are, whatever the column is."""
    if isinstance(value, int):
        return here.writer.constant(INTEGER if -(2**31) <= value < 2**31 else BIGINT, int(value))
    return here.writer.constant(DOUBLE if isinstance(value, float) else NUMERIC, value)


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
    symbol = symbol_of(clauses.operator)
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


_TRANSLATE: dict[str, Callable[[Clauses, Any], Part]] = {
    "column": _column,
    "bindparam": _bind,
    "null": lambda _, __: NULL,
    "true": lambda _, __: TRUE,
    "false": lambda _, __: FALSE,
    "binary": binary_operator,
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
