"""Q1, Q2, Q3: rows in memory answer a question as the database answers it that holds the same rows."""

from collections.abc import Generator
from contextlib import contextmanager

from hypothesis import given, settings
from hypothesis import strategies as st

from contract.model import Accounts, Comment, mapping
from properties.comment_threads import Key, Sketch, kept, keys_of, order, threads
from properties.examples import examples
from properties.test_conditions_agree import FORMULAS, Formula, asked_again, condition
from unitofwork import Database
from unitofwork.adapters.memory.questions.answering import answer, answer_placed, count, exists
from unitofwork.adapters.memory.store import Row, Store, Transaction
from unitofwork.domain.query import Query

KEYS = keys_of("id", "text", "score", "answers_to.score", "answers_to.answers_to.text")


@contextmanager
def kept_twice(
    database: Database, thread: list[Sketch]
) -> Generator[tuple[Accounts, list[Comment], Transaction], None, None]:
    """The comments, in the database and in memory."""
    table = mapping().metadata.tables["comments"]
    with kept(database, thread) as (uow, comments):
        transaction = Store([table], mapping()).begin()
        rows = [
            {
                table.c.id: comment.id,
                table.c.text: comment.text,
                table.c.score: comment.score,
                table.c.answers_to_id: comment.answers_to and comment.answers_to.id,
            }
            for comment in comments
        ]
        transaction.insert(transaction.table(table), rows)
        yield uow, comments, transaction


def numbers(records: list[Row]) -> list[object]:
    """The comments' keys."""
    return [record[1] for record in records]


@settings(max_examples=examples(100), deadline=None)
@given(thread=threads(), formulas=st.lists(FORMULAS, min_size=1, max_size=4))
def test_the_same_is_found(database: Database, thread: list[Sketch], formulas: list[Formula]) -> None:
    with kept_twice(database, thread) as (uow, comments, reader):
        for formula in formulas:
            asked = condition(formula, comments)
            query = Query(Comment, asked)
            expected = [comment.id for comment in uow.comments.find(asked, order_by="id")]
            assert sorted(map(str, numbers(answer(reader, query)))) == sorted(map(str, expected))
            assert count(reader, query) == len(expected)
            assert exists(reader, query) == bool(expected)


@settings(max_examples=examples(60), deadline=None)
@given(thread=threads(), formula=FORMULAS, data=st.data())
def test_the_same_is_found_when_it_is_asked_again_with_other_operands(
    database: Database, thread: list[Sketch], formula: Formula, data: st.DataObject
) -> None:
    with kept_twice(database, thread) as (uow, comments, reader):
        for again in (formula, *(data.draw(asked_again(formula)) for _ in range(3)), formula):
            asked = condition(again, comments)
            expected = [comment.id for comment in uow.comments.find(asked, order_by="id")]
            assert numbers(answer(reader, Query(Comment, asked, (order(("id", False, None)),)))) == expected


@settings(max_examples=examples(150), deadline=None)
@given(
    thread=threads(),
    keys=st.lists(KEYS, max_size=3),
    limit=st.none() | st.integers(0, 7),
    offset=st.integers(0, 7),
    start=st.none() | st.integers(0, 6),
)
def test_the_same_is_found_in_an_order_after_a_place(
    database: Database, thread: list[Sketch], keys: list[Key], limit: int | None, offset: int, start: int | None
) -> None:
    with kept_twice(database, thread) as (uow, _, reader):
        order_by = (*map(order, keys), order(("id", False, None)))
        whole = uow.session.find_placed(Query(Comment, order_by=order_by))
        assert [(row[1], place) for row, place in answer_placed(reader, Query(Comment, order_by=order_by))] == [
            (comment.id, place) for comment, place in whole
        ]
        after = None if start is None or start >= len(whole) else whole[start][1]
        query = Query(Comment, order_by=order_by, limit=limit, offset=offset, after=after)
        found = uow.session.find_placed(query)
        assert [(row[1], place) for row, place in answer_placed(reader, query)] == [
            (comment.id, place) for comment, place in found
        ]
