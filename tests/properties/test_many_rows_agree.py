"""B1: rows that are written together are kept as they are when entities are added, or upserted one by one."""

from collections.abc import Callable
from typing import Any, TypeAlias

from hypothesis import given, settings
from hypothesis import strategies as st

from contract.model import Accounts, Comment, User
from properties.comment_threads import LETTERS
from properties.examples import examples
from unitofwork import Database
from unitofwork.domain.errors import PersistenceError

Rows: TypeAlias = list[dict[str, Any]]

INTEGERS = st.none() | st.integers(-1, 5) | st.sampled_from([2**31 - 1, -(2**31), 2**31, True, 0.5, "1"])
TEXTS = (
    st.none()
    | st.text(LETTERS + "'\n🐿", max_size=3)
    | st.sampled_from(["x\x1fy", "\x1f", "x" * 60])
    | st.sampled_from(["x" * 61, "a\0", "\ud800", 5])
)
NAMES = st.integers(0, 20).map(lambda number: f"user {number}") | st.sampled_from(["", None, "x" * 30, "x" * 31])


@st.composite
def users(draw: st.DrawFn) -> Rows:
    """Rows that give the same attributes, of which the name is one."""
    values = {"fullname": TEXTS, "age": INTEGERS}
    chosen = draw(st.lists(st.sampled_from(sorted(values)), unique=True))
    return draw(st.lists(st.fixed_dictionaries({"name": NAMES} | {name: values[name] for name in chosen}), max_size=5))


COMMENTS: st.SearchStrategy[Rows] = st.lists(
    st.fixed_dictionaries({"id": st.integers(1, 4), "text": TEXTS, "score": INTEGERS}), max_size=6
)


def kept(
    database: Database, write: Callable[[Accounts], object], entity_type: type[Any], *names: str
) -> list[tuple[object, ...]] | None:
    """The rows that are there afterwards, with these attributes; None if what was to be written is refused."""
    with Accounts(database) as uow:
        try:
            write(uow)
            uow.flush()
        except PersistenceError:
            return None
        uow.expire_all()
        found = uow.repository(entity_type).find(order_by=names[0])
        return [tuple(getattr(each, name) for name in names) for each in found]


@settings(max_examples=examples(50), deadline=None)
@given(rows=users())
def test_inserted_rows_are_those_of_added_entities(database: Database, rows: Rows) -> None:
    together = kept(database, lambda uow: uow.users.insert_many(rows), User, "name", "fullname", "age")
    one_by_one = kept(
        database, lambda uow: uow.users.add_all([User(**row) for row in rows]), User, "name", "fullname", "age"
    )
    assert together == one_by_one


@settings(max_examples=examples(50), deadline=None)
@given(there=st.sets(st.integers(1, 4)), rows=COMMENTS)
def test_upserted_rows_are_those_of_upserted_entities(database: Database, there: set[int], rows: Rows) -> None:
    def begin(uow: Accounts) -> None:
        uow.comments.add_all([Comment("there", 7, id=key) for key in sorted(there)])
        uow.flush()

    def together(uow: Accounts) -> None:
        begin(uow)
        uow.comments.upsert_many(rows)

    def one_by_one(uow: Accounts) -> None:
        begin(uow)
        for row in rows:
            uow.comments.upsert(Comment(**row))
            uow.flush()

    names = ("id", "text", "score")
    assert kept(database, together, Comment, *names) == kept(database, one_by_one, Comment, *names)
