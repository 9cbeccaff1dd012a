"""What only PostgreSQL refuses: deferred foreign keys, exclusion, conflicts at COMMIT, standbys."""

from collections.abc import Iterator
from time import monotonic

import psycopg
import pytest
from attrs import field
from sqlalchemy import URL, Column, ForeignKey, Integer, Table, text
from sqlalchemy.dialects.postgresql import INT4RANGE, ExcludeConstraint
from sqlalchemy.dialects.postgresql.ranges import Range
from sqlalchemy.orm import Session as PlainSession
from sqlalchemy.orm import registry

from unitofwork import (
    EngineOptions,
    Isolation,
    SqlAlchemyDatabase,
    UnitOfWork,
    entity,
    map_entity,
    orm_session,
    repository,
)
from unitofwork.domain.errors import (
    CommitOutcomeUnknown,
    ConnectionLost,
    DatabaseUnavailable,
    Deadlock,
    ExclusionViolation,
    ForeignKeyViolation,
    MappingError,
    NeedsRollback,
    SerializationConflict,
)


@entity
class Guest:
    invited_by: int | None = field(default=None)
    id: int | None = field(default=None)


@entity
class Stay:
    room: int
    nights: "Range[int]"
    id: int | None = field(default=None)


class Hotel(UnitOfWork):
    guests = repository(Guest)
    stays = repository(Stay)


@pytest.fixture
def mapping() -> Iterator[registry]:
    made = registry()
    guests = Table(
        "guests",
        made.metadata,
        Column("id", Integer, primary_key=True),
        Column("invited_by", ForeignKey("guests.id", deferrable=True, initially="DEFERRED")),
    )
    stays = Table(
        "stays",
        made.metadata,
        Column("id", Integer, primary_key=True),
        Column("room", Integer, nullable=False),
        Column("nights", INT4RANGE, nullable=False),
        ExcludeConstraint(("nights", "&&"), name="one_guest_a_night"),
    )
    map_entity(made, Guest, guests)
    map_entity(made, Stay, stays)
    yield made
    made.dispose()


@pytest.fixture
def database(postgresql_url: URL, mapping: registry) -> Iterator[SqlAlchemyDatabase]:
    made = SqlAlchemyDatabase(postgresql_url, mapping)
    made.create_schema()
    yield made
    made.dispose()


def test_a_deferred_foreign_key_fails_the_commit_and_is_named(database: SqlAlchemyDatabase) -> None:
    with Hotel(database) as uow:
        uow.guests.add(Guest(invited_by=99))
        uow.flush()
        with pytest.raises(ForeignKeyViolation) as caught:
            uow.commit()
        error = caught.value
        assert (error.entity_type, error.table, error.columns) == (Guest, "guests", ("invited_by",))
        assert error.constraint == "guests_invited_by_fkey"
        uow.rollback()
        assert uow.guests.count() == 0
        uow.guests.add(Guest())
        uow.commit()
    with Hotel(database) as uow:
        assert uow.guests.count() == 1


def test_what_overlaps_is_an_exclusion_violation(database: SqlAlchemyDatabase) -> None:
    with Hotel(database) as uow:
        uow.stays.add_all([Stay(1, Range(1, 4)), Stay(1, Range(3, 5))])
        with pytest.raises(ExclusionViolation) as caught:
            uow.flush()
    error = caught.value
    assert (error.entity_type, error.table, error.columns) == (Stay, "stays", ("nights",))
    assert error.constraint == "one_guest_a_night"


def test_a_serialization_conflict_may_come_at_commit(database: SqlAlchemyDatabase) -> None:
    one, two = (Hotel(database).begin(isolation=Isolation.SERIALIZABLE) for _ in range(2))
    with one, two:
        assert one.guests.count() == two.guests.count() == 0
        one.guests.add(Guest())
        two.guests.add(Guest())
        one.flush()
        two.flush()
        one.commit()
        with pytest.raises(SerializationConflict) as caught:
            two.commit()
    assert caught.value.retryable
    with Hotel(database) as uow:
        assert uow.guests.count() == 1


def test_a_database_that_may_only_be_read_is_unavailable_for_changes(database: SqlAlchemyDatabase) -> None:
    """As a standby is; its questions are answered."""
    with Hotel(database) as uow:
        name = database.engine.url.database
        orm_session(uow.session).execute(text(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on'))
        uow.commit()
    database.dispose()
    with Hotel(database) as uow:
        assert uow.guests.count() == 0
        uow.guests.add(Guest())
        with pytest.raises(DatabaseUnavailable, match="read-only"):
            uow.flush()


def test_a_server_that_gives_no_ids_is_used_without(database: SqlAlchemyDatabase) -> None:
    """A standby refuses to; here a function of that name does."""
    with Hotel(database) as uow:
        raw = orm_session(uow.session)
        raw.execute(text("CREATE SCHEMA standby"))
        raw.execute(
            text(
                "CREATE FUNCTION standby.pg_current_xact_id() RETURNS xid8 LANGUAGE plpgsql AS"
                " $$ BEGIN RAISE 'not during recovery'; END $$"
            )
        )
        name = database.engine.url.database
        raw.execute(text(f'ALTER DATABASE "{name}" SET search_path = standby, pg_catalog, public'))
        uow.commit()
    database.dispose()
    levels = {
        None: "read committed",
        Isolation.READ_COMMITTED: "read committed",
        Isolation.SNAPSHOT: "repeatable read",
        Isolation.SERIALIZABLE: "serializable",
    }
    for isolation, level in levels.items():
        with Hotel(database).begin(isolation=isolation) as uow:
            before = uow.guests.count()
            assert orm_session(uow.session).scalar(text("SHOW transaction_isolation")) == level
            uow.guests.add(Guest())
            uow.commit()
        with Hotel(database) as uow:
            assert uow.guests.count() == before + 1
    assert database.outcome(CommitOutcomeUnknown()).value == "unknown"


def test_a_commit_that_fails_is_not_committed_by_the_next_user(
    database: SqlAlchemyDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever uses the engine without care, as ``with Session() as s: ...; s.commit()`` does when COMMIT fails."""

    def failing(_: object) -> None:
        monkeypatch.undo()
        raise psycopg.errors.DeadlockDetected("injected")

    with pytest.raises(Deadlock), PlainSession(database.engine) as session:
        session.add(Guest())
        session.flush()
        monkeypatch.setattr(psycopg.Connection, "commit", failing)
        session.commit()
    with Hotel(database) as uow:
        uow.commit()
        assert uow.guests.count() == 0


def test_a_commit_that_an_idle_session_never_heard_of_is_no_unknown_outcome(
    postgresql_url: URL, database: SqlAlchemyDatabase, mapping: registry
) -> None:
    """The server says that it ended the session because it was idle: COMMIT came too late."""
    impatient = SqlAlchemyDatabase(postgresql_url, mapping, options=EngineOptions(idle_in_transaction_timeout=0.05))
    with Hotel(impatient) as uow, Hotel(database).begin(read_only=True) as watcher:
        uow.guests.add(Guest())
        uow.flush()
        session = orm_session(uow.session).scalar(text("SELECT pg_backend_pid()"))
        until = monotonic() + 20
        alive = text("SELECT count(*) FROM pg_stat_activity WHERE pid = :session")
        while orm_session(watcher.session).scalar(alive, {"session": session}):
            assert monotonic() < until, "the session did not end"
        with pytest.raises(ConnectionLost) as caught:
            uow.commit()
        assert caught.value.retryable
    impatient.dispose()


def test_an_error_of_raw_sql_that_is_passed_over_keeps_the_unit_from_committing_nothing(
    database: SqlAlchemyDatabase,
) -> None:
    """PostgreSQL answers COMMIT by ROLLBACK then, and its driver says nothing."""
    with Hotel(database) as uow:
        uow.guests.add(Guest())
        uow.flush()
        with pytest.raises(MappingError):
            orm_session(uow.session).execute(text("SELECT 1 FROM nowhere"))
        with pytest.raises(NeedsRollback):
            uow.commit()
        uow.rollback()
        uow.guests.add(Guest())
        uow.commit()
        assert uow.guests.count() == 1
