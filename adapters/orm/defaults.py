"""What must hold of defaults that would be stored: of a column's, and of the field that says a row's class."""

from collections.abc import Iterator
from typing import Any

import attrs
from sqlalchemy import Column, make_url
from sqlalchemy.orm import Mapper
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from unitofwork.adapters.orm.column_types import test_of
from unitofwork.adapters.orm.draft import Draft
from unitofwork.adapters.orm.fields import fields_of
from unitofwork.domain.errors import MappingError

_MODEL = make_url("postgresql://").get_dialect()()  # needs no driver as long as it does not connect


def check_column_defaults(draft: Draft) -> None:
    """Refuse a constant that the column it is the default of cannot hold; what is computed is known too late.

    Raises:
        MappingError: naming the column.
    """
    columns: list[Any] = [] if draft.table is None else list(draft.table.c)  # of a query, maybe expressions too
    for column in columns:
        test = test_of(column.type, _MODEL, stored=True)
        for constant in _constants(column):
            refusal = test(constant) if test is not None else None
            if refusal is not None:
                raise MappingError(
                    f"{draft.name} does not fit its table: the constant of the column {column.name} is its default or"
                    f" onupdate, and the column {refusal.text}",
                    entity_type=draft.entity_type,
                    columns=(column.name,),
                ) from refusal.cause


def _constants(column: object) -> Iterator[object]:
    given = (column.default, column.onupdate) if isinstance(column, Column) else ()
    yield from (each.arg for each in given if isinstance(each, ScalarElementColumnDefault) and each.arg is not None)


def check_discriminator(mapper: Mapper[Any]) -> None:
    """Refuse a default by which an instance would be stored as one of another class.

    Raises:
        MappingError: with the cure.
    """
    if mapper.polymorphic_on is None or mapper.polymorphic_identity is None:
        return
    name = mapper.get_property_by_column(mapper.polymorphic_on).key
    field = fields_of(mapper.class_).get(name)
    if field is not None and field.default not in (attrs.NOTHING, mapper.polymorphic_identity):
        raise MappingError(
            f"{mapper.class_.__name__}.{name} says which class a row is of, and its default would say another:"
            " drop the field, or write field(init=False) without a default, and SQLAlchemy fills it",
            entity_type=mapper.class_,
        )
