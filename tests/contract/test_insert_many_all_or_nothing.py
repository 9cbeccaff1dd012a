"""Row B3: `insert_many` says which row is bad, and then none is kept."""

import pickle
from collections.abc import Iterable, Iterator

import pytest
from attrs import frozen

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

from .many import Row, named
from .model import Accounts, NewUnit, Team, User


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
