"""What is made of the operands of a condition when they are given."""

from collections.abc import Callable
from typing import Any, TypeAlias

from sqlalchemy import inspect
from sqlalchemy.orm import InstanceState, Mapper

from unitofwork.adapters.memory.questions.attributes import Attribute
from unitofwork.adapters.memory.questions.related import Related
from unitofwork.adapters.memory.values.codec import DIALECT
from unitofwork.adapters.orm.operands import check_comparison
from unitofwork.domain.condition import Operator
from unitofwork.domain.errors import InvalidValue

Bind: TypeAlias = Callable[[Any], Any]
"""Makes of an operand what it is compared as, or refuses it."""

_OF_SEVERAL = frozenset({Operator.IN, Operator.NOT_IN, Operator.BETWEEN})


def as_it_is(value: Any) -> Any:
    """The operand itself, where nothing need be made of it."""
    return value


def binding(mapper: Mapper[Any], name: str, operator: Operator, attribute: Attribute) -> Bind:
    """What is made of an operand: what is stored of it; a refusal names the attribute."""
    convert = attribute.codec.operand

    def check(operand: Any) -> Any:
        check_comparison(mapper, name, operator, operand, DIALECT)
        return operand

    if convert is None:
        return check
    if operator in _OF_SEVERAL:
        to_stored = convert

        def bind_each(operands: Any) -> Any:
            try:
                return tuple([None if each is None else to_stored(each) for each in operands])
            except InvalidValue:
                check(operands)
                raise

        return bind_each

    def bind(operand: Any) -> Any:
        try:
            return convert(operand)
        except InvalidValue:
            check(operand)
            raise

    return bind


def key_of_entity(related: Related) -> Bind:
    """What an entity has in the columns that a relationship to it refers to, or None for each that has no value."""
    records = related.target
    converts = [records.codec(column).operand for column in related.remote]

    def key(entity: object) -> tuple[object, ...]:
        values = _values_of(entity, related)
        return tuple(
            value if value is None or convert is None else convert(value)
            for value, convert in zip(values, converts, strict=True)
        )

    return key


def _values_of(entity: object, related: Related) -> list[object]:
    """What the entity has in these columns, loaded if need be."""
    state: InstanceState[Any] = inspect(entity)
    return [getattr(entity, state.mapper.get_property_by_column(column).key) for column in related.remote]
