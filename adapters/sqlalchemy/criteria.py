"""Conditions as SQL: one traversal of the specification.

A path across a relationship becomes EXISTS over an alias of its own, so that two paths through one table do not meet.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Dialect,
    Integer,
    Numeric,
    String,
    and_,
    any_,
    false,
    literal,
    not_,
    or_,
    true,
    type_coerce,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import ColumnProperty, CompositeProperty, Mapper, aliased
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from unitofwork.adapters.orm.json_types import is_json
from unitofwork.adapters.orm.names import check_name, relationship_of
from unitofwork.adapters.orm.operands import check_comparison, compares_as_usual, parts_of
from unitofwork.adapters.sqlalchemy.chains import chained
from unitofwork.adapters.sqlalchemy.json_values import canonical, comparable
from unitofwork.adapters.sqlalchemy.number_arrays import NUMBERS
from unitofwork.adapters.sqlalchemy.parameters import TEXT_ESCAPE, Parameters
from unitofwork.adapters.sqlalchemy.shapes import is_beyond
from unitofwork.domain.condition import UNARY, And, Comparison, Condition, Not, Operator, Or
from unitofwork.domain.errors import UnsupportedQuery
from unitofwork.domain.path import Path

ESCAPE = "\\"
"""What makes the next character of a pattern literal."""


class lowered(FunctionElement[str]):  # SQL functions are lower case
    """Text in lower case, in every alphabet; a database whose own ``lower`` cannot do that compiles it differently."""

    type = String()
    inherit_cache = True
    name = "lower"


@compiles(lowered)
def _plain(element: lowered, compiler: SQLCompiler, **kw: Any) -> str:
    return f"lower({compiler.process(element.clauses, **kw)})"


@compiles(lowered, "sqlite")
def _by_python(element: lowered, compiler: SQLCompiler, **kw: Any) -> str:
    return f"unitofwork_lower({compiler.process(element.clauses, **kw)})"


def criterion(
    condition: Condition,
    mapper: Mapper[Any],
    dialect: Dialect,
    entity: Any = None,
    parameters: Parameters | None = None,
) -> ColumnElement[bool]:
    """The condition as a SQL expression.

    Args:
        condition: what to express.
        mapper: of the class that the condition is about.
        dialect: of the database, for checking operands.
        entity: the class, or an alias of it, that the expression refers to; the mapper's class by default.
        parameters: notes those that stand for the operands; without it, the expression holds the operands itself.

    Raises:
        MappingError: a name that the mapping does not have.
        InvalidValue: an operand that its column could never hold.
        UnsupportedQuery: an operator that its attribute does not have.
    """
    on = mapper.class_ if entity is None else entity
    match condition:
        case And(conditions):
            return chained(and_, true(), [criterion(each, mapper, dialect, on, parameters) for each in conditions])
        case Or(conditions):
            return chained(or_, false(), [criterion(each, mapper, dialect, on, parameters) for each in conditions])
        case Not(negated):
            return not_(criterion(negated, mapper, dialect, on, parameters))
        case Comparison(path) if len(path.names) > 1:
            return _across(condition, mapper, dialect, on, parameters)
        case Comparison():
            return _compared(condition, mapper, dialect, on, parameters)
        case _:
            raise UnsupportedQuery(f"{type(condition).__name__} has no SQL")


def _across(
    comparison: Comparison, mapper: Mapper[Any], dialect: Dialect, on: Any, parameters: Parameters | None
) -> ColumnElement[bool]:
    names, owners = comparison.path.names, comparison.path.owners
    relationship = relationship_of(mapper, names[0], owners[0])
    target = aliased(relationship.mapper, flat=True)
    rest = Comparison(Path(names[1:], owners[1:]), comparison.operator, comparison.operand)
    inner = criterion(rest, relationship.mapper, dialect, target, parameters)
    related = getattr(on, relationship.key).of_type(target)
    exists: ColumnElement[bool] = related.any(inner) if relationship.uselist else related.has(inner)
    return exists


def _compared(
    comparison: Comparison, mapper: Mapper[Any], dialect: Dialect, on: Any, parameters: Parameters | None
) -> ColumnElement[bool]:
    operator, operand = comparison.operator, comparison.operand
    name = check_name(mapper, comparison.path.names[0], comparison.path.owners[0])
    prop = mapper.attrs.get(name)
    check_comparison(mapper, name, operator, operand, dialect)
    if isinstance(prop, CompositeProperty):
        return _of_value_object(operator, parts_of(operand, prop), prop, mapper, dialect, on)
    attribute = getattr(on, name)
    if isinstance(prop, ColumnProperty):
        attribute, operand = _comparable(attribute, operator, operand, prop)
        if operator is Operator.IN and dialect.name == "postgresql" and _are_whole(prop, attribute.type, operand):
            return _in_array(mapper, prop, attribute, operand, parameters)
        if parameters is not None:
            operand = parameters.of_operand(mapper, prop, attribute, operator, operand)
    if isinstance(operand, bool):  # which SQLAlchemy would write into the statement, and compares by equality alone
        operand = literal(operand)
    elif is_beyond(operand):
        operand = literal(operand, Numeric())
    return _applied(attribute, operator, operand)


def _of_value_object(
    operator: Operator,
    parts: tuple[object, ...],
    composite: CompositeProperty[Any],
    mapper: Mapper[Any],
    dialect: Dialect,
    on: Any,
) -> ColumnElement[bool]:
    """A value object is equal if all its columns are; of one that is None, all are NULL."""
    equal = [
        Comparison(Path((prop.key,), (None,)), Operator.IS_NONE if part is None else Operator.EQUAL, part)
        for prop, part in zip(composite.props, parts, strict=True)
    ]
    made = criterion(And(tuple(equal)), mapper, dialect, on)
    return made if operator in (Operator.EQUAL, Operator.IS_NONE) else not_(made)


def _comparable(attribute: Any, operator: Operator, operand: Any, prop: ColumnProperty[Any]) -> tuple[Any, Any]:
    type_ = prop.columns[0].type
    if not is_json(type_):
        return _uncut(attribute, prop), operand
    return canonical(attribute), None if operator in UNARY else comparable(operand, type_)


def _uncut(attribute: Any, prop: ColumnProperty[Any]) -> Any:
    """The attribute, such that an operand need not fit its column: 1.00 is less than 1.004, and 5 less than 2**40."""
    column_type: object = prop.columns[0].type
    if isinstance(column_type, Numeric) and column_type.scale is not None:
        return type_coerce(attribute, Numeric())
    if isinstance(column_type, Integer):
        return type_coerce(attribute, BigInteger())
    return attribute


def _applied(attribute: Any, operator: Operator, operand: Any) -> ColumnElement[bool]:
    match operator:
        case Operator.EQUAL:
            made = attribute == operand
        case Operator.NOT_EQUAL:
            # `!=` of a relationship would be true of NULL
            made = not_(attribute == operand)
        case Operator.LESS:
            made = attribute < operand
        case Operator.LESS_OR_EQUAL:
            made = attribute <= operand
        case Operator.GREATER:
            made = attribute > operand
        case Operator.GREATER_OR_EQUAL:
            made = attribute >= operand
        case Operator.IN:
            made = attribute.in_(operand)
        case Operator.NOT_IN:
            made = attribute.not_in(operand)
        case Operator.IS_NONE:
            made = attribute == None  # noqa: E711  # relationships have no is_()
        case Operator.IS_NOT_NONE:
            made = not_(attribute == None)  # noqa: E711  # makes a condition
        case Operator.BETWEEN:
            made = attribute.between(*operand)
        case Operator.STARTS_WITH:
            made = attribute.startswith(operand, **_literally(operand))
        case Operator.ENDS_WITH:
            made = attribute.endswith(operand, **_literally(operand))
        case Operator.CONTAINS:
            made = attribute.contains(operand, **_literally(operand))
        case Operator.LIKE:
            made = attribute.like(operand, escape=ESCAPE)
        case Operator.ILIKE:
            made = lowered(attribute).like(lowered(operand), escape=ESCAPE)
    expression: ColumnElement[bool] = made
    return expression


def _are_whole(prop: ColumnProperty[Any], type_: object, operand: tuple[object, ...]) -> bool:
    return type(type_) is BigInteger and all(type(each) is int for each in operand) and compares_as_usual(prop)


def _in_array(
    mapper: Mapper[Any],
    prop: ColumnProperty[Any],
    attribute: Any,
    numbers: tuple[int, ...],
    parameters: Parameters | None,
) -> ColumnElement[bool]:
    """What `in_` says, with one parameter for all numbers: a parameter of its own for each takes far longer."""
    array = literal(numbers, NUMBERS) if parameters is None else parameters.of_numbers(mapper, prop, numbers)
    made: ColumnElement[bool] = attribute == any_(array)
    return made


def _literally(operand: object) -> dict[str, Any]:
    """How each character of an operand is taken literally; the values of a parameter come escaped."""
    return {"autoescape": True} if isinstance(operand, str) else {"escape": TEXT_ESCAPE}
