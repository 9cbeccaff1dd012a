"""Subqueries in expressions, on rows of a store: PostgreSQL's answers to the same."""

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import (
    Boolean,
    Column,
    Double,
    Enum,
    ForeignKey,
    Integer,
    MetaData,
    Numeric,
    SmallInteger,
    String,
    Table,
    and_,
    distinct,
    exists,
    func,
    literal,
    or_,
    select,
    text,
)
from sqlalchemy.orm import aliased, registry

from unitofwork.adapters.memory.expressions import CannotEvaluate, compile_expression
from unitofwork.adapters.memory.store import Store
from unitofwork.domain.errors import WrongType

metadata = MetaData()
shops = Table(
    "shops",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(20)),
    Column("head_id", ForeignKey("shops.id")),
)
goods = Table(
    "goods",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("shop_id", ForeignKey("shops.id")),
    Column("kind_id", ForeignKey("kinds.id")),
    Column("price", Integer),
    Column("weight", Numeric(6, 2)),
    Column("size", Double),
    Column("stock", SmallInteger),
    Column("sold", Boolean),
    Column("grade", Enum("low", "high", "extreme", name="grade")),
    Column("label", String(20)),
)
kinds = Table("kinds", metadata, Column("id", Integer, primary_key=True), Column("name", String(20)))

ROWS: dict[Table, list[dict[str, Any]]] = {
    kinds: [{"id": 1, "name": "fruit"}, {"id": 2, "name": "bread"}],
    shops: [
        {"id": 1, "name": "north", "head_id": None},
        {"id": 2, "name": "south", "head_id": 1},
        {"id": 3, "name": "empty", "head_id": 1},
    ],
    goods: [
        {"id": 1, "shop_id": 1, "kind_id": 1, "price": 5, "weight": Decimal("1.50"), "size": 2.5, "stock": 1}
        | {"sold": True, "grade": "low", "label": "apple"},
        {"id": 2, "shop_id": 1, "kind_id": 2, "price": 7, "weight": Decimal("2.25"), "size": None, "stock": 2}
        | {"sold": True, "grade": "extreme", "label": "Bun"},
        {"id": 3, "shop_id": 1, "kind_id": None, "price": None, "weight": None, "size": 4.0, "stock": 2}
        | {"sold": None, "grade": None, "label": None},
        {"id": 4, "shop_id": 2, "kind_id": 1, "price": 5, "weight": Decimal("10.00"), "size": 1.0, "stock": 32767}
        | {"sold": False, "grade": "high", "label": "pear"},
        {"id": 5, "shop_id": 2, "kind_id": 1, "price": 9, "weight": Decimal("0.10"), "size": -1.0, "stock": 32767}
        | {"sold": True, "grade": "high", "label": "apple"},
        {"id": 6, "shop_id": None, "kind_id": 2, "price": 1, "weight": Decimal("0.01"), "size": 8.0, "stock": 3}
        | {"sold": True, "grade": "low", "label": "roll"},
    ],
}

mapping = registry(metadata=metadata)
g, k, s = goods.c, kinds.c, shops.c
other = goods.alias("other")
head = shops.alias("head")


class Shop:
    """A shop."""

    id: Any


class Good:
    """What is sold."""

    shop_id: Any
    price: Any


mapping.map_imperatively(Shop, shops)
mapping.map_imperatively(Good, goods)
AGood = aliased(Good)


def mine(*columns: Any) -> Any:
    """A SELECT of the goods of the shop at hand."""
    return select(*columns).where(g.shop_id == s.id)


CASES: list[tuple[str, Any, list[Any]]] = [
    ("count", mine(func.count()).scalar_subquery(), [3, 2, 0]),
    ("count of a column", mine(func.count(g.price)).scalar_subquery(), [2, 2, 0]),
    ("count of distinct", mine(func.count(distinct(g.kind_id))).scalar_subquery(), [2, 1, 0]),
    ("sum of integers", mine(func.sum(g.price)).scalar_subquery(), [12, 14, None]),
    ("sum of smallints beyond smallint", mine(func.sum(g.stock)).scalar_subquery(), [5, 65534, None]),
    ("sum of decimals", mine(func.sum(g.weight)).scalar_subquery(), [Decimal("3.75"), Decimal("10.10"), None]),
    ("sum of doubles", mine(func.sum(g.size)).scalar_subquery(), [6.5, 0.0, None]),
    ("sum of distinct", mine(func.sum(distinct(g.price))).scalar_subquery(), [12, 14, None]),
    (
        "average of integers",
        mine(func.avg(g.price)).scalar_subquery(),
        [Decimal("6.0000000000000000"), Decimal("7.0000000000000000"), None],
    ),
    (
        "average of decimals",
        mine(func.avg(g.weight)).scalar_subquery(),
        [Decimal("1.8750000000000000"), Decimal("5.0500000000000000"), None],
    ),
    ("average of doubles", mine(func.avg(g.size)).scalar_subquery(), [3.25, 0.0, None]),
    ("least", mine(func.min(g.price)).scalar_subquery(), [5, 5, None]),
    ("greatest text", mine(func.max(g.label)).scalar_subquery(), ["apple", "pear", None]),
    ("greatest label of an enumeration", mine(func.max(g.grade)).scalar_subquery(), ["extreme", "high", None]),
    ("greatest double", mine(func.max(g.size)).scalar_subquery(), [4.0, 1.0, None]),
    ("every", mine(func.bool_and(g.sold)).scalar_subquery(), [True, False, None]),
    ("some", mine(func.bool_or(g.sold)).scalar_subquery(), [True, True, None]),
    ("array of all", mine(func.array_agg(g.price)).scalar_subquery(), [(5, 7, None), (5, 9), None]),
    ("inside a function", mine(func.coalesce(func.sum(g.price), 0) + 1).scalar_subquery(), [13, 15, 1]),
    ("two aggregates", mine(func.max(g.price) - func.min(g.price)).scalar_subquery(), [2, 4, None]),
    ("beside the row around it", mine(func.count() + s.id).scalar_subquery(), [4, 4, 3]),
    ("filtered", mine(func.count().filter(g.price > 5)).scalar_subquery(), [1, 1, 0]),
    ("of an expression", mine(func.max(g.price * s.id)).scalar_subquery(), [7, 18, None]),
    ("of all rows", select(func.count(g.id)).scalar_subquery(), [6, 6, 6]),
    ("compared with", mine(func.count()).scalar_subquery() > 2, [True, False, False]),
    ("calculated with", mine(func.count()).scalar_subquery() * 10 + s.id, [31, 22, 3]),
    (
        "first by an order",
        mine(g.label).order_by(g.price.desc(), g.id).limit(1).scalar_subquery(),
        [None, "apple", None],
    ),
    (
        "first with NULL last",
        mine(g.id).order_by(g.price.desc().nulls_last(), g.id).limit(1).scalar_subquery(),
        [2, 5, None],
    ),
    ("second", mine(g.id).order_by(g.id).limit(1).offset(1).scalar_subquery(), [2, 5, None]),
    ("by an enumeration", mine(g.id).order_by(g.grade.desc().nulls_last()).limit(1).scalar_subquery(), [2, 4, None]),
    ("distinct", mine(g.shop_id).distinct().scalar_subquery(), [1, 2, None]),
    (
        "of one row by its key",
        select(head.c.name).where(head.c.id == s.head_id).scalar_subquery(),
        [None, "north", "north"],
    ),
    ("no tables", select(literal(1)).where(s.id > 1).correlate(shops).scalar_subquery(), [None, 1, 1]),
    ("exists", exists().where(g.shop_id == s.id), [True, True, False]),
    ("exists, of a SELECT", mine(g.id).where(g.price > 5).exists(), [True, True, False]),
    ("exists not", ~mine(g.id).exists(), [False, False, True]),
    ("exists with two conditions", mine(g.id).where(or_(g.price == 9, g.sold.is_(None))).exists(), [True, True, False]),
    ("exists of an aggregate", mine(func.count()).exists(), [True, True, True]),
    ("in", s.id.in_(select(g.shop_id).where(g.price == 9)), [False, True, False]),
    ("in with NULL", s.id.in_(select(g.shop_id)), [True, True, None]),
    ("not in with NULL", s.id.not_in(select(g.shop_id)), [False, False, None]),
    ("not in", s.id.not_in(select(g.shop_id).where(g.shop_id.is_not(None))), [False, False, True]),
    ("NULL in nothing", s.head_id.in_(select(g.id).where(g.id > 100)), [False, False, False]),
    ("NULL in some", s.head_id.in_(select(g.id)), [None, True, True]),
    ("in a limited one", s.id.in_(select(g.shop_id).order_by(g.id.desc()).offset(1).limit(1)), [False, True, False]),
    ("joined", mine(func.count()).select_from(goods.join(kinds)).where(k.name == "fruit").scalar_subquery(), [1, 2, 0]),
    ("joined outer", mine(func.count(k.id)).select_from(goods.outerjoin(kinds)).scalar_subquery(), [2, 2, 0]),
    (
        "joined outer, all rows",
        mine(func.array_agg(k.name))
        .select_from(goods.outerjoin(kinds, and_(kinds.c.id == g.kind_id, kinds.c.name != "bread")))
        .scalar_subquery(),
        [("fruit", None, None), ("fruit", "fruit"), None],
    ),
    ("two tables", select(func.count()).where(g.shop_id == s.id, g.kind_id == k.id).scalar_subquery(), [2, 2, 0]),
    (
        "two tables without condition",
        select(func.count()).where(g.shop_id == s.id, k.id > 0).scalar_subquery(),
        [6, 4, 0],
    ),
    (
        "the table itself",
        select(func.count(head.c.id)).where(head.c.head_id == s.id).scalar_subquery(),
        [2, 0, 0],
    ),
    ("not correlated", select(func.count(s.id)).where(s.head_id == s.id).correlate(None).scalar_subquery(), [0, 0, 0]),
    (
        "nested",
        mine(func.max(g.price))
        .where(g.price < select(func.max(other.c.price)).where(other.c.shop_id == g.shop_id).scalar_subquery())
        .scalar_subquery(),
        [5, 5, None],
    ),
    (
        "nested to the outermost",
        mine(func.count())
        .where(exists().where(other.c.id == g.id, other.c.shop_id == s.id, other.c.price > 5).correlate(goods, shops))
        .scalar_subquery(),
        [1, 1, 0],
    ),
    ("text inside", mine(func.max(text("price + 1"))).scalar_subquery(), [8, 10, None]),
    ("of entities", select(func.max(Good.price)).where(Good.shop_id == Shop.id).scalar_subquery(), [7, 9, None]),
    (
        "of aliased entities",
        select(func.max(AGood.price)).where(AGood.shop_id == Shop.id).scalar_subquery(),
        [7, 9, None],
    ),
]


PLACE = {column: at for at, column in enumerate(shops.c, 1)}


def filled() -> Any:
    """A transaction that sees the rows."""
    me = Store(metadata, mapping).begin(None)
    for table, rows in ROWS.items():
        me.insert(me.table(table), [{table.c[name]: value for name, value in row.items()} for row in rows])
    return me


def answers(expression: Any) -> list[Any]:
    """What the expression gives for each shop."""
    me = filled()
    evaluate = compile_expression(expression, PLACE)
    return [evaluate(row, me) for row in me.rows(me.table(shops))]


@pytest.mark.parametrize(("expression", "expected"), [pytest.param(*case[1:], id=case[0]) for case in CASES])
def test_what_a_subquery_gives(expression: Any, expected: list[Any]) -> None:
    assert [repr(value) for value in answers(expression)] == [repr(value) for value in expected]


def test_a_subquery_of_one_value_gives_no_more() -> None:
    with pytest.raises(WrongType, match="more than one row"):
        answers(mine(g.price).scalar_subquery())


class Finder:
    """Reads by keys alone."""

    def __init__(self, me: Any) -> None:
        self.table, self.find = me.table, me.find


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (mine(func.count()).scalar_subquery(), 3),
        (exists().where(s.id == g.shop_id, g.price > 5), True),
        (mine(func.count()).select_from(goods.outerjoin(kinds)).scalar_subquery(), 3),
        (select(func.max(Good.price)).where(Good.shop_id == Shop.id).scalar_subquery(), 7),
    ],
)
def test_what_equals_a_key_is_found_without_looking_at_all_rows(expression: Any, expected: object) -> None:
    me = filled()
    finder: Any = Finder(me)
    assert compile_expression(expression, PLACE)(me.by_key(me.table(shops), (1,)), finder) == expected


@pytest.mark.parametrize(
    ("expression", "named"),
    [
        (mine(func.max(g.price)).group_by(g.kind_id).scalar_subquery(), "GROUP BY"),
        (mine(func.max(g.price)).having(func.count() > 1).scalar_subquery(), "HAVING"),
        (mine(g.price).distinct().order_by(g.price).limit(1).scalar_subquery(), "DISTINCT"),
        (mine(func.count()).limit(1).scalar_subquery(), "LIMIT of an aggregate"),
        (mine(func.count()).select_from(goods.join(kinds, full=True)).scalar_subquery(), "FULL JOIN"),
        (select(func.count()).select_from(mine(g.id).subquery()).scalar_subquery(), "Subquery in FROM"),
        (mine(func.string_agg(g.label, ",")).scalar_subquery(), "string_agg"),
        (mine(func.max(s.id)).scalar_subquery(), "an aggregate of what is outside"),
        (mine(func.max(g.sold)).scalar_subquery(), "max of values of the type boolean"),
        (select(shops.c.id).union(select(goods.c.id)).scalar_subquery(), "CompoundSelect"),
        (s.id.in_(select(g.id, g.price)), "2 columns"),
        (func.max(s.id), "the aggregate max"),
    ],
)
def test_what_is_not_evaluated_is_named(expression: Any, named: str) -> None:
    with pytest.raises(CannotEvaluate, match=named):
        compile_expression(expression, PLACE)
