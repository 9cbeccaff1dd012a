"""Q5: a question can lock what it finds, for update or shared; it reads afresh, waits, refuses to wait, or skips."""

import threading
from collections.abc import Callable, Generator
from typing import cast

import pytest

from unitofwork import FOR_SHARE, FOR_UPDATE, Lock, Query, where
from unitofwork.domain.errors import DetachedEntity, LockTimeout, NotFound, UnitOfWorkError

from .adapters import Adapter, Probe
from .comments import keep
from .model import Accounts, Address, Comment, NewUnit, Team, User

pytestmark = pytest.mark.row("Q5")

LOCKS = (FOR_UPDATE, FOR_SHARE, FOR_UPDATE.nowait(), FOR_SHARE.skip_locked())

Ask = Callable[[Accounts, int, Lock], User | None]
QUESTIONS: dict[str, Ask] = {
    "get": lambda uow, key, lock: uow.users.get(key, lock=lock),
    "get_one": lambda uow, key, lock: uow.users.get_one(key, lock=lock),
    "find": lambda uow, key, lock: uow.users.find(id=key, lock=lock)[0],
    "find_one": lambda uow, key, lock: uow.users.find_one(id=key, lock=lock),
    "first": lambda uow, key, lock: uow.users.first(id=key, order_by="name", lock=lock),
}

ask_each_way = pytest.mark.parametrize("ask", QUESTIONS.values(), ids=QUESTIONS.keys())
with_each_lock = pytest.mark.parametrize("lock", LOCKS, ids=str)


# What a locking question reads


@ask_each_way
@with_each_lock
def test_what_the_unit_has_already_is_read_afresh(accounts: NewUnit, sandy: int, ask: Ask, lock: Lock) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        uow.commit()
        with accounts() as other:
            other.users.get_one(sandy).fullname = "changed meanwhile"
            other.commit()
        assert uow.users.get_one(sandy).fullname == "Sandy Cheeks"
        assert ask(uow, sandy, lock) is user
        assert user.fullname == "changed meanwhile"


def test_a_collection_that_was_loaded_is_read_afresh_too(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        assert len(user.addresses) == 2
        uow.commit()
        with accounts() as other:
            other.addresses.add(Address("third@example.org", other.users.get_one(sandy)))
            other.commit()
        uow.users.get_one(sandy, lock=FOR_UPDATE)
        assert len(user.addresses) == 3


@ask_each_way
def test_what_was_changed_is_sent_first_even_without_autoflush(accounts: NewUnit, sandy: int, ask: Ask) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        with uow.no_autoflush():
            user.fullname = "new"
            user.addresses.pop()
            assert ask(uow, sandy, FOR_UPDATE) is user
            assert user.fullname == "new"
            assert len(user.addresses) == 1
        uow.commit()
    with accounts() as uow:
        assert uow.users.get_one(sandy).fullname == "new"


def test_an_expired_entity_is_loaded_by_the_lock(accounts: NewUnit, probe: Probe, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        uow.expire(user)
        uow.users.get_one(sandy, lock=FOR_UPDATE)
        probe.statements()
        assert user.fullname == "Sandy Cheeks"
        assert probe.statements() == []


@with_each_lock
def test_nothing_is_found_where_there_is_nothing(accounts: NewUnit, lock: Lock) -> None:
    with accounts() as uow:
        assert uow.users.get(1, lock=lock) is None
        assert uow.users.find(lock=lock) == []
        assert uow.users.first(lock=lock) is None
        with pytest.raises(NotFound):
            uow.users.get_one(1, lock=lock)
        with pytest.raises(NotFound):
            uow.users.find_one(name="nobody", lock=lock)


def test_what_the_unit_deletes_is_not_found(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        uow.users.delete(uow.users.get_one(sandy))
        assert uow.users.get(sandy, lock=FOR_UPDATE) is None


def test_related_entities_are_loaded_with_it(accounts: NewUnit, probe: Probe, sandy: int) -> None:
    with accounts() as uow:
        (user,) = uow.users.find(load="addresses", order_by="team.name", limit=3, lock=FOR_UPDATE)
        probe.statements()
        assert len(user.addresses) == 2
        assert probe.statements() == []


def test_an_entity_can_be_locked_twice(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy, lock=FOR_SHARE)
        assert uow.users.get_one(sandy, lock=FOR_UPDATE) is user
        assert uow.users.get_one(sandy, lock=FOR_UPDATE.nowait()) is user
        assert uow.users.find(lock=FOR_UPDATE.skip_locked()) == [user]


@ask_each_way
def test_a_read_only_unit_refuses(accounts: NewUnit, sandy: int, ask: Ask) -> None:
    with accounts().begin(read_only=True) as uow:
        with pytest.raises(UnitOfWorkError, match="read-only: begin it without read_only=True"):
            ask(uow, sandy, FOR_SHARE)
        assert uow.users.get_one(sandy).name == "sandy"


def test_a_lock_is_part_of_the_question() -> None:
    assert str(Query(User, lock=FOR_UPDATE.nowait())) == "User for update nowait"
    assert str(Query(User, limit=1, lock=FOR_SHARE.skip_locked())) == "User limit 1 for share skip locked"
    assert FOR_UPDATE.nowait() == FOR_UPDATE.skip_locked().nowait()
    assert len({FOR_UPDATE, FOR_SHARE, FOR_UPDATE.nowait(), FOR_UPDATE.skip_locked()}) == 4


@ask_each_way
def test_what_is_no_lock_is_refused(accounts: NewUnit, sandy: int, ask: Ask) -> None:
    with accounts() as uow:
        with pytest.raises(TypeError, match="bool is no lock: give FOR_UPDATE or FOR_SHARE"):
            ask(uow, sandy, cast(Lock, True))
        assert uow.users.get_one(sandy).name == "sandy"


def test_after_the_unit_a_locked_entity_is_as_any_other(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy, lock=FOR_UPDATE)
        uow.commit()
    assert user.fullname == "Sandy Cheeks"
    with pytest.raises(DetachedEntity):
        _ = user.addresses


# What it does to other units


def test_a_session_tells_whether_it_locks_rows(accounts: NewUnit, adapter: Adapter) -> None:
    with accounts() as uow:
        assert uow.session.locks_rows(User) == ("row_locks" in adapter.capabilities)


@pytest.fixture
def scored(accounts: NewUnit) -> NewUnit:
    """Five comments whose scores are their keys' order, the last one an answer to the first."""
    first = Comment(score=1)
    keep(accounts, first, *(Comment(score=score) for score in (2, 3, 4)), Comment(score=5, answers_to=first))
    return accounts


@pytest.fixture
def holder(scored: NewUnit) -> Generator[Accounts, None, None]:
    """A unit that has locked the comments with the scores 2 and 3."""
    with scored() as uow:
        assert len(uow.comments.find(where("score").between(2, 3), lock=FOR_UPDATE)) == 2
        yield uow


def _scores(uow: Accounts, lock: Lock | None = None) -> list[int | None]:
    return [comment.score for comment in uow.comments.find(order_by="score", lock=lock)]


@pytest.mark.needs("row_locks")
@pytest.mark.parametrize("lock", [FOR_UPDATE.nowait(), FOR_SHARE.nowait()], ids=str)
def test_nowait_refuses_at_once_what_is_locked(scored: NewUnit, holder: Accounts, lock: Lock) -> None:
    with scored() as other:
        free = [comment.id for comment in other.comments.find(where("score") > 3)]
        assert len(other.comments.find(where("id").in_(free), lock=lock)) == 2
        with pytest.raises(LockTimeout) as caught:
            other.comments.find_one(score=2, lock=lock)
        assert caught.value.retryable
        other.rollback()
        assert other.comments.find_one(score=2).score == 2


@pytest.mark.needs("row_locks")
@pytest.mark.parametrize("lock", [FOR_UPDATE.skip_locked(), FOR_SHARE.skip_locked()], ids=str)
def test_skip_locked_leaves_out_what_is_locked(scored: NewUnit, holder: Accounts, lock: Lock) -> None:
    with scored() as other:
        keys = {comment.score: comment.id for comment in other.comments.find()}
        assert _scores(other, lock) == [1, 4, 5]
        assert other.comments.get(keys[2], lock=lock) is None
        with pytest.raises(NotFound, match="or it is locked"):
            other.comments.get_one(keys[3], lock=lock)
        first = other.comments.first(where("score") > 1, order_by="score", lock=lock)
        assert first is not None
        assert first.score == 4


@pytest.mark.needs("row_locks")
def test_a_shared_lock_is_shared_and_excludes_one_for_update(scored: NewUnit) -> None:
    with scored() as one, scored() as two, scored() as three:
        assert len(_scores(one, FOR_SHARE)) == 5
        assert len(_scores(two, FOR_SHARE.nowait())) == 5
        assert _scores(three, FOR_UPDATE.skip_locked()) == []


@pytest.mark.needs("row_locks")
def test_who_only_reads_waits_for_nobody(scored: NewUnit, holder: Accounts) -> None:
    with scored() as other:
        assert _scores(other) == [1, 2, 3, 4, 5]
    with scored().begin(read_only=True) as other:
        assert _scores(other) == [1, 2, 3, 4, 5]


@pytest.mark.needs("row_locks")
@pytest.mark.parametrize(
    "end", [Accounts.commit, Accounts.rollback, Accounts.close], ids=["commit", "rollback", "close"]
)
def test_locks_end_with_the_transaction(scored: NewUnit, holder: Accounts, end: Callable[[Accounts], None]) -> None:
    with scored() as other:
        assert len(_scores(other, FOR_UPDATE.skip_locked())) == 3
    end(holder)
    with scored() as other:
        assert len(_scores(other, FOR_UPDATE.nowait())) == 5


@pytest.mark.needs("row_locks", "waits", "threads")
def test_a_lock_waits_and_then_sees_what_the_other_wrote(scored: NewUnit, holder: Accounts) -> None:
    seen: list[int | None] = []
    asking = threading.Event()

    def wait_for_it() -> None:
        with scored() as other:
            held = other.comments.find_one(score=2)
            asking.set()
            found = other.comments.get_one(held.id, lock=FOR_UPDATE)
            assert found is held
            seen.append(found.score)

    waiting = threading.Thread(target=wait_for_it)
    waiting.start()
    assert asking.wait(10)
    holder.comments.find_one(score=2).score = 20
    holder.commit()
    waiting.join(10)
    assert seen == [20]


@pytest.mark.needs("row_locks")
def test_what_is_related_is_not_locked(accounts: NewUnit) -> None:
    with accounts() as uow:
        uow.users.add(User("sandy", team=Team("red"), addresses=[Address("sandy@example.org")]))
        uow.users.add(User("bob"))
        uow.commit()
    with accounts() as uow, accounts() as other:
        assert len(uow.users.find(load=("addresses", "team"), lock=FOR_UPDATE)) == 2
        assert len(other.teams.find(lock=FOR_UPDATE.nowait())) == 1
        assert len(other.addresses.find(lock=FOR_UPDATE.nowait())) == 1
        assert other.users.find(lock=FOR_UPDATE.skip_locked()) == []


@pytest.mark.needs("row_locks")
def test_an_order_across_a_relationship_may_lead_nowhere(scored: NewUnit) -> None:
    with scored() as uow, scored() as other:
        found = uow.comments.find(order_by=("answers_to.score", "score"), limit=2, lock=FOR_UPDATE)
        assert [comment.score for comment in found] == [5, 1]
        assert {2, 3, 4}.issuperset(_scores(other, FOR_UPDATE.skip_locked()))
