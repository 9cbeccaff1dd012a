"""The library's own classes are mapped once, for whichever registries have their tables."""

import gc
import subprocess
import sys
import weakref
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from sqlalchemy import Column, ForeignKey, Index, Integer, MetaData, Table, UniqueConstraint, create_engine, inspect
from sqlalchemy.orm import registry

from unitofwork import MemoryDatabase, SqlAlchemyDatabase, UnitOfWork, entity, map_entity
from unitofwork.adapters.orm import inbox_table, outbox_table
from unitofwork.adapters.orm.tables import mapped_table, mappers_of, tables_of
from unitofwork.domain.errors import ConnectionLost, MappingError, UniqueViolation
from unitofwork.domain.outbox import OutboxBucket, OutboxMessage, ProcessedMessage

CONVENTION = {"pk": "pk_%(table_name)s", "uq": "uq_%(table_name)s_%(column_0_name)s", "ix": "ix_%(column_0_label)s"}


@entity
class Thing:
    id: int | None = None


@pytest.fixture
def mapping() -> Iterator[registry]:
    made = registry()
    map_entity(made, Thing, Table("things", made.metadata, Column("id", Integer, primary_key=True)))
    yield made
    made.dispose()


def message() -> OutboxMessage:
    return OutboxMessage(
        id=uuid4(), aggregate="Thing:1", bucket=0, name="made", version=1, payload="{}", recorded_at=datetime.now(UTC)
    )


def names_in(table: Table) -> set[str]:
    return {str(each.name) for each in table.constraints} | {str(each.name) for each in table.indexes}


def opened(mapping: registry) -> SqlAlchemyDatabase:
    database = SqlAlchemyDatabase("sqlite://", mapping)
    database.create_schema()
    return database


def test_the_tables_are_the_applications_too(mapping: registry) -> None:
    outbox, inbox = outbox_table(mapping.metadata), inbox_table(mapping.metadata)
    assert set(mapping.metadata.tables) == {"things", "outbox_messages", "outbox_buckets", "processed_messages"}
    assert mapping.metadata.tables["outbox_messages"] is outbox
    assert mapping.metadata.tables["processed_messages"] is inbox
    engine = create_engine("sqlite://")
    mapping.metadata.create_all(engine)  # as a migration tool does, which knows no units of work
    assert {each["name"] for each in inspect(engine).get_indexes("outbox_messages")} == {
        "outbox_messages_settled",
        "outbox_messages_waiting",
    }
    engine.dispose()


def test_twice_is_harmless(mapping: registry) -> None:
    assert outbox_table(mapping.metadata) is outbox_table(mapping.metadata)
    assert inbox_table(mapping.metadata) is inbox_table(mapping.metadata)


def test_a_table_of_the_applications_own_is_refused(mapping: registry) -> None:
    Table("processed_messages", mapping.metadata, Column("id", Integer, primary_key=True))
    with pytest.raises(MappingError, match="has a table processed_messages of its own") as refused:
        inbox_table(mapping.metadata)
    assert (refused.value.entity_type, refused.value.table) == (ProcessedMessage, "processed_messages")


def test_each_of_several_registries_has_them() -> None:
    for _ in range(2):
        made = registry()
        outbox_table(made.metadata)
        database = opened(made)
        with UnitOfWork(database) as uow:
            uow.repository(OutboxMessage).add(message())
            uow.commit()
        assert len(MemoryDatabase(made).committed(OutboxMessage)) == 0
        database.dispose()


def test_only_what_is_attached_is_the_mappings(mapping: registry) -> None:
    assert mappers_of(mapping) == mapping.mappers
    outbox_table(mapping.metadata)
    assert {mapper.class_ for mapper in mappers_of(mapping)} == {Thing, OutboxMessage, OutboxBucket}
    assert [table.name for table in tables_of(mapping)] == ["things", "outbox_buckets", "outbox_messages"]
    mapping.metadata.remove(mapping.metadata.tables["outbox_buckets"])
    assert {mapper.class_ for mapper in mappers_of(mapping)} == {Thing, OutboxMessage}


def test_units_use_the_librarys_table_and_not_the_copy(mapping: registry) -> None:
    copy = outbox_table(mapping.metadata)
    used = mapped_table(copy)
    assert used is not copy
    assert used is inspect(OutboxMessage).local_table
    things = mapping.metadata.tables["things"]
    assert mapped_table(things) is things


def test_a_naming_convention_and_a_schema_change_no_names() -> None:
    metadata = MetaData(schema="elsewhere", naming_convention=CONVENTION)
    copy = outbox_table(metadata)
    used = mapped_table(copy)
    assert names_in(copy) == names_in(used)
    assert (copy.fullname, used.fullname) == ("outbox_messages", "outbox_messages")


def test_a_class_that_is_attached_later_is_kept(mapping: registry) -> None:
    database = opened(mapping)
    outbox_table(mapping.metadata)
    database.create_schema()
    with UnitOfWork(database) as uow:
        uow.repository(OutboxMessage).add(message())
        uow.commit()
        assert uow.repository(OutboxMessage).count() == 1
    database.dispose()


def test_the_twin_tells_that_a_table_came_too_late(mapping: registry) -> None:
    database = MemoryDatabase(mapping)
    outbox_table(mapping.metadata)
    with UnitOfWork(database) as uow:
        uow.repository(OutboxMessage).add(message())
        with pytest.raises(MappingError, match="no table outbox_messages: make it anew once the mapping is whole"):
            uow.commit()
    with UnitOfWork(MemoryDatabase(mapping)) as uow:
        uow.repository(OutboxMessage).add(message())
        uow.commit()


@pytest.mark.parametrize(
    "change",
    [
        lambda copy: copy.append_column(Column("tenant", Integer)),
        lambda copy: copy.append_constraint(UniqueConstraint("aggregate")),
        lambda copy: Index("one_each", copy.c.aggregate, unique=True),
    ],
    ids=["column", "constraint", "unique index"],
)
def test_the_twin_refuses_a_table_that_was_changed(mapping: registry, change: Callable[[Table], object]) -> None:
    change(outbox_table(mapping.metadata))
    with pytest.raises(MappingError, match="outbox_messages was given columns or rules") as refused:
        MemoryDatabase(mapping)
    assert refused.value.table == "outbox_messages"


def test_an_index_of_the_applications_is_created(mapping: registry) -> None:
    copy = outbox_table(mapping.metadata)
    Index("by_aggregate", copy.c.aggregate)
    database = opened(mapping)
    assert "by_aggregate" in {each["name"] for each in inspect(database.engine).get_indexes("outbox_messages")}
    database.dispose()
    MemoryDatabase(mapping)  # which needs none


def test_the_twin_refuses_a_foreign_key_to_the_outbox(mapping: registry) -> None:
    outbox_table(mapping.metadata)
    Table("notes", mapping.metadata, Column("position", ForeignKey("outbox_messages.position"), primary_key=True))
    with pytest.raises(MappingError, match="notes has a foreign key to outbox_messages") as refused:
        MemoryDatabase(mapping)
    assert refused.value.table == "notes"


def test_the_twin_fails_on_demand_at_the_librarys_tables(mapping: registry) -> None:
    outbox_table(mapping.metadata)
    database = MemoryDatabase(mapping)
    database.faults.fail("insert", entity_type=OutboxMessage, with_=UniqueViolation)
    database.faults.fail("commit", with_=ConnectionLost)
    with UnitOfWork(database) as uow:
        uow.repository(Thing).add(Thing())
        uow.flush()
        uow.repository(OutboxMessage).add(message())
        with pytest.raises(UniqueViolation) as failed:
            uow.flush()
    assert (failed.value.entity_type, failed.value.table) == (OutboxMessage, "outbox_messages")
    with pytest.raises(MappingError, match=r"call inbox_table\(registry\.metadata\)"):
        database.faults.fail("insert", entity_type=ProcessedMessage, with_=UniqueViolation)


def test_warming_up_knows_the_librarys_classes(mapping: registry) -> None:
    outbox_table(mapping.metadata)
    database = opened(mapping)
    database.warm_up()
    assert {OutboxMessage, OutboxBucket, Thing} <= set(database._keys._lookups)
    database.dispose()


def test_what_an_application_attached_goes_with_its_mapping() -> None:
    made = registry()
    outbox_table(made.metadata)
    map_entity(made, Thing, Table("things", made.metadata, Column("id", Integer, primary_key=True)))
    with UnitOfWork(MemoryDatabase(made)) as uow:
        uow.repository(OutboxMessage).add(message())
        uow.commit()
    made.dispose()
    gone = weakref.ref(made.metadata)
    del made, uow
    gc.collect()
    assert gone() is None


def test_clearing_all_mappers_of_a_process_is_survived() -> None:
    done = subprocess.run([sys.executable, "-c", CLEARED], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, "0\n0\n"), done.stderr


CLEARED = """
from sqlalchemy.orm import clear_mappers, registry
from unitofwork import MemoryDatabase, UnitOfWork
from unitofwork.adapters.orm import outbox_table
from unitofwork.domain.outbox import OutboxMessage

for _ in range(2):
    mapping = registry()
    outbox_table(mapping.metadata)
    with UnitOfWork(MemoryDatabase(mapping)) as uow:
        print(uow.repository(OutboxMessage).count())
    clear_mappers()
"""
