"""Rows L2, L3: whatever call of a port fails, nothing is left open, nothing is half kept, and the next unit works."""

from asyncio import CancelledError

import pytest

from unitofwork import Database, where
from unitofwork.domain.condition import ANYTHING
from unitofwork.domain.errors import UnitOfWorkError

from .adapters import Probe
from .failing import PORTS, STATES, FailingDatabase, Fault, Mishap
from .model import Accounts, Address, User
from .rows import INTERRUPT

pytestmark = [pytest.mark.row("L2", "L3"), pytest.mark.needs("savepoints")]


OF_MESSAGES = {"fail", "find_values", "key", "locks_rows"}
"""What messages need; see `test_failing_messages`."""

COMMITS = ["first", "second", "third", "fourth"]
"""The names of the users that the scenario's commits keep, one each."""


def scenario(database: Database, committed: list[str]) -> None:
    """Two units, with all that a unit does; each name is noted when its commit has returned."""
    with Accounts(database) as uow:
        uow.users.add(User("first", addresses=[Address("first@example.org")]))
        uow.flush()
        assert uow.users.find_one(name="first").addresses
        uow.commit()
        committed.append("first")
        with uow.savepoint():
            uow.users.add(User("second"))
        with pytest.raises(ValueError, match="inside"), uow.savepoint():
            uow.users.add(User("never"))
            raise ValueError("inside")
        uow.commit()
        committed.append("second")
        uow.users.add(User("never"))
        uow.flush()
        uow.rollback()
    with Accounts(database) as uow:
        third = User("third")
        uow.users.add(third)
        assert (len(uow.new), len(uow.dirty), len(uow.deleted), third in uow, len(list(uow))) == (1, 0, 0, True, 1)
        uow.commit()
        committed.append("third")
        uow.expire(third)
        assert third.name == "third"
        uow.users.refresh(third)
        assert (uow.state(third).value, uow.is_modified(third)) == ("persistent", False)
        uow.expire_all()
        assert uow.users.get(third.id) is third
        uow.expunge(third)
        uow.users.upsert(third).age = 3
        uow.expunge_all()
        uow.users.insert_many([{"name": "fourth"}])
        assert uow.users.count() == 4
        assert uow.users.exists(name="fourth")
        assert uow.users.page(order_by="name", size=2)
        with uow.users.stream(order_by="name") as users:
            assert next(users).name == "first"
        uow.users.update_where(where("name") == "fourth", age=4)
        uow.users.upsert_many([{"name": "fourth", "age": 5}], key="name")
        assert len(list(uow.users.stream())) == 4
        with uow.users.stream(order_by="name") as users:
            next(users)
            uow.users.count()
        uow.users.delete(uow.users.find_one(name="third"))
        uow.rollback()
        uow.users.insert_many([{"name": "fourth"}])
        uow.users.upsert_many([{"name": "fourth", "age": 4}], key="name")
        uow.users.delete_where(where("name") == "never")
        uow.commit()
        committed.append("fourth")
        uow.users.add(User("never"))
        uow.flush()
    with Accounts(database).begin(read_only=True) as uow:
        uow.users.count()
        uow.invalidate()


def check_nothing_is_left(database: Database, probe: Probe, where_: str, kept: list[list[str]]) -> None:
    """See that a transaction was kept as a whole or not at all, and that others can write at once."""
    assert probe.checked_out() == 0, where_
    with Accounts(database) as uow:
        names = [user.name for user in uow.users.find(order_by="id")]
        assert names in kept, where_
        uow.users.update_where(ANYTHING, age=99)
        uow.users.delete_where(ANYTHING)
        uow.commit()


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("error", [Mishap, INTERRUPT, CancelledError])
def test_any_call_of_a_port_may_fail(database: Database, probe: Probe, error: type[BaseException], after: bool) -> None:
    fault = Fault(error, after)
    scenario(FailingDatabase(database, fault), [])
    check_nothing_is_left(database, probe, "nothing failed", [COMMITS])
    hits = set[str]()
    held = list[BaseException]()
    for at in range(1, fault.calls + 1):
        fault = Fault(error, after, at)
        committed = list[str]()
        try:
            scenario(FailingDatabase(database, fault), committed)
        except (error, UnitOfWorkError) as raised:
            held.append(raised)  # with its traceback, as a caller who tries again may hold it
        assert fault.hit
        hits.add(fault.hit)
        kept = [committed]
        if fault.hit == "commit" and after:
            kept = [COMMITS[: len(committed) + 1]]
        check_nothing_is_left(database, probe, f"call {at}: {fault.hit}", kept)
    assert PORTS - STATES - OF_MESSAGES - hits == set(), "the scenario does not call these"
