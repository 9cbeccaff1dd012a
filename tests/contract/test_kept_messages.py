"""Row V2: the library's own classes are kept as the application's are, where its MetaData has their tables."""

from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy.orm import registry

from unitofwork import Database, Repository, where
from unitofwork.domain.errors import MappingError, UniqueViolation, ValueTooLong
from unitofwork.domain.outbox import MessageState, OutboxBucket, OutboxMessage, ProcessedMessage

from . import model
from .adapters import Adapter
from .models.messages import NewUnit, People
from .models.messages import mapping as people_mapping

pytestmark = pytest.mark.row("V2")

MOMENT = datetime(2026, 3, 4, 5, 6, 7, 891011, UTC)
LONG = '{"text": "' + "größer\\u0000" * 20_000 + '"}'
"""More than MariaDB keeps in a TEXT."""


@pytest.fixture
def mapping() -> registry:
    return people_mapping()


@pytest.fixture
def unit(database: Database) -> NewUnit:
    """Makes a fresh unit of work."""
    return lambda: People(database)


def message(aggregate: str = "Person:1", *, id: UUID | None = None, payload: str = "{}") -> OutboxMessage:
    return OutboxMessage(
        id=id or uuid4(), aggregate=aggregate, bucket=3, name="renamed", version=2, payload=payload, recorded_at=MOMENT
    )


def test_every_attribute_of_a_message_is_kept(unit: NewUnit) -> None:
    made = message(payload=LONG)
    made.state, made.attempts, made.error = MessageState.DEAD, 7, "TimeoutError"
    made.due_at, made.settled_at = MOMENT + timedelta(hours=1), MOMENT.astimezone(timezone(timedelta(hours=5)))
    with unit() as uow:
        uow.outbox.add(made)
        uow.commit()
        position = made.position
    assert position is not None
    with unit() as uow:
        kept = uow.outbox.get_one(position)
        assert kept is not made
        assert (kept.id, kept.aggregate, kept.bucket, kept.name) == (made.id, "Person:1", 3, "renamed")
        assert (kept.version, kept.payload, kept.recorded_at) == (2, LONG, MOMENT)
        assert (kept.state, kept.attempts, kept.error) == (MessageState.DEAD, 7, "TimeoutError")
        assert (kept.due_at, kept.settled_at) == (MOMENT + timedelta(hours=1), MOMENT)
        times = (kept.recorded_at, kept.due_at, kept.settled_at)
        assert {each and each.utcoffset() for each in times} == {timedelta(0)}
        assert kept.envelope().content.payload == LONG


def test_positions_grow(unit: NewUnit) -> None:
    with unit() as uow:
        uow.outbox.add_all([message(f"Person:{number}") for number in range(5)])
        uow.commit()
        uow.outbox.add(message("Person:5"))
        uow.commit()
    with unit() as uow:
        ordered = uow.outbox.find(order_by="position")
        assert [each.aggregate for each in ordered] == [f"Person:{number}" for number in range(6)]


def test_questions_changes_and_locks_are_those_of_any_repository(unit: NewUnit) -> None:
    with unit() as uow:
        uow.outbox.add_all([message(f"Person:{number}") for number in range(4)])
        uow.flush()
        waiting = (where(OutboxMessage.state) == MessageState.PENDING) & (where(OutboxMessage.bucket) == 3)
        first, second, *_ = uow.outbox.find(waiting, order_by="position", limit=2)
        first.state = MessageState.PUBLISHED
        uow.outbox.update_where(where("position") == second.position, state=MessageState.DEAD)
        uow.commit()
        assert uow.outbox.count(waiting) == 2
        assert second.state is MessageState.DEAD
        assert uow.outbox.delete_where(where("state").in_([MessageState.PUBLISHED, MessageState.DEAD])) == 2
        uow.commit()
        assert uow.outbox.count() == 2


def test_buckets_are_made_once_however_often(unit: NewUnit) -> None:
    for _ in range(2):
        with unit() as uow:
            uow.buckets.upsert_many([{"number": number} for number in range(16)])
            uow.commit()
    with unit() as uow:
        bucket = uow.buckets.get_one(15)
        bucket.owner, bucket.leased_until = "relay", MOMENT
        uow.commit()
    with unit() as uow:
        assert uow.buckets.count() == 16
        assert uow.buckets.get_one(15).leased_until == MOMENT
        assert uow.buckets.count(where("leased_until") < MOMENT + timedelta(microseconds=1)) == 1


def test_ids_of_the_inbox_compare_exactly(unit: NewUnit) -> None:
    ids = ["order", "Order", "order ", "örder"]
    with unit() as uow:
        uow.inbox.add_all([ProcessedMessage(id=each, result=LONG, processed_at=MOMENT) for each in ids])
        uow.commit()
    with unit() as uow:
        assert uow.inbox.get_one("Order").result == LONG
        assert uow.inbox.get("ORDER") is None
        uow.inbox.add(ProcessedMessage(id="Order", result="1", processed_at=MOMENT))
        with pytest.raises(UniqueViolation) as refused:
            uow.flush()
    assert (refused.value.entity_type, refused.value.table) == (ProcessedMessage, "processed_messages")


def test_what_is_too_long_is_refused(unit: NewUnit) -> None:
    with unit() as uow:
        uow.outbox.add(message("x" * 256))
        with pytest.raises(ValueTooLong):
            uow.flush()


@pytest.mark.parametrize(
    ("entity_type", "cure"),
    [(OutboxMessage, "outbox_table"), (OutboxBucket, "outbox_table"), (ProcessedMessage, "inbox_table")],
)
def test_a_mapping_without_the_tables_is_told_the_cure(
    adapter: Adapter, tmp_path: Path, entity_type: type, cure: str
) -> None:
    people_mapping()  # the classes are mapped, for somebody else
    with adapter.open(tmp_path, model.mapping()) as (database, _), People(database) as uow:
        repository: Repository[object] = uow.repository(entity_type)
        for ask in (repository.count, repository.exists, repository.find, partial(repository.get, 1)):
            with pytest.raises(MappingError, match=rf"{entity_type.__name__} has no table .* call {cure}\(registry"):
                ask()
        with pytest.raises(MappingError, match=rf"call {cure}\(registry"):
            repository.insert_many([{"id": "1"}])
