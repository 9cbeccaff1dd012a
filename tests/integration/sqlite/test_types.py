"""What SQLite has no type for comes back as it was given, or is refused."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from attrs import field
from sqlalchemy import TIMESTAMP, Column, Integer, Table, Time
from sqlalchemy.dialects.sqlite import DATETIME
from sqlalchemy.orm import registry

from unitofwork import SqlAlchemyDatabase, UnitOfWork, entity, map_entity, where
from unitofwork.domain.errors import WrongType

EAST = timezone(timedelta(hours=5))


@entity
class Shift:
    stamped: datetime | None = field(default=None)
    noted: datetime | None = field(default=None)
    opens: time | None = field(default=None)
    local: time | None = field(default=None)
    id: int | None = field(default=None)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[SqlAlchemyDatabase]:
    mapping = registry()
    shifts = Table(
        "shifts",
        mapping.metadata,
        Column("id", Integer, primary_key=True),
        Column("stamped", TIMESTAMP(timezone=True)),
        Column("noted", TIMESTAMP()),
        Column("opens", Time(timezone=True)),
        Column("local", Time()),
    )
    map_entity(mapping, Shift, shifts)
    made = SqlAlchemyDatabase(f"sqlite:///{tmp_path / 'shifts.db'}", mapping)
    made.create_schema()
    yield made
    made.dispose()
    mapping.dispose()


def kept(database: SqlAlchemyDatabase, shift: Shift) -> Shift:
    """The shift, as it comes back from the database."""
    with UnitOfWork(database) as uow:
        uow.repository(Shift).add(shift)
        uow.commit()
        key = shift.id
    with UnitOfWork(database) as uow:
        return uow.repository(Shift).get_one(key)


def test_a_timestamp_with_its_zone_comes_back_as_the_same_moment_in_utc(database: SqlAlchemyDatabase) -> None:
    moment = datetime(2026, 11, 20, 1, 2, 3, 456, tzinfo=EAST)
    stamped = kept(database, Shift(stamped=moment)).stamped
    assert stamped == moment
    assert stamped is not None
    assert stamped.tzinfo is UTC


class Terse(datetime):
    """A moment that writes itself in its own way, as those of some libraries do."""

    def isoformat(self, sep: str = "T", timespec: str = "auto") -> str:
        return super().isoformat(sep, "minutes")


def test_a_moment_that_writes_itself_in_its_own_way_is_kept_whole(database: SqlAlchemyDatabase) -> None:
    assert kept(database, Shift(stamped=Terse(2026, 11, 20, 1, 2, 3, 4, EAST))).stamped == datetime(
        2026, 11, 20, 1, 2, 3, 4, EAST
    )


@pytest.mark.parametrize("given", [datetime(2026, 11, 20, 1, 2, 3, 4, EAST), datetime(7, 1, 2, tzinfo=UTC)], ids=str)
@pytest.mark.parametrize("format", [None, "%(day)02d.%(month)02d.%(year)d"], ids=["usual", "chosen"])
def test_a_timestamp_with_its_zone_is_written_as_sqlalchemy_writes_one_without(
    database: SqlAlchemyDatabase, given: datetime, format: str | None
) -> None:
    dialect, chosen = database.engine.dialect, {} if format is None else {"storage_format": format}
    datetime_of_sqlite: Any = DATETIME
    theirs = datetime_of_sqlite(**chosen).bind_processor(dialect)
    ours = datetime_of_sqlite(timezone=True, **chosen).dialect_impl(dialect).bind_processor(dialect)
    assert ours(given) == theirs(given.astimezone(UTC))
    assert ours(None) is None


def test_timestamps_with_zones_are_compared_as_moments(database: SqlAlchemyDatabase) -> None:
    kept(database, Shift(stamped=datetime(2026, 11, 20, 1, tzinfo=EAST)))
    with UnitOfWork(database) as uow:
        assert uow.repository(Shift).count(where("stamped") < datetime(2026, 11, 20, tzinfo=UTC)) == 1


def test_a_timestamp_without_a_zone_comes_back_as_it_was(database: SqlAlchemyDatabase) -> None:
    moment = datetime(2026, 11, 20, 1, 2, 3, 456)
    assert kept(database, Shift(noted=moment)).noted == moment


def test_a_time_of_day_comes_back_as_it_was(database: SqlAlchemyDatabase) -> None:
    assert kept(database, Shift(local=time(1, 2, 3, 456))).local == time(1, 2, 3, 456)


@pytest.mark.parametrize("opens", [time(1, 2, 3, tzinfo=EAST), time(1, 2, 3)], ids=["aware", "naive"])
def test_a_time_of_day_is_refused_where_its_zone_would_be_lost(database: SqlAlchemyDatabase, opens: time) -> None:
    with UnitOfWork(database) as uow:
        uow.repository(Shift).add(Shift(opens=opens))
        with pytest.raises(WrongType, match=r"Shift\.opens takes no time .* DateTime\(timezone=True\)"):
            uow.flush()
