"""Q2: an order is that of a stable sort by each key, the least significant first; a slice of it is the list's."""

from hypothesis import given, settings
from hypothesis import strategies as st

from contract.model import Comment
from properties.comment_threads import Key, Sketch, kept, keys_of, order, threads
from properties.examples import examples
from unitofwork import Database

KEYS = keys_of("id", "score", "answers_to.score", "answers_to.answers_to.score")


def value(comment: Comment | None, name: str) -> int | None:
    *way, last = name.split(".")
    for _ in way:
        comment = comment and comment.answers_to
    return getattr(comment, last, None)


def ordered(comments: list[Comment], name: str, descending: bool, nulls_first: bool | None) -> list[Comment]:
    without = [comment for comment in comments if value(comment, name) is None]
    others = [comment for comment in comments if value(comment, name) is not None]
    others.sort(key=lambda comment: value(comment, name) or 0, reverse=descending)
    return without + others if (descending if nulls_first is None else nulls_first) else others + without


@settings(max_examples=examples(150), deadline=None)
@given(
    thread=threads(),
    keys=st.lists(KEYS, max_size=3),
    limit=st.none() | st.integers(0, 7),
    offset=st.integers(0, 7),
)
def test_a_slice_of_an_order_is_that_of_a_sorted_list(
    database: Database, thread: list[Sketch], keys: list[Key], limit: int | None, offset: int
) -> None:
    with kept(database, thread) as (uow, comments):
        expected = sorted(comments, key=lambda comment: comment.id or 0)
        for key in reversed(keys):
            expected = ordered(expected, *key)
        found = uow.comments.find(order_by=(*map(order, keys), "id"), limit=limit, offset=offset)
        assert found == expected[offset:][:limit]
