"""A value compared with an operand, as source."""

from collections.abc import Callable
from typing import Any

from unitofwork.adapters.memory.questions.attributes import Attribute
from unitofwork.adapters.memory.questions.code import Code
from unitofwork.adapters.memory.questions.nodes import Compared
from unitofwork.adapters.memory.questions.texts import ilike, like
from unitofwork.adapters.memory.questions.truth import Truth
from unitofwork.domain.condition import Operator


def comparison(compared: Compared, record: str, code: Code) -> Truth:
    """The truth of a comparison.

    Args:
        compared: what is compared.
        record: the record's name.
        code: the function that it is written for.
    """
    value, is_known = _value(compared.attribute, record, code)
    if compared.operator is Operator.IS_NONE:
        return Truth(f"not ({is_known})", is_known)
    operand = code.operand(compared.number, compared.part)
    if compared.nothing:
        return _same(compared.attribute, value, is_known, operand, code)
    if compared.operator is Operator.IN:
        return _among(compared.attribute, value, is_known, operand, code)
    if compared.operator is Operator.BETWEEN:
        return _between(compared.attribute, value, is_known, operand, code)
    if compared.part is not None or compared.attribute.codec.stores_none:  # then it may be None, too
        is_known = f"{operand} is not None and {is_known}"
    test = _TESTS[compared.operator](compared.attribute, value, operand, code)
    return Truth(f"{is_known} and {test}", f"{is_known} and not {test}")


def _value(attribute: Attribute, record: str, code: Code) -> tuple[str, str]:
    """The source of a record's value, and of the test whether it is known, which comes first."""
    if attribute.computed is None:
        value = f"{record}[{attribute.place}]"
        is_known = f"{value} is not None"
    else:
        value = code.fresh("v")
        is_known = f"({value} := {code.constant(attribute.computed)}({record}, reader)) is not None"
    null = attribute.codec.null
    return value, is_known if null is None else f"{is_known} and {value} != {code.constant(null)}"


def _keyed(attribute: Attribute, value: str, code: Code) -> str:
    """What is equal where PostgreSQL calls the values equal."""
    key = attribute.codec.key
    return value if key is None else f"{code.constant(key)}({value})"


def _same(attribute: Attribute, value: str, is_known: str, operand: str, code: Code) -> Truth:
    """Equal, or both None: always known, but of a value that is compared with another one, and is None."""
    if attribute.codec.key is not None:
        operand = code.computed(f"None if {operand} is None else {_keyed(attribute, operand, code)}")
    keyed = _keyed(attribute, value, code)
    return Truth(f"({keyed} == {operand} if {is_known} else {operand} is None)", f"{is_known} and {keyed} != {operand}")


def _among(attribute: Attribute, value: str, is_known: str, operand: str, code: Code) -> Truth:
    keyed = _keyed(attribute, "each", code)
    several = code.computed(f"frozenset([{keyed} for each in {operand} if each is not None])")
    test = f"{_keyed(attribute, value, code)} in {several}"
    complete = code.computed(f"None not in {operand}")
    empty = code.computed(f"not {operand}")
    return Truth(f"{is_known} and {test}", f"({empty} or {complete} and {is_known} and not ({test}))")


def _between(attribute: Attribute, value: str, is_known: str, operand: str, code: Code) -> Truth:
    low, high = _sortable(attribute, f"{operand}[0]", code), _sortable(attribute, f"{operand}[1]", code)
    low, high = code.computed(low), code.computed(high)
    test = f"({low} <= {_sortable(attribute, value, code)} <= {high})"
    return Truth(f"{is_known} and {test}", f"{is_known} and not {test}")


def _sortable(attribute: Attribute, value: str, code: Code) -> str:
    order = attribute.codec.order
    return value if order is None else f"{code.constant(order)}({value})"


def _equal(attribute: Attribute, value: str, operand: str, code: Code) -> str:
    if attribute.codec.key is not None:
        operand = code.computed(f"None if {operand} is None else {_keyed(attribute, operand, code)}")
    return f"({_keyed(attribute, value, code)} == {operand})"


def _ordered(sign: str) -> Callable[[Attribute, str, str, Code], str]:
    def test(attribute: Attribute, value: str, operand: str, code: Code) -> str:
        if attribute.codec.order is not None:
            operand = code.computed(f"None if {operand} is None else {_sortable(attribute, operand, code)}")
        return f"({_sortable(attribute, value, code)} {sign} {operand})"

    return test


def _matching(pattern: Callable[[str], Any]) -> Callable[[Attribute, str, str, Code], str]:
    def test(attribute: Attribute, value: str, operand: str, code: Code) -> str:
        return f"({code.computed(f'{code.constant(pattern)}({operand})')}({value}))"

    return test


_TESTS: dict[Operator, Callable[[Attribute, str, str, Code], str]] = {
    Operator.EQUAL: _equal,
    Operator.LESS: _ordered("<"),
    Operator.LESS_OR_EQUAL: _ordered("<="),
    Operator.GREATER: _ordered(">"),
    Operator.GREATER_OR_EQUAL: _ordered(">="),
    Operator.STARTS_WITH: lambda attribute, value, operand, code: f"({value}.startswith({operand}))",
    Operator.ENDS_WITH: lambda attribute, value, operand, code: f"({value}.endswith({operand}))",
    Operator.CONTAINS: lambda attribute, value, operand, code: f"({operand} in {value})",
    Operator.LIKE: _matching(like),
    Operator.ILIKE: _matching(ilike),
}
