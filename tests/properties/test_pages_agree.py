"""Q3, Q4: pages and streams give what `find` gives, in its order; who comes and goes between pages moves nobody."""

from hypothesis import given, settings
from hypothesis import strategies as st

from contract.model import Accounts, Comment
from properties.comment_threads import SCORES, TEXTS, Key, Sketch, kept, keys_of, order, threads
from properties.examples import examples
from unitofwork import Database, Order, where

KEYS = st.lists(keys_of("id", "score", "text", "answers_to.score", "answers_to.text"), max_size=3)
NEWCOMERS = st.lists(st.tuples(st.none() | TEXTS, st.none() | SCORES), max_size=3)


def whole(uow: Accounts, keys: list[Order]) -> list[Comment]:
    last = where("id").desc() if keys and keys[-1].descending else where("id").asc()
    return uow.comments.find(order_by=(*keys, last))


@settings(max_examples=examples(150), deadline=None)
@given(thread=threads(), keys=KEYS, size=st.integers(1, 7))
def test_pages_together_are_the_whole_answer(
    database: Database, thread: list[Sketch], keys: list[Key], size: int
) -> None:
    with kept(database, thread) as (uow, _):
        orders = [order(key) for key in keys]
        expected, found, after = whole(uow, orders), list[Comment](), None
        while len(found) < len(expected):
            page = uow.comments.page(order_by=orders, size=size, after=after)
            assert list(page) == expected[len(found) :][:size]
            found += page
            after = page.next
        assert after is None


@settings(max_examples=examples(50), deadline=None)
@given(thread=threads(), keys=KEYS)
def test_a_stream_gives_what_find_gives(database: Database, thread: list[Sketch], keys: list[Key]) -> None:
    with kept(database, thread) as (uow, _):
        orders = [order(key) for key in keys]
        assert list(uow.comments.stream(order_by=(*orders, "id"))) == uow.comments.find(order_by=(*orders, "id"))


@settings(max_examples=examples(100), deadline=None)
@given(thread=threads(), keys=KEYS, size=st.integers(1, 3), newcomers=NEWCOMERS, leavers=st.lists(st.integers(0, 5)))
def test_who_comes_and_goes_between_pages_moves_nobody(
    database: Database,
    thread: list[Sketch],
    keys: list[Key],
    size: int,
    newcomers: list[tuple[str | None, int | None]],
    leavers: list[int],
) -> None:
    with kept(database, thread) as (uow, comments):
        orders = [order(key) for key in keys]
        staying, found, after = list(comments), list[Comment](), None
        while True:
            page = uow.comments.page(order_by=orders, size=size, after=after)
            found += page
            if (after := page.next) is None:
                break
            if newcomers:
                uow.comments.add(Comment(*newcomers.pop()))
            if leavers and (leaver := leavers.pop()) < len(comments) and _may_leave(comments[leaver], staying):
                staying.remove(comments[leaver])
                uow.comments.delete(comments[leaver])
                uow.flush()
        assert len(found) == len({id(comment) for comment in found})
        assert [comment for comment in whole(uow, orders) if comment in staying] == [
            comment for comment in found if comment in staying
        ]


def _may_leave(comment: Comment, staying: list[Comment]) -> bool:
    return comment in staying and all(other.answers_to is not comment for other in staying)
