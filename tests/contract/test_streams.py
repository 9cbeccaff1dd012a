"""Q4: a stream holds a constant number of entities, and leaving it early gives everything back."""

import gc
import warnings
import weakref
from collections.abc import Callable, Iterator

import pytest

from unitofwork import Stream, where
from unitofwork.domain.errors import (
    MappingError,
    NeedsRollback,
    UniqueViolation,
    UnitClosed,
    UnitOfWorkError,
    UnsupportedQuery,
)

from .adapters import Probe
from .comments import keep
from .model import Accounts, Address, Comment, NewUnit, Team, User
from .sent import selects

pytestmark = pytest.mark.row("Q4")

MANY = 3500
"""More than are fetched at once."""


@pytest.fixture
def many(accounts: NewUnit) -> NewUnit:
    with accounts() as uow:
        uow.comments.insert_many({"text": f"text {n % 7}", "score": n} for n in range(MANY))
        uow.commit()
    return accounts


# What a stream gives


@pytest.mark.parametrize("order", [None, "score", where("score").desc(), ("text", where("score").desc())], ids=str)
def test_a_stream_gives_what_find_gives(many: NewUnit, order: object) -> None:
    with many() as uow:
        streamed = [comment.score for comment in uow.comments.stream(order_by=order)]
        found = [comment.score for comment in uow.comments.find(order_by=order)]
        assert len(streamed) == MANY
        assert streamed == found or order is None
        assert sorted(score or 0 for score in streamed) == list(range(MANY))


def test_conditions_hold(many: NewUnit) -> None:
    with many() as uow:
        found = list(uow.comments.stream(where("score") >= 2000, text="text 3"))
        assert found
        assert all(comment.text == "text 3" and (comment.score or 0) >= 2000 for comment in found)
        assert list(uow.comments.stream(text="nothing")) == []


def test_none_and_related_entities_may_be_ordered_by(accounts: NewUnit) -> None:
    first = Comment("first", 1)
    keep(accounts, first, Comment("second", None, first), Comment("third", None), Comment("fourth", 1, first))
    with accounts() as uow:
        streamed = uow.comments.stream(order_by=("answers_to.text", where("score").asc().nulls_first(), "text"))
        assert [comment.text for comment in streamed] == ["second", "fourth", "third", "first"]


def test_what_is_streamed_is_the_units(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        held = uow.users.get_one(sandy)
        (streamed,) = uow.users.stream()
        assert streamed is held
        assert streamed in uow


def test_what_was_changed_is_sent_first(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        uow.users.get_one(sandy).fullname = "new"
        uow.users.add(User("bob"))
        assert len(list(uow.users.stream(fullname="new"))) == 1
        assert len(list(uow.users.stream())) == 2
        with uow.no_autoflush():
            uow.users.add(User("cyd"))
            assert len(list(uow.users.stream())) == 2


def test_what_is_related_is_loaded_with_it(accounts: NewUnit, probe: Probe) -> None:
    with accounts() as uow:
        uow.users.add_all(
            User(f"user {n}", team=Team(f"team {n}"), addresses=[Address(f"{n}@example.org")]) for n in range(30)
        )
        uow.commit()
    with accounts() as uow:
        probe.statements()
        seen = [
            (len(user.addresses), user.team and user.team.name) for user in uow.users.stream(load=("addresses", "team"))
        ]
        assert sorted(seen) == sorted((1, f"team {n}") for n in range(30))
        assert selects(probe) <= 3


def test_what_is_related_is_loaded_for_many_at_a_time(accounts: NewUnit, probe: Probe) -> None:
    with accounts() as uow:
        uow.users.add_all(User(f"user {n}", team=Team(f"team {n}")) for n in range(1100))
        uow.commit()
    with accounts() as uow:
        probe.statements()
        assert all(user.team is not None and user.team.name for user in uow.users.stream(load="team"))
        assert selects(probe) <= 6


def test_a_wrong_question_is_refused_at_once(accounts: NewUnit) -> None:
    with accounts() as uow:
        with pytest.raises(MappingError):
            uow.users.stream(nothing=1)
        with pytest.raises(UnsupportedQuery):
            uow.users.stream(order_by="addresses.id")
        assert uow.users.count() == 0


def test_a_read_only_unit_streams(many: NewUnit) -> None:
    with many().begin(read_only=True) as uow:
        scores: list[int | None] = []
        for comment in uow.comments.stream(order_by="score"):
            scores.append(comment.score)
            if len(scores) % 1000 == 0:
                assert uow.comments.count() == MANY
        assert scores == list(range(MANY))


# How much it holds


def test_entities_that_nobody_holds_are_gone(many: NewUnit) -> None:
    with many() as uow:
        alive: weakref.WeakSet[Comment] = weakref.WeakSet()
        most = 0
        for comment in uow.comments.stream():
            alive.add(comment)
            most = max(most, len(alive))
        assert most <= 200
        assert len(list(uow)) <= 200


def test_what_was_changed_and_flushed_is_gone_too(many: NewUnit) -> None:
    with many() as uow:
        alive: weakref.WeakSet[Comment] = weakref.WeakSet()
        most = 0
        for n, comment in enumerate(uow.comments.stream(order_by="id")):
            comment.text = "changed"
            alive.add(comment)
            most = max(most, len(alive))
            if n % 100 == 99:
                uow.flush()
        assert most <= 500
        uow.commit()
    with many() as uow:
        assert uow.comments.count(text="changed") == MANY


# Leaving it early


def leave_by_break(uow: Accounts) -> None:
    for _ in uow.comments.stream():
        break


def leave_by_exception(uow: Accounts) -> None:
    with pytest.raises(KeyError):
        for _ in uow.comments.stream():
            raise KeyError


def leave_by_close(uow: Accounts) -> None:
    stream = uow.comments.stream()
    next(stream)
    stream.close()
    stream.close()
    assert list(stream) == []


def leave_the_block(uow: Accounts) -> None:
    with uow.comments.stream() as comments:
        next(comments)


def drop_it(uow: Accounts) -> None:
    stream = uow.comments.stream()
    next(stream)
    del stream


def drop_it_in_a_cycle(uow: Accounts) -> None:
    stream = uow.comments.stream()
    next(stream)
    cycle: list[object] = [stream]
    cycle.append(cycle)
    del stream, cycle
    gc.collect()


def never_start(uow: Accounts) -> None:
    uow.comments.stream()


WAYS = (leave_by_break, leave_by_exception, leave_by_close, leave_the_block, drop_it, drop_it_in_a_cycle, never_start)

each_way = pytest.mark.parametrize("leave", WAYS, ids=lambda way: way.__name__)


@each_way
def test_leaving_early_gives_everything_back(many: NewUnit, probe: Probe, leave: Callable[[Accounts], None]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with many() as uow:
            for _ in range(3):
                leave(uow)
            uow.comments.add(Comment("after"))
            uow.commit()
            leave(uow)
            uow.rollback()
            leave(uow)
        assert probe.checked_out() == 0
        gc.collect()
    with many() as uow:
        assert uow.comments.count(text="after") == 1


def test_a_stream_that_was_read_to_its_end_has_no_more(many: NewUnit) -> None:
    with many() as uow:
        stream = uow.comments.stream()
        assert len(list(stream)) == MANY
        assert list(stream) == []
        uow.commit()
        assert list(stream) == []


# The unit inside the loop


def test_the_unit_does_everything_else_inside_the_loop(accounts: NewUnit) -> None:
    with accounts() as uow:
        uow.users.add_all(User(f"user {n}", addresses=[Address(f"{n}@example.org")]) for n in range(5))
        uow.commit()
        for user in uow.users.stream(order_by="id"):
            assert len(user.addresses) == 1
            user.fullname = f"{user.name} seen"
            uow.flush()
            assert uow.users.count(fullname=f"{user.name} seen") == 1
            uow.addresses.add(Address(f"{user.id}@example.com", user))
            with uow.savepoint():
                user.age = 1
            assert len(list(uow.addresses.stream(user=user))) == 2
        uow.commit()
    with accounts() as uow:
        assert uow.users.count(where("fullname").endswith("seen"), age=1) == 5
        assert uow.addresses.count() == 10


def test_two_streams_go_side_by_side(many: NewUnit) -> None:
    with many() as uow:
        up, down = uow.comments.stream(order_by="score"), uow.comments.stream(order_by=where("score").desc())
        assert all((one.score or 0) + (two.score or 0) == MANY - 1 for one, two in zip(up, down, strict=True))


def test_all_can_be_detached_inside_the_loop(many: NewUnit) -> None:
    with many() as uow:
        seen = 0
        for comment in uow.comments.stream():
            seen += 1
            if seen % 500 == 1:
                uow.teams.add(Team("dropped"))
                assert comment in uow
                uow.expunge_all()
                assert list(uow) == []
        assert seen == MANY
        assert uow.teams.count() == 0


def test_what_is_streamed_can_be_deleted(many: NewUnit) -> None:
    with many() as uow:
        for comment in uow.comments.stream(where("score") < 1500, order_by="score"):
            uow.comments.delete(comment)
            if (comment.score or 0) % 200 == 199:
                uow.flush()
        assert uow.comments.count() == MANY - 1500


# Its end


@pytest.mark.parametrize("end", [Accounts.commit, Accounts.rollback], ids=["commit", "rollback"])
def test_a_stream_ends_with_its_transaction(many: NewUnit, end: Callable[[Accounts], None]) -> None:
    with many() as uow:
        stream = uow.comments.stream()
        next(stream)
        unstarted = uow.comments.stream()
        end(uow)
        for ended in (stream, unstarted, stream):
            with pytest.raises(UnitOfWorkError, match="ended with its transaction"):
                next(ended)
        stream.close()
        assert len(list(uow.comments.stream())) == MANY


def test_a_stream_does_not_outlive_its_unit(many: NewUnit, probe: Probe) -> None:
    with many() as uow:
        stream = uow.comments.stream()
        next(stream)
    assert probe.checked_out() == 0
    with pytest.raises(UnitClosed):
        next(stream)
    with uow:
        with pytest.raises(UnitOfWorkError, match="ended with its transaction"):
            next(stream)
        assert uow.comments.count() == MANY


def test_after_a_failure_a_stream_goes_no_further(many: NewUnit) -> None:
    with many() as uow:
        uow.teams.add(Team("red"))
        uow.commit()
        stream = uow.comments.stream()
        next(stream)
        uow.teams.add(Team("red"))
        with pytest.raises(UniqueViolation):
            uow.flush()
        with pytest.raises(NeedsRollback):
            next(stream)
        uow.rollback()
        with pytest.raises(UnitOfWorkError, match="ended with its transaction"):
            next(stream)
        assert len(list(uow.comments.stream())) == MANY


@pytest.mark.needs("savepoints")
def test_a_stream_ends_with_the_savepoint_it_was_opened_in(many: NewUnit) -> None:
    def open_stream(uow: Accounts) -> Stream[Comment]:
        stream = uow.comments.stream()
        next(stream)
        return stream

    with many() as uow:
        before = uow.comments.stream(order_by="score")
        next(before)
        with uow.savepoint():
            released = open_stream(uow)
        with pytest.raises(UnitOfWorkError, match="ended with its transaction"):
            next(released)
        undone: list[Iterator[Comment]] = []
        with pytest.raises(KeyError), uow.savepoint():
            undone.append(open_stream(uow))
            raise KeyError
        with pytest.raises(UnitOfWorkError, match="ended with its transaction"):
            next(undone[0])
        assert len(list(before)) == MANY - 1


def test_a_dropped_unit_ends_its_streams(many: NewUnit, probe: Probe) -> None:
    def drop() -> Iterator[Comment]:
        uow = many().begin()
        stream = uow.comments.stream()
        next(stream)
        return stream

    with pytest.warns(ResourceWarning):
        stream = drop()
    assert probe.checked_out() == 0
    with pytest.raises(UnitClosed):
        next(stream)
