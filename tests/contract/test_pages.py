"""Q3: keyset pages by any ordered keys: stable under inserts and deletes, with cursors that only fit their question."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from itertools import pairwise

import pytest

from unitofwork import Condition, Database, Page, where
from unitofwork.domain.errors import InvalidValue, MappingError, UnsupportedQuery

from .adapters import Probe
from .comments import keep
from .model import Accounts, Comment, NewUnit, Team, User
from .sent import selects

pytestmark = pytest.mark.row("Q3")

SCORE, TEXT = where("score"), where("text")
PARENT = where("answers_to.score")

ORDERS: tuple[tuple[object, ...], ...] = (
    (),
    ("id",),
    (where("id").desc(),),
    ("score",),
    (SCORE.desc(),),
    (SCORE.asc().nulls_first(),),
    (SCORE.desc().nulls_last(),),
    ("text", "score"),
    (TEXT.desc(), SCORE.asc()),
    (TEXT.desc().nulls_last(), SCORE.asc().nulls_first(), where("id").desc()),
    ("answers_to.score", "score"),
    (PARENT.desc().nulls_last(), where("answers_to.text").asc().nulls_first()),
    ("score", SCORE.desc(), "score"),
    ("id", "score"),
)

in_each_order = pytest.mark.parametrize("order", ORDERS, ids=lambda order: ", ".join(map(str, order)) or "none")


@pytest.fixture
def talk(accounts: NewUnit) -> NewUnit:
    """Twelve comments with few values, many of them None, half of them answers to others."""
    firsts = [Comment(text, score) for text in ("b", "a", None) for score in (2, None)]
    answers = [
        Comment(text, score, answers_to=first)
        for text, score, first in zip("aabb", (1, None, 1, 2), firsts, strict=False)
    ]
    keep(accounts, *firsts, *answers, Comment("a", 2), Comment("b", 1))
    return accounts


def paged(uow: Accounts, size: int, *conditions: Condition, order: tuple[object, ...] = ()) -> list[Page[Comment]]:
    """All the pages of an answer."""
    pages = [uow.comments.page(*conditions, order_by=order, size=size)]
    while (cursor := pages[-1].next) is not None:
        pages.append(uow.comments.page(*conditions, order_by=order, size=size, after=cursor))
        assert len(pages) < 50, "pages go round in circles"
    return pages


# What pages hold


@in_each_order
@pytest.mark.parametrize("size", [1, 3, 11, 12, 13])
def test_pages_together_are_the_whole_answer(talk: NewUnit, order: tuple[object, ...], size: int) -> None:
    with talk() as uow:
        pages = paged(uow, size, order=order)
        assert [len(page) for page in pages[:-1]] == [size] * (len(pages) - 1)
        assert 0 < len(pages[-1]) <= size
        found = [comment for page in pages for comment in page]
        assert len(found) == len({comment.id for comment in found}) == 12
        whole = uow.comments.find(order_by=order or "id")
        assert [_keys(comment, order) for comment in found] == [_keys(comment, order) for comment in whole]


def _keys(comment: Comment, order: tuple[object, ...]) -> list[object]:
    """What the order goes by; the primary key only where it was asked for."""
    read: dict[str, Callable[[Comment], object]] = {
        "id": lambda comment: comment.id,
        "score": lambda comment: comment.score,
        "text": lambda comment: comment.text,
        "answers_to.score": lambda comment: comment.answers_to and comment.answers_to.score,
        "answers_to.text": lambda comment: comment.answers_to and comment.answers_to.text,
    }
    return [read[str(key).split()[0]](comment) for key in order]


def test_without_an_order_the_primary_key_is_the_order(talk: NewUnit) -> None:
    with talk() as uow:
        ids = [comment.id for page in paged(uow, 5) for comment in page]
        assert ids == sorted(ids, key=lambda key: key or 0)


def test_equal_keys_are_ordered_by_the_primary_key_in_the_direction_of_the_last_key(talk: NewUnit) -> None:
    with talk() as uow:
        for key, step in ((TEXT.asc(), 1), (TEXT.desc(), -1)):
            found = [comment for page in paged(uow, 2, order=(key,)) for comment in page]
            same = [(one.id, two.id) for one, two in pairwise(found) if one.text == two.text]
            assert len(same) == 9
            assert all(((two or 0) - (one or 0)) * step > 0 for one, two in same)


def test_conditions_hold_on_every_page(talk: NewUnit) -> None:
    with talk() as uow:
        found = [comment for page in paged(uow, 2, SCORE == 2, order=("text",)) for comment in page]
        assert [comment.text for comment in found] == ["a", "a", "b", "b", None]
        assert all(comment.score == 2 for comment in found)
        assert uow.comments.page(score=7, size=3) == Page((), None)


def test_the_last_page_says_so(talk: NewUnit) -> None:
    with talk() as uow:
        assert uow.comments.page(size=12).next is None
        assert uow.comments.page(size=11).next is not None
        assert uow.comments.page(TEXT == "nothing", size=1).next is None


def test_a_page_is_one_question(talk: NewUnit, probe: Probe) -> None:
    with talk() as uow:
        first = uow.comments.page(order_by="answers_to.score", size=2)
        probe.statements()
        second = uow.comments.page(order_by="answers_to.score", size=2, after=first.next, load="answers_to")
        assert selects(probe) <= 2
        assert [comment.answers_to for comment in second]
        assert selects(probe) == 0


def test_a_page_goes_by_the_rows_and_not_by_stale_entities(talk: NewUnit) -> None:
    with talk() as uow:
        held = uow.comments.find(order_by="id")
        uow.commit()
        with talk() as other:
            for comment in other.comments.find():
                comment.score = 100 - (comment.id or 0)
            other.commit()
        found = [comment for page in paged(uow, 5, order=("score",)) for comment in page]
        assert [comment.id for comment in found] == [comment.id for comment in reversed(held)]
        with uow.no_autoflush():
            for comment in held:
                comment.score = 0
            found = [comment for page in paged(uow, 5, order=("score",)) for comment in page]
        assert len(found) == 12


def test_a_page_sees_what_was_changed(talk: NewUnit) -> None:
    with talk() as uow:
        uow.comments.add(Comment("0"))
        assert uow.comments.page(order_by="text", size=1).items[0].text == "0"


def test_a_read_only_unit_pages(talk: NewUnit) -> None:
    with talk().begin(read_only=True) as uow:
        assert sum(len(page) for page in paged(uow, 5, order=("score",))) == 12


# Rows that come and go


def test_rows_that_come_and_go_between_pages_move_nothing(accounts: NewUnit) -> None:
    keep(accounts, *(Comment(score=score) for score in range(10, 100, 10)))
    with accounts() as uow:
        first = uow.comments.page(order_by="score", size=3)
        assert [comment.score for comment in first] == [10, 20, 30]
        uow.commit()
        with accounts() as other:
            other.comments.add_all([Comment(score=5), Comment(score=25), Comment(score=35)])
            for score in (10, 30, 40):
                other.comments.delete(other.comments.find_one(score=score))
            other.commit()
        second = uow.comments.page(order_by="score", size=3, after=first.next)
        assert [comment.score for comment in second] == [35, 50, 60]


def test_a_cursor_outlives_its_unit_and_its_row(talk: NewUnit) -> None:
    with talk() as uow:
        first = uow.comments.page(order_by=SCORE.desc(), size=7)
        uow.comments.delete(first.items[-1])
        uow.commit()
    with talk() as uow:
        second = uow.comments.page(order_by=SCORE.desc(), size=7, after=first.next)
        assert len(second) == 5
        assert second.next is None


# Cursors


@pytest.fixture
def cursor(talk: NewUnit) -> str:
    with talk() as uow:
        made = uow.comments.page(TEXT == "a", order_by="score", size=1).next
    assert made is not None
    return made


def ask(uow: Accounts, cursor: str) -> Page[Comment]:
    return uow.comments.page(TEXT == "a", order_by="score", size=1, after=cursor)


def test_a_cursor_that_was_changed_anywhere_is_refused(talk: NewUnit, cursor: str) -> None:
    with talk() as uow:
        assert len(ask(uow, cursor)) == 1
        for position, letter in enumerate(cursor):
            for other in "AZaz09-_":
                if other != letter:
                    with pytest.raises(InvalidValue, match="ask for its first page again"):
                        ask(uow, cursor[:position] + other + cursor[position + 1 :])


@pytest.mark.parametrize("cursor", ["", " ", "=", "next", "\N{SNOWMAN}", "A" * 100_000, "W10", "\x00"])
def test_what_is_no_cursor_is_refused(talk: NewUnit, cursor: str) -> None:
    with talk() as uow, pytest.raises(InvalidValue, match="no cursor of this question"):
        ask(uow, cursor)


def test_a_cursor_that_was_cut_or_lengthened_is_refused(talk: NewUnit, cursor: str) -> None:
    with talk() as uow:
        for other in (cursor[:-1], cursor[1:], cursor + "A", cursor + "=", cursor + "\n", " " + cursor, cursor * 2):
            with pytest.raises(InvalidValue, match="no cursor of this question"):
                ask(uow, other)


def test_a_cursor_of_another_question_is_refused(talk: NewUnit, cursor: str) -> None:
    questions: list[Callable[[Accounts], Page[Comment] | Page[User]]] = [
        lambda uow: uow.comments.page(order_by="score", size=1, after=cursor),
        lambda uow: uow.comments.page(TEXT == "a", size=1, after=cursor),
        lambda uow: uow.comments.page(TEXT == "a", order_by=SCORE.desc(), size=1, after=cursor),
        lambda uow: uow.comments.page(TEXT == "a", order_by=SCORE.asc().nulls_first(), size=1, after=cursor),
        lambda uow: uow.comments.page(TEXT != "a", order_by="score", size=1, after=cursor),
        lambda uow: uow.users.page(where("name") == "a", order_by="age", size=1, after=cursor),
    ]
    with talk() as uow:
        for question in questions:
            with pytest.raises(InvalidValue, match="no cursor of this question"):
                question(uow)


def test_a_cursor_goes_on_with_another_size_and_other_values(talk: NewUnit, cursor: str) -> None:
    with talk() as uow:
        assert len(uow.comments.page(TEXT == "a", order_by="score", size=9, after=cursor)) == 4
        assert all(
            comment.text == "b" for comment in uow.comments.page(text="b", order_by="score", size=9, after=cursor)
        )


def test_a_cursor_shows_no_secret_and_is_safe_in_urls(talk: NewUnit, cursor: str) -> None:
    assert cursor.replace("-", "").replace("_", "").isalnum()
    assert cursor.isascii()


def test_with_a_secret_nobody_else_can_make_a_cursor(database: Database, talk: NewUnit, cursor: str) -> None:
    def unit(secret: bytes) -> Accounts:
        return Accounts(database, cursor_secret=secret)

    with unit(b"s" * 32) as uow:
        sealed = uow.comments.page(TEXT == "a", order_by="score", size=1).next
        assert sealed is not None
        assert len(ask(uow, sealed)) == 1
        with pytest.raises(InvalidValue):
            ask(uow, cursor)
        forged = urlsafe_b64encode(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))[:16] + b"[1,1]").decode()
        with pytest.raises(InvalidValue):
            ask(uow, forged.rstrip("="))
    for other in (b"t" * 32, b""):
        with unit(other) as uow, pytest.raises(InvalidValue):
            ask(uow, sealed)
    for short in (b"short", "text of some length"):
        with pytest.raises(ValueError, match="at least 16 bytes"):
            unit(short)  # type: ignore[arg-type]  # the caller may be untyped


# What cannot be paged


@pytest.mark.parametrize("size", [0, -1, True, 1.5, "1", None])
def test_a_size_is_a_whole_number_from_one(accounts: NewUnit, size: object) -> None:
    with accounts() as uow, pytest.raises(ValueError, match="whole number, one or more"):
        uow.comments.page(size=size)  # type: ignore[arg-type]  # the caller may be untyped


def test_an_order_that_cannot_be_is_refused(accounts: NewUnit) -> None:
    with accounts() as uow:
        with pytest.raises(MappingError):
            uow.comments.page(order_by="nothing", size=1)
        with pytest.raises(UnsupportedQuery):
            uow.comments.page(order_by="answers.score", size=1)
        with pytest.raises(UnsupportedQuery):
            uow.users.page(order_by="team", size=1)


def test_related_entities_may_be_missing(accounts: NewUnit) -> None:
    red, blue = Team("red"), Team("blue")
    with accounts() as uow:
        uow.users.add_all(User(name, team=team) for name, team in zip("abcdef", (red, None, blue) * 2, strict=True))
        uow.commit()
        for nulls, expected in (("nulls_first", "becfad"), ("nulls_last", "cfadbe")):
            order = (getattr(where("team.name").asc(), nulls)(), "name")
            found: list[str] = []
            after = None
            while True:
                page = uow.users.page(order_by=order, size=1, after=after)
                found.extend(user.name for user in page)
                if (after := page.next) is None:
                    break
            assert "".join(found) == expected
