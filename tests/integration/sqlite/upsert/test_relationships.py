"""E10: relationships that `upsert` does not copy, or only when they are named."""

from typing import Any

import pytest

from integration.sqlite.upsert.model import Journal, Line, Person, Unit, keep
from unitofwork.domain.errors import MappingError


def test_relationships_that_are_never_loaded_are_skipped(unit: Unit) -> None:
    keep(unit, Journal("j", lines=[Line("a")], id=1))
    given: Any = Journal("k", id=1)
    given.queried.append(Line("b"))
    given.written.add(Line("c"))
    assert unit.journals.upsert(given).name == "k"
    unit.commit()
    assert [line.text for line in unit.lines.find()] == ["a"]


@pytest.mark.parametrize("name", ["queried", "written"])
def test_fields_refuses_relationships_that_are_never_loaded(unit: Unit, name: str) -> None:
    given: Any = Journal("k", id=1)
    given.queried.append(Line("b"))
    given.written.add(Line("c"))
    with pytest.raises(MappingError, match=rf"Journal\.{name} is never loaded as a whole, not copied"):
        unit.journals.upsert(given, fields=name)


def test_relationships_that_are_only_viewed_are_not_copied(unit: Unit) -> None:
    given = Journal("j", viewed=[Line("a")], id=1)
    managed = unit.journals.upsert(given)
    unit.commit()
    assert managed.viewed == []
    assert unit.lines.count() == 0
    with pytest.raises(MappingError, match=r"Journal\.viewed is only viewed, not copied"):
        unit.journals.upsert(given, fields="viewed")


def test_relationships_without_merge_cascade_are_copied_only_when_named(unit: Unit) -> None:
    keep(unit, Person("p", id=1), Journal("j", id=1))
    given = Journal("j", owner=Person("q", id=1), id=1)
    assert unit.journals.upsert(given).owner is None
    assert unit.journals.upsert(given, fields="owner").owner is unit.persons.get_one(1)
    assert unit.persons.get_one(1).name == "q"
