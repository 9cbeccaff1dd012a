"""Versions in a flush in one pass come from where SQLAlchemy's come from, as often, and find out the same."""

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import pytest
from sqlalchemy import Column, Integer, String, Table, event, func
from sqlalchemy.orm import registry

from unitofwork import Database, MemoryDatabase, SqlAlchemyDatabase, UnitOfWork, entity, map_entity, repository
from unitofwork.domain.errors import StaleEntity, UniqueViolation


@entity
class Page:
    title: str
    text: str = ""
    version: str | None = None
    id: int | None = None


class Book(UnitOfWork):
    pages = repository(Page)


Calls: TypeAlias = list[str | None]


@pytest.fixture
def calls() -> Calls:
    """The versions after which one was made; None is before the first."""
    return []


@pytest.fixture
def mapping(calls: Calls) -> Iterator[registry]:
    def after(version: str | None) -> str:
        calls.append(version)
        return "a" if version is None else f"{version}+"

    made = registry()
    columns = (
        Column("id", Integer, primary_key=True),
        Column("title", String(20), unique=True),
        Column("text", String(20)),
        Column("version", String(9), nullable=False),
    )
    pages = Table("pages", made.metadata, *columns)
    map_entity(made, Page, pages, version_id_col=pages.c.version, version_id_generator=after)
    yield made
    made.dispose()


@pytest.fixture
def two(either: Database, calls: Calls) -> Callable[[Book], list[Page]]:
    """Gets two pages that are kept, in order."""
    with Book(either) as uow:
        uow.pages.add_all([Page("one"), Page("two")])
        uow.commit()
    calls.clear()
    return lambda uow: uow.pages.find(order_by="id")


@pytest.fixture(params=[0, 1])
def meanwhile(
    request: pytest.FixtureRequest, either: Database, two: Callable[[Book], list[Page]]
) -> tuple[list[Page], list[str]]:
    """Both pages as they were before one of their rows was changed; and the texts of the rows."""
    which: int = request.param
    with Book(either) as uow:
        before = two(uow)
    with Book(either) as uow:
        two(uow)[which].text = "first"
        uow.commit()
    return before, ["first" if number == which else "" for number in range(2)]


def texts(either: Database) -> list[str]:
    with Book(either) as uow:
        return [page.text for page in uow.pages.find(order_by="id")]


def test_every_new_entity_gets_a_first_version(either: Database, calls: Calls) -> None:
    with Book(either) as uow:
        pages = [Page("one"), Page("two", version="mine"), Page("three", "text")]
        uow.pages.add_all(pages)
        uow.commit()
        assert [page.version for page in pages] == ["a", "a", "a"]
    assert calls == [None, None, None]


def test_a_change_makes_the_next_version_and_no_change_makes_none(
    either: Database, two: Callable[[Book], list[Page]], calls: Calls
) -> None:
    with Book(either) as uow:
        one, other = two(uow)
        one.text, other.text = "new", ""
        uow.flush()
        assert (one.version, other.version, calls) == ("a+", "a", ["a"])
        one.text = "newer"
        uow.commit()
    with Book(either) as uow:
        assert [(page.text, page.version) for page in two(uow)] == [("newer", "a++"), ("", "a")]


def test_an_sql_expression_makes_the_next_version(either: Database, two: Callable[[Book], list[Page]]) -> None:
    with Book(either) as uow:
        computed: Any = func.upper("new")
        two(uow)[0].text = computed
        uow.commit()
    with Book(either) as uow:
        assert [(page.text, page.version) for page in two(uow)] == [("NEW", "a+"), ("", "a")]


def test_a_change_of_what_has_changed_keeps_nothing(either: Database, meanwhile: tuple[list[Page], list[str]]) -> None:
    pages, kept = meanwhile
    with Book(either) as uow:
        uow.pages.add_all(pages)
        for page in pages:
            page.text = "second"
        with pytest.raises(StaleEntity) as caught:
            uow.commit()
        assert (caught.value.table, caught.value.entity_type) == ("pages", Page)
    assert texts(either) == kept


def test_a_deletion_of_what_has_changed_keeps_nothing(
    either: Database, meanwhile: tuple[list[Page], list[str]]
) -> None:
    pages, kept = meanwhile
    with Book(either) as uow:
        for page in pages:
            uow.pages.delete(page)
        with pytest.raises(StaleEntity) as caught:
            uow.commit()
        assert (caught.value.table, caught.value.entity_type) == ("pages", Page)
    assert texts(either) == kept


def test_what_is_as_it_was_is_deleted(either: Database, two: Callable[[Book], list[Page]], calls: Calls) -> None:
    with Book(either) as uow:
        for page in two(uow):
            uow.pages.delete(page)
        uow.commit()
    assert (texts(either), calls) == ([], [])


def test_only_who_was_inserted_before_another_is_refused_has_a_version(either: Database, calls: Calls) -> None:
    computed: Any = func.lower("ONE")  # which takes a statement of its own
    with Book(either) as uow:
        pages = [Page("one"), Page(computed)]
        uow.pages.add_all(pages)
        with pytest.raises(UniqueViolation):
            uow.flush()
        assert [page.__dict__["version"] for page in pages] == ["a", None]
    assert calls == [None, None]


def test_each_changed_row_is_a_statement(either: Database, two: Callable[[Book], list[Page]]) -> None:
    with Book(either) as uow:
        for page in two(uow):
            page.text = "new"
        sent = sent_by(either, uow.flush)
    assert [statement.split()[0] for statement in sent] == ["UPDATE", "UPDATE"]


def sent_by(database: Database, work: Callable[[], None]) -> list[str]:
    """The statements that something sends."""
    if isinstance(database, MemoryDatabase):
        with database.counting() as counted:
            work()
        return list(counted)
    assert isinstance(database, SqlAlchemyDatabase)
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        sent.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    work()
    event.remove(database.engine, "before_cursor_execute", note)
    return sent
