"""New entities with plain values are written as all others are."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import CheckConstraint, Column, ForeignKey, Integer, String, Table, event
from sqlalchemy.orm import registry

from unitofwork import MemoryDatabase, UnitOfWork, entity, map_entity, repository
from unitofwork.domain.errors import CheckViolation, ForeignKeyViolation, InvalidValue, UniqueViolation, ValueTooLong


@entity
class Part:
    name: str
    weight: int | None = None
    colour: str | None = "grey"
    whole_id: int | None = None
    id: int | None = None


class Parts(UnitOfWork):
    parts = repository(Part)


@pytest.fixture
def mapping() -> Iterator[registry]:
    made = registry()
    table = Table(
        "parts",
        made.metadata,
        Column("id", Integer, primary_key=True),
        Column("name", String(5), nullable=False, unique=True),
        Column("weight", Integer, CheckConstraint("weight > 0", name="heavy")),
        Column("colour", String(5)),
        Column("whole_id", ForeignKey("parts.id")),
    )
    map_entity(made, Part, table)
    yield made
    made.dispose()


@pytest.fixture
def database(mapping: registry) -> MemoryDatabase:
    return MemoryDatabase(mapping)


def add(database: MemoryDatabase, *parts: Part) -> list[tuple[Any, ...]]:
    """What is committed when these parts were added."""
    with Parts(database) as uow:
        uow.parts.add_all(parts)
        uow.commit()
    rows = database.committed(Part)
    assert all(part.id is not None for part in parts)
    return [(row["id"], row["name"], row["weight"], row["colour"], row["whole_id"]) for row in rows]


def test_entities_become_rows_in_the_order_in_which_they_were_added(database: MemoryDatabase) -> None:
    assert add(database, Part("nut", 1), Part("bolt", 2), Part("zoé", 3)) == [
        (1, "nut", 1, "grey", None),
        (2, "bolt", 2, "grey", None),
        (3, "zoé", 3, "grey", None),
    ]


def test_entities_that_give_different_columns_do_so_too(database: MemoryDatabase) -> None:
    assert add(database, Part("nut", 1), Part("bolt", colour=None), Part("key", id=9, whole_id=1)) == [
        (1, "nut", 1, "grey", None),
        (2, "bolt", None, None, None),
        (9, "key", None, "grey", 1),
    ]


def test_entities_that_have_none_in_different_columns_go_into_one_statement(database: MemoryDatabase) -> None:
    with database.counting() as statements:
        add(database, Part("nut", None), Part("bolt", 2), Part("key", whole_id=1), Part("pin", None, None))
    one = "INSERT INTO parts (name, weight, colour, whole_id) VALUES (?, ?, ?, ?)"
    assert statements == [one]


@pytest.mark.parametrize(
    ("wrong", "error", "text"),
    [
        (("screws", 1), ValueTooLong, "Part.name takes at most 5 characters"),
        (("a\0", 1), InvalidValue, "Part.name takes no NUL character"),
        (("\ud800", 1), InvalidValue, "Part.name takes no surrogate, which is half a character"),
        (("key", 2**31), InvalidValue, "Part.weight takes integers of 32 bits"),
        (("key", True), InvalidValue, "Part.weight takes int, not bool"),
    ],
    ids=lambda each: getattr(each, "__name__", None),
)
def test_a_wrong_value_is_refused_before_anything_is_written(
    database: MemoryDatabase, wrong: tuple[str, int], error: type[InvalidValue], text: str
) -> None:
    with Parts(database) as uow:
        uow.parts.add_all([Part("nut", 1), Part(*wrong)])
        with pytest.raises(error) as refused:
            uow.flush()
        assert str(refused.value) == text
        assert refused.value.entity_type is Part
    with database.counting() as statements:
        assert add(database, Part("nut", 1))[0][0] == 1  # no number was taken
    assert statements == ["INSERT INTO parts (name, weight, colour, whole_id) VALUES (?, ?, ?, ?)"]


@pytest.mark.parametrize(
    ("last", "error"),
    [
        (("nut", 1), UniqueViolation),
        (("key", 0), CheckViolation),
        (("key", 1, None, 77), ForeignKeyViolation),
    ],
)
def test_rows_that_break_a_rule_leave_nothing_behind(
    database: MemoryDatabase, last: tuple[Any, ...], error: type[Exception]
) -> None:
    with Parts(database) as uow:
        uow.parts.add_all([Part("nut", 1), Part("bolt", 1), Part(*last)])
        with pytest.raises(error):
            uow.flush()
    assert database.committed(Part) == []
    assert [row[0] for row in add(database, Part("nut", 1))] == [4]


def test_numbers_that_were_taken_by_hand_are_refused_and_then_left_out(database: MemoryDatabase) -> None:
    add(database, Part("nut", id=2))
    with Parts(database) as uow:
        uow.parts.add_all([Part("bolt"), Part("key")])
        with pytest.raises(UniqueViolation):
            uow.flush()
    assert [row[:2] for row in add(database, Part("bolt"), Part("key"))] == [(2, "nut"), (3, "bolt"), (4, "key")]


def test_rows_with_keys_of_their_own_refer_only_to_those_that_came_before(database: MemoryDatabase) -> None:
    with Parts(database) as uow:
        uow.parts.add_all([Part("nut", id=1, whole_id=2), Part("bolt", id=2)])
        with pytest.raises(ForeignKeyViolation):
            uow.flush()
    assert len(add(database, Part("bolt", id=2), Part("nut", id=1, whole_id=2))) == 2


def test_what_a_listener_changes_is_what_is_written(database: MemoryDatabase) -> None:
    @event.listens_for(Part, "before_insert")
    def _shorten(mapper: object, connection: object, part: Part) -> None:
        part.name = part.name[:5]

    with pytest.raises(ValueTooLong):  # as the mapping's own check comes first
        add(database, Part("screws"))
    add(database, Part("bolt"))

    @event.listens_for(Part, "before_insert")
    def _count(mapper: object, connection: object, part: Part) -> None:
        part.weight = len(part.name)

    assert [row[1:3] for row in add(database, Part("nut"), Part("spoke"))] == [("bolt", None), ("nut", 3), ("spoke", 5)]
