"""Q1: conditions across relationships hold if they hold for any entity at the path's end."""

import pytest

from unitofwork import Condition, where

from .comments import keep, texts
from .model import Address, Comment, NewUnit, Team, User

pytestmark = pytest.mark.row("Q1")

EMAIL = where("addresses.email_address")


@pytest.fixture
def people(accounts: NewUnit) -> NewUnit:
    """Users with two addresses, with one, and with none; in a team, in another, and in none."""
    red, blue = Team("red"), Team("blue")
    with accounts() as uow:
        uow.users.add_all(
            [
                User("ann", None, 30, [Address("ann@example.org"), Address("boss@example.com")], red),
                User("bob", "Bob", 40, [Address("bob@example.org")], blue),
                User("cyd", None, None, [], red),
                User("dan", None, 50, [], None),
            ]
        )
        uow.commit()
    return accounts


def names(accounts: NewUnit, *conditions: Condition) -> list[str]:
    with accounts() as uow:
        return sorted(user.name for user in uow.users.find(*conditions))


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (EMAIL == "ann@example.org", ["ann"]),
        (EMAIL.endswith("@example.org"), ["ann", "bob"]),
        (EMAIL.is_not_none(), ["ann", "bob"]),
        (EMAIL.is_none(), []),
        (EMAIL.in_(["bob@example.org", "boss@example.com"]), ["ann", "bob"]),
        (EMAIL.not_in(["bob@example.org", "boss@example.com"]), ["ann"]),
        (EMAIL.not_in([]), ["ann", "bob"]),
        (EMAIL != "ann@example.org", ["ann", "bob"]),
        (EMAIL.between("ann", "anz"), ["ann"]),
        (EMAIL.ilike("BO%"), ["ann", "bob"]),
        (EMAIL.contains("%"), []),
    ],
    ids=str,
)
def test_a_path_to_many_holds_if_it_holds_for_any(people: NewUnit, condition: Condition, expected: list[str]) -> None:
    assert names(people, condition) == expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (~(EMAIL == "ann@example.org"), ["bob", "cyd", "dan"]),
        (~EMAIL.endswith("@example.org"), ["cyd", "dan"]),
        (~EMAIL.is_not_none(), ["cyd", "dan"]),
        (~(EMAIL != "ann@example.org"), ["cyd", "dan"]),
    ],
    ids=str,
)
def test_a_negated_path_to_many_holds_if_it_holds_for_none(
    people: NewUnit, condition: Condition, expected: list[str]
) -> None:
    assert names(people, condition) == expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (where("team.name") == "red", ["ann", "cyd"]),
        (where("team.name") != "red", ["bob"]),
        (where("team.name").in_(["red", "green"]), ["ann", "cyd"]),
        (~(where("team.name") == "red"), ["bob", "dan"]),
        (where("team.name").is_none(), []),
        (where("team.id").is_not_none(), ["ann", "bob", "cyd"]),
    ],
    ids=str,
)
def test_a_path_to_one_holds_if_there_is_one_that_it_holds_for(
    people: NewUnit, condition: Condition, expected: list[str]
) -> None:
    assert names(people, condition) == expected


def test_a_path_goes_on_across_several_relationships(people: NewUnit) -> None:
    assert names(people, where("team.members.addresses.email_address") == "ann@example.org") == ["ann", "cyd"]
    assert names(people, where("team.members.name") == "cyd") == ["ann", "cyd"]
    assert names(people, where("team.members.team.name") == "blue") == ["bob"]
    with people() as uow:
        assert [team.name for team in uow.teams.find(where("members.addresses.email_address").startswith("b"))] != []
        assert uow.teams.count(where("members.addresses.email_address").startswith("bob")) == 1
        assert uow.addresses.count(where("user.team.name") == "red") == 2


def test_an_unknown_comparison_at_the_end_of_a_path_is_not_true(people: NewUnit) -> None:
    with people() as uow:
        # cyd has no age: unknown of her, so that no member of a team is known to be younger than 20
        assert uow.teams.count(where("members.age") < 20) == 0
        assert uow.teams.count(~(where("members.age") < 20)) == 2
        assert [team.name for team in uow.teams.find(where("members.age").is_none())] == ["red"]


def test_two_paths_through_one_table_do_not_meet(people: NewUnit) -> None:
    by_different = EMAIL.startswith("ann") & EMAIL.endswith(".com")
    assert names(people, by_different) == ["ann"]
    assert names(people, EMAIL.like("ann%.com")) == []
    assert names(people, EMAIL.startswith("ann") & ~EMAIL.endswith(".com")) == []
    assert names(people, (where("team.members.name") == "cyd") & (where("name") == "ann")) == ["ann"]


def test_a_condition_on_many_finds_each_entity_once(people: NewUnit) -> None:
    both = EMAIL.contains("@")
    assert names(people, both) == ["ann", "bob"]
    with people() as uow:
        assert uow.users.count(both) == 2


def test_checked_names_lead_as_far_as_written_ones(people: NewUnit) -> None:
    assert names(people, where(User.name) == "ann") == ["ann"]
    assert names(people, where(User.addresses, Address.email_address).endswith("@example.org")) == ["ann", "bob"]
    assert names(people, where(User.team, Team.name) == "red") == ["ann", "cyd"]
    assert names(people, where(User.team, "name") == "red") == ["ann", "cyd"]
    assert names(people, where("team", Team.name) == "red") == ["ann", "cyd"]
    assert names(people, where(User.team, Team.members, User.name) == "cyd") == ["ann", "cyd"]
    assert names(people, where("team.members", "name") == "cyd") == ["ann", "cyd"]


# A relationship as a whole


def test_a_relationship_to_one_is_compared_with_an_entity(people: NewUnit) -> None:
    with people() as uow:
        red = uow.teams.find_one(name="red")
        assert {user.name for user in uow.users.find(team=red)} == {"ann", "cyd"}
        assert {user.name for user in uow.users.find(where("team") == red)} == {"ann", "cyd"}
        assert {user.name for user in uow.users.find(where(User.team) == red)} == {"ann", "cyd"}
        assert {user.name for user in uow.users.find(where("team") != red)} == {"bob"}
        assert {user.name for user in uow.users.find(~(where("team") == red))} == {"bob"}
        assert {user.name for user in uow.users.find(~(where("team") != red))} == {"ann", "cyd"}


def test_a_relationship_to_one_may_be_none(people: NewUnit) -> None:
    assert names(people, where("team") == None) == ["dan"]  # noqa: E711  # makes a condition
    assert names(people, where("team").is_none()) == ["dan"]
    assert names(people, where("team") != None) == ["ann", "bob", "cyd"]  # noqa: E711  # makes a condition
    assert names(people, ~where("team").is_none()) == ["ann", "bob", "cyd"]
    with people() as uow:
        assert uow.users.find_one(team=None).name == "dan"


def test_a_relationship_at_the_end_of_a_path_is_compared_with_an_entity(people: NewUnit) -> None:
    with people() as uow:
        red = uow.teams.find_one(name="red")
        assert {each.email_address for each in uow.addresses.find(where("user.team") == red)} == {
            "ann@example.org",
            "boss@example.com",
        }
        assert uow.addresses.count(where("user.team").is_none()) == 0


def test_an_entity_that_was_not_flushed_yet_can_be_compared_with(people: NewUnit) -> None:
    with people() as uow:
        green = Team("green")
        uow.teams.add(green)
        assert uow.users.count(where("team") == green) == 0
        uow.users.find_one(name="dan").team = green
        assert uow.users.find_one(where("team") == green).name == "dan"


def test_an_entity_of_an_earlier_unit_can_be_compared_with(people: NewUnit) -> None:
    with people() as uow:
        red = uow.teams.find_one(name="red")
    with people() as uow:
        assert uow.users.count(where("team") == red) == 2


# Self-reference


@pytest.fixture
def thread(accounts: NewUnit) -> NewUnit:
    """A comment with two answers, the first of which has an answer."""
    first = Comment("root", 1)
    second = Comment("answer", 2, answers_to=first)
    keep(accounts, first, second, Comment("other", 3, answers_to=first), Comment("leaf", None, answers_to=second))
    return accounts


def test_a_path_leads_from_a_table_to_itself(thread: NewUnit) -> None:
    assert texts(thread, where("answers_to.text") == "root") == ["answer", "other"]
    assert texts(thread, where("answers.text") == "leaf") == ["answer"]
    assert texts(thread, where("answers_to.answers_to.text") == "root") == ["leaf"]
    assert texts(thread, where("answers.answers.text") == "leaf") == ["root"]
    assert texts(thread, where("answers_to.answers.text") == "other") == ["answer", "other"]
    assert texts(thread, (where("text") == "answer") & (where("answers_to.text") == "root")) == ["answer"]
    assert texts(thread, ~where("answers.id").is_not_none()) == ["leaf", "other"]
    assert texts(thread, where("answers_to").is_none()) == ["root"]
    assert texts(thread, where(Comment.answers_to, Comment.score) > 1) == ["leaf"]


def test_an_entity_is_compared_with_itself_across_a_path(thread: NewUnit) -> None:
    with thread() as uow:
        root = uow.comments.find_one(text="root")
        assert {comment.text for comment in uow.comments.find(answers_to=root)} == {"answer", "other"}
        assert {comment.text for comment in uow.comments.find(where("answers_to.answers_to") == root)} == {"leaf"}
        assert {comment.text for comment in uow.comments.find(where("answers.answers_to") == root)} == {"root"}
        assert {comment.text for comment in uow.comments.find(where("answers_to") != root)} == {"leaf"}


def test_a_foreign_key_without_a_field_is_asked_for_by_its_column(accounts: NewUnit, sandy: int) -> None:
    """It is mapped all the same, and needs no path to what it refers to."""
    with accounts() as uow:
        assert uow.addresses.count(user_id=sandy) == 2
        found = uow.addresses.find(where("user_id").in_([sandy, 0]), order_by=["user_id", "email_address"])
        assert [address.email_address for address in found] == ["cheeks@example.org", "sandy@example.org"]
        assert uow.users.count(where("addresses.user_id") == sandy) == 1
