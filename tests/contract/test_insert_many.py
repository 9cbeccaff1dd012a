"""Rows B1, B2 and B4: `insert_many` inserts rows of any iterable, without making entities, in constant memory."""

import tracemalloc
from collections.abc import Iterator, Mapping

import pytest

from unitofwork import EntityState, where

from .many import Row, named
from .model import Accounts, Address, NewUnit, Team, User

# --- B1: rows, and no entities --------------------------------------------------------------------------------------


@pytest.mark.row("B1")
def test_rows_are_inserted_and_counted(accounts: NewUnit) -> None:
    with accounts() as uow:
        assert uow.users.insert_many([{"name": "sandy", "age": 30}, {"name": "eugene", "age": None}]) == 2
        uow.commit()
    with accounts() as other:
        users = other.users.find(order_by="name")
        assert [(user.name, user.age, user.fullname) for user in users] == [
            ("eugene", None, None),
            ("sandy", 30, None),
        ]


@pytest.mark.row("B1")
def test_no_rows_are_none(accounts: NewUnit) -> None:
    with accounts() as uow:
        assert uow.users.insert_many([]) == 0
        assert uow.users.insert_many(iter(())) == 0
        assert uow.users.count() == 0


@pytest.mark.row("B1")
def test_no_entity_is_in_the_unit(accounts: NewUnit) -> None:
    with accounts() as uow:
        uow.users.insert_many(named(3))
        assert list(uow) == []


@pytest.mark.row("B1")
def test_constructors_and_validators_do_not_run(accounts: NewUnit) -> None:
    with accounts() as uow:
        assert uow.badges.insert_many([{"number": -1}]) == 1
        assert uow.badges.find_one().number == -1


@pytest.mark.row("B1")
def test_rows_may_leave_every_attribute_out(accounts: NewUnit) -> None:
    with accounts() as uow:
        assert uow.comments.insert_many([{}, {}, {}]) == 3
        assert [(comment.text, comment.score) for comment in uow.comments.find()] == [(None, None)] * 3


@pytest.mark.row("B1")
def test_keys_may_be_given(accounts: NewUnit) -> None:
    with accounts() as uow:
        uow.users.insert_many([{"id": 70, "name": "sandy"}, {"id": 71, "name": "eugene"}])
        assert uow.users.get_one(71).name == "eugene"


@pytest.mark.row("B1")
def test_a_foreign_key_is_given_by_its_column(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        uow.addresses.insert_many([{"email_address": "third@example.org", "user_id": sandy}])
        found = uow.addresses.find_one(email_address="third@example.org")
        assert found.user is uow.users.get_one(sandy)


@pytest.mark.row("B1")
def test_any_mapping_is_a_row(accounts: NewUnit) -> None:
    class Reader(Mapping[str, object]):
        def __getitem__(self, name: str) -> object:
            return {"name": "sandy"}[name]

        def __iter__(self) -> Iterator[str]:
            return iter(["name"])

        def __len__(self) -> int:
            return 1

    with accounts() as uow:
        assert uow.users.insert_many([Reader()]) == 1
        assert uow.users.find_one().name == "sandy"


@pytest.mark.row("B1")
def test_any_text_is_kept_as_it_is(accounts: NewUnit) -> None:
    texts = [
        "'",
        '"',
        "\\",
        "\\'",
        "%",
        "%s",
        "%%",
        "?",
        "a\tb\nc\rd",
        "\x1a\x1f\x08",
        "\\.",
        "\\N",
        "{}",
        "ä€🐿",
        "",
        " ",
    ]
    for some in (texts, [*texts, None], texts[:1], [None]):
        with accounts() as uow:
            uow.comments.insert_many({"score": number, "text": text} for number, text in enumerate(some))
            assert [comment.text for comment in uow.comments.find(order_by="score")] == some


@pytest.mark.row("B1")
def test_the_order_of_a_rows_attributes_means_nothing(accounts: NewUnit) -> None:
    with accounts() as uow:
        uow.users.insert_many([{"name": "sandy", "fullname": "Sandy"}, {"fullname": "Eugene", "name": "eugene"}])
        assert uow.users.named("eugene").fullname == "Eugene"


# --- B2: what the unit holds ----------------------------------------------------------------------------------------


@pytest.mark.row("B2")
def test_what_was_changed_is_sent_first(accounts: NewUnit) -> None:
    with accounts() as uow:
        team = Team("karate", id=7)
        uow.teams.add(team)
        with uow.no_autoflush():
            uow.users.insert_many([{"name": "sandy", "team_id": 7}])
        assert uow.state(team) is EntityState.PERSISTENT


@pytest.mark.row("B2")
def test_a_loaded_collection_has_its_new_members(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        assert len(user.addresses) == 2
        uow.addresses.insert_many([{"email_address": "third@example.org", "user_id": sandy}])
        assert len(user.addresses) == 3


@pytest.mark.row("B2")
def test_a_key_that_was_looked_for_in_vain_is_found(accounts: NewUnit) -> None:
    with accounts() as uow:
        assert uow.users.get(70) is None
        uow.users.insert_many([{"id": 70, "name": "sandy"}])
        assert uow.users.get_one(70).name == "sandy"


@pytest.mark.row("B2")
def test_the_row_of_a_deleted_entity_can_be_inserted_again(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        uow.users.delete(uow.users.get_one(sandy))
        uow.users.insert_many([{"id": sandy, "name": "squirrel"}])
        assert uow.users.get_one(sandy).name == "squirrel"


@pytest.mark.row("B2")
def test_what_the_rows_are_made_of_may_come_from_the_unit(accounts: NewUnit) -> None:
    with accounts() as uow:
        uow.users.insert_many(named(30))
        teams = ({"name": user.name} for user in uow.users.find())
        assert uow.teams.insert_many(teams) == 30


@pytest.mark.row("B2")
def test_what_makes_the_rows_may_use_the_unit(accounts: NewUnit) -> None:
    def rows(uow: Accounts) -> Iterator[Row]:
        for number in range(3):
            uow.teams.insert_many([{"name": f"team {number}"}])
            yield {"name": f"{uow.teams.count()} teams"}
            uow.users.add(User(f"added {number}", age=number))

    with accounts() as uow:
        assert uow.users.insert_many(rows(uow)) == 3
        uow.commit()
        names = {user.name for user in uow.users.find()}
    assert names == {"1 teams", "2 teams", "3 teams", "added 0", "added 1", "added 2"}


@pytest.mark.row("B2")
def test_what_makes_the_rows_may_change_entities(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)

        def rows() -> Iterator[Row]:
            yield {"email_address": "third@example.org", "user_id": sandy}
            user.age = 31
            user.addresses.append(Address("fourth@example.org"))

        uow.addresses.insert_many(rows())
        assert user.age == 31
        assert len(user.addresses) == 4


@pytest.mark.row("B2")
def test_a_rollback_undoes_the_rows(accounts: NewUnit) -> None:
    with accounts() as uow:
        uow.users.insert_many(named(3))
        uow.rollback()
        assert uow.users.count() == 0


@pytest.mark.row("B2")
def test_what_was_loaded_of_rows_that_are_undone_is_forgotten(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        with pytest.raises(RuntimeError), uow.savepoint():
            uow.addresses.insert_many([{"id": 70, "email_address": "third@example.org", "user_id": sandy}])
            assert uow.addresses.get_one(70) in user.addresses
            raise RuntimeError
        assert uow.addresses.get(70) is None
        assert len(user.addresses) == 2


@pytest.mark.row("B2")
def test_a_unit_left_without_commit_keeps_nothing(accounts: NewUnit) -> None:
    with accounts() as uow:
        uow.users.insert_many(named(3))
    with accounts() as other:
        assert other.users.count() == 0


# --- B4: constant memory --------------------------------------------------------------------------------------------


@pytest.mark.row("B4")
def test_memory_does_not_grow_with_the_rows_but_for_what_keeps_them(accounts: NewUnit) -> None:
    def peak(count: int) -> int:
        with accounts() as uow:
            tracemalloc.start()
            try:
                assert uow.comments.insert_many({"text": f"comment {number}"} for number in range(count)) == count
                kept, most = tracemalloc.get_traced_memory()
                return most - kept
            finally:
                tracemalloc.stop()

    peak(10)  # what the first use alone takes
    assert peak(45_000) < 1.2 * peak(30_000)


@pytest.mark.row("B4")
def test_rows_are_read_as_they_are_sent(accounts: NewUnit) -> None:
    with accounts() as uow:
        seen: list[int] = []

        def rows() -> Iterator[Row]:
            for number in range(45_000):
                if number % 15_000 == 14_999:
                    seen.append(uow.comments.count(where("text") == "x"))
                yield {"text": "x"}

        uow.comments.insert_many(rows())
    assert seen[0] > 0
    assert seen == sorted(seen)
