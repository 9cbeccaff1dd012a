"""SQLite as a careful server: private, durable, without lost updates, and nobody commits another's work."""

import sqlite3
import stat
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest
from attrs import field
from sqlalchemy import Column, DateTime, Integer, Numeric, String, Table, create_engine, text
from sqlalchemy.orm import Session, registry

from unitofwork import SqlAlchemyDatabase, UnitOfWork, entity, map_entity, orm_session, where
from unitofwork.domain.errors import ForeignKeyViolation, PersistenceError, ValueOutOfRange, WrongType


@entity
class Reading:
    name: str
    amount: Decimal | None = field(default=None)
    taken: datetime | None = field(default=None)
    noted: datetime | None = field(default=None)
    count: int = field(default=0)
    id: int | None = field(default=None)


@pytest.fixture
def mapping() -> Iterator[registry]:
    made = registry()
    readings = Table(
        "readings",
        made.metadata,
        Column("id", Integer, primary_key=True),
        Column("name", String(40), nullable=False),
        Column("amount", Numeric(10, 2)),
        Column("taken", DateTime(timezone=True)),
        Column("noted", DateTime()),
        Column("count", Integer, nullable=False),
    )
    map_entity(made, Reading, readings)
    yield made
    made.dispose()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "readings.db"


@pytest.fixture
def database(path: Path, mapping: registry) -> Iterator[SqlAlchemyDatabase]:
    made = SqlAlchemyDatabase(f"sqlite:///{path}", mapping)
    made.create_schema()
    yield made
    made.dispose()


def pragma(database: SqlAlchemyDatabase, name: str) -> object:
    with UnitOfWork(database).begin(read_only=True) as uow:
        return orm_session(uow.session).scalar(text(f"PRAGMA {name}"))


@pytest.mark.parametrize(
    ("name", "setting"), [("foreign_keys", 1), ("journal_mode", "wal"), ("synchronous", 1), ("busy_timeout", 5000)]
)
def test_every_connection_has_the_settings(database: SqlAlchemyDatabase, name: str, setting: object) -> None:
    assert pragma(database, name) == setting


def test_an_engine_that_is_given_has_the_settings_too(path: Path, mapping: registry) -> None:
    database = SqlAlchemyDatabase(create_engine(f"sqlite:///{path}"), mapping)
    assert pragma(database, "foreign_keys") == 1
    database.dispose()


def test_the_time_to_wait_for_a_lock_can_be_chosen_in_the_url(path: Path, mapping: registry) -> None:
    database = SqlAlchemyDatabase(f"sqlite:///{path}?timeout=0.25", mapping)
    assert pragma(database, "busy_timeout") == 250
    database.dispose()


def test_a_new_file_is_its_owner_s_alone(database: SqlAlchemyDatabase, path: Path) -> None:
    with UnitOfWork(database) as uow:
        uow.repository(Reading).add(Reading("one"))
        uow.commit()
        for file in path.parent.iterdir():
            assert stat.S_IMODE(file.stat().st_mode) == 0o600, file


def test_a_file_that_is_there_keeps_its_mode(path: Path, mapping: registry) -> None:
    sqlite3.connect(path).close()
    path.touch()
    path.chmod(0o640)
    database = SqlAlchemyDatabase(f"sqlite:///{path}", mapping)
    database.create_schema()
    database.dispose()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_nothing_connects_before_it_is_needed(path: Path, mapping: registry) -> None:
    database = SqlAlchemyDatabase(f"sqlite:///{path}", mapping)
    with UnitOfWork(database):
        pass
    database.dispose()
    assert not path.exists()


def test_databases_in_memory_are_shared_by_their_own_connections_only(mapping: registry) -> None:
    one, two = SqlAlchemyDatabase("sqlite://", mapping), SqlAlchemyDatabase("sqlite://", mapping)
    one.create_schema()
    two.create_schema()
    with UnitOfWork(one) as uow:
        uow.repository(Reading).add(Reading("one"))
        uow.commit()
        with UnitOfWork(one).begin(read_only=True) as other:
            assert other.repository(Reading).count() == 1
    with UnitOfWork(two) as uow:
        assert uow.repository(Reading).count() == 0
    one.dispose()
    two.dispose()


def fail_to_commit(session: Session) -> None:
    """Make COMMIT, and nothing before it, fail."""
    session.execute(text("PRAGMA defer_foreign_keys = on"))
    session.execute(text("CREATE TABLE IF NOT EXISTS parents (id INTEGER PRIMARY KEY)"))
    session.execute(text("CREATE TABLE IF NOT EXISTS children (parent INTEGER REFERENCES parents (id))"))
    session.execute(text("INSERT INTO children VALUES (99)"))


def test_a_failed_commit_is_never_committed_by_the_next_unit(database: SqlAlchemyDatabase) -> None:
    with UnitOfWork(database) as uow:
        uow.repository(Reading).add(Reading("of the failed unit"))
        uow.flush()
        fail_to_commit(orm_session(uow.session))
        with pytest.raises(ForeignKeyViolation):
            uow.commit()
    for _ in range(3):
        with UnitOfWork(database) as uow:
            uow.commit()
    with UnitOfWork(database) as uow:
        assert uow.repository(Reading).count() == 0


def test_a_connection_that_comes_back_with_a_transaction_open_is_rolled_back(
    database: SqlAlchemyDatabase,
) -> None:
    """Whoever uses the engine without care, as ``with Session() as s: ...; s.commit()`` does when COMMIT fails."""
    with pytest.raises(PersistenceError), Session(database.engine) as session:
        session.execute(text("INSERT INTO readings (name, count) VALUES ('of the failed session', 0)"))
        fail_to_commit(session)
        session.commit()
    with UnitOfWork(database) as uow:
        assert uow.repository(Reading).count() == 0
        uow.repository(Reading).add(Reading("of the next unit"))
        uow.commit()
    with UnitOfWork(database) as uow:
        assert [each.name for each in uow.repository(Reading).find()] == ["of the next unit"]


def test_no_update_is_lost_between_threads(database: SqlAlchemyDatabase) -> None:
    with UnitOfWork(database) as uow:
        uow.repository(Reading).add(Reading("shared", id=1))
        uow.commit()
    errors: list[BaseException] = []

    def increment() -> None:
        try:
            for _ in range(60):
                with UnitOfWork(database) as uow:
                    uow.repository(Reading).get_one(1).count += 1
                    uow.commit()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=increment) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert errors == []
    with UnitOfWork(database) as uow:
        assert uow.repository(Reading).get_one(1).count == 240


def kept(database: SqlAlchemyDatabase, reading: Reading) -> Reading:
    """The reading, as it comes back from the database."""
    with UnitOfWork(database) as uow:
        uow.repository(Reading).add(reading)
        uow.commit()
        key = reading.id
    with UnitOfWork(database) as uow:
        return uow.repository(Reading).get_one(key)


@pytest.mark.parametrize(
    ("given", "stored"),
    [("0.10", "0.10"), ("1.005", "1.01"), ("-1.005", "-1.01"), ("12345678.99", "12345678.99"), ("2", "2.00")],
)
def test_decimals_are_kept_exactly_and_rounded_half_up_to_their_scale(
    database: SqlAlchemyDatabase, given: str, stored: str
) -> None:
    assert str(kept(database, Reading("one", amount=Decimal(given))).amount) == stored


def test_a_decimal_beyond_its_precision_is_refused(database: SqlAlchemyDatabase) -> None:
    with UnitOfWork(database) as uow, pytest.raises(ValueOutOfRange, match=r"Reading\.amount"):
        uow.repository(Reading).add(Reading("one", amount=Decimal("123456789.00")))
        uow.flush()


def test_a_decimal_is_found_by_its_value(database: SqlAlchemyDatabase) -> None:
    kept(database, Reading("one", amount=Decimal("0.30")))
    with UnitOfWork(database) as uow:
        assert uow.repository(Reading).count(where("amount") == Decimal("0.3")) == 1
        assert uow.repository(Reading).count(where("amount") > Decimal("0.3")) == 0


def test_a_time_with_its_zone_comes_back_as_the_same_moment_in_utc(database: SqlAlchemyDatabase) -> None:
    moment = datetime(2026, 11, 20, 1, 30, tzinfo=timezone(timedelta(hours=2)))
    taken = kept(database, Reading("one", taken=moment)).taken
    assert taken == moment
    assert taken is not None
    assert taken.tzinfo is UTC


def test_times_with_zones_are_compared_as_moments(database: SqlAlchemyDatabase) -> None:
    kept(database, Reading("one", taken=datetime(2026, 11, 20, 1, 30, tzinfo=timezone(timedelta(hours=2)))))
    with UnitOfWork(database) as uow:
        assert uow.repository(Reading).count(where("taken") < datetime(2026, 11, 20, tzinfo=UTC)) == 1


def test_a_time_without_a_zone_comes_back_as_it_was(database: SqlAlchemyDatabase) -> None:
    moment = datetime(2026, 11, 20, 1, 30, 0, 123456)
    assert kept(database, Reading("one", noted=moment)).noted == moment


@pytest.mark.parametrize(
    "given",
    [{"taken": datetime(2026, 11, 20)}, {"noted": datetime(2026, 11, 20, tzinfo=UTC)}],
    ids=["naive", "aware"],
)
def test_a_time_that_should_have_a_zone_or_should_not_is_refused(
    database: SqlAlchemyDatabase, given: dict[str, datetime]
) -> None:
    with UnitOfWork(database) as uow, pytest.raises(WrongType, match="zone"):
        uow.repository(Reading).add(Reading("one", taken=given.get("taken"), noted=given.get("noted")))
        uow.flush()


@pytest.mark.parametrize(
    "url",
    [
        "no url",
        "",
        "sqlite:/",
        "http://example.org",
        "oracle://u:hush@h/d",
        "sqlite+aiosqlite://",
        "sqlite://u:hush@h/x",
    ],
)
def test_a_url_that_cannot_be_used_is_refused_without_being_shown(mapping: registry, url: str) -> None:
    with pytest.raises(ValueError, match="sqlite") as caught:
        SqlAlchemyDatabase(url, mapping)
    assert "hush" not in str(caught.value)


def test_an_engine_of_another_database_is_refused(mapping: registry) -> None:
    engine = create_engine("sqlite://")
    engine.dialect.name = "another"
    with pytest.raises(ValueError, match=r"another.*not supported"):
        SqlAlchemyDatabase(engine, mapping)


def test_two_databases_may_share_an_engine(path: Path, mapping: registry) -> None:
    engine = create_engine(f"sqlite:///{path}")
    one, two = SqlAlchemyDatabase(engine, mapping), SqlAlchemyDatabase(engine, mapping)
    one.create_schema()
    for database in (one, two):
        with UnitOfWork(database) as uow:
            uow.repository(Reading).add(Reading("one"))
            uow.commit()
    with UnitOfWork(two) as uow:
        assert uow.repository(Reading).count() == 2
    one.dispose()


def test_a_schema_can_be_dropped_and_made_again(database: SqlAlchemyDatabase) -> None:
    kept(database, Reading("one"))
    database.drop_schema()
    database.create_schema()
    with UnitOfWork(database) as uow:
        assert uow.repository(Reading).count() == 0


def test_reading_does_not_write_to_the_file(path: Path, mapping: registry) -> None:
    with sqlite3.connect(path) as plain:
        plain.execute("CREATE TABLE readings (id INTEGER PRIMARY KEY, name, amount, taken, noted, count)")
    plain.close()
    before = path.read_bytes()
    database = SqlAlchemyDatabase(f"sqlite:///{path}", mapping)
    with UnitOfWork(database).begin(read_only=True) as uow:
        assert uow.repository(Reading).count() == 0
    database.dispose()
    assert path.read_bytes() == before
