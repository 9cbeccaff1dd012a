"""A statement that keeps its compiled form is executed as `Connection.execute` does it, also where others listen."""

from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

import pytest
from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Integer,
    Select,
    String,
    Table,
    TypeDecorator,
    bindparam,
    create_engine,
    event,
    select,
    type_coerce,
    update,
)
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import registry

from unitofwork.adapters.sqlalchemy.compiled import CompiledSelect, CompiledStatement, run_unanswered


class Shouted(TypeDecorator[str]):
    """What is sent and read is changed on the way."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: object) -> str | None:
        return value and value.upper()

    def process_result_value(self, value: str | None, dialect: object) -> str | None:
        return value and value.lower()


class Unknown(Shouted):
    """A type of which SQLAlchemy does not know whether its statements can be kept."""

    cache_ok = False


CHANGES = count(1)
mapping = registry()
ROOMS = Table(
    "room",
    mapping.metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Shouted),
    Column("changes", Integer, onupdate=lambda: next(CHANGES)),
)


@pytest.fixture
def engine() -> Iterator[Engine]:
    engine = create_engine("sqlite://")
    mapping.metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(ROOMS.insert(), [{"name": "hall"}, {"name": "study"}, {"name": "attic"}])
    yield engine
    engine.dispose()


@pytest.fixture
def compilations(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements that are compiled, or looked for in the engine's cache."""
    seen: list[str] = []
    compile_or_find: Any = Select._compile_w_cache  # pyright: ignore[reportPrivateUsage]  # what is not to be called

    def noted(self: Select[Any], dialect: object, **others: object) -> object:
        seen.append(str(self))
        return compile_or_find(self, dialect, **others)

    monkeypatch.setattr(Select, "_compile_w_cache", noted)
    return seen


def named(type_: type[Shouted] = Shouted) -> CompiledSelect[Any]:
    return CompiledSelect(select(ROOMS.c.name).where(ROOMS.c.name == bindparam("name", type_=type_())))


def rows(
    select: CompiledSelect[Any], connection: Connection, parameters: Mapping[str, object]
) -> list[tuple[object, ...]]:
    return [tuple(row) for row in select.execute(connection, parameters)]


def test_values_change_and_the_compiled_form_stays(engine: Engine, compilations: list[str]) -> None:
    several = named()
    for name in ("hall", "study", "hall"):
        with engine.connect() as connection:
            assert rows(several, connection, {"name": name}) == [(name,)]
    assert len(compilations) == 1


def test_what_is_compiled_in_advance_is_not_compiled_again(engine: Engine, compilations: list[str]) -> None:
    ahead = named()
    ahead.compile(engine, ["name"])
    with engine.connect() as connection:
        rows(ahead, connection, {"name": "hall"})
    assert len(compilations) == 1


def test_values_that_the_statement_holds_are_sent(engine: Engine) -> None:
    several = CompiledSelect(select(ROOMS.c.name).where(ROOMS.c.name == "hall", ROOMS.c.id < bindparam("most")))
    alike = CompiledSelect(select(ROOMS.c.name).where(ROOMS.c.name == "study", ROOMS.c.id < bindparam("most")))
    with engine.connect() as connection:
        assert rows(several, connection, {"most": 9}) == [("hall",)]
        assert rows(alike, connection, {"most": 9}) == [("study",)]


def test_values_given_by_params_are_sent(engine: Engine) -> None:
    statement = select(ROOMS.c.name).where(ROOMS.c.name == bindparam("name"), ROOMS.c.id < bindparam("most"))
    for name in ("hall", "study"):
        with engine.connect() as connection:
            assert rows(CompiledSelect(statement.params(name=name)), connection, {"most": 9}) == [(name,)]


def test_a_list_has_as_many_values_as_are_given(engine: Engine) -> None:
    among = CompiledSelect(
        select(ROOMS.c.name).where(ROOMS.c.name.in_(bindparam("names", expanding=True))).order_by("name")
    )
    with engine.connect() as connection:
        for names in (["hall"], [], ["attic", "study"]):
            assert rows(among, connection, {"names": names}) == [(name,) for name in names]


@pytest.mark.parametrize("on", ["engine", "connection"])
@pytest.mark.parametrize("when", ["before_execute", "after_execute"])
def test_listeners_are_heard(engine: Engine, on: str, when: str) -> None:
    heard: list[object] = []
    several = named()
    with engine.connect() as connection:
        rows(several, connection, {"name": "hall"})
        event.listen(engine if on == "engine" else connection, when, lambda *given: heard.append(given[1]))
        assert rows(several, connection, {"name": "study"}) == [("study",)]
    assert heard == [several.statement]


def test_listeners_of_cursors_are_heard(engine: Engine) -> None:
    heard: list[object] = []
    event.listen(engine, "before_cursor_execute", lambda *given: heard.append(given[3]))
    with engine.connect() as connection:
        rows(named(), connection, {"name": "study"})
    assert heard == [("STUDY",)]


def test_a_schema_that_the_connection_chooses_is_used(engine: Engine) -> None:
    several = named()
    with engine.connect() as connection:
        rows(several, connection, {"name": "hall"})
        connection.exec_driver_sql("ATTACH ':memory:' AS other")
        elsewhere = connection.execution_options(schema_translate_map={None: "other"})
        mapping.metadata.create_all(elsewhere)
        assert rows(several, elsewhere, {"name": "hall"}) == []
        elsewhere.rollback()


def test_a_schema_that_the_engine_chooses_is_used(engine: Engine) -> None:
    other = engine.execution_options(schema_translate_map={None: "other"})
    with other.connect() as connection:
        connection.exec_driver_sql("ATTACH ':memory:' AS other")
        mapping.metadata.create_all(connection)
        assert rows(named(), connection, {"name": "hall"}) == []
        connection.rollback()


def test_each_engine_has_a_form_of_its_own(engine: Engine) -> None:
    several = named()
    other = create_engine("sqlite://", paramstyle="named")
    mapping.metadata.create_all(other)
    for each, found in ((engine, [("hall",)]), (other, [])):
        with each.connect() as connection:
            assert rows(several, connection, {"name": "hall"}) == found
    other.dispose()


def test_what_sqlalchemy_does_not_keep_is_not_kept(engine: Engine, compilations: list[str]) -> None:
    names = select(type_coerce(ROOMS.c.name, Unknown())).where(ROOMS.c.id == bindparam("id"))
    several = CompiledSelect(names)
    with engine.connect() as connection:
        assert [rows(several, connection, {"id": key}) for key in (1, 2)] == [[("hall",)], [("study",)]]
    assert len(compilations) == 3, "one to see that it cannot be kept, and one for each time"


def test_an_update_sends_other_values_each_time_and_makes_those_of_columns_that_have_them_made(engine: Engine) -> None:
    renaming = CompiledStatement(
        update(ROOMS).where(ROOMS.c.id <= bindparam("most")).values(name=bindparam("to", type_=Shouted()))
    )
    with engine.connect() as connection:
        counts = [renaming.execute(connection, {"most": most, "to": to}).rowcount for most, to in ((3, "a"), (1, "b"))]
        found = [tuple(row) for row in connection.execute(select(ROOMS.c.name, ROOMS.c.changes).order_by("id"))]
    assert counts == [3, 1]
    (first, changed), *others = found
    assert (first, [name for name, _ in others]) == ("b", ["a", "a"])
    assert {number for _, number in others} == {changed - 1}


def insert(connection: Connection, name: str) -> None:
    run_unanswered(connection, "INSERT INTO room (name) VALUES (?)", (name,))


def names(connection: Connection) -> list[str]:
    return [name for (name,) in connection.exec_driver_sql("SELECT name FROM room WHERE id > 3 ORDER BY id")]


def test_what_answers_nothing_is_run_in_the_transaction(engine: Engine) -> None:
    with engine.connect() as connection:
        with connection.begin():
            insert(connection, "cellar")
        with connection.begin() as transaction:
            insert(connection, "garage")
            transaction.rollback()
        assert names(connection) == ["cellar"]


@pytest.mark.parametrize("name", ["before_cursor_execute", "after_cursor_execute", "do_execute"])
def test_what_answers_nothing_is_told_to_those_who_listen(engine: Engine, name: str) -> None:
    heard = list[object]()
    event.listen(engine, name, lambda *told: heard.append("INSERT INTO room (name) VALUES (?)" in told))
    with engine.begin() as connection:
        insert(connection, "cellar")
    assert heard == [True]


def test_what_answers_nothing_fails_with_the_statement_and_ends_nothing_else(engine: Engine) -> None:
    with engine.begin() as connection:
        with pytest.raises(OperationalError, match="no column named colour") as failed:
            run_unanswered(connection, "INSERT INTO room (colour) VALUES (?)", ("red",))
        assert failed.value.statement == "INSERT INTO room (colour) VALUES (?)"
        insert(connection, "cellar")
        assert names(connection) == ["cellar"]
