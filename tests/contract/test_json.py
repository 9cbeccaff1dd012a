"""Row Q1: JSON is equal to what has the same in it, None is None, and there are no other comparisons."""

from typing import Any

import pytest
from sqlalchemy.orm import registry

from unitofwork import Database, where
from unitofwork.domain.errors import UnsupportedQuery

from .models.samples import Sample, Samples
from .models.samples import mapping as samples_mapping

pytestmark = pytest.mark.row("Q1")

KEPT: list[Any] = [
    {"a": 1, "b": [1, None, {"c": "Ω"}]},
    {"a": 1},
    {},
    [],
    [1, 2],
    [2, 1],
    "text",
    "1",
    1,
    0,
    True,
    False,
    1.5,
    None,
]


@pytest.fixture
def mapping() -> registry:
    return samples_mapping()


@pytest.fixture
def uow(database: Database) -> Any:
    """A unit of work over one sample for each of `KEPT`."""
    with Samples(database) as unit:
        unit.samples.add_all(Sample(facts=facts) for facts in KEPT)
        unit.commit()
        yield unit


def test_json_is_found_by_what_is_in_it(uow: Samples) -> None:
    for given in KEPT[:-1]:
        either = where(Sample.facts).in_([given, [None]])
        for condition in (where("facts") == given, where("facts").in_([given]), either):
            (found,) = uow.samples.find(condition)
            assert (found.facts, type(found.facts)) == (given, type(given))
        assert uow.samples.find_one(facts=given).facts == given


def test_the_order_of_keys_and_the_kind_of_a_number_make_no_difference(uow: Samples) -> None:
    for given in ({"b": [1, None, {"c": "Ω"}], "a": 1}, {"a": 1.0}, [1.0, 2]):
        assert [sample.facts for sample in uow.samples.find(facts=given)] == [given]


def test_none_in_a_column_of_json_is_none(uow: Samples) -> None:
    assert [sample.facts for sample in uow.samples.find(where("facts").is_none())] == [None]
    assert uow.samples.count(facts=None) == 1
    assert uow.samples.count(where("facts").is_not_none()) == len(KEPT) - 1
    assert uow.samples.count(where("facts") != {"a": 1}) == len(KEPT) - 2
    assert uow.samples.count(where("facts").not_in([{"a": 1}, []])) == len(KEPT) - 3
    assert uow.samples.count(where("facts").not_in([{"a": 1}, None])) == 0


def test_json_has_no_other_comparison_and_no_order(uow: Samples) -> None:
    for condition in (where("facts") > 1, where("facts").between(1, 2), where("facts").contains("a")):
        with pytest.raises(UnsupportedQuery, match=r"Sample\.facts is (JSON|no text)"):
            uow.samples.find(condition)
    with pytest.raises(UnsupportedQuery, match=r"Sample\.facts has no order"):
        uow.samples.find(order_by="facts")
