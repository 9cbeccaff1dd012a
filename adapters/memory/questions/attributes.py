"""Attributes: what a question reads of a record."""

from collections.abc import Mapping
from typing import Any, cast

import attrs
from sqlalchemy import Column, ColumnElement, types
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import ColumnProperty, Mapper
from sqlalchemy.types import TypeDecorator, TypeEngine

from unitofwork.adapters.memory.expressions import CannotEvaluate, Expression, Kind, compile_expression, kind_of
from unitofwork.adapters.memory.questions.records import Records
from unitofwork.adapters.memory.values import Codec
from unitofwork.adapters.memory.values.codec import Holder
from unitofwork.adapters.memory.values.columns import codec_for
from unitofwork.adapters.orm.operands import compares_as_usual
from unitofwork.domain.errors import UnsupportedQuery


@attrs.frozen(eq=False)
class Attribute:
    """An attribute of a mapper's entities that is one value.

    Attributes:
        column: the column that holds it, or None where it is computed.
        place: where in a record it stands, if there is a column.
        computed: how it is computed of a record otherwise.
        codec: how its values are kept.
        type: of its values.
    """

    column: Column[Any] | None
    place: int
    computed: Expression | None
    codec: Codec
    type: TypeEngine[Any]

    @property
    def is_text(self) -> bool:
        """Whether what is stored is a text that patterns may match."""
        meant = self.type.impl_instance if isinstance(self.type, TypeDecorator) else self.type
        if isinstance(meant, types.CHAR | types.NCHAR):  # whose spaces at the end count in patterns alone
            return False
        return isinstance(meant, types.String) and not (isinstance(meant, types.Enum) and meant.native_enum)


def attribute_of(records: Records, name: str) -> Attribute:
    """The attribute of that name, which is a column's, an expression's or a hybrid property.

    Raises:
        UnsupportedQuery: it cannot be evaluated in memory.
    """
    mapper = records.mapper
    prop = mapper.attrs.get(name)
    if isinstance(prop, ColumnProperty):
        if not compares_as_usual(prop):
            raise _compared_by_the_application(mapper, name)
        column = prop.columns[0]
        if isinstance(column, Column):
            return column_attribute(records, column)
        return _computed(records, name, column)
    descriptor: Any = mapper.all_orm_descriptors.get(name)
    if isinstance(descriptor, hybrid_property) and cast(Any, descriptor).custom_comparator is not None:
        raise _compared_by_the_application(mapper, name)
    return _computed(records, name, _clause(mapper, name))


def _compared_by_the_application(mapper: Mapper[Any], name: str) -> UnsupportedQuery:
    return UnsupportedQuery(
        f"{mapper.class_.__name__}.{name} is compared by code of the application's, which only SQL runs",
        entity_type=mapper.class_,
    )


def column_attribute(records: Records, column: Column[Any]) -> Attribute:
    """What a column holds."""
    return Attribute(column, records.place[column], None, records.codec(column), column.type)


def _clause(mapper: Mapper[Any], name: str) -> ColumnElement[Any]:
    attribute: Any = getattr(mapper.class_, name)
    found: object = attribute.__clause_element__() if hasattr(attribute, "__clause_element__") else attribute
    if isinstance(found, ColumnElement):
        return cast(Any, found)  # type: ignore[no-any-return]  # of whatever type
    raise UnsupportedQuery(f"{mapper.class_.__name__}.{name} is no expression", entity_type=mapper.class_)


def _computed(records: Records, name: str, clause: ColumnElement[Any]) -> Attribute:
    entity_type = records.mapper.class_
    try:
        computed = compile_expression(clause, records.place)
        type_ = type_of(clause, records.place)
    except CannotEvaluate as error:
        raise UnsupportedQuery(
            f"{entity_type.__name__}.{name} cannot be evaluated in memory: {error}", entity_type=entity_type
        ) from error
    codec = codec_for(type_, Holder(f"{entity_type.__name__}.{name}"))
    return Attribute(None, -1, computed, codec, type_)


_TYPES: dict[Kind, TypeEngine[Any]] = {
    Kind.BOOLEAN: types.Boolean(),
    Kind.SMALLINT: types.BigInteger(),
    Kind.INTEGER: types.BigInteger(),
    Kind.BIGINT: types.BigInteger(),
    Kind.NUMERIC: types.Numeric(),
    Kind.DOUBLE: types.Double(),
    Kind.TEXT: types.String(),
    Kind.UNKNOWN: types.String(),  # a literal of no type, NULL among them, is a text where it is selected
    Kind.DATE: types.Date(),
    Kind.TIMESTAMP: types.DateTime(),
    Kind.TIMESTAMPTZ: types.DateTime(timezone=True),
    Kind.TIME: types.Time(),
    Kind.INTERVAL: types.Interval(),
    Kind.UUID: types.Uuid(),
}
"""What expressions are of that SQLAlchemy has no type for, as it has none for most functions."""


def type_of(clause: ColumnElement[Any], place: Mapping[Column[Any], int]) -> TypeEngine[Any]:
    """The type of an expression.

    Raises:
        CannotEvaluate: neither SQLAlchemy nor the twin knows it.
    """
    if not isinstance(clause.type, types.NullType):
        return clause.type
    kind = kind_of(clause, place)
    if kind not in _TYPES:
        raise CannotEvaluate(f"its type is {kind.value}, which SQLAlchemy does not know: give it one by type_coerce()")
    return _TYPES[kind]
