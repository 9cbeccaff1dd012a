"""Rows B1 to B4: `insert_many` inserts rows of any iterable, all or none of them, without making entities."""

import pickle
import tracemalloc
from collections.abc import Iterable, Iterator, Mapping

import pytest
from attrs import frozen

from unitofwork import EntityState, where
from unitofwork.domain.errors import (
    CheckViolation,
    ForeignKeyViolation,
    InvalidRow,
    InvalidValue,
    MappingError,
    NeedsRollback,
    NotNullViolation,
    PersistenceError,
    UniqueViolation,
    UnitClosed,
    UnitOfWorkError,
    ValueOutOfRange,
    ValueTooLong,
    WrongType,
)

from .model import Accounts, Address, NewUnit, Team, User

Row = Mapping[str, object]


def named(count: int, **more: object) -> Iterator[dict[str, object]]:
    return ({"name": f"user {number}", **more} for number in range(1, count + 1))


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


# --- B3: all or nothing ---------------------------------------------------------------------------------------------


def broken(text: str) -> Iterator[Row]:
    yield from named(2)
    raise RuntimeError(text)


@frozen
class Bad:
    """Rows of which one is bad, and the error that says which."""

    rows: Iterable[object]
    error: type[PersistenceError]
    row: int | None
    says: str


BAD = {
    "no iterable": lambda: Bad(5, InvalidRow, None, "no iterable"),  # type: ignore[arg-type]  # on purpose
    "no mapping": lambda: Bad([*named(2), 5], InvalidRow, 3, "int is no mapping"),
    "no mapping at all": lambda: Bad("sandy", InvalidRow, 1, "str is no mapping"),
    "a mapping for all rows": lambda: Bad({"name": "sandy"}, InvalidRow, 1, "str is no mapping"),
    "a sequence": lambda: Bad([*named(2), ["name"]], InvalidRow, 3, "list is no mapping"),
    "no name": lambda: Bad([{1: "sandy"}], InvalidRow, 1, "int is no attribute's name"),
    "missing": lambda: Bad([*named(2, age=1), {"name": "x"}], InvalidRow, 3, "User.age is missing"),
    "empty": lambda: Bad([*named(2, age=1), {}], InvalidRow, 3, "User.age, User.name is missing"),
    "one more": lambda: Bad([*named(2), {"name": "x", "age": 1}], InvalidRow, 3, "User.age is given"),
    "another": lambda: Bad([*named(2, age=1), {"name": "x", "fullname": "x"}], InvalidRow, 3, "User.fullname is given"),
    "unknown": lambda: Bad([*named(2), {"name": "x", "agee": 1}], MappingError, 3, "has no attribute 'agee'; it has"),
    "unknown for known": lambda: Bad([*named(2), {"nam": "x"}], MappingError, 3, "has no attribute 'nam'"),
    "unknown in the first": lambda: Bad([{"nam": "x"}], MappingError, 1, "has no attribute 'nam'"),
    "unmapped": lambda: Bad([{"name": "x", "visits": 1}], MappingError, 1, "has no attribute 'visits'"),
    "to one": lambda: Bad([{"name": "x", "team": None}], MappingError, 1, "give what is behind it, team_id"),
    "to many": lambda: Bad([{"name": "x", "addresses": []}], MappingError, 1, "a relationship to other rows"),
    "type": lambda: Bad([*named(2), {"name": 5}], WrongType, 3, "User.name takes str, not int"),
    "bool for int": lambda: Bad([*named(2, age=1), {"name": "x", "age": True}], WrongType, 3, "not bool"),
    "long": lambda: Bad([*named(2), {"name": "x" * 31}], ValueTooLong, 3, "at most 30 characters"),
    "large": lambda: Bad([*named(2, age=1), {"name": "x", "age": 2**31}], ValueOutOfRange, 3, "32 bits"),
    "NUL": lambda: Bad([*named(2), {"name": "a\0"}], InvalidValue, 3, "no NUL"),
    "surrogate": lambda: Bad([*named(2), {"name": "\ud800"}], InvalidValue, 3, "no surrogate"),
    "none": lambda: Bad([*named(2), {"name": None}], NotNullViolation, 3, "User.name needs a value"),
    "no key": lambda: Bad([{"id": 1, "name": "x"}, {"id": None, "name": "y"}], NotNullViolation, 2, "is generated"),
    "not given": lambda: Bad([{"age": 1}], NotNullViolation, 1, "User.name needs a value, and has no default"),
    "twice": lambda: Bad([*named(2), {"name": "user 1"}], UniqueViolation, 3, "users.name"),
    "check": lambda: Bad([*named(2, age=1), {"name": "x", "age": -1}], CheckViolation, 3, "age_is_not_negative"),
    "foreign key": lambda: Bad(
        [*named(2, team_id=None), {"name": "x", "team_id": 7}], ForeignKeyViolation, 3, "users.team_id"
    ),
    "raises": lambda: Bad(broken("secret"), InvalidRow, 3, "raised RuntimeError"),
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.row("B3")
def test_a_bad_row_is_named_and_nothing_is_kept(accounts: NewUnit, name: str) -> None:
    bad = BAD[name]()
    with accounts() as uow:
        team = Team("karate")
        uow.teams.add(team)
        with pytest.raises(bad.error) as raised:
            uow.users.insert_many(bad.rows)  # type: ignore[arg-type]  # on purpose
        error = raised.value
        assert error.row == bad.row
        assert bad.says in str(error)
        assert bad.row is None or str(error).startswith(f"row {bad.row}: ")
        assert pickle.loads(pickle.dumps(error)).row == bad.row
        assert uow.users.count() == 0
        uow.users.insert_many(named(2))
        uow.commit()
    with accounts() as other:
        assert (other.users.count(), other.teams.count()) == (2, 1)


@pytest.mark.row("B3")
def test_the_text_of_an_error_has_no_value_in_it(accounts: NewUnit) -> None:
    for value in ("secret" * 10, "secret\0", {"secret": 1}):
        with accounts() as uow, pytest.raises(InvalidValue) as raised:
            uow.users.insert_many([{"name": value}])
        assert "secret" not in str(raised.value)
    with accounts() as uow, pytest.raises(UniqueViolation) as violated:
        uow.users.insert_many([{"name": "secret"}, {"name": "secret"}])
    assert "secret" not in str(violated.value)


@pytest.mark.row("B3")
def test_an_error_of_what_makes_the_rows_is_the_cause(accounts: NewUnit) -> None:
    with accounts() as uow, pytest.raises(InvalidRow) as raised:
        uow.users.insert_many(broken("secret"))
    assert isinstance(raised.value.__cause__, RuntimeError)
    assert "secret" not in str(raised.value)


@pytest.mark.row("B3")
def test_an_error_of_ours_comes_as_it_is_from_what_makes_the_rows(accounts: NewUnit) -> None:
    with accounts() as uow:
        rows = ({"name": uow.users.get_one(number).name} for number in (1, 2))
        with pytest.raises(PersistenceError, match="row 1: there is no User with that key") as raised:
            uow.teams.insert_many(rows)
        assert raised.value.row == 1
        assert uow.teams.count() == 0


@pytest.mark.row("B3")
@pytest.mark.needs("interrupts")
def test_an_interruption_comes_as_it_is_and_nothing_is_kept(accounts: NewUnit) -> None:
    def rows() -> Iterator[Row]:
        yield from named(20_000)
        raise KeyboardInterrupt

    with accounts() as uow:
        with pytest.raises(KeyboardInterrupt):
            uow.users.insert_many(rows())
        assert uow.users.count() == 0


@pytest.mark.parametrize("value", [5, "user 7"])
@pytest.mark.row("B3")
def test_what_is_wrong_late_undoes_what_came_early(accounts: NewUnit, value: object) -> None:
    def rows() -> Iterator[Row]:
        yield from named(70_000)
        yield {"name": value}
        yield from ({"name": f"later {number}"} for number in range(29_999))

    with accounts() as uow:
        uow.users.add(User("before"))
        with pytest.raises(PersistenceError) as raised:
            uow.users.insert_many(rows())
        assert raised.value.row == 70_001
        assert [user.name for user in uow.users.find()] == ["before"]


@pytest.mark.row("B3")
def test_a_violation_says_which_constraint(accounts: NewUnit) -> None:
    with accounts() as uow, pytest.raises(UniqueViolation) as raised:
        uow.users.insert_many([{"name": "sandy"}, {"name": "sandy"}])
    error = raised.value
    assert (error.row, error.entity_type, error.table, error.columns) == (2, User, "users", ("name",))
    assert error.constraint == "users_name_key"


@pytest.mark.row("B3")
def test_a_bad_value_says_which_column(accounts: NewUnit) -> None:
    with accounts() as uow, pytest.raises(WrongType) as raised:
        uow.users.insert_many([{"name": 5}])
    error = raised.value
    assert (error.row, error.entity_type, error.table, error.columns) == (1, User, "users", ("name",))


@pytest.mark.row("B3")
def test_a_failed_flush_before_fails_as_any(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        uow.users.add(User("sandy"))
        with pytest.raises(UniqueViolation) as raised:
            uow.teams.insert_many([{"name": "karate"}])
        assert raised.value.row is None
        with pytest.raises(NeedsRollback):
            uow.teams.count()


@pytest.mark.row("B3")
def test_the_unit_cannot_be_committed_by_what_makes_the_rows(accounts: NewUnit) -> None:
    def rows(uow: Accounts) -> Iterator[Row]:
        yield {"name": "sandy"}
        uow.commit()

    with accounts() as uow:
        with pytest.raises(UnitOfWorkError, match="savepoint"):
            uow.users.insert_many(rows(uow))
        assert uow.users.count() == 0


@pytest.mark.row("B3")
@pytest.mark.parametrize("count", [1, 20_000])
def test_a_unit_that_is_closed_by_what_makes_the_rows_keeps_nothing(accounts: NewUnit, count: int) -> None:
    def rows(uow: Accounts) -> Iterator[Row]:
        yield from named(count)
        uow.close()

    with accounts() as uow:
        with pytest.raises(UnitClosed):
            uow.users.insert_many(rows(uow))
        with pytest.raises(UnitClosed):
            uow.users.count()
    with accounts() as uow:
        assert uow.users.count() == 0


@pytest.mark.row("B3")
def test_a_read_only_unit_refuses(accounts: NewUnit) -> None:
    with accounts().begin(read_only=True) as uow:
        with pytest.raises(UnitOfWorkError, match="read-only"):
            uow.users.insert_many(named(1))
        assert uow.users.count() == 0


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
