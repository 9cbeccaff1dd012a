"""Statements are kept by the shape of a question: one for all values, none for what depends on a value."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import attrs
import pytest
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Dialect,
    ForeignKey,
    Integer,
    Numeric,
    String,
    Table,
    TypeDecorator,
    create_mock_engine,
)
from sqlalchemy.orm import column_property, composite, registry, relationship
from sqlalchemy.orm.properties import ColumnProperty

from unitofwork import (
    FOR_UPDATE,
    Condition,
    Query,
    entity,
    map_entity,
    value,
    where,
)
from unitofwork.adapters.sqlalchemy.parameters import Values
from unitofwork.adapters.sqlalchemy.prepared import PreparedStatements, placed
from unitofwork.adapters.sqlalchemy.shapes import shape_of
from unitofwork.adapters.sqlalchemy.statements import select_any, select_count, select_entities
from unitofwork.domain.condition import ANYTHING
from unitofwork.domain.errors import InvalidValue, UnsupportedQuery, WrongType
from unitofwork.domain.query import orders, paths
from unitofwork.domain.specification import all_of

DIALECT: Dialect = create_mock_engine("postgresql+psycopg://", lambda *_: None).dialect


def dialect(_query: Query[Any]) -> Dialect:
    return DIALECT


@value
class Place:
    row: int
    seat: int


@entity
class Guest:
    name: str
    age: int | None = None
    paid: Decimal | None = None
    vip: bool = False
    code: str = ""
    nick: str = ""
    notes: object = None
    place: Place | None = None
    host: "Guest | None" = None
    id: int | None = None


class Shouted(TypeDecorator[str]):
    """A type that decides by itself what it is compared with."""

    impl = String
    cache_ok = True

    def coerce_compared_value(self, op: object, value: object) -> Any:
        return String() if value == "as it is" else self


class ByLength(ColumnProperty.Comparator[str]):
    """A comparator that looks at the value."""

    def __eq__(self, other: object) -> Any:
        return self.__clause_element__() == f"{other}{len(str(other))}"


@pytest.fixture(autouse=True, scope="module")
def _mapped() -> Iterator[None]:
    mapping = registry()
    table = Table(
        "guests",
        mapping.metadata,
        Column("id", Integer, primary_key=True),
        Column("name", String(30)),
        Column("age", Integer),
        Column("paid", Numeric(10, 2)),
        Column("vip", Boolean),
        Column("code", Shouted),
        Column("notes", JSON),
        Column("nick", String),
        Column("row", Integer),
        Column("seat", Integer),
        Column("host_id", ForeignKey("guests.id")),
    )
    map_entity(
        mapping,
        Guest,
        table,
        properties={
            "nick": column_property(table.c.nick, comparator_factory=ByLength),
            "place": composite(Place, table.c.row, table.c.seat),
            "host": relationship(Guest, remote_side=table.c.id),
        },
    )
    yield
    mapping.dispose()


@pytest.fixture
def prepared() -> PreparedStatements:
    return PreparedStatements()


def asked(condition: Condition, **others: Any) -> Query[Guest]:
    return Query(Guest, condition, **others)


def sent(prepared: PreparedStatements, query: Query[Guest]) -> tuple[str, Values]:
    """The text that a query is executed with, and what else."""
    select, values = prepared.of(select_entities, query, dialect)
    compiled = select.compile(dialect=DIALECT)
    assert not any(compiled.params.values()), "the statement holds a value"
    return str(compiled), values


def test_ten_thousand_values_of_one_shape_are_one_statement(prepared: PreparedStatements) -> None:
    texts = set[str]()
    for number in range(10_000):
        select, values = prepared.of(select_entities, asked(where("name") == f"guest {number}"), dialect)
        assert list(values.values()) == [f"guest {number}"]
        texts.add(str(id(select)))
    assert len(prepared) == len(texts) == 1


SAME = [
    (where("age") > 3, where("age") > 4),
    (where("age").in_([1, 2]), where("age").in_([3])),
    (where("age").between(1, 2), where("age").between(3, 4)),
    (where("name").startswith("a_"), where("name").startswith("b%")),
    (where("name").ilike("a%"), where("name").ilike("B")),
    (where("host.host.name") == "a", where("host.host.name") == "b"),
    (~(where("age") == 3) | (where("name") == "a"), ~(where("age") == 4) | (where("name") == "b")),
    (where("vip") == True, where("vip") == False),  # noqa: E712  # makes a condition
    (where("paid") == Decimal("1.00"), where("paid") == Decimal("1.004")),
]


@pytest.mark.parametrize(("one", "other"), SAME, ids=str)
def test_another_value_in_the_same_place_is_sent_with_the_same_statement(
    prepared: PreparedStatements, one: Condition, other: Condition
) -> None:
    first, values = sent(prepared, asked(one))
    second, others = sent(prepared, asked(other))
    assert first == second
    assert values != others
    assert len(prepared) == 1


def test_another_limit_is_sent_with_the_same_statement(prepared: PreparedStatements) -> None:
    _, values = sent(prepared, asked(where("age") > 3, limit=5, offset=7))
    _, others = sent(prepared, asked(where("age") > 3, limit=6, offset=8))
    assert (list(values.values()), list(others.values())) == ([3, 5, 7], [3, 6, 8])
    assert len(prepared) == 1


DIFFERENT = [
    (asked(where("age") == 3), asked(where("age") == 2**40)),
    (asked(where("age") == 3), asked(where("age") == None)),  # noqa: E711  # makes a condition
    (asked(where("age") == 3), asked(where("age") != 3)),
    (asked(where("age") == 3), asked(where("paid") == 3)),
    (asked(where("paid") == 3), asked(where("paid") == Decimal(3))),
    (asked(where("age") == 3), asked(~(where("age") == 3))),
    (asked(where("age").in_([])), asked(where("age").in_([1]))),
    (asked(where("age").in_([1])), asked(where("age").in_([1, None]))),
    (asked((where("age") > 1) & (where("age") > 2)), asked((where("age") > 1) | (where("age") > 2))),
    (asked((where("age") > 1) & (where("age") > 2)), asked(where("age") > 1)),
    (asked(where("age") == 3), asked(where("age") == 3, limit=1)),
    (asked(where("age") == 3, limit=1), asked(where("age") == 3, offset=1)),
    (asked(where("age") == 3), asked(where("age") == 3, lock=FOR_UPDATE)),
    (asked(where("age") == 3, lock=FOR_UPDATE), asked(where("age") == 3, lock=FOR_UPDATE.nowait())),
    (asked(where("age") == 3), asked(where("age") == 3, load=paths("host"))),
    (asked(where("age") == 3, order_by=orders("age")), asked(where("age") == 3, order_by=orders(where("age").desc()))),
    (
        asked(where("age") == 3, order_by=orders(where("age").desc())),
        asked(where("age") == 3, order_by=orders(where("age").desc().nulls_last())),
    ),
    (Query(Guest, where("name") == "a"), Query(Place, where("name") == "a")),
]


@pytest.mark.parametrize(("one", "other"), DIFFERENT, ids=str)
def test_what_changes_the_statement_is_in_the_shape(one: Query[Any], other: Query[Any]) -> None:
    assert shape_of(one)[0] != shape_of(other)[0]


def test_a_moment_with_a_zone_has_another_shape_than_one_without() -> None:
    shapes = {shape_of(asked(where("name") == moment))[0] for moment in (datetime(2026, 1, 1), datetime.now(UTC))}
    assert len(shapes) == 2


def test_a_name_taken_from_a_class_has_another_shape_than_the_bare_name() -> None:
    assert shape_of(asked(where("name") == "a"))[0] != shape_of(asked(where(Guest.name) == "a"))[0]


def test_every_part_of_a_query_is_in_its_shape() -> None:
    changed: dict[str, Any] = {
        "entity_type": Place,
        "condition": where("age") == 3,
        "order_by": orders("age"),
        "after": (),
        "limit": 3,
        "offset": 3,
        "load": paths("host"),
        "lock": FOR_UPDATE,
    }
    assert changed.keys() == {field.name for field in attrs.fields(Query)}, "say how a new part changes"
    plain = Query(Guest)
    for name, other in changed.items():
        assert shape_of(attrs.evolve(plain, **{name: other}))[0] != shape_of(plain)[0]


def after(*place: object, order_by: object = ("age", "id"), **others: Any) -> Query[Guest]:
    return asked(where("name") != "sandy", order_by=orders(order_by), after=place, **others)


def test_what_follows_another_place_is_found_by_the_same_statements(prepared: PreparedStatements) -> None:
    first, values = prepared.of(placed, after(3, 1, limit=5), dialect)
    second, others = prepared.of(placed, after(4, 2, limit=6), dialect)
    assert first is second
    assert (list(values.values()), list(others.values())) == (["sandy", 5, 3, 1], ["sandy", 6, 4, 2])
    assert not any(any(select.statement.compile(dialect=DIALECT).params.values()) for select in first)


def test_each_key_that_is_none_in_the_place_has_statements_of_its_own(prepared: PreparedStatements) -> None:
    made = [prepared.of(placed, query, dialect) for query in (after(3, 1), after(None, 1), asked(ANYTHING))]
    assert len({id(selects) for selects, _ in made}) == len(prepared) == 3
    assert list(made[1][1].values()) == ["sandy", 1]


def test_a_place_in_an_order_of_the_applications_own_is_asked_without_keeping_it(prepared: PreparedStatements) -> None:
    prepared.of(placed, after("sandy", 1, order_by=("nick", "id")), dialect)
    assert len(prepared) == 0


def test_a_place_is_checked_each_time(prepared: PreparedStatements) -> None:
    prepared.of(placed, after(3, 1), dialect)
    with pytest.raises(WrongType):
        prepared.of(placed, after("three", 1), dialect)


DEPENDENT: dict[str, Callable[[], object]] = {
    "host": lambda: Guest("sandy", id=3),
    "place": lambda: Place(1, 2),
    "code": lambda: "as it is",
    "nick": lambda: "sandy",
    "notes": lambda: ["sandy"],
}


@pytest.mark.parametrize("name", DEPENDENT)
def test_a_statement_that_depends_on_a_value_is_not_kept(prepared: PreparedStatements, name: str) -> None:
    prepared.of(select_entities, asked(all_of([where("age") > 3], [(name, DEPENDENT[name]())])), dialect)
    assert len(prepared) == 0


def test_a_condition_that_is_not_known_is_asked_without_keeping_it(prepared: PreparedStatements) -> None:
    class Strange(Condition):
        pass

    with pytest.raises(UnsupportedQuery):
        prepared.of(select_entities, asked(Strange() & (where("age") == 3)), dialect)
    assert len(prepared) == 0


def test_each_kind_of_question_has_a_statement_of_its_own(prepared: PreparedStatements) -> None:
    texts = set[str]()
    for _ in range(2):
        for make in (select_count, select_any):
            texts.add(str(prepared.of(make, asked(where("age") == 3), dialect)[0]))
        assert len(texts) == 2
    assert len(prepared) == 2


def test_a_value_is_checked_each_time(prepared: PreparedStatements) -> None:
    sent(prepared, asked(where("name") == "sandy"))
    with pytest.raises(InvalidValue):
        sent(prepared, asked(where("name") == "san\0dy"))
    sent(prepared, asked(where("name").in_(["sandy"])))
    with pytest.raises(InvalidValue):
        sent(prepared, asked(where("name").in_(["sandy", "san\0dy"])))
    with pytest.raises(WrongType):
        sent(prepared, asked(where("name").in_(["sandy", 3])))


def test_a_refused_question_leaves_nothing(prepared: PreparedStatements) -> None:
    with pytest.raises(WrongType):
        sent(prepared, asked(where("age") == "three"))
    assert len(prepared) == 0


def test_the_oldest_makes_room() -> None:
    prepared = PreparedStatements(most=2)
    for name in ("age", "name", "paid"):
        prepared.of(select_entities, asked(where(name).is_none()), dialect)
    assert len(prepared) == 2
    kept = {id(prepared.of(select_entities, asked(where(name).is_none()), dialect)[0]) for name in ("name", "paid")}
    again = {id(prepared.of(select_entities, asked(where(name).is_none()), dialect)[0]) for name in ("name", "paid")}
    assert kept == again
