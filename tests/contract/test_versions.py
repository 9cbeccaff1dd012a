"""Row E12: a version column makes a stale change raise `StaleEntity`, and the version never goes back."""

from collections.abc import Callable
from typing import Any

import pytest
from attrs import frozen
from sqlalchemy.orm import registry

from contract.adapters import Probe
from contract.models.documents import Contract, Document, Documents, Lease, Letter, Manual, Memo, NewUnit, Page, Report
from contract.models.documents import mapping as documents_mapping
from contract.sent import writes
from unitofwork import Database
from unitofwork.domain.errors import NeedsRollback, NotFound, StaleEntity, UnitOfWorkError

pytestmark = pytest.mark.row("E12")


@pytest.fixture
def mapping() -> registry:
    return documents_mapping()


@pytest.fixture
def unit(database: Database) -> NewUnit:
    """Makes a fresh unit of work."""
    return lambda: Documents(database)


@frozen
class Kept:
    """An entity, detached as it was committed, and what other units do and see meanwhile."""

    entity: Any
    entity_type: type[Any]
    key: int
    unit: NewUnit

    def change(self, text: str = "changed elsewhere") -> None:
        """Change the row."""
        with self.unit() as uow:
            uow.repository(self.entity_type).get_one(self.key).text = text
            uow.commit()

    def remove(self) -> None:
        """Remove the row."""
        with self.unit() as uow:
            uow.repository(self.entity_type).delete(uow.repository(self.entity_type).get_one(self.key))
            uow.commit()

    def text(self) -> str:
        """The row's text."""
        with self.unit() as uow:
            text: str = uow.repository(self.entity_type).get_one(self.key).text
            return text

    def version(self) -> int:
        """The row's version."""
        with self.unit() as uow:
            version: int = uow.repository(self.entity_type).get_one(self.key).version
            return version


def keep(unit: NewUnit, entity: Any) -> Kept:
    """Commit a new entity."""
    with unit() as uow:
        uow.repository(type(entity)).add(entity)
        uow.commit()
    return Kept(entity, type(entity), entity.id, unit)


@pytest.fixture
def document(unit: NewUnit) -> Kept:
    """A document of the first version."""
    return keep(unit, Document("first"))


of_each_kind = pytest.mark.parametrize(
    "make",
    [
        lambda: Document("first"),
        lambda: Memo("first"),
        lambda: Letter("first"),
        lambda: Report("first"),
        lambda: Contract("first"),
        lambda: Lease("first", rent=1),
    ],
    ids=["counted", "without a field", "random", "timed", "base", "subclass"],
)
Make = Callable[[], Any]


# --- stale changes --------------------------------------------------------------------------------------------------


@of_each_kind
def test_a_change_of_what_another_unit_changed_is_stale(unit: NewUnit, make: Make) -> None:
    kept = keep(unit, make())
    with unit() as uow:
        loaded = uow.repository(kept.entity_type).get_one(kept.key)
        uow.commit()
        kept.change()
        loaded.text = "stale"
        with pytest.raises(StaleEntity):
            uow.commit()
    assert kept.text() == "changed elsewhere"


@of_each_kind
def test_a_change_of_the_newest_version_is_kept_however_often(unit: NewUnit, make: Make) -> None:
    kept = keep(unit, make())
    with unit() as uow:
        loaded = uow.repository(kept.entity_type).get_one(kept.key)
        for text in ("second", "third", "fourth"):
            loaded.text = text
            uow.commit()
    with unit() as uow:
        uow.repository(kept.entity_type).add(loaded)
        loaded.text = "fifth"
        uow.commit()
    assert kept.text() == "fifth"


@of_each_kind
def test_a_detached_entity_is_stale_in_the_unit_that_it_is_added_to(unit: NewUnit, make: Make) -> None:
    kept = keep(unit, make())
    kept.change()
    with unit() as uow:
        uow.repository(kept.entity_type).add(kept.entity)
        kept.entity.text = "stale"
        with pytest.raises(StaleEntity):
            uow.commit()
    assert kept.text() == "changed elsewhere"


@of_each_kind
def test_a_detached_entity_is_stale_when_it_is_upserted(unit: NewUnit, make: Make) -> None:
    kept = keep(unit, make())
    kept.change()
    kept.entity.text = "stale"
    with unit() as uow:
        with pytest.raises(StaleEntity):
            uow.repository(kept.entity_type).upsert(kept.entity)
        uow.commit()
    assert kept.text() == "changed elsewhere"


@of_each_kind
def test_a_deletion_of_what_another_unit_changed_is_stale(unit: NewUnit, make: Make) -> None:
    kept = keep(unit, make())
    kept.change()
    with unit() as uow:
        uow.repository(kept.entity_type).delete(kept.entity)
        with pytest.raises(StaleEntity):
            uow.commit()
    assert kept.text() == "changed elsewhere"


@of_each_kind
@pytest.mark.parametrize("removing", [False, True], ids=["change", "deletion"])
def test_what_another_unit_removed_is_stale(unit: NewUnit, make: Make, removing: bool) -> None:
    kept = keep(unit, make())
    kept.remove()
    with unit() as uow:
        uow.repository(kept.entity_type).add(kept.entity)
        if removing:
            uow.repository(kept.entity_type).delete(kept.entity)
        else:
            kept.entity.text = "stale"
        with pytest.raises(StaleEntity):
            uow.commit()


def test_a_change_in_the_table_of_a_subclass_alone_is_stale(unit: NewUnit) -> None:
    lease = keep(unit, Lease("first", rent=1))
    lease.change()
    with unit() as uow:
        uow.leases.add(lease.entity)
        lease.entity.rent = 2
        with pytest.raises(StaleEntity):
            uow.commit()
    with unit() as uow:
        assert uow.leases.get_one(lease.key).rent == 1


def test_one_stale_entity_among_several_undoes_all(unit: NewUnit) -> None:
    documents = [keep(unit, Document(text)) for text in ("a", "b", "c")]
    documents[1].change()
    with unit() as uow:
        for document in documents:
            uow.documents.add(document.entity)
            document.entity.text = "stale"
        with pytest.raises(StaleEntity):
            uow.commit()
    assert [document.text() for document in documents] == ["a", "changed elsewhere", "c"]


def test_a_change_of_a_parts_row_leaves_the_whole_as_it_was(unit: NewUnit) -> None:
    """A version is of one row: what is related has its own, or none."""
    page = Page("one")
    document = keep(unit, Document("first", [page]))
    with unit() as uow:
        uow.pages.add(page)
        page.text = "changed elsewhere"
        uow.commit()
    with unit() as uow:
        uow.documents.add(document.entity)
        document.entity.text = "second"
        uow.commit()
        assert document.version() == 2


# --- what the error says --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("removing", [False, True], ids=["change", "deletion"])
@pytest.mark.parametrize(
    ("make", "entity_type", "table"),
    [
        (lambda: Document("first"), Document, "documents"),
        (lambda: Letter("first"), Letter, "letters"),
        (lambda: Lease("first", rent=1), Contract, "contracts"),
    ],
    ids=["document", "letter", "lease"],
)
def test_the_error_names_the_class_and_the_table(
    unit: NewUnit, make: Make, entity_type: type, table: str, removing: bool
) -> None:
    """Of a hierarchy, those that have the version."""
    kept = keep(unit, make())
    kept.change()
    with unit() as uow:
        uow.repository(kept.entity_type).add(kept.entity)
        kept.entity.text = "stale"
        if removing:
            uow.repository(kept.entity_type).delete(kept.entity)
        with pytest.raises(StaleEntity, match=f"a row of {table} was changed or removed") as stale:
            uow.flush()
    assert (stale.value.entity_type, stale.value.table, stale.value.retryable) == (entity_type, table, True)


def test_a_stale_change_fails_the_unit_until_it_is_rolled_back(unit: NewUnit, document: Kept) -> None:
    document.change()
    with unit() as uow:
        uow.documents.add(document.entity)
        document.entity.text = "stale"
        with pytest.raises(StaleEntity) as stale:
            uow.documents.count()
        with pytest.raises(NeedsRollback) as refused:
            uow.documents.count()
        assert refused.value.__cause__ is stale.value
        uow.rollback()
        assert uow.documents.count() == 1


# --- the version never goes back ------------------------------------------------------------------------------------


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


# --- versions that are counted by hand ------------------------------------------------------------------------------


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


# --- without a version ----------------------------------------------------------------------------------------------


def test_without_a_version_the_last_change_stands(unit: NewUnit) -> None:
    page = keep(unit, Page("first"))
    page.change()
    with unit() as uow:
        uow.pages.add(page.entity)
        page.entity.text = "last"
        uow.commit()
    assert page.text() == "last"


def test_without_a_version_a_change_of_what_is_gone_is_stale_all_the_same(unit: NewUnit) -> None:
    page = keep(unit, Page("first"))
    page.remove()
    with unit() as uow:
        uow.pages.add(page.entity)
        page.entity.text = "lost"
        with pytest.raises(StaleEntity, match="a row of pages was changed or removed") as stale:
            uow.commit()
    assert (stale.value.entity_type, stale.value.table) == (Page, "pages")


def test_without_a_version_one_that_is_gone_is_found_among_several(unit: NewUnit) -> None:
    pages = [keep(unit, Page(text)) for text in ("a", "b", "c")]
    pages[1].remove()
    with unit() as uow:
        for page in pages:
            uow.pages.add(page.entity)
            page.entity.text = "lost"
        with pytest.raises(StaleEntity):
            uow.commit()
    assert [page.text() for page in (pages[0], pages[2])] == ["a", "c"]


def test_without_a_version_setting_what_another_unit_has_set_is_not_stale(unit: NewUnit) -> None:
    """The row is found, though nothing of it changes."""
    page = keep(unit, Page("first"))
    page.change("same")
    with unit() as uow:
        uow.pages.add(page.entity)
        page.entity.text = "same"
        uow.commit()
    assert page.text() == "same"


@pytest.mark.parametrize("several", [False, True])
def test_without_a_version_a_deletion_of_what_is_gone_is_done(unit: NewUnit, several: bool) -> None:
    """The row is not there any more, which is all that was asked for."""
    page, other = keep(unit, Page("first")), keep(unit, Page("other"))
    page.remove()
    with unit() as uow:
        uow.pages.delete(page.entity)
        if several:
            uow.pages.delete(other.entity)
        uow.commit()
        assert uow.pages.count() == (0 if several else 1)
        with pytest.raises(NotFound):
            uow.pages.get_one(page.key)
