"""A version column must be mapped, and must not be NULL: by another one no change would be found out."""

from typing import Any

import pytest
from sqlalchemy import Column, ForeignKey, Integer, String, Table
from sqlalchemy.orm import registry

from unitofwork.adapters.orm import map_entity
from unitofwork.domain.entity import entity
from unitofwork.domain.errors import MappingError

from ..mapping_checks.tables import table_of

pytestmark = pytest.mark.row("M")


def versioned(mapping: registry, name: str = "documents", **options: Any) -> Table:
    """A table with a version column."""
    return table_of(mapping, name, Column("name", String(50)), Column("version", Integer, **options))


def test_a_version_column_that_may_be_null_is_refused(mapping: registry) -> None:
    @entity
    class Document:
        name: str
        id: int | None = None

    table = versioned(mapping)
    with pytest.raises(MappingError, match=r"version column version that may be NULL.*nullable=False") as refused:
        map_entity(mapping, Document, table, version_id_col=table.c.version)
    assert (refused.value.entity_type, refused.value.columns) == (Document, ("version",))


def test_a_version_column_that_is_left_out_is_refused(mapping: registry) -> None:
    @entity
    class Document:
        name: str
        id: int | None = None

    table = versioned(mapping, nullable=False)
    with pytest.raises(MappingError, match="leaves its version column version out: let it be mapped"):
        map_entity(mapping, Document, table, version_id_col=table.c.version, exclude_properties=["version"])
    map_entity(mapping, Document, table, version_id_col=table.c.version)


@pytest.mark.parametrize(
    ("options", "confirmed"), [({}, False), ({"confirm_deleted_rows": True}, True)], ids=["by default", "as asked"]
)
def test_without_a_version_deletions_are_not_confirmed_unless_asked_for(
    mapping: registry, options: Any, confirmed: bool
) -> None:
    @entity
    class Document:
        name: str
        id: int | None = None

    assert map_entity(mapping, Document, table_of(mapping), **options).confirm_deleted_rows is confirmed


def test_the_version_of_a_subclass_confirms_the_deletions_of_its_hierarchy(mapping: registry) -> None:
    @entity
    class Document:
        name: str
        id: int | None = None

    @entity
    class Contract(Document):
        pass

    documents = table_of(mapping, "documents", Column("name", String(50)), Column("kind", String(10)))
    contracts = Table(
        "contracts",
        mapping.metadata,
        Column("id", ForeignKey("documents.id"), primary_key=True),
        Column("version", Integer, nullable=False),
    )
    base = map_entity(mapping, Document, documents, polymorphic_on="kind", polymorphic_identity="d")
    map_entity(
        mapping,
        Contract,
        contracts,
        inherits=Document,
        polymorphic_identity="c",
        version_id_col=contracts.c.version,
    )
    assert base.confirm_deleted_rows
