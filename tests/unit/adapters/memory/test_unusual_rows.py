"""Unusual rows and entities are written as usual ones are: what is short for these leads to the same for those."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from attrs import field
from sqlalchemy import CheckConstraint, Column, DateTime, ForeignKey, Integer, String, Table, Time, event
from sqlalchemy.orm import registry, relationship

from unitofwork import Database, MemoryDatabase, UnitOfWork, entity, map_entity, repository, where
from unitofwork.domain.errors import InvalidValue


@entity
class Share:
    parts: int
    of: int | None = None
    id: int | None = None


@entity
class Member:
    id: int
    patron_id: int | None = None


@entity
class Alarm:
    moment: datetime
    every: time | None = None


@entity
class Lid:
    id: int | None = None
    jar_id: int | None = field(default=None, init=False)

    def __bool__(self) -> bool:
        return False


@entity
class Jar:
    lid: Lid | None = None
    id: int | None = None


@entity
class Line:
    code: str
    id: int | None = None


@entity
class Stop:
    line: Line | None = None
    id: int | None = None
    code: str | None = field(default=None, init=False)
    drawn: Line | None = field(default=None, init=False)


class Things(UnitOfWork):
    shares = repository(Share)
    members = repository(Member)
    alarms = repository(Alarm)
    jars = repository(Jar)
    stops = repository(Stop)


@pytest.fixture
def mapping() -> Iterator[registry]:
    made = registry()
    shares = Table(
        "shares",
        made.metadata,
        Column("id", Integer, primary_key=True),
        Column("parts", Integer, CheckConstraint("100 / parts > 0", name="percent")),
        Column("of", Integer, server_default="100"),
    )
    patron: Column[int] = Column("patron_id", ForeignKey("members.id", ondelete="CASCADE"))
    members = Table("members", made.metadata, Column("id", Integer, primary_key=True), patron)
    alarms = Table(
        "alarms",
        made.metadata,
        Column("moment", DateTime(timezone=True), primary_key=True),
        Column("every", Time(timezone=True), unique=True),
    )
    jars = Table("jars", made.metadata, Column("id", Integer, primary_key=True))
    jar: Column[int] = Column("jar_id", ForeignKey("jars.id"))
    lids = Table("lids", made.metadata, Column("id", Integer, primary_key=True), jar)
    lines = Table(
        "lines", made.metadata, Column("id", Integer, primary_key=True), Column("code", String(5), unique=True)
    )
    of_line: Column[str] = Column("code", ForeignKey("lines.code"))
    stops = Table("stops", made.metadata, Column("id", Integer, primary_key=True), of_line)
    for each, table in ((Share, shares), (Member, members), (Alarm, alarms), (Lid, lids), (Line, lines)):
        map_entity(made, each, table)
    map_entity(made, Jar, jars, properties={"lid": relationship(Lid, uselist=False)})
    drawn = relationship(Line, viewonly=True)
    map_entity(made, Stop, stops, properties={"line": relationship(Line), "drawn": drawn})
    yield made
    made.dispose()


@pytest.fixture
def memory(mapping: registry) -> MemoryDatabase:
    return MemoryDatabase(mapping)


def test_a_row_takes_its_number_before_a_rule_cannot_be_evaluated(memory: MemoryDatabase) -> None:
    with Things(memory) as uow:
        uow.shares.add_all([Share(1, 1), Share(2, 1), Share(0, 1)])
        with pytest.raises(InvalidValue, match="divides by zero"):
            uow.flush()
    with Things(memory) as uow:
        share = Share(1)
        uow.shares.add(share)
        uow.commit()
        assert share.id == 4


def test_who_goes_with_another_is_not_deleted_again_in_a_database_that_was_frozen(memory: MemoryDatabase) -> None:
    with Things(memory) as uow:
        uow.members.add(Member(1))
        uow.flush()
        uow.members.add(Member(2, patron_id=1))
        uow.commit()
    frozen = memory.freeze()
    for _ in range(2):
        with Things(memory) as uow:
            for member in uow.members.find():
                uow.members.delete(member)
            uow.commit()
        assert memory.committed(Member) == []
        memory.restore(frozen)


@pytest.mark.parametrize("fold", [0, 1])
def test_a_moment_in_an_hour_that_comes_twice_is_a_key(memory: MemoryDatabase, fold: int) -> None:
    moment = datetime(2024, 10, 27, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"), fold=fold)
    with Things(memory) as uow:
        alarm = Alarm(moment)
        uow.alarms.add(alarm)
        uow.flush()
        alarm.every = time(7, tzinfo=UTC)
        uow.flush()
        uow.alarms.delete(alarm)
        uow.commit()
    assert memory.committed(Alarm) == []


def test_the_same_time_of_day_in_another_zone_is_another_key(memory: MemoryDatabase) -> None:
    noon, other = time(12, tzinfo=UTC), time(13, tzinfo=timezone(timedelta(hours=1)))
    first, second = datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 1, 2, tzinfo=UTC)
    with Things(memory) as uow:
        uow.alarms.add(Alarm(first, noon))
        uow.commit()
    with Things(memory) as uow:
        assert uow.alarms.update_where(where("moment") == first, every=other) == 1
        uow.alarms.add(Alarm(second, noon))
        uow.commit()
    with Things(memory) as uow:
        uow.alarms.delete_where(where("every") == other)
        uow.commit()
    assert [row["moment"] for row in memory.committed(Alarm)] == [second]


def test_who_comes_again_after_a_rollback_is_found_though_false(either: Database) -> None:
    jar = Jar(Lid())
    with Things(either) as uow:
        uow.jars.add(jar)
        uow.flush()
        uow.rollback()
    jar.id = 7
    with Things(either) as uow:
        uow.jars.add(jar)
        uow.commit()
    with Things(either) as uow:
        lid = uow.jars.get_one(7).lid
        assert lid is not None
        assert lid.jar_id == 7


def test_who_listens_after_the_first_flush_is_told_of_what_the_database_made(either: Database) -> None:
    def save() -> None:
        with Things(either) as uow:
            uow.shares.add(Share(1))
            uow.commit()

    heard: list[int | None] = []
    save()
    event.listen(Share, "refresh_flush", lambda share, _context, _names: heard.append(share.of))
    save()
    assert heard == [100]


def test_what_is_related_is_that_of_the_key_before_a_flush_changes_it(either: Database) -> None:
    with Things(either) as uow:
        uow.stops.add_all([Stop(Line("one"), id=1), Stop(Line("two"), id=2)])
        uow.commit()
    with Things(either) as uow:
        first, second = uow.stops.get_one(1), uow.stops.get_one(2)
        first.line = second.line
        assert first.drawn is not None
        assert (first.drawn.code, first.code) == ("one", "two")


def test_a_copy_of_a_table_has_columns_of_its_own(memory: MemoryDatabase, mapping: registry) -> None:
    with Things(memory) as uow:
        uow.shares.add(Share(1))
        uow.commit()
    table = next(table for table in mapping.metadata.sorted_tables if table.name == "shares")
    mapping.dispose()
    other = registry()
    map_entity(other, Share, table.to_metadata(other.metadata, schema="copied"))
    copied = MemoryDatabase(other)

    class Shares(UnitOfWork):
        shares = repository(Share)

    with Shares(copied) as unit:
        unit.shares.add(Share(7))
        unit.commit()
    assert [(row["id"], row["parts"], row["of"]) for row in copied.committed(Share)] == [(1, 7, 100)]
    other.dispose()
