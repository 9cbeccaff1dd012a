"""Every column type that SQLAlchemy has is kept, or refused by its name, when the database is made."""

from typing import Any

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, types
from sqlalchemy.dialects import mssql, mysql, oracle, postgresql, sqlite
from sqlalchemy.orm import registry
from sqlalchemy.types import TypeEngine

from unitofwork.adapters.memory.store import Store
from unitofwork.domain.errors import MappingError

ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "ARRAY": (Integer,),
    "DOMAIN": ("short", Integer),
    "ENUM": ("a", "b"),
    "Enum": ("a", "b"),
    "SET": ("a", "b"),
}
ABSTRACT = {"NamedType", "TupleType", "TypeDecorator", "TypeEngine", "UserDefinedType", "Variant", "_Binary"}


def made(module: Any) -> list[TypeEngine[Any]]:
    """One of each type of a module."""
    found: list[TypeEngine[Any]] = []
    for name, kind in sorted(vars(module).items()):
        if isinstance(kind, type) and issubclass(kind, TypeEngine) and name not in ABSTRACT:
            named = {"name": "kind"} if module is postgresql and name == "ENUM" else {}
            found.append(kind(*ARGUMENTS.get(name, ()), **named))
    return found


TYPES = [type_ for module in (types, postgresql, mysql, mssql, oracle, sqlite) for type_ in made(module)]


@pytest.mark.parametrize("type_", TYPES, ids=lambda type_: f"{type(type_).__module__}.{type(type_).__name__}")
def test_a_type_is_kept_or_refused_by_its_name(type_: TypeEngine[Any]) -> None:
    metadata = MetaData()
    Table("boxes", metadata, Column("id", Integer, primary_key=True), Column("content", type_))
    try:
        Store(metadata, registry())
    except MappingError as error:
        refused = str(error)
    else:
        refused = ""
    assert refused == "" or refused.startswith(f"boxes.content is of the type {type(type_).__name__}, ")


def test_all_of_the_types_are_tried() -> None:
    assert len(TYPES) > 150
