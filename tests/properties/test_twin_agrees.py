"""The twin, item 2 of its proof: after every operation of a random history both sides show the same.

Hypothesis draws the same histories at every run, for CI to be the same for the same code; `make proof` draws others,
and more of them. A history that fails is written as a test of its own below.
"""

from collections.abc import Iterator
from random import Random
from typing import TypeAlias

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from properties.examples import examples
from properties.twin.comparing import came, compared
from properties.twin.generator import Generator, random_history
from properties.twin.interpreter import KINDS
from properties.twin.known import KNOWN
from properties.twin.observing import Rows
from properties.twin.operations import History, Operation, from_json, to_json
from properties.twin.proof import as_test, shortest
from properties.twin.sides import Side, opened, side
from servers.plugin import running
from unitofwork import Database

Sides: TypeAlias = tuple[Side, Side]

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")


@pytest.fixture(scope="module")
def sides() -> Iterator[Sides]:
    """The twin, and what it is compared with."""
    with side("memory") as twin, opened(running("postgresql").create_database()) as other:
        yield twin, other


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Each operation has a seed of its own, so that leaving one out leaves most others as they are."""
    generator = Generator()
    return [generator.draw(Random(seed)) for seed in draw(st.lists(st.integers(0, 2**32), min_size=10, max_size=40))]


@settings(max_examples=examples(200), deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(history=histories())
def test_the_twin_shows_the_same(sides: Sides, history: History) -> None:
    difference = compared(history, *sides)
    assert difference is None, f"{difference}\n{to_json(history)}"


def test_a_condition_loads_the_expired_entity_that_it_names(sides: Sides) -> None:
    history = from_json("""[
      ["new", 0, {"type": "User", "values": {"name": 0}, "name": "User1"}],
      ["flush", 0, {}],
      ["expire_all", 0, {}],
      ["exists", 0, {"type": "Profile", "where": ["is", "user", "User1"]}]
    ]""")
    assert compared(history, *sides) is None


def test_a_value_object_that_was_never_read_is_there_after_its_entity_is_found_again(sides: Sides) -> None:
    history = from_json("""[
      ["new", 0, {"type": "Employee", "values": {"name": 6}, "name": "Employee1"}],
      ["find", 0, {"type": "Employee"}]
    ]""")
    assert compared(history, *sides) is None


def test_what_is_in_its_own_collection_is_not_flushed(sides: Sides) -> None:
    history = from_json("""[
      ["new", 0, {"type": "Node", "values": {"label": 1}, "name": "Node1"}],
      ["flush", 0, {}],
      ["upsert_many", 0, {"type": "Node", "rows": [{"id": "Node1", "parent_id": "Node1"}], "by": ["id"]}],
      ["read", 0, {"name": "Node1", "attribute": "children"}],
      ["set", 0, {"name": "Node1", "attribute": "rank", "value": 1}],
      ["flush", 0, {}]
    ]""")
    assert compared(history, *sides) is None


def test_what_came_along_with_an_entity_comes_along_when_it_is_loaded_again(sides: Sides) -> None:
    history = from_json("""[
      ["new", 0, {"type": "User", "values": {"name": 7}, "name": "User1"}],
      ["commit", 0, {}],
      ["renew", 0, {}],
      ["find", 0, {"type": "User", "load": ["tags.users"]}],
      ["expire_all", 0, {}],
      ["read", 0, {"name": "User1", "attribute": "name"}],
      ["expire", 0, {"name": "User1", "fields": ["name", "tags"]}],
      ["read", 0, {"name": "User1", "attribute": "name"}],
      ["refresh", 0, {"name": "User1", "fields": []}]
    ]""")
    assert compared(history, *sides) is None


def test_what_is_related_brings_along_what_it_brought_along_at_first(sides: Sides) -> None:
    history = from_json("""[
      ["new", 0, {"type": "Team", "values": {"name": 0}, "name": "Team1"}],
      ["new", 0, {"type": "User", "values": {"name": 7}, "name": "User1", "related": {"team": "Team1"}}],
      ["new", 0, {"type": "Address", "values": {"email": 1}, "name": "Address1", "related": {"user": "User1"}}],
      ["commit", 0, {}],
      ["renew", 0, {}],
      ["find", 0, {"type": "Team", "load": ["members.addresses"]}],
      ["expire", 0, {"name": "Team1", "fields": ["members"]}],
      ["expunge", 0, {"name": "User1"}],
      ["read", 0, {"name": "Team1", "attribute": "members"}],
      ["expire", 0, {"name": "Team1", "fields": ["members"]}],
      ["read", 0, {"name": "Team1", "attribute": "members"}]
    ]""")
    assert compared(history, *sides) is None


def test_what_a_locking_question_loads_along_is_loaded_afresh(sides: Sides) -> None:
    history = from_json("""[
      ["new", 0, {"type": "User", "values": {"name": 7}, "name": "User1"}],
      ["new", 0, {"type": "Address", "values": {"email": 1}, "name": "Address1", "related": {"user": "User1"}}],
      ["commit", 0, {}],
      ["insert_many", 1, {"type": "Address", "rows": [{"email": 2, "user_id": "User1"}]}],
      ["update_where", 1, {"type": "Address", "where": ["==", "email", 1], "values": {"email": 3}}],
      ["commit", 1, {}],
      ["find", 0, {"type": "User", "load": ["addresses"], "lock": "update"}]
    ]""")
    assert compared(history, *sides) is None


@pytest.mark.parametrize("path", ["parent.children", "children.parent"])
def test_who_is_met_again_along_the_path_of_a_locking_question_loses_what_came_along(sides: Sides, path: str) -> None:
    history = from_json(
        """[
      ["new", 0, {"type": "Node", "values": {"label": 2}, "name": "Node1"}],
      ["new", 0, {"type": "Node", "values": {"label": 1}, "name": "Node2", "related": {"parent": "Node1"}}],
      ["find", 0, {"type": "Node", "lock": "share", "load": ["PATH"]}]
    ]""".replace("PATH", path)
    )
    assert compared(history, *sides) is None


def test_who_is_met_again_at_the_end_of_the_path_of_a_locking_question_brings_nothing_along(sides: Sides) -> None:
    history = from_json("""[
      ["new", 0, {"type": "Node", "values": {"label": 2}, "name": "Node1"}],
      ["new", 0, {"type": "Node", "values": {"label": 1}, "name": "Node2", "related": {"parent": "Node1"}}],
      ["find", 0, {"type": "Node", "lock": "share", "load": ["parent"]}],
      ["refresh", 0, {"name": "Node1", "fields": []}],
      ["refresh", 0, {"name": "Node2", "fields": []}]
    ]""")
    assert compared(history, *sides) is None


def test_a_subclass_brings_nothing_along_after_its_base_was_locked(sides: Sides) -> None:
    history = from_json("""[
      ["new", 0, {"type": "Engineer", "values": {"name": 1, "language": 1}, "name": "Engineer1"}],
      ["new", 0, {"type": "Car", "values": {"plate": 1}, "name": "Car1", "related": {"driver": "Engineer1"}}],
      ["find", 0, {"type": "Car", "lock": "update", "load": ["driver.mentor"]}],
      ["refresh", 0, {"name": "Engineer1", "fields": []}]
    ]""")
    assert compared(history, *sides) is None


def test_what_is_deleted_finds_its_owner_in_the_unit(sides: Sides) -> None:
    history = from_json("""[
      ["new", 0, {"type": "User", "values": {"name": 2}, "name": "User1"}],
      ["new", 0, {"type": "Address", "values": {"email": 5}, "name": "Address1", "related": {"user": "User1"}}],
      ["commit", 0, {}],
      ["expire_all", 0, {}],
      ["read", 0, {"name": "Address1", "attribute": "email"}],
      ["delete", 0, {"name": "Address1"}],
      ["flush", 0, {}]
    ]""")
    assert compared(history, *sides) is None


def test_what_was_deleted_before_a_statement_failed_is_there_again(sides: Sides) -> None:
    history = from_json("""[
      ["new", 0, {"type": "User", "values": {"name": 6}, "name": "User1"}],
      ["new", 0, {"type": "Profile", "values": {}, "name": "Profile1", "related": {"user": "User1"}}],
      ["commit", 0, {}],
      ["delete", 0, {"name": "Profile1"}],
      ["upsert_many", 0, {"type": "Team", "rows": [{"id": 0}], "by": ["id"]}],
      ["close", 0, {}],
      ["new", 0, {"type": "Note", "values": {"keyword": 2}, "name": "Note1", "related": {"user": "User1"}}]
    ]""")
    assert compared(history, *sides) is None


def test_what_a_subclass_has_is_loaded_along_for_those_that_the_unit_has(sides: Sides) -> None:
    history = from_json("""[
      ["new", 0, {"type": "Engineer", "values": {"name": 6, "language": 5}, "name": "Engineer1"}],
      ["commit", 0, {}],
      ["expire_all", 0, {}],
      ["find", 0, {"type": "Employee"}]
    ]""")
    assert compared(history, *sides) is None


def test_what_was_deleted_for_good_is_in_no_unit_after_an_error(sides: Sides) -> None:
    history = from_json("""[
      ["new", 0, {"type": "Node", "values": {"label": 1}, "name": "Node1"}],
      ["flush", 0, {}],
      ["delete", 0, {"name": "Node1"}],
      ["update_where", 0, {"type": "Manager", "where": ["is none", "bonus"], "values": {"bonus": 1}}],
      ["commit", 0, {}],
      ["close", 0, {}],
      ["relate", 0, {"name": "Node1", "relationship": "parent", "to": "Node1"}]
    ]""")
    assert compared(history, *sides) is None


def test_a_value_object_need_not_fit_its_columns_to_be_compared(sides: Sides) -> None:
    history = from_json("""[
      ["find", 0, {"type": "Employee", "where": ["!=", "desk", 4]}],
      ["find", 0, {"type": "Car", "where": ["==", "driver.desk", 4]}],
      ["find", 0, {"type": "Car", "where": ["==", "driver.desk", 0]}]
    ]""")
    assert compared(history, *sides) is None


def test_what_two_owners_hold_goes_to_the_same_one_on_both_sides(sides: Sides) -> None:
    other = Operation("new", 0, {"type": "User", "values": {"name": 0}, "name": "User1"})
    for others in ([], [other]):
        history = from_json("""[
          ["new", 0, {"type": "User", "values": {"name": 4}, "name": "User8"}],
          ["new", 0, {"type": "Profile", "values": {}, "name": "Profile1", "related": {"user": "User8"}}],
          ["new", 0, {"type": "User", "values": {"name": 7}, "name": "User9", "related": {"profile": "Profile1"}}],
          ["commit", 0, {}]
        ]""")
        assert compared([*others, *history], *sides) is None


def test_who_is_related_anew_to_the_same_one_does_not_load_it(sides: Sides) -> None:
    history = from_json("""[
      ["new", 0, {"type": "User", "values": {"name": 3}, "name": "User1"}],
      ["new", 0, {"type": "Note", "values": {"keyword": 0}, "name": "Note1", "related": {"user": "User1"}}],
      ["commit", 0, {}],
      ["expire", 0, {"name": "User1", "fields": []}],
      ["relate", 0, {"name": "Note1", "relationship": "user", "to": "User1"}],
      ["flush", 0, {}]
    ]""")
    assert compared(history, *sides) is None


def test_what_is_added_again_after_a_rollback_does_not_load_whom_it_refers_to(sides: Sides) -> None:
    history = from_json("""[
      ["new", 0, {"type": "User", "values": {"name": 5}, "name": "User1"}],
      ["commit", 0, {}],
      ["new", 0, {"type": "Address", "values": {"email": 7}, "name": "Address1", "related": {"user": "User1"}}],
      ["flush", 0, {}],
      ["rollback", 0, {}],
      ["add", 0, {"name": "Address1"}],
      ["flush", 0, {}]
    ]""")
    assert compared(history, *sides) is None


def test_rows_whose_keys_are_given_are_refused_one_by_one(sides: Sides) -> None:
    history = from_json("""[
      ["new", 0, {"type": "Order", "values": {"shop": 0, "number": 1}, "name": "Order1"}],
      ["flush", 0, {}],
      ["new", 0, {"type": "Item", "values": {"position": 1}, "name": "Item1", "related": {"order": "Order1"}}],
      ["new", 0, {"type": "Item", "values": {"position": 0}, "name": "Item2", "related": {"order": "Order1"}}],
      ["set", 0, {"name": "Order1", "attribute": "shop", "value": 1}],
      ["flush", 0, {}],
      ["set", 0, {"name": "Item2", "attribute": "number", "value": 2}],
      ["flush", 0, {}],
      ["new", 0, {"type": "Item", "values": {"position": 1}, "name": "Item3", "related": {"order": "Order1"}}],
      ["flush", 0, {}]
    ]""")
    assert compared(history, *sides) is None


def test_others_need_not_wait_for_what_failed(sides: Sides) -> None:
    for history in (
        """[
          ["new", 1, {"type": "User", "values": {"name": 3}, "name": "User1"}],
          ["update_where", 1, {"type": "User", "values": {"team_id": "teams+1"}}],
          ["new", 0, {"type": "User", "values": {"name": 3}, "name": "User2"}],
          ["flush", 0, {}],
          ["commit", 0, {}]
        ]""",
        """[
          ["new", 1, {"type": "User", "values": {"name": 2}, "name": "User1"}],
          ["savepoint", 1, {}],
          ["new", 1, {"type": "User", "values": {"name": 3}, "name": "User2"}],
          ["update_where", 1, {"type": "User", "values": {"team_id": "teams+1"}}],
          ["new", 0, {"type": "User", "values": {"name": 3}, "name": "User3"}],
          ["flush", 0, {}],
          ["new", 0, {"type": "User", "values": {"name": 2}, "name": "User4"}],
          ["flush", 0, {}],
          ["commit", 1, {}]
        ]""",
    ):
        assert compared(from_json(history), *sides) is None


def test_an_assertion_of_sqlalchemys_is_an_error_of_ours(sides: Sides) -> None:
    history = from_json("""[
      ["new", 0, {"type": "User", "values": {"name": 2}, "name": "User1"}],
      ["update_where", 0, {"type": "Order", "where": ["ends", "items.product", 2], "values": {"title": 4}}],
      ["new", 0, {"type": "Order", "values": {"shop": 0, "number": 1}, "name": "Order1"}],
      ["insert_many", 0, {"type": "User", "rows": [{"name": 4}, {"name": 6}, {"name": 2}]}],
      ["new", 0, {"type": "Item", "values": {"position": 0}, "name": "Item1", "related": {"order": "Order1"}}],
      ["new", 0, {"type": "Truck", "values": {"tons": 2}, "name": "Truck1"}],
      ["pages", 0, {"size": 4, "type": "Sample"}],
      ["new", 0, {"type": "Item", "values": {"position": 0}, "name": "Item2", "related": {"order": "Order1"}}],
      ["insert_many", 0, {"type": "Sample", "rows": [{"yes": 0}]}]
    ]""")
    for each in sides:
        *_, last, _ = came(history, each)
        assert last["outcome"]["error"] == "PersistenceError"


def test_a_change_of_many_rows_begins_a_transaction_though_it_is_refused(sides: Sides) -> None:
    for kind, more in (("update_where", ', "values": {"fullname": 4}'), ("delete_where", "")):
        history = from_json(
            """[
          ["new", 0, {"type": "Team", "values": {"name": 6}, "name": "Team1"}],
          ["commit", 0, {}],
          ["KIND", 0, {"type": "User", "where": ["is not none", "addresses"] MORE}],
          ["rollback", 0, {"inside": true}]
        ]""".replace("KIND", kind).replace("MORE", more)
        )
        assert compared(history, *sides) is None


def test_a_detached_entity_whose_key_expired_is_compared_with_nothing(sides: Sides) -> None:
    history = from_json("""[
      ["new", 0, {"type": "User", "values": {"name": 0}, "name": "User1"}],
      ["commit", 0, {}],
      ["new", 0, {"type": "Profile", "values": {}, "name": "Profile1", "related": {"user": "User1"}}],
      ["flush", 0, {}],
      ["renew", 0, {}],
      ["count", 0, {"type": "Profile", "where": ["is", "user", "User1"]}]
    ]""")
    assert compared(history, *sides) is None


def test_a_subclass_is_refreshed_whole_after_its_base_was_locked(sides: Sides) -> None:
    history = from_json("""[
      ["new", 0, {"type": "Engineer", "values": {"name": 5, "desk": 0, "language": 3}, "name": "Engineer1"}],
      ["commit", 0, {}],
      ["get", 0, {"type": "Employee", "key": "Engineer1", "lock": "update skip"}],
      ["refresh", 0, {"name": "Engineer1", "fields": []}]
    ]""")
    assert compared(history, *sides) is None


@pytest.mark.parametrize(
    "question",
    [
        '"find", 0, {"type": "User", "load": ["team"]}',
        '"find", 0, {"type": "User", "lock": "update"}',
        '"find", 0, {"type": "Employee"}',
        '"pages", 0, {"size": 4, "type": "Profile", "order": [["text", false, null], ["id", false, "last"]]}',
    ],
)
def test_what_a_flush_leaves_to_the_next_one_is_sent_as_often_as_something_is_asked(
    sides: Sides, question: str
) -> None:
    history = from_json(
        """[
      ["new", 0, {"type": "Engineer", "values": {"name": 1, "language": 1}, "name": "Engineer1"}],
      ["new", 0, {"type": "Team", "values": {"name": 1}, "name": "Team1"}],
      ["new", 0, {"type": "User", "values": {"name": 0}, "name": "User1", "related": {"team": "Team1"}}],
      ["new", 0, {"type": "Address", "values": {"email": 6}, "name": "Address1", "related": {"user": "User1"}}],
      ["flush", 0, {}],
      ["delete", 0, {"name": "Address1"}],
      ["new", 0, {"type": "User", "values": {"name": 7}, "name": "User2", "related": {"addresses": ["Address1"]}}],
      [QUESTION]
    ]""".replace("QUESTION", question)
    )
    assert compared(history, *sides) is None


@pytest.mark.parametrize(
    ("question", "refreshed", "name"),
    [
        ('"count", 0, {"type": "User"}', "Node2", "parent"),
        ('"find", 0, {"type": "User", "load": ["notes"]}', "Note1", "user"),
        ('"find", 0, {"type": "User", "load": ["notes.user"]}', "Note1", "user"),
        ('"find", 0, {"type": "Note"}', "Note1", "user"),
    ],
)
def test_a_refresh_does_not_load_a_class_on_the_way_again(
    sides: Sides, question: str, refreshed: str, name: str
) -> None:
    history = from_json(
        """[
      ["new", 0, {"type": "Node", "values": {"label": 1}, "name": "Node1"}],
      ["new", 0, {"type": "Node", "values": {"label": 2}, "name": "Node2", "related": {"parent": "Node1"}}],
      ["new", 0, {"type": "User", "values": {"name": 1}, "name": "User1"}],
      ["new", 0, {"type": "Note", "values": {"keyword": 1}, "name": "Note1", "related": {"user": "User1"}}],
      ["commit", 0, {}],
      ["expunge", 0, {"name": "Note1"}],
      ["expunge", 0, {"name": "User1"}],
      [QUESTION],
      ["expire_all", 0, {}],
      ["refresh", 0, {"name": "REFRESHED", "fields": ["NAME"]}]
    ]""".replace("QUESTION", question)
        .replace("REFRESHED", refreshed)
        .replace("NAME", name)
    )
    assert compared(history, *sides) is None


def test_what_expired_is_looked_for_by_the_key_that_it_had_before_the_flush(sides: Sides) -> None:
    history = from_json("""[
      ["new", 0, {"type": "Order", "values": {"shop": 0, "number": 1}, "name": "Order1"}],
      ["new", 0, {"type": "Item", "values": {"position": 1}, "name": "Item1", "related": {"order": "Order1"}}],
      ["flush", 0, {}],
      ["new", 0, {"type": "Order", "values": {"shop": 1, "number": 0}, "name": "Order2"}],
      ["append", 0, {"name": "Order2", "relationship": "items", "member": "Item1"}],
      ["expire_all", 0, {}],
      ["read", 0, {"name": "Item1", "attribute": "order"}]
    ]""")
    assert compared(history, *sides) is None


def test_whose_row_is_gone_may_not_say_whether_it_is_changed(sides: Sides) -> None:
    history = from_json("""[
      ["new", 0, {"type": "User", "values": {"name": 3}, "name": "User1"}],
      ["flush", 0, {}],
      ["expunge_all", 0, {}],
      ["get", 0, {"type": "User", "key": "User1", "one": true}],
      ["rollback", 0, {}],
      ["new", 0, {"type": "Profile", "values": {}, "name": "Profile1", "related": {"user": "User1"}, "added": false}]
    ]""")
    assert compared(history, *sides) is None


def test_which_of_several_deleted_ones_finds_its_owner_is_chance(sides: Sides) -> None:
    history = from_json("""[
      ["new", 0, {"type": "User", "values": {"name": 2}, "name": "User1"}],
      ["new", 0, {"type": "Pet", "values": {}, "name": "Pet1", "related": {"user": "User1"}}],
      ["new", 0, {"type": "Pet", "values": {}, "name": "Pet2", "related": {"user": "User1"}}],
      ["new", 0, {"type": "Pet", "values": {}, "name": "Pet3", "related": {"user": "User1"}}],
      ["commit", 0, {}],
      ["expire_all", 0, {}],
      ["delete", 0, {"name": "Pet1"}],
      ["delete", 0, {"name": "Pet2"}],
      ["delete", 0, {"name": "Pet3"}],
      ["flush", 0, {}]
    ]""")
    for _ in range(5):
        assert compared(history, *sides) is None


def test_known_differences_are_few() -> None:
    assert len(KNOWN) < 10


def test_histories_do_everything_that_can_be_done() -> None:
    drawn = {operation.kind for number in range(50) for operation in random_history(Random(number), 60)}
    assert drawn == KINDS.keys()


def test_a_history_is_the_same_when_it_is_read_again() -> None:
    history = random_history(Random(0), 60)
    assert from_json(to_json(history)) == history


def test_refreshing_keeps_what_the_flush_before_it_loaded(sides: Sides) -> None:
    history = from_json("""[
      ["new", 0, {"type": "Node", "values": {"label": 0}, "name": "Node1"}],
      ["savepoint", 0, {}],
      ["delete", 0, {"name": "Node1"}],
      ["new", 0, {"type": "Node", "values": {"label": 1}, "name": "Node2", "related": {"children": ["Node1"]}}],
      ["refresh", 0, {"name": "Node1", "fields": []}]
    ]""")
    assert compared(history, *sides) is None


def test_an_upsert_that_sets_a_key_locks_the_row_against_those_that_refer_to_it(sides: Sides) -> None:
    history = from_json("""[
      ["new", 0, {"type": "Tag", "values": {"word": 3}, "name": "Tag1"}],
      ["commit", 0, {}],
      ["new", 0, {"type": "User", "values": {"name": 2}, "name": "User1"}],
      ["append", 0, {"name": "User1", "relationship": "tags", "member": "Tag1"}],
      ["upsert_many", 1, {"type": "Tag", "rows": [{"id": "Tag1", "word": 3}], "by": ["id"]}],
      ["commit", 0, {}]
    ]""")
    assert compared(history, *sides) is None


def test_an_upsert_that_sets_no_key_leaves_the_row_to_those_that_refer_to_it(sides: Sides) -> None:
    history = from_json("""[
      ["new", 0, {"type": "Node", "values": {"label": 0}, "name": "Node1"}],
      ["commit", 0, {}],
      ["new", 0, {"type": "Node", "values": {"label": 1}, "name": "Node2", "related": {"parent": "Node1"}}],
      ["upsert_many", 1, {"type": "Node", "rows": [{"id": "Node1", "rank": 1}], "by": ["id"]}],
      ["commit", 0, {}]
    ]""")
    *_, committed, _ = came(history, sides[1])
    assert committed["outcome"] is None
    assert compared(history, *sides) is None


def test_relating_a_deleted_entity_begins_no_transaction(sides: Sides) -> None:
    history = from_json("""[
      ["new", 0, {"type": "User", "values": {"name": 3}, "name": "User1"}],
      ["new", 0, {"type": "Badge", "values": {"number": 2}, "name": "Badge1", "related": {"user": "User1"}}],
      ["flush", 0, {}],
      ["relate", 0, {"name": "User1", "relationship": "badges", "to": []}],
      ["commit", 0, {}],
      ["append", 0, {"name": "User1", "relationship": "badges", "member": "Badge1"}],
      ["rollback", 0, {}]
    ]""")
    assert compared(history, *sides) is None


@attrs.frozen
class WithoutPets:
    """A database that loses what it kept of pets."""

    _kept: Side

    @property
    def database(self) -> Database:
        return self._kept.database

    def empty(self) -> None:
        self._kept.empty()

    def rows(self) -> Rows:
        return {**self._kept.rows(), "pets": []}


def test_a_difference_is_found_and_shortened(sides: Sides) -> None:
    one, other = sides
    insert = Operation("insert_many", 0, {"type": "Pet", "rows": [{"name": 1}]})
    commit = Operation("commit", 0, {})
    history = [*random_history(Random(1), 10), insert, commit, *random_history(Random(2), 10)]
    difference = compared(history, one, WithoutPets(other))
    assert difference is not None
    found = shortest(1, history, difference, one, WithoutPets(other))
    assert list(found.history) == [insert, commit]
    assert found.difference.place == 1
    assert "/rows/pets" in as_test(found)
