"""Row I3: in memory nobody waits for another unit, which one thread could not end: `LockTimeout` comes at once."""

from collections.abc import Callable

import pytest

from unitofwork import FOR_SHARE, FOR_UPDATE, Isolation, Lock
from unitofwork.domain.errors import LockTimeout, NeedsRollback, UniqueViolation

from .model import Accounts, NewUnit, Team, User

pytestmark = [pytest.mark.row("I3"), pytest.mark.needs("never_waits")]

Way = Callable[[Accounts], object]


def rename(uow: Accounts) -> None:
    """Change sandy's name, which is a key that others may refer to, and not only compare."""
    uow.users.find_one(age=30).name = "sandra"
    uow.flush()


def grow_older(uow: Accounts) -> None:
    """Change what is no key."""
    uow.users.find_one(name="sandy").age = 31
    uow.flush()


def remove(uow: Accounts) -> None:
    user = uow.users.find_one(name="sandy")
    uow.users.delete(user)
    uow.flush()


def lock(how: Lock) -> Way:
    return lambda uow: uow.users.find_one(name="sandy", lock=how)


WRITING: dict[str, Way] = {"changing": grow_older, "renaming": rename, "deleting": remove}
LOCKING: dict[str, Way] = {"locking for update": lock(FOR_UPDATE), "locking shared": lock(FOR_SHARE)}


def each(name: str, ways: dict[str, Way]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(name, ways.values(), ids=ways.keys())


def refused(uow: Accounts, way: Way) -> None:
    """See that the way is refused at once, as an error that ends the transaction and is worth another run."""
    with pytest.raises(LockTimeout) as caught:
        way(uow)
    assert caught.value.retryable
    with pytest.raises(NeedsRollback):
        uow.users.count()
    uow.rollback()


@each("first", WRITING | LOCKING)
@each("second", WRITING)
def test_a_row_that_another_has_changed_or_locked(accounts: NewUnit, sandy: int, first: Way, second: Way) -> None:
    with accounts() as one, accounts() as two:
        first(one)
        refused(two, second)
        one.rollback()
        second(two)
        two.commit()


@each("first", WRITING)
@each("second", LOCKING)
def test_a_lock_on_a_row_that_another_has_changed(accounts: NewUnit, sandy: int, first: Way, second: Way) -> None:
    with accounts() as one, accounts() as two:
        first(one)
        refused(two, second)
        one.rollback()
        second(two)


@pytest.mark.parametrize("isolation", list(Isolation))
def test_at_every_level_of_isolation(accounts: NewUnit, sandy: int, isolation: Isolation) -> None:
    with accounts().begin(isolation=isolation) as one, accounts().begin(isolation=isolation) as two:
        grow_older(one)
        refused(two, grow_older)


def test_a_unique_value_that_another_has_inserted(accounts: NewUnit) -> None:
    """Whether it is there, only the other's end will tell."""

    def insert(uow: Accounts) -> None:
        uow.users.add(User("patrick"))
        uow.flush()

    with accounts() as one, accounts() as two:
        insert(one)
        refused(two, insert)
        one.commit()
        with pytest.raises(UniqueViolation):
            insert(two)


def test_a_unique_value_that_another_has_given_up(accounts: NewUnit, sandy: int) -> None:
    def insert(uow: Accounts) -> None:
        uow.users.add(User("sandy"))
        uow.flush()

    with accounts() as one, accounts() as two:
        rename(one)
        refused(two, insert)
        one.commit()
        insert(two)


def join(uow: Accounts) -> None:
    uow.users.add(User("patrick", team=uow.teams.find_one(name="red")))
    uow.flush()


def disband(uow: Accounts) -> None:
    uow.teams.delete(uow.teams.find_one(name="red"))
    uow.flush()


@pytest.fixture
def red(accounts: NewUnit) -> None:
    with accounts() as uow:
        uow.teams.add(Team("red"))
        uow.commit()


@pytest.mark.parametrize(("first", "second"), [(join, disband), (disband, join)])
def test_a_row_that_another_has_come_to_refer_to_or_deleted(
    accounts: NewUnit, red: None, first: Way, second: Way
) -> None:
    with accounts() as one, accounts() as two:
        first(one)
        refused(two, second)
        one.rollback()
        second(two)
        two.commit()


def test_two_may_refer_to_the_same_row(accounts: NewUnit, red: None) -> None:
    with accounts() as one, accounts() as two:
        join(one)
        two.users.add(User("gary", team=two.teams.find_one(name="red")))
        two.commit()
        one.commit()
    with accounts() as uow:
        assert uow.users.count(team=uow.teams.find_one(name="red")) == 2


def test_the_one_that_was_refused_has_left_nothing_behind(accounts: NewUnit, sandy: int) -> None:
    with accounts() as one, accounts() as two:
        grow_older(one)
        two.users.add(User("patrick"))
        two.users.get_one(sandy).fullname = "new"
        with pytest.raises(LockTimeout):
            two.commit()
        one.commit()
    with accounts() as uow:
        assert [(user.name, user.fullname, user.age) for user in uow.users.find()] == [("sandy", "Sandy Cheeks", 31)]
