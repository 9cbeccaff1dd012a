"""What an attribute may be compared with; nothing else is sent."""

from collections.abc import Iterator
from typing import Any, cast

from sqlalchemy import ColumnElement, Dialect, inspect
from sqlalchemy.orm import ColumnProperty, CompositeProperty, InstanceState, Mapper, RelationshipProperty
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.operators import Operators

from unitofwork.adapters.orm.json_types import is_json
from unitofwork.adapters.orm.values import check_operand, check_operands
from unitofwork.domain.condition import Operator
from unitofwork.domain.errors import DetachedEntity, UnitOfWorkError, UnsupportedQuery, WrongType

_TEXT = frozenset({Operator.STARTS_WITH, Operator.ENDS_WITH, Operator.CONTAINS, Operator.LIKE, Operator.ILIKE})
_OF_RELATED = frozenset({Operator.EQUAL, Operator.NOT_EQUAL, Operator.IS_NONE, Operator.IS_NOT_NONE})
_OF_JSON = _OF_RELATED | {Operator.IN, Operator.NOT_IN}
_OF_SEVERAL = frozenset({Operator.IN, Operator.NOT_IN, Operator.BETWEEN})


def check_comparison(mapper: Mapper[Any], name: str, operator: Operator, operand: object, dialect: Dialect) -> None:
    """Refuse an operator that the attribute does not have, and an operand that it could never be equal to.

    Raises:
        UnsupportedQuery: the operator.
        InvalidValue: the operand.
        UnitOfWorkError: the operand is an entity without a key, or whose key can no longer be loaded.
    """
    operands = cast(tuple[object, ...], operand) if operator in _OF_SEVERAL else (operand,)
    for each in operands:
        _refuse_sql(mapper, name, each)
    prop = mapper.attrs.get(name)
    if isinstance(prop, RelationshipProperty):
        _check_related(mapper, prop, operator, operand, dialect)
    elif isinstance(prop, CompositeProperty):
        _check_composite(mapper, prop, operator, operand, dialect)
    elif isinstance(prop, ColumnProperty):
        _check_text(mapper, prop, operator)
        _check_json(mapper, prop, operator)
        check_operands(mapper, prop, operands, dialect)


def compares_as_usual(prop: ColumnProperty[Any]) -> bool:
    """Whether nothing of the application decides how the attribute is compared: that might look at the value."""
    column: ColumnElement[Any] = prop.columns[0]
    type_ = column.type
    comparator: type = type(type_.comparator_factory(column))
    return (
        prop.comparator_factory is ColumnProperty.Comparator
        and _is_theirs(type(type_).coerce_compared_value)
        and all(map(_is_theirs, comparator.__mro__))
    )


def _is_theirs(definition: Any) -> bool:
    return str(definition.__module__).partition(".")[0] in ("sqlalchemy", "typing", "builtins")


def _refuse_sql(mapper: Mapper[Any], name: str, operand: object) -> None:
    """A condition is a value: what only SQL can evaluate would make it one adapter's own."""
    if isinstance(operand, ClauseElement | Operators):
        raise WrongType(
            f"{mapper.class_.__name__}.{name} is compared with a value, not with a SQL expression",
            entity_type=mapper.class_,
        )


def parts_of(value: Any, composite: CompositeProperty[Any]) -> tuple[object, ...]:
    """What the columns of a value object have for this one; that of none is None in all of them."""
    return (None,) * len(composite.props) if value is None else tuple(value.__composite_values__())


def _check_composite(
    mapper: Mapper[Any], composite: CompositeProperty[Any], operator: Operator, operand: object, dialect: Dialect
) -> None:
    """A value object is equal to another or not; it has no other operators."""
    name, kind = f"{mapper.class_.__name__}.{composite.key}", composite.composite_class
    if operator not in _OF_RELATED:
        raise UnsupportedQuery(
            f"{name} is a value object, which has no {operator.value!r}: compare one of its parts",
            entity_type=mapper.class_,
        )
    if operand is not None and isinstance(kind, type) and not isinstance(operand, kind):
        raise WrongType(
            f"{name} is compared with {kind.__name__}, not {type(operand).__name__}", entity_type=mapper.class_
        )
    for prop, part in zip(composite.props, parts_of(operand, composite), strict=True):
        if isinstance(prop, ColumnProperty):
            check_operand(mapper, prop, part, dialect)


def _check_related(
    mapper: Mapper[Any],
    relationship: RelationshipProperty[Any],
    operator: Operator,
    operand: object,
    dialect: Dialect,
) -> None:
    """A relationship to one is compared with an entity; of a collection, an attribute is."""
    name = f"{mapper.class_.__name__}.{relationship.key}"
    target = relationship.mapper.class_
    if relationship.uselist:
        raise UnsupportedQuery(
            f"{name} is a collection: compare an attribute of what is in it, such as {relationship.key}.id",
            entity_type=mapper.class_,
        )
    if operator not in _OF_RELATED:
        raise UnsupportedQuery(
            f"{name} is a relationship, which has no {operator.value!r}: compare an attribute of it",
            entity_type=mapper.class_,
        )
    if operand is None:
        return
    if not isinstance(operand, target):
        raise WrongType(
            f"{name} is compared with {target.__name__}, not {type(operand).__name__}", entity_type=mapper.class_
        )
    state: InstanceState[Any] = inspect(operand)
    if _gets_no_key(state, relationship):
        raise UnitOfWorkError(
            f"{name} is compared with a {target.__name__} that has no key: add it, and flush, first",
            entity_type=mapper.class_,
        )
    if (state.detached or state.deleted) and not _is_loaded(state, relationship):
        raise DetachedEntity(
            f"{name} is compared with a {target.__name__} that is outside its unit of work, and its key is not loaded:"
            " add it to a unit, or compare its key",
            entity_type=mapper.class_,
        )
    if state.key is None:  # nothing has checked yet what it was given
        for each in _referred(state, relationship):
            check_operand(state.mapper, each, state.dict.get(each.key), dialect)


def _gets_no_key(state: InstanceState[Any], relationship: RelationshipProperty[Any]) -> bool:
    """Whether the entity lacks what the relationship refers to, and does not get it before the question is asked."""
    session = state.session
    if state.key is not None or (session is not None and session.autoflush):
        return False
    return any(state.dict.get(each.key) is None for each in _referred(state, relationship))


def _is_loaded(state: InstanceState[Any], relationship: RelationshipProperty[Any]) -> bool:
    return all(each.key in state.dict for each in _referred(state, relationship))


def _referred(state: InstanceState[Any], relationship: RelationshipProperty[Any]) -> Iterator[ColumnProperty[Any]]:
    """The attributes of the entity that the relationship refers to."""
    for _, remote in relationship.local_remote_pairs or ():
        prop = state.mapper.get_property_by_column(remote)
        assert isinstance(prop, ColumnProperty)
        yield prop


def _check_text(mapper: Mapper[Any], prop: ColumnProperty[Any], operator: Operator) -> None:
    if operator not in _TEXT:
        return
    try:
        python_type = prop.columns[0].type.python_type
    except NotImplementedError:
        return
    if python_type is not str:
        raise UnsupportedQuery(
            f"{mapper.class_.__name__}.{prop.key} is no text, so it has no {operator.value!r}",
            entity_type=mapper.class_,
        )


def _check_json(mapper: Mapper[Any], prop: ColumnProperty[Any], operator: Operator) -> None:
    """What is in JSON is equal to something else or not; it has no order."""
    if operator not in _OF_JSON and is_json(prop.columns[0].type):
        raise UnsupportedQuery(
            f"{mapper.class_.__name__}.{prop.key} is JSON, which has no {operator.value!r}: map what is to be compared"
            " as a column of its own",
            entity_type=mapper.class_,
        )
