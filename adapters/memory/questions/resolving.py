"""Conditions resolved against the mapping: what each comparison reads, and by which relationships.

What is wrong with a condition is told here, in the order in which one reads it, and as every adapter tells it.
"""

from typing import Any, cast

import attrs
from sqlalchemy.orm import CompositeProperty, Mapper, MapperProperty, RelationshipDirection, RelationshipProperty

from unitofwork.adapters.memory.questions.attributes import Attribute, attribute_of, column_attribute
from unitofwork.adapters.memory.questions.binding import Bind, as_it_is, binding, key_of_entity
from unitofwork.adapters.memory.questions.following import related_of
from unitofwork.adapters.memory.questions.nodes import All, Any_, Compared, Exists, Negated, Node, Unknown
from unitofwork.adapters.memory.questions.records import Records, records_of
from unitofwork.adapters.memory.questions.related import Related
from unitofwork.adapters.memory.values.codec import DIALECT
from unitofwork.adapters.orm.names import check_name, relationship_of
from unitofwork.adapters.orm.operands import check_comparison, parts_of
from unitofwork.domain.condition import UNARY, And, Comparison, Condition, Not, Operator, Or
from unitofwork.domain.errors import UnsupportedQuery


@attrs.frozen(eq=False)
class Resolved:
    """A condition on records.

    Attributes:
        node: what must be true.
        binds: what is made of each operand when it is given, in their order.
        late: what is made of some of them, by their number, when the records are read.
    """

    node: Node
    binds: tuple[Bind, ...]
    late: dict[int, Bind]


def resolve(condition: Condition, mapper: Mapper[Any]) -> Resolved:
    """Resolve a condition on a mapper's entities.

    Raises:
        MappingError: a name that the mapping does not have.
        InvalidValue: an operand that its column could never hold.
        UnsupportedQuery: an operator that its attribute does not have, or what cannot be evaluated in memory.
    """
    resolver = _Resolver()
    node = resolver.condition(condition, records_of(mapper))
    return Resolved(node, tuple(resolver.binds), resolver.late)


class _Resolver:
    def __init__(self) -> None:
        self.binds: list[Bind] = []
        self.late: dict[int, Bind] = {}

    def condition(self, condition: Condition, records: Records) -> Node:
        match condition:
            case And(conditions):
                return All(tuple([self.condition(each, records) for each in conditions]))
            case Or(conditions):
                return Any_(tuple([self.condition(each, records) for each in conditions]))
            case Not(negated):
                return Negated(self.condition(negated, records))
            case Comparison(path):
                return self.path(condition, records, path.steps)
            case _:
                raise UnsupportedQuery(f"a {type(condition).__name__} is no condition that can be evaluated in memory")

    def path(self, comparison: Comparison, records: Records, steps: tuple[tuple[str, type | None], ...]) -> Node:
        (name, owner), *rest = steps
        if not rest:
            return self.compared(comparison, records, check_name(records.mapper, name, owner))
        related = related_of(relationship_of(records.mapper, name, owner))
        return Exists(related, self.path(comparison, related.target, tuple(rest)))

    def compared(self, comparison: Comparison, records: Records, name: str) -> Node:
        mapper, operator = records.mapper, comparison.operator
        check_comparison(mapper, name, operator, comparison.operand, DIALECT)
        prop: MapperProperty[Any] | None = mapper.attrs.get(name)
        if isinstance(prop, RelationshipProperty):
            return self.entity(comparison, records, prop)
        if isinstance(prop, CompositeProperty):
            return self.value_object(comparison, records, prop)
        attribute = attribute_of(records, name)
        if operator in _TEXT and not attribute.is_text:
            raise UnsupportedQuery(
                f"{mapper.class_.__name__}.{name} is kept as something else than text, so it has no {operator.value!r}",
                entity_type=mapper.class_,
            )
        if operator in UNARY or comparison.operand is None:
            self.take(as_it_is)
            return _of_none(attribute, operator)
        number = self.take(binding(mapper, name, operator, attribute))
        positive = _POSITIVE.get(operator)
        if positive is not None:
            return Negated(Compared(attribute, positive, number))
        return Compared(attribute, operator, number)

    def entity(self, comparison: Comparison, records: Records, relationship: RelationshipProperty[Any]) -> Node:
        """A relationship to one, compared with an entity or with none."""
        mapper, operator, name = records.mapper, comparison.operator, relationship.key
        related = related_of(relationship)
        if operator in UNARY or comparison.operand is None:
            self.take(as_it_is)
            if relationship.direction is not RelationshipDirection.MANYTOONE:
                made: Node = Negated(Exists(related, All(())))
            else:
                _refuse_own_joins(related)
                made = All(tuple([_is_none(column_attribute(records, column)) for column in related.columns]))
        else:
            _refuse_own_joins(related)

            def check(entity: object) -> object:
                check_comparison(mapper, name, operator, entity, DIALECT)
                return entity

            number = self.take(check)
            self.late[number] = key_of_entity(related)
            made = All(
                tuple(
                    Compared(column_attribute(records, column), Operator.EQUAL, number, part)
                    for part, column in enumerate(related.columns)
                )
            )
        return made if operator in (Operator.EQUAL, Operator.IS_NONE) else Negated(made)

    def value_object(self, comparison: Comparison, records: Records, composite: CompositeProperty[Any]) -> Node:
        """A value object, which is equal if all its columns are; of one that is None, all are NULL."""
        attributes = [column_attribute(records, column) for column in cast("list[Any]", composite.columns)]
        operator = comparison.operator

        def bind(value: Any) -> tuple[object, ...]:
            check_comparison(records.mapper, composite.key, operator, value, DIALECT)
            return tuple(
                part if part is None or attribute.codec.operand is None else attribute.codec.operand(part)
                for attribute, part in zip(attributes, parts_of(value, composite), strict=True)
            )

        number = self.take(bind)
        made = All(
            tuple(
                Compared(attribute, Operator.EQUAL, number, part, nothing=True)
                for part, attribute in enumerate(attributes)
            )
        )
        return made if operator in (Operator.EQUAL, Operator.IS_NONE) else Negated(made)

    def take(self, bind: Bind) -> int:
        self.binds.append(bind)
        return len(self.binds) - 1


_TEXT = frozenset({Operator.STARTS_WITH, Operator.ENDS_WITH, Operator.CONTAINS, Operator.LIKE, Operator.ILIKE})
_POSITIVE = {Operator.NOT_EQUAL: Operator.EQUAL, Operator.NOT_IN: Operator.IN, Operator.IS_NOT_NONE: Operator.IS_NONE}
"""The operators that negate another one."""


def _is_none(attribute: Attribute) -> Node:
    return Compared(attribute, Operator.IS_NONE, -1)


def _of_none(attribute: Attribute, operator: Operator) -> Node:
    """A comparison with None: equality asks whether there is a value, and of nothing else is anything known."""
    if operator in (Operator.EQUAL, Operator.IS_NONE):
        return _is_none(attribute)
    if operator in (Operator.NOT_EQUAL, Operator.IS_NOT_NONE):
        return Negated(_is_none(attribute))
    return Unknown()


def _refuse_own_joins(related: Related) -> None:
    if not related.is_plain:
        relationship = related.relationship
        owner = relationship.parent.class_
        raise UnsupportedQuery(
            f"{owner.__name__}.{relationship.key} has a join of its own, so that it is not compared in memory:"
            " compare an attribute of it",
            entity_type=owner,
        )
