"""What is told of the statements that a SQL database is sent."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from contract import model
from contract.model import Accounts, User
from integration.binds import shop
from unitofwork import RecordingObserver, SqlAlchemyDatabase, UnitRecord, observe, where
from unitofwork.adapters.sqlalchemy import telling
from unitofwork.domain.errors import UniqueViolation
from unitofwork.domain.observation import Step


@pytest.fixture
def database(tmp_path: Path) -> Iterator[SqlAlchemyDatabase]:
    made = SqlAlchemyDatabase(f"sqlite:///{tmp_path / 'accounts.db'}", model.mapping())
    made.create_schema()
    yield made
    made.dispose()


@pytest.fixture
def seen(database: SqlAlchemyDatabase) -> Iterator[RecordingObserver]:
    with observe(RecordingObserver()) as observer:
        yield observer


def only(seen: RecordingObserver) -> UnitRecord:
    (record,) = seen.records
    return record


def words(step: Step) -> list[str]:
    return [each.sql.split()[0] for each in step.statements]


def is_listened_to() -> bool:
    return any(event.contains(Engine, name, listener) for name, listener in telling.LISTENERS)


def test_nobody_listens_to_sqlalchemy_while_nobody_observes(database: SqlAlchemyDatabase) -> None:
    assert not is_listened_to()
    with observe(RecordingObserver()), observe(RecordingObserver()):
        assert is_listened_to()
        uow = Accounts(database).begin()
    assert is_listened_to()
    uow.close()
    assert not is_listened_to()


def test_the_statements_of_a_transaction(database: SqlAlchemyDatabase, seen: RecordingObserver) -> None:
    with Accounts(database) as uow:
        uow.users.add(User("sandy"))
        uow.flush()
        with uow.savepoint():
            assert uow.users.count() == 1
        uow.commit()
        uow.users.count()
    steps = only(seen).steps
    assert [(step.name, words(step)) for step in steps if step.statements] == [
        ("flush", ["BEGIN", "INSERT"]),
        ("count", ["SAVEPOINT", "SELECT"]),
        ("release", ["RELEASE"]),
        ("commit", ["COMMIT"]),
        ("count", ["BEGIN", "SELECT"]),
        ("close", ["ROLLBACK"]),
    ]
    assert only(seen).statements == 3
    assert {statement.database for step in steps for statement in step.statements} == {"sqlite"}


def test_a_statement_that_fails_is_told_with_our_error(database: SqlAlchemyDatabase, seen: RecordingObserver) -> None:
    with Accounts(database) as uow:
        uow.users.insert_many([{"name": "sandy", "id": 1}])
        uow.users.add(User("patrick", id=1))
        with pytest.raises(UniqueViolation):
            uow.flush()  # which rolls back, in the same step
    (failed,) = (each for step in only(seen).steps for each in step.statements if each.error)
    assert (failed.sql.split()[0], failed.error) == ("INSERT", "UniqueViolation")


def test_how_many_rows_were_changed(database: SqlAlchemyDatabase, seen: RecordingObserver) -> None:
    with Accounts(database) as uow:
        uow.users.insert_many({"name": f"user {number}"} for number in range(3))
        uow.users.update_where(where("name") != "nobody", age=1)
        uow.commit()
    (update,) = (each for step in only(seen).steps for each in step.statements if each.sql.startswith("UPDATE"))
    assert update.rows == 3


def test_two_databases_in_one_unit(tmp_path: Path) -> None:
    urls = [f"sqlite:///{tmp_path / name}.db" for name in ("users", "orders")]
    database = SqlAlchemyDatabase(urls[0], shop.mapping(), binds={shop.Order: urls[1], shop.Line: urls[1]})
    database.create_schema()
    with observe(RecordingObserver()) as seen, shop.Shop(database) as uow:
        uow.users.add(shop.User("sandy", [shop.Order(1)]))
        uow.commit()
    (commit,) = (step for step in only(seen).steps if step.name == "commit")
    assert sorted(words(commit)) == ["BEGIN", "BEGIN", "COMMIT", "COMMIT", "INSERT", "INSERT"]
    database.dispose()
