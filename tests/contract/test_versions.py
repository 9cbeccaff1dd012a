"""Row E12: a version column makes a stale change raise `StaleEntity`, of a detached entity too."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.orm import registry

from unitofwork import Database
from unitofwork.domain.errors import NeedsRollback, StaleEntity

from .kept import Kept, keep
from .models.documents import Contract, Document, Documents, Lease, Letter, Memo, NewUnit, Page, Report
from .models.documents import mapping as documents_mapping

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
