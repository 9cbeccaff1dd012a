"""Q1, Q2: a question that cannot be meant is refused before anything is sent, and the unit goes on."""

import re
from collections.abc import Iterator
from typing import LiteralString, cast

import pytest
from sqlalchemy import desc

from unitofwork import where
from unitofwork.domain.errors import (
    InvalidValue,
    MappingError,
    PersistenceError,
    UnitOfWorkError,
    UnsupportedQuery,
    ValueOutOfRange,
    WrongType,
)

from .adapters import Probe
from .model import Accounts, Address, NewUnit, Team, User

pytestmark = pytest.mark.row("Q1", "Q2")


@pytest.fixture
def uow(accounts: NewUnit, sandy: int, probe: Probe) -> Iterator[Accounts]:
    """A unit that must have sent nothing during the test, and still works after it."""
    with accounts() as unit:
        probe.statements()
        yield unit
        assert probe.statements() == []
        assert unit.users.get_one(sandy).name == "sandy"


def test_an_unknown_name_is_refused_with_those_there_are(uow: Accounts) -> None:
    for question in (uow.users.find, uow.users.find_one, uow.users.first, uow.users.count, uow.users.exists):
        with pytest.raises(MappingError, match=r"User has no attribute 'nmae'.*addresses, age.*name.*team") as caught:
            question(where("nmae") == "sandy")
        assert caught.value.entity_type is User
    with pytest.raises(MappingError, match="'nmae'"):
        uow.users.find(nmae="sandy")
    with pytest.raises(MappingError, match=r"Address has no attribute 'email'.*email_address"):
        uow.users.find(where("addresses.email") == "sandy@example.org")
    with pytest.raises(MappingError, match="User has no attribute 'adresses'"):
        uow.users.find(where("adresses.email_address") == "sandy@example.org")
    with pytest.raises(MappingError, match="'nmae'"):
        uow.users.find(~(where("id") == 1) | (where("name") == "a") & where("nmae").is_none())


@pytest.mark.parametrize("name", ["visits", "greeting", "__class__", "_sa_instance_state", "metadata"])
def test_what_is_not_mapped_is_an_unknown_name(uow: Accounts, name: LiteralString) -> None:
    with pytest.raises(MappingError, match=f"User has no attribute '{name}'"):
        uow.users.find(where(name) == 1)


def test_a_name_of_another_class_is_refused(uow: Accounts) -> None:
    with pytest.raises(MappingError, match=r"Address\.email_address is asked of User"):
        uow.users.find(where(Address.email_address) == "sandy@example.org")
    with pytest.raises(MappingError, match=r"User\.name is asked of Team"):
        uow.teams.find(where(User.name) == "red")
    with pytest.raises(MappingError, match=r"Team\.name is asked of Address"):
        uow.users.find(where(User.addresses, Team.name) == "red")
    with pytest.raises(MappingError, match=r"Address\.user is asked of User"):
        uow.users.find(where(Address.user, User.name) == "sandy")


def test_a_path_goes_on_from_relationships_only(uow: Accounts) -> None:
    with pytest.raises(UnsupportedQuery, match=r"User\.name is no relationship"):
        uow.users.find(where("name.length") == 5)


@pytest.mark.parametrize(
    ("name", "operand"),
    [
        ("name", 1),
        ("name", b"sandy"),
        ("name", User("sandy")),
        ("age", "30"),
        ("age", 30.0),
        ("age", True),
        ("age", [30]),
        ("id", "1"),
        ("id", object()),
        ("addresses.email_address", 1),
        ("team.name", 1.5),
        ("team", 1),
        ("team", "red"),
        ("team", User("sandy")),
        ("addresses.user", Team("red")),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else value,
)
def test_an_operand_of_another_type_is_refused(uow: Accounts, name: LiteralString, operand: object) -> None:
    for condition in (where(name) == operand, where(name) != operand, ~(where(name) == operand)):
        with pytest.raises(WrongType, match=rf"\.{name.rpartition('.')[2]} "):
            uow.users.find(condition)
        with pytest.raises(WrongType):
            uow.users.count(condition)


@pytest.mark.parametrize(
    "condition",
    [
        where("age") < "30",
        where("age") >= 1.5,
        where("age").in_([1, "2"]),
        where("age").not_in([None, "2"]),
        where("age").between(1, "2"),
        where("age").between(False, 2),
        where("name").in_(["sandy", 1]),
        where("name") > 1,
    ],
    ids=str,
)
def test_every_operand_is_checked_whatever_the_operator(uow: Accounts, condition: object) -> None:
    with pytest.raises(WrongType):
        uow.users.find(condition)  # type: ignore[arg-type]  # the list's items are of several types


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 10**30])
def test_an_integer_beyond_64_bits_is_refused(uow: Accounts, number: int) -> None:
    for condition in (where("age") == number, where("age") < number, where("age").in_([1, number])):
        with pytest.raises(ValueOutOfRange):
            uow.users.find(condition)
    with pytest.raises(ValueOutOfRange):
        uow.users.get(number)


@pytest.mark.parametrize("text", ["san\0dy", "\ud800", "san\udfffdy"], ids=ascii)
@pytest.mark.parametrize("operator", ["__eq__", "startswith", "endswith", "contains", "like", "ilike"])
def test_text_that_no_database_can_keep_is_refused(uow: Accounts, operator: str, text: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        uow.users.find(getattr(where("name"), operator)(text))
    assert not re.search("[\0\ud800-\udfff]", str(caught.value))


@pytest.mark.parametrize("operator", ["startswith", "endswith", "contains", "like", "ilike"])
@pytest.mark.parametrize("name", ["age", "id", "team.id"])
def test_text_operators_on_a_number_are_refused(uow: Accounts, name: str, operator: str) -> None:
    with pytest.raises(UnsupportedQuery, match=rf"\.{name.rpartition('.')[2]} is no text"):
        uow.users.find(getattr(where(name), operator)("3"))


def test_a_collection_is_not_compared_as_a_whole(uow: Accounts) -> None:
    for condition in (
        where("addresses") == Address("sandy@example.org"),
        where("addresses").is_none(),
        where("addresses").in_([]),
        where("addresses").contains("sandy"),
        where("team.members").is_not_none(),
    ):
        with pytest.raises(UnsupportedQuery, match="is a collection"):
            uow.users.find(condition)


def test_a_relationship_has_no_order_and_no_text(uow: Accounts) -> None:
    for condition in (where("team") < Team("red"), where("team").like("red"), where("team").in_([Team("red")])):
        with pytest.raises(UnsupportedQuery, match=r"User\.team is a relationship"):
            uow.users.find(condition)


def test_an_entity_that_has_no_key_and_never_will_is_refused(uow: Accounts) -> None:
    with pytest.raises(UnitOfWorkError, match="Team"):
        uow.users.find(where("team") == Team("red"))


def test_an_entity_whose_key_is_still_to_be_made_is_refused_unless_the_question_makes_it(
    accounts: NewUnit,
) -> None:
    red = Team("red")
    with accounts() as uow:
        uow.teams.add(red)
        with uow.no_autoflush(), pytest.raises(UnitOfWorkError, match=r"User\.team .* has no key: add it, and flush"):
            uow.users.find(where("team") == red)
        assert uow.users.find(where("team") == red) == []
        with uow.no_autoflush():
            assert not uow.users.exists(where("team") == red)


def test_an_entity_with_a_key_of_the_wrong_type_is_refused(uow: Accounts) -> None:
    with pytest.raises(WrongType, match=r"Team\.id takes int, not str"):
        uow.users.find(where("team") == Team("red", id=cast(int, "1")))


def test_an_order_across_a_collection_is_refused(uow: Accounts) -> None:
    for key in ("addresses.email_address", where("team.members.name").desc(), (User.name, "addresses.id")):
        with pytest.raises(UnsupportedQuery, match="crosses a collection"):
            uow.users.find(order_by=key)


def test_an_order_by_a_relationship_is_refused(uow: Accounts) -> None:
    for key in ("team", "addresses", where("team.members").desc()):
        with pytest.raises(UnsupportedQuery, match="order by an attribute of it"):
            uow.users.find(order_by=key)


def test_an_order_by_an_unknown_name_is_refused(uow: Accounts) -> None:
    for key in ("nmae", "team.nmae", ("name", "nmae"), where("nmae").asc()):
        with pytest.raises(MappingError, match="has no attribute 'nmae'; it has"):
            uow.users.find(order_by=key)
    with pytest.raises(MappingError, match=r"Address\.id is asked of User"):
        uow.users.first(order_by=Address.id)
    with pytest.raises(MappingError, match="int is no path"):
        uow.users.find(order_by=3)


def test_what_says_more_than_a_path_is_refused_where_a_path_is_asked_for(uow: Accounts) -> None:
    condition = where("team.name") == "band"
    with pytest.raises(MappingError, match="Comparison is no path"):
        uow.users.find(order_by=("name", condition))
    with pytest.raises(MappingError, match="Comparison is no path"):
        uow.users.find(load=where("team") == None)  # noqa: E711  # makes a condition
    with pytest.raises(MappingError, match="Order is no path"):
        uow.users.find(load=where("team").desc())


def test_an_order_in_the_words_of_others_is_told_in_ours(uow: Accounts) -> None:
    with pytest.raises(MappingError, match=r"'-name' is no path: write where\('name'\)\.desc\(\)$"):
        uow.users.find(order_by="-name")
    with pytest.raises(MappingError, match=r"^UnaryExpression is no path: .* where\(User\.name\)\.desc\(\)"):
        uow.users.find(order_by=desc("name"))


@pytest.mark.parametrize("number", [-1, 2**63, True, "1", 1.0])
@pytest.mark.parametrize("which", ["limit", "offset"])
def test_a_limit_or_an_offset_that_is_no_number_of_rows_is_refused(uow: Accounts, which: str, number: object) -> None:
    with pytest.raises(ValueError, match=f"{which} is a whole number, zero or more"):
        uow.users.find(**{which: number})  # type: ignore[arg-type]  # that is the mistake


def test_what_is_no_condition_is_refused(uow: Accounts) -> None:
    for mistake in (True, "sandy", None, where("name")):
        with pytest.raises(TypeError, match="is no condition"):
            uow.users.find(mistake)  # type: ignore[arg-type]  # that is the mistake


def test_a_class_that_is_not_mapped_has_no_repository(uow: Accounts) -> None:
    with pytest.raises(MappingError, match=r"int is not mapped"):
        uow.repository(int).find()


def test_no_error_shows_the_value_that_was_asked_for(uow: Accounts) -> None:
    for condition in (
        where("age") == "secret",
        where("name").contains("secret\0"),
        where("team") == "secret",
        where("nmae") == "secret",
        where("id").like("secret"),
        where("addresses") == "secret",
        where("name.length") == "secret",
    ):
        with pytest.raises(PersistenceError) as caught:
            uow.users.find(condition)
        assert "secret" not in str(caught.value)
