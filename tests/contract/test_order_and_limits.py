"""Q2: order by several keys, descending, None first or last, across relationships; limit and offset."""

import pytest

from unitofwork import Order, Query, where

from .comments import keep
from .model import Address, Comment, NewUnit, Team, User

pytestmark = pytest.mark.row("Q2")

SCORE, TEXT = where("score"), where("text")


@pytest.fixture
def scored(accounts: NewUnit) -> NewUnit:
    """Comments whose scores are, in the order of their keys, 2, None, 1, 3."""
    keep(accounts, *(Comment(score=score) for score in (2, None, 1, 3)))
    return accounts


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (SCORE.asc(), [1, 2, 3, None]),
        (SCORE.desc(), [None, 3, 2, 1]),
        (SCORE.asc().nulls_first(), [None, 1, 2, 3]),
        (SCORE.asc().nulls_last(), [1, 2, 3, None]),
        (SCORE.desc().nulls_first(), [None, 3, 2, 1]),
        (SCORE.desc().nulls_last(), [3, 2, 1, None]),
    ],
    ids=str,
)
def test_none_is_greatest_unless_said_otherwise(scored: NewUnit, order: Order, expected: list[int | None]) -> None:
    with scored() as uow:
        assert [comment.score for comment in uow.comments.find(order_by=order)] == expected
        first = uow.comments.first(order_by=order)
        assert first is not None
        assert first.score == expected[0]


def test_a_key_is_a_name_an_attribute_or_an_order(scored: NewUnit) -> None:
    with scored() as uow:
        for key in ("score", Comment.score, SCORE, SCORE.asc(), ["score"], (Comment.score,), (SCORE.asc(), "id")):
            assert [comment.score for comment in uow.comments.find(order_by=key)] == [1, 2, 3, None]


def test_a_later_key_decides_where_the_earlier_ones_are_equal(accounts: NewUnit) -> None:
    pairs = [("b", 1), ("a", 2), ("b", 2), ("a", 1), ("a", None), (None, 1), (None, None)]
    keep(accounts, *(Comment(text, score) for text, score in pairs))

    def ordered(*keys: object) -> list[tuple[str | None, int | None]]:
        with accounts() as uow:
            return [(comment.text, comment.score) for comment in uow.comments.find(order_by=keys)]

    assert ordered("text", "score") == [
        ("a", 1),
        ("a", 2),
        ("a", None),
        ("b", 1),
        ("b", 2),
        (None, 1),
        (None, None),
    ]
    assert ordered(TEXT.desc().nulls_last(), SCORE.asc().nulls_first()) == [
        ("b", 1),
        ("b", 2),
        ("a", None),
        ("a", 1),
        ("a", 2),
        (None, None),
        (None, 1),
    ]
    assert ordered(SCORE.desc(), "text") == [
        ("a", None),
        (None, None),
        ("a", 2),
        ("b", 2),
        ("a", 1),
        ("b", 1),
        (None, 1),
    ]


def test_the_same_key_twice_changes_nothing(scored: NewUnit) -> None:
    with scored() as uow:
        twice = uow.comments.find(order_by=("score", SCORE.desc(), "score", "id"))
        assert [comment.score for comment in twice] == [1, 2, 3, None]


# Across relationships


@pytest.fixture
def people(accounts: NewUnit) -> NewUnit:
    red, blue = Team("red"), Team("blue")
    with accounts() as uow:
        uow.users.add_all(
            [
                User("ann", team=red, addresses=[Address("ann@example.org"), Address("a@example.org")]),
                User("bob", team=blue, addresses=[Address("bob@example.org")]),
                User("cyd", team=red),
                User("dan", team=None),
            ]
        )
        uow.commit()
    return accounts


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (("team.name", "name"), ["bob", "ann", "cyd", "dan"]),
        ((where("team.name").desc(), "name"), ["dan", "ann", "cyd", "bob"]),
        ((where("team.name").desc().nulls_last(), where("name").desc()), ["cyd", "ann", "bob", "dan"]),
        ((where("team.name").asc().nulls_first(), "name"), ["dan", "bob", "ann", "cyd"]),
        (("team.name", "team.id", where("team.name").desc(), "name"), ["bob", "ann", "cyd", "dan"]),
    ],
    ids=lambda value: ", ".join(map(str, value)),
)
def test_what_has_nothing_related_is_ordered_as_none(
    people: NewUnit, keys: tuple[object, ...], expected: list[str]
) -> None:
    with people() as uow:
        assert [user.name for user in uow.users.find(order_by=keys)] == expected


def test_a_checked_name_orders_as_a_written_one(people: NewUnit) -> None:
    with people() as uow:
        found = uow.users.find(order_by=(where(User.team, Team.name).asc(), User.name))
        assert [user.name for user in found] == ["bob", "ann", "cyd", "dan"]


def test_an_order_goes_on_across_several_relationships(people: NewUnit) -> None:
    with people() as uow:
        found = uow.addresses.find(order_by=("user.team.name", "user.name", where("email_address").desc()))
        assert [address.email_address for address in found] == ["bob@example.org", "ann@example.org", "a@example.org"]


def test_an_order_and_a_condition_across_one_relationship_do_not_meet(people: NewUnit) -> None:
    with people() as uow:
        found = uow.users.find(where("team.name") == "red", order_by=("team.name", where("name").desc()))
        assert [user.name for user in found] == ["cyd", "ann"]
        assert [user.name for user in uow.users.find(~(where("team.name") == "red"), order_by="team.name")] == [
            "bob",
            "dan",
        ]


def test_an_order_across_a_relationship_counts_every_entity_once(people: NewUnit) -> None:
    with people() as uow:
        found = uow.users.find(where("addresses.id").is_not_none(), order_by=("team.name", "name"), limit=2, offset=0)
        assert [user.name for user in found] == ["bob", "ann"]


def test_an_order_leads_from_a_table_to_itself(accounts: NewUnit) -> None:
    root = Comment("b")
    answer = Comment("c", answers_to=root)
    keep(accounts, root, answer, Comment("a", answers_to=answer))
    with accounts() as uow:
        by_parent = uow.comments.find(order_by="answers_to.text")
        assert [comment.text for comment in by_parent] == ["c", "a", "b"]
        by_grandparent = uow.comments.find(order_by=("answers_to.answers_to.text", "answers_to.text"))
        assert [comment.text for comment in by_grandparent] == ["a", "c", "b"]


# Limit and offset


@pytest.mark.parametrize(
    ("limit", "offset", "expected"),
    [
        (2, 0, [1, 2]),
        (2, 1, [2, 3]),
        (2, 3, [None]),
        (2, 4, []),
        (0, 0, []),
        (0, 2, []),
        (None, 0, [1, 2, 3, None]),
        (None, 2, [3, None]),
        (None, 100, []),
        (100, 0, [1, 2, 3, None]),
    ],
)
def test_limit_and_offset_cut_a_slice(
    scored: NewUnit, limit: int | None, offset: int, expected: list[int | None]
) -> None:
    with scored() as uow:
        found = uow.comments.find(order_by="score", limit=limit, offset=offset)
        assert [comment.score for comment in found] == expected


def test_a_limit_needs_no_order(scored: NewUnit) -> None:
    with scored() as uow:
        assert len(uow.comments.find(limit=3)) == 3
        assert len(uow.comments.find(offset=1)) == 3
        assert len(uow.comments.find(SCORE > 1, limit=1)) == 1


def test_pages_together_are_the_whole(scored: NewUnit) -> None:
    with scored() as uow:
        pages = [uow.comments.find(order_by=("score", "id"), limit=1, offset=page) for page in range(5)]
        assert [comment.score for page in pages for comment in page] == [1, 2, 3, None]


def test_first_is_the_first_in_the_order(scored: NewUnit) -> None:
    with scored() as uow:
        first = uow.comments.first(SCORE > 1, order_by="score")
        assert first is not None
        assert first.score == 2
        assert uow.comments.first(SCORE > 3, order_by="score") is None


def test_count_and_exists_ignore_order_limit_and_offset(scored: NewUnit) -> None:
    order = (SCORE.desc(), where("answers_to.score").asc())
    with scored() as uow:
        for query in (
            Query(Comment, SCORE > 1, order),
            Query(Comment, SCORE > 1, order, limit=1),
            Query(Comment, SCORE > 1, order, limit=0, offset=7),
            Query(Comment, SCORE > 1, offset=7),
        ):
            assert uow.session.count(query) == 2
            assert uow.session.exists(query)
        assert not uow.session.exists(Query(Comment, SCORE > 3, order))
