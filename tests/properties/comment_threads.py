"""Random small threads of comments, and the databases that keep them for as long as an example lasts."""

from collections.abc import Generator
from contextlib import contextmanager

import attrs
from hypothesis import strategies as st

from contract.model import Accounts, Comment
from unitofwork import Database

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
