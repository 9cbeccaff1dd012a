"""A column's constant default must fit the column."""

from typing import Any

import pytest
from sqlalchemy import Column, Integer, String, func
from sqlalchemy.orm import registry

from unitofwork.adapters.orm import map_entity
from unitofwork.domain.entity import entity
from unitofwork.domain.errors import MappingError

from ..mapping_checks.tables import table_of

pytestmark = pytest.mark.row("M")


@pytest.mark.parametrize("given", [{"default": "waytoolong"}, {"onupdate": "waytoolong"}, {"default": 5}], ids=str)
@pytest.mark.parametrize("excluded", [(), ("name",)], ids=["mapped", "excluded"])
def test_a_column_s_constant_default_must_fit_the_column(mapping: registry, given: Any, excluded: Any) -> None:
    @entity
    class User:
        id: int | None = None

    @entity
    class Named(User):
        name: str | None = None

    table = table_of(mapping, "users", Column("name", String(5), **given))
    with pytest.raises(MappingError, match=r"constant of the column name .*takes (at most 5 characters|str, not int)"):
        map_entity(mapping, User if excluded else Named, table, exclude_properties=excluded)


def test_a_column_s_default_that_fits_or_is_computed_passes(mapping: registry) -> None:
    @entity
    class User:
        name: str | None = None
        nick: str | None = None
        number: int | None = None
        id: int | None = None

    columns: list[Column[Any]] = [
        Column("name", String(5), default="sandy", onupdate="other"),
        Column("nick", String(5), default=lambda: "waytoolong"),
        Column("number", Integer, default=func.random()),
    ]
    map_entity(mapping, User, table_of(mapping, "users", *columns))
