"""Row E12: what has no version changes as the last one says, unless its row is gone."""

import pytest
from sqlalchemy.orm import registry

from unitofwork import Database
from unitofwork.domain.errors import NotFound, StaleEntity

from .kept import keep
from .models.documents import Documents, NewUnit, Page
from .models.documents import mapping as documents_mapping

pytestmark = pytest.mark.row("E12")


@pytest.fixture
def mapping() -> registry:
    return documents_mapping()


@pytest.fixture
def unit(database: Database) -> NewUnit:
    """Makes a fresh unit of work."""
    return lambda: Documents(database)


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
