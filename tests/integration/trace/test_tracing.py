"""``tracing``: a page about a block, with the SQL that was sent to a database, and with none of its values."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, String, Table, literal_column
from sqlalchemy.orm import column_property, registry

from unitofwork import SqlAlchemyDatabase, UnitOfWork, entity, map_entity, repository, tracing, where
from unitofwork.domain.errors import UniqueViolation

SECRETS = ("hunter2", "correct horse", "battery staple", "Tr0ub4dor", "swordfish")


@entity
class User:
    name: str
    id: int | None = None


class Accounts(UnitOfWork):
    users = repository(User)


@pytest.fixture
def database() -> Iterator[SqlAlchemyDatabase]:
    mapping = registry()
    columns = Column("id", Integer, primary_key=True), Column("name", String(30), unique=True)
    users = Table("users", mapping.metadata, *columns)
    hidden = literal_column("'swordfish'", String).label("hidden")  # written out, and not sent beside the statement
    map_entity(mapping, User, users, properties={"hidden": column_property(hidden)})
    made = SqlAlchemyDatabase("sqlite://", mapping)
    made.create_schema()
    yield made
    made.dispose()
    mapping.dispose()


def work(database: SqlAlchemyDatabase) -> None:
    with Accounts(database) as uow:
        uow.users.add(User("hunter2"))
        uow.commit()
    with Accounts(database) as uow:
        uow.users.find(where("name").startswith("correct horse"))
        uow.users.insert_many([{"name": "battery staple"}])
        uow.users.get_one(1).name = "Tr0ub4dor"
        uow.commit()
    with pytest.raises(UniqueViolation), Accounts(database) as uow:
        uow.users.add(User("battery staple"))
        uow.flush()


def test_the_sql_is_shown_and_its_values_are_not(database: SqlAlchemyDatabase, tmp_path: Path) -> None:
    with tracing(tmp_path / "page.html", title="shop"):
        work(database)
    page = (tmp_path / "page.html").read_text()
    for sent in (
        "<b>INSERT</b> <b>INTO</b> users",
        "<b>UPDATE</b> users",
        "<b>SELECT</b>",
        "failed with UniqueViolation",
    ):
        assert sent in page
    for secret in SECRETS:
        assert secret not in page


def test_it_is_about_the_block_alone_and_all_its_threads(database: SqlAlchemyDatabase, tmp_path: Path) -> None:
    with Accounts(database):
        with tracing(tmp_path / "page.html") as trace:
            thread = threading.Thread(target=lambda: Accounts(database).begin().close(), name="another thread")
            thread.start()
            thread.join()
            shown = trace.write()
        with Accounts(database):
            pass
    assert shown.total == 1
    page = (tmp_path / "page.html").read_text()
    assert "another thread" in page
    assert "1 unit of work" in page


def test_a_block_that_raises_has_its_page(tmp_path: Path) -> None:
    with pytest.raises(LookupError), tracing(tmp_path / "page.html"):
        raise LookupError
    assert "No unit of work began" in (tmp_path / "page.html").read_text()
