"""Row O: whoever observes is told what each unit of work does, and it does the same as if nobody did."""

from collections.abc import Iterator

import pytest

from unitofwork import RecordingObserver, observe, where
from unitofwork.domain.errors import NeedsRollback, UniqueViolation
from unitofwork.domain.observation import Changes, Step, UnitOutcome, UnitRecord

from .model import Accounts, NewUnit, User

pytestmark = pytest.mark.row("O")


@pytest.fixture
def seen(sandy: int) -> Iterator[RecordingObserver]:
    """What is seen of the units of a test, and not of those that prepare it."""
    with observe(RecordingObserver()) as observer:
        yield observer


def only(seen: RecordingObserver) -> UnitRecord:
    (record,) = seen.records
    return record


def step(seen: RecordingObserver, name: str) -> Step:
    (found,) = (each for each in only(seen).steps if each.name == name)
    return found


def sent(step: Step) -> list[str]:
    return [each.sql.split()[0] for each in step.statements if not each.controls]


def test_a_unit_that_commits(accounts: NewUnit, seen: RecordingObserver) -> None:
    with accounts() as uow:
        uow.users.add(User("gary"))
        uow.users.add(User("larry"))
        uow.commit()
    assert seen.lines == ("begin > add User x2 > commit",)
    assert only(seen).outcome is UnitOutcome.COMMITTED
    assert only(seen).left == Changes()


def test_a_unit_that_is_left_without_commit(accounts: NewUnit, sandy: int, seen: RecordingObserver) -> None:
    with accounts() as uow:
        uow.users.get_one(sandy).age = 31
        uow.users.add(User("gary"))
        uow.flush()
        uow.users.add(User("larry"))
    assert only(seen).outcome is UnitOutcome.LEFT
    assert only(seen).left == Changes(new=2, dirty=1)
    assert seen.lines[0].endswith("flush (1 User changed) > add User > left without commit (2 new, 1 changed)")


def test_an_attribute_that_is_set_shows_when_it_is_sent(accounts: NewUnit, sandy: int, seen: RecordingObserver) -> None:
    with accounts() as uow:
        uow.users.get_one(sandy).age = 31
        uow.commit()
    assert seen.lines == ("begin > get User > commit (1 User changed)",)


def test_a_unit_that_only_reads(accounts: NewUnit, sandy: int, seen: RecordingObserver) -> None:
    with accounts().begin(read_only=True) as uow:
        uow.users.get_one(sandy)
        assert uow.users.count() == 1
    assert seen.lines == ("begin > get User > count User",)
    assert only(seen).outcome is UnitOutcome.READ
    assert only(seen).statements == 2


def test_an_error_of_the_database(accounts: NewUnit, sandy: int, seen: RecordingObserver) -> None:
    with accounts() as uow:
        uow.users.add(User("gary", id=sandy))
        with pytest.raises(UniqueViolation):
            uow.flush()
        with pytest.raises(NeedsRollback):
            uow.users.count()
    assert step(seen, "flush").error == "UniqueViolation"
    assert (only(seen).outcome, only(seen).error) == (UnitOutcome.FAILED, "UniqueViolation")


def test_an_error_that_was_dealt_with(accounts: NewUnit, sandy: int, seen: RecordingObserver) -> None:
    with accounts() as uow:
        uow.users.add(User("gary", id=sandy))
        with pytest.raises(UniqueViolation):
            uow.commit()
        uow.rollback()
        uow.users.add(User("gary"))
        uow.commit()
    assert seen.lines == ("begin > add User > commit !UniqueViolation > rollback > add User > commit",)
    assert (only(seen).outcome, only(seen).error) == (UnitOutcome.COMMITTED, None)


def test_a_unit_that_is_never_closed(accounts: NewUnit, seen: RecordingObserver) -> None:
    uow = accounts()
    uow.begin()
    uow.users.add(User("gary"))
    assert seen.lines == ("begin > add User",)
    with pytest.warns(ResourceWarning):
        del uow
    assert only(seen).outcome is UnitOutcome.NEVER_CLOSED
    assert only(seen).begun.place.file == __file__


def test_a_savepoint_that_is_undone_leaves_nothing(accounts: NewUnit, seen: RecordingObserver) -> None:
    with accounts() as uow:
        with pytest.raises(LookupError), uow.savepoint():
            uow.users.add(User("gary"))
            uow.flush()
            raise LookupError
        with uow.savepoint():
            uow.users.add(User("larry"))
    line = "begin > savepoint > add User > flush > back to savepoint > savepoint > add User > release"
    assert seen.lines == (f"{line} > left without commit (1 new)",)


def test_a_question_tells_what_it_found(accounts: NewUnit, seen: RecordingObserver) -> None:
    with accounts() as uow:
        uow.addresses.find()
    found = step(seen, "find")
    assert (found.entity, found.count, sent(found)) == ("Address", 2, ["SELECT"])


def test_what_a_question_sends_before_itself(accounts: NewUnit, seen: RecordingObserver) -> None:
    with accounts() as uow:
        uow.users.add(User("gary"))
        uow.users.count()
    assert sent(step(seen, "count")) == ["INSERT", "SELECT"]
    assert [(each.entity, each.changes) for each in step(seen, "count").flushed] == [("User", Changes(new=1))]


def test_an_attribute_that_is_loaded_because_it_is_read(accounts: NewUnit, sandy: int, seen: RecordingObserver) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        assert len(user.addresses) == 2
    load = step(seen, "load")
    assert (load.entity, load.attributes, sent(load)) == ("User", ("addresses",), ["SELECT"])
    assert seen.lines == ("begin > get User > load User.addresses",)


def test_streams(accounts: NewUnit, seen: RecordingObserver) -> None:
    with accounts() as uow, uow.addresses.stream() as addresses:
        assert len(list(addresses)) == 2
    streamed = [each for each in only(seen).steps if each.name == "stream"]
    assert sum(each.count or 0 for each in streamed) == 2
    assert sent(streamed[0]) == ["SELECT"]


def test_many_rows_count_until_they_are_committed(accounts: NewUnit, seen: RecordingObserver) -> None:
    with accounts() as uow:
        uow.users.insert_many({"name": f"user {number}"} for number in range(3))
        uow.users.update_where(where("name") == "user 1", age=3)
    assert only(seen).outcome is UnitOutcome.LEFT
    assert only(seen).left == Changes(new=3, dirty=1)


def test_no_value_is_told(accounts: NewUnit, sandy: int, seen: RecordingObserver) -> None:
    with accounts() as uow:
        uow.users.find(name="secret", limit=7777)
        uow.users.get_one(sandy).fullname = "secret"
        uow.users.insert_many([{"name": "secret"}])
        with pytest.raises(UniqueViolation):
            uow.users.insert_many([{"name": "secret", "id": sandy}])
        uow.commit()
    assert "secret" not in repr(only(seen))
    assert not any("7777" in each.sql for step in only(seen).steps for each in step.statements)


def test_units_side_by_side(accounts: NewUnit, sandy: int, seen: RecordingObserver) -> None:
    with accounts().begin(read_only=True) as one, accounts().begin(read_only=True) as other:
        one.users.get_one(sandy)
        other.users.count()
        one.addresses.count()
    assert seen.lines == ("begin > count User", "begin > get User > count Address")
    assert [record.statements for record in seen.records] == [1, 2]


def test_a_unit_inside_an_operation_of_another(accounts: NewUnit, sandy: int, seen: RecordingObserver) -> None:
    with accounts() as outer:

        def rows() -> Iterator[dict[str, object]]:
            outer.users.count()
            inner = Accounts(outer.life.database)
            inner.begin(read_only=True)
            yield {"name": f"of {outer.addresses.count()}"}
            inner.close()

        outer.users.insert_many(rows())
        outer.rollback()
    assert seen.lines == ("begin", "begin > savepoint > insert many User > release > rollback")
    assert sent(next(each for each in seen.records[1].steps if each.name == "insert many"))[-1] == "INSERT"
