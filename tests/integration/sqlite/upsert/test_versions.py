"""E10: `upsert` and versions: they go on from the row's, and another one than the row's is stale."""

import pytest

from integration.sqlite.upsert.model import Document, Unit, keep
from unitofwork.domain.errors import MappingError, StaleEntity


def keep_at_version_2(uow: Unit) -> None:
    document = Document("a", id=1)
    keep(uow, document)
    uow.documents.get_one(1).text = "b"
    uow.commit()
    uow.session.expunge_all()


@pytest.mark.parametrize("version", [1, 3])
def test_another_version_than_the_rows_is_stale(unit: Unit, version: int) -> None:
    keep_at_version_2(unit)
    with pytest.raises(StaleEntity):
        unit.documents.upsert(Document("zz", version=version, id=1))
    unit.commit()
    document = unit.documents.get_one(1)
    assert (document.text, document.version) == ("b", 2)


@pytest.mark.parametrize("version", [None, 2])
def test_the_version_goes_on_from_the_rows(unit: Unit, version: int | None) -> None:
    keep_at_version_2(unit)
    managed = unit.documents.upsert(Document("zz", version=version, id=1))
    unit.commit()
    assert (managed.text, managed.version) == ("zz", 3)


@pytest.mark.parametrize("version", [None, 7])
def test_a_made_entity_has_the_first_version(unit: Unit, version: int | None) -> None:
    managed = unit.documents.upsert(Document("zz", version=version, id=1))
    unit.commit()
    assert (managed.text, managed.version) == ("zz", 1)


def test_a_detached_entity_whose_row_is_gone_is_stale(unit: Unit) -> None:
    detached = Document("a", id=1)
    keep(unit, detached)
    unit.documents.delete(unit.documents.get_one(1))
    with pytest.raises(StaleEntity):
        unit.documents.upsert(detached)


def test_a_detached_entity_of_an_older_version_is_stale(unit: Unit) -> None:
    detached = Document("a", id=1)
    keep(unit, detached)
    unit.documents.get_one(1).text = "b"
    unit.commit()
    with pytest.raises(StaleEntity):
        unit.documents.upsert(detached, fields="text")


def test_the_version_is_no_field_to_copy(unit: Unit) -> None:
    keep_at_version_2(unit)
    with pytest.raises(MappingError, match=r"Document\.version is .*, not copied"):
        unit.documents.upsert(Document("zz", version=2, id=1), fields="version")
