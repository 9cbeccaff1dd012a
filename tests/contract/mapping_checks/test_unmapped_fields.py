"""``unmapped=`` names the fields that live in memory only."""

import pytest
from sqlalchemy.orm import registry

from unitofwork.adapters.orm import map_entity
from unitofwork.domain.entity import entity
from unitofwork.domain.errors import MappingError

from ..mapping_checks.tables import table_of

pytestmark = pytest.mark.row("M")


def test_unmapped_names_fields_only(mapping: registry) -> None:
    @entity
    class User:
        name: str
        id: int | None = None

    with pytest.raises(MappingError, match="User has no field 'cache' to leave unmapped; it has name, id"):
        map_entity(mapping, User, table_of(mapping), unmapped=["cache"])


def test_an_unmapped_field_must_not_be_mapped(mapping: registry) -> None:
    @entity
    class User:
        name: str
        id: int | None = None

    with pytest.raises(MappingError, match=r"User\.id is mapped, and named in unmapped="):
        map_entity(mapping, User, table_of(mapping), unmapped=["id"])


def test_an_unmapped_field_needs_a_default(mapping: registry) -> None:
    @entity
    class User:
        name: str
        cache: dict[str, str]
        id: int | None = None

    with pytest.raises(
        MappingError, match=r"User\.cache is unmapped and has no default.*give it a default or a factory"
    ):
        map_entity(mapping, User, table_of(mapping), unmapped=["cache"])


def test_one_unmapped_field_may_be_named_alone(mapping: registry) -> None:
    @entity
    class User:
        name: str
        cache: str = ""
        id: int | None = None

    map_entity(mapping, User, table_of(mapping), unmapped="cache")
