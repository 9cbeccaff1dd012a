"""What a test sees of a database from outside: committed rows, commits, statements, and the way back."""

import pytest
from sqlalchemy.orm import registry

from contract.model import Accounts, Address, User
from contract.models import staff
from contract.models.staff import Employee, Engineer, Manager
from unitofwork import MemoryDatabase, UnitOfWork
from unitofwork.domain.errors import MappingError, UnitOfWorkError


def test_committed_rows_are_plain_values(database: MemoryDatabase, sandy: int) -> None:
    assert database.committed(User) == [
        {"id": sandy, "name": "sandy", "fullname": "Sandy Cheeks", "age": 30, "team_id": None}
    ]
    assert [row["email_address"] for row in database.committed(Address)] == ["sandy@example.org", "cheeks@example.org"]


def test_what_is_not_committed_is_not_there(database: MemoryDatabase, sandy: int) -> None:
    with Accounts(database) as uow:
        uow.users.get_one(sandy).age = 31
        uow.users.add(User("patrick"))
        uow.flush()
        assert [row["age"] for row in database.committed(User)] == [30]
        uow.commit()
        assert [row["age"] for row in database.committed(User)] == [31, None]
        uow.users.delete(uow.users.get_one(sandy))
        uow.flush()
        assert len(database.committed(User)) == 2
    assert len(database.committed(User)) == 2


def test_looking_is_no_statement_and_leaves_nothing_open(database: MemoryDatabase, sandy: int) -> None:
    with database.counting() as statements:
        row = database.committed(User)[0]
        row["name"] = "changed"
    assert statements == []
    assert database.checked_out == 0
    assert database.committed(User)[0]["name"] == "sandy"


def test_committed_rows_of_subclasses_have_their_own_attributes() -> None:
    database = MemoryDatabase(staff.mapping())
    with UnitOfWork(database) as uow:
        uow.repository(Employee).add_all(everybody := one_of_each())
        uow.commit()
        expected = [
            {name: getattr(each, name) for name in row}
            for each, row in zip(everybody, database.committed(Employee), strict=True)
        ]
    assert database.committed(Employee) == expected
    kinds = [type(each) for each in everybody]
    assert kinds == [Employee, Engineer, Manager]
    own = [set(row) for row in database.committed(Employee)]
    assert own[0] < own[1]
    assert own[1] != own[2]
    assert len(database.committed(Engineer)) == 1


def one_of_each() -> list[Employee]:
    return [Employee("ann"), Engineer("bob"), Manager("cid")]


def test_a_type_of_another_registry_is_refused(sandy: int) -> None:
    with pytest.raises(MappingError):
        MemoryDatabase(registry()).committed(User)


def test_only_what_changed_something_counts_as_a_commit(database: MemoryDatabase, sandy: int) -> None:
    assert database.commits == 1
    with Accounts(database) as uow:
        uow.users.count()
        uow.commit()
        uow.users.add(User("patrick"))
        uow.rollback()
        uow.users.add(User("gary"))
        uow.commit()
    assert database.commits == 2


def test_statements_are_those_that_sql_would_have_needed(database: MemoryDatabase) -> None:
    with database.counting() as statements, Accounts(database) as uow:
        uow.users.add_all([User("sandy"), User("patrick")])
        uow.commit()
        sandy = uow.users.find_one(name="sandy")
        uow.users.get_one(sandy.id)
        sandy.age = 30
        uow.flush()
        uow.users.delete(sandy)
        uow.flush()
        assert len(statements) > 3
    assert statements[0] == "INSERT INTO users (name, fullname, age, team_id) VALUES (?, ?, ?, ?)"
    assert statements[1] == "SELECT ... FROM users"
    assert "UPDATE users SET age = ? WHERE ..." in statements
    assert statements[-1] == "DELETE FROM users WHERE ..."
    before = statements.copy()
    with Accounts(database) as uow:
        uow.users.count()
    assert statements == before


def test_blocks_that_count_are_independent(database: MemoryDatabase) -> None:
    with database.counting() as outer, Accounts(database) as uow:
        with database.counting() as one, database.counting() as two:
            uow.users.count()
        uow.users.count()
    assert (len(outer), len(one), len(two)) == (2, 1, 1)


@pytest.fixture
def crowd(database: MemoryDatabase) -> MemoryDatabase:
    """Ten users with an address each."""
    with Accounts(database) as uow:
        uow.users.add_all(User(f"user {number}", addresses=[Address(f"{number}@example.org")]) for number in range(10))
        uow.commit()
    return database


def test_one_statement_for_each_row_is_found(crowd: MemoryDatabase) -> None:
    with (
        pytest.raises(AssertionError, match="11 statements") as caught,
        crowd.assert_statements(at_most=3),
        Accounts(crowd) as uow,
    ):
        assert sum(len(user.addresses) for user in uow.users.find()) == 10
    assert str(caught.value).splitlines()[1:] == [
        "  10 × SELECT ... FROM addresses",
        "  1 × SELECT ... FROM users",
    ]


def test_what_is_loaded_along_passes(crowd: MemoryDatabase) -> None:
    with crowd.assert_statements(at_most=2) as statements, Accounts(crowd) as uow:
        assert sum(len(user.addresses) for user in uow.users.find(load="addresses")) == 10
    assert len(statements) == 2


def test_another_error_in_the_block_is_not_hidden(crowd: MemoryDatabase) -> None:
    with pytest.raises(KeyError), crowd.assert_statements(at_most=0), Accounts(crowd) as uow:
        uow.users.count()
        raise KeyError


def test_the_whole_database_can_go_back_as_often_as_one_likes(database: MemoryDatabase, sandy: int) -> None:
    frozen = database.freeze()
    keys: list[int | None] = []
    for _ in range(2):
        with Accounts(database) as uow:
            patrick = User("patrick")
            uow.users.add(patrick)
            uow.users.delete(uow.users.get_one(sandy))
            uow.commit()
            keys.append(patrick.id)
        assert [row["name"] for row in database.committed(User)] == ["patrick"]
        assert database.committed(Address) == []
        database.restore(frozen)
        assert [row["name"] for row in database.committed(User)] == ["sandy"]
        assert len(database.committed(Address)) == 2
    assert keys[0] == keys[1]


def test_what_is_not_committed_is_neither_kept_nor_overwritten(database: MemoryDatabase, sandy: int) -> None:
    frozen = database.freeze()
    with Accounts(database) as uow:
        uow.users.get_one(sandy).age = 31
        uow.flush()
        with pytest.raises(UnitOfWorkError, match="not committed"):
            database.freeze()
        with pytest.raises(UnitOfWorkError, match="not committed"):
            database.restore(frozen)
        uow.commit()
    database.restore(frozen)
    assert database.committed(User)[0]["age"] == 30
