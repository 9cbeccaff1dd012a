"""What a condition looks like without its operands, so that it is compiled once and not for each of them."""

from typing import Any, TypeAlias, cast

from unitofwork.domain.condition import And, Comparison, Condition, Not, Or
from unitofwork.domain.errors import UnsupportedQuery

Shape: TypeAlias = tuple[object, ...]


def shape_of(condition: Condition, operands: list[Any]) -> Shape:
    """The shape of a condition; its operands are appended to the list, in the order in which one reads it.

    What changes how it is compiled belongs to the shape: which operands are None.

    Raises:
        UnsupportedQuery: it is a condition of an unknown kind.
    """
    kind = type(condition)
    if kind is Comparison:
        comparison: Any = condition
        operand, path = comparison.operand, comparison.path
        operands.append(operand)
        return (path.names, path.owners, comparison.operator, operand is None)
    if kind is And or kind is Or:
        several = cast("And | Or", condition).conditions
        return (kind, *[shape_of(each, operands) for each in several])
    if kind is Not:
        return (kind, shape_of(cast(Not, condition).condition, operands))
    raise UnsupportedQuery(f"a {kind.__name__} is no condition that can be evaluated in memory")
