"""What can be done with users, on whichever database."""

from collections.abc import Callable

import pytest

from accounts.domain.errors import Malformed, Refused
from accounts.domain.user import User
from accounts.service_layer import services
from accounts.service_layer.services import Stats
from accounts.service_layer.unit_of_work import Accounts
from contract.adapters import Probe
from unitofwork.domain.errors import NotFound, PersistenceError, UniqueViolation

Unit = Callable[[], Accounts]


@pytest.fixture
def sandy(unit: Unit) -> User:
    return services.register(unit(), "Sandy Cheeks", "sandy@example.org", "cheeks@example.org")


@pytest.fixture
def patrick(unit: Unit) -> User:
    return services.register(unit(), "Patrick Star", "patrick@example.org")


def addresses(user: User) -> list[str]:
    return [address.email_address for address in user.addresses]


def test_a_registered_user_is_shown_with_addresses_in_the_order_of_their_coming(unit: Unit, sandy: User) -> None:
    shown = services.show(unit(), "SANDY Cheeks")
    assert (shown.id, shown.name, shown.fullname) == (sandy.id, "sandy.cheeks", "Sandy Cheeks")
    assert addresses(shown) == ["sandy@example.org", "cheeks@example.org"]


def test_a_name_belongs_to_one_user(unit: Unit, sandy: User) -> None:
    with pytest.raises(UniqueViolation) as caught:
        services.register(unit(), "SANDY  CHEEKS", "other@example.org")
    assert (caught.value.table, caught.value.columns) == ("users", ("name",))
    assert services.stats(unit()) == Stats(users=1, addresses=2, users_without_address=0)


def test_an_address_belongs_to_one_user(unit: Unit, sandy: User) -> None:
    with pytest.raises(UniqueViolation) as caught:
        services.register(unit(), "Patrick Star", "patrick@example.org", "sandy@example.org")
    assert (caught.value.table, caught.value.columns) == ("addresses", ("email_address",))
    assert services.stats(unit()) == Stats(users=1, addresses=2, users_without_address=0)


def test_nobody_is_shown_who_is_not_there(unit: Unit) -> None:
    with pytest.raises(NotFound, match=r"there is no user patrick\.star"):
        services.show(unit(), "Patrick Star")


def test_a_renamed_user_is_found_by_the_new_name_alone(unit: Unit, sandy: User) -> None:
    services.rename(unit(), "sandy.cheeks", "Sandy Squirrel")
    assert services.show(unit(), "sandy.squirrel").id == sandy.id
    with pytest.raises(NotFound):
        services.show(unit(), "sandy.cheeks")


def test_nobody_is_renamed_to_a_name_that_is_taken(unit: Unit, sandy: User, patrick: User) -> None:
    with pytest.raises(UniqueViolation):
        services.rename(unit(), "patrick.star", "Sandy Cheeks")
    assert services.show(unit(), "patrick.star").id == patrick.id


def test_an_address_is_added_once(unit: Unit, sandy: User) -> None:
    for _ in range(2):
        services.add_address(unit(), "sandy.cheeks", "third@Example.org")
    expected = ["sandy@example.org", "cheeks@example.org", "third@example.org"]
    assert addresses(services.show(unit(), "sandy.cheeks")) == expected


def test_an_address_of_somebody_else_is_not_added(unit: Unit, sandy: User, patrick: User) -> None:
    with pytest.raises(UniqueViolation):
        services.add_address(unit(), "patrick.star", "sandy@example.org")
    assert addresses(services.show(unit(), "patrick.star")) == ["patrick@example.org"]


def test_a_removed_address_is_free_for_others(unit: Unit, sandy: User, patrick: User) -> None:
    services.remove_address(unit(), "sandy.cheeks", "sandy@example.org")
    services.add_address(unit(), "patrick.star", "sandy@example.org")
    assert addresses(services.show(unit(), "sandy.cheeks")) == ["cheeks@example.org"]
    assert addresses(services.show(unit(), "patrick.star")) == ["patrick@example.org", "sandy@example.org"]


def test_a_deleted_user_leaves_no_address_behind(unit: Unit, sandy: User, patrick: User) -> None:
    services.delete(unit(), "sandy.cheeks")
    assert services.stats(unit()) == Stats(users=1, addresses=1, users_without_address=0)


def test_addresses_that_were_not_read_are_left_to_the_database_to_delete(unit: Unit, sandy: User, probe: Probe) -> None:
    with unit() as uow:
        user = uow.users.get_one(sandy.id)
        probe.statements()
        uow.users.delete(user)
        uow.commit()
        assert not any(statement.startswith("SELECT") for statement in probe.statements())
    assert services.stats(unit()) == Stats(users=0, addresses=0, users_without_address=0)


def test_merging_moves_the_addresses_to_the_user_who_is_kept(unit: Unit, sandy: User, patrick: User) -> None:
    moved = [address.id for address in sandy.addresses]
    merged = services.merge(unit(), "patrick.star", "sandy.cheeks")
    shown = services.show(unit(), "patrick.star")
    expected = ["patrick@example.org", "sandy@example.org", "cheeks@example.org"]
    assert addresses(merged) == expected
    assert sorted(addresses(shown)) == sorted(expected)
    assert {address.id for address in shown.addresses} >= set(moved), "the rows themselves were moved"
    assert services.stats(unit()) == Stats(users=1, addresses=3, users_without_address=0)


def test_no_address_is_lost_by_a_merge_of_users_whose_addresses_were_not_read(
    unit: Unit, sandy: User, patrick: User
) -> None:
    with unit() as uow:
        uow.users.get_one(patrick.id).absorb(uow.users.get_one(sandy.id))
        uow.commit()
    assert services.stats(unit()) == Stats(users=2, addresses=3, users_without_address=1)


def test_nobody_is_merged_with_oneself(unit: Unit, sandy: User) -> None:
    with pytest.raises(Refused, match="cannot be merged with itself"):
        services.merge(unit(), "sandy.cheeks", "Sandy Cheeks")
    assert addresses(services.show(unit(), "sandy.cheeks")) == ["sandy@example.org", "cheeks@example.org"]


@pytest.mark.parametrize("text", ["SANDY", "dy ch", "Cheeks@", "example.ORG", ""])
def test_users_are_found_by_any_part_of_name_or_address_in_any_case(unit: Unit, sandy: User, text: str) -> None:
    assert [user.name for user in services.find(unit(), text, limit=10)] == ["sandy.cheeks"]


@pytest.mark.parametrize("text", ["%", "_", "\\", "s%y", "patrick"])
def test_users_are_not_found_by_what_they_do_not_have(unit: Unit, sandy: User, text: str) -> None:
    assert services.find(unit(), text, limit=10) == []


def test_users_are_found_in_any_alphabet(unit: Unit) -> None:
    services.register(unit(), "Губка Квадрат")
    services.register(unit(), "Straßen Feger", "ÄPFEL@example.org")
    assert [user.fullname for user in services.find(unit(), "ГУБКА кв", limit=10)] == ["Губка Квадрат"]
    assert [user.fullname for user in services.find(unit(), "STRASSEN", limit=10)] == ["Straßen Feger"]
    assert [user.fullname for user in services.find(unit(), "äpfel", limit=10)] == ["Straßen Feger"]


def test_no_more_users_are_found_than_were_asked_for(unit: Unit, sandy: User, patrick: User) -> None:
    assert [user.name for user in services.find(unit(), "example", limit=1)] == ["patrick.star"]


def test_users_without_an_address_are_counted(unit: Unit, sandy: User) -> None:
    services.register(unit(), "Patrick Star")
    assert services.stats(unit()) == Stats(users=2, addresses=2, users_without_address=1)


def test_everyone_comes_once_in_pages(unit: Unit, probe: Probe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "_PAGE", 2)
    for number in range(5):
        services.register(unit(), f"User {number}", f"user{number}@example.org", f"again{number}@example.org")
    probe.statements()
    everyone = [(user.fullname, addresses(user)) for user in services.everyone(unit())]
    selects = [statement for statement in probe.statements() if statement.startswith("SELECT")]
    assert everyone == [(f"User {n}", [f"user{n}@example.org", f"again{n}@example.org"]) for n in range(5)]
    assert len(selects) in (0, 3 + 1 + 3), "three pages, the empty one, and the addresses of each page"


def test_whoever_stops_asking_for_everyone_gives_the_connection_back(unit: Unit, sandy: User, probe: Probe) -> None:
    everyone = services.everyone(unit())
    next(everyone)
    everyone.close()
    assert probe.checked_out() == 0


@pytest.mark.parametrize("fullname", ["", "a\0b", "\ud800", "x" * 256])
def test_a_name_that_no_database_could_keep_is_refused_before_it_is_asked(unit: Unit, fullname: str) -> None:
    with pytest.raises(Malformed):
        services.register(unit(), fullname)


def test_what_failed_leaves_the_next_unit_alone(unit: Unit, sandy: User) -> None:
    with pytest.raises(PersistenceError):
        services.register(unit(), "Sandy Cheeks")
    assert services.register(unit(), "Patrick Star").name == "patrick.star"
