"""Row E12: a version never goes back, whatever becomes of the unit of work that counted it."""

import pytest
from sqlalchemy.orm import registry

from unitofwork import Database
from unitofwork.domain.errors import StaleEntity, UnitOfWorkError

from .adapters import Probe
from .kept import Kept, keep
from .models.documents import Document, Documents, Manual, NewUnit, Page
from .models.documents import mapping as documents_mapping
from .sent import writes

pytestmark = pytest.mark.row("E12")


@pytest.fixture
def mapping() -> registry:
    return documents_mapping()


@pytest.fixture
def unit(database: Database) -> NewUnit:
    """Makes a fresh unit of work."""
    return lambda: Documents(database)


@pytest.fixture
def document(unit: NewUnit) -> Kept:
    """A document of the first version."""
    return keep(unit, Document("first"))


def test_a_new_entity_has_the_first_version_whatever_it_was_made_with(unit: NewUnit) -> None:
    document = keep(unit, Document("first", version=7))
    assert (document.entity.version, document.version()) == (1, 1)


@pytest.mark.needs("statements")
def test_nothing_changed_is_no_version(unit: NewUnit, document: Kept, probe: Probe) -> None:
    with unit() as uow:
        uow.documents.add(document.entity)
        document.entity.text = "first"
        document.entity.pages.append(Page("one"))
        probe.statements()
        uow.commit()
        assert [statement.split()[0] for statement in writes(probe)] == ["INSERT"]
    assert document.version() == 1


def test_rolling_back_goes_on_from_the_rows_version(unit: NewUnit, document: Kept) -> None:
    with unit() as uow:
        loaded = uow.documents.get_one(document.key)
        loaded.text = "second"
        uow.flush()
        assert loaded.version == 2
        uow.rollback()
        assert loaded.version == 1
        loaded.text = "third"
        uow.commit()
        assert loaded.version == 2
    assert document.version() == 2


@pytest.mark.needs("savepoints")
def test_leaving_a_savepoint_by_an_exception_goes_on_from_its_version(unit: NewUnit, document: Kept) -> None:
    with unit() as uow:
        loaded = uow.documents.get_one(document.key)
        loaded.text = "second"
        uow.flush()
        with pytest.raises(KeyError), uow.savepoint():
            loaded.text = "third"
            uow.flush()
            assert loaded.version == 3
            raise KeyError
        assert (loaded.text, loaded.version) == ("second", 2)
        loaded.text = "fourth"
        uow.commit()
    assert document.version() == 3


@pytest.mark.needs("savepoints")
def test_a_stale_change_inside_a_savepoint_is_undone_alone(unit: NewUnit, document: Kept) -> None:
    other = keep(unit, Document("other"))
    document.change()
    with unit() as uow:
        uow.documents.get_one(other.key).text = "kept"
        with pytest.raises(StaleEntity), uow.savepoint():
            uow.documents.add(document.entity)
            document.entity.text = "stale"
        uow.commit()
    assert (document.text(), other.text()) == ("changed elsewhere", "kept")


def test_a_refreshed_entity_has_the_rows_version(unit: NewUnit, document: Kept) -> None:
    document.change()
    with unit() as uow:
        uow.documents.add(document.entity)
        uow.refresh(document.entity)
        assert (document.entity.text, document.entity.version) == ("changed elsewhere", 2)
        document.entity.text = "third"
        uow.commit()
    assert (document.text(), document.version()) == ("third", 3)


def test_a_unit_that_failed_can_be_run_again_on_the_rows_version(unit: NewUnit, document: Kept) -> None:
    document.change()
    with unit() as uow:
        uow.documents.add(document.entity)
        document.entity.text = "stale"
        with pytest.raises(StaleEntity):
            uow.commit()
        uow.rollback()
        assert (document.entity.text, document.entity.version) == ("changed elsewhere", 2)
        document.entity.text = "third"
        uow.commit()
    assert document.version() == 3


def test_an_entity_of_a_commit_that_failed_is_not_taken_for_the_newest(unit: NewUnit, document: Kept) -> None:
    """Closing without a rollback first: what the failed unit counted was never kept."""
    with unit() as uow:
        uow.documents.add(document.entity)
        document.entity.text = "second"
        uow.flush()
    document.change()
    with unit() as uow:
        uow.documents.add(document.entity)
        assert (document.entity.text, document.entity.version) == ("changed elsewhere", 2)


def test_a_version_is_not_set_by_hand(unit: NewUnit, document: Kept) -> None:
    document.change()
    with unit() as uow:
        loaded = uow.documents.get_one(document.key)
        loaded.text = "third"
        loaded.version = 1
        with pytest.raises(
            UnitOfWorkError, match=r"Document\.version is counted by the mapping.*upsert\(\)"
        ) as refused:
            uow.commit()
    assert refused.value.entity_type is Document
    assert (document.text(), document.version()) == ("changed elsewhere", 2)


@pytest.mark.parametrize("version", [None, 1])
def test_what_takes_the_place_of_a_deleted_entity_counts_on(unit: NewUnit, document: Kept, version: int | None) -> None:
    document.change()
    with unit() as uow:
        uow.documents.delete(uow.documents.get_one(document.key))
        uow.documents.add(Document("third", version=version, id=document.key))
        uow.commit()
    assert (document.text(), document.version()) == ("third", 3)


def test_what_takes_the_place_of_a_stale_entity_is_stale(unit: NewUnit, document: Kept) -> None:
    document.change()
    with unit() as uow:
        uow.documents.delete(document.entity)
        uow.documents.add(Document("third", id=document.key))
        with pytest.raises(StaleEntity):
            uow.commit()
    assert document.text() == "changed elsewhere"


def test_a_version_counted_by_hand_is_the_applications(unit: NewUnit) -> None:
    manual = keep(unit, Manual("first", version=5))
    with unit() as uow:
        loaded = uow.manuals.get_one(manual.key)
        loaded.text = "without a new version"
        uow.commit()
        assert loaded.version == 5
        loaded.text, loaded.version = "with one", 6
        uow.commit()
    with unit() as uow:
        uow.manuals.add(manual.entity)
        manual.entity.text = "stale"
        with pytest.raises(StaleEntity):
            uow.commit()
    assert manual.text() == "with one"
