"""What is recorded of a unit of work, whatever database it runs on."""

import asyncio
import threading
from collections.abc import Generator, Iterator
from contextlib import ExitStack

import attrs
import pytest
from sqlalchemy import Column, ForeignKey, Integer, String, Table
from sqlalchemy.orm import registry, relationship

from unitofwork import (
    AsyncUnitOfWork,
    MemoryDatabase,
    RecordingObserver,
    UnitOfWork,
    UnitOutcome,
    UnitRecord,
    awaited,
    entity,
    map_entity,
    observe,
    repository,
)
from unitofwork.domain.errors import UnitOfWorkError
from unitofwork.domain.observation import Changes, Step
from unitofwork.domain.observing import LISTENING
from unitofwork.service_layer.observing import recorder


@entity
class User:
    name: str
    addresses: list["Address"] = attrs.field(factory=list)
    id: int | None = None


@entity
class Address:
    email: str
    user: User | None = None
    id: int | None = None


class Accounts(UnitOfWork):
    users = repository(User)
    addresses = repository(Address)


class AsyncAccounts(AsyncUnitOfWork[Accounts]):
    users = awaited(Accounts.users)


@pytest.fixture
def database() -> Iterator[MemoryDatabase]:
    mapping = registry()
    users = Table("users", mapping.metadata, Column("id", Integer, primary_key=True), Column("name", String(30)))
    addresses = Table(
        "addresses",
        mapping.metadata,
        Column("id", Integer, primary_key=True),
        Column("email", String(60)),
        Column("user_id", ForeignKey("users.id")),
    )
    map_entity(mapping, User, users, properties={"addresses": relationship(Address, back_populates="user")})
    map_entity(mapping, Address, addresses, properties={"user": relationship(User, back_populates="addresses")})
    yield MemoryDatabase(mapping)
    mapping.dispose()


@pytest.fixture
def sandy(database: MemoryDatabase) -> int:
    """The key of a user with two addresses."""
    with Accounts(database) as uow:
        user = User("sandy", [Address("sandy@example.org"), Address("cheeks@example.org")])
        uow.users.add(user)
        uow.commit()
        assert user.id is not None
        return user.id


@pytest.fixture
def seen(sandy: int) -> Iterator[RecordingObserver]:
    with observe(RecordingObserver()) as observer:
        yield observer


def only(seen: RecordingObserver) -> UnitRecord:
    (record,) = seen.records
    return record


def step(seen: RecordingObserver, name: str) -> Step:
    (found,) = (each for each in only(seen).steps if each.name == name)
    return found


def test_a_unit_that_rolls_back(database: MemoryDatabase, seen: RecordingObserver) -> None:
    with Accounts(database) as uow:
        uow.users.add(User("gary"))
        uow.flush()
        uow.rollback()
    assert seen.lines == ("begin > add User > flush > rollback",)
    assert only(seen).outcome is UnitOutcome.ROLLED_BACK


def test_a_value_that_is_set_again_is_no_change(sandy: int, database: MemoryDatabase, seen: RecordingObserver) -> None:
    with Accounts(database) as uow:
        uow.users.get_one(sandy).name = "sandy"
        uow.flush()
        uow.users.get_one(sandy).name = "sandy"
    assert (only(seen).outcome, only(seen).left) == (UnitOutcome.READ, Changes())
    assert step(seen, "flush").flushed == ()


def test_an_error_that_leaves_the_block(database: MemoryDatabase, seen: RecordingObserver) -> None:
    with pytest.raises(LookupError), Accounts(database) as uow:
        uow.users.add(User("gary"))
        raise LookupError
    assert (only(seen).outcome, only(seen).error) == (UnitOutcome.FAILED, "LookupError")
    assert only(seen).left == Changes(new=1)


def test_a_generator_that_is_closed_early_has_not_failed(
    sandy: int, database: MemoryDatabase, seen: RecordingObserver
) -> None:
    def everyone() -> Generator[User]:
        with Accounts(database) as uow:
            yield from uow.users.find()

    users = everyone()
    next(users)
    users.close()
    assert (only(seen).outcome, only(seen).error) == (UnitOutcome.READ, None)


def test_an_error_after_all_was_kept(database: MemoryDatabase, seen: RecordingObserver) -> None:
    with pytest.raises(LookupError), Accounts(database) as uow:
        uow.users.add(User("gary"))
        uow.commit()
        raise LookupError
    assert (only(seen).outcome, only(seen).error) == (UnitOutcome.COMMITTED, "LookupError")


def test_each_life_of_a_unit_is_one_record(sandy: int, database: MemoryDatabase, seen: RecordingObserver) -> None:
    uow = Accounts(database)
    for _ in range(2):
        with uow:
            uow.users.get_one(sandy)
    assert seen.lines == ("begin > get User",) * 2


def test_what_is_here_already_is_not_loaded(sandy: int, database: MemoryDatabase, seen: RecordingObserver) -> None:
    with Accounts(database) as uow:
        user = uow.users.get_one(sandy)
        address = user.addresses[0]
        assert address.user is user
    assert seen.lines == ("begin > get User > load User.addresses",)


def test_a_step_tells_who_asked(sandy: int, database: MemoryDatabase, seen: RecordingObserver) -> None:
    with Accounts(database) as uow:
        uow.users.get_one(sandy)
    begun, asked = only(seen).steps[:2]
    assert begun.place is not None
    assert asked.place is not None
    assert (begun.place.file, asked.place.file) == (__file__, __file__)
    assert asked.place.line == begun.place.line + 1


def test_seconds_are_of_the_whole_of_operations_and_of_statements(
    sandy: int, database: MemoryDatabase, seen: RecordingObserver
) -> None:
    with Accounts(database) as uow:
        uow.users.get_one(sandy)
    record = only(seen)
    assert 0 <= record.sql_seconds <= record.busy_seconds <= record.seconds
    assert record.busy_seconds == pytest.approx(sum(each.seconds for each in record.steps))
    assert record.waiting_seconds == pytest.approx(record.seconds - record.busy_seconds)


def test_two_observers_are_told_the_same(sandy: int, database: MemoryDatabase, seen: RecordingObserver) -> None:
    with observe(RecordingObserver()) as second, Accounts(database) as uow:
        uow.users.get_one(sandy)
    assert only(second) is only(seen)


def test_a_unit_is_told_to_its_end(sandy: int, database: MemoryDatabase) -> None:
    with observe(RecordingObserver()) as observer:
        uow = Accounts(database)
        uow.begin()
    with Accounts(database) as unseen:
        unseen.users.count()
    uow.users.get_one(sandy)
    uow.close()
    assert observer.lines == ("begin > get User",)
    assert only(observer).statements == 1


class Broken:
    """Raises whatever it is told."""

    def begun(self, *_: object) -> None:
        raise LookupError

    step = ended = begun


def test_an_observer_that_raises_changes_nothing(
    database: MemoryDatabase, seen: RecordingObserver, caplog: pytest.LogCaptureFixture
) -> None:
    with observe(Broken()), observe(RecordingObserver()) as last, Accounts(database) as uow:
        uow.users.add(User("gary"))
        uow.commit()
    assert only(last) is only(seen)
    assert only(last).outcome is UnitOutcome.COMMITTED
    assert {record.name for record in caplog.records} == {"unitofwork"}
    assert "Broken" in caplog.records[0].getMessage()
    with Accounts(database) as uow:
        assert uow.users.count() == 2


def test_what_is_refused_is_a_step_that_failed(sandy: int, database: MemoryDatabase, seen: RecordingObserver) -> None:
    with Accounts(database) as uow, pytest.raises(UnitOfWorkError):
        uow.users.delete(User("gary"))
    assert step(seen, "delete").error == "UnitOfWorkError"


def test_a_unit_that_is_used_in_the_middle_of_another_in_its_own_middle(
    sandy: int, database: MemoryDatabase, seen: RecordingObserver
) -> None:
    with Accounts(database) as outer, Accounts(database) as inner:

        def of_inner() -> Iterator[dict[str, object]]:
            yield {"email": f"of {outer.users.count()}"}

        def of_outer() -> Iterator[dict[str, object]]:
            inner.addresses.insert_many(of_inner())
            yield {"name": "patrick"}

        outer.users.insert_many(of_outer())
    sent = [
        [each.sql.partition(" (")[0] for step in record.steps for each in step.statements] for record in seen.records
    ]
    assert sent == [["INSERT INTO addresses"], ["SELECT ... FROM users", "INSERT INTO users"]]


def test_a_unit_that_is_begun_again_by_what_waited_for_its_end(
    sandy: int, database: MemoryDatabase, seen: RecordingObserver
) -> None:
    uow = Accounts(database)

    def again() -> None:
        with uow:
            uow.users.count()

    with uow:
        uow.after_rollback(again)
    assert seen.lines == ("begin", "begin > count User")


# While nobody observes


def stands_before(uow: UnitOfWork) -> object:
    """The class of what the guard that every session has stands before."""
    return type(getattr(uow.life.working(), "port"))  # noqa: B009  # the guard has it, and the port does not


def test_nothing_stands_between_a_unit_and_its_session_while_nobody_observes(database: MemoryDatabase) -> None:
    seen = list[tuple[bool, bool]]()
    for observers in ((), (RecordingObserver(),), ()):
        with ExitStack() as observed:
            for each in observers:
                observed.enter_context(observe(each))
            with Accounts(database) as uow:
                seen.append((stands_before(uow) is type(uow.session), LISTENING.on))
    assert seen == [(True, False), (False, True), (True, False)]


# Many of them


def test_what_is_kept_of_a_unit_has_a_limit(
    database: MemoryDatabase, seen: RecordingObserver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder, "MOST_STEPS", 3)
    monkeypatch.setattr(recorder, "MOST_STATEMENTS", 1)
    with Accounts(database) as uow:
        for _ in range(4):
            uow.users.count()
    record = only(seen)
    assert (len(record.steps), record.further_steps, record.statements) == (3, 3, 4)
    assert sum(len(each.statements) for each in record.steps) == 1
    assert seen.lines == ("begin > count User x2 > ... 3 more",)


def test_threads(database: MemoryDatabase, seen: RecordingObserver) -> None:
    both = threading.Barrier(2)

    def work() -> None:
        with Accounts(database) as uow:
            for _ in range(3):
                both.wait(20)
                uow.users.count()

    threads = [threading.Thread(target=work, name=name) for name in ("one", "two")]
    for each in threads:
        each.start()
    for each in threads:
        each.join(20)
    assert sorted(record.begun.worker for record in seen.records) == ["one", "two"]
    assert [record.statements for record in seen.records] == [3, 3]


def test_tasks(database: MemoryDatabase, sandy: int, seen: RecordingObserver) -> None:
    async def work() -> None:
        async with AsyncAccounts(database) as uow:
            for _ in range(3):
                await uow.users.count()
            await uow.run(lambda accounts: len(accounts.users.get_one(sandy).addresses))

    async def both() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(work(), name="one")
            group.create_task(work(), name="two")

    asyncio.run(both())
    assert sorted(record.begun.worker for record in seen.records) == ["one", "two"]
    assert seen.lines == ("begin > count User x3 > get User > load User.addresses",) * 2
    assert [record.statements for record in seen.records] == [5, 5]
    for record in seen.records:
        assert {each.place.file for each in record.steps if each.place} == {__file__}
