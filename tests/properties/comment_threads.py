"""Random small threads of comments, and the databases that keep them for as long as an example lasts."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import TypeAlias

import attrs
from hypothesis import strategies as st

from contract.model import Accounts, Comment
from unitofwork import Database, Order, where

LETTERS = "aAéÉ%_\\ "
TEXTS = st.text(LETTERS, max_size=3)
SCORES = st.integers(-1, 3)


@attrs.frozen
class Sketch:
    """A comment to be made; it answers an earlier one of its list, or none."""

    text: str | None
    score: int | None
    answers_to: int | None


@st.composite
def threads(draw: st.DrawFn) -> list[Sketch]:
    """One to six comments."""
    return [
        Sketch(
            draw(st.none() | TEXTS),
            draw(st.none() | SCORES),
            draw(st.none() | st.integers(0, number - 1)) if number else None,
        )
        for number in range(draw(st.integers(1, 6)))
    ]


Key: TypeAlias = tuple[str, bool, bool | None]
"""A name, whether it descends, and whether None comes first if that is said at all."""


def keys_of(*names: str) -> st.SearchStrategy[Key]:
    """One key of an order by one of the names."""
    return st.tuples(st.sampled_from(names), st.booleans(), st.none() | st.booleans())


def order(key: Key) -> Order:
    """The key, as a question takes it."""
    name, descending, nulls_first = key
    made = where(name).desc() if descending else where(name).asc()
    if nulls_first is None:
        return made
    return made.nulls_first() if nulls_first else made.nulls_last()


@contextmanager
def kept(database: Database, thread: list[Sketch]) -> Generator[tuple[Accounts, list[Comment]], None, None]:
    """The comments, flushed; leaving the block undoes them."""
    comments: list[Comment] = []
    for sketch in thread:
        parent = None if sketch.answers_to is None else comments[sketch.answers_to]
        comments.append(Comment(sketch.text, sketch.score, parent))
    with Accounts(database) as uow:
        uow.comments.add_all(comments)
        uow.flush()
        yield uow, comments
