"""Row E8: what a column's default, the database or an expression fills is in the entity, and asked for as the rest."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import registry

from unitofwork import Database, where
from unitofwork.domain.errors import DetachedEntity, MappingError

from .adapters import Probe
from .models.ledger import Entry, Ledger, Line, NewUnit
from .models.ledger import mapping as ledger_mapping
from .sent import selects

pytestmark = pytest.mark.row("E8")


@pytest.fixture
def mapping() -> registry:
    return ledger_mapping()


@pytest.fixture
def unit(database: Database) -> NewUnit:
    """Makes a fresh unit of work."""
    return lambda: Ledger(database)


def keep(unit: NewUnit, entry: Entry) -> int:
    """The key of an entry, after it was committed."""
    with unit() as uow:
        uow.entries.add(entry)
        uow.commit()
        assert entry.id is not None
        return entry.id


# --- defaults -------------------------------------------------------------------------------------------------------


def test_a_columns_default_fills_what_is_none(unit: NewUnit) -> None:
    entry = Entry(5)
    keep(unit, entry)
    assert (entry.status, entry.number, entry.changes) == ("new", 7, 0)


def test_a_value_goes_before_the_default(unit: NewUnit) -> None:
    key = keep(unit, Entry(5, "old", 8, "USD"))
    with unit() as uow:
        entry = uow.entries.get_one(key)
        assert (entry.status, entry.number, entry.currency) == ("old", 8, "USD")


def test_a_default_of_the_database_is_known_after_the_insert(unit: NewUnit) -> None:
    entry = Entry(5)
    key = keep(unit, entry)
    assert entry.currency == "EUR"
    with unit() as uow:
        assert uow.entries.get_one(key).currency == "EUR"
        assert uow.entries.count(currency="EUR") == 1


def test_a_default_is_there_before_the_unit_ends(unit: NewUnit) -> None:
    with unit() as uow:
        entry = Entry(5)
        uow.entries.add(entry)
        uow.flush()
        assert entry.status == "new"
        assert not uow.is_modified(entry)
        uow.rollback()
        assert uow.entries.count() == 0


def test_a_change_fills_what_changes_with_it(unit: NewUnit) -> None:
    key = keep(unit, Entry(5))
    before = datetime.now(UTC)
    with unit() as uow:
        entry = uow.entries.get_one(key)
        assert not entry.changed
        entry.amount = 6
        uow.flush()
        assert entry.changed is not None
        assert before - timedelta(seconds=1) <= entry.changed <= datetime.now(UTC)
        assert entry.changes == 1
        entry.amount = 7
        uow.commit()
        assert entry.changes == 2
    with unit() as uow:
        assert uow.entries.get_one(key).changes == 2


def test_nothing_changed_fills_nothing(unit: NewUnit) -> None:
    key = keep(unit, Entry(5))
    with unit() as uow:
        uow.entries.get_one(key).amount = 5
        uow.commit()
    with unit() as uow:
        assert (uow.entries.get_one(key).changes, uow.entries.get_one(key).changed) == (0, None)


# --- what the database computes -------------------------------------------------------------------------------------


def test_a_computed_column_follows_what_it_is_computed_of(unit: NewUnit) -> None:
    key = keep(unit, Entry(5))
    with unit() as uow:
        entry = uow.entries.get_one(key)
        assert entry.twice == 10
        entry.amount = 6
        uow.flush()
        assert entry.twice == 12
        uow.rollback()
        assert entry.twice == 10
        assert uow.entries.find_one(twice=10) is entry
        assert uow.entries.find(order_by=where("twice").desc()) == [entry]


def test_a_computed_column_is_not_copied_by_an_upsert(unit: NewUnit) -> None:
    key = keep(unit, Entry(5))
    with unit() as uow:
        stale = uow.entries.get_one(key)
    with unit() as uow:
        uow.entries.get_one(key).amount = 6
        uow.commit()
    with unit() as uow:
        entry = uow.entries.upsert(stale)
        uow.flush()
        assert (entry.amount, entry.twice) == (5, 10)
        with pytest.raises(MappingError, match=r"Entry\.twice is computed, not copied"):
            uow.entries.upsert(Entry(7, id=key), fields="twice")


def test_a_new_entity_in_the_place_of_a_deleted_one_may_have_none_in_a_computed_column(unit: NewUnit) -> None:
    key = keep(unit, Entry(5))
    with unit() as uow:
        uow.entries.delete(uow.entries.get_one(key))
        entry = Entry(7, id=key)
        entry.twice = None
        uow.entries.add(entry)
        uow.commit()
        assert entry.twice == 14


def test_a_computed_column_takes_no_value(unit: NewUnit) -> None:
    key = keep(unit, Entry(5))
    refused = pytest.raises(MappingError, match=r"Entry\.twice is computed, and not given")
    with unit() as uow:
        new = Entry(7)
        new.twice = 14
        uow.entries.add(new)
        with refused as caught:
            uow.flush()
        assert (caught.value.entity_type, caught.value.table, caught.value.columns) == (Entry, "entries", ("twice",))
        uow.rollback()
        for given in (11, None):
            uow.entries.get_one(key).twice = given
            with refused:
                uow.flush()
            uow.rollback()
        entry = uow.entries.get_one(key)
        entry.amount, entry.twice = 6, 10
        uow.flush()
        assert entry.twice == 12
        with refused:
            uow.entries.update_where(where("id") == key, twice=1)
        with refused:
            uow.entries.insert_many([{"amount": 1, "twice": 2}])
        uow.commit()


def test_an_expression_is_loaded_with_the_entity(unit: NewUnit) -> None:
    key = keep(unit, Entry(5, lines=[Line(1), Line(3)]))
    keep(unit, Entry(6))
    with unit() as uow:
        first, second = uow.entries.find(order_by="id")
    assert (first.id, first.dearest, second.dearest) == (key, 3, None)


def test_an_expression_is_asked_for_as_a_column(unit: NewUnit) -> None:
    keep(unit, Entry(5, lines=[Line(1), Line(3)]))
    keep(unit, Entry(6, lines=[Line(2)]))
    keep(unit, Entry(7))
    with unit() as uow:
        assert [entry.amount for entry in uow.entries.find(where("dearest") > 1, order_by="dearest")] == [6, 5]
        assert [entry.amount for entry in uow.entries.find(order_by=where("count").desc())] == [5, 6, 7]
        assert uow.entries.find_one(count=0).amount == 7
        assert uow.lines.count(where("entry.dearest") == 3) == 2


def test_an_expression_over_the_rows_that_are_asked_for_orders_them(unit: NewUnit) -> None:
    """Its query reads the table of lines, as the question does."""
    keep(unit, Entry(5, lines=[Line(1), Line(3)]))
    keep(unit, Entry(6, lines=[Line(2)]))
    with unit() as uow:
        prices = [line.price for line in uow.lines.find(order_by=("entry.dearest", "price"))]
        assert prices == [2, 1, 3]
        ordered = (where("entry.count").desc(), where("price").desc())
        page = uow.lines.page(order_by=ordered, size=2)
        further = uow.lines.page(order_by=ordered, size=2, after=page.next)
        assert [line.price for line in (*page, *further)] == [3, 1, 2]
        with uow.lines.stream(order_by=("entry.count", "price")) as stream:
            assert [line.price for line in stream] == [2, 1, 3]


def test_an_expression_is_made_anew_by_refreshing(unit: NewUnit) -> None:
    key = keep(unit, Entry(5, lines=[Line(1)]))
    with unit() as uow:
        entry = uow.entries.get_one(key)
        uow.commit()
        with unit() as other:
            other.lines.add(Line(9, other.entries.get_one(key)))
            other.commit()
        assert entry.dearest == 1
        uow.refresh(entry)
        assert entry.dearest == 9


# --- what is loaded late --------------------------------------------------------------------------------------------


@pytest.mark.needs("statements")
def test_a_deferred_column_is_loaded_when_it_is_read(unit: NewUnit, probe: Probe) -> None:
    key = keep(unit, Entry(5, remark="long", scan="longer"))
    with unit() as uow:
        probe.statements()
        entry = uow.entries.get_one(key)
        assert not [statement for statement in probe.statements() if "remark" in statement]
        assert entry.remark == "long"
        assert entry.remark == "long"
        assert selects(probe) == 1
        assert (entry.scan, entry.count) == ("longer", 0)
        assert selects(probe) == 2


def test_a_deferred_column_says_so_outside_its_unit(unit: NewUnit) -> None:
    key = keep(unit, Entry(5, remark="long"))
    with unit() as uow:
        entry = uow.entries.get_one(key)
    assert entry.amount == 5
    with pytest.raises(DetachedEntity, match=r"Entry\.remark is not loaded"):
        assert entry.remark


def test_a_deferred_column_is_set_without_being_loaded_and_asked_for(unit: NewUnit) -> None:
    key = keep(unit, Entry(5, remark="long"))
    with unit() as uow:
        entry = uow.entries.get_one(key)
        entry.remark = "short"
        uow.commit()
        assert uow.entries.find_one(where("remark").startswith("sh")) is entry
    with unit() as uow:
        entry = uow.entries.get_one(key)
        assert entry.remark == "short"
        entry.remark = "lost"
        uow.rollback()
        assert entry.remark == "short"


def test_upsert_leaves_a_deferred_column_that_was_not_loaded(unit: NewUnit) -> None:
    key = keep(unit, Entry(5, remark="long"))
    with unit() as uow:
        detached = uow.entries.get_one(key)
    detached.amount = 6
    with unit() as uow:
        uow.entries.upsert(detached)
        uow.commit()
    with unit() as uow:
        entry = uow.entries.get_one(key)
        assert (entry.amount, entry.remark) == (6, "long")
